"""Which queues a worker serves at the moment: one of a group whose token it has not it leaves to others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

_AGAIN = 60.0
"""Seconds after which it looks for a token once more."""


class Served:
    """Those of its groups, and those that need no token. Safe to share between threads."""

    def __init__(self, groups: Sequence[str], others: Sequence[str]) -> None:
        self._groups, self._others = list(groups), list(others)
        self._left: dict[str, float] = {}
        self._why: dict[str, str] = {}
        self._lock = threading.Lock()

    def leave(self, queue: str, why: str, told: Callable[[str], None]) -> None:
        """Take none of its jobs for a while. `told` hears of it, unless it has heard the same last."""
        with self._lock:
            known = self._why.get(queue) == why
            self._left[queue], self._why[queue] = time.monotonic() + _AGAIN, why
        if not known:
            told(f"group {queue.partition('/')[2]} is left to other workers: {why}")

    def has_token(self, queue: str) -> None:
        """It was found: that it is lost later is news."""
        with self._lock:
            self._why.pop(queue, None)

    def queues(self) -> list[str]:
        """Those of now."""
        now = time.monotonic()
        with self._lock:
            return [one for one in self._groups if self._left.get(one, now) <= now] + self._others
