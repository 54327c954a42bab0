"""Whole MP4 files are told from everything else by their boxes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconciler.simulator
from reconciler.apply.mp4 import Movie, NotAMovie, inspect

VIDEOS = sorted((Path(reconciler.simulator.__file__).parent / "videos").glob("*.mp4"))


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def large(kind: bytes, body: bytes = b"") -> bytes:
    return b"\0\0\0\1" + kind + (16 + len(body)).to_bytes(8, "big") + body


def mvhd(timescale: int, duration: int, version: int = 0) -> bytes:
    wide = 8 if version == 1 else 4
    fields = bytes(2 * wide) + timescale.to_bytes(4, "big") + duration.to_bytes(wide, "big")
    return box(b"mvhd", bytes([version, 0, 0, 0]) + fields + bytes(80))


FTYP = box(b"ftyp", b"isom\0\0\2\0isommp41")
MOOV = box(b"moov", mvhd(1000, 5500))
MDAT = box(b"mdat", b"pictures")
TINY = FTYP + MOOV + MDAT


def look(data: bytes) -> Movie:
    return inspect(len(data), lambda offset, size: data[offset : offset + size])


def refused(data: bytes) -> str:
    with pytest.raises(NotAMovie) as caught:
        look(data)
    return caught.value.why


@pytest.mark.parametrize(
    "data",
    [
        TINY,
        FTYP + MDAT + MOOV,
        box(b"free") + box(b"wide") + TINY,
        FTYP + MOOV + large(b"mdat", b"pictures"),
        FTYP + MOOV + b"\0\0\0\0mdat" + b"pictures",
        FTYP + MOOV + box(b"moof", b"x") + MDAT + box(b"moof", b"x") + MDAT,
        FTYP + large(b"moov", mvhd(1000, 5500, version=1)) + MDAT,
    ],
)
def test_whole_files(data: bytes) -> None:
    """Every legal order and every form of length is accepted, with the duration in seconds."""
    assert look(data) == Movie(5.5)


@pytest.mark.parametrize("path", VIDEOS, ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    """Files of a real encoder are accepted and have a length of seconds."""
    seconds = look(path.read_bytes()).duration_seconds
    assert seconds is not None
    assert 0.1 < seconds < 600


@pytest.mark.parametrize("data", [TINY, FTYP + MDAT + MOOV, FTYP + MOOV + large(b"mdat", b"pictures")])
def test_every_cut(data: bytes) -> None:
    """No beginning of a file is taken for the file."""
    for length in range(len(data)):
        refused(data[:length])


def test_real_file_cut() -> None:
    """A cut at any border of 97 bytes of a real file is seen, be its moov first or last."""
    for path in VIDEOS[:2]:
        data = path.read_bytes()
        for length in range(0, len(data), 97):
            refused(data[:length])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no ftyp"),
        (b"<!doctype html><title>Sign in</title>", "not made of boxes"),
        (MOOV + FTYP + MDAT, "begin with"),
        (box(b"ftyp") + MOOV + MDAT, "names no format"),
        (FTYP + MDAT, "no moov"),
        (FTYP + MOOV, "no mdat"),
        (FTYP + MOOV + box(b"mdat"), "no mdat"),
        (TINY + TINY, "two moov"),
        (TINY + b"\0", "cut in its head"),
        (TINY + b"\0\0\0\1free", "cut in its head"),
        (TINY + b"\0\0\0\7free", "shorter than its own head"),
        (TINY + b"\0\0\0\1free" + (15).to_bytes(8, "big"), "shorter than its own head"),
        (TINY + b"\0\0\0\1free" + b"\xff" * 8, "cut"),
        (TINY + box(b"free") * 10_000, "more than 10000"),
    ],
)
def test_other_bytes(data: bytes, why: str) -> None:
    """Each thing that is wrong is refused with its own words."""
    assert why in refused(data)


@pytest.mark.parametrize(
    "children",
    [
        b"",
        box(b"trak"),
        mvhd(0, 5500),
        mvhd(1000, 0),
        mvhd(1000, 0xFFFFFFFF),
        mvhd(1000, (1 << 64) - 1, version=1),
        mvhd(1000, 5500, version=2),
        box(b"mvhd"),
        box(b"mvhd", bytes(19)),
        box(b"mvhd", b"\1" + bytes(30)),
        b"\0\0\0\2trak" + mvhd(1000, 5500),
        box(b"free") * 11_000 + mvhd(1000, 5500),
    ],
)
def test_unknown_duration(children: bytes) -> None:
    """A duration nobody can read does not make the file bad."""
    assert look(FTYP + box(b"moov", children) + MDAT) == Movie(None)


def test_file_shrinks() -> None:
    """A file that gets shorter while it is read is refused."""
    with pytest.raises(NotAMovie, match="shorter than its size"):
        inspect(len(TINY), lambda offset, size: TINY[offset : offset + size - 1])


KINDS = st.sampled_from([b"ftyp", b"moov", b"mdat", b"free", b"moof", b"mvhd", b"\xff\0\n%"])
BOXES = st.builds(box, KINDS, st.binary(max_size=40)) | st.builds(large, KINDS, st.binary(max_size=40))
NESTED = st.builds(box, st.just(b"moov"), st.lists(BOXES, max_size=3).map(b"".join))
HEADS = st.tuples(st.integers(0, 40).map(lambda length: length.to_bytes(4, "big")), KINDS).map(b"".join)


@given(st.binary(max_size=200) | st.lists(BOXES | NESTED | HEADS | st.just(FTYP), max_size=8).map(b"".join))
def test_any_bytes(data: bytes) -> None:
    """Whatever the bytes are, the answer is a movie or a refusal, and nothing outside the file is read."""

    def read_at(offset: int, size: int) -> bytes:
        assert 0 <= offset <= offset + size <= len(data)
        return data[offset : offset + size]

    try:
        movie = inspect(len(data), read_at)
    except NotAMovie:
        return
    assert movie.duration_seconds is None or movie.duration_seconds > 0
