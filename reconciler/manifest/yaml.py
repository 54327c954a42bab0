"""The strict YAML reader: from the bytes of a file to text, lists and mappings, and nothing else.

No scalar is interpreted here. `50`, `true` and `2026-01-01` stay the text that was written, as `Plain`, and the field
that takes the value decides what it means; so no amount passes through a float and no `no` becomes False.

Two passes. `_quick` turns the events of the C parser straight into values, and gives up at the first thing that is
wrong or rare. Only then `careful.Careful` reads the file again, checks every rule at every node and collects all
findings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.errors import Finding, Place
from reconciler.manifest.careful import Careful
from reconciler.manifest.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, Document
from reconciler.manifest.positions import FORBIDDEN, unify
from reconciler.model import Plain

_MEMO_SIZE = 20_000
# An anchor, an alias or a tag can begin only at the start of a token. What stands before is looked at last, because a
# search for one of three characters is fast.
_PROPERTY = re.compile(r"""[&*!](?<![^\s\[\]{},:?"'-].)""")
_ESCAPED = re.compile(f"{FORBIDDEN.pattern}|\\$\\{{")
"""What only `Careful` looks for at each scalar, and `${`, of which `Document.is_open` speaks for a whole file."""


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
    return Careful(file, text, secret).read()


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
        if not text or "\n" in text or "\t" in text or "${" in text:
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
        ("<" in text and "<<" in text)
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
    # To look for one character first is many times faster than to look for two.
    is_open = "$" in text and "${" in text
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
                documents.append(Document(file, index, first.start_mark.line + 1, opened, is_open))
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
