"""What happens to objects whose manifest is gone. Pure; the rules of `lifecycle.on_remove`.

The lockfile remembers `on_remove` and `protect`, because the manifest is gone when they are needed:

    disable   disabled now; the entry stays with `removed_at`, and a manifest of that address takes the object up again
    delete    disabled now, deleted by a plan `delete_hold_days` later
    keep      forgotten, left as it is

Where the contract cannot disable a kind, its campaign governs it: removed with the campaign it needs no call, removed
alone it is a blocked row.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from reconciler.contracts.contract import OFF
from reconciler.model import Address, Change, FieldChange, LiveObject, LockEntry
from reconciler.plan import obstacles
from reconciler.plan.basis import Basis, Draft, sort_key, unknown
from reconciler.plan.renames import held_back
from reconciler.plan.replacements import running_before


def decide(basis: Basis, draft: Draft) -> None:
    """Add the rows for everything that only the lockfile knows, children before parents."""
    gone = sorted((one for one in basis.entries if one not in basis.desired), key=sort_key, reverse=True)
    rows: dict[Address, Change] = {}
    for address in reversed(gone):
        change = _row(address, basis.entries[address], basis, rows)
        if change:
            rows[address] = change
    staying = {entry.parent for address, entry in basis.entries.items() if not _forgotten(rows.get(address))}
    for address in gone:
        row = rows.get(address)
        if row is None:
            _retire(address, basis, draft, rows)
            continue
        if row.op == "forget" and address in staying:
            hint = "what belongs to it stays in the lockfile: set `on_remove: keep` there too, or keep its manifest"
            row = replace(row, op="blocked", reason="children", code="R707", hint=hint)
        draft.changes.append(row)


def _forgotten(row: Change | None) -> bool:
    return row is not None and row.op == "forget"


def _row(address: Address, entry: LockEntry, basis: Basis, rows: dict[Address, Change]) -> Change | None:
    """One row, or None when nothing is to be done (or its campaign does it)."""
    if address in basis.open:
        return unknown(address, entry)
    if held := held_back(address, basis):
        return held
    if basis.is_half_listed(address):
        return obstacles.half_listed(address, entry, None)
    live = basis.object_of(address)
    row = Change(address, "forget", "removed", entry.id)
    if live is None:
        return _left_running(row, entry, basis) or replace(row, reason="gone")
    if live.foreign:
        return replace(row, reason="foreign")
    if entry.on_remove == "keep":
        return row
    if not basis.binding(address).governs:
        if _governed(entry, basis, rows):
            return None
        hint = f"not possible in this contract; pause it in Ads Manager and `reconciler state rm {address}`, or keep it"
        return replace(row, op="blocked", reason="contract", code="R705", hint=hint)
    return _disable_or_delete(row, entry, live, basis)


def _disable_or_delete(row: Change, entry: LockEntry, live: LiveObject, basis: Basis) -> Change | None:
    status = live.fields.get("status")
    off = (FieldChange("status", status, "DISABLE"),) if status not in OFF else ()
    before = running_before(row.address, entry, basis)
    held = entry.removed_at is not None and _held_days(entry.removed_at, basis.now) >= basis.delete_hold_days
    due = entry.on_remove == "delete" and held and not (off or before)
    if entry.removed_at is not None and not (off or due or before):
        return None
    if entry.protect:
        return _protected(row)
    if due:
        return replace(row, op="delete", fields=(FieldChange("status", status, "DELETE"),))
    reason = "unfinished replacement" if before else "removed" if entry.removed_at is None else "drifted"
    return replace(row, op="disable", reason=reason, fields=off)


def _left_running(row: Change, entry: LockEntry, basis: Basis) -> Change | None:
    """Where a successor is gone, but what it was to replace still runs: that one is paused."""
    before = running_before(row.address, entry, basis)
    if before is None or entry.on_remove == "keep":
        return None
    if entry.protect:
        return _protected(row)
    off = FieldChange("status", basis.live[row.address.kind][before].fields.get("status"), "DISABLE")
    return replace(row, op="disable", reason="unfinished replacement", id=before, fields=(off,))


def _protected(row: Change) -> Change:
    hint = f"put the manifest back with `protect: false`, apply, then remove it: {row.address} is protected"
    return replace(row, op="blocked", reason="protected", code="R706", hint=hint)


def _governed(entry: LockEntry, basis: Basis, rows: dict[Address, Change]) -> bool:
    """Whether an ancestor that is removed too stops it from being shown."""
    parent = entry.parent
    while parent is not None and parent not in basis.desired:
        above = basis.entries[parent]
        row = rows.get(parent)
        if row is not None and row.op in ("disable", "delete"):
            return True
        if row is None and above.removed_at is not None:
            return True
        if row is not None:
            return False
        parent = above.parent
    return False


def _retire(address: Address, basis: Basis, draft: Draft, rows: dict[Address, Change]) -> None:
    """Without a row: remember when its campaign took it along, and say so once."""
    entry = basis.entries[address]
    if entry.removed_at is None:
        draft.warnings.append(f"{address} goes with its campaign: no call is made for it, and its entry stays")
    elif entry.on_remove == "delete" and basis.binding(address).governs:
        left = basis.delete_hold_days - _held_days(entry.removed_at, basis.now)
        draft.warnings.append(f"{address} is disabled and will be deleted by a plan in {left:.0f} days or later")


def _held_days(removed_at: str, now: float) -> float:
    return (now - datetime.fromisoformat(removed_at).timestamp()) / 86400
