"""The careful pass: every rule at every node of a file, and all findings, for a file in which something is wrong."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any, cast

from msgspec import Struct, field
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
)

from reconciler.errors import Finding, Place
from reconciler.manifest.document import FORBIDDEN, MASK, MAX_ALIASES, MAX_DEPTH, MAX_FINDINGS, MAX_NODES, Document
from reconciler.manifest.grammar import COMPLAINTS, CUT_SHORT
from reconciler.manifest.positions import STAND_IN, events, lines_of, place_of, span
from reconciler.model import Plain


class _Open(Struct):
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


class _Anchored(Struct):
    """What an alias stands for: the value, how many nodes it has when written out, and how many levels."""

    value: Any
    nodes: int
    height: int


_QUOTED = "quote `${…}` inside `{}` and `[]`; quoted or not, a whole scalar takes the type"


class _Stop(Exception):
    """Nothing more is read from this file."""


class Careful:
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
        self.single: Place | None = None
        """Where it is a single value, which nothing can follow."""
        self.repeated: list[tuple[str, int, Place]] = []
        """Keys at its top that it has had already, with the line of the first."""
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
            message = message.replace(self.secret, MASK)
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
        self._add("R114", "the value of the access token is in this line", Place(self.file, line), hint)

    def _events(self) -> None:
        for event in events(self.text):
            if isinstance(event, MarkedYAMLError):
                self._repeated_keys()
                self._syntax(event)
                self.stack, self.single = [], None
            elif isinstance(event, DocumentStartEvent):
                self.index += 1
                self.root, self.stack, self.anchors, self.single = None, [], {}, None
                if event.tags:
                    self._tag_directive(span(event)[0].line)
            elif isinstance(event, DocumentEndEvent):
                self._repeated_keys()
                if isinstance(self.root, dict):
                    self.documents.append(Document(self.file, self.index, self.line, self.root, is_open=True))
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
            if len(self.stack) == 1:
                self.repeated.append((text, top.lines[text], place))
            else:
                self._duplicate(text, self._within(), top.lines[text], place)
        else:
            top.lines[text] = place.line
            top.key = text

    def _duplicate(self, key: str, within: str, first: int, place: Place) -> None:
        self._add("R103", f'duplicate key "{key}"{within}, first on line {first}', place, "keep one of the two")

    def _repeated_keys(self) -> None:
        """Where `kind` comes again, a document was meant to begin: that is one mistake, and not one a key."""
        repeated, self.repeated = self.repeated, []
        begins = any(key == "kind" for key, _, _ in repeated)
        had: set[str] = set()
        for key, first, place in repeated:
            if not begins:
                self._duplicate(key, "", first, place)
            elif not had or key in had:
                had = set()
                text = "`---` is missing: another document begins here"
                self._add("R103", text, place, "write `---` on a line of its own above this one")
            had.add(key)

    def _alias(self, event: AliasEvent) -> None:
        place = place_of(self.file, self.lines, event)
        self.aliases += 1
        if self.aliases == MAX_ALIASES + 1:
            self._add("R106", f"more than {MAX_ALIASES} aliases in the file", place, "write the values out")
        name = str(event.anchor)
        anchored = self.anchors.get(name)
        if anchored is None:
            problem = "is inside the value it names" if name in self.anchors else "names nothing above it"
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
                self.single = place
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
        if "${" in text and self._at_key():
            self._add("R113", "`${` in a key" + self._within(), self._dollar(place), "values stand in values alone")
        if self.secret and self.secret in text:
            last = span(event)[1].line + 1
            if not any(("R114", Place(self.file, line)) in self.findings for line in range(place.line, last + 1)):
                self._token(place.line)
            text = text.replace(self.secret, MASK)
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
            self._add("R110", "the escape does not name a character", place)
        elif "tag" in problem.split() or "tag" in context.split():
            self._add("R104", "a tag", place, "write the plain value")
        elif marker := self._merge_marker(place.line):
            if self.single:
                # The marker itself was taken for the document.
                self.findings.pop(("R112", self.single), None)
            resolve = "keep one side, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"
            self._add("R102", "here git has left a conflict of a merge", Place(self.file, marker), resolve)
        elif not self.single and not {place.line, place.line - 1} & self.lines_replaced:
            # After a character was replaced the error may be nothing but its consequence, and behind a single value
            # it always is.
            if self.lines[place.line - 1][place.column - 1 :].startswith("\t"):
                problem = "found a tab character that violates indentation"
            words = {**COMPLAINTS, **CUT_SHORT} if self._goes_on(place) else COMPLAINTS
            hint = _QUOTED if self.lines[place.line - 1][: place.column].endswith("${") else None
            self._add("R102", words.get(problem) or (f"{problem} ({context})" if context else problem), place, hint)

    def _merge_marker(self, line: int) -> int | None:
        """The line where the conflict begins that the parser came to; None: it is not that."""
        begun = (at for at in range(min(line, len(self.lines)), 0, -1) if self.lines[at - 1].startswith("<<<<<<< "))
        return next(begun, None)

    def _goes_on(self, place: Place) -> bool:
        """Whether text goes on after a bracket or quote that ended the value on the same line: `[US] Spring`."""
        before, after = self.lines[place.line - 1][: place.column - 1], self.lines[place.line - 1][place.column - 1 :]
        return before.rstrip().endswith(("]", "}", '"', "'")) and bool(after.strip())

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
