"""Whether bytes are a whole MP4 file, told from its boxes alone (ISO/IEC 14496-12). No codec, no frame is looked at.

A box is a 32-bit length, four letters and a body; the top-level boxes must fill the file to its last byte, which a cut
download cannot do. What this cannot see: a cut in a last box of length 0 ("to the end of the file"), and damage inside
a body. The Content-Length is the guard against the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MOST_BOXES = 10_000
"""Looked at in one file, `moov`'s children included."""
_PADDING = (b"free", b"skip", b"wide")
"""What may stand before `ftyp`."""


@dataclass(frozen=True, slots=True)
class Movie:
    """A file whose boxes are in order."""

    duration_seconds: float | None
    """From `mvhd`; None when it is missing, unreadable, unknown or zero (fragmented files say zero)."""


class NotAMovie(Exception):
    """The bytes are not a whole MP4 file. `why` is fit for a message."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class _Box:
    """`body` and `end` are offsets in the file; the body is [body, end)."""

    kind: bytes
    body: int
    end: int


class _Reader:
    """Walks boxes, not into them, within one bound on their number."""

    def __init__(self, read_at: Callable[[int, int], bytes]) -> None:
        self._read_at, self._seen = read_at, 0

    def bytes_at(self, offset: int, size: int) -> bytes:
        data = self._read_at(offset, size)
        if len(data) != size:
            raise NotAMovie("the file is shorter than its size")
        return data

    def boxes(self, offset: int, end: int) -> Iterator[_Box]:
        """The boxes that fill [offset, end). Raises NotAMovie where they do not."""
        while offset < end:
            self._seen += 1
            if self._seen > _MOST_BOXES:
                raise NotAMovie(f"more than {_MOST_BOXES} boxes")
            if end - offset < 8:
                raise NotAMovie("the last box is cut in its head")
            head = self.bytes_at(offset, 8)
            length, body = int.from_bytes(head[:4], "big"), offset + 8
            if length == 1:
                if end - offset < 16:
                    raise NotAMovie("the last box is cut in its head")
                length, body = int.from_bytes(self.bytes_at(body, 8), "big"), offset + 16
            elif length == 0:
                length = end - offset
            if offset + length < body:
                raise NotAMovie("a box is shorter than its own head")
            if offset + length > end:
                raise NotAMovie("the last box is cut, or the file is not made of boxes")
            yield _Box(head[4:], body, offset + length)
            offset += length


def inspect(size: int, read_at: Callable[[int, int], bytes]) -> Movie:
    """Check a file of `size` bytes; `read_at(offset, n)` gives at most n bytes. Raises NotAMovie and what read_at does.

    Wanted: boxes that fill the file, `ftyp` first (padding may precede it), one `moov`, and an `mdat` with content.
    """
    reader = _Reader(read_at)
    before: set[bytes] = set()
    moov: _Box | None = None
    media = False
    for box in reader.boxes(0, size):
        if b"ftyp" not in before and box.kind != b"ftyp" and box.kind not in _PADDING:
            raise NotAMovie("it does not begin with an ftyp box")
        if box.kind == b"ftyp" and box.end - box.body < 8:
            raise NotAMovie("its ftyp box names no format")
        if box.kind == b"moov":
            if moov is not None:
                raise NotAMovie("it has two moov boxes")
            moov = box
        media = media or (box.kind == b"mdat" and box.end > box.body)
        before.add(box.kind)
    if b"ftyp" not in before:
        raise NotAMovie("it has no ftyp box")
    if moov is None:
        raise NotAMovie("it has no moov box")
    if not media:
        raise NotAMovie("it has no mdat box with content")
    return Movie(_duration(reader, moov))


def _duration(reader: _Reader, moov: _Box) -> float | None:
    """Seconds, from the first `mvhd` among moov's children."""
    try:
        for box in reader.boxes(moov.body, moov.end):
            if box.kind == b"mvhd":
                return _seconds(reader, box)
    except NotAMovie:
        return None
    return None


def _seconds(reader: _Reader, mvhd: _Box) -> float | None:
    """Version and flags (4), two times (4 or 8 each), timescale (4), duration (4 or 8; all ones: unknown)."""
    size = mvhd.end - mvhd.body
    version = reader.bytes_at(mvhd.body, 1)[0] if size else None
    if version not in (0, 1):
        return None
    wide = 8 if version else 4
    at = 4 + 2 * wide
    if size < at + 4 + wide:
        return None
    fields = reader.bytes_at(mvhd.body + at, 4 + wide)
    timescale, duration = int.from_bytes(fields[:4], "big"), int.from_bytes(fields[4:], "big")
    if not timescale or not duration or duration == (1 << (8 * wide)) - 1:
        return None
    return duration / timescale
