"""Live objects that are to be bound to manifests: what may be, why not, and what the lockfile then says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from reconciler.contracts.binding import Binding
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, LiveObject, LockEntry, Resource
from reconciler.plan.basis import Basis, Draft, sort_key
from reconciler.plan.compare import compare
from reconciler.plan.lists import merged


class Hindrance(NamedTuple):
    """Why an object cannot be bound to a manifest, and what to do."""

    code: str
    message: str
    hint: str
    usage: bool = True
    """Whether it is in what is asked for, not in the object."""


Holders = dict[tuple[str, str], Address]
"""(kind, id) → the address that has it."""


def holders_of(entries: Mapping[Address, LockEntry]) -> Holders:
    """What the lockfile's entries hold."""
    return {(address.kind, entry.id): address for address, entry in entries.items()}


def hindrance(
    resource: Resource,
    identity: str,
    live: Mapping[str, LiveObject],
    entries: Mapping[Address, LockEntry],
    holders: Holders,
) -> Hindrance | None:
    """What stands in the way of binding the live object to the manifest. `live`: id → object of its kind; `holders`:
    of the entries."""
    address = resource.address
    bound = entries.get(address)
    if bound is not None and bound.id != identity:
        return Hindrance(
            "R508", f"it is already bound to {bound.id}", f"let go of it first: `reconciler state rm {address}`"
        )
    other = holders.get((address.kind, identity), address)
    if other != address:
        hint = f"write `moved: {{from: {other.name}}}` in place of it, or `reconciler state mv {other} {address}`"
        return Hindrance("R508", f"{identity} is already bound to {other}", hint)
    found = live.get(identity)
    if found is None:
        title = KINDS[address.kind].title
        return Hindrance(
            "R508", f"the account shows no {title} with the id {identity}", "check the id and the account", False
        )
    return _of_family(resource, found) or _of_parent(resource, found, entries)


def _of_family(resource: Resource, live: LiveObject) -> Hindrance | None:
    if live.contract and live.contract != resource.contract and not live.foreign:
        message = f"{live.id} is an object of `contract: {live.contract}`, the manifest is of {resource.contract}"
        return Hindrance(
            "R722", message, f"write `contract: {live.contract}` beside `kind`, with the fields of that contract", False
        )
    if live.foreign:
        message = f"{live.id} was made by Smart+ (its row or one above or below says so) and is never written here"
        hint = "declare it, and all above and below it, with `contract: smart_plus`; or remove this manifest"
        return Hindrance("R722", message, hint, False)
    return None


def _of_parent(resource: Resource, live: LiveObject, entries: Mapping[Address, LockEntry]) -> Hindrance | None:
    if resource.parent is None:
        return None
    parent = entries.get(resource.parent)
    if parent is None:
        hint = f"adopt its parent first: `reconciler adopt {resource.parent} {live.parent or 'ID'}`"
        return Hindrance("R508", f"its parent {resource.parent} is not bound", hint)
    if live.parent != parent.id:
        message = f"{live.id} belongs to {live.parent}, the manifest says {resource.parent} ({parent.id})"
        return Hindrance("R508", message, "correct the manifest's reference, or adopt another object")
    return None


def entry_of_live(resource: Resource, live: LiveObject, wanted: Resource, binding: Binding) -> LockEntry:
    """What is live counts as applied, and of lists what the manifest names, too: the rest is others', who keep it.
    What the API does not show is taken as it is declared. `wanted`: the resource with everything in it looked up."""
    ignored = resource.lifecycle.ignore
    applied = {path: live.fields.get(path, value) for path, value in resource.fields.items() if path not in ignored}
    lists = merged(wanted, None, live, binding)
    applied |= {one.row.name: one.shared for one in lists if one.live is not None and one.row.name not in ignored}
    return LockEntry(
        live.id, resource.parent, applied, resource.lifecycle.on_remove, resource.lifecycle.protect, resource.source,
        "adopted", contract=live.contract,
    )  # fmt: skip


def with_adoptions(basis: Basis, declared: Mapping[Address, Resource]) -> Basis:
    """The basis as if everything that manifests adopt were bound already, parents first.

    `declared`: the resources as their manifests say them, before anything in them was looked up.
    """
    entries, blocked, adopting = dict(basis.entries), dict(basis.blocked), set[Address]()
    holders = holders_of(entries)
    for address in sorted((one for one, found in declared.items() if found.adopt), key=sort_key):
        resource, bound = declared[address], entries.get(address)
        identity = resource.adopt or ""
        if address in basis.open or (bound is not None and identity in (bound.id, bound.replaces)):
            continue
        live = basis.live.get(address.kind, {})
        wrong = hindrance(resource, identity, live, entries, holders)
        if wrong is None:
            wanted = basis.desired.get(address, resource)
            entries[address] = entry_of_live(resource, live[identity], wanted, basis.binding(address))
            holders[address.kind, identity] = address
            adopting.add(address)
        else:
            hint = wrong.hint
            if bound is not None:
                hint = f"it is bound for good: take `adopt` out, or let go of it with `reconciler state rm {address}`"
            blocked[address] = ("not adopted", wrong.code, f"{wrong.message}: {hint}")
    return replace(basis, entries=entries, blocked=blocked, adopting=frozenset(adopting))


def adopt(resource: Resource, basis: Basis, draft: Draft) -> None:
    """Add the row of what is bound in this plan; what differs is listed, and changed by the next."""
    address, trial = resource.address, Draft()
    entry, live = basis.entries[address], basis.object_of(address)
    if live is not None:
        compare(resource, entry, live, basis, trial)
    fields = tuple(one for row in trial.changes for one in row.fields)
    for row in trial.changes:
        if row.op == "blocked":
            draft.warnings.append(f"{address}: once it is adopted, no plan can do what its manifest says: {row.hint}")
    draft.changes.append(Change(address, "adopt", "adopt", entry.id, fields, resource.source))
