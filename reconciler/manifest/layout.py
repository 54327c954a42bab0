"""The lines of a document anew: keys in their order, quotes, indentation and spacing of one style.

Nothing is written from values. Every scalar, comment and anchor is the text that stands in the file; lines are moved
and indented, never made up. What is laid out in a way that is not taken apart here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.errors import Place
from reconciler.manifest.document import Step
from reconciler.manifest.positions import Node

Order = Sequence[str]
_ANCHOR = re.compile(r"&\S+")
_BLOCK = re.compile(r"(?:&\S+\s+)?[|>]([-+0-9]*)")
_OPENED = re.compile(r"(&\S+\s+)?([\[{])")
_INDENT = 2


class Unusual(Exception):
    """Laid out in a way that is not taken apart."""


@dataclass(slots=True)
class _Part:
    """One key or item: the comments above it, its own lines, and the comments right below them."""

    name: Step
    above: list[str]
    lines: list[str]
    below: list[str]


@dataclass(slots=True)
class Region:
    """Lines of the file, from `begin` to before `end`, counted from 0."""

    begin: int
    end: int


class Writer:
    """One file's lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def document(self, root: Node, end: int, keys: Order, fields: Order) -> tuple[list[str], int]:
        """(the lines of a document from its first key on, the line of the file that they stand before).

        `end`: the first line that cannot belong to it. `keys`, `fields`: the order at its top and in its `spec`; none:
        what there is. Raises Unusual.
        """
        first = root.place.line - 1
        if self._lines[first][: root.place.column - 1].strip():
            raise Unusual
        if root.style != "block":
            text = self._one_line(root, keys, fields)
            return [text + self._rest(root.end)], first + 1
        last = self._last(root) + 1
        last += self._deeper(last, end, root.place.column - 1)
        return self._block(root, 0, Region(first, last), keys, fields), last

    # ------------------------------------------------------------------------------------------------ blocks

    def _block(self, node: Node, column: int, region: Region, keys: Order = (), fields: Order = ()) -> list[str]:
        """A block mapping or sequence that begins in `region`, and all comments of that region."""
        children = list(node.below.items())
        starts = [place.line - 1 for _, (place, _) in children]
        old = self._column(node)
        above = self._comments(region.begin, starts[0], column)
        parts: list[_Part] = []
        for number, (name, (place, child)) in enumerate(children):
            end = starts[number + 1] if number + 1 < len(children) else region.end
            behind = self._last(child, starts[number]) + 1
            own = behind + self._deeper(behind, end, old)
            inner = fields if name == "spec" and keys else ()
            if isinstance(name, int):
                lines = self._item(child, column, Region(starts[number], own))
            else:
                lines = self._entry(place, child, column, Region(starts[number], own), inner)
            below, following = self._shared(own, end, column, is_last=number + 1 == len(children))
            parts.append(_Part(name, above, lines, below))
            above = following
        below = []
        ranks = {key: rank for rank, key in enumerate(keys)}
        parts.sort(key=lambda one: ranks.get(str(one.name), len(ranks)) if ranks else 0)
        written: list[str] = []
        for part in (*parts, _Part("", above, [], [])):
            # An empty line ends the comments of the key above.
            apart = [""] if written and below and (part.above or part.lines) and part.above[:1] != [""] else []
            written += apart + part.above + part.lines + part.below
            below = part.below
        return _without_leading_blanks(written)

    def _entry(self, place: Place, node: Node, column: int, region: Region, order: Order) -> list[str]:
        """A key, which stands at `place`, and its value."""
        line, start = self._lines[region.begin], place.column - 1
        behind_key = start + place.length
        colon = re.compile(r"\s*:").match(line, behind_key)
        if colon is None:
            raise Unusual
        key = " " * column + line[start:behind_key] + ":"
        if node.style == "block":
            inner = column + _INDENT if self._is_mapping(node) or self._column(node) > start else column
            head = key + self._properties(node, region.begin, line[colon.end() :])
            return [head, *self._block(node, inner, Region(region.begin + 1, region.end), order, ())]
        if node.place.line - 1 != region.begin:
            # The value stands on a line below its key.
            moved = [self._shifted(number, column - start) for number in range(region.begin, region.end)]
            return [key + line[colon.end() :].rstrip(), *moved[1:]]
        return self._value(key, node, column - start, region, order)

    def _item(self, node: Node, column: int, region: Region) -> list[str]:
        """A dash and its value."""
        line = self._lines[region.begin]
        dash = " " * column + "-"
        if node.style == "block":
            first = next(iter(node.below.values()))[0].line - 1
            if first == region.begin:
                lines = self._block(node, column + _INDENT, region)
                return [f"{dash} {lines[0].lstrip()}", *lines[1:]]
            head = dash + self._properties(node, region.begin, line[self._dash(node) + 1 :])
            return [head, *self._block(node, column + _INDENT, Region(region.begin + 1, region.end))]
        return self._value(dash, node, column - self._dash(node), region, ())

    def _value(self, head: str, node: Node, delta: int, region: Region, order: Order) -> list[str]:
        """A value that begins on the line of its key or dash, with what stands behind it."""
        place, last = node.place, node.end[0]
        block = _BLOCK.match(self._lines[region.begin], place.column - 1) if node.style == "scalar" else None
        if block or last != region.begin:
            first = self._lines[region.begin][place.column - 1 :]
            rest = [
                self._shifted(number, delta, keep=block is not None) for number in range(region.begin + 1, region.end)
            ]
            return [f"{head} {first.rstrip()}", *rest]
        text = self._one_line(node, order, ())
        rest = [self._shifted(number, delta) for number in range(region.begin + 1, region.end)]
        return [(f"{head} {text}" if text else head) + self._rest(node.end), *rest]

    def _properties(self, node: Node, number: int, text: str) -> str:
        """What stands behind a key or dash whose block begins below: an anchor, a comment."""
        anchor = _ANCHOR.match(self._lines[number], node.place.column - 1) if node.place.line - 1 == number else None
        if anchor is None:
            return _comment(text)
        return f" {anchor[0]}{self._rest((number, anchor.end()))}"

    # ------------------------------------------------------------------------------------------------ one line

    def _one_line(self, node: Node, keys: Order, fields: Order) -> str:
        """The text of a value on one line; flow collections with one space behind `:` and `,` and none in brackets."""
        raw = self._raw(node)
        try:
            return self._spelt(node, keys, fields)
        except Unusual:
            return raw

    def _raw(self, node: Node) -> str:
        number, column = node.place.line - 1, node.place.column - 1
        if node.end[0] != number:
            raise Unusual
        return self._lines[number][column : node.end[1]]

    def _spelt(self, node: Node, keys: Order = (), fields: Order = ()) -> str:
        raw = self._raw(node)
        if node.style != "flow":
            return _quoted(raw)
        opened = _OPENED.match(raw)
        if opened is None:
            raise Unusual
        ranks = {key: rank for rank, key in enumerate(keys)}
        below = sorted(node.below.items(), key=lambda one: ranks.get(str(one[0]), len(ranks)) if ranks else 0)
        parts = []
        for name, (place, child) in below:
            text = self._spelt(child, fields if name == "spec" else ())
            if not text:
                raise Unusual
            if opened[2] == "{":
                key = self._lines[place.line - 1][place.column - 1 : place.column - 1 + place.length]
                text = f"{_quoted(key)}: {text}"
            parts.append(text)
        return (opened[1] or "").rstrip() + " " * bool(opened[1]) + opened[2] + ", ".join(parts) + _CLOSED[opened[2]]

    # ------------------------------------------------------------------------------------------------ what is around

    def _rest(self, end: tuple[int, int]) -> str:
        """The comment behind a value, in its column where nothing before it has moved."""
        return _comment(self._lines[end[0]][end[1] :])

    def _last(self, node: Node, start: int = 0) -> int:
        """The last line of a value; empty lines that a block scalar keeps are its own."""
        while node.style == "block":
            start = next(reversed(node.below.values()))[0].line - 1
            node = next(reversed(node.below.values()))[1]
        last = max(node.end[0], start)
        if node.style == "scalar" and node.place.line - 1 < len(self._lines):
            block = _BLOCK.match(self._lines[node.place.line - 1], node.place.column - 1)
            while block and "+" in block[1] and last + 1 < len(self._lines) and not self._lines[last + 1].strip():
                last += 1
        return last

    def _deeper(self, begin: int, end: int, column: int) -> int:
        """How many lines from `begin` on hold comments further to the right than `column`."""
        count = 0
        for number in range(begin, end):
            line = self._lines[number]
            if not line.strip():
                continue
            if not line.lstrip().startswith("#") or len(line) - len(line.lstrip()) <= column:
                break
            count = number - begin + 1
        return count

    def _shared(self, begin: int, end: int, column: int, *, is_last: bool) -> tuple[list[str], list[str]]:
        """(what belongs to the key above, what belongs to the key below) of the lines between two keys."""
        lines = self._comments(begin, end, column)
        blank = next((number for number, line in enumerate(lines) if not line), None)
        if not blank or is_last:
            return [], lines
        return lines[:blank], lines[blank:]

    def _comments(self, begin: int, end: int, column: int) -> list[str]:
        found: list[str] = []
        for line in self._lines[begin:end]:
            text = line.strip()
            if text and not text.startswith("#"):
                raise Unusual
            if text or found[-1:] != [""]:
                found.append(" " * column + text if text else "")
        return found

    def _shifted(self, number: int, delta: int, *, keep: bool = False) -> str:
        """A line moved to the right or left, with everything in it. `keep`: spaces at its end are text."""
        line = self._lines[number] if keep else self._lines[number].rstrip()
        if delta >= 0:
            return " " * delta + line if line else line
        return line[min(-delta, len(line) - len(line.lstrip(" "))) :]

    def _is_mapping(self, node: Node) -> bool:
        return isinstance(next(iter(node.below)), str)

    def _column(self, node: Node) -> int:
        """The column of the keys or dashes of a block, from 0."""
        place, child = next(iter(node.below.values()))
        return place.column - 1 if self._is_mapping(node) else self._dash(child)

    def _dash(self, node: Node) -> int:
        before = self._lines[node.place.line - 1][: node.place.column - 1].rstrip()
        if not before.endswith("-"):
            raise Unusual
        return len(before) - 1


MARK = "---"
"""Between documents; no empty line stands beside it, nor at the ends of a file."""
_CLOSED = {"[": "]", "{": "}"}


def _quoted(text: str) -> str:
    """Double quotes where they mean the same as the single ones."""
    inner = text[1:-1]
    if not (len(text) > 1 and text[0] == text[-1] == "'") or '"' in inner or "\\" in inner:
        return text
    return '"' + inner.replace("''", "'") + '"'


def _comment(rest: str) -> str:
    """What stands behind a value: a comment, at least two spaces from it, or nothing."""
    text = rest.strip()
    if not text:
        return ""
    if not text.startswith("#"):
        raise Unusual
    return " " * max(len(rest) - len(rest.lstrip()), 2) + text


def _without_leading_blanks(lines: list[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if line), 0)
    return lines[first:]


def squeezed(lines: Sequence[str], before: str, after: str) -> Iterator[str]:
    """The lines between what stands `before` and `after`: no two empty ones in a row, none beside a `---`."""
    for number, line in enumerate(lines):
        text = line.rstrip()
        above = lines[number - 1].rstrip() if number else before
        below = next((one.rstrip() for one in lines[number + 1 :] if one.strip()), after)
        if text or (above and above != MARK and below != MARK):
            yield text
