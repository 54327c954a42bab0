"""A change is held to the commit that it starts from: its guard rails, approvals, rules and limits, and its author."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from tests.fleet.scene import GROUP, Fleet, advertiser, budgets
from tests.fleet.workers import Workers
from tests.stories.account import Account

TWO = GROUP.replace("token:", "match: {}, approvals: {required: 2, by: [ann, bob, cem]}, token:")
LOOSE = TWO.replace("match: {}", 'match: {free: "yes"}').replace("required: 2", "required: 0")
JOB = {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/n"}


def commit(fleet: Fleet, author: str = "Ann Lee <ann@example.com>", message: str = "change") -> None:
    """Everything that is not ignored, as one commit."""
    fleet.write(".gitignore", ".reconciler/\nplans/\nreconciler.lock\n")
    fleet.shell("git", "init", "--quiet", "--initial-branch=main")
    assert fleet.shell("git", "add", "--all") == 0
    who = ("-c", "user.name=Merger", "-c", "user.email=merger@example.com")
    assert fleet.shell("git", *who, "commit", "--quiet", "--allow-empty", f"--author={author}", "-m", message) == 0


@pytest.fixture
def changed(fleet: Fleet) -> Fleet:
    """Two approvals are required; the commit after that moves a0 into a group without any, and lifts the amounts."""
    fleet.settings(groups=TWO)
    commit(fleet, "Cem <cem@example.com>")
    fleet.settings(groups=f"{LOOSE.replace('100000.00', '900000.00')}\n{TWO}", more="limits: {accounts: 4000}\n")
    fleet.account(0, labels='{free: "yes"}')
    commit(fleet)
    return fleet


def test_a_change_cannot_free_itself_of_approvals(changed: Fleet, market: Account) -> None:
    """By its own file a0 needs nobody; held to the commit before, it waits for two others than its author."""
    changed.fleet("plan", "--base", "HEAD^", "--out", "plans")
    ended = changed.fleet("apply", "plans", "--base", "HEAD^", code=5)
    assert {one["error"]["code"] for one in ended["accounts"]} == {"R417"}
    refused = changed.fleet("approve", "plans", "--base", "HEAD^", "--by", "ann", code=5)
    assert refused["errors"][0]["code"] == "R418"
    assert "ann wrote the commit" in refused["errors"][0]["message"]
    changed.fleet("approve", "plans", "--base", "HEAD^", "--by", "bob", "--account", "a0")
    changed.fleet("approve", "plans", "--base", "HEAD^", "--by", "cem", "--account", "a0")
    ended = changed.fleet("apply", "plans", "--base", "HEAD^", code=5)
    assert [one["exit_code"] for one in ended["accounts"]] == [0, 5, 5, 5]
    assert list(budgets(market)) == [advertiser(0)]
    assert "those of commit" in changed.run("fleet", "plan", "--base", "HEAD^").stderr


def test_a_retry_is_held_to_the_commit_of_its_run(changed: Fleet, market: Account) -> None:
    """Begun again without a word of it, the accounts wait for the same approvals; another commit has to be named."""
    ended = changed.fleet("apply", "--auto-approve", "--base", "HEAD^", code=5)
    again = changed.fleet("retry", ended["run"], "--auto-approve", code=5)
    assert [one["error"]["code"] for one in again["accounts"]] == ["R417"] * 4
    assert changed.fleet("show", again["run"])["base"] == changed.fleet("show", ended["run"])["base"] is not None
    assert market.posts() == []
    again = changed.fleet("retry", ended["run"], "--auto-approve", "--base", "HEAD", code=5)
    assert [one["exit_code"] for one in again["accounts"]] == [0, 5, 5, 5]


def test_a_retry_of_a_run_from_before_an_upgrade(fleet: Fleet, market: Account, workers: Workers) -> None:
    """What was kept of it as it was shown did not tell the commit; its row does."""
    commit(fleet)
    workers.start()
    market.faults({"path": "campaign/create/", "nth": 1, "code": 40002, "message": "no"})
    ended = fleet.fleet("apply", "--auto-approve", "--base", "HEAD", code=1)
    base = fleet.fleet("show", ended["run"])["base"]
    workers.query("UPDATE fleet_document SET document = (document::jsonb - 'base')::json")
    assert fleet.fleet("show", ended["run"])["base"] == base is not None
    again = fleet.fleet("retry", ended["run"], "--auto-approve")
    assert fleet.fleet("show", again["run"])["base"] == base


def test_the_author_takes_their_own_rejection_back(changed: Fleet, market: Account) -> None:
    """Where two others have to approve; what the author had not rejected stays refused."""
    changed.fleet("plan", "--base", "HEAD^", "--out", "plans")
    changed.fleet("reject", "plans", "--by", "ann", "--account", "a0")
    told = changed.fleet("approve", "plans", "--base", "HEAD^", "--by", "ann")
    assert (told["verdict"], [one[0] for one in told["accounts"]]) == ("withdrawn", ["a0"])
    for name in ("bob", "cem"):
        changed.fleet("approve", "plans", "--base", "HEAD^", "--by", name, "--account", "a0")
    ended = changed.fleet("apply", "plans", "--base", "HEAD^", code=5)
    assert [one["exit_code"] for one in ended["accounts"]] == [0, 5, 5, 5]
    assert list(budgets(market)) == [advertiser(0)]


def test_an_approval_of_the_author_is_counted_for_nobody(changed: Fleet, market: Account) -> None:
    """Of no commit since the base, also by the login in its address, or as who helped: it is named, and counts not."""
    commit(changed, "Bob <123+bob@users.noreply.github.com>", "fix\n\nCo-authored-by: C. E. M. <cem@example.com>")
    changed.fleet("plan", "--base", "HEAD^^", "--out", "plans")
    for name in ("ann", "bob", "cem"):
        code = 0 if name == "ann" else 5
        changed.fleet("approve", "plans", "--by", name, "--account", "a[123]", code=code)
    ended = changed.fleet("apply", "plans", "--base", "HEAD^^", code=5)
    assert "0 of 2 approvals of ann, bob, cem; ann wrote the commit" in ended["accounts"][1]["error"]["message"]
    assert market.posts() == []


def test_guard_rails_and_limits_are_those_of_the_base(fleet: Fleet, market: Account) -> None:
    """A commit that lifts an amount, a limit and adds a rule gains nothing by it before it is the base itself."""
    small = GROUP.replace("100000.00", "50.00")
    fleet.settings(groups=small, more="limits: {accounts: 3}\n")
    commit(fleet)
    fleet.settings(more="limits: {accounts: 4}\nauto_approve:\n  - {name: all, ops: [update], fields: [budget]}\n")
    fleet.replace("budget_mode:", "status: ENABLE, budget_mode:", "modules/evergreen/campaign.yaml")
    commit(fleet)
    assert fleet.fleet("apply", "--auto-approve", "--base", "HEAD^", code=5)["errors"][0]["code"] == "R414"
    ended = fleet.fleet("apply", "--auto-approve", "--base", "HEAD^", "--limit", "1", code=5)
    assert ended["accounts"][0]["exit_code"] == 5
    assert market.posts() == []
    fleet.fleet("apply", "--auto-approve", "--base", "HEAD")
    assert len(budgets(market)) == 4
    fleet.account(0, budget="65.00")
    assert fleet.fleet("apply", "--base", "HEAD^", code=3)["errors"][0]["code"] == "R802"
    fleet.fleet("apply", "--base", "HEAD")


def test_a_workspace_of_its_own_is_held_to_its_own_file_there(fleet: Fleet, market: Account) -> None:
    """Its reconciler.yaml of the base counts; a commit without one sets no amount, so nothing may be enabled."""
    (fleet.root / "accounts/a3.yaml").unlink()
    commit(fleet)
    fleet.write("accounts/team.yaml", "version: 1\nname: team\nworkspace: team\n")
    rate = "{default: {per_second: 100000, per_minute: 1000000}}"
    fleet.write(
        "team/reconciler.yaml",
        f'version: 1\naccount: {{advertiser_id: "{advertiser(3)}", currency: USD}}\nguardrails: {{max_daily_spend: '
        f"1000.00}}\napi: {{contract: marketing, base_url: {fleet.url}, rate: {rate}}}\n",
    )
    spec = "{objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: 75.00, status: ENABLE}"
    fleet.write("team/manifests/a.yaml", f"kind: Campaign\nname: own\nspec: {spec}\n")
    commit(fleet)
    held = ("--auto-approve", "--account", "team", "--base")
    assert fleet.fleet("apply", *held, "HEAD^", code=5)["accounts"][0]["exit_code"] == 5
    assert market.posts() == []
    fleet.fleet("apply", *held, "HEAD")
    assert budgets(market) == {advertiser(3): ["75"]}


def test_a_job_decides_as_who_started_it(changed: Fleet) -> None:
    """Their login stands there without --by; another name is refused; elsewhere --by is needed."""
    changed.fleet("plan", "--out", "plans")
    with mock.patch.dict(os.environ, {**JOB, "GITHUB_RUN_ID": "7", "GITHUB_ACTOR": "bob"}):
        assert changed.fleet("approve", "plans", "--by", "cem", code=5)["errors"][0]["code"] == "R418"
        told = changed.fleet("approve", "plans")
    assert (told["by"], told["identity"]["actor"]) == ("bob", "bob")
    assert told["identity"]["run_url"] == "https://github.com/o/n/actions/runs/7"
    assert changed.run("fleet", "approve", "plans").code == 3


def test_attributes_of_git_hide_nothing(changed: Fleet, market: Account) -> None:
    """A file that is left out of archives would be one without guard rails: that is refused."""
    changed.write(".gitattributes", "fleet.yaml export-ignore\n")
    commit(changed)
    error = changed.fleet("apply", "--auto-approve", "--base", "HEAD", code=3)["errors"][0]
    assert (error["code"], "fleet.yaml" in error["message"]) == ("R413", True)
    assert market.calls() == []


def test_a_commit_that_git_does_not_have_holds_to_nothing(changed: Fleet, market: Account) -> None:
    """It is refused with what to fetch; and so is a folder without git."""
    error = changed.fleet("plan", "--base", "0123456789012345678901234567890123456789", code=3)["errors"][0]
    assert (error["code"], "fetch-depth: 0" in error["hint"]) == ("R413", True)
    assert market.calls() == []
