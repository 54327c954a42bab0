"""Halt many accounts with one command, look at what is open in them, and let them go on."""

from __future__ import annotations

from tests.fleet.scene import Fleet, advertiser, budgets
from tests.stories.account import Account
from tests.stories.workspace import TOKEN, finish, until


def created(market: Account) -> int:
    """Creates that were sent."""
    return sum(path.endswith("campaign/create/") for path, _ in market.posts())


def test_halt_reaches_a_run_under_way_and_resume_lets_it_go_on(fleet: Fleet, market: Account) -> None:
    """The first create is on its way when somebody halts everything: no second one is sent, in no account."""
    fleet.settings(more="engine: {threads: 1}\n")
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 100_000, "commit": True})
    process = fleet.start("fleet", "apply", "--auto-approve", "--json")
    until(market.posts)
    halted = fleet.fleet("halt", "--reason", f"wrong budgets {TOKEN}", token=None)
    assert [one["summary"] for one in halted["accounts"]] == [{"halted": 1}] * 4
    market.operate("clock", {"advance": 100_000})
    ended = finish(process)
    assert ended.code == 5, ended.text
    assert created(market) == 1
    assert fleet.fleet("apply", "--auto-approve", code=5)["accounts"][1]["error"]["code"] == "R838"
    assert created(market) == 1
    market.faults()
    fleet.fleet("resume", token=None)
    fleet.fleet("apply", "--auto-approve")
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}


def test_what_to_type_next_is_a_command_of_the_fleet(fleet: Fleet, market: Account) -> None:
    """A halt is lifted, and plans that were used are made again, by `fleet …`: a workspace has other commands."""
    fleet.fleet("plan", "--out", "plans", "--account", "a[01]")
    fleet.fleet("apply", "plans", "--account", "a0")
    fleet.fleet("halt", "--account", "a1")
    used, halted = (one["error"] for one in fleet.fleet("apply", "plans", code=6)["accounts"])
    assert (used["code"], "reconciler fleet plan --out" in used["hint"]) == ("R812", True)
    assert (halted["code"], "reconciler fleet resume --account a1" in halted["hint"]) == ("R838", True)
    assert list(budgets(market)) == [advertiser(0)]


def test_a_reason_is_kept_without_the_token(fleet: Fleet) -> None:
    """It is shown to everybody who is stopped, so a token that slipped into it is taken out."""
    fleet.fleet("halt", "--account", "a1", "--reason", f"see {TOKEN}")
    shown = fleet.shown("status").stdout
    assert "see [access token]" in shown
    assert TOKEN not in shown
    assert b"reconciler fleet resume" not in b"".join(fleet.files().values())


def test_some_accounts_are_halted_and_the_others_go_on(fleet: Fleet, market: Account) -> None:
    """By label; `status` names them, and a second resume has nothing to lift."""
    fleet.account(1, labels="{client: acme}")
    fleet.fleet("halt", "--label", "client=acme", token=None)
    applied = fleet.fleet("apply", "--auto-approve", code=5)
    assert [one["exit_code"] for one in applied["accounts"]] == [0, 5, 0, 0]
    assert advertiser(1) not in budgets(market)
    assert fleet.shown("apply", "--auto-approve", code=5).stdout.splitlines()[-1] == "4 accounts: 1 refused."
    found = fleet.fleet("status", token=None)["accounts"]
    assert [one["summary"]["halted"] for one in found] == [0, 1, 0, 0]
    assert [one["summary"]["resumed"] for one in fleet.fleet("resume")["accounts"]] == [0, 1, 0, 0]
    assert [one["summary"]["resumed"] for one in fleet.fleet("resume")["accounts"]] == [0, 0, 0, 0]


def test_everything_is_paused_whatever_fails(fleet: Fleet, market: Account) -> None:
    """`--pause-all` pauses each account; a server that refuses one is told, and stops no other."""
    fleet.replace("budget_mode:", "status: ENABLE, budget_mode:", "modules/evergreen/campaign.yaml")
    fleet.settings(more="engine: {threads: 1}\nlimits: {failures: 1}\n")
    fleet.fleet("apply", "--auto-approve")
    market.faults(
        {"path": "campaign/status/update/", "match": {"advertiser_id": advertiser(0)}, "code": 40002, "message": "no"}
    )
    paused = fleet.fleet("halt", "--pause-all", code=1)
    assert [one["summary"]["paused"] for one in paused["accounts"]] == [0, 1, 1, 1]
    assert paused["accounts"][0]["error"]["code"] == "R606"
    states = [one["status"] for one in market.operate("state")["campaigns"]]
    assert sorted(states) == ["DISABLE", "DISABLE", "DISABLE", "ENABLE"]


def test_status_tells_open_writes_without_the_network(fleet: Fleet, market: Account) -> None:
    """A create whose reply was lost is open in one account alone; its address and when it settles are told."""
    fleet.settings(more="engine: {threads: 1}\n")
    market.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    process = fleet.process("fleet", "apply", "--auto-approve", "--json", "--account", "a0")
    market.forget_calls()
    found = fleet.fleet("status", token=None)["accounts"]
    assert (process.code, [one["summary"]["unknown"] for one in found]) == (8, [1, 0, 0, 0]), process.text
    assert found[0]["status"]["intents"][0]["address"] == "campaign/ev-main"
    assert "create campaign/ev-main: unknown, sent" in fleet.shown("status").stdout
    assert market.calls() == []


def test_a_mistake_in_one_account_keeps_no_other_from_being_halted(fleet: Fleet, market: Account) -> None:
    """The account that cannot be read is left out and named, and the command ends with 3; the others are halted."""
    fleet.write("accounts/a1.yaml", "version: 1\nname: a1\ncolour: red\n")
    for command, key in (("halt", "halted"), ("status", "halted"), ("resume", "resumed")):
        told = fleet.fleet(command, code=3, token=None)
        assert [one["name"] for one in told["accounts"]] == ["a0", "a2", "a3"]
        assert [one["summary"][key] for one in told["accounts"]] == [1, 1, 1]
        assert told["errors"][0]["file"] == "accounts/a1.yaml"
    assert "accounts/a1.yaml:" in fleet.shown("status", code=3).stderr
    assert fleet.fleet("plan", code=3)["errors"][0]["file"] == "accounts/a1.yaml"
