"""Approvals: people approve the plans of many accounts, rules those that only lower something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fleet.scene import GROUP, Fleet, advertiser, budgets
from tests.fleet.workers import Workers, until
from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.workspace import TOKEN, finish

APPROVALS = GROUP.replace("token:", "approvals: {required: 2, by: [ann, bob, cem]}, token:")
RULE = "auto_approve:\n  - {name: only-down, ops: [update], fields: [budget, status], direction: down}\n"


@pytest.fixture
def guarded(fleet: Fleet) -> Fleet:
    """Two of three people approve."""
    fleet.settings(groups=APPROVALS)
    return fleet


def record(fleet: Fleet) -> Path:
    """Where decisions are kept."""
    return fleet.root / ".reconciler/fleet/approvals.jsonl"


def test_two_people_approve_a_saved_set(guarded: Fleet, market: Account) -> None:
    """One is too few; the same one twice, too; a name that the group does not list is refused at once."""
    guarded.fleet("plan", "--out", "plans")
    assert guarded.fleet("approve", "plans", "--by", "eve", code=5)["errors"][0]["code"] == "R418"
    for _ in range(2):
        guarded.fleet("approve", "plans", "--by", "ann", "--reason", f"launch {TOKEN}")
    ended = guarded.fleet("apply", "plans", "--auto-approve", code=5)
    assert {one["error"]["code"] for one in ended["accounts"]} == {"R417"}
    assert "1 of 2 approvals of ann, bob, cem" in ended["accounts"][0]["error"]["message"]
    assert market.posts() == []
    guarded.fleet("approve", "plans", "--by", "bob", "--account", "a[01]")
    ended = guarded.fleet("apply", "plans", code=5)
    assert [one["exit_code"] for one in ended["accounts"]] == [0, 0, 5, 5]
    assert sorted(budgets(market)) == [advertiser(0), advertiser(1)]
    assert guarded.fleet("show", ended["run"])["approved"] == {"a0": ["ann", "bob"], "a1": ["ann", "bob"]}
    assert TOKEN not in record(guarded).read_text("utf-8")


def test_an_approval_is_of_one_plan_and_ends(guarded: Fleet, market: Account) -> None:
    """A run that was left for want of approvals is approved by its name; another budget, or a day, and it is void."""
    refused = guarded.fleet("apply", "--auto-approve", code=5)
    for name in ("ann", "bob"):
        guarded.fleet("approve", refused["run"], "--by", name)
    guarded.account(0, budget="61.00")
    ended = guarded.fleet("apply", code=5)
    assert [one["exit_code"] for one in ended["accounts"]] == [5, 0, 0, 0]
    for name in ("ann", "bob"):
        guarded.fleet("approve", ended["run"], "--by", name)
    world_of(guarded.url).sleep(25 * 3600)
    assert guarded.fleet("apply", code=5)["accounts"][0]["error"]["code"] == "R417"
    assert advertiser(0) not in budgets(market)


@pytest.mark.parametrize("queue", [False, True], ids=["local", "procrastinate"])
def test_a_rejection_stops_what_has_not_begun(
    fleet: Fleet, market: Account, request: pytest.FixtureRequest, *, queue: bool
) -> None:
    """Said while the first account is under way: that one ends, the one that waits for its turn is not begun. A word
    that is taken back at once stops nothing."""
    if queue:
        request.getfixturevalue("workers").start("--threads", "1")
    else:
        fleet.settings(more="engine: {threads: 1}\n")
    fleet.fleet("plan", "--out", "plans")
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 3})
    asking = fleet.start("fleet", "apply", "plans", "--json")
    until(market.posts)
    fleet.fleet("reject", "plans", "--by", "cem", "--account", "a[23]")
    fleet.fleet("approve", "plans", "--by", "cem", "--account", "a2")
    ended = finish(asking)
    assert ended.code == 5, ended.text
    assert [one["exit_code"] for one in ended.json["accounts"]] == [0, 0, 0, 5]
    left = ended.json["accounts"][3]
    assert (left["skipped"], left["error"]["code"], "rejected by cem" in left["error"]["message"]) == (
        True,
        "R417",
        True,
    )
    assert sorted(budgets(market)) == [advertiser(number) for number in range(3)]


BACK = """
CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.at := NEW.at - interval '2 hours'; RETURN NEW; END $$;
CREATE TRIGGER back BEFORE INSERT ON fleet_approval FOR EACH ROW EXECUTE FUNCTION back()"""
"""What the rows look like when the server's clock goes back."""


