"""The decision: what is wanted (D) × what the lockfile knows (L) × what is live (V) → a plan, as a value.

    D  L  V                     op                       reason
    ✔  –  –                     create                   new
    ✔  –  ✔ same name, parent   blocked                  twin
    any, open intent            blocked                  unknown
    ✔  ✔  –                     blocked, or create       vanished, or recreate
    ✔  ✔  ✔                     – update blocked         edited, drifted, both, replace, contract
    –  ✔  ✔                     disable delete forget    removed (removal.py)
    –  ✔  –                     forget                   gone
    –  –  ✔                     nothing                  counted as unmanaged

Pure: the same inputs give the same bytes. `reason` explains, nothing decides by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.canonical import digest as hash_of
from reconciler.contracts.contract import Binding, Contract
from reconciler.kinds.registry import KINDS
from reconciler.model import OPS, Address, Change, Entry, FieldChange, LiveObject, LockEntry, Plan, Resource, Side
from reconciler.plan.diff import changed_fields

_LONGEST_NAME = 470
"""Characters of a name that are kept beside what is added to it; the API takes 512."""
ABSENT = object()
"""Applied value of a field that was never applied."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything a plan depends on."""

    contract: Contract
    advertiser_id: str
    currency: str | None
    now: float
    """Seconds since the epoch."""
    desired: Mapping[Address, Resource]
    entries: Mapping[Address, LockEntry]
    live: Mapping[str, Mapping[str, LiveObject]]
    """Kind → id → object; what was created a moment ago and is not listed yet is in it, as it was sent."""
    names: Mapping[str, Mapping[tuple[str | None, str], list[str]]]
    """Kind → (parent id, name) → ids."""
    open: frozenset[Address] = frozenset()
    """Addresses with an earlier write of unknown outcome."""
    recreate: frozenset[Address] = frozenset()
    replace: frozenset[Address] = frozenset()
    """Addresses whose object may be replaced by a new one, with all that is below them."""
    blocked: Mapping[Address, tuple[str, str, str]] = field(default_factory=dict)
    """Address → (reason, code, hint): what something else than its own fields stands in the way of."""
    delete_hold_days: int = 7
    allowances: tuple[str, ...] = ()

    def object_of(self, address: Address) -> LiveObject | None:
        """The live object the lockfile binds to the address."""
        entry = self.entries.get(address)
        return self.live.get(address.kind, {}).get(entry.id) if entry else None


@dataclass(slots=True)
class Draft:
    """A plan while it is being made."""

    changes: list[Change] = field(default_factory=list)
    entries: dict[Address, Entry | None] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    unchanged: int = 0
    replaced: set[Address] = field(default_factory=set)
    """What gets a new object, and so does everything below it."""


def sort_key(address: Address) -> tuple[int, str]:
    """Parents first, then by name."""
    return KINDS[address.kind].rank, address.name


def decide(basis: Basis) -> Draft:
    """The rows for everything the manifests declare. What only the lockfile knows is `removal.decide`."""
    draft = Draft()
    for address in sorted((one for one in basis.desired if one.kind in basis.contract.bindings), key=sort_key):
        _decide(basis.desired[address], basis, draft)
    return draft


def _decide(resource: Resource, basis: Basis, draft: Draft) -> None:
    address = resource.address
    entry = basis.entries.get(address)
    if address in basis.open:
        draft.changes.append(unknown(address, entry, resource))
    elif address in basis.blocked:
        reason, code, hint = basis.blocked[address]
        draft.changes.append(
            Change(address, "blocked", reason, entry.id if entry else None, (), resource.source, code, hint)
        )
    elif entry is None:
        draft.changes.append(_create_or_twin(resource, basis))
    else:
        live = basis.object_of(address)
        if live is not None:
            _compare(resource, entry, live, basis, draft)
        elif address in basis.recreate:
            draft.changes.append(_create(resource, "recreate"))
        else:
            draft.changes.append(_vanished(resource, entry))


