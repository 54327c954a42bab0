"""Rate limits: how many calls of one token and class a second and a minute have seen. *Pure* over given moments."""

from __future__ import annotations

import math
from collections import deque


class Limits:
    """Admitted calls of the last minute, per token and class. Refused calls leave no trace."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], deque[float]] = {}

    def admit(self, token: str, kind: str, limit: tuple[int, int], now: float, *, fixed: bool = False) -> bool:
        """Whether a call at `now` (seconds) is within `limit` (a second, a minute); if so it is counted.

        A sliding window looks at the 1 and 60 seconds before the call, a fixed one at the clock's second and minute.
        """
        calls = self._calls.setdefault((token, kind), deque())
        while calls and calls[0] <= now - 60:
            calls.popleft()
        for most, span in zip(limit, (1, 60), strict=True):
            if len(calls) < most:
                continue
            last = calls[-most]
            if last >= math.floor(now / span) * span if fixed else last > now - span:
                return False
        calls.append(now)
        return True
