"""Whole numbers of the workspace file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from reconciler.kinds.fields import Integer, fail
from reconciler.model import Plain

_MOST = 1_000_000


def _between(value: Any, least: int, most: int) -> int:
    number = Integer.__metadata__[0].func(value)  # type: ignore[attr-defined] # the one check of whole numbers
    if not least <= number <= most:
        raise fail("R208", f"`{value}` is out of range", f"write a whole number from {least} to {most}")
    return int(number)


def _count(value: Any) -> int:
    # A 0 in quotes is no number.
    return 0 if value == "0" and isinstance(value, Plain) else _between(value, 0, _MOST)


Positive = Annotated[
    int, PlainValidator(lambda value: _between(value, 1, _MOST)), WithJsonSchema({"type": "integer", "minimum": 1})
]
Count = Annotated[int, PlainValidator(_count), WithJsonSchema({"type": "integer", "minimum": 0})]
Factor = Annotated[
    int, PlainValidator(lambda value: _between(value, 2, _MOST)), WithJsonSchema({"type": "integer", "minimum": 2})
]
Percent = Annotated[
    int,
    PlainValidator(lambda value: _between(value, 0, 100)),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 100}),
]
