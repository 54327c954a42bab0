"""What a contract is: data about each kind's calls, and the few functions that turn fields into a request and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from reconciler.contracts.fields import UNSAID, WireField, our_values, typed
from reconciler.contracts.refresh import SUBMIT
from reconciler.contracts.reports import REPORTS, Reports
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Call, Fields, Ref

FINAL = "FROZEN"
"""The status of what the platform has ended for good: nothing enables it again."""
OFF = frozenset({"DISABLE", FINAL})
"""Every status under which nothing is spent."""


class Broken(NamedTuple):
    """A rule that a spec breaks: the field it is about, what is wrong, what to do, and one of our codes."""

    field: str
    message: str
    hint: str
    code: str = "R216"
    only_new: bool = False
    """It is about what is created or sent, not about what is there already: what is bound and unchanged breaks it."""


def _as_told(row: Fields) -> Fields:
    return row


def _deleted(row: Fields) -> bool:
    return row.get("status") == "DELETE"


def _never_late(kind: str, sent: Fields, live: Fields, now: float) -> Iterable[Broken]:
    return ()


def _no_rules(kind: str, fields: Fields, above: Fields | None, currency: str | None) -> Iterable[Broken]:
    return ()


@dataclass(frozen=True)
class Binding:
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
    next_step: str = ""
    """For a change this contract has no call for: what a person can do instead."""
    normal: Callable[[Fields], Fields] = _as_told
    """A row of a listing under our names → the same without what the platform fills in."""

    @cached_property
    def field(self) -> Mapping[str, WireField]:
        """Our name → its row, with the type its kind gives it."""
        return {one.name: one for one in typed(self.rows, KINDS[self.kind].types)}

    @cached_property
    def fields(self) -> frozenset[str]:
        """What a spec may set."""
        return self._where(lambda one: one.ours)

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Fields that the kind has and a spec of this contract must not set."""
        kind = KINDS[self.kind]
        return frozenset(kind.types.keys() - self.fields - {"extra", kind.parent_field})

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
        for name, value in fields.items():
            row = self.field.get(name)
            if row is not None and row.unsent is not UNSAID and row.unsent == value:
                continue
            numbered = row is not None and row.number and isinstance(value, str) and value.isdigit()
            body[(row and row.wire) or name] = int(value) if numbered else value
        return body

    def decode(self, row: Fields) -> Fields:
        """A row of a listing → our names, in normal form."""
        told = dict(row)
        for wire, name in self._renamed:
            if wire in told:
                told[name] = told.pop(wire)
        for name, normal in self._values:
            if name in told:
                told[name] = normal(told[name])
        return self.normal(told)

    @cached_property
    def _renamed(self) -> tuple[tuple[str, str], ...]:
        return tuple((one.wire, one.name) for one in self.rows if one.wire)

    @cached_property
    def _values(self) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        return tuple(our_values(self.field.values()).items())


