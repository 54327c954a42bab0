"""A database that is brought back from a backup: what was made since is not made a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import VARIABLE, Server
from tests.stories.account import ADVERTISER, Account
from tests.stories.marketing.scene import campaign
from tests.stories.postgres.scene import APPLY, TREE, converged, machine, rows


def copied(server: Server, dsn: str, name: str) -> str:
    """The address of a copy, as a backup is one."""
    source = dsn.rpartition("/")[2]
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}'")
    server.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
    return server.address(name)


def test_after_a_restore(
    one_postgres: Server, dsn: str, tmp_path: Path, market: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Epochs are past all that were, the journal says that its end may be missing, doctor says so, and a run creates
    nothing beside what it does not know any more; without anything lost it goes on as before."""
    first = machine(tmp_path / "first", market, tree=(campaign("a", status="ENABLE"),))
    assert first.run(*APPLY).code == 0
    backup = copied(one_postgres, dsn, f"{dsn.rpartition('/')[2]}_backup")
    first.manifest(*TREE)
    converged(first, market)
    monkeypatch.setenv(VARIABLE, backup)
    second = machine(tmp_path / "second", market)
    assert second.run("fleet", "migrate", "--after-restore", "--json").json["marked"] == [ADVERTISER]
    told = {one["name"]: one for one in second.run("doctor", "--json").json["checks"]}
    assert (told["state"]["state"], "lost its end" in told["state"]["message"]) == ("warning", True)
    market.forget_calls()
    ended = second.run(*APPLY)
    assert ended.code != 0, ended.text
    assert market.posts() == []
    second.manifest(campaign("a", status="ENABLE"))
    assert second.in_sync()
    second.replace("budget: 100", "budget: 90")
    second.apply()
    assert market.one("campaign", "a")["budget"] == "90.00"
    epochs = [one[0] for one in rows(backup, "SELECT epoch FROM fleet_journal ORDER BY n")]
    assert (epochs == sorted(epochs), epochs[-1] > 1000) == (True, True)


def test_what_arrives_late_is_not_made_twice(
    one_postgres: Server, dsn: str, tmp_path: Path, market: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A create was on its way when the database was brought back, which does not know of it: the first run waits
    until it can no longer take effect, finds it, and makes no second one."""
    only = campaign("a", status="ENABLE")
    first = machine(tmp_path / "first", market, quiet=600, tree=(only,))
    assert first.run(*APPLY).code == 0
    backup = copied(one_postgres, dsn, f"{dsn.rpartition('/')[2]}_late")
    first.manifest(only, campaign("b"))
    market.faults({"path": "campaign/create/", "nth": 1, "late_commit": 300})
    assert first.run(*APPLY).code == 8
    assert market.names("campaign") == ["a"]
    market.faults()
    monkeypatch.setenv(VARIABLE, backup)
    second = machine(tmp_path / "second", market, quiet=600, tree=(only, campaign("b")))
    assert second.run("fleet", "migrate", "--after-restore").code == 0
    ended = second.run(*APPLY)
    assert "the journal has lost its end" in ended.stderr
    assert market.names("campaign") == ["a", "b"]
    assert (ended.code, ended.ended) == (5, {"campaign/b": "skipped"})


def test_nothing_to_mark_in_an_empty_database(dsn: str, tmp_path: Path, market: Account) -> None:
    """And the two that contradict each other are a mistake of usage."""
    work = machine(tmp_path / "first", market)
    assert work.run("fleet", "migrate", "--after-restore", "--json").json["marked"] == []
    assert work.run("fleet", "migrate", "--after-restore", "--check").code == 3
