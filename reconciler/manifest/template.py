"""`${name}` in parsed scalars: found once in a document, put in as often as it is rendered.

A scalar that is only `${name}` becomes the value, with its type. Inside a longer text a value is joined, which is why
one can tell from the types alone, before anything is rendered, whether every scalar can be made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, NamedTuple

from msgspec import Struct

from reconciler.manifest.document import Document, Path
from reconciler.manifest.problems import Problem
from reconciler.manifest.words import nearest
from reconciler.model import Plain

NAME = r"[A-Za-z_][A-Za-z0-9_-]{0,62}"
"""Of a var, an input, an axis."""
VAR = "var."
"""Before the name of a var of the workspace."""
PREFIX = ""
"""The name, which nobody can write, of what stands before every name of a module."""
LONGEST = 2048
"""Characters of a value: what is put in many times, or into other values, must not become a flood."""
LONGEST = 2048
"""Characters of a value: what is put in many times, or into other values, must not become a flood."""
JOINED = frozenset({"text", "id", "integer"})
"""The types whose values may stand inside a longer text."""

_OPENING = re.compile(r"\$\$\{|\$\{")
_NAMED = re.compile(rf"((?:var\.)?{NAME})\}}", re.ASCII)

Values = Mapping[str, Any]
"""Name → its value: a `Plain`, a text, or a list of them."""
Scope = Mapping[str, str]
"""Name → its type."""
_Maker = Callable[[Values], Any]


class _Named(NamedTuple):
    """Stands in a scalar for the value of that name."""

    name: str


class Spot(NamedTuple):
    """One `${…}` of a document."""

    path: Path
    name: str | None
    """None where it holds no name."""
    alone: bool
    """Whether it is all of its scalar."""


class Template(Struct, frozen=True):
    """A value of a document, and what has to be put into it."""

    document: Document
    spots: tuple[Spot, ...]
    _value: Any
    """Where nothing has to be put in."""
    _maker: _Maker | None

    def made(self, values: Values) -> Any:
        """The value with everything put in. What needs no change is shared with every other one: do not change it."""
        return self._maker(values) if self._maker else self._value

    def names_at(self, *path: str) -> set[str | None]:
        """What is named by the scalar at that path."""
        return {one.name for one in self.spots if one.path == path}

    def problems(self, scope: Scope, known: str) -> Iterator[Problem]:
        """What cannot be put in. `known`: what names are known here, in words."""
        for spot in self.spots:
            shown = f"`${{{spot.name}}}`"
            if spot.name is None:
                hint = "write `${name}`: there are no expressions; `$${` is a literal `${`"
                yield Problem("R113", "`${` begins no name", self.document, spot.path, hint=hint)
            elif spot.name not in scope:
                hint = nearest(spot.name, scope) or _known(scope, known)
                yield Problem("R113", f"{shown} names nothing", self.document, spot.path, hint=hint)
            elif not spot.alone and scope[spot.name] not in JOINED:
                text = f"{shown} is of type {scope[spot.name]}, which does not go into a longer text"
                hint = "only text, id and integer do; write it as the whole value, or pass the text as an input"
                yield Problem("R113", text, self.document, spot.path, hint=hint)


def _known(scope: Scope, known: str) -> str:
    names = ", ".join(f"${{{one}}}" for one in sorted(scope))
    return f"{known}; known here: {names or 'none'}; `$${{` is a literal `${{`"


def template(document: Document, value: Any, prefixed: Set[Path] = frozenset(), path: Path = ()) -> Template:
    """`value`, which stands at `path` of the document. At the paths `prefixed` the prefix comes first."""
    made = _Compiler(prefixed)
    constant, maker = made.compiled(value, path)
    return Template(document, tuple(made.spots), constant, maker)


def parts_of(text: str) -> list[str | _Named | None]:
    """The pieces of a scalar: literal text, names, and None for a `${` that begins no name. Read from the left."""
    found: list[str | _Named | None] = []
    start = 0
    for match in _OPENING.finditer(text):
        literal = text[start : match.start()]
        start = match.end()
        if match[0] == "$${":
            literal += "${"
        if literal:
            found.append(literal)
        if match[0] == "${":
            named = _NAMED.match(text, start)
            found.append(_Named(named[1]) if named else None)
            start = named.end() if named else start
    if text[start:]:
        found.append(text[start:])
    return found


def escaped(text: str) -> str:
    """How a text is written so that it is read as it is."""
    return text.replace("${", "$${")


class _Compiler:
    def __init__(self, prefixed: Set[Path]) -> None:
        self._prefixed = prefixed
        self.spots: list[Spot] = []

    def compiled(self, value: Any, path: Path) -> tuple[Any, _Maker | None]:
        """(the value where nothing has to be put in, else what makes it)."""
        if isinstance(value, dict):
            return self._inside(value, value.items(), path, dict)
        if isinstance(value, list):
            return self._inside(value, enumerate(value), path, list)
        return self._scalar(value, path)

    def _inside(self, value: Any, items: Any, path: Path, copied: Callable[[Any], Any]) -> tuple[Any, _Maker | None]:
        makers: list[tuple[Any, _Maker]] = []
        constant = value
        for key, inner in items:
            made, maker = self.compiled(inner, (*path, key))
            if maker is not None:
                makers.append((key, maker))
            elif made is not inner:
                constant = copied(value) if constant is value else constant
                constant[key] = made
        if not makers:
            return constant, None

        def make(values: Values) -> Any:
            result = copied(constant)
            for key, maker in makers:
                result[key] = maker(values)
            return result

        return constant, make

    def _scalar(self, value: str, path: Path) -> tuple[Any, _Maker | None]:
        is_prefixed = path in self._prefixed
        if "${" not in value and not is_prefixed:
            return value, None
        parts = parts_of(value)
        alone = len(parts) == 1
        self.spots += [Spot(path, part.name if part else None, alone) for part in parts if not isinstance(part, str)]
        if is_prefixed:
            parts.insert(0, _Named(PREFIX))
        names = [part.name for part in parts if isinstance(part, _Named)]
        if not names:
            text = "".join(part for part in parts if isinstance(part, str))
            return (Plain(text) if isinstance(value, Plain) else text), None
        if len(parts) == 1:
            (name,) = names
            return value, lambda values: values[name]
        return value, lambda values: _joined(
            [values[part.name] if isinstance(part, _Named) else part or "" for part in parts]
        )


def _joined(pieces: list[str]) -> str:
    text = "".join(pieces)
    # Two texts in normal form need not be one when they are joined.
    return text if text.isascii() else unicodedata.normalize("NFC", text)
