"""Plain files, read line by line: `key: value`, `- value`, `[]` and `{}` within a line, comments and `---`.

A parser of all of YAML takes three times as long, and takes a while to load. What is taken here means the same to every
reader of YAML; what is rare or wrong is not taken, and neither is its file.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.manifest.document import MAX_NODES, Document, is_printable
from reconciler.model import Plain

_MEMO_SIZE = 10_000
_DEEPEST = 10
# Plain text begins with no sign that could begin something else, has single spaces between its words, and a colon or #
# inside a word only. Within brackets fewer signs are its own.
_FIRST = r"[^ !\"#%&'()*+,:;<=>?@\[\\\]^`{|}~-]"
_PLAIN = rf"(?:{_FIRST}|-(?=[A-Za-z0-9.]))[^ :#]*+(?:(?:\#| (?=[^ #])|:(?=[^ ]))[^ :#]*+)*+"
_QUOTED = r"\"[^\"]*+\"|'[^']*+'"
_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,99}+"
_VALUE = rf"({_PLAIN}|{_QUOTED}|[\[{{].*+)"
_REST = r"(?: ++(?:\#.*)?)?"
_LINE = re.compile(rf"( *+)(?:({_KEY}):(?: ++{_VALUE})?|- ++{_VALUE}){_REST}")
_WORD = r"[^ !\"#&'*,:;<=>?@\[\\\]^`{|}~]"
_WITHIN = re.compile(rf"{_QUOTED}|{_FIRST}{_WORD}*+(?: {_WORD}++)*+")
_ENTRY = re.compile(rf"({_KEY}): ")
_COMMENT = re.compile(_REST)


class _NotPlain(Exception):
    """Something that only a parser knows to be right or wrong."""


_Row = tuple[int, str, Any]
"""A line: its indent, its key, what stands beside it or None. Without a key it is an item of a list."""
_BEGINS: _Row = (-1, "---", None)
_NOTHING: _Row = (-1, "", None)


class _Taken(dict[str, _Row]):
    """line → what it says, looked at once: the same few lines fill most of most manifests."""

    def __missing__(self, line: str) -> _Row:
        found = _LINE.fullmatch(line)
        if found:
            indent, key, beside, item = found.groups()
            written = beside or item
            if written and written[0] in "[{":
                # No two documents share a list or a mapping.
                return len(indent), key or "", _collection(written)
            row: _Row = (len(indent), key or "", _scalar(written) if written else None)
        elif line == "---":
            row = _BEGINS
        elif line.lstrip(" ")[:1] in ("", "#"):
            row = _NOTHING
        else:
            raise _NotPlain
        if len(self) >= _MEMO_SIZE:
            self.clear()
        self[line] = row
        return row


def _scalar(written: str) -> str:
    return written[1:-1] if written[0] in "\"'" else Plain(written)


def _collection(written: str) -> Any:
    """A list or a mapping that fills the rest of its line."""
    if written.count("[") + written.count("{") > _DEEPEST:
        raise _NotPlain
    value, end = _within(written, 0)
    if not _COMMENT.fullmatch(written, end):
        raise _NotPlain
    return value


def _within(written: str, at: int) -> tuple[Any, int]:
    """The value that begins there, and where it ends."""
    opening = written[at : at + 1]
    if opening not in ("[", "{"):
        found = _WITHIN.match(written, at)
        if not found:
            raise _NotPlain
        return _scalar(found[0]), found.end()
    closing = "]" if opening == "[" else "}"
    items: list[Any] = []
    entries: dict[str, Any] = {}
    filled: Any = items if opening == "[" else entries
    at += 1
    if written.startswith(closing, at):
        return filled, at + 1
    while True:
        if opening == "[":
            value, at = _within(written, at)
            items.append(value)
        else:
            entry = _ENTRY.match(written, at)
            if not entry or entry[1] in entries:
                raise _NotPlain
            entries[entry[1]], at = _within(written, entry.end())
        if written.startswith(closing, at):
            return filled, at + 1
        if not written.startswith(", ", at):
            raise _NotPlain
        at += 2


_rows = _Taken()
_EMPTY = Plain("")


def documents(file: str, text: str, *, is_open: bool) -> list[Document] | None:
    """The documents of a file, in which every rule for a whole text is kept; None where a parser must look at it."""
    # A line is a key and a value at most, and so is what follows a comma or a bracket. Spaces of other sorts, which are
    # not printable, are not spaces to every reader.
    if "\\" in text or 2 * (sum(map(text.count, "\n,[{")) + 1) >= MAX_NODES or not is_printable(text):
        return None
    try:
        return _ByLine(file, is_open).read(text.split("\n"))
    except _NotPlain:
        return None


class _ByLine:
    """One file: the mapping or list that takes the next line, how deep it stands, and those around it."""

    def __init__(self, file: str, is_open: bool) -> None:
        self.file, self.is_open = file, is_open
        self.found: list[Document] = []
        self.index, self.is_begun = -1, False
        self.current: Any = None
        self.depth = -1
        self.above: list[tuple[Any, int]] = []
        self.waits = ""
        """The key whose value the next lines are."""

    def read(self, lines: list[str]) -> list[Document]:
        rows = _rows
        current: Any = None
        # The depth of the mapping that takes the next line if that is a key: then nothing else is to be looked at.
        takes = -2
        for number, line in enumerate(lines, 1):
            at, key, value = rows[line]
            if at != takes or not key:
                if at < 0:
                    if key:
                        self._begin()
                        takes = -2
                    continue
                self._turn(at, key, number)
                current, takes = self.current, at if key else -2
                if not key:
                    current.append(value)
                    continue
            if key in current:
                raise _NotPlain
            # One whose value is still to come keeps its place among the others.
            current[key] = value
            if value is None:
                self.waits, takes = key, -2
        self._settle()
        return self.found

    def _begin(self) -> None:
        """A document begins with `---`."""
        self._settle()
        self.index, self.is_begun, self.current, self.depth = self.index + 1, True, None, -1
        self.above.clear()

    def _settle(self) -> None:
        """What the last key waits for is nothing."""
        if self.waits:
            self.current[self.waits] = _EMPTY
            self.waits = ""

    def _turn(self, at: int, key: str, number: int) -> None:
        """Go to the mapping or list that a line belongs to."""
        if self.current is None:
            if at or not key:
                raise _NotPlain
            self.index, self.is_begun, self.current, self.depth = self.index + (not self.is_begun), True, {}, 0
            self.found.append(Document(self.file, self.index, number, self.current, self.is_open))
            return
        if self.waits and (at > self.depth or (at == self.depth and not key)):
            opened: Any = {} if key else []
            self.current[self.waits] = opened
            self.above.append((self.current, self.depth))
            self.current, self.depth, self.waits = opened, at, ""
            if len(self.above) > _DEEPEST:
                raise _NotPlain
            return
        self._settle()
        while at < self.depth or (at == self.depth and key and type(self.current) is list):
            self.current, self.depth = self.above.pop()
        if at != self.depth or (type(self.current) is dict) is not bool(key):
            raise _NotPlain