def test_a_rejection_counts_after_the_clock_of_the_server_went_back(
    fleet: Fleet, market: Account, workers: Workers
) -> None:
    """By its time it was said before the run began; by its number it was not, and what waits is not begun. One that was
    taken back before is not looked at again."""
    workers.start("--threads", "1")
    fleet.fleet("plan", "--out", "plans")
    for command in ("reject", "approve"):
        fleet.fleet(command, "plans", "--by", "cem")
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 3})
    asking = fleet.start("fleet", "apply", "plans", "--json")
    until(market.posts)
    workers.query(BACK)
    fleet.fleet("reject", "plans", "--by", "cem", "--account", "a[23]")
    ended = finish(asking)
    assert [one["exit_code"] for one in ended.json["accounts"]] == [0, 0, 5, 5], ended.text
    assert workers.query("SELECT decided FROM fleet_run WHERE command = 'apply'") == [(2,)]


@pytest.mark.parametrize("queue", [False, True], ids=["local", "procrastinate"])
def test_a_rejection_counts_until_the_first_write(
    fleet: Fleet, market: Account, request: pytest.FixtureRequest, *, queue: bool
) -> None:
    """Said while the account is being read: nothing is sent there, and once it is taken back the same plan goes out."""
    if queue:
        request.getfixturevalue("workers").start()
    fleet.fleet("plan", "--out", "plans")
    seen = len(market.calls())
    market.faults({"path": "campaign/get/", "nth": 1, "delay": 4})
    asking = fleet.start("fleet", "apply", "plans", "--account", "a0", "--json")
    until(lambda: any(one["path"] == "campaign/get/" for one in market.calls()[seen:]))
    fleet.fleet("reject", "plans", "--by", "cem", "--account", "a0")
    ended = finish(asking)
    (left,) = ended.json["accounts"]
    assert (ended.code, left["skipped"], left["error"]["code"], left["summary"]["create"]) == (5, True, "R417", 1)
    assert "rejected by cem" in left["error"]["message"]
    assert market.posts() == []
    fleet.fleet("approve", "plans", "--by", "cem", "--account", "a0")
    fleet.fleet("apply", "plans", "--account", "a0")
    assert list(budgets(market)) == [advertiser(0)]


def test_an_apply_under_way_is_rejected_by_its_name(fleet: Fleet, market: Account, workers: Workers) -> None:
    """Nobody has a folder of its plans: those that it has asked for, and nobody has begun, are its own."""
    workers.start("--threads", "1")
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 4})
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    until(market.posts)
    [(run,)] = workers.query("SELECT id FROM fleet_run")
    under_way = {one["name"]: one for one in fleet.fleet("show", run)["accounts"]}
    assert under_way["a3"]["exit_code"] == 8
    told = fleet.fleet("reject", run, "--by", "cem", "--account", "a[23]")
    assert told["accounts"] == [
        [name, under_way[name]["advertiser_id"], under_way[name]["digest"]] for name in ("a2", "a3")
    ]
    ended = finish(asking)
    assert [one["exit_code"] for one in ended.json["accounts"]] == [0, 0, 5, 5], ended.text
    assert sorted(budgets(market)) == [advertiser(0), advertiser(1)]
    assert fleet.fleet("reject", run, "--by", "cem", "--account", "a0", code=3)["errors"][0]["code"] == "R413"


