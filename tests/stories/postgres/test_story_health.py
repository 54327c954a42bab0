"""A server that cannot be trusted with a state: `doctor` says so, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.postgres.health import judged
from tests.postgres import Server
from tests.stories.account import Account
from tests.stories.postgres.scene import machine


def test_a_standby_takes_no_writes(one_postgres: Server, dsn: str, tmp_path: Path, market: Account) -> None:
    """The address leads to a replica: that is what doctor says, and where it should lead."""
    del dsn
    work = machine(tmp_path / "only", market)
    one_postgres.crash()
    one_postgres.start(standby=True)
    try:
        told = {one["name"]: one for one in work.run("doctor", "--json").json["checks"]}["database"]
    finally:
        one_postgres.crash()
        one_postgres.start()
    assert told["state"] == "failed"
    assert "a standby, which takes no writes" in told["message"]
    assert "primary" in told["hint"]


@pytest.mark.parametrize(
    ("number", "commit", "failed", "doubt"),
    [(120_022, "on", True, False), (130_000, "on", False, False), (170_002, "off", False, True)],
)
def test_how_a_server_is_judged(number: int, commit: str, failed: bool, doubt: bool) -> None:
    """One that is too old fails, one whose commits do not wait for the disk is in doubt; the oldest that will do is
    neither."""
    found = judged("PostgreSQL on db", f"{number // 10_000}", number, commit, standby=False, tables=1)
    assert (found.failed is not None, found.doubt is not None) == (failed, doubt)
    assert ("older than 13" in found.text) == failed
