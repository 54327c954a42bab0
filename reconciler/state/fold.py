"""Journal records → lockfile entries and open intents. Pure: the same records always give the same state."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from reconciler.model import Address
from reconciler.state.entries import parse_entry
from reconciler.state.journal import Record
from reconciler.state.lockfile import Lock

_WITHOUT_EFFECT = frozenset({"begin", "aside", "about", "saved", "end", "files"})
"""Records of the run itself: the lockfile is the same without them."""
OPENING = ("begin", "aside")
"""Records that name the lockfile they follow, with its lineage."""
PULL = "pull"
"""Why entries change that a pull binds."""


class Intent(Struct):
    """A write whose effect is not folded yet."""

    seq: int
    address: Address
    verb: str
    path: str
    body: str
    """The JSON text that was sent."""
    seen: list[str]
    sent_at: float
    """When it was sent; the latest time it can have been, where that is not known."""
    entries: dict[str, Any]
    """Lockfile entries once it is done; an empty id stands for the object's own, null removes the entry."""
    run: str
    """The run that sent it."""
    meta: dict[str, Any]
    """What else is needed to know what its reply means: the slots of a submit, the URL of an upload."""
    since: float = 0.0
    """The earliest time it can have been sent: when it was written down."""
    reply: dict[str, Any] | None = None
    accepted: bool = False
    """Known to be done; its id is still to be found."""
    why: str | None = None
    """Set once the outcome was classified as unknown."""

    @property
    def contract(self) -> str | None:
        """The contract that the call is of; None: the workspace's own."""
        return self.meta.get("contract")

    @property
    def state(self) -> Literal["open", "unknown"]:
        """As `status --json` shows it."""
        return "unknown" if self.why else "open"


def open_intents(records: Iterable[Record]) -> dict[int, Intent]:
    """Intents without a known effect, by seq, in journal order."""
    result: dict[int, Intent] = {}
    for record in records:
        data = record.data
        if record.kind == "begin":
            # Its run holds the state: what an earlier one announced is not sent any more.
            for intent in result.values():
                intent.sent_at = record.ts if intent.sent_at == math.inf else intent.sent_at
        elif record.kind == "intent":
            result[record.seq] = Intent(
                record.seq,
                Address.parse(data["address"]),
                data["verb"],
                data["path"],
                data["body"],
                data["seen"],
                # What leaves the machine before it is sent is sent later: before its reply, or before the next run.
                math.inf if data.get("ahead") else record.ts,
                data["entries"],
                data["run"],
                data["meta"],
                since=record.ts,
            )
        elif record.kind == "reply":
            # One answer may be to several.
            for intent in [result[one] for one in (data["of"], *data.get("also", ())) if one in result]:
                intent.reply = data
                intent.sent_at = record.ts if intent.sent_at == math.inf else intent.sent_at
        elif record.kind == "accepted" and data["of"] in result:
            result[data["of"]].accepted = True
        elif record.kind == "unknown" and data["of"] in result:
            result[data["of"]].why = data["why"]
        elif record.kind in ("done", "rejected"):
            result.pop(data["of"], None)
    return result


def lost_at(records: Iterable[Record]) -> float | None:
    """When a run last wrote down that the journal, or its end, was not there."""
    for one in reversed([*records]):
        if one.kind == "begin" and one.data.get("lost"):
            return one.ts
        if one.kind == "aside":
            told: float | None = one.data["lost_at"]
            return told
    return None


def ignored(records: Iterable[Record]) -> set[str]:
    """Refreshed videos that a person has said are not ours."""
    found: set[str] = set()
    for one in records:
        found.update([one.data["video_id"]] if one.kind == "ignored" else one.data.get("ignored", ()))
    return found


def used(records: Iterable[Record]) -> list[str]:
    """Saved plans that an apply has begun to carry out, oldest first."""
    return [
        plan for one in records for plan in ([one.data["plan"]] if one.kind == "used" else one.data.get("used", ()))
    ]


def unfinished(records: Iterable[Record]) -> dict[str, set[str]]:
    """Files that a pull was about to write, with the SHA-256 of what: it ended before what is in them was bound."""
    found: dict[str, set[str]] = {}
    for one in records:
        if one.kind == "files":
            for name, sha256 in one.data["files"].items():
                found.setdefault(name, set()).add(sha256)
        elif one.kind == "entry" and one.data["why"] == PULL:
            found.clear()
    return found


def elsewhere(records: Iterable[Record], head: str | None) -> bool:
    """Whether the lockfile, as it is stored (`head`) or as a run found it, was saved by a run that is not on record."""
    known: set[str | None] = {None}
    for record in records:
        if record.kind in OPENING:
            follows = record.data["follows"]
            if record.data.get("elsewhere") or (follows not in known and "after" not in record.data):
                return True
            # What a journal that was set aside ended with.
            known.add(follows)
        known.add(record.hash)
    return head not in known


def fold(lock: Lock, records: Iterable[Record]) -> None:
    """Bring the lock up to the last record, in place."""
    for record in records:
        apply(lock, record.data.get("set"), record.data.get("unset"))
        lock.journal_head = record.hash


def apply(lock: Lock, entries: dict[str, Any] | None, gone: list[str] | None) -> None:
    """`set` and `unset` of one record."""
    for address, raw in (entries or {}).items():
        where = Address.parse(address)
        lock.put(where, parse_entry(where, raw))
    for address in gone or ():
        lock.drop(Address.parse(address))


def unfolded(records: list[Record], head: str | None) -> list[Record] | None:
    """The records the lockfile does not hold yet; None when it cannot be told.

    The lockfile names the last record it holds, and an opening one names the lockfile it follows. If neither is here,
    the lockfile was written elsewhere (another machine, another checkout): fine when everything here was saved before,
    not to be guessed otherwise.
    """
    for index in range(len(records) - 1, -1, -1):
        record = records[index]
        if record.hash == head:
            return records[index + 1 :]
        if record.kind in OPENING and record.data["follows"] == head:
            return records[index:]
    last_saved = max((i for i, record in enumerate(records) if record.kind == "saved"), default=-1)
    pending = any(record.kind not in _WITHOUT_EFFECT for record in records[last_saved + 1 :])
    return None if pending else []
