"""Ctrl-C at every line of what records a write: what was sent is known to the next run, and the journal is whole."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

from reconciler.state.journal import Journal, read
from reconciler.state.ledger import Ledger
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.worlds import MemoryStore, VirtualWorld

CAMPAIGN = at("campaign/a")
RECORDING = ("state/ledger.py", "state/journal.py")


def interrupted(work: Callable[[], None], line: int) -> bool:
    """Do it, interrupted before so many lines of what records; False when it has not so many."""
    passed = count(1)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith(RECORDING):
            return None
        if event == "line" and next(passed) == line:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_a_write_that_is_interrupted_is_not_forgotten() -> None:
    """Wherever: once the write may have been sent, the next run has its campaign, or finds out."""
    for line in count(1):
        store, world = MemoryStore(), VirtualWorld()
        writing = Ledger.read(store, world, {"advertiser_id": ADVERTISER}, "apply")
        sent: list[int] = []

        def work(writing: Ledger = writing, sent: list[int] = sent) -> None:
            intent = writing.intent(
                CAMPAIGN, "create", "campaign/create/", "{}", seen=[], entries={CAMPAIGN: entry("")}
            )
            sent.append(intent.seq)
            writing.reply(intent, {"status": 200, "body": "{}"})
            writing.done(intent, "5")
            writing.save()

        reached = interrupted(work, line)
        writing.end(130)
        after = Ledger.read(store, world, {"advertiser_id": ADVERTISER}, "apply")
        assert not sent or CAMPAIGN in after.lock.resources or after.intents, f"line {line}"
        if not reached:
            assert line > 50
            break


def test_a_journal_that_is_interrupted_goes_on_whole() -> None:
    """Wherever: what is appended later follows what is there, or is refused."""
    for line in count(1):
        store = MemoryStore()
        journal = Journal(store, VirtualWorld(), [])
        reached = interrupted(lambda journal=journal: journal.append("entry", why="one"), line)  # type: ignore[misc]
        try:
            journal.append("entry", why="two")
        except OSError:
            assert reached
        assert len(read(store.log)[0]) >= 1 or reached
        if not reached:
            break
