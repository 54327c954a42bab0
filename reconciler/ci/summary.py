"""The page of a step. GitHub drops it completely when it is larger than 1 MiB, so it is cut before."""

from __future__ import annotations

from pathlib import Path

LIMIT = 1024 * 1024
CHARACTERS = 240_000
"""So many fit, whatever they are: no character takes more than four bytes."""
_CUT = "\n\n**This page was cut: GitHub shows 1 MiB. The log of the step has everything.**\n"


def write(path: Path, text: str) -> None:
    """Append it, as much as there is room for."""
    there = path.stat().st_size if path.exists() else 0
    room = LIMIT - there - 1
    data = (text + "\n").encode()
    if len(data) > room:
        kept = data[: max(room - len(_CUT.encode()), 0)].decode(errors="ignore").rpartition("\n")[0]
        data = (kept + _CUT).encode() if kept else b""
    with path.open("ab") as file:
        file.write(data)
