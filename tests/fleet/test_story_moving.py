"""The state of an account moves from its folder into the database, and out of it again."""

from __future__ import annotations

from pathlib import Path

from tests.fleet.scene import Fleet
from tests.fleet.test_story_tables import IN_TABLES
from tests.stories.account import Account
from tests.stories.workspace import Run


def moved(fleet: Fleet, *arguments: str) -> Run:
    """`fleet state …`."""
    return fleet.run("fleet", "state", *arguments, "--json")


def test_accounts_move_in(fleet: Fleet, market: Account, dsn: str) -> None:
    """Nothing is sent, and what was applied is known there; a second time there is nothing to do."""
    fleet.fleet("apply", "--auto-approve")
    fleet.settings(more=IN_TABLES)
    market.forget_calls()
    for account in ("a0", "a1", "a2", "a3"):
        assert moved(fleet, "import", account).json["imported"] is True
        assert moved(fleet, "import", account).json["imported"] is False
    assert market.calls() == []
    for lock in fleet.root.rglob("reconciler.lock"):
        lock.unlink()
    assert fleet.fleet("plan", "--detailed-exitcode")["summary"]["changed"] == 0


def test_it_is_written_out_and_comes_back(fleet: Fleet, dsn: str, tmp_path: Path) -> None:
    """As backend local has it, into a new folder: put into the account's own it is the state of backend local."""
    fleet.settings(more=IN_TABLES)
    fleet.fleet("apply", "--auto-approve", "--account", "a0")
    out = tmp_path / "out"
    assert moved(fleet, "export", "a0", "--out", str(out)).code == 0
    assert moved(fleet, "export", "a0", "--out", str(out)).codes == ["R508"]
    assert moved(fleet, "export", "a1", "--out", str(tmp_path / "other")).codes == ["R508"]
    assert moved(fleet, "import", "a0", "--from", str(out)).json["imported"] is False
    fleet.settings()
    for one in filter(Path.is_file, out.rglob("*")):
        target = fleet.root / "accounts" / "a0" / one.relative_to(out)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(one.read_bytes())
    assert fleet.fleet("plan", "--detailed-exitcode", "--account", "a0")["summary"]["changed"] == 0


def test_two_histories_are_refused(fleet: Fleet, dsn: str) -> None:
    """Applied in both places: neither is changed, and the message says what to look at."""
    fleet.fleet("apply", "--auto-approve", "--account", "a0")
    fleet.settings(more=IN_TABLES)
    assert moved(fleet, "import", "a0").code == 0
    for settings, budget in ((IN_TABLES, "70.00"), ("", "80.00")):
        fleet.settings(more=settings)
        fleet.account(0, budget=budget)
        fleet.fleet("apply", "--auto-approve", "--account", "a0")
    fleet.settings(more=IN_TABLES)
    ended = moved(fleet, "import", "a0")
    assert (ended.code, ended.codes) == (3, ["R508"])
    assert "reconciler history" in ended.json["errors"][0]["hint"]
    assert moved(fleet, "import", "a1").codes == ["R508"]
    assert moved(fleet, "import", "a0", "--git", "--from", "x").code == 3
