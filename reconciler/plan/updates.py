"""An update → its calls: the pause first, then what lowers or changes, the enabling last. Pure.

An update that replaces carries everything it would otherwise set back: our other fields, and what others have set.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.contracts.binding import Binding
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, Fields, LiveObject, LockEntry, Number, Resource
from reconciler.plan.basis import Basis
from reconciler.plan.compare import managed_fields
from reconciler.plan.edges import awaited, placed
from reconciler.plan.lists import bare, base, merged, rewrites
from reconciler.plan.sending import (
    CHANGE,
    ENABLE,
    LOWER,
    WAKE,
    Action,
    covered,
    entry_of,
    status_action,
    switch_actions,
)


class _Edit(Struct, frozen=True):
    """One row, with everything its calls are made from."""

    change: Change
    resource: Resource
    old: LockEntry
    live: LiveObject | None
    binding: Binding
    stage: int

    @property
    def expects(self) -> dict[str, Any]:
        """The live values the plan saw."""
        return {one.path: one.old for one in self.change.fields}


def update(change: Change, basis: Basis) -> list[Action]:
    """Every action of a row, in the order of their stages."""
    address = change.address
    resource, old = basis.desired[address], basis.entries[address]
    binding, stage = basis.binding(address), KINDS[address.kind].descent
    edit = _Edit(change, resource, old, basis.object_of(address), binding, stage)
    wanted = managed_fields(resource)
    new = _changed(edit)
    status = new.pop("status", None)
    enables = status == "ENABLE" or (old.unpaused and wanted.get("status") == "ENABLE")
    applied = {path: value for path, value in wanted.items() if not (enables and path == "status")}
    entry = replace(entry_of(resource, applied, old), unpaused=False)
    actions = []
    if old.unpaused and not (edit.live is not None and edit.live.fields.get("status") == "DISABLE"):
        actions.append(_unfinished(edit, entry, basis))
        status = None
    if status == "DISABLE" and (binding.status_path or not new):
        actions.append(_pause(edit, entry, basis, more=bool(new)))
    if new:
        asleep = tuple(item for one in merged(resource, old, edit.live, binding) for item in one.sleeping)
        written = replace(entry, paused=asleep) if binding.keyed & new.keys() else entry
        together = {"status": status} if status == "DISABLE" and not binding.status_path else {}
        # What is paused spends nothing, whatever its budget.
        raises = False if status == "DISABLE" else _budget_moves(change)
        actions += _edits(edit, {**new, **together}, written, basis, raises=raises)
    actions += _switches(edit, entry, basis, more=bool(new))
    if enables:
        last = status_action(address, "enable", ENABLE, basis, replace(entry, applied=placed(wanted, resource)))
        actions.append(replace(last, expects={} if old.unpaused else {"status": edit.expects.get("status")}))
    return actions


def _changed(edit: _Edit) -> dict[str, Any]:
    """Field → the value that is sent; of a list to which others add, what the manifest says of it."""
    found = {one.path: one.new for one in edit.change.fields if base(one.path) == one.path}
    rewritten = {base(one.path) for one in edit.change.fields if base(one.path) != one.path and rewrites(one)}
    return {**found, **{path: edit.resource.fields[path] for path in rewritten}}


def _switches(edit: _Edit, entry: LockEntry, basis: Basis, *, more: bool) -> list[Action]:
    """Creatives that are switched on or off. A list that is written may wake what was paused in it, so that what is to
    be paused then is paused again, whoever paused it. What a pause sets is known before the rest (`more`) is."""
    address, actions = edit.change.address, list[Action]()
    for one in merged(edit.resource, edit.old, edit.live, edit.binding):
        mine = [each for each in edit.change.fields if base(each.path) == one.row.name]
        if not one.row.keyed or not mine:
            continue
        written = any(rewrites(each) for each in mine)
        wake = any(each.path.endswith("].status") and each.new == "ENABLE" for each in mine)
        pause = written or any(each.path.endswith("].status") and each.new == "DISABLE" for each in mine)
        after = replace(entry, paused=())
        placed_items = {status: _placed_all(items, edit) for status, items in one.statuses().items()}
        stage = CHANGE if written else LOWER + edit.stage
        early = {**edit.old.applied, one.row.name: entry.applied[one.row.name]}
        first = replace(after, applied=early) if more and not written else after
        found = list[Action]()
        if pause:
            found += switch_actions(address, basis, placed_items["DISABLE"], "DISABLE", stage, first)
        if wake:
            found += switch_actions(address, basis, placed_items["ENABLE"], "ENABLE", WAKE, after)
        seen = edit.live.modified if written and edit.live else None
        actions += [replace(each, unmodified=seen) for each in found]
    return actions


def _placed_all(items: Sequence[Fields], edit: _Edit) -> Sequence[Fields]:
    found: Sequence[Fields] = placed({"creatives": tuple(items)}, edit.resource)["creatives"]
    return found


def along(address: Address, own: Fields, basis: Basis, changed: Set[str]) -> dict[str, Any]:
    """What an update that replaces must carry with it: our other fields (`own`), and what others have set."""
    binding, live, resource = basis.binding(address), basis.object_of(address), basis.desired.get(address)
    unknown = own.keys() - binding.field.keys() if binding.open_ended else set()
    resent = binding.going_along(changed)
    ours = {path: value for path, value in own.items() if path in (resent | unknown) - changed}
    shown = live.fields if live else {}
    theirs = {
        path: value
        for path, value in shown.items()
        if path in resent - changed - ours.keys() and _is_set(value) and binding.goes_along(path, shown)
    }
    return {**theirs, **(placed(ours, resource) if resource else ours)}


def _is_set(value: Any) -> bool:
    """Whether a live value says anything: nulls, empty texts and lists, and zeros do not."""
    if isinstance(value, Number):
        return Decimal(value) != 0
    return isinstance(value, bool) or value not in (None, "", (), 0, "0")


def _unfinished(edit: _Edit, entry: LockEntry, basis: Basis) -> Action:
    """Its birth was interrupted between create and pause: that comes first of all, and only the pause says so."""
    kept = replace(entry, applied=edit.old.applied)
    return replace(status_action(edit.change.address, "pause", LOWER + edit.stage, basis, kept), lowers=True)


def _pause(edit: _Edit, entry: LockEntry, basis: Basis, *, more: bool) -> Action:
    """What a status call sets is known before the rest (`more`) is."""
    first = replace(entry, applied={**edit.old.applied, "status": "DISABLE"}) if more else entry
    pause = status_action(edit.change.address, "update", LOWER + edit.stage, basis, first)
    return replace(pause, after=(), lowers=True, expects={"status": edit.expects["status"]})


def _edits(edit: _Edit, new: Fields, entry: LockEntry, basis: Basis, *, raises: bool | None) -> list[Action]:
    """The fields themselves: a budget that changes alone by its own call, which touches nothing else."""
    if new.keys() == {"budget"} and edit.binding.budget_path:
        contract = basis.contract_of(edit.change.address)
        call = contract.budget(edit.change.address, basis.advertiser_id, new["budget"])
        action = Action(
            edit.change.address, "update", CHANGE, call, contract.name, sent=dict(new), expects=edit.expects
        )
    else:
        action = _whole_update(edit, new, basis)
    lower = raises is False
    # What names an object that is still to be made cannot go before it.
    stage = LOWER + edit.stage if lower and not action.after else CHANGE
    expects = {path: value for path, value in action.expects.items() if path != "status" or "status" in new}
    entries = {edit.change.address: entry}
    return [replace(action, stage=stage, raises=raises is True, lowers=lower, expects=expects, entries=entries)]


def _whole_update(edit: _Edit, new: Fields, basis: Basis) -> Action:
    """The call that takes any field, with all that goes along."""
    address, resource, live = edit.change.address, edit.resource, edit.live
    contract, own = basis.contract_of(address), managed_fields(resource)
    lists = {one.row.name: one for one in merged(resource, edit.old, live, edit.binding) if one.row.name in new}
    sent = placed({**new, **{path: one.written() for path, one in lists.items()}}, resource)
    carried = along(address, own, basis, sent.keys()) if not new.keys() <= edit.binding.patchable else {}
    body = covered(sent, resource.fields.get("ad_format", "")) if "image_ids" not in own else sent
    call = contract.update(address, basis.advertiser_id, body, carried, resource.parent)
    seen = {path: live.fields[path] for path in [*carried, *lists] if live and path in live.fields}
    expects = {**{path: value for path, value in edit.expects.items() if path in sent}, **seen}
    # An object that holds other fields is another one once they are changed.
    kept = {path: value for path, value in seen.items() if path not in body and not edit.binding.holds(path)}
    shown = {path: bare(value) if path in lists and lists[path].row.keyed else value for path, value in sent.items()}
    return Action(
        address, "update", CHANGE, call, contract.name, after=awaited(new, resource), sent=shown, kept=kept,
        expects=expects, unmodified=live.modified if live and lists else None,
    )  # fmt: skip


def _budget_moves(change: Change) -> bool | None:
    """True: more may be spent; False: less; None: the budget stays."""
    for one in change.fields:
        if one.path == "budget":
            return one.old is None or Decimal(one.new) > Decimal(one.old)
    return None
