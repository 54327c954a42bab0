"""Many accounts with one command, over HTTP: plan, approve, apply; what fails in one touches no other."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from tests.fleet.scene import GROUP, Fleet, advertiser, budgets
from tests.stories.account import Account
from tests.stories.workspace import TOKEN, finish, until

OWN = "kind: Campaign\nname: own\nspec: {objective_type: TRAFFIC}\n"


def names(document: dict[str, object], code: int) -> list[str]:
    """The accounts that ended so."""
    return [one["name"] for one in document["accounts"] if one["exit_code"] == code]  # type: ignore[attr-defined]


def test_from_files_to_campaigns_and_back_to_nothing_to_do(fleet: Fleet, market: Account) -> None:
    """`plan` writes nothing; `apply` makes one campaign in each account; then nothing is left, and the run is kept."""
    before = fleet.files()
    planned = fleet.fleet("plan", "--detailed-exitcode", code=2)
    assert planned["summary"] == {"accounts": 4, "changed": 4, "failed": 0, "pending": 0, "skipped": 0}
    after = {name: data for name, data in fleet.files().items() if not name.startswith(".reconciler/")}
    assert after == before
    assert market.posts() == []
    applied = fleet.fleet("apply", "--expect-digest", planned["digest"])
    assert [one["summary"]["done"] for one in applied["accounts"]] == [1, 1, 1, 1]
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}
    assert fleet.fleet("plan")["digest"] is None
    assert len(fleet.fleet("apply", "--auto-approve")["accounts"]) == 4
    assert len(budgets(market)) == 4
    runs = fleet.fleet("runs")["runs"]
    assert [one["run"] for one in runs][:1] == [applied["run"]]
    assert fleet.fleet("show", applied["run"])["accounts"] == applied["accounts"]
    assert (fleet.root / "accounts/a0/reconciler.lock").is_file()


def test_what_runs_leave_behind_is_nothing_to_commit(fleet: Fleet) -> None:
    """In a fleet that is a repository: the lockfiles of the accounts, and nothing that is this machine's own."""
    subprocess.run(["git", "init", "--quiet", str(fleet.root)], check=True)
    before = {one for one in fleet.files() if not one.startswith(".git/")}
    fleet.fleet("plan")
    fleet.fleet("apply", "--auto-approve")
    listed = ["git", "-C", str(fleet.root), "ls-files", "--others", "--exclude-standard"]
    found = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()
    assert set(found) - before == {f"accounts/a{number}/reconciler.lock" for number in range(4)}


def test_what_is_applied_is_what_was_approved(fleet: Fleet, market: Account) -> None:
    """Saved plans: the account that changed in between is left with 6 and named, the others are applied."""
    fleet.fleet("plan", "--out", "plans")
    fleet.account(2, budget="90.00")
    applied = fleet.fleet("apply", "plans", code=6)
    assert names(applied, 6) == ["a2"]
    assert names(applied, 0) == ["a0", "a1", "a3"]
    assert applied["accounts"][2]["error"]["code"] in ("R803", "R810")
    assert sorted(budgets(market)) == [advertiser(number) for number in (0, 1, 3)]
    again = fleet.fleet("apply", "--failed", applied["run"], "--auto-approve")
    assert names(again, 0) == ["a2"]
    assert budgets(market)[advertiser(2)] == ["90"]


def test_another_digest_is_refused_before_anything_is_sent(fleet: Fleet, market: Account) -> None:
    """One budget in one account makes another digest of the whole."""
    planned = fleet.fleet("plan")
    fleet.account(0, budget="61.00")
    ended = fleet.fleet("apply", "--expect-digest", planned["digest"], code=6)
    assert ended["errors"][0]["code"] == "R803"
    assert fleet.fleet("apply", code=3)["errors"][0]["code"] == "R802"
    assert market.posts() == []


