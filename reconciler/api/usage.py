"""The calls of an app's rate limits, as a file holds them for all processes: a line when one begins, one when it ends.

Whoever has the file's lock appends, so that a call costs the same whatever the file holds; a copy in memory reads no
more than what others have appended since. What is left of a write that was cut short is no line, and whoever appends
next removes it. Now and then the file is written anew, without the calls that are over.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from reconciler.errors import Finding, Invalid
from reconciler.world import World

_ROOM = 16 * 1024
"""Bytes that may be appended before it is worth to write the file anew, however few are kept then."""
_AT_ONCE = 64 * 1024
"""Bytes of news; where there are more, the whole file is read."""
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line."""

    rate_window: Literal[1]
    kept: Annotated[int, Meta(ge=0)]
    """How many bytes followed it when the file was last written anew."""


class CallBegun(Struct, frozen=True, forbid_unknown_fields=True, tag_field="call", tag="begun"):
    """A call that is about to be sent; `at` in seconds since the epoch."""

    key: str
    classes: tuple[str, ...]
    """The rate classes in which it counts."""
    at: float
    pid: Annotated[int, Meta(ge=0, lt=2**31)]


class CallEnded(Struct, frozen=True, forbid_unknown_fields=True, tag_field="call", tag="ended"):
    """A call whose reply came; of several such lines of one call the last one holds."""

    key: str
    classes: tuple[str, ...]
    at: float
    seconds: float
    """How long it counts from then on."""


class _OfAnother(Struct, frozen=True):
    """What is certain of the calls of other rate classes, of this version or another."""

    classes: tuple[str, ...]


class _Earlier(Struct, frozen=True, forbid_unknown_fields=True):
    """A call in the one JSON document, by rate class, that version 0.1.0 kept."""

    start: float
    end: float | None
    pid: Annotated[int, Meta(ge=0, lt=2**31)]
    key: str = ""


Call = CallBegun | CallEnded
_document = msgspec.json.Decoder(dict[str, list[_Earlier]])
_head = msgspec.json.Decoder(_Head)
_call: msgspec.json.Decoder[Call] = msgspec.json.Decoder(Call)
_another = msgspec.json.Decoder(_OfAnother)