def test_who_may_not_approve_takes_their_own_rejection_back(guarded: Fleet, market: Account) -> None:
    """That is no approval, also once the group lists the name; what they have not rejected they are refused."""
    guarded.fleet("plan", "--out", "plans")
    guarded.fleet("reject", "plans", "--by", "eve", "--account", "a[01]")
    guarded.fleet("approve", "plans", "--by", "ann")
    ended = guarded.fleet("apply", "plans", code=5)
    assert "rejected by eve" in ended["accounts"][0]["error"]["message"]
    assert (
        "2 accounts by eve is taken back. That is no approval" in guarded.shown("approve", "plans", "--by", "eve").text
    )
    assert guarded.fleet("approve", "plans", "--by", "eve", code=5)["errors"][0]["code"] == "R418"
    guarded.settings(groups=APPROVALS.replace("cem]", "cem, eve]"))
    ended = guarded.fleet("apply", "plans", code=5)
    assert {one["error"]["message"].partition(" of ann")[0] for one in ended["accounts"]} == {
        "not begun: its plan has 1 of 2 approvals"
    }
    guarded.fleet("approve", "plans", "--by", "bob", "--account", "a0")
    assert [one["exit_code"] for one in guarded.fleet("apply", "plans", code=5)["accounts"]] == [0, 5, 5, 5]
    assert list(budgets(market)) == [advertiser(0)]


def test_a_rejection_stands_until_it_is_taken_back(guarded: Fleet, market: Account) -> None:
    """Whatever others approved; the last word of each counts."""
    guarded.fleet("plan", "--out", "plans")
    for name in ("ann", "bob"):
        guarded.fleet("approve", "plans", "--by", name)
    guarded.fleet("reject", "plans", "--by", "cem", "--account", "a3", "--reason", "too soon")
    ended = guarded.fleet("apply", "plans", code=5)
    assert [one["exit_code"] for one in ended["accounts"]] == [0, 0, 0, 5]
    assert "rejected by cem" in ended["accounts"][3]["error"]["message"]
    guarded.fleet("approve", "plans", "--by", "cem", "--account", "a3")
    guarded.fleet("apply", "plans", "--account", "a3")
    assert len(budgets(market)) == 4
    guarded.account(1, budget="70.00")
    guarded.fleet("plan", "--out", "plans")
    told = guarded.fleet("approve", "plans", "--by", "ann")
    assert [one[0] for one in told["accounts"]] == ["a1"]


def test_a_rule_approves_what_only_falls(fleet: Fleet, market: Account) -> None:
    """A lower budget goes out with nobody asked and the rule's name in the record; a raise and a create do not."""
    fleet.fleet("apply", "--auto-approve")
    fleet.settings(groups=APPROVALS, more=RULE)
    fleet.account(0, budget="55.00")
    fleet.account(1, budget="65.00")
    fleet.replace("name: ev,", "name: ev2,", "accounts/a2.yaml")
    ended = fleet.fleet("apply", code=5)
    assert [one["exit_code"] for one in ended["accounts"]] == [0, 5, 5, 0]
    assert fleet.fleet("show", ended["run"])["approved"] == {"a0": ["rule:only-down"]}
    (line,) = record(fleet).read_text("utf-8").splitlines()
    assert (json.loads(line)["by"], [one[0] for one in json.loads(line)["accounts"]]) == ("rule:only-down", ["a0"])
    assert budgets(market)[advertiser(0)] == ["55"]
    assert budgets(market)[advertiser(1)] == ["60"]


def test_a_rule_never_enables(fleet: Fleet, market: Account) -> None:
    """A paused campaign is to run: no rule approves that, also one without a direction."""
    fleet.replace("budget_mode:", "status: DISABLE, budget_mode:", "modules/evergreen/campaign.yaml")
    fleet.fleet("apply", "--auto-approve")
    fleet.settings(more=RULE.replace(", direction: down", ""))
    fleet.replace("DISABLE", "ENABLE", "modules/evergreen/campaign.yaml")
    assert fleet.fleet("apply", code=3)["errors"][0]["code"] == "R802"
    assert {one["status"] for one in market.operate("state")["campaigns"]} == {"DISABLE"}


def test_a_record_that_was_changed_is_not_trusted(guarded: Fleet, market: Account) -> None:
    """A name is put into an old line: nothing is applied, nothing is approved, and the file stays as it is."""
    guarded.fleet("plan", "--out", "plans")
    for name in ("ann", "ann"):
        guarded.fleet("approve", "plans", "--by", name)
    text = record(guarded).read_text("utf-8").replace('"ann"', '"bob"', 1)
    record(guarded).write_text(text, "utf-8")
    for command in (("apply", "plans"), ("approve", "plans", "--by", "cem")):
        assert guarded.fleet(*command, code=3)["errors"][0]["code"] == "R419"
    assert (record(guarded).read_text("utf-8"), market.posts()) == (text, [])
