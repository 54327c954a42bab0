"""Forms with files (multipart/form-data) as the calls that upload get them. *Pure*.

A file's bytes are not kept: what matters of them is their number, their MD5 and whether they begin as a film or as a
picture does.
"""

from __future__ import annotations

import hashlib
import re

from reconciler.simulator.wire import Json

_NAME = re.compile(r'[;\s]name="([^"]*)"')
_FILE = re.compile(r'[;\s]filename="([^"]*)"')
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""How JPEG and PNG files begin."""
FILM_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free")


class SentFile(dict[str, Json]):
    """What is kept of a file: {file_name, size, md5, film, picture}. No JSON body can hold one."""


def begins_as_film(data: bytes) -> bool:
    """Whether a file begins as MP4 and MOV files do."""
    return data[4:8] in FILM_BOXES


def read(content_type: str, body: bytes) -> tuple[dict[str, Json] | None, str]:
    """The fields of a form, a file as SentFile; or None and what is wrong with it."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        return None, "Content-Type: has no boundary"
    edge = b"--" + found.group(1).encode("latin-1", "replace")
    first, *parts = (b"\r\n" + body).split(b"\r\n" + edge)
    if first.strip() or not parts or not parts[-1].startswith(b"--"):
        return None, "body: is not a usable form"
    told: dict[str, Json] = {}
    for part in parts[:-1]:
        head, gap, data = part.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace")
        name = _NAME.search(lines)
        if not gap or name is None or name.group(1) in told:
            return None, "body: is not a usable form"
        told[name.group(1)] = _value(lines, data)
    return told, ""


def _value(lines: str, data: bytes) -> Json:
    file = _FILE.search(lines)
    if file is None:
        return data.decode("utf-8", "replace")
    return SentFile(
        file_name=file.group(1),
        size=len(data),
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        film=begins_as_film(data),
        picture=data.startswith(PICTURES),
    )