class Usage:
    """The calls of some rate classes that count: those under way, and those that ended less than `seconds` ago."""

    def __init__(self, path: Path, classes: Iterable[str], seconds: float, world: World) -> None:
        self._path, self._seconds, self._world = path, seconds, world
        self.begun: dict[str, CallBegun] = {}
        """Under way, by key."""
        self.ended: dict[str, CallEnded] = {}
        """By key, nearly in the order of their ends."""
        self.ends: dict[str, deque[float]] = {name: deque() for name in classes}
        """When the calls of each class ended, oldest first."""
        self._size = self._kept = 0
        """How much of the file is known: all of it, but for a write that was cut short; and what its head says."""
        self._last = b""
        """The last line of that: where it stands no longer, the file is another one. Empty when there was no file."""
        self._torn = False
        self._looked = -math.inf
        """The moment of the last look: calls that were over then are forgotten."""

    def under_way(self, name: str) -> int:
        """How many calls of that class."""
        return sum(name in one.classes for one in self.begun.values())

    def look(self, now: float) -> None:
        """Read what has been appended, and forget what is over at `now`. Needs no lock.

        Raises Invalid for a file that is no rate window, OSError when it cannot be read.
        """
        # A clock that goes back may have been wrong before, and what was over by it is not.
        found = self._news() if self._last and now >= self._looked else None
        self._looked = now
        if found is None:
            self._read_anew()
        else:
            lines, self._torn = _complete(found)
            self._count(self._understood(one) for one in lines)
            self._known(lines)
        self._forget(now)

    def add(self, calls: Sequence[Call], now: float, *, sync: bool) -> None:
        """Write these down, under the file's lock and right after `look`; with `sync` they outlive the machine.

        Raises OSError: then they do not count here, and for others no longer than as if they had ended.
        """
        lines = [msgspec.json.encode(one) + b"\n" for one in calls]
        size = self._size + sum(len(one) for one in lines)
        if not self._last or size > 2 * self._kept + _ROOM:
            self._write_anew(lines, now)
        else:
            if self._torn:
                self._world.files.truncate(self._path, self._size)
                self._torn = False
            self._world.files.append(self._path, b"".join(lines), sync=sync)
            self._known(lines)
        self._count(calls)

    def _news(self) -> bytes | None:
        """What follows on what is known; None when that is no longer there, or there is much."""
        begin = self._size - len(self._last)
        try:
            found = self._world.files.read_at(self._path, begin, _AT_ONCE)
        except FileNotFoundError:
            return None
        # A line holds a key that nobody else has. A file that was written anew keeps lines in their order and gets none
        # in between, so that one line in its old place means that all before it are the same, too.
        known = found.startswith(self._last) and len(found) < _AT_ONCE
        return found[len(self._last) :] if known else None

    def _read_anew(self) -> None:
        found = self._world.files.read(self._path)
        lines: list[bytes] = []
        torn, kept = False, 0
        calls: Sequence[Call | None] | None = self._earlier(found or b"")
        if calls is None:
            lines, torn = _complete(found or b"")
            kept = self._headed(lines[0] if lines else b"").kept if found is not None else 0
            calls = [self._understood(one) for one in lines[1:]]
        self.begun, self.ended = {}, {}
        self.ends = {name: deque() for name in self.ends}
        self._size, self._kept, self._last, self._torn = 0, kept, b"", torn
        self._count(calls)
        self._known(lines)

    def _write_anew(self, more: Sequence[bytes], now: float) -> None:
        """Of each call its last line, unless it is over: in a file beside, that then takes the place of this one."""
        data = self._world.files.read(self._path) or b""
        calls = self._earlier(data)
        found = _complete(data)[0][1:] if calls is None else [msgspec.json.encode(one) + b"\n" for one in calls]
        latest: dict[object, tuple[bytes, Call | None]] = {}
        for line in (*found, *more):
            call = self._understood(line)
            key = call.key if call else object()
            latest.pop(key, None)
            latest[key] = line, call
        kept = [line for line, call in latest.values() if not _is_over(call, now)]
        size = sum(len(one) for one in kept)
        lines = [msgspec.json.encode(_Head(1, size)) + b"\n", *kept]
        fresh = self._path.with_name(self._path.name + ".tmp")
        self._world.files.write(fresh, b"".join(lines))
        self._world.files.rename(fresh, self._path)
        self._size, self._kept, self._torn = 0, size, False
        self._known(lines)

    def _earlier(self, data: bytes) -> list[Call] | None:
        """The calls of a document of version 0.1.0, whose place lines take with the next call; None for none."""
        try:
            found = _document.decode(data) if b"\n" not in data else {}
        except _UNREADABLE:
            return None
        calls: list[Call] = []
        for name, several in found.items():
            for number, one in enumerate(several):
                key, end = f"{name} {number} {one.key}", one.end
                begun = CallBegun(key, (name,), one.start, one.pid)
                calls.append(begun if end is None else CallEnded(key, (name,), end, self._seconds))
        return calls if found else None

    def _known(self, lines: Sequence[bytes]) -> None:
        self._size += sum(len(one) for one in lines)
        self._last = lines[-1] if lines else self._last

    def _count(self, calls: Iterable[Call | None]) -> None:
        """Those of its classes. Whoever reads a line twice counts it once."""
        for call in calls:
            names = [name for name in call.classes if name in self.ends] if call else []
            if call is None or not names:
                continue
            if isinstance(call, CallBegun):
                self.begun[call.key] = call
                continue
            self.begun.pop(call.key, None)
            before = self.ended.pop(call.key, None)
            self.ended[call.key] = call
            for name in names:
                with suppress(ValueError):
                    if before:
                        self.ends[name].remove(before.at)
                insort(self.ends[name], call.at)

    def _forget(self, now: float) -> None:
        for ends in self.ends.values():
            while ends and ends[0] <= now - self._seconds:
                ends.popleft()
        while self.ended:
            key = next(iter(self.ended))
            if self.ended[key].at > now - self._seconds:
                break
            del self.ended[key]

    def _headed(self, line: bytes) -> _Head:
        try:
            return _head.decode(line)
        except _UNREADABLE:
            raise self._foreign() from None

    def _understood(self, line: bytes) -> Call | None:
        """The call; None for one of another version, whose classes are others."""
        try:
            return _call.decode(line)
        except _UNREADABLE:
            with suppress(*_UNREADABLE):
                if not self.ends.keys() & set(_another.decode(line).classes):
                    return None
        raise self._foreign()

    def _foreign(self) -> Invalid:
        message = f"{self._path.name} holds something else than a rate window, and is not written to"
        hint = (
            "name another file in `api.rate_window`; one that was a rate window, and is damaged or of another version, "
            "may be removed a minute after the last run"
        )
        return Invalid(Finding("R405", message, hint=hint))


def _complete(data: bytes) -> tuple[list[bytes], bool]:
    """Its lines, and whether more follows that is none."""
    *lines, rest = data.split(b"\n")
    return [line + b"\n" for line in lines], bool(rest)


def _is_over(call: Call | None, now: float) -> bool:
    return isinstance(call, CallEnded) and call.at + call.seconds <= now
