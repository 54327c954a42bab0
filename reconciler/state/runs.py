"""What the journals tell of past runs, as values: each run, what it did, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field


class PastEffect(Struct):
    """One thing that was done, or may have been, to one address."""

    run: PastRun
    at: float
    address: str
    verb: str
    """create, update, …; for what only changed the lockfile, why it did."""
    path: str | None
    """Of the call; None when nothing was sent."""
    fields: Mapping[str, Any]
    """What was sent, under our names where they are known."""
    outcome: str
    """done, accepted (its id is still looked for), rejected, unknown, open (its reply was never read)."""
    id: str | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    settled_at: float | None = None
    settled_by: str | None = None
    """The run that found out, if it was another one."""


class End(NamedTuple):
    """How a run ended by itself. `counts`: its rows by outcome, where it had any."""

    at: float
    code: int
    counts: Mapping[str, int] | None


class PastRun(Struct):
    """One writing command that recorded something."""

    id: str
    at: float
    command: str
    version: str
    facts: dict[str, Any]
    """Who, where, for what: the rest of `begin`, and `about`."""
    gap: bool = False
    """The lockfile it started from was written by a run that is not recorded here."""
    effects: list[PastEffect] = field(default_factory=list)
    end: End | None = None

    @property
    def tells_its_end(self) -> bool:
        """Whether its version records an end at all."""
        return "actor" in self.facts

    @property
    def counts(self) -> dict[str, int]:
        """Its calls by outcome, as far as it is known today."""
        found = Counter(one.outcome for one in self.effects if one.path)
        return {word: found[word] for word in ("done", "accepted", "rejected", "unknown", "open")}
