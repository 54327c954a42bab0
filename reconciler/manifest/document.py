"""What the reader gives: documents, and the limits a file has to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 50
MAX_ALIASES = 20
MAX_FINDINGS = 100
MASK = "[access token]"
"""Stands for the access token in everything that is read."""


@dataclass(slots=True)
class Document:
    """One document of a file that is a mapping."""

    file: str
    """As given to `read`: relative to the workspace."""
    index: int
    """The number of the document in the file, from 0, empty documents counted; what `positions.locate` takes."""
    line: int
    """Of the first key, from 1."""
    value: dict[str, Any]
    """Keys are `str`; values are `Plain`, `str`, `list` and `dict`. Two aliases share one object: do not change it."""