def test_a_failure_in_one_account_touches_no_other(fleet: Fleet, market: Account) -> None:
    """A broken manifest, a guard rail, a server that refuses: each account says its own, the rest is applied."""
    fleet.account(0, budget="900.00")
    fleet.write("accounts/a1/manifests/own.yaml", "kind: Campaign\nname: own\nspec: {objective_type: NONSENSE}\n")
    planned = fleet.fleet("plan", code=3)
    assert names(planned, 3) == ["a0", "a1"]
    first, second = (one["error"] for one in planned["accounts"][:2])
    assert (first["file"], first["line"]) == ("accounts/a0.yaml", 6)
    assert second["file"] == "accounts/a1/manifests/own.yaml"
    market.faults({"path": "campaign/create/", "nth": 1, "code": 40002, "message": "no"})
    applied = fleet.fleet("apply", "--auto-approve", code=3)
    assert sorted(one["exit_code"] for one in applied["accounts"]) == [0, 1, 3, 3]
    assert len(budgets(market)) == 1


def test_a_run_past_the_limits_sends_nothing(fleet: Fleet, market: Account) -> None:
    """One account too many: 5, and nothing but GET; exactly that number with a reason lets it through."""
    fleet.settings(more="limits: {accounts: 3}\n")
    ended = fleet.fleet("apply", "--auto-approve", code=5)
    assert ended["errors"][0]["code"] == "R414"
    assert "--allow-limit accounts=4" in ended["errors"][0]["hint"]
    fleet.fleet("apply", "--auto-approve", "--allow-limit", "accounts=5", "--reason", "launch", code=5)
    fleet.fleet("apply", "--auto-approve", "--allow-limit", "accounts=4", code=3)
    assert market.posts() == []
    assert len(fleet.fleet("apply", "--auto-approve", "--limit", "3")["accounts"]) == 3
    for number in range(3):
        fleet.account(number, budget="61.00")
    fleet.fleet("apply", "--auto-approve", "--allow-limit", "accounts=4", "--reason", "launch")
    assert budgets(market) == {**{advertiser(number): ["61"] for number in range(3)}, advertiser(3): ["60"]}


def test_after_enough_failures_no_other_account_is_begun(fleet: Fleet, market: Account) -> None:
    """`limits.failures: 1` with one thread: what is left is skipped, and the run does not end well."""
    fleet.settings(more="limits: {failures: 1}\nengine: {threads: 1}\n")
    market.faults({"path": "campaign/create/", "nth": 1, "code": 40002, "message": "no"})
    applied = fleet.fleet("apply", "--auto-approve", code=1)
    assert applied["summary"] == {"accounts": 4, "changed": 0, "failed": 1, "pending": 0, "skipped": 3}
    assert [one["error"]["code"] for one in applied["accounts"][1:]] == ["R415"] * 3
    assert budgets(market) == {}
    market.faults()
    fleet.fleet("apply", "--failed", applied["run"], "--auto-approve")
    assert len(budgets(market)) == 4


def test_a_refused_token_ends_its_group_and_no_other(fleet: Fleet, market: Account) -> None:
    """Group by label; the token of one is refused: nothing more of that group is asked, the other goes on."""
    fleet.settings(
        groups="  - {match: {client: acme}, token: {file: acme.token}}\n" + GROUP, more="engine: {threads: 1}\n"
    )
    fleet.write("acme.token", "this-token-is-not-accepted\n")
    market.switch(tokens=TOKEN)
    for number in (0, 1):
        fleet.account(number, labels="{client: acme}")
    planned = fleet.fleet("plan", code=4)
    assert names(planned, 4) == ["a0"]
    assert [one["skipped"] for one in planned["accounts"]] == [False, True, False, False]
    assert names(planned, 0) == ["a2", "a3"]
    kept = [data for name, data in fleet.files().items() if name != "acme.token"]
    everything = json.dumps(planned) + b"".join(kept).decode("utf-8", "replace")
    assert "this-token-is-not-accepted" not in everything


