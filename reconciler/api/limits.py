"""Rate limits: so many calls in so many seconds, held on our side so that the server never counts one too many.

A call occupies its place from before it is sent until the window has passed *since its reply*: the server may have
counted it at any moment in between. Timing windows from one's own send lets the server count one too many.
"""

from __future__ import annotations

import abc
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from reconciler.errors import Finding, Interrupted
from reconciler.world import World

_UNDER_WAY_WAIT = 0.01
"""Seconds until calls under way are looked at again."""


def never() -> bool:
    """Nobody asks the run to end."""
    return False


def delay(windows: Mapping[float, int], ended: Sequence[float], under_way: int, now: float) -> float | None:
    """Seconds until one more call may be sent; None while calls under way fill a window by themselves.

    `ended`: when calls ended, oldest first.
    """
    wait = 0.0
    for seconds, most in windows.items():
        if under_way >= most:
            return None
        # Of the calls that have ended, only `most - under way - 1` may still be inside the window.
        index = len(ended) - (most - under_way)
        if index >= 0:
            wait = max(wait, ended[index] + seconds - now)
    return wait


def part(windows: Mapping[float, int], share: float) -> dict[float, int]:
    """So much of each window, and at least one call."""
    # The millionth: 0.7 of 10 is 7, whatever binary fractions say.
    return {seconds: max(1, int(most * share + 1e-6)) for seconds, most in windows.items()}


class Places(abc.ABC):
    """A rate limit as its users see it: a place to be held while one call runs."""

    _world: World
    _windows: Mapping[float, int]

    @contextmanager
    def place(self, stopped: Callable[[], bool] = never) -> Iterator[None]:
        """A place while the call runs. Raises Interrupted as `enter` does."""
        self.enter(stopped)
        try:
            yield
        finally:
            self.leave()

    def enter(self, stopped: Callable[[], bool] = never, wait: Callable[[float], None] | None = None) -> None:
        """Wait for a place, which is held until `leave`.

        `wait`: instead of sleeping, lets at most so many seconds pass. Raises what that raises, and Interrupted when
        the run is asked to end, before it waits or meanwhile: then no place is held.
        """
        while True:
            if stopped():
                message = "interrupted before the next call"
                raise Interrupted(Finding("R710", message, hint="run the command again"))
            if (seconds := self._take()) <= 0:
                return
            (wait or self._world.sleep)(seconds)

    def leave(self) -> None:
        """The reply is here: from this moment the place is free once the window has passed. From any thread."""
        self._release()

    def seconds_for(self, calls: int) -> float:
        """At least how long `calls` more calls take, when the windows are empty."""
        return max((max(0, calls - 1) // most) * seconds for seconds, most in self._windows.items())

    @abc.abstractmethod
    def full_minute(self) -> bool:
        """Whether the longest window is full by our own count: a throttle now is the per-minute one."""

    def throttled(self, pause: float) -> bool:
        """The API has said that it is too much. Whether that is the longest window's doing, and `pause` seconds are to
        be waited; where other machines share the limit they hear of it."""
        return self.full_minute()

    @abc.abstractmethod
    def _take(self) -> float:
        """Take a place and return 0, or return the seconds after which to try again."""

    @abc.abstractmethod
    def _release(self) -> None:
        """The reply is here."""


class SharedPlaces(Places):
    """A limit that other processes use, too: what is left of it can be looked at."""

    @abc.abstractmethod
    def wait(self) -> float:
        """Seconds until the next call may be sent; 0 when it may be sent now."""

    @abc.abstractmethod
    def used(self) -> int:
        """Calls of the longest window that count now."""


class Limiter(Places):
    """Windows of one rate class: `{seconds: calls}`. Safe to share between threads."""

    def __init__(self, windows: Mapping[float, int], world: World) -> None:
        self._windows, self._world = dict(windows), world
        self._longest = max(self._windows)
        self._ended: deque[float] = deque()
        self._under_way = 0
        self._lock = threading.Lock()

    def full_minute(self) -> bool:
        with self._lock:
            return len(self._ended) + self._under_way >= self._windows[self._longest]

    def _release(self) -> None:
        with self._lock:
            self._under_way -= 1
            self._ended.append(self._world.monotonic())

    def _take(self) -> float:
        with self._lock:
            now = self._world.monotonic()
            while self._ended and self._ended[0] <= now - self._longest:
                self._ended.popleft()
            free = delay(self._windows, self._ended, self._under_way, now)
            wait = _UNDER_WAY_WAIT if free is None else free
            if wait <= 0:
                self._under_way += 1
            return wait


class Line(Places):
    """One of several users' door to places that all share: its calls wait one behind the other, so that whoever has
    much to ask has no more calls waiting than whoever has little."""

    def __init__(self, shared: Places) -> None:
        self._shared, self._first = shared, threading.Lock()

    def enter(self, stopped: Callable[[], bool] = never, wait: Callable[[float], None] | None = None) -> None:
        with self._first:
            self._shared.enter(stopped, wait)

    def seconds_for(self, calls: int) -> float:
        return self._shared.seconds_for(calls)

    def full_minute(self) -> bool:
        return self._shared.full_minute()

    def throttled(self, pause: float) -> bool:
        return self._shared.throttled(pause)

    def _take(self) -> float:
        return self._shared._take()

    def _release(self) -> None:
        self._shared._release()
