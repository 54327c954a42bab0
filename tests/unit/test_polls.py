"""How often a task is asked for: at every tick while it is young, six times as rarely once it is slow."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reconciler.canonical import stamp
from reconciler.model import Generation, RefreshEntry, Task
from reconciler.state.variants import step
from tests.unit.builders import NOON

POLL = 5.0
YOUNG = 300.0
"""Seconds after its submit until when a task is asked for at every tick."""


def looks(until: float, poll: float = POLL) -> list[float]:
    """When a task that never ends is asked for, in seconds after its submit."""
    task = Task("t", (1,), "PROCESSING", stamp(NOON))
    record = RefreshEntry(Generation(1, "i", (task,)), 1, 3)
    now, asked, last = NOON, list[float](), dict[str, float]()
    while now - NOON <= until:
        found = step(record, now, poll, last)
        assert found.wake is not None
        if found.polls:
            last["t"] = now
            asked.append(now - NOON)
        else:
            assert found.wake > now
            now = found.wake
    return asked


def test_a_young_task_is_asked_for_at_every_tick() -> None:
    """The first time one tick after its submit, then tick by tick for five minutes."""
    assert looks(YOUNG) == [POLL * number for number in range(1, 61)]


@pytest.mark.parametrize("poll", [1.0, POLL, 10.0])
def test_a_slow_task_is_asked_for_six_times_as_rarely(poll: float) -> None:
    """After five minutes the calls go to the tasks that will come: every sixth tick, by default each half minute."""
    late = [one for one in looks(YOUNG + 60 * poll, poll) if one > YOUNG]
    gaps = {after - before for before, after in pairwise(late)}
    assert gaps == {6 * poll}
    assert len(late) >= 9
