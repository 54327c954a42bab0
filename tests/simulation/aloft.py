"""What is under way beside: what of it is to be durable by when, which intent a write belongs to, and how many may be.

I3   a reply is durable before anything reads it; what came of a call that was taken, before the next call
I4   every write has a durable intent of its own that is still open
I17  at most four writes are under way, and if there are several, each creates something
I43  nothing more of a kind is created once a create of it is unknown
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from tests.simulation.account import Sent
from tests.simulation.world import Flying

MOST = 4
TAIL = 64
"""Records at the end of the journal that can belong to what is under way."""
_READ = ("done", "accepted", "unknown")
_ENDED = (*_READ, "reply", "rejected")

Record = dict[str, Any]


@lru_cache(maxsize=5000)
def recorded(line: bytes) -> Record:
    """What a journal's line holds, which is looked at again and again and never changed."""
    found: Record = json.loads(line)
    return found


class Aloft:
    """Of one story. `fail` hears of every invariant that does not hold."""

    def __init__(self, fail: Callable[[str, str], None]) -> None:
        self._fail = fail
        self._flying: Flying[Any] | None = None
        self._came: list[tuple[Flying[Any] | None, str]] = []
        """Ids that went out whole, each with what it was fetched by, unless it was taken."""
        self._used: set[tuple[str, int]] = set()

    def begin(self) -> None:
        """A process starts."""
        self._flying, self._came = None, []

    @contextmanager
    def flying(self, coming: Flying[Any]) -> Iterator[None]:
        """A call is made beside."""
        before, self._flying = self._flying, coming
        try:
            yield
        finally:
            self._flying = before

    def taken(self, coming: Flying[Any]) -> None:
        """The process has its reply."""
        self._came = [(None if one is coming else one, identity) for one, identity in self._came]

    def delivered(self, ids: list[str]) -> None:
        """A reply that tells them went out whole."""
        self._came += [(self._flying, one) for one in ids]

    def due(self, *, whole: bool = False) -> list[str]:
        """What must be durable by now, once; `whole`: with what nobody has taken."""
        found = [identity for one, identity in self._came if one is None or whole]
        self._came = [(one, identity) for one, identity in self._came if one is not None and not whole]
        return found

    def kept(self, journals: Callable[[], bytes], before: str) -> None:
        """I3, of what must be durable by now."""
        lost = [one for one in self.due() if one.encode() not in journals()]
        if lost:
            self._fail("I3", f"{lost} came whole and are not durable before {before}")

    def intents(self, records: list[Record], call: tuple[str, str], count: int, sent: list[Sent]) -> list[Record]:
        """Those of the write that comes (path and body), of which the journal's end on the disk tells. `sent`: what
        came before it."""
        interrupted = {one.intent for one in sent if one.fate.startswith("interrupt")}
        run = records[-1]["run"] if records else ""
        mine = [one for one in records if one["run"] == run]
        intents = {one["seq"]: one for one in mine if one["kind"] == "intent"}
        self._read_in_order(mine, intents)
        ended = {seq for one in mine if one["kind"] in _ENDED for seq in (one["of"], *one.get("also", ()))}
        still = [one for seq, one in intents.items() if seq not in ended and (run, seq) not in interrupted]
        if len({(one["path"], one["body"]) for one in still}) > 1 and {one["verb"] for one in still} != {"create"}:
            self._fail("I17", f"under way at once: {[(one['verb'], one['address']) for one in still]}")
        if len({(one["path"], one["body"]) for one in still}) > MOST:
            self._fail("I17", f"{len(still)} writes are under way at once")
        fresh = [one for one in still if (run, one["seq"]) not in self._used]
        own = [one for one in fresh if (one["path"], one["body"]) == call][:count]
        self._used |= {(run, one["seq"]) for one in own}
        for one in own:
            self._after_unknown(one, mine, intents)
        return own

    def _read_in_order(self, records: list[Record], intents: dict[int, Record]) -> None:
        """I3."""
        recorded: set[int] = set()
        for one in records:
            if one["kind"] == "reply":
                recorded |= {one["of"], *one.get("also", ())}
            elif one["kind"] in _READ and one["of"] in intents and one["of"] not in recorded:
                self._fail("I3", f"{intents[one['of']]['address']} is {one['kind']} before its reply is recorded")

    def _after_unknown(self, intent: Record, records: list[Record], intents: dict[int, Record]) -> None:
        """I43."""
        kind = intent["address"].partition("/")[0]
        for one in records:
            before = intents.get(one.get("of", 0))
            if one["kind"] != "unknown" or before is None or one["seq"] > intent["seq"]:
                continue
            if intent["verb"] == before["verb"] == "create" and before["address"].partition("/")[0] == kind:
                self._fail("I43", f"{intent['address']} is created after {before['address']} is unknown")
