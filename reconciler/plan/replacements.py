"""An object that gets a successor, by `--replace` or because what it belongs to does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from reconciler.canonical import normal_text
from reconciler.contracts.contract import OFF
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, FieldChange, LiveObject, LockEntry, Resource
from reconciler.plan.basis import Basis, Draft
from reconciler.plan.lists import of_new

_LONGEST_NAME = 470
"""Characters of a name that are kept beside what is added to it; the API takes 512."""


def replaced_name(name: str, identity: str) -> str:
    """The name of an object that has given its own to a successor."""
    return f"{name[:_LONGEST_NAME]} (replaced {identity})"


def is_left_behind(resource: Resource, live: LiveObject, parent: LockEntry, basis: Basis, draft: Draft) -> bool:
    """Whether it is under its parent's predecessor because a replacement has not come to it, or may be replaced."""
    return live.parent == parent.replaces or resource.parent in draft.replaced or resource.address in basis.replace


def leaves(address: Address, entry: LockEntry, basis: Basis) -> bool:
    """Whether anything that is declared is still under the object it replaces."""
    return entry.replaces is not None and any(
        (live := basis.object_of(one)) is not None and live.parent == entry.replaces
        for one in basis.children.get(address, ())
        if one in basis.desired
    )


def running_before(address: Address, entry: LockEntry, basis: Basis) -> str | None:
    """The id of an object it replaces that is not paused yet; None for what only its campaign stops."""
    if not entry.replaces or not basis.binding(address).governs:
        return None
    old = basis.live.get(address.kind, {}).get(entry.replaces)
    return old.id if old is not None and old.fields.get("status") not in OFF else None


def _named_so(resource: Resource, entry: LockEntry, basis: Basis) -> list[str]:
    """Ids of objects, other than the old one, that have the name of a successor under the parent it will have."""
    parent = basis.entries.get(resource.parent) if resource.parent else None
    key = (parent.id if parent else None, normal_text(resource.name))
    ids = basis.names.get(resource.address.kind, {}).get(key, [])
    return [one for one in ids if one not in (entry.id, entry.replaces)]


def replacement(resource: Resource, entry: LockEntry, have: Mapping[str, Any], basis: Basis, *, above: bool) -> Change:
    """The row of an object that gets a successor. `have`: the values of now of what is managed; `above`: its parent
    gets one, too."""
    address, kind = resource.address, KINDS[resource.address.kind]
    if not basis.binding(address).governs and not above:
        hint = "this contract cannot pause the old one: declare a new resource under another name"
        return Change(address, "blocked", "contract", entry.id, (), resource.source, "R705", hint)
    others = _named_so(resource, entry, basis)
    if others:
        wanted = FieldChange(kind.name_field, resource.name, resource.name)
        hint = f"{others[0]} has the name that the new one would take: set another {kind.name_field}"
        return Change(address, "blocked", "twin", others[0], (wanted,), resource.source, "R701", hint)
    values, old = {kind.name_field: resource.name, **resource.fields}, dict(have)
    if kind.parent_field and resource.parent:
        values[kind.parent_field] = resource.parent.name
        old[kind.parent_field] = entry.parent.name if entry.parent else None
    fields = tuple(one._replace(old=old.get(one.path)) for one in of_new(resource, values, basis.binding(address)))
    return Change(
        address, "replace", "parent replaced" if above else "replace on demand", entry.id, fields, resource.source
    )


def successor_again(resource: Resource, entry: LockEntry, before: str, basis: Basis) -> Change:
    """The row of a successor that vanished while what it replaces (`before`: its id) still runs: a new one is made, and
    that one is paused, as it was meant."""
    row = replacement(resource, entry, {}, basis, above=True)
    return row if row.op == "blocked" else replace(row, reason="recreate", id=before)
