"""Manifests as text: every value comes back from the reader as it went in, or is refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.manifest.yaml import read
from reconciler.model import Number, Plain

_PLAIN = re.compile(r"[A-Z]{3,}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", re.ASCII)
"""Values that the API names: they need no quotes, and no id looks like them."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""What some reader of YAML takes for something else than text."""
_WIDTH = 118
"""Characters of a line, after which a list stands one item a line."""


def document(head: Mapping[str, str], spec: Mapping[str, Any], comment: str) -> str:
    """One document: its comment, the keys of its envelope, its spec."""
    lines = [f"# {comment}", *(f"{key}: {scalar(Plain(value))}" for key, value in head.items()), "spec:"]
    return "\n".join([*lines, *_block(spec, 1)]) + "\n"


def scalar(value: Any) -> str:
    """One value as it stands on a line: amounts, numbers, names (`Plain`) and values of the API bare, texts quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number | int):
        return str(value)
    text, plain = str(value), _NAME if isinstance(value, Plain) else _PLAIN
    if plain.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text.replace("${", "$${"))) + '"'


def is_writable(value: Any, secret: str | None) -> bool:
    """Whether a manifest can hold the value: not where a text has characters that nobody sees, or the access token."""
    if isinstance(value, Mapping):
        return all(is_writable(one, secret) for pair in value.items() for one in pair)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(is_writable(one, secret) for one in value)
    if not isinstance(value, str) or (value.isascii() and value.isprintable() and "${" not in value):
        return secret is None or not isinstance(value, str) or secret not in value
    found, wrong = read("value", f"value: {scalar(value)}\n".encode(errors="surrogatepass"), secret)
    return bool(found) and not wrong


def _block(values: Mapping[str, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, value in values.items():
        if isinstance(value, Mapping) and len(value) > 1 and depth == 1:
            yield f"{indent}{scalar(Plain(key))}:"
            yield from _block(value, depth + 1)
        elif isinstance(value, tuple | list) and (_is_deep(value) or len(line := _flow(value)) > _WIDTH - len(key)):
            yield f"{indent}{scalar(Plain(key))}:"
            yield from (f"{indent}- {_flow(one)}" for one in value)
        else:
            yield f"{indent}{scalar(Plain(key))}: {line if isinstance(value, tuple | list) else _flow(value)}"


def _is_deep(value: Sequence[Any]) -> bool:
    return any(isinstance(one, Mapping) for one in value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(Plain(key))}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    if character == "\n":
        return "\\n"
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
