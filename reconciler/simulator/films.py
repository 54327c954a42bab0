"""The films of the simulator: a source, and what a refresh makes of it. *Pure* but for reading its data files.

Each is a few seconds of H.264 (constrained baseline, yuv420p, 180x320) with an AAC tone, made with ffmpeg, some with
the index in front and some behind. A film with new music is as long as the source; one with a hook is longer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

SOURCE = "hero"
MUSIC = ("music-1", "music-2", "music-3")
HOOKS = {
    "EMOTIONAL": "emotional",
    "COMMENT": "comment",
    "BILLO": "billo",
    "TEXT_TO_VIDEO": "text-to-video",
    "HOLIDAY": "holiday",
}
_FOLDER = Path(__file__).with_name("videos")


@cache
def template(name: str) -> bytes:
    """The MP4 file called NAME.mp4."""
    return (_FOLDER / f"{name}.mp4").read_bytes()


def film(name: str, mark: str) -> bytes:
    """A template with bytes of its own: a last box `free`, which players skip, holds `mark`."""
    text = mark.encode()
    return template(name) + (8 + len(text)).to_bytes(4, "big") + b"free" + text


def boxes(data: bytes) -> list[tuple[str, int]]:
    """The outermost boxes of an MP4 file: type and length in bytes. ValueError where they do not tile the file."""
    found = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if not 8 <= length <= len(data) - at:
            raise ValueError("the boxes do not tile the file")
        found.append((data[at + 4 : at + 8].decode("latin-1"), length))
        at += length
    return found


@cache
def seconds(name: str) -> float:
    """How long a template plays, by its movie header."""
    data = template(name)
    at = data.index(b"mvhd") + 16
    scale, length = (int.from_bytes(data[start : start + 4], "big") for start in (at, at + 4))
    return length / scale
