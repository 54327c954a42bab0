"""The strict YAML reader: from the bytes of a file to text, lists and mappings, and nothing else.

No scalar is interpreted here. `50`, `true` and `2026-01-01` stay the text that was written, as `Plain`, and the field
that takes the value decides what it means; so no amount passes through a float and no `no` becomes False.

Two passes. `_quick` turns the events of the C parser straight into values, and gives up at the first thing that is
wrong or rare. Only then `_Careful` reads the file again, checks every rule at every node and collects all findings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from yaml._yaml import CParser
from yaml.error import Mark, MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.errors import Finding, Place
from reconciler.manifest.positions import FORBIDDEN, STAND_IN, events, lines_of, place_of, span, unify
from reconciler.model import Plain

MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 50
MAX_ALIASES = 20
MAX_FINDINGS = 100

_MASK = "***"
_MEMO_SIZE = 20_000
# An anchor, an alias or a tag can begin only at the start of a token. What stands before is looked at last, because a
# search for one of three characters is fast.
_PROPERTY = re.compile(r"""[&*!](?<![^\s\[\]{},:?"'-].)""")
_ESCAPED = re.compile(f"{FORBIDDEN.pattern}|\\$\\{{")


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


def read(file: str, data: bytes, secret: str | None = None) -> tuple[list[Document], list[Finding]]:
    """The documents of a file and everything that is wrong with it, at most 100 findings, sorted by place.

    `secret` is the access token: it may stand nowhere in the file, is named in no message and masked in every value.
    A document that cannot be read to its end is left out; one with findings may be there, to be checked further.
    """
    if len(data) > MAX_BYTES:
        message = f"{len(data):,} bytes, and at most {MAX_BYTES:,} are read"
        return [], [Finding("R108", message, Place(file, 1), hint="split the file: any number of files is fine")]
    try:
        text = unify(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return [], [_not_utf8(file, data, error.start)]
    if not _needs_care(text, secret):
        try:
            return _quick(file, text, secret), []
        except (_Unsure, MarkedYAMLError):
            pass
    return _Careful(file, text, secret).read()


def _not_utf8(file: str, data: bytes, start: int) -> Finding:
    before = data[:start].rsplit(b"\n", 1)[-1].decode("utf-8")
    if start >= 3 and data.startswith(b"\xef\xbb\xbf") and b"\n" not in data[:start]:
        before = before[1:]
    hint = "save the file as UTF-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        hint = "the file is UTF-16: save it as UTF-8"
    place = Place(file, data.count(b"\n", 0, start) + 1, len(before) + 1)
    return Finding("R101", f"byte 0x{data[start]:02x} is not UTF-8", place, hint=hint)


# ---------------------------------------------------------------------------------------------------- the quick pass


class _Unsure(Exception):
    """The quick pass met something it does not decide."""


class _Plains(dict[str, Plain]):
    """text → its `Plain`, made once: the same few words fill most fields of most manifests."""

    def __missing__(self, text: str) -> Plain:
        if "\n" in text:
            raise _Unsure
        if len(self) >= _MEMO_SIZE:
            self.clear()
        plain = self[text] = Plain(text)
        return plain


class _Keys(dict[str, str]):
    """key → itself, the one object for it in all mappings; what cannot be a key never gets in."""

    def __missing__(self, text: str) -> str:
        if not text or "\n" in text or "\t" in text:
            raise _Unsure
        if len(self) >= _MEMO_SIZE:
            self.clear()
        self[text] = text
        return text


_plains = _Plains()
_keys = _Keys()


def _needs_care(text: str, secret: str | None) -> bool:
    """Whether the text as a whole shows something that the quick pass does not look for at each scalar."""
    return bool(
        # To look for one character first is many times faster than to look for two.
        ("<" in text and "<<" in text)
        or ("$" in text and "${" in text)
        or ("%" in text and (text.startswith("%") or "\n%" in text))
        or text.count("\n") + text.count(",") > MAX_NODES
        or (secret and secret in text)
        # A tab is fine in quoted text but not in plain text.
        or (not text.replace("\n", "").isprintable() and ("\t" in text or FORBIDDEN.search(text)))
        # Every part of a normalised text is normalised too.
        or (not text.isascii() and not unicodedata.is_normalized("NFC", text))
    )


def _hides(value: str, secret: str | None) -> bool:
    """Whether a text with escapes holds what `_needs_care` could not see in the file."""
    return bool(
        _ESCAPED.search(value)
        or (secret and secret in value)
        or (not value.isascii() and not unicodedata.is_normalized("NFC", value))
    )


def _quick(file: str, text: str, secret: str | None) -> list[Document]:
    """The documents of a file in which nothing is wrong and nothing is rare; else `_Unsure` or the parser's error."""
    escapes = "\\" in text
    properties = _PROPERTY.search(text) is not None
    plains, keys = _plains, _keys
    parser = CParser(text)
    next_event: Callable[[], Any] = parser.get_event
    documents: list[Document] = []
    index = -1
    nodes = 0
    stack: list[Any] = []
    current: Any = None
    in_mapping = False
    while True:
        event = next_event()
        kind = type(event)
        if in_mapping:
            # A key and its value are taken in one turn.
            if kind is ScalarEvent:
                if properties and (event.anchor is not None or event.tag is not None):
                    raise _Unsure
                key = keys[event.value]
                if key in current or (escapes and _hides(key, secret)):
                    raise _Unsure
                event = next_event()
                kind = type(event)
            elif kind is not MappingEndEvent:
                raise _Unsure
        if kind is ScalarEvent:
            value = event.value
            if properties and (event.anchor is not None or event.tag is not None):
                raise _Unsure
            if not event.style:
                value = plains[value]
            elif escapes and _hides(value, secret):
                raise _Unsure
            if in_mapping:
                current[key] = value
            elif current is not None:
                current.append(value)
            elif value or event.style:
                raise _Unsure
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if (properties and (event.anchor is not None or event.tag is not None)) or len(stack) == MAX_DEPTH:
                raise _Unsure
            is_mapping = kind is MappingStartEvent
            opened: Any = {} if is_mapping else []
            if in_mapping:
                current[key] = opened
            elif current is not None:
                current.append(opened)
            elif is_mapping:
                # An empty mapping has no first key, only its own place.
                first: Any = parser.peek_event()
                first = first if type(first) is ScalarEvent else event
                documents.append(Document(file, index, first.start_mark.line + 1, opened))
            else:
                raise _Unsure
            stack.append(current)
            current, in_mapping = opened, is_mapping
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            nodes += len(current) * 2 if in_mapping else len(current)
            current = stack.pop()
            in_mapping = type(current) is dict
        elif kind is DocumentStartEvent:
            index += 1
            nodes += 1
        elif kind is AliasEvent or nodes > MAX_NODES:
            raise _Unsure
        elif kind is StreamEndEvent:
            return documents


# -------------------------------------------------------------------------------------------------- the careful pass

_WORDS = {
    "mapping values are not allowed in this context": "a `:` cannot stand here; quote the text that holds it",
    "did not find expected key": "a key is expected here; check the indentation",
    "did not find expected '-' indicator": "a list item (`- `) is expected here; check the indentation",
    "could not find expected ':'": "the key has no `:` after it",
    "found character that cannot start any token": "no value can begin with this character; quote the text",
    "found a tab character that violates indentation": "a tab stands in the indentation; use spaces",
    "found a tab character that violate indentation": "a tab stands in the indentation; use spaces",
    "found unexpected end of stream": "quoted text is never closed",
    "found unexpected document indicator": "quoted text is never closed",
    "did not find expected ',' or ']'": "a list that begins with `[` lacks a `,` or is never closed",
    "did not find expected ',' or '}'": "a mapping that begins with `{` lacks a `,` or is never closed",
    "did not find expected node content": "a value is expected here",
    "did not find expected <document start>": "a new document must begin with `---`",
    "block sequence entries are not allowed in this context": "a list item cannot stand here; check the indentation",
    "block mapping entries are not allowed in this context": "a key cannot stand here; check the indentation",
    "found unknown escape character": "no such escape; write `\\\\` for a backslash, or use single quotes",
    "found incompatible YAML document": "only YAML 1.1 and 1.2 are read",
    "found unknown directive name": "no such directive; a value cannot begin with `%` unless it is quoted",
}
"""What the parser says → the same for someone who does not know its grammar."""


@dataclass(slots=True)
class _Open:
    """A collection that is being read, or at the bottom of the stack the document itself."""

    value: dict[str, Any] | list[Any]
    anchor: str | None = None
    is_key: bool = False
    lines: dict[str, int] = field(default_factory=dict)
    """key → the line where it stands first."""
    key: str | None = None
    """The key that waits for its value; None for one that was refused."""
    wants_key: bool = True
    nodes: int = 1
    height: int = 1


@dataclass(slots=True)
class _Anchored:
    """What an alias stands for: the value, how many nodes it has when written out, and how many levels."""

    value: Any
    nodes: int
    height: int


class _Stop(Exception):
    """Nothing more is read from this file."""


class _Careful:
    """One file, read with every rule checked at every node."""

    def __init__(self, file: str, text: str, secret: str | None) -> None:
        self.file = file
        self.secret = secret or None
        self.documents: list[Document] = []
        self.findings: dict[tuple[str, Place], Finding] = {}
        self.aliases = 0
        self.nodes = 0
        # What belongs to the document that is being read:
        self.index = -1
        self.line = 0
        self.has_key = False
        self.root: Any = None
        self.stack: list[_Open] = []
        self.anchors: dict[str, _Anchored | None] = {}
        # One sign for one sign, so that every position stays, and the parser takes the rest of the file.
        self.forbidden = text
        self.text = FORBIDDEN.sub(STAND_IN, text)
        self.lines = lines_of(self.text)
        self.lines_replaced: set[int] = set()

    def read(self) -> tuple[list[Document], list[Finding]]:
        try:
            self._whole_text()
            self._events()
        except _Stop:
            pass
        found = sorted(self.findings.values(), key=lambda one: one.order)
        if len(found) == MAX_FINDINGS:
            more = f"there may be more: at most {MAX_FINDINGS} findings are listed for a file"
            found[-1] = replace(found[-1], hint="; ".join(filter(None, (found[-1].hint, more))))
        return self.documents, found

    def _add(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        if self.secret:
            message = message.replace(self.secret, _MASK)
        self.findings.setdefault((code, place), Finding(code, message, place, hint=hint))
        if len(self.findings) == MAX_FINDINGS:
            raise _Stop

    def _whole_text(self) -> None:
        if self.secret and self.secret in self.text:
            for number, line in enumerate(self.lines, 1):
                if self.secret in line:
                    self._token(number)
        for number, line in enumerate(self.forbidden.split("\n"), 1):
            for match in FORBIDDEN.finditer(line):
                self.lines_replaced.add(number)
                self._add("R110", f"{_named(match[0])} in the file", Place(self.file, number, match.start() + 1))

    def _token(self, line: int) -> None:
        # The column and the length would tell something about the value.
        hint = "remove it, revoke the token and make a new one"
        self._add("R114", "the value of the access token stands in this line", Place(self.file, line), hint)

    def _events(self) -> None:
        for event in events(self.text):
            if isinstance(event, MarkedYAMLError):
                self._syntax(event)
                self.stack = []
            elif isinstance(event, DocumentStartEvent):
                self.index += 1
                self.root, self.stack, self.anchors = None, [], {}
                if event.tags:
                    self._tag_directive(span(event)[0].line)
            elif isinstance(event, DocumentEndEvent):
                if isinstance(self.root, dict):
                    self.documents.append(Document(self.file, self.index, self.line, self.root))
            elif isinstance(event, ScalarEvent):
                self._scalar(event)
            elif isinstance(event, AliasEvent):
                self._alias(event)
            elif isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._open(event)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self._close()

    # Nodes ------------------------------------------------------------------------------------------------------

    def _scalar(self, event: ScalarEvent) -> None:
        place = place_of(self.file, self.lines, event)
        self._tag(event, place)
        self._count(1, place)
        text = self._checked(event, place)
        if self._at_key():
            self._name(event, text, place)
        elif self.stack or text or event.style:
            value = text if event.style else Plain(text)
            if event.anchor is not None:
                self.anchors[event.anchor] = _Anchored(value, 1, 0)
            self._put(value, 1, 0, place)

    def _name(self, event: ScalarEvent, text: str, place: Place) -> None:
        """Take a key."""
        top = self.stack[-1]
        top.nodes += 1
        top.wants_key = False
        top.key = None
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(Plain(text), 1, 0)
        self._first_key(place)
        if text == "<<" and not event.style:
            self._add("R105", "merge key `<<`" + self._within(), place, "write the keys out")
        elif not text:
            self._add("R111", "empty key" + self._within(), place)
        elif text in top.lines:
            first = top.lines[text]
            self._add(
                "R103", f'duplicate key "{text}"{self._within()}, first on line {first}', place, "keep one of the two"
            )
        else:
            top.lines[text] = place.line
            top.key = text

    def _alias(self, event: AliasEvent) -> None:
        place = place_of(self.file, self.lines, event)
        self.aliases += 1
        if self.aliases == MAX_ALIASES + 1:
            self._add("R106", f"more than {MAX_ALIASES} aliases in the file", place, "write the values out")
        name = str(event.anchor)
        anchored = self.anchors.get(name)
        if anchored is None:
            problem = (
                "stands inside the value it names" if name in self.anchors else "names nothing that stands before it"
            )
            self._add("R102", f"the alias `*{name}` {problem}", place)
            anchored = _Anchored(Plain(""), 1, 0)
        self._count(anchored.nodes, place)
        if self._at_key():
            self._no_key(place)
            return
        if len(self.stack) + anchored.height > MAX_DEPTH:
            self._too_deep(place)
        self._put(anchored.value, anchored.nodes, anchored.height, place)

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        place = place_of(self.file, self.lines, event)
        self._tag(event, place)
        self._count(1, place)
        if len(self.stack) == MAX_DEPTH:
            self._too_deep(place)
        is_key = self._at_key()
        if is_key:
            self._no_key(place)
        is_mapping = isinstance(event, MappingStartEvent)
        if not self.stack:
            self.line, self.has_key = place.line, False
            if not is_mapping:
                self._no_mapping("a list", place)
        if event.anchor is not None:
            # Until it is closed an alias to it would be endless.
            self.anchors[event.anchor] = None
        self.stack.append(_Open({} if is_mapping else [], event.anchor, is_key))

    def _close(self) -> None:
        if not self.stack:
            return
        done = self.stack.pop()
        if done.anchor is not None:
            self.anchors[done.anchor] = _Anchored(done.value, done.nodes, done.height)
        if not self.stack:
            self.root = done.value
        elif done.is_key:
            self.stack[-1].nodes += done.nodes
        else:
            self._put(done.value, done.nodes, done.height, None)

    def _put(self, value: Any, nodes: int, height: int, place: Place | None) -> None:
        """Give a value to the collection that is open; `place` is None for a collection, which was looked at before."""
        if not self.stack:
            if place is not None:
                self._no_mapping("a single value", place)
            return
        top = self.stack[-1]
        top.nodes += nodes
        top.height = max(top.height, height + 1)
        if isinstance(top.value, list):
            top.value.append(value)
            return
        if top.key is not None:
            top.value[top.key] = value
        top.key, top.wants_key = None, True

    # Rules ------------------------------------------------------------------------------------------------------

    def _at_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].wants_key and isinstance(self.stack[-1].value, dict)

    def _first_key(self, place: Place) -> None:
        """Note the line of the first key of a document."""
        if len(self.stack) == 1 and not self.has_key:
            self.line, self.has_key = place.line, True

    def _within(self) -> str:
        """` in spec.add_hook`, or nothing at the top of the document."""
        steps = ""
        for one in self.stack[:-1]:
            if isinstance(one.value, list):
                steps += f"[{len(one.value)}]"
            else:
                steps += f".{one.key or '?'}"
        return f" in {steps.removeprefix('.')}" if steps else ""

    def _count(self, nodes: int, place: Place) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self._add("R107", f"more than {MAX_NODES:,} values, aliases counted in full", place, "split the file")
            raise _Stop

    def _too_deep(self, place: Place) -> None:
        self._add("R109", f"more than {MAX_DEPTH} levels of nesting", place)
        raise _Stop

    def _no_mapping(self, what: str, place: Place) -> None:
        self._add("R112", f"the document is {what}, not a mapping", place, "begin it with `kind:`")

    def _no_key(self, place: Place) -> None:
        """Refuse a key that is no text; its value is read and dropped."""
        self._first_key(place)
        self._add("R111", "the key is not plain text" + self._within(), place)
        self.stack[-1].wants_key, self.stack[-1].key = False, None

    def _tag(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent, place: Place) -> None:
        if event.tag is None:
            return
        line = self.lines[place.line - 1]
        column = max(line.find("!", place.column - 1), place.column - 1)
        written = re.match(r"[^\s,\[\]{}]*", line[column:])
        length = max(len(written[0]), 1) if written else 1
        self._add(
            "R104", "a tag" + self._within(), Place(self.file, place.line, column + 1, length), "write the plain value"
        )

    def _tag_directive(self, start: int) -> None:
        for number in range(start, len(self.lines)):
            if self.lines[number].startswith("%TAG"):
                self._add("R104", "a `%TAG` directive", Place(self.file, number + 1, 1, 4), "write plain values")
                return

    def _checked(self, event: ScalarEvent, place: Place) -> str:
        """The text of a scalar, normalised; what it must not hold becomes findings."""
        text = event.value
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        hidden = FORBIDDEN.search(text)
        if hidden is None and (not event.style or self._at_key()):
            hidden = re.search(r"[\n\t]", text)
        if hidden is not None:
            where = "unquoted text" if not event.style else "a key" if self._at_key() else "text"
            hint = "quote the text" if not event.style and not self._at_key() else None
            self._add("R110", f"{_named(hidden[0])} in {where}{self._within()}", place, hint)
            text = FORBIDDEN.sub(STAND_IN, text)
        if "${" in text:
            self._add(
                "R113", "`${` is not replaced by anything" + self._within(), self._dollar(place), "write the value"
            )
        if self.secret and self.secret in text:
            last = span(event)[1].line + 1
            if not any(("R114", Place(self.file, line)) in self.findings for line in range(place.line, last + 1)):
                self._token(place.line)
            text = text.replace(self.secret, _MASK)
        return text

    def _dollar(self, place: Place) -> Place:
        column = self.lines[place.line - 1].find("${", place.column - 1, place.column - 1 + place.length)
        if column < 0:
            return place
        return Place(self.file, place.line, column + 1, place.column - 1 + place.length - column)

    def _syntax(self, error: MarkedYAMLError) -> None:
        problem, context = error.problem or "", error.context or ""
        place = self._place_of_error(error)
        if "invalid Unicode character" in problem:
            self._add("R110", "the escape is no character", place)
        elif "tag" in problem.split() or "tag" in context.split():
            self._add("R104", "a tag", place, "write the plain value")
        elif not {place.line, place.line - 1} & self.lines_replaced:
            # After a character was replaced the error may be nothing but its consequence.
            if self.lines[place.line - 1][place.column - 1 :].startswith("\t"):
                problem = "found a tab character that violates indentation"
            self._add("R102", _WORDS.get(problem) or (f"{problem} ({context})" if context else problem), place)

    def _place_of_error(self, error: MarkedYAMLError) -> Place:
        mark = cast(Mark, error.problem_mark)
        at_end = not "".join(self.lines[mark.line :])[mark.column :].strip()
        if at_end and error.context_mark is not None:
            # Where the quotes or brackets were opened says more than the end of the file.
            mark = error.context_mark
        return Place(self.file, mark.line + 1, mark.column + 1)


def _named(character: str) -> str:
    if character in "\n\t\r":
        return {"\n": "a line break", "\t": "a tab", "\r": "a carriage return without a line feed"}[character]
    return f"the invisible character U+{ord(character):04X}"
