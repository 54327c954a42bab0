"""One kind in one contract: its calls, its fields, and how they turn into a request and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from reconciler.contracts.fields import UNSAID, WireField, our_values, typed
from reconciler.kinds.registry import KINDS
from reconciler.model import Fields


def _as_told(row: Fields) -> Fields:
    return row


def _as_sent(body: dict[str, Any]) -> dict[str, Any]:
    return body


def _as_live(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return values


class Binding(Struct, frozen=True, dict=True):
    """One kind in one contract: its calls, and a row for each of its fields, from which everything else is derived."""

    kind: str
    rows: tuple[WireField, ...]
    list_path: str
    create_path: str
    id_key: str
    name_field: str
    parent_key: str | None
    create_answers_id: bool
    """Whether a successful create promises the new object's id."""
    open_ended: bool = False
    """Whether fields that only `extra` names can be changed, and are carried along."""
    update_path: str | None = None
    status_path: str | None = None
    """The call that sets the status alone; None where `update_path` sets it too."""
    budget_path: str | None = None
    """The call that sets the budget alone, and touches nothing else."""
    born_paused: bool = False
    """Whether a create can say that its object is to be paused."""
    nested: str | None = None
    """The list that creates and updates wrap an object in."""
    modified_key: str | None = None
    created_key: str | None = None
    rate: str = "default"
    """The rate class of `create_path`."""
    page_size: int = 1000
    """Rows a page of its listing."""
    next_step: str = ""
    """For a change this contract has no call for: what a person can do instead."""
    normal: Callable[[Fields], Fields] = _as_told
    """A row of a listing under our names → the same without what the platform fills in."""
    outward: Callable[[dict[str, Any]], dict[str, Any]] = _as_sent
    """Body fields → the same as the call takes them, where lists hold objects."""
    said: Callable[[Mapping[str, Any]], Mapping[str, Any]] = _as_live
    """Live values → how a spec says them."""
    create_token: bool = False
    """Whether a create names a number by which the API knows it again."""
    items_path: str | None = None
    """The call that switches single creatives of the object on and off."""
    answers_items: bool = False
    """Whether a status call is answered with code 0 although objects it names were not changed."""
    gap_seconds: float = 0
    """Seconds from a write to one object to the next."""

    @cached_property
    def field(self) -> Mapping[str, WireField]:
        """Our name → its row, with the type its kind gives it."""
        return {one.name: one for one in typed(self.rows, KINDS[self.kind].types)}

    @cached_property
    def fields(self) -> frozenset[str]:
        """What a spec may set."""
        return self._where(lambda one: one.ours)

    @cached_property
    def named(self) -> frozenset[str]:
        """What it may give by a name of the account instead of an id."""
        named = KINDS[self.kind].named.items()
        return frozenset(path[0] for path, mark in named if len(path) == 1 and self.fields.intersection(mark.instead))

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Fields that the kind has and a spec of this contract must not set."""
        kind = KINDS[self.kind]
        taken = self.fields | {name.partition(".")[0] for name in self.fields}
        return frozenset(kind.types.keys() - taken - self.named - {"extra", kind.parent_field})

    @cached_property
    def required(self) -> tuple[str, ...]:
        """What a spec must set, beyond what its kind asks for."""
        return tuple(one.name for one in self.rows if one.required)

    @cached_property
    def listed(self) -> frozenset[str]:
        """Fields a listing shows, always or where it can."""
        return self._where(lambda one: one.shown != "never")

    @cached_property
    def readable(self) -> frozenset[str]:
        """Fields a listing always shows: one that is absent is not set."""
        return self._where(lambda one: one.shown == "always")

    @cached_property
    def money(self) -> frozenset[str]:
        """Amounts."""
        return self._where(lambda one: one.shape == "money")

    @cached_property
    def shown_money(self) -> frozenset[str]:
        """Amounts a listing always shows."""
        return self.money & self.readable

    @cached_property
    def unordered(self) -> frozenset[str]:
        """Lists a listing shows in any order."""
        return self._where(lambda one: one.unordered)

    @cached_property
    def updatable(self) -> frozenset[str]:
        """Fields that can be changed; every other is fixed after creation."""
        return self._where(lambda one: one.changing != "fixed")

    @cached_property
    def resent(self) -> frozenset[str]:
        """Fields that `update_path` may set back when they are not sent: they go along as they are."""
        return self._where(lambda one: one.carried)

    @cached_property
    def merged(self) -> frozenset[str]:
        """Lists to which others add."""
        return self._where(lambda one: one.merged)

    @cached_property
    def keyed(self) -> frozenset[str]:
        """Those of them that hold creatives."""
        return self._where(lambda one: one.keyed)

    def holds(self, path: str) -> bool:
        """Whether it is an object on the wire in which other fields are."""
        return path in self._objects

    def going_along(self, changed: Iterable[str]) -> frozenset[str]:
        """Those of `resent` that an update of these fields may set back: an object it does not name stays as it is."""
        named = {self.field[one].inside for one in changed if one in self.field} | {""}
        return frozenset(one for one in self.resent if self.field[one].inside in named)

    @cached_property
    def patchable(self) -> frozenset[str]:
        """Fields that can be sent alone although the others are replaced."""
        return self._where(lambda one: one.patched)

    @cached_property
    def at_birth(self) -> Fields:
        """Sent with a create where the spec does not set it."""
        return {one.name: one.birth for one in self.rows if one.birth is not UNSAID}

    @property
    def governs(self) -> bool:
        """Whether the contract can set the status of one such object."""
        return "status" in self.updatable

    def _where(self, holds: Callable[[WireField], bool]) -> frozenset[str]:
        return frozenset(one.name for one in self.field.values() if holds(one))

    def can_change(self, path: str, old: Any, new: Any) -> bool:
        """Whether there is a call for this change of a field."""
        row = self.field.get(path)
        if row is None:
            # A field that only `extra` knows.
            return self.open_ended
        if row.changing == "fixed" or (row.stuck is not UNSAID and row.stuck == old):
            return False
        return row.changing == "free" or not new

    def goes_along(self, path: str, shown: Fields) -> bool:
        """Whether an update that replaces may carry a field that nobody has declared, beside the live values."""
        needs = self.field[path].along_with
        return needs is None or shown.get(needs[0]) == needs[1]

    def encode(self, fields: Fields) -> dict[str, Any]:
        """Our fields → body fields; the ids that are numbers on the wire become such."""
        body: dict[str, Any] = {}
        # An object that is carried along comes first: what is set in it goes over what was in it.
        for name, value in sorted(fields.items(), key=lambda one: one[0] not in self._objects):
            row = self.field.get(name)
            if row is not None and row.unsent is not UNSAID and row.unsent == value:
                continue
            numbered = row is not None and row.number and isinstance(value, str) and value.isdigit()
            key, given = (row and row.wire) or name, int(value) if numbered else value
            if row is not None and row.inside and name != row.inside:
                body[row.inside] = {**body.get(row.inside, {}), key.removeprefix(f"{row.inside}."): given}
            else:
                body[key] = given
        return self.outward(body)

    def decode(self, row: Fields) -> Fields:
        """A row of a listing → our names, in normal form."""
        told = dict(row)
        for inside, wire, name in self._inner:
            held = row.get(inside)
            if isinstance(held, Mapping) and wire in held:
                told[name] = held[wire]
        for wire, name in self._renamed:
            if wire in told:
                told[name] = told.pop(wire)
        for name, normal in self._values:
            if name in told:
                told[name] = normal(told[name])
        return self.normal(told)

    @cached_property
    def _renamed(self) -> tuple[tuple[str, str], ...]:
        return tuple((one.wire, one.name) for one in self.rows if one.wire and not one.inside)

    @cached_property
    def _objects(self) -> frozenset[str]:
        """Objects on the wire that hold fields of ours."""
        return frozenset(one.inside for one in self.rows if one.inside)

    @cached_property
    def _inner(self) -> tuple[tuple[str, str, str], ...]:
        """(object, name in it, our name)."""
        return tuple(
            (one.inside, (one.wire or one.name).removeprefix(f"{one.inside}."), one.name)
            for one in self.rows
            if one.inside and one.inside != one.name
        )

    @cached_property
    def _values(self) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        return tuple(our_values(self.field.values()).items())
