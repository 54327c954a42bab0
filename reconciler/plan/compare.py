"""One object that is declared, known and live: what differs, and what becomes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import FINAL, OFF
from reconciler.kinds.registry import KINDS, Kind
from reconciler.model import Change, FieldChange, LiveObject, LockEntry, Resource, Side
from reconciler.plan import obstacles
from reconciler.plan.basis import Basis, Draft
from reconciler.plan.diff import changed_fields
from reconciler.plan.lists import base, merged, remembered, rewrites
from reconciler.plan.replacements import is_left_behind, leaves, replaced_name, replacement, running_before
from reconciler.plan.videos import DEFAULTS

ABSENT = object()
"""Applied value of a field that was never applied."""


class _Case(Struct, frozen=True):
    """One resource with its entry and its live object."""

    resource: Resource
    entry: LockEntry
    live: LiveObject
    kind: Kind
    binding: Binding
    managed: Mapping[str, Any]
    have: Mapping[str, Any]
    """The value to compare each managed field with."""

    def blocked(self, reason: str, code: str, hint: str) -> Change:
        """The row of something that stands in the way."""
        return Change(self.resource.address, "blocked", reason, self.entry.id, (), self.resource.source, code, hint)


def compare(resource: Resource, entry: LockEntry, live: LiveObject, basis: Basis, draft: Draft) -> None:
    """Add its row, or count it as unchanged."""
    contract = basis.contracts.of(resource.contract)
    kind, binding = KINDS[resource.address.kind], contract.bindings[resource.address.kind]
    managed = managed_fields(resource)
    if (
        _is_as_applied(resource, entry)
        and entry.applied == managed
        and (live.contract or contract.name) == contract.name
        and _is_shown(managed, live.fields, binding)
        and _is_in_place(resource, entry, live, basis, draft)
    ):
        # So it is with nearly all, and none of their fields need be looked at any closer.
        draft.unchanged += 1
        return
    have = _readings(managed, entry, live, binding)
    case = _Case(resource, entry, live, kind, binding, managed, have)
    parent = basis.entries.get(entry.parent) if entry.parent else None
    elsewhere = parent is not None and live.parent is not None and live.parent != parent.id
    if live.foreign and basis.is_half_listed(resource.address):
        draft.changes.append(obstacles.half_listed(resource.address, entry, resource.source))
    elif live.foreign:
        draft.changes.append(obstacles.foreign(resource, entry))
    elif live.contract and live.contract != contract.name:
        draft.changes.append(obstacles.another_family(resource, entry, live))
    elif parent and elsewhere and not is_left_behind(resource, live, parent, basis, draft):
        draft.changes.append(_elsewhere(case, parent))
    elif resource.address in basis.replace or elsewhere or resource.parent in draft.replaced:
        above = elsewhere or resource.parent in draft.replaced
        row = replacement(resource, entry, have, basis, above=above)
        if row.op == "replace":
            draft.replaced.add(resource.address)
        draft.changes.append(row)
    elif live.fields.get("status") == FINAL and managed.get("status") == "ENABLE":
        draft.changes.append(obstacles.ended(resource, entry))
    else:
        _settle(case, basis, draft)


def _is_as_applied(resource: Resource, entry: LockEntry) -> bool:
    """Whether the lockfile says of an object what its manifest says beside its fields, with nothing unfinished."""
    return (
        entry.source == resource.source
        and (entry.on_remove, entry.protect) == (resource.lifecycle.on_remove, resource.lifecycle.protect)
        and (resource.contract or entry.contract) == entry.contract
        and not (entry.unpaused or entry.removed_at or entry.replaces or entry.stored_as or entry.paused)
    )


def _is_shown(applied: Mapping[str, Any], shown: Mapping[str, Any], binding: Binding) -> bool:
    """Whether a listing shows what was applied, as far as it shows it, and no list among it that others add to."""
    if not binding.merged.isdisjoint(applied):
        return False
    for path, value in applied.items():
        if shown[path] != value if path in shown else path in binding.readable:
            return False
    return True


def _is_in_place(resource: Resource, entry: LockEntry, live: LiveObject, basis: Basis, draft: Draft) -> bool:
    """Whether an object is ours, under the name and the parent that it should have, and no successor is wanted."""
    # An object that has given its name to a successor has its id in it.
    if live.foreign or resource.parent != entry.parent or entry.id in live.name:
        return False
    if resource.address in basis.replace or resource.parent in draft.replaced:
        return False
    parent = basis.entries.get(entry.parent) if entry.parent else None
    return parent is None or live.parent is None or live.parent == parent.id


def managed_fields(resource: Resource) -> Mapping[str, Any]:
    """The fields that are compared, and so remembered as applied."""
    ignored = resource.lifecycle.ignore
    return (
        {path: value for path, value in resource.fields.items() if path not in ignored} if ignored else resource.fields
    )


def side_of(applied: Any, live: Any, desired: Any) -> Side:
    """Who changed a field since it was last applied."""
    ours = applied is ABSENT or applied != desired
    theirs = applied is not ABSENT and live != applied
    return "both" if ours and theirs else "theirs" if theirs else "ours"


def _settle(case: _Case, basis: Basis, draft: Draft) -> None:
    """The row of an object that stays: an update, the rest of something unfinished, or none."""
    resource, entry = case.resource, case.entry
    for path in sorted(entry.applied.keys() - case.managed.keys()) if entry.applied != case.managed else ():
        if entry.applied[path] == DEFAULTS.get(path, ABSENT):
            # Nobody has managed it: it went with the variant that the ad showed.
            continue
        draft.warnings.append(f"{resource.address}: {path} is no longer managed; its live value stays as it is")
    unborn = entry.unpaused and case.live.fields.get("status") not in OFF
    before = running_before(resource.address, entry, basis)
    fields = _differences(case, unborn=unborn)
    if not (fields or unborn or before):
        draft.unchanged += 1
        if not _is_recorded(case):
            after = _entry_after(case, basis)
            if after != entry:
                draft.entries[resource.address] = after
        return
    if unborn or before:
        # What is unfinished comes first, whatever else cannot be done: nothing must stay enabled by accident.
        late = [one.path for one in fields if base(one.path) not in case.binding.updatable]
        fields = [one for one in fields if base(one.path) in case.binding.updatable]
        draft.warnings += [
            f"{resource.address}: {path} is fixed after creation; what is unfinished comes first" for path in late
        ]
    told = tuple(sorted(fields))
    if before:
        draft.changes.append(
            Change(resource.address, "replace", "unfinished replacement", before, told, resource.source)
        )
    else:
        draft.changes.append(_update(case, told, unborn=unborn))


def _is_recorded(case: _Case) -> bool:
    """Whether the lockfile says of an object what `_entry_after` does: that of an unchanged one nearly always does, and
    to look is much faster than to make a copy and compare."""
    return (
        case.entry.applied == case.managed
        and _is_as_applied(case.resource, case.entry)
        and remembered(case.managed, case.live.fields, case.binding) in ((), case.entry.creatives)
    )


def _entry_after(case: _Case, basis: Basis) -> LockEntry:
    """What the lockfile says of an object that is as it should be."""
    resource, entry = case.resource, case.entry
    return replace(
        entry,
        applied=case.managed,
        on_remove=resource.lifecycle.on_remove,
        protect=resource.lifecycle.protect,
        source=resource.source,
        removed_at=None,
        unpaused=False,
        replaces=entry.replaces if leaves(resource.address, entry, basis) else None,
        contract=resource.contract or entry.contract,
        stored_as={path: pair for path, pair in entry.stored_as.items() if case.managed.get(path) == pair[0]},
        creatives=remembered(case.managed, case.live.fields, case.binding) or entry.creatives,
        paused=(),
    )


def _elsewhere(case: _Case, parent: LockEntry) -> Change:
    address = case.resource.address
    hint = (
        f"the lockfile says it belongs to {case.entry.parent} ({parent.id}), live it belongs to {case.live.parent}; "
        f"`--replace {address}` makes a new one there and pauses this one"
    )
    return case.blocked("binding", "R713", hint)


def _differences(case: _Case, *, unborn: bool) -> list[FieldChange]:
    """Every field whose value is to change."""
    resource, entry, live, have, managed = case.resource, case.entry, case.live, case.have, case.managed
    fields = [
        FieldChange(
            path, have[path], managed[path], side_of(entry.applied.get(path, ABSENT), have[path], managed[path])
        )
        for path in changed_fields(have, managed)
        if path not in case.binding.merged
    ]
    for one in merged(resource, entry, live, case.binding):
        changes = one.changes() if one.row.name in managed else []
        fields += changes + (one.kept() if any(rewrites(each) for each in changes) else [])
    if case.kind.name_field not in managed and live.name.endswith(replaced_name("", entry.id)):
        # Renamed for a successor that nobody wants any more.
        fields.append(FieldChange(case.kind.name_field, live.name, resource.name))
    if unborn and "status" not in managed:
        fields.append(FieldChange("status", live.fields.get("status"), "DISABLE"))
    if resource.parent != entry.parent:
        old = entry.parent.name if entry.parent else None
        new = resource.parent.name if resource.parent else None
        fields.append(FieldChange(case.kind.parent_field or "parent", old, new))
    return fields


def _readings(managed: Mapping[str, Any], entry: LockEntry, live: LiveObject, binding: Binding) -> dict[str, Any]:
    """The live value of each managed field, or the applied one where the API shows none."""
    found: dict[str, Any] = {}
    shown, applied, readable = live.fields, entry.applied, binding.readable
    for path in managed:
        found[path] = shown.get(path) if path in shown or path in readable else applied.get(path)
    for path, pair in entry.stored_as.items():
        if path in found and pair == (managed[path], found[path]):
            # What the platform made of our text is our text.
            found[path] = managed[path]
    if found.get("status") == FINAL and managed["status"] == "DISABLE":
        found["status"] = "DISABLE"
    return found


def _update(case: _Case, fields: tuple[FieldChange, ...], *, unborn: bool) -> Change:
    resource, binding = case.resource, case.binding
    row = Change(resource.address, "update", _reason(fields, unborn), case.entry.id, fields, resource.source)
    fixed = [
        one.path
        for one in fields
        if one.path == case.kind.parent_field or not binding.can_change(base(one.path), one.old, one.new)
    ]
    if not fixed:
        return row
    named = ", ".join(fixed)
    if binding.update_path is None:
        hint = f"{named}: not possible in this contract; {binding.next_step}"
        return replace(row, op="blocked", reason="contract", code="R705", hint=hint)
    hint = (
        f"{named} is fixed after creation: take the edit back, or make a new object with "
        f"`--replace {resource.address}`; the old one is paused, learning and history stay with it"
    )
    return replace(row, op="blocked", reason="replace", code="R704", hint=hint)


def _reason(fields: Iterable[FieldChange], unborn: bool) -> str:
    if unborn:
        return "unfinished birth"
    sides = {change.side for change in fields if change.old != change.new}
    return "edited" if sides == {"ours"} else "drifted" if sides == {"theirs"} else "both"
