"""The quick reader: the events of the C parser become values, until something is wrong or rare."""

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

from reconciler.manifest.document import FORBIDDEN, MAX_DEPTH, MAX_NODES, Document
from reconciler.model import Plain

_MEMO_SIZE = 20_000
# An anchor, an alias or a tag can begin only at the start of a token. What stands before is looked at last, because a
# search for one of three characters is fast.
_PROPERTY = re.compile(r"""[&*!](?<![^\s\[\]{},:?"'-].)""")
_ESCAPED = re.compile(f"{FORBIDDEN.pattern}|\\$\\{{")
"""What only `Careful` looks for at each scalar, and `${`, of which `Document.is_open` speaks for a whole file."""


def documents(file: str, text: str, secret: str | None, *, is_open: bool) -> list[Document] | None:
    """The documents of a file, in which every rule for a whole text is kept and nothing is wrong or rare; else None."""
    try:
        return _documents(file, text, secret, is_open)
    except (_Unsure, MarkedYAMLError):
        return None


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


def _hides(value: str, secret: str | None) -> bool:
    """Whether a text with escapes holds what `_needs_care` could not see in the file."""
    return bool(
        _ESCAPED.search(value)
        or (secret and secret in value)
        or (not value.isascii() and not unicodedata.is_normalized("NFC", value))
    )


def _documents(file: str, text: str, secret: str | None, is_open: bool) -> list[Document]:
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
