"""What the reader gives: documents; and what a file has to keep: limits, and signs that no text may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.errors import Source
from reconciler.model import Resource
from reconciler.text import UNSEEN

MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 50
MAX_ALIASES = 20
MAX_FINDINGS = 100
MASK = "[access token]"
"""Stands for the access token in everything that is read."""
FORBIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f{UNSEEN}]")
"""What no file may hold, not even in a comment. A carriage return counts too, once `unify` has taken the CRLF away."""


Step = str | int
Path = tuple[Step, ...]
"""From the top of a document to a value in it."""


class Stand(NamedTuple):
    """Where a value of a document is written, which may be in another one."""

    file: str
    number: int
    """Of the document in the file, from 0."""
    path: Path
    use: Source | None


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
    is_open: bool = field(default=False, compare=False)
    """Whether some scalar of it may hold `${`."""
    use: Source | None = None
    """Of a module's document: where the module is used."""
    written: Mapping[str, Any] | None = None
    """Of a document that was rendered: how it is written."""
    borrowed: Mapping[str, Stand] | None = None
    """Fields of its spec that are written elsewhere: by a patch of a Use, by a default of the workspace; `moved`, where
    its Use has moved."""
    inside: Path = ()
    """Of one that is a value of a document in that file: the way to it."""
    known: Resource | None = field(default=None, compare=False)
    """What it is, where that is known from an earlier run and it was not read in this one."""
    alone: Resource | None = field(default=None, compare=False)
    """What it was read as, where nothing but it and the workspace has a say in that."""

    def stand(self, path: Path) -> Stand:
        """Where the value at `path` is written; of an item of a list that was put in, the scalar that took the list."""
        field = str(path[1]) if len(path) > 1 and path[0] == "spec" else str(path[0]) if path else ""
        if self.borrowed and field in self.borrowed:
            found = self.borrowed[field]
            return found._replace(path=(*found.path, *path[2:])) if path[0] == "spec" else found
        value: Any = self.written or {}
        for depth, step in enumerate(path):
            if isinstance(value, str):
                path = path[:depth]
                break
            value = _inside(value, step)
        return Stand(self.file, self.index, (*self.inside, *path), self.use)

    def scalar(self, path: Path) -> str | None:
        """How the scalar at `path` is written; None where no scalar of this document stands there."""
        way = self.stand(path).path[len(self.inside) :]
        value: Any = self.written or self.value
        for step in way:
            value = _inside(value, step)
        return value if isinstance(value, str) and way == path[: len(way)] else None


def _inside(value: Any, step: Step) -> Any:
    """What stands at a step, or None."""
    if isinstance(value, dict):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def unify(text: str) -> str:
    """The text without its byte order mark, and with LF at the end of each line."""
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n") if "\r" in text else text


def is_printable(text: str) -> bool:
    """Whether every sign of a text but the line feeds is one that is seen, or a space."""
    if text.isascii():
        # Five times as fast as to ask each sign what it is.
        return not text.encode().translate(None, _SEEN)
    return text.replace("\n", "").isprintable()


_SEEN = bytes([0x0A, *range(0x20, 0x7F)])
