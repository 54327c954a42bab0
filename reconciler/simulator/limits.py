"""Rate limits: how many calls of one token and class a second and a minute have seen. *Pure* over given moments."""

from __future__ import annotations

import math
from collections import deque


class Limits:
    """Admitted calls of the last minute, per token and class. Refused calls leave no trace."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], deque[float]] = {}
        self._closed: dict[str, float] = {}

    def admit(
        self, token: str, kind: str, limit: tuple[int, int], now: float, *, fixed: bool = False, pause: float = 0
    ) -> bool:
        """Whether a call at `now` (seconds) is within `limit` (a second, a minute); if so it is counted.

        A sliding window looks at the 1 and 60 seconds before the call, a fixed one at the clock's second and minute.
        With a `pause` a call past the limit of a minute keeps everything of its token out for so many seconds.
        """
        if pause and now < self._closed.get(token, 0):
            return False
        calls = self._calls.setdefault((token, kind), deque())
        while calls and calls[0] <= now - 60:
            calls.popleft()
        for most, span in zip(limit, (1, 60), strict=True):
            if len(calls) < most:
                continue
            last = calls[-most]
            if last >= math.floor(now / span) * span if fixed else last > now - span:
                if span == 60:
                    self._closed[token] = now + pause
                return False
        calls.append(now)
        return True