def unknown(address: Address, entry: LockEntry | None, resource: Resource | None = None) -> Change:
    """The row of an address whose last write has no known outcome."""
    source = resource.source if resource else None
    hint = (
        "an earlier write has no known outcome: `reconciler apply` settles it, `reconciler recover` shows the evidence"
    )
    if address.kind == "refresh":
        hint = "a lost task cannot be told from a stranger's: `reconciler recover` shows what there is, and you decide"
    return Change(address, "blocked", "unknown", entry.id if entry else None, (), source, "R703", hint)


def _create(resource: Resource, reason: str) -> Change:
    kind = KINDS[resource.address.kind]
    values: dict[str, Any] = {kind.name_field: resource.name, **resource.fields}
    if kind.parent_field and resource.parent:
        values[kind.parent_field] = resource.parent.name
    fields = tuple(FieldChange(path, None, values[path]) for path in sorted(values))
    return Change(resource.address, "create", reason, None, fields, resource.source)


def _create_or_twin(resource: Resource, basis: Basis) -> Change:
    parent_id = None
    if resource.parent:
        parent = basis.entries.get(resource.parent)
        if parent is None:
            return _create(resource, "new")
        parent_id = parent.id
    twins = basis.names.get(resource.address.kind, {}).get((parent_id, resource.name), [])
    if not twins:
        return _create(resource, "new")
    kind = KINDS[resource.address.kind]
    bound = {entry.id: address for address, entry in basis.entries.items() if address.kind == resource.address.kind}
    holders = [str(bound[one]) for one in twins if one in bound]
    if basis.live.get(resource.address.kind, {}).get(twins[0], LiveObject("", "", None, {})).foreign:
        hint = f"it is of Smart+, which is never written here: set another {kind.name_field}"
    elif holders:
        hint = (
            f"{holders[0]} already manages it: `reconciler state mv {holders[0]} {resource.address}`, or another name"
        )
    else:
        hint = f"take it over: `reconciler adopt {resource.address} {twins[0]}`, or set another {kind.name_field}"
    fields = (FieldChange(kind.name_field, resource.name, resource.name),)
    return Change(resource.address, "blocked", "twin", twins[0], fields, resource.source, "R701", hint)


def _vanished(resource: Resource, entry: LockEntry) -> Change:
    hint = f"make it anew with `--recreate {resource.address}`, or remove the manifest"
    return Change(resource.address, "blocked", "vanished", entry.id, (), resource.source, "R702", hint)