def test_a_token_that_a_command_prints(fleet: Fleet) -> None:
    """It is asked once for the group; a command that fails is named, with what it ended with."""
    fleet.settings(groups=f'  - {{token: {{command: [sh, -c, "echo x >> asked; echo {TOKEN}"]}}}}')
    fleet.fleet("plan", token=None)
    assert (fleet.root / "asked").read_text("utf-8").count("x") == 1
    fleet.settings(groups='  - {token: {command: [sh, -c, "exit 7"]}}')
    error = fleet.fleet("plan", code=4, token=None)["accounts"][0]["error"]
    assert (error["code"], "ended with 7" in error["message"]) == ("R601", True)


def test_selections(fleet: Fleet) -> None:
    """By name, label, number, and by what changed since a commit: a file of its own, or of a module that it uses."""
    fleet.account(1, labels="{client: acme}")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        assert fleet.shell(*git, *arguments) == 0

    def chosen(*arguments: str) -> list[str]:
        return [one["name"] for one in fleet.fleet("list", *arguments)["accounts"]]

    assert chosen("--account", "a[02]") == ["a0", "a2"]
    assert chosen("--label", "client=acme") == ["a1"]
    assert chosen("--limit", "2") == ["a0", "a1"]
    assert chosen("--changed-since", "HEAD") == []
    fleet.account(3, budget="70.00")
    fleet.write("accounts/a0/manifests/new.yaml", "")
    assert chosen("--changed-since", "HEAD") == ["a0", "a3"]
    fleet.write("modules/evergreen/ads.yaml", "")
    assert chosen("--changed-since", "HEAD") == ["a0", "a1", "a2", "a3"]
    assert fleet.fleet("list", "--account", "nobody", code=3)["errors"][0]["code"] == "R413"
    assert fleet.fleet("list", "--changed-since", "nothing", code=3)["errors"][0]["code"] == "R413"


def test_what_lies_beside_the_fleet_changes_accounts_too(fleet: Fleet) -> None:
    """A module and a workspace of the same repository, outside of the fleet's folder."""
    fleet.write("../modules/shared/module.yaml", "inputs: {}\n")
    fleet.write("../modules/shared/own.yaml", "kind: Campaign\nname: own\nspec: {objective_type: TRAFFIC}\n")
    fleet.account(1, more="  - {module: ../modules/shared, name: s}\n")
    fleet.write("../team/reconciler.yaml", f'version: 1\naccount: {{advertiser_id: "{advertiser(9)}"}}\n')
    fleet.write("accounts/team.yaml", "version: 1\nname: team\nworkspace: ../team\n")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "--quiet", ".."), ("add", "--all", ".."), (*who, "commit", "--quiet", "-m", "all")):
        assert fleet.shell("git", *command) == 0
    chosen = ("list", "--changed-since", "HEAD")
    assert fleet.fleet(*chosen)["accounts"] == []
    fleet.write("../unrelated.yaml", "x: 1\n")
    fleet.write("../modules/shared/own.yaml", "kind: Campaign\nname: other\nspec: {objective_type: TRAFFIC}\n")
    assert [one["name"] for one in fleet.fleet(*chosen)["accounts"]] == ["a1"]
    fleet.write("../team/manifests/new.yaml", "kind: Campaign\nname: new\nspec: {objective_type: TRAFFIC}\n")
    assert [one["name"] for one in fleet.fleet(*chosen)["accounts"]] == ["a1", "team"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_it_the_next_run_converges(fleet: Fleet, market: Account, number: int) -> None:
    """Ended while creates are on their way: run again, and each account has its one campaign."""
    market.faults({"path": "campaign/create/", "nth": 2, "delay": 1.0, "commit": True})
    process = fleet.start("fleet", "apply", "--auto-approve", "--json")
    until(lambda: len(market.posts()) >= 2)
    process.send_signal(number)
    ended = finish(process)
    assert ended.code == (130 if number == signal.SIGINT else -9), ended.text
    market.faults()
    for _ in range(2):
        last = fleet.process("fleet", "apply", "--auto-approve", "--json")
        if last.code == 0:
            break
    assert last.code == 0, last.text
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}


