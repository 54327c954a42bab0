"""The arrival log: what reached the server, in order, and what became of it. No token and no secret is in it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from reconciler.simulator.messages import Request
from reconciler.simulator.wire import Json

KEPT = 50_000
"""Older entries fall out."""


@dataclass(slots=True)
class Arrival:
    """One call: of the API, with a path below its base, or of a film, with a path that begins with a slash."""

    sequence: int
    """Counted from 1 since the server started."""
    time: float
    """The simulated moment it came, seconds since the epoch."""
    elapsed: float
    """Real seconds since the server started. Like `time` it never goes back from one arrival to the next."""
    method: str
    path: str
    query: dict[str, Json]
    body: Json
    """Parsed; None when there was none or it was not JSON."""
    code: int | None = None
    """The code of the envelope the handler made; None where none was made."""
    committed: bool = False
    """Whether a write has been carried out: maybe long after the call."""
    replied: bool = False
    """Whether the client was sent the answer that was made, unchanged."""
    fault: str | None = None
    """The fault that struck it."""
    token_leaked: bool = False
    """Whether it is a call of a film, which needs no token, and brought one all the same."""
    cookie_sent: bool = False
    """Whether it brought a cookie: the API knows none."""

    def as_json(self) -> dict[str, Json]:
        """The entry as the operator reads it."""
        return {name: getattr(self, name) for name in Arrival.__slots__}


class Log:
    """The last KEPT arrivals."""

    def __init__(self) -> None:
        self.entries: deque[Arrival] = deque(maxlen=KEPT)
        self._count = 0
        self._began = time.monotonic()

    def open(
        self, now: float, request: Request, path: str, query: dict[str, Json], body: Json, *, keep: bool
    ) -> Arrival:
        """A new entry, kept only when `keep`."""
        self._count += 1
        arrival = Arrival(self._count, now, time.monotonic() - self._began, request.method, path, query, body)
        arrival.token_leaked = path.startswith("/") and "access-token" in request.headers
        arrival.cookie_sent = "cookie" in request.headers
        if keep:
            self.entries.append(arrival)
        return arrival

    def clear(self) -> int:
        """Forgets every entry, and says how many; the numbering goes on."""
        count = len(self.entries)
        self.entries.clear()
        return count
