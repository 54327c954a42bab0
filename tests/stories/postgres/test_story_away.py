"""PostgreSQL goes away in the middle of an apply: nothing more is sent, and it is nobody's fallback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import VARIABLE, Server
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.postgres.scene import APPLY, converged, machine, next_run, stuck
from tests.stories.workspace import finish


@pytest.mark.parametrize(("nth", "when"), rotating([(n, w) for n in (1, 2, 3, 5) for w in ("done", "later")], 8))
def test_nothing_is_sent_while_it_is_away(
    one_postgres: Server, dsn: str, tmp_path: Path, market: Account, nth: int, when: str
) -> None:
    """The server stops as in a power cut while a write is under way: that write is the last. When it is back, a clean
    machine converges, with one object a name."""
    work = machine(tmp_path / "first", market)
    process = stuck(work, market, nth, when, delay=3)
    one_postgres.crash()
    try:
        sent = len(market.calls("POST"))
        market.faults()
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


@pytest.mark.parametrize("away", [False, True])
def test_the_last_word_is_ours(
    one_postgres: Server, dsn: str, tmp_path: Path, market: Account, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    """A process lets go of its connections before it ends, or of the attempt at one: nothing of Python's is printed."""
    if away:
        monkeypatch.setenv(VARIABLE, "postgresql://nobody@127.0.0.1:1/none")
    work = machine(tmp_path / "only", market)
    ended = work.process(*APPLY, anew=True)
    assert ended.code == (1 if away else 0), ended.text
    assert "Traceback" not in ended.stderr
