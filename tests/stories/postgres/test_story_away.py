"""PostgreSQL goes away in the middle of an apply: nothing more is sent, and it is nobody's fallback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import Server
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.postgres.scene import converged, machine, next_run, released, stuck
from tests.stories.workspace import finish


@pytest.mark.parametrize(("nth", "when"), rotating([(n, w) for n in (1, 2, 3, 5) for w in ("done", "not done")], 8))
def test_nothing_is_sent_while_it_is_away(
    one_postgres: Server, dsn: str, tmp_path: Path, market: Account, nth: int, when: str
) -> None:
    """The server stops as in a power cut while a write is under way: that write is the last. When it is back, a clean
    machine converges, with one object a name."""
    work = machine(tmp_path / "first", market)
    process = stuck(work, market, nth, when)
    one_postgres.crash()
    try:
        sent = len(market.calls("POST"))
        market.faults()
        released(market)
        ended = finish(process)
        assert ended.code in (1, 9), ended.text
        assert "R511" in ended.codes
        assert len(market.calls("POST")) == sent
        assert not (work.root / "reconciler.lock").exists()
        assert work.run("plan", "--json").codes == ["R511"]
    finally:
        one_postgres.start()
    second = machine(tmp_path / "second", market)
    next_run(second)
    converged(second, market)
