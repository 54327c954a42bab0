"""The arrival log: what reached the server, in order, and what became of it. Never the token."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from reconciler.simulator.wire import Json

KEPT = 50_000
"""Older entries fall out."""


@dataclass(slots=True)
class Arrival:
    """One call. `time` is the simulated moment it came, seconds since the epoch."""

    sequence: int
    """Counted from 1 since the server started."""
    time: float
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

    def as_json(self) -> dict[str, Json]:
        """The entry as the operator reads it."""
        return {name: getattr(self, name) for name in Arrival.__slots__}


class Log:
    """The last KEPT arrivals."""

    def __init__(self) -> None:
        self.entries: deque[Arrival] = deque(maxlen=KEPT)
        self._count = 0

    def open(self, time: float, method: str, path: str, query: dict[str, Json], body: Json, *, keep: bool) -> Arrival:
        """A new entry, kept only when `keep`."""
        self._count += 1
        arrival = Arrival(self._count, time, method, path, query, body)
        if keep:
            self.entries.append(arrival)
        return arrival

    def clear(self) -> int:
        """Forgets every entry, and says how many; the numbering goes on."""
        count = len(self.entries)
        self.entries.clear()
        return count
