"""The journal: append-only JSON lines, the truth of which the lockfile is a fold.

A record is `{"seq", "prev", "ts", "run", "kind", …, "crc"}`: `prev` is the SHA-256 of the line before it in the file
(empty for the first), `crc` the CRC-32 of the line without it. Kinds:

    begin     a writing command started: format, lineage, command, version, follows (the lockfile's journal_head then),
              lost (the lockfile named a journal that was not here, or its end was torn), after (the last record of the
              file that was set aside, in the first record of the next), and who runs it: actor, host, pid, commit, …
    aside     the journal before this one was set aside, in the first record of the next: follows, after, lineage, and
              what no lockfile tells: ignored, used, lost_at, elsewhere
    about     what the run is about, once it is known: plan (the digest), approval, allow, reason. In `begin` if that
              was not written before
    intent    a write is about to be sent: address, verb, path, body, seen (ids that already had its parent and name),
              ahead (it leaves the machine before it is sent, so its time is not that of its sending)
    reply     what came back, raw, before anything reads it: of (the intent's seq), status and body, or failure
    done      of, set / unset: the effect is known and folded
    accepted  of: done, but the API told no id; it is still to be found
    rejected  of, code, message: the effect was not made
    unknown   of, why: it may or may not have been made
    entry     set / unset without any call: adopt, state mv, state rm, metadata of unchanged rows
    ignored   video_id: a person has said that this refreshed video is not ours
    used      plan: the id of a saved plan that is carried out from here on
    saved     serial: everything before it is in the lockfile
    end       the run ended by itself: code (its exit code), counts (its rows by outcome)

A last line without its line end is torn: nothing was acted on that it says, and it is cut. A line with its line end
was written whole, so one that is wrong is damage and stops everything, the last too: forgotten, it may be paid twice.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from reconciler.errors import Finding, Invalid, Place
from reconciler.state.encoded import compact
from reconciler.world import World

FILE = ".reconciler/journal.jsonl"
FORMAT = 1
_WHOLE = re.compile(rb',"crc":"[0-9a-f]{8}"}.', re.DOTALL)
"""Something follows a whole record: its line end, or what has come in its place."""


class Record(Struct, frozen=True):
    """One line, checked."""

    seq: int
    hash: str
    ts: float
    kind: str
    data: dict[str, Any]


class Sink(Protocol):
    """Where lines go."""

    def append(self, line: bytes, *, sync: bool) -> None:
        """Add lines at the end; durable on return with `sync`."""


class Scan(NamedTuple):
    """What a journal's bytes hold."""

    records: list[Record]
    """Those before the damage, if there is any."""
    good: int
    """Bytes of these records. Fewer than there are, without damage, means a torn last line."""
    damage: tuple[int, str] | None
    """The first line that cannot be trusted, from 1, and why."""


def read(data: bytes, file: str = FILE) -> tuple[list[Record], int]:
    """(records, bytes that are good). Fewer good bytes than given means a torn last line. Raises Invalid."""
    records, good, damage = scan(data)
    if damage:
        number, why = damage
        message = f"journal record {number} is damaged ({why})"
        hint = "keep the file; restore it from a copy, or move .reconciler aside only if nothing was in flight"
        raise Invalid(Finding("R502", message, Place(file, number), hint=hint))
    return records, good


def scan(data: bytes) -> Scan:
    """Every record up to the first that is damaged."""
    records: list[Record] = []
    good = 0
    previous = ""
    for number, line in enumerate(_lines(data), 1):
        try:
            record = _record(line, previous)
        except ValueError as error:
            # Never acted on: the append that was to be durable did not return.
            if not line.endswith(b"\n") and not _WHOLE.search(line):
                break
            return Scan(records, good, (number, str(error)))
        records.append(record)
        previous = record.hash
        good += len(line)
    return Scan(records, good, None)


def _lines(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end + 1
        yield data[start:end]
        start = end


def _record(line: bytes, previous: str) -> Record:
    body, mark, rest = line.rpartition(b',"crc":"')
    if not mark or not rest.endswith(b'"}\n'):
        raise ValueError("no checksum")
    if f"{zlib.crc32(body):08x}".encode() != rest[:-3]:
        raise ValueError("checksum differs")
    raw = json.loads(body + b"}")
    try:
        seq, ts, kind = int(raw["seq"]), float(raw["ts"]), str(raw["kind"])
        follows = raw["prev"] == previous
    except (TypeError, KeyError, OverflowError):
        raise ValueError("it is not a record") from None
    if not follows:
        raise ValueError("it does not follow the line before it")
    return Record(seq, hashlib.sha256(line).hexdigest(), ts, kind, raw)


class Journal:
    """The writing end. Created from what `read` found; one instance per process and workspace."""

    def __init__(self, sink: Sink, world: World, records: list[Record]) -> None:
        self._sink, self._world = sink, world
        self._previous = records[-1].hash if records else ""
        self._seq = records[-1].seq if records else 0
        self._waiting, self._synced, self._broken = b"", True, False
        self.run = world.uuid()

    @property
    def head(self) -> str:
        """Hash of the last record."""
        return self._previous

    def append(self, kind: str, *, sync: bool = True, **data: Any) -> int:
        """Add one record; returns its seq. With `sync` it is durable on return. Raises OSError: then stop.

        Without, it goes out with the next one that is, or with `flush`: what it says can be told from others.
        """
        seq = self._seq + 1
        line = self._line(seq, kind, data)
        waiting, head = self._waiting + line, hashlib.sha256(line).hexdigest()
        # Before it goes out: whatever interrupts that, the next record follows this one.
        self._waiting, self._seq, self._previous = waiting, seq, head
        if sync:
            self.flush(sync=True)
        return seq

    def _line(self, seq: int, kind: str, data: Mapping[str, Any]) -> bytes:
        raw = {"seq": seq, "prev": self._previous, "ts": self._world.now(), "run": self.run, "kind": kind, **data}
        body = compact(raw)[:-1]
        return body + f',"crc":"{zlib.crc32(body):08x}"}}\n'.encode()

    def begin_anew(self, kind: str, **data: Any) -> bytes:
        """The first line of the next file, for whoever puts it there: what is appended from now on follows it."""
        self._seq, self._previous = 1, ""
        line = self._line(1, kind, data)
        self._previous = hashlib.sha256(line).hexdigest()
        return line

    def flush(self, *, sync: bool) -> None:
        """Hand over what waits. Raises OSError."""
        if self._broken:
            raise OSError(errno.EIO, "an earlier write to the journal failed")
        if self._waiting or (sync and not self._synced):
            # After a failure nobody knows what is in the file: this process writes no more, the next one looks.
            self._broken = True
            self._sink.append(self._waiting, sync=sync)
            self._waiting, self._synced, self._broken = b"", sync, False