def test_all_accounts_share_the_limit_of_the_app(fleet: Fleet, market: Account) -> None:
    """The server counts, eight threads ask: not one call is refused."""
    fleet.settings(default="{per_second: 8, per_minute: 600}")
    market.switch(rate="on", rate_per_second="8")
    assert fleet.process("fleet", "apply", "--auto-approve").code == 0
    calls = market.calls()
    assert {one["code"] for one in calls} == {"0"}
    moments = sorted(float(one["time"]) for one in calls)
    for first, last in zip(moments, moments[8:], strict=False):
        assert last - first >= 1.0


def test_drift_and_a_workspace_that_moved_in(fleet: Fleet, market: Account) -> None:
    """A team's own workspace is an account of the fleet; what a stranger changed in any account is told."""
    fleet.write(
        "team/reconciler.yaml",
        f'version: 1\naccount: {{advertiser_id: "{advertiser(3)}", currency: USD}}\n'
        f'api: {{contract: marketing, base_url: "{market.url}"}}\nguardrails: {{max_daily_spend: 1000.00}}\n',
    )
    fleet.write(
        "team/manifests/a.yaml",
        OWN.replace("}", ", budget_mode: BUDGET_MODE_DAY, budget: 75.00}"),
    )
    fleet.write("accounts/a3.yaml", "version: 1\nname: a3\nworkspace: team\n")
    fleet.fleet("apply", "--auto-approve")
    assert budgets(market)[advertiser(3)] == ["75"]
    assert (fleet.root / "team/reconciler.lock").is_file()
    assert fleet.fleet("drift", "--detailed-exitcode")["summary"]["changed"] == 0
    market.operate("edit", {"id": market.operate("state")["campaigns"][0]["campaign_id"], "budget": 99})
    found = fleet.fleet("drift", "--detailed-exitcode", code=2)
    assert [one["summary"]["drifted"] for one in found["accounts"]].count(1) == 1


def test_a_digest_counts_for_saved_plans_too(fleet: Fleet, market: Account) -> None:
    """The folder is the approval, and the digest a second one: another is refused before anything is sent."""
    planned = fleet.fleet("plan", "--out", "plans")
    ended = fleet.fleet("apply", "plans", "--expect-digest", "sha256:" + "0" * 64, code=6)
    assert ended["errors"][0]["code"] == "R803"
    assert market.posts() == []
    fleet.fleet("apply", "plans", "--expect-digest", planned["digest"])


def test_a_plan_that_the_document_does_not_show_is_not_applied(fleet: Fleet, market: Account) -> None:
    """Planned well, then saved again while one account could not be read: that one is left, also where somebody puts
    its older plan back."""
    fleet.fleet("plan", "--out", "plans")
    older = (fleet.root / "plans/plans/a0.json").read_bytes()
    fleet.replace("60.00", "61.00", "accounts/a0.yaml")
    fleet.write("accounts/a0/manifests/own.yaml", "kind: Campaign\nname: own\nspec: {objective_type: NONSENSE}\n")
    fleet.fleet("plan", "--out", "plans", code=3)
    assert not (fleet.root / "plans/plans/a0.json").exists()
    (fleet.root / "plans/plans/a0.json").write_bytes(older)
    (fleet.root / "accounts/a0/manifests/own.yaml").unlink()
    fleet.replace("61.00", "60.00", "accounts/a0.yaml")
    ended = fleet.fleet("apply", "plans", code=3)
    assert ended["accounts"][0]["error"]["code"] == "R806"
    assert advertiser(0) not in budgets(market)
    assert len(budgets(market)) == 3


def test_no_token_reaches_the_record_of_a_run(fleet: Fleet) -> None:
    """Not in a reason either, whoever typed it there."""
    fleet.settings(more="limits: {accounts: 3}\n")
    fleet.fleet("apply", "--auto-approve", "--allow-limit", "accounts=4", "--reason", f"ticket {TOKEN} ok")
    assert "ticket" in json.dumps(fleet.fleet("runs"))
    assert not any(TOKEN.encode() in data for data in fleet.files().values())
