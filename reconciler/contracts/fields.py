"""One field of one contract, said once: its name on the wire, when it is shown, and what can still be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from operator import eq
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from reconciler.canonical import live_money
from reconciler.kinds.fields import FieldType, Shape

Changing = Literal["fixed", "free", "emptied"]
"""After creation: never; to any value; only to nothing."""
Shown = Literal["always", "maybe", "never"]
"""In a listing: one that is absent is not set; is unconfirmed; tells nothing."""
UNSAID = object()
"""Stands for no value, where None is one."""


class WireField(Struct, frozen=True):
    """A row of a contract's table of fields."""

    name: str
    wire: str = ""
    """Its name on the wire, where that is another one."""
    shape: Shape | None = None
    """What its value is, where no kind says so or a listing shows it otherwise."""
    many: bool = False
    """Whether it is a list, where no kind says so."""
    unordered: bool = False
    """Whether the list is shown in any order, where no kind says so."""
    ours: bool = True
    """Whether a spec may set it; if not, it is only carried along."""
    required: bool = False
    """Whether a spec must set it, beyond what its kind asks for."""
    changing: Changing = "fixed"
    carried: bool = False
    """Whether an update that replaces sets it back when it is not sent: then it goes along as it is."""
    along_with: tuple[str, Any] | None = None
    """The field and the live value without which it is not carried: it would be refused, or mean nothing."""
    patched: bool = False
    """Whether it can be sent alone by a call that otherwise replaces."""
    shown: Shown = "maybe"
    birth: Any = UNSAID
    """Sent with a create where the spec does not set it."""
    default: Any = UNSAID
    """What the platform gives it where nobody sets it, beside nothing, false and 0."""
    stuck: Any = UNSAID
    """A value that it cannot leave."""
    number: bool = False
    """Whether its id is a number on the wire."""
    unsent: Any = UNSAID
    """A value that listings show and no call takes."""
    inside: str = ""
    """The object it is in on the wire. An update that names the object replaces it: what is in it goes along."""
    merged: bool = False
    """A list to which others add: what is live and was never ours stays in it."""
    keyed: bool = False
    """Whether the items of such a list are creatives, each known by what it shows."""
    same: Callable[[Any, Any], bool] = eq
    """(sent, shown) → whether a listing shows what was sent."""


def carried(names: str, **more: Any) -> list[WireField]:
    """Rows of fields that no spec of ours names, and that an update which replaces would set back."""
    return [WireField(name, ours=False, changing="free", carried=True, **more) for name in names.split()]


def typed(rows: Iterable[WireField], kind: Mapping[str, FieldType]) -> tuple[WireField, ...]:
    """The rows with what their kind says of a field's type: said there, it is not said again."""
    return tuple(
        replace(row, shape=row.shape or said.shape, many=said.many and not row.shape, unordered=said.unordered)
        if row.ours and (said := kind.get(row.name))
        else row
        for row in rows
    )


def our_values(fields: Iterable[WireField]) -> Mapping[str, Callable[[Any], Any]]:
    """Field → what makes the normal form of a listed value: nulls as what they stand for, ids as texts."""
    found: dict[str, Callable[[Any], Any]] = {}
    for one in fields:
        if one.many:
            found[one.name] = _several
        elif one.shape == "flag":
            found[one.name] = _flag
        elif one.shape == "id":
            found[one.name] = _id
        elif one.shape == "whole":
            found[one.name] = _whole
        elif one.shape == "ratio":
            found[one.name] = _ratio
    return found


def _id_as_text(value: Any) -> Any:
    """An id as text, whichever way it came; anything else stays what it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _several(value: Any) -> Any:
    return [] if value is None else [_id_as_text(one) for one in value] if isinstance(value, list) else value


def _flag(value: Any) -> Any:
    return False if value is None else value


def _id(value: Any) -> Any:
    return None if value in (None, "", 0, "0") else _id_as_text(value)


def _ratio(value: Any) -> Any:
    amount = live_money(value, 0)
    return None if amount is None or not Decimal(amount) else amount


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value or None
