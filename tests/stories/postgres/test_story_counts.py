"""What an apply asks of the database, counted by the server itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import Server
from tests.stories.account import Account
from tests.stories.marketing.scene import adgroup, campaign
from tests.stories.postgres.scene import machine, rows

CONFIRMED = "AND revision = $3 AND lease_until IS NOT NULL"
"""Whether the lock is still ours; the thread that renews its lease asks otherwise."""
HALTED = "parameters: $1 = '.halt/"
HALT_STATEMENTS = 2
"""The row of what `halt` leaves, and its file."""


@pytest.fixture
def statements(one_postgres: Server, dsn: str) -> Path:
    """The server's log, which tells every statement of this test's database."""
    rows(dsn, "SELECT 1")
    one_postgres.execute(f"ALTER DATABASE {dsn.rpartition('/')[2]} SET log_statement = 'all'")
    return one_postgres.folder / "log"


def tree(groups: int, status: str) -> tuple[str, ...]:
    """One campaign, so many ad groups."""
    return (campaign("a", status="ENABLE"), *(adgroup(f"g{n:02}", parent="a", status=status) for n in range(groups)))


@pytest.mark.parametrize(("groups", "calls"), [(1, 1), (20, 1), (41, 3)])
def test_a_call_for_twenty_asks_once_whether_it_may_be_sent(
    tmp_path: Path, market: Account, statements: Path, groups: int, calls: int
) -> None:
    """As often as a call for one: that the lock is ours, and that nothing is halted; and once when the run begins."""
    work = machine(tmp_path / "first", market, tree=tree(groups, "ENABLE"))
    work.apply()
    work.manifest(*tree(groups, "DISABLE"))
    market.forget_calls()
    before = statements.stat().st_size
    work.apply()
    told = statements.read_bytes()[before:].decode()
    assert [one["path"] for one in market.calls("POST")] == ["adgroup/status/update/"] * calls
    assert (told.count(CONFIRMED), told.count(HALTED)) == (calls + 1, (calls + 1) * HALT_STATEMENTS)
