"""The simulator's clock: real time that may run faster, stand still, and be moved forward."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

LATEST = 221_845_392_000
"""The year 9000: later moments cannot be written as dates for long."""


class Clock:
    """Seconds since the epoch, UTC. `speed` 60 makes an hour pass in a minute; 0 leaves only `advance` to move it."""

    def __init__(self, speed: float = 1.0, start: float | None = None) -> None:
        self.speed = speed
        self._origin = time.time() if start is None else start
        self._began = time.monotonic()
        self._moved = threading.Condition()

    def now(self) -> float:
        """The simulated moment, in seconds since the epoch. Never goes back."""
        return self._origin + (time.monotonic() - self._began) * self.speed

    def advance(self, seconds: float) -> float:
        """Moves the clock forward by `seconds` (0 or more), wakes whoever waits on it, returns the new moment."""
        if not 0 <= seconds <= LATEST - self.now():
            raise ValueError("the clock moves forward only, and not past the year 9000")
        with self._moved:
            self._origin += seconds
            self._moved.notify_all()
        return self.now()

    def wait(self, seconds: float, stopping: threading.Event) -> None:
        """Sleeps `seconds` of simulated time, less if the clock is advanced, or until `stopping` is set."""
        until = self.now() + seconds
        with self._moved:
            while not stopping.is_set() and (left := until - self.now()) > 0:
                # A stopped clock moves only by `advance`; half a second keeps `stopping` in sight either way.
                self._moved.wait(min(left / self.speed, 0.5) if self.speed else 0.5)


def stamp(moment: float) -> str:
    """`YYYY-MM-DD HH:MM:SS` in UTC, the way the API writes a time (OpenAPI document, section campaign)."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def unstamp(text: str) -> float:
    """The moment of a stamp; ValueError when it is not one."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