def _compare(resource: Resource, entry: LockEntry, live: LiveObject, basis: Basis, draft: Draft) -> None:
    binding = basis.contract.bindings[resource.address.kind]
    managed = {
        path: value for path, value in resource.fields.items() if path not in resource.lifecycle.ignore
    } if resource.lifecycle.ignore else resource.fields  # fmt: skip
    have = _readings(managed, entry, live, binding, KINDS[resource.address.kind].unordered)
    after = replace(
        entry,
        applied=managed,
        on_remove=resource.lifecycle.on_remove,
        protect=resource.lifecycle.protect,
        source=resource.source,
        removed_at=None,
        unpaused=False,
    )
    parent = basis.entries.get(entry.parent) if entry.parent else None
    elsewhere = parent is not None and live.parent is not None and live.parent != parent.id
    if parent and elsewhere and not _is_left(resource, live, parent, basis, draft):
        hint = (
            f"the lockfile says it belongs to {entry.parent} ({parent.id}), live it belongs to {live.parent}; "
            f"`--replace {resource.address}` makes a new one there and pauses this one"
        )
        row = Change(resource.address, "blocked", "binding", entry.id, (), resource.source, "R713", hint)
        draft.changes.append(row)
        return
    if live.foreign:
        hint = f"Smart+ manages it now: `reconciler state rm {resource.address}` lets it go"
        row = Change(resource.address, "blocked", "foreign", entry.id, (), resource.source, "R722", hint)
        draft.changes.append(row)
        return
    if _replacing(resource, entry, have, managed, basis, draft, elsewhere):
        return
    if not _leaves(resource.address, entry, basis):
        after = replace(after, replaces=None)
    for path in sorted(entry.applied.keys() - managed.keys()):
        draft.warnings.append(f"{resource.address}: {path} is no longer managed; its live value stays as it is")
    kind = KINDS[resource.address.kind]
    moved = resource.parent != entry.parent
    unborn = entry.unpaused and live.fields.get("status") != "DISABLE"
    before = _running_before(resource.address, entry, basis)
    # Renamed for a successor that nobody wants any more.
    nameless = kind.name_field not in managed and live.name.endswith(replaced_name("", entry.id))
    if not (moved or unborn or before or nameless) and all(have[path] == value for path, value in managed.items()):
        draft.unchanged += 1
        if after != entry:
            draft.entries[resource.address] = after
        return
    fields = [
        FieldChange(
            path, have[path], managed[path], side_of(entry.applied.get(path, ABSENT), have[path], managed[path])
        )
        for path in changed_fields(have, managed)
    ]
    if nameless:
        fields.append(FieldChange(kind.name_field, live.name, resource.name))
    if unborn and "status" not in managed:
        fields.append(FieldChange("status", live.fields.get("status"), "DISABLE"))
    if moved:
        old = entry.parent.name if entry.parent else None
        new = resource.parent.name if resource.parent else None
        fields.append(FieldChange(kind.parent_field or "parent", old, new))
    if unborn or before:
        # What is unfinished comes first, whatever else cannot be done: nothing must stay enabled by accident.
        late = [one.path for one in fields if one.path not in binding.updatable]
        fields = [one for one in fields if one.path in binding.updatable]
        draft.warnings += [
            f"{resource.address}: {path} is fixed after creation; what is unfinished comes first" for path in late
        ]
    if before:
        row = Change(
            resource.address, "replace", "unfinished replacement", before, tuple(sorted(fields)), resource.source
        )
        draft.changes.append(row)
        return
    draft.changes.append(_update(resource, entry, tuple(sorted(fields)), unborn, binding))


def _is_left(resource: Resource, live: LiveObject, parent: LockEntry, basis: Basis, draft: Draft) -> bool:
    """Whether it is under its parent's predecessor because a replacement has not come to it, or may be replaced."""
    return live.parent == parent.replaces or resource.parent in draft.replaced or resource.address in basis.replace


def _leaves(address: Address, entry: LockEntry, basis: Basis) -> bool:
    """Whether anything that is declared is still under the object it replaces."""
    return entry.replaces is not None and any(
        held.parent == address and one in basis.desired and (live := basis.object_of(one)) is not None
        and live.parent == entry.replaces
        for one, held in basis.entries.items()
    )  # fmt: skip


def replaced_name(name: str, identity: str) -> str:
    """The name of an object that has given its own to a successor."""
    return f"{name[:_LONGEST_NAME]} (replaced {identity})"


def _running_before(address: Address, entry: LockEntry, basis: Basis) -> str | None:
    """The id of an object it replaces that is not paused yet."""
    old = basis.live.get(address.kind, {}).get(entry.replaces or "")
    return old.id if old is not None and old.fields.get("status") != "DISABLE" else None


def _replacing(
    resource: Resource,
    entry: LockEntry,
    have: Mapping[str, Any],
    managed: Mapping[str, Any],
    basis: Basis,
    draft: Draft,
    elsewhere: bool,
) -> bool:
    """Add the row of an object that gets a successor."""
    address = resource.address
    above = elsewhere or resource.parent in draft.replaced
    if address not in basis.replace and not above:
        return False
    if "status" not in basis.contract.bindings[address.kind].updatable and not above:
        hint = "this contract cannot pause the old one: declare a new resource under another name"
        draft.changes.append(Change(address, "blocked", "contract", entry.id, (), resource.source, "R705", hint))
        return True
    kind = KINDS[address.kind]
    values = {kind.name_field: resource.name, **resource.fields}
    have = {path: value for path, value in have.items() if path in managed}
    if kind.parent_field and resource.parent:
        values[kind.parent_field] = resource.parent.name
        have[kind.parent_field] = entry.parent.name if entry.parent else None
    fields = tuple(FieldChange(path, have.get(path), values[path]) for path in sorted(values))
    reason = "parent replaced" if above else "replace on demand"
    draft.replaced.add(address)
    draft.changes.append(Change(address, "replace", reason, entry.id, fields, resource.source))
    return True