@dataclass(frozen=True, slots=True)
class Contract:
    """One way the API speaks."""

    name: str
    bindings: Mapping[str, Binding]
    refused: Mapping[tuple[str, str], str]
    """(kind, field of a spec) → why this contract cannot take it, and the next best step."""
    other_values: Mapping[tuple[str, str], str]
    """(field, enum value of the other contract) → ours."""
    filters: Callable[[Binding, Fields], Fields]
    """(binding, {"ids": [...], "parent": id}) → query parameters that narrow a listing."""
    rules: Callable[[str, Fields, Fields | None, str | None], Iterable[Broken]] = _no_rules
    """(kind, fields, the parent's fields, currency) → what does not go together."""
    late: Callable[[str, Fields, Fields, float], Iterable[Broken]] = _never_late
    """(kind, fields that would be sent, what they are now, seconds since the epoch) → what the clock forbids."""
    agreed: Callable[[str, Fields], tuple[str, ...]] = lambda kind, above: ()
    """(kind, its parent's fields) → fields in which all of the kind under such a parent must agree."""
    overruled: Callable[[str, Fields], frozenset[str]] = lambda kind, above: frozenset()
    """(kind, its parent's fields) → fields that mean nothing under such a parent."""
    page_size: int = 1000
    status_field: str = "status"
    """The name of `status` on the wire."""
    foreign: Callable[[Fields], bool] = lambda row: False
    """Whether a row is of an object these calls must not write."""
    gone: Callable[[Fields], bool] = _deleted
    """Whether a row is of an object that was deleted, by itself or with what it belongs to."""

    @property
    def own_fields(self) -> frozenset[str]:
        """Body fields the tool sends itself; `extra` cannot name them."""
        keys = {one.id_key for one in self.bindings.values()} | {one.parent_key or "" for one in self.bindings.values()}
        nested = {one.nested for one in self.bindings.values() if one.nested}
        return frozenset(
            keys
            | nested
            | {row.wire for one in self.bindings.values() for row in one.rows if row.wire}
            | {"advertiser_id", "status", "operation_status", "request_id", "patch_update"}
        )

    @property
    def reports(self) -> Reports:
        """How it gives reports, audiences and the account's facts."""
        return REPORTS[self.name]

    def list_query(self, kind: str, advertiser: str, **narrow: Any) -> tuple[str, dict[str, Any]]:
        """(path, query) of a listing; `ids=[…]` or `parent=ID` narrow it, and are filtered again on our side."""
        binding = self.bindings[kind]
        return binding.list_path, {"advertiser_id": advertiser, **self.filters(binding, narrow)}

    def create(self, kind: str, advertiser: str, fields: Fields, parent: Address | None) -> Call:
        """The call that creates one object. `fields` has the name under `name_field`."""
        binding = self.bindings[kind]
        own = {**binding.at_birth, **{name: value for name, value in fields.items() if name != "status"}}
        body = binding.encode(own)
        if binding.born_paused:
            body[self.status_field] = "DISABLE"
        return Call("POST", binding.create_path, self._wrapped(binding, advertiser, parent, body))

    def update(self, address: Address, advertiser: str, changed: Fields, along: Fields, parent: Address | None) -> Call:
        """The call that changes `changed` of one object; `along` are its other fields, for calls that replace."""
        binding = self.bindings[address.kind]
        if binding.update_path is None:
            raise ValueError(f"{self.name} cannot update a {address.kind}")
        patched = bool(binding.patchable) and changed.keys() <= binding.patchable
        fields = binding.encode(changed if patched else {**along, **changed})
        own = {self.status_field if name == "status" else name: value for name, value in fields.items()}
        above = parent if binding.nested else None
        body = self._wrapped(binding, advertiser, above, {binding.id_key: Ref(address), **own})
        return Call("POST", binding.update_path, {**body, "patch_update": True} if patched else body)

    def budget(self, address: Address, advertiser: str, amount: Any) -> Call:
        """The call that sets the budget of one object, and nothing else."""
        binding = self.bindings[address.kind]
        if binding.budget_path is None:
            raise ValueError(f"{self.name} has no call for the budget of a {address.kind} alone")
        one = {binding.id_key: Ref(address), "budget": amount}
        return Call("POST", binding.budget_path, {"advertiser_id": advertiser, "budget": [one]})

    def status(self, address: Address, advertiser: str, status: str, identity: str | None = None) -> Call:
        """The call that sets the status of one object: the address's own, or that with the id given."""
        binding = self.bindings[address.kind]
        one: str | Ref = identity or Ref(address)
        if binding.status_path is None:
            body = {"advertiser_id": advertiser, binding.id_key: one, self.status_field: status}
            return Call("POST", binding.update_path or "", body)
        named = {f"{binding.id_key}s": [one], self.status_field: status}
        return Call("POST", binding.status_path, {"advertiser_id": advertiser, **named})

    def _wrapped(self, binding: Binding, advertiser: str, parent: Address | None, own: Fields) -> dict[str, Any]:
        body: dict[str, Any] = {"advertiser_id": advertiser}
        if binding.parent_key and parent:
            body[binding.parent_key] = Ref(parent)
        return {**body, binding.nested: [own]} if binding.nested else {**body, **own}

    def named(self, kind: str, body: Fields) -> tuple[str | None, str]:
        """(parent id, name) of the object that a recorded create asked for."""
        binding = self.bindings[kind]
        own = body[binding.nested][0] if binding.nested else body
        return body.get(binding.parent_key) if binding.parent_key else None, own[binding.name_field]

    def rate_class(self, path: str) -> str:
        """The rate class a path counts in."""
        if path == SUBMIT:
            return "refresh_create"
        return next((one.rate for one in self.bindings.values() if one.create_path == path), "default")
