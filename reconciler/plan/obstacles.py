"""What stands in the way of a row, in words: each row that cannot be says the one next step that works. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, FieldChange, LiveObject, LockEntry, Resource, Source
from reconciler.plan.basis import Basis


def twin(
    resource: Resource,
    twins: Sequence[str],
    basis: Basis,
) -> Change:
    """A new resource, where objects of its parent and name are live. `twins`: their ids, at least one."""
    bound = basis.bound
    address, kind = resource.address, KINDS[resource.address.kind]
    live = basis.live.get(address.kind, {})
    writable = [one for one in twins if not (one in live and live[one].foreign)]
    found = (writable or twins)[0]
    holders = [str(bound[kind.short, one]) for one in twins if (kind.short, one) in bound]
    others = {live[one].contract for one in twins if one in live} - {resource.contract, ""}
    if others and not holders and writable:
        hint = f"it is of `contract: {others.pop()}`: take it over as such, or set another {kind.name_field}"
    elif not writable:
        hint = f"it was made by Smart+, whose objects are never written here: set another {kind.name_field}"
    elif holders:
        hint = f"{holders[0]} already manages it: `reconciler state mv {holders[0]} {address}`, or another name"
    else:
        # A document of a module or with a matrix stands for many: `adopt` in it would claim one object for all.
        line = f'`adopt: "{found}"` beside its name, or ' if basis.stands_alone(resource) else ""
        hint = f"take it over with {line}`reconciler adopt {address} {found}`; or set another {kind.name_field}"
    fields = (FieldChange(kind.name_field, resource.name, resource.name),)
    return Change(address, "blocked", "twin", found, fields, resource.source, "R701", hint)


def foreign(resource: Resource, entry: LockEntry) -> Change:
    """What is bound belongs to Smart+, whose objects the calls used here never write."""
    hint = (
        "Smart+ manages it, and these calls never write it: remove its manifest and all below it; the next apply "
        "forgets them and sends nothing"
    )
    return Change(resource.address, "blocked", "foreign", entry.id, (), resource.source, "R722", hint)


def half_listed(address: Address, entry: LockEntry, source: Source | None) -> Change:
    """Its own list has lost what the other family's still shows: no evidence of anything."""
    hint = (
        f"the lists of its family do not name {entry.id}, or what is above it, while a list of the other family does: "
        "nothing is decided on such an answer; plan again"
    )
    return Change(address, "blocked", "not listed", entry.id, (), source, "R702", hint)


def another_family(resource: Resource, entry: LockEntry, live: LiveObject) -> Change:
    """What is bound is of another contract than the manifest says: the calls of the one never write the other's."""
    hint = (
        f"{entry.id} is an object of `contract: {live.contract}`, the manifest is of {resource.contract}: write "
        f"`contract: {live.contract}` beside `kind`, or give the new object another name in the manifests"
    )
    return Change(resource.address, "blocked", "foreign", entry.id, (), resource.source, "R722", hint)


def ended(resource: Resource, entry: LockEntry) -> Change:
    """What is wanted to run is over for good."""
    hint = (
        "FROZEN is final, no call enables it again: write `status: DISABLE`, or make a new one with "
        f"`--replace {resource.address}`"
    )
    return Change(resource.address, "blocked", "ended", entry.id, (), resource.source, "R725", hint)
