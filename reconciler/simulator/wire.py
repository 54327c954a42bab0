"""JSON as the simulator reads and writes it: a number keeps the very digits it was sent with.

`json` alone would turn 0.1 into a float and 10.00 into 10.0. Here a number of a client is a `Number` that holds its
text, and is written back as that text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring_ascii
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""None, bool, int, str, Number, list or dict with string keys."""

DEEPEST = 32
"""Bodies nested deeper are refused: no documented body is deeper than three."""

_quote: Callable[[str], str] = encode_basestring_ascii


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number, by its text."""

    text: str

    @property
    def value(self) -> Decimal:
        """The exact value; ValueError for one that no decimal can hold."""
        try:
            return Decimal(self.text)
        except InvalidOperation:
            raise ValueError(f"{self.text[:40]} is not a usable number") from None


def _refuse_constant(text: str) -> Json:
    raise ValueError(f"{text} is not JSON")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # A key sent twice has no documented meaning; a witness must not pick one silently.
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("an object holds the same key twice")
    return result


def decode(raw: bytes) -> Json:
    """Reads UTF-8 JSON; every number becomes a `Number`. ValueError for anything else, however broken or deep."""
    try:
        value: Json = json.loads(
            raw.decode("utf-8"),
            parse_float=Number,
            parse_int=Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    _check_depth(value)
    return value


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise ValueError("the body is nested too deeply")


def encode(value: Json) -> str:
    """Writes compact ASCII JSON; a `Number` as its own text, a `Decimal` without an exponent."""
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quote(key)}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    if isinstance(value, Number):
        return value.text
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (int, float)):
        return json.dumps(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
