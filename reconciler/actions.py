"""Plan → the ordered actions that carry it out. Pure; ids that are not known yet stay references.

lower      pauses, disables and lowered budgets first: a run that stops leaves a cheaper account
create     parents before children, each campaign paused directly after its create
change     other edits
delete     after a hold, see removal.py
enable     last of all that is sent
forget     nothing is sent
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from reconciler.kinds.registry import KINDS
from reconciler.model import Action, Address, Change, Entry, LockEntry, Plan, Resource, Verb
from reconciler.plan import Basis
from reconciler.removal import descendants

LOWER, CREATE, CHANGE, DELETE, ENABLE, FORGET = 0, 10, 30, 40, 50, 60


def compile_plan(plan: Plan, basis: Basis, now: str) -> list[Action]:
    """Every action of the plan, in the order to send them. `now`: time stamp for `removed_at`, UTC."""
    actions: list[Action] = []
    for change in plan.changes:
        if change.op == "create":
            actions += _create(change, basis)
        elif change.op == "update":
            actions += _update(change, basis)
        elif change.op in ("disable", "delete", "forget"):
            actions.append(_remove(change, basis, now))
    # Nothing is enabled before all that is planned to be made below it is there.
    below = _made_below(plan, basis)
    actions = [
        replace(one, after=(one.address, *below.get(one.address, ()))) if one.verb == "enable" else one
        for one in actions
    ]
    # Stable: inside a stage the plan's own order stays, and a campaign's pause stays behind its create.
    return sorted(actions, key=lambda action: action.stage)


def _made_below(plan: Plan, basis: Basis) -> dict[Address, list[Address]]:
    """Address → everything the plan creates below it."""
    below: dict[Address, list[Address]] = {}
    for change in plan.changes:
        above = basis.desired[change.address].parent if change.op == "create" else None
        while above is not None:
            below.setdefault(above, []).append(change.address)
            above = basis.desired[above].parent
    return below


def managed(resource: Resource) -> dict[str, Any]:
    """The fields that are compared, and so remembered as applied."""
    return {path: value for path, value in resource.fields.items() if path not in resource.lifecycle.ignore}


def _entry(resource: Resource, applied: Mapping[str, Any], old: LockEntry | None = None) -> LockEntry:
    lifecycle = resource.lifecycle
    entry = old or LockEntry("", resource.parent, {})
    return replace(
        entry,
        parent=resource.parent,
        applied=applied,
        on_remove=lifecycle.on_remove,
        protect=lifecycle.protect,
        source=resource.source,
        removed_at=None,
    )


def _create(change: Change, basis: Basis) -> list[Action]:
    address = change.address
    resource = basis.desired[address]
    kind = KINDS[address.kind]
    governs = "status" in basis.contract.bindings[address.kind].updatable
    wanted = managed(resource)
    applied = {path: value for path, value in wanted.items() if path != "status"}
    fields = {kind.name_field: resource.name, **resource.fields}
    stage = CREATE + kind.stage
    made = replace(_entry(resource, applied), unpaused=governs)
    after = (resource.parent,) if resource.parent else ()
    call = basis.contract.create(address.kind, basis.advertiser_id, fields, resource.parent)
    sent = {path: value for path, value in fields.items() if path != "status"}
    actions = [Action(address, "create", stage, call, after, sent=sent, entries={address: made})]
    if governs:
        paused = {**applied, **({"status": "DISABLE"} if wanted.get("status") == "DISABLE" else {})}
        actions.append(_status(address, "pause", stage, basis, _entry(resource, paused)))
        if resource.fields.get("status") == "ENABLE":
            actions.append(_status(address, "enable", ENABLE, basis, _entry(resource, wanted)))
    return actions


def _update(change: Change, basis: Basis) -> list[Action]:
    address = change.address
    resource, old = basis.desired[address], basis.entries[address]
    wanted = managed(resource)
    new = {one.path: one.new for one in change.fields}
    status = new.pop("status", None)
    enables = status == "ENABLE" or (old.unpaused and wanted.get("status") == "ENABLE")
    applied = {path: value for path, value in wanted.items() if not (enables and path == "status")}
    expects = {one.path: one.old for one in change.fields}
    entry = _entry(resource, applied, old)
    actions = []
    if old.unpaused:
        # Its birth was interrupted between create and pause: that comes first of all, and only the pause says so.
        pause = _status(address, "pause", LOWER, basis, replace(entry, applied=old.applied, unpaused=False))
        actions.append(replace(pause, lowers=True))
        entry = replace(entry, unpaused=False)
        status = None
    if new or status == "DISABLE":
        sent = {**new, **({"status": status} if status == "DISABLE" else {})}
        lowers = status == "DISABLE"
        # What is paused spends nothing, whatever its budget.
        raises = False if lowers else _budget_moves(change)
        stage = LOWER if lowers or raises is False else CHANGE
        call = basis.contract.update(address, basis.advertiser_id, sent)
        actions.append(
            Action(
                address,
                "update",
                stage,
                call,
                raises=raises is True,
                lowers=stage == LOWER,
                sent=sent,
                expects={path: expects[path] for path in sent},
                entries={address: entry},
            )
        )
    if enables:
        last = _status(address, "enable", ENABLE, basis, replace(entry, applied=wanted))
        actions.append(replace(last, expects={} if old.unpaused else {"status": expects.get("status")}))
    return actions


def _budget_moves(change: Change) -> bool | None:
    """True: more may be spent; False: less; None: the budget stays."""
    for one in change.fields:
        if one.path == "budget":
            return one.old is None or Decimal(one.new) > Decimal(one.old)
    return None


def _remove(change: Change, basis: Basis, now: str) -> Action:
    address = change.address
    if change.op == "forget":
        return Action(address, "forget", FORGET, None, entries={address: None})
    old = basis.entries[address]
    below = [one for one in descendants(address, dict(basis.entries)) if one not in basis.desired]
    if change.op == "delete":
        action = _status(address, "delete", DELETE, basis, None)
        return replace(action, entries={address: None, **dict.fromkeys(below)})
    gone = replace(old, removed_at=now, unpaused=False, applied={**old.applied, "status": "DISABLE"})
    # What the campaign takes along is remembered with it.
    entries: dict[Address, Entry | None] = {address: gone}
    for one in below:
        if "status" not in basis.contract.bindings[one.kind].updatable and basis.entries[one].on_remove != "keep":
            entries[one] = replace(basis.entries[one], removed_at=now)
    if not change.fields:
        return Action(address, "disable", LOWER, None, entries=entries)
    expects = {one.path: one.old for one in change.fields}
    return replace(_status(address, "disable", LOWER, basis, gone), expects=expects, entries=entries)


_STATUS: Mapping[Verb, str] = {"pause": "DISABLE", "disable": "DISABLE", "enable": "ENABLE", "delete": "DELETE"}


def _status(address: Address, verb: Verb, stage: int, basis: Basis, entry: LockEntry | None) -> Action:
    sent = {"status": _STATUS[verb]}
    call = basis.contract.update(address, basis.advertiser_id, sent)
    return Action(
        address, verb, stage, call, (address,), raises=verb == "enable", lowers=verb == "disable", sent=sent,
        entries={address: entry},
    )  # fmt: skip
