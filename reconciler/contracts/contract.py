"""What a contract is: data about each kind's calls, and the few functions that turn fields into a request and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from reconciler.contracts.binding import Binding
from reconciler.contracts.places import Materials, Token
from reconciler.contracts.refresh import SUBMIT
from reconciler.contracts.reports import REPORTS, Reports
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


def missing(field: str, why: str) -> Broken:
    """A field that must be set."""
    return Broken(
        field, f"`{field.rpartition('.')[2]}` is missing: {why}", f"add `{field.rpartition('.')[2]}:` here", "R202"
    )


def _deleted(row: Fields) -> bool:
    return row.get("status") == "DELETE"


def _never_late(kind: str, sent: Fields, live: Fields, now: float) -> Iterable[Broken]:
    return ()


def _no_rules(kind: str, fields: Fields, above: Fields | None, currency: str | None) -> Iterable[Broken]:
    return ()


class Contract(Struct, frozen=True):
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
    status_field: str = "status"
    """The name of `status` on the wire."""
    foreign: Callable[[Fields], bool] = lambda row: False
    """Whether a row is of an object these calls must not write."""
    gone: Callable[[Fields], bool] = _deleted
    """Whether a row is of an object that was deleted, by itself or with what it belongs to."""
    part_of: Callable[[Fields], str | None] = lambda row: None
    """The id of the object of another contract that a row is a part of."""
    most_children: int | None = None
    """Objects that may be under one parent."""
    never: Mapping[str, str] = field(default_factory=dict)
    """Body field that `extra` must not name → why."""
    spread: frozenset[str] = frozenset()
    """Fields of which all objects under one parent have the same value: one that is changed is changed on all."""
    pure: bool = False
    """Whether its listings show nothing but its own objects."""
    caps: bool = False
    """Whether a campaign's budget only limits those of its ad groups, where they do not share it."""
    ends: Callable[[str, Fields, float], tuple[str, bool] | None] = lambda kind, fields, now: None
    """(kind, fields of a create, seconds since the epoch) → what the platform has announced about such creates, and
    whether it is known to refuse this one."""

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
        if binding.create_token:
            body["request_id"] = Token()
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

    def statuses(self, kind: str, advertiser: str, status: str, ids: Sequence[str]) -> Call:
        """The call that sets the status of several objects; of one alone where the contract's call takes one."""
        binding = self.bindings[kind]
        if binding.status_path is None:
            body = {"advertiser_id": advertiser, binding.id_key: ids[0], self.status_field: status}
            return Call("POST", binding.update_path or "", body)
        named = {f"{binding.id_key}s": list(ids), self.status_field: status}
        return Call("POST", binding.status_path, {"advertiser_id": advertiser, **named})

    def items(self, address: Address, advertiser: str, status: str, creatives: Sequence[Fields]) -> Call:
        """The call that sets the status of single creatives of an object, and touches no list."""
        binding = self.bindings[address.kind]
        if binding.items_path is None:
            raise ValueError(f"{self.name} has no call for the creatives of a {address.kind}")
        named = {"ad_material_ids": Materials(address, status, tuple(creatives)), self.status_field: status}
        return Call("POST", binding.items_path, {"advertiser_id": advertiser, binding.id_key: Ref(address), **named})

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
