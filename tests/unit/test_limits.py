"""Rate limits: whatever moment between sending and reply the server counts a call at, it never counts one too many."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.api.limits import Limiter
from tests.unit.worlds import VirtualWorld

TOLERANCE = 1e-6
seconds = st.floats(0, 3, allow_nan=False)
calls = st.lists(st.tuples(seconds, seconds, st.floats(0, 1)), min_size=1, max_size=60)


class Parallel(VirtualWorld):
    """Calls that are under way end while somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way: list[tuple[float, AbstractContextManager[None]]] = []

    def sleep(self, seconds: float) -> None:
        """Let time pass, with every reply that comes meanwhile."""
        until = self.passed + max(0.0, seconds)
        while self.under_way and min(self.under_way, key=lambda one: one[0])[0] <= until:
            first = min(self.under_way, key=lambda one: one[0])
            self.under_way.remove(first)
            self.passed = max(self.passed, first[0])
            first[1].__exit__(None, None, None)
        self.passed = max(self.passed, until)


def most_in_any_window(arrivals: list[float], window: float) -> int:
    """The largest number of arrivals in a window of that length, its end not included."""
    arrivals = sorted(arrivals)
    return max(sum(start <= one < start + window - TOLERANCE for one in arrivals) for start in arrivals)


@settings(max_examples=150)
@given(calls, st.integers(1, 5), st.integers(5, 12))
def test_one_after_the_other(plan: list[tuple[float, float, float]], per_second: int, per_minute: int) -> None:
    """Each call takes its time and is counted anywhere inside it."""
    world = VirtualWorld()
    limiter = Limiter({1.0: per_second, 60.0: per_minute}, world)
    arrivals = []
    for pause, takes, when in plan:
        world.passed += pause
        with limiter.place():
            arrivals.append(world.passed + takes * when)
            world.passed += takes
    assert most_in_any_window(arrivals, 1.0) <= per_second
    assert most_in_any_window(arrivals, 60.0) <= per_minute


@settings(max_examples=150)
@given(calls, st.integers(1, 5), st.integers(5, 12))
def test_side_by_side(plan: list[tuple[float, float, float]], per_second: int, per_minute: int) -> None:
    """Replies overtake each other, and still no window is broken."""
    world = Parallel()
    limiter = Limiter({1.0: per_second, 60.0: per_minute}, world)
    arrivals = []
    for pause, takes, when in plan:
        world.sleep(pause)
        place = limiter.place()
        place.__enter__()
        arrivals.append(world.passed + takes * when)
        world.under_way.append((world.passed + takes, place))
    assert most_in_any_window(arrivals, 1.0) <= per_second
    assert most_in_any_window(arrivals, 60.0) <= per_minute


def test_no_needless_waiting() -> None:
    """Five a minute, answered at once: the first five go at once, the sixth a minute later."""
    world = VirtualWorld()
    limiter = Limiter({1.0: 5, 60.0: 5}, world)
    began = []
    for _ in range(11):
        with limiter.place():
            began.append(round(world.passed, 3))
    assert began == [0.0] * 5 + [60.0] * 5 + [120.0]


def test_a_place_is_given_back_after_an_error() -> None:
    """A call that failed was counted, and is over."""
    world = VirtualWorld()
    limiter = Limiter({1.0: 1}, world)
    for _ in range(3):
        with pytest.raises(OSError, match="broken"), limiter.place():
            raise OSError("broken")
    assert world.passed == pytest.approx(2.0)


def test_whoever_gives_up_waiting_holds_no_place() -> None:
    """What is awaited meanwhile ends the wait: the place is free for the next."""
    world = VirtualWorld()
    limiter = Limiter({60.0: 1}, world)
    limiter.enter()
    limiter.leave()

    def give_up(seconds: float) -> None:
        raise OSError(f"{seconds:.0f} s are too long")

    with pytest.raises(OSError, match="60 s are too long"):
        limiter.enter(wait=give_up)
    world.sleep(60)
    limiter.enter(wait=give_up)
    limiter.leave()


@pytest.mark.parametrize(("count", "least"), [(0, 0), (1, 0), (5, 0), (6, 60), (10, 60), (11, 120)])
def test_seconds_for(count: int, least: float) -> None:
    """At least how long so many calls take."""
    assert Limiter({1.0: 5, 60.0: 5}, VirtualWorld()).seconds_for(count) == least


def test_full_minute() -> None:
    """Whether a throttle is the long window's."""
    world = VirtualWorld()
    limiter = Limiter({1.0: 5, 60.0: 2}, world)
    assert not limiter.full_minute()
    for _ in range(2):
        with limiter.place():
            pass
    assert limiter.full_minute()
