"""What a contract is: data about each kind's calls, and the few functions that turn fields into a request and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.contracts.refresh import SUBMIT
from reconciler.contracts.reports import REPORTS, Reports
from reconciler.model import Address, Call, Fields, Ref

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Binding:
    """One kind in one contract. Field names are ours; `wire` maps the few that the API calls otherwise."""

    list_path: str
    create_path: str
    id_key: str
    name_field: str
    parent_key: str | None
    create_answers_id: bool
    """Whether a successful create promises the new object's id."""
    readable: frozenset[str]
    """Fields a listing shows."""
    money: frozenset[str]
    updatable: frozenset[str]
    """Fields `update_path` can change; every other is fixed after creation."""
    update_path: str | None = None
    modified_key: str | None = None
    created_key: str | None = None
    rate: str = "default"
    """The rate class of `create_path`."""
    next_step: str = ""
    """For a change this contract has no call for: what a person can do instead."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One way the API speaks."""

    name: str
    bindings: Mapping[str, Binding]
    refused: Mapping[tuple[str, str], str]
    """(kind, field of a spec) → why this contract cannot take it, and the next best step."""
    other_values: Mapping[str, str]
    """Enum values of the other contract → ours."""
    filters: Callable[[Binding, Fields], Fields]
    """(binding, {"ids": [...], "parent": id}) → query parameters that narrow a listing."""
    page_size: int = 1000
    status_field: str = "status"
    """The name of `status` on the wire."""

    @property
    def own_fields(self) -> frozenset[str]:
        """Body fields the tool sends itself; `extra` cannot name them."""
        keys = {one.id_key for one in self.bindings.values()} | {one.parent_key or "" for one in self.bindings.values()}
        return frozenset(keys | {"advertiser_id", "status", "operation_status", "request_id"})

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
        body: dict[str, Any] = {"advertiser_id": advertiser}
        if binding.parent_key and parent:
            body[binding.parent_key] = Ref(parent)
        body.update((name, value) for name, value in fields.items() if name != "status")
        return Call("POST", binding.create_path, body)

    def update(self, address: Address, advertiser: str, fields: Fields) -> Call:
        """The call that changes `fields` of one object, and nothing else."""
        binding = self.bindings[address.kind]
        if binding.update_path is None:
            raise ValueError(f"{self.name} cannot update a {address.kind}")
        body = {"advertiser_id": advertiser, binding.id_key: Ref(address)}
        body.update((self.status_field if name == "status" else name, value) for name, value in fields.items())
        return Call("POST", binding.update_path, body)

    def rate_class(self, path: str) -> str:
        """The rate class a path counts in."""
        if path == SUBMIT:
            return "refresh_create"
        return next((one.rate for one in self.bindings.values() if one.create_path == path), "default")
