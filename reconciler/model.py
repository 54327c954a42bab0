"""The nouns. Everything here is a value: frozen, comparable, free of behaviour that touches the world.

A *name* is what a human chose, an *id* is what the API answered. A *change* is what people review, an *action* is
what is sent. Field values are in normal form (`canonical.py`): text, whole numbers, booleans, and tuples or mappings
of them; money is text in the minor units of its currency ("500.00"), so that `==` compares money as money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Fields = Mapping[str, Any]

Op = Literal[
    "create", "update", "replace", "disable", "delete", "adopt", "move", "forget", "upload", "refresh", "blocked"
]
OPS: tuple[Op, ...] = (
    "create", "update", "replace", "disable", "delete", "adopt", "move", "forget", "upload", "refresh", "blocked",
)  # fmt: skip
Side = Literal["ours", "theirs", "both"]
OnRemove = Literal["disable", "delete", "keep"]


class Address(NamedTuple):
    """`campaign/spring`: the kind's short name and the manifest's name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"
