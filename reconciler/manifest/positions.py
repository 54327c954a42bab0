"""From a value back to its place in a file.

Reading keeps no positions, because a file without errors needs none. When something is wrong the file is parsed once
more, here, for all the places that are wanted from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from typing import Literal, cast

from msgspec import Struct, field
from yaml._yaml import CParser, Mark
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.errors import Place
from reconciler.manifest.document import FORBIDDEN, Step, unify

STAND_IN = "\ufffd"
_RESTARTS = 20
_DOCUMENT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)


def lines_of(text: str) -> list[str]:
    """The lines, and an empty one more: the parser puts the end of a file without a last line feed on the next line."""
    return [*text.split("\n"), ""]


def events(text: str) -> Iterator[Event | MarkedYAMLError]:
    """Every event of the stream. A syntax error is handed out in its place, and reading goes on with the next `---`.

    `text` holds no `FORBIDDEN` character, so that the parser counts lines as every editor does. `---` at the start of
    a line begins a document wherever it stands, so going on there never misreads one. After 20 errors reading stops.
    """
    start = 0
    for _ in range(_RESTARTS):
        # Empty lines in place of what was read before keep the line numbers of the parser right.
        parser = CParser("\n" * text.count("\n", 0, start) + text[start:])
        try:
            while (event := parser.get_event()) is not None:
                yield event
            return
        except MarkedYAMLError as error:
            yield error
            failed = cast(Mark, error.problem_mark).line
        offset = sum(len(line) + 1 for line in text.split("\n")[:failed])
        # `start + 1`: the document that failed must not be found again.
        following = _DOCUMENT.search(text, max(offset, start + 1))
        if following is None:
            return
        start = following.start()


def span(event: Event) -> tuple[Mark, Mark]:
    """Where an event begins and ends, counted from 0; an event of the C parser always knows."""
    return cast(Mark, event.start_mark), cast(Mark, event.end_mark)


def place_of(file: str, lines: Sequence[str], event: Event) -> Place:
    """Where the node of `event` begins. A scalar is underlined to its end on that line, anything else at one sign."""
    start, end = span(event)
    length = 1
    if isinstance(event, ScalarEvent | AliasEvent):
        stop = end.column if end.line == start.line else len(lines[start.line].rstrip())
        length = max(stop - start.column, 1)
    return Place(file, start.line + 1, start.column + 1, length)


class Node(Struct):
    """A value: its place, and the values below it, each with the place of its key (of itself in a list)."""

    place: Place
    end: tuple[int, int]
    """Line and column behind its last sign, from 0; of a block, behind its last value."""
    style: Literal["scalar", "alias", "flow", "block"]
    below: dict[Step, tuple[Place, Node]] = field(default_factory=dict)

    @property
    def through_alias(self) -> bool:
        """Whether what is below it stands elsewhere."""
        return self.style == "alias"


def trees(file: str, text: str, indexes: Container[int]) -> dict[int, Node]:
    """index of a document → its root, for the documents in `indexes` that exist."""
    lines = lines_of(text)
    roots: dict[int, Node] = {}
    index = -1
    anchors: dict[str, Node] = {}
    # For each open collection its node and whether it is a mapping; and the key of a mapping that waits for its value.
    stack: list[tuple[Node, bool]] = []
    keys: list[tuple[Place, str] | None] = []
    for event in events(text):
        if isinstance(event, DocumentStartEvent):
            index += 1
            anchors, stack, keys = {}, [], []
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            if stack:
                done, _ = stack.pop()
                keys.pop()
                last = next(reversed(done.below.values()))[1] if done.below else None
                done.end = last.end if done.style == "block" and last else _end(event, lines)
        elif index in indexes and isinstance(event, ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent):
            place = place_of(file, lines, event)
            node = Node(place, _end(event, lines), "scalar")
            if isinstance(event, AliasEvent):
                node.style = "alias"
                if event.anchor in anchors:
                    node.below = anchors[event.anchor].below
            elif event.anchor is not None:
                anchors[event.anchor] = node
            if not stack:
                roots[index] = node
            else:
                parent, is_mapping = stack[-1]
                key = keys[-1]
                if not is_mapping:
                    parent.below[len(parent.below)] = (place, node)
                elif key is None:
                    # A key that is no text keeps its turn, under a name that no path holds.
                    text_of_key = event.value if isinstance(event, ScalarEvent) else ""
                    keys[-1] = (place, unicodedata.normalize("NFC", text_of_key))
                else:
                    parent.below.setdefault(key[1], (key[0], node))
                    keys[-1] = None
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                node.style = "flow" if event.flow_style else "block"
                stack.append((node, isinstance(event, MappingStartEvent)))
                keys.append(None)
    return roots


def _end(event: Event, lines: Sequence[str]) -> tuple[int, int]:
    """Behind the last sign of an event; a block scalar ends where its last line with text does."""
    mark = span(event)[1]
    line, column = mark.line, mark.column
    while column == 0 and line > span(event)[0].line:
        line -= 1
        column = len(lines[line].rstrip())
    return line, column


def _find(file: str, root: Node | None, path: Sequence[Step], key: bool) -> Place:
    if root is None:
        return Place(file, 1)
    node = root
    at_key = next((place for place, _ in root.below.values()), root.place)
    alias: Place | None = None
    for step in path:
        if node.through_alias and alias is None:
            alias = node.place
        if step not in node.below:
            return alias or at_key
        at_key, node = node.below[step]
    return alias or (at_key if key or not path else node.place)


def locate_all(file: str, data: bytes, wanted: Sequence[tuple[int, Sequence[Step], bool]]) -> list[Place]:
    """One place for each `(index of the document, path, key)`, in their order, from one pass over the file.

    The place of the value at `path`, or of its key with `key`. A path that does not exist gives the key of its longest
    prefix that does, and an empty path the first key of the document. What stands behind an alias has the place of
    the alias.
    """
    text = FORBIDDEN.sub(STAND_IN, unify(data.decode("utf-8", "replace")))
    roots = trees(file, text, {index for index, _, _ in wanted})
    return [_find(file, roots.get(index), path, key) for index, path, key in wanted]


def locate(file: str, data: bytes, index: int, path: Sequence[Step], *, key: bool = False) -> Place:
    """The place of one value; see `locate_all`."""
    return locate_all(file, data, [(index, path, key)])[0]
