"""What a contract is: data about each kind's calls, and the few functions that turn fields into a request and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.contracts.refresh import SUBMIT
from reconciler.contracts.reports import REPORTS, Reports
from reconciler.model import Address, Call, Fields, Ref

Row = Mapping[str, Any]


class Broken(NamedTuple):
    """A rule that a spec breaks: the field it is about, what is wrong, what to do, and one of our codes."""

    field: str
    message: str
    hint: str
    code: str = "R216"


def _same(given: Row) -> Row:
    return given


def _no_rules(kind: str, fields: Fields, above: Fields | None, currency: str | None) -> Iterable[Broken]:
    return ()


@dataclass(frozen=True, slots=True)
class Binding:
    """One kind in one contract. Field names are ours; `encode` and `decode` know the few the API calls otherwise."""

    list_path: str
    create_path: str
    id_key: str
    name_field: str
    parent_key: str | None
    create_answers_id: bool
    """Whether a successful create promises the new object's id."""
    fields: frozenset[str]
    """What a spec may set."""
    money: frozenset[str]
    updatable: frozenset[str]
    """Fields that can be changed; every other is fixed after creation."""
    required: tuple[str, ...] = ()
    """What a spec must set, beyond what its kind asks for."""
    readable: frozenset[str] = frozenset()
    """Fields a listing always shows: one that is absent is not set."""
    shown: frozenset[str] = frozenset()
    """Fields a listing shows where it can: one that is absent is unconfirmed."""
    unordered: frozenset[str] = frozenset()
    """Lists a listing shows in any order."""
    clearable: frozenset[str] = frozenset()
    """Updatable fields that can only be emptied."""
    stuck: Fields = field(default_factory=dict)
    """Updatable fields that cannot leave this value."""
    open_ended: bool = False
    """Whether fields that only `extra` names can be changed, and are carried along."""
    update_path: str | None = None
    status_path: str | None = None
    """The call that sets the status alone; None where `update_path` sets it too."""
    born_paused: bool = False
    """Whether a create can say that its object is to be paused."""
    at_birth: Fields = field(default_factory=dict)
    """Sent with a create where the spec does not set it."""
    resent: frozenset[str] = frozenset()
    """Fields that `update_path` may set back when they are not sent: they go along as they are."""
    patchable: frozenset[str] = frozenset()
    """Fields that can be sent alone although the others are replaced."""
    nested: str | None = None
    """The list that creates and updates wrap an object in."""
    modified_key: str | None = None
    created_key: str | None = None
    rate: str = "default"
    """The rate class of `create_path`."""
    next_step: str = ""
    """For a change this contract has no call for: what a person can do instead."""
    encode: Callable[[Fields], Fields] = _same
    """Our fields → body fields."""
    decode: Callable[[Row], Row] = _same
    """A row of a listing → the same with our fields in normal form."""


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
    agreed: Callable[[str, Fields], tuple[str, ...]] = lambda kind, above: ()
    """(kind, its parent's fields) → fields in which all of the kind under such a parent must agree."""
    overruled: Callable[[str, Fields], frozenset[str]] = lambda kind, above: frozenset()
    """(kind, its parent's fields) → fields that mean nothing under such a parent."""
    wire_names: frozenset[str] = frozenset()
    """What fields of ours are called on the wire, where that is another name."""
    page_size: int = 1000
    status_field: str = "status"
    """The name of `status` on the wire."""
    foreign: Callable[[Row], bool] = lambda row: False
    """Whether a row is of an object these calls must not write."""

    @property
    def own_fields(self) -> frozenset[str]:
        """Body fields the tool sends itself; `extra` cannot name them."""
        keys = {one.id_key for one in self.bindings.values()} | {one.parent_key or "" for one in self.bindings.values()}
        nested = {one.nested for one in self.bindings.values() if one.nested}
        return frozenset(
            keys
            | nested
            | self.wire_names
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
        body = dict(binding.encode(own))
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