def _readings(
    managed: Mapping[str, Any], entry: LockEntry, live: LiveObject, binding: Binding, unordered: frozenset[str]
) -> dict[str, Any]:
    """The value to compare each managed field with: the live one, or the applied one where the API shows none."""
    found: dict[str, Any] = {}
    for path in managed:
        if path in live.fields or path in binding.readable:
            value = live.fields.get(path)
            found[path] = tuple(sorted(value, key=str)) if path in unordered and isinstance(value, tuple) else value
        else:
            found[path] = entry.applied.get(path)
    return found


def side_of(applied: Any, live: Any, desired: Any) -> Side:
    """Who changed a field since it was last applied."""
    ours = applied is ABSENT or applied != desired
    theirs = applied is not ABSENT and live != applied
    return "both" if ours and theirs else "theirs" if theirs else "ours"


def _update(
    resource: Resource, entry: LockEntry, fields: tuple[FieldChange, ...], unborn: bool, binding: Binding
) -> Change:
    row = Change(resource.address, "update", _reason(fields, unborn), entry.id, fields, resource.source)
    fixed = [
        change.path
        for change in fields
        if change.path == KINDS[resource.address.kind].parent_field or _is_fixed(change, binding)
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


def _is_fixed(change: FieldChange, binding: Binding) -> bool:
    """Whether the contract has no call for this change of a field."""
    if change.path not in binding.updatable:
        # A field that only `extra` knows.
        return change.path in binding.fields or not binding.open_ended
    only_emptied = change.path in binding.clearable and bool(change.new)
    return only_emptied or (change.path in binding.stuck and binding.stuck[change.path] == change.old)


def _reason(fields: Iterable[FieldChange], unborn: bool) -> str:
    if unborn:
        return "unfinished birth"
    sides = {change.side for change in fields}
    return "edited" if sides == {"ours"} else "drifted" if sides == {"theirs"} else "both"


def bound(change: Change) -> dict[str, Any]:
    """What an approval binds to of one row; a refresh adds generation, inputs and number of submits."""
    work = change.work
    refresh = {"generation": work.generation, "inputs": work.inputs, "submits": len(work.submits)} if work else {}
    return {
        "address": str(change.address),
        "op": change.op,
        "id": change.id,
        "fields": [{"path": one.path, "old": one.old, "new": one.new} for one in change.fields],
        **refresh,
    }


def unmanaged(basis: Basis) -> int:
    """Live objects that no lockfile entry binds."""
    bound = {(address.kind, entry.id) for address, entry in basis.entries.items()}
    return sum((kind, one) not in bound for kind, objects in basis.live.items() for one in objects)


def summary(plan: Plan) -> dict[str, int]:
    """Rows by op, and the counts of what is not a row."""
    counts: dict[str, int] = dict.fromkeys(OPS, 0)
    for change in plan.changes:
        counts[change.op] += 1
    return {**counts, "unchanged": plan.unchanged, "untargeted": plan.untargeted, "unmanaged": plan.unmanaged}


def digest(plan: Plan) -> str:
    """What an approval binds to: everything that would be sent, and nothing that only explains."""
    return hash_of(
        {
            "contract": plan.contract,
            "advertiser_id": plan.advertiser_id,
            "changes": [bound(change) for change in plan.changes if change.op != "blocked"],
            "allowances": list(plan.allowances),
        }
    )
