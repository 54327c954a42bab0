"""Plan → the ordered actions that carry it out. Pure; ids that are not known yet stay references.

lower      pauses, disables and lowered budgets first, campaigns before what is in them: a run that stops leaves a
           cheaper account
rename     what is about to be replaced gives its name away
create     parents before children, each known to be paused before its first child is sent
change     other edits
retire     what was replaced is paused, once its successor and all below it are there
delete     after a hold, see removals.py
enable     last of all that is sent: ads, ad groups, campaigns
forget     nothing is sent
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from reconciler.contracts.contract import FINAL
from reconciler.contracts.places import Materials
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Asset, Change, Cover, Entry, LockEntry, Plan, Ref
from reconciler.plan.basis import Basis
from reconciler.plan.compare import managed_fields
from reconciler.plan.edges import awaited, inside, named, placed
from reconciler.plan.lists import bare, status_of
from reconciler.plan.renames import holder_of_name
from reconciler.plan.replacements import replaced_name, running_before
from reconciler.plan.sending import (
    CHANGE,
    CREATE,
    DELETE,
    ENABLE,
    FORGET,
    LOWER,
    RENAME,
    RETIRE,
    Action,
    covered,
    entry_of,
    object_entry,
    paused,
    status_action,
    switch_actions,
)
from reconciler.plan.updates import along, update


def compile_plan(plan: Plan, basis: Basis, now: str) -> list[Action]:
    """Every action of the plan, in the order to send them. `now`: time stamp for `removed_at`, UTC."""
    actions: list[Action] = []
    replaced = {change.address for change in plan.changes if change.op == "replace"}
    for change in plan.changes:
        if change.op == "create":
            actions += _create(change, basis)
        elif change.op == "replace":
            actions += _replace(change, basis, replaced)
        elif change.op == "update":
            actions += _after_names(update(change, basis), change, basis)
        elif change.op in ("disable", "delete", "forget"):
            actions += _remove(change, basis, now)
    # Nothing is enabled, and nothing replaced is paused, before all that is planned to be made below it is there;
    # nothing is enabled before what is to run below it does, and nothing replaced is paused before all that named it
    # names its successor.
    made, enabled = _made(plan, basis), [action.address for action in actions if action.verb == "enable"]
    below, naming = _below(made, basis), _naming(plan, basis)
    waits = {
        "enable": _below(dict.fromkeys([*made, *enabled]), basis),
        "retire": {one: [*below.get(one, ()), *naming.get(one, ())] for one in replaced},
    }
    actions = [
        replace(one, after=(one.address, *waits[one.verb].get(one.address, ())))
        if one.verb in waits and not one.lowers
        else one
        for one in actions
    ]
    left = _let_go(plan, basis)
    actions = [
        replace(one, stage=RETIRE, after=tuple(left[one.address]))
        if one.verb == "disable" and one.address in left
        else one
        for one in actions
    ]
    # Stable: inside a stage the plan's own order stays, and a campaign's pause stays behind its create.
    return sorted(actions, key=lambda action: action.stage)


def _after_names(actions: list[Action], change: Change, basis: Basis) -> list[Action]:
    """What takes a name waits until whoever has it has given it away."""
    holder = holder_of_name(change, basis)
    if holder is None:
        return actions
    named = KINDS[change.address.kind].name_field
    return [replace(one, after=(*one.after, holder)) if named in one.sent else one for one in actions]


def needs_video(action: Action) -> bool:
    """Whether a video, its cover or an image must be found before it can be sent."""
    return action.call is not None and any(True for _ in _places(action.call.body))


def assets_of(action: Action) -> tuple[Asset, ...]:
    """The videos and images it needs in the asset library, in the order of its call."""
    return tuple(one for one in _places(action.call.body) if isinstance(one, Asset)) if action.call else ()


def _places(value: Any) -> Iterator[Asset | Cover]:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _places(one)
    elif isinstance(value, Asset | Cover):
        yield value


def _made(plan: Plan, basis: Basis) -> list[Address]:
    """Everything the plan creates, or would if nothing stood in its way."""
    # What something else stands in the way of is still planned; its code says whether it is waited for.
    return [
        change.address
        for change in plan.changes
        if change.op in ("create", "replace")
        or (change.address in basis.blocked and change.address not in basis.entries)
    ]


def _below(rows: Iterable[Address], basis: Basis) -> dict[Address, list[Address]]:
    """Address → which of the rows are below it."""
    found: dict[Address, list[Address]] = {}
    for address in rows:
        above = basis.desired[address].parent
        while above is not None:
            found.setdefault(above, []).append(address)
            above = basis.desired[above].parent
    return found


def _naming(plan: Plan, basis: Basis) -> dict[Address, list[Address]]:
    """Address → the rows of what refers to it, beside what is below it."""
    found: dict[Address, list[Address]] = {}
    for change in plan.changes:
        resource = basis.desired.get(change.address)
        for target in named(resource).values() if resource else ():
            found.setdefault(target, []).append(change.address)
    return found


def _let_go(plan: Plan, basis: Basis) -> dict[Address, list[Address]]:
    """Address that is no longer declared → the rows that refer to something else from now on: they go first."""
    found: dict[Address, list[Address]] = {}
    for change in plan.changes:
        old = {one.path: one.old for one in change.fields} if change.op in ("update", "blocked") else {}
        for path, mark in KINDS[change.address.kind].references.items():
            # A parent is told by its name, everything else by its id.
            target = None if mark.nests else basis.bound.get((mark.kind, str(inside(old, ".".join(path)))))
            if target is not None and target not in basis.desired:
                found.setdefault(target, []).append(change.address)
    return found


def _create(change: Change, basis: Basis, replaces: str | None = None) -> list[Action]:
    address = change.address
    resource = basis.desired[address]
    kind, contract = KINDS[address.kind], basis.contract_of(address)
    binding = contract.bindings[address.kind]
    wanted = managed_fields(resource)
    applied = {path: value for path, value in wanted.items() if path != "status"}
    fields = placed({kind.name_field: resource.name, **resource.fields}, resource)
    stage = CREATE + kind.stage
    made = replace(entry_of(resource, applied), unpaused=binding.governs, replaces=replaces)
    asleep = {**applied, **({"status": "DISABLE"} if wanted.get("status") == "DISABLE" else {})}
    born = replace(entry_of(resource, asleep), replaces=replaces)
    above = (resource.parent,) if resource.parent else ()
    body = covered(fields, resource.fields.get("ad_format", ""))
    call = contract.create(address.kind, basis.advertiser_id, body, resource.parent)
    keyed = binding.keyed
    sent = {path: bare(value) if path in keyed else value for path, value in fields.items() if path != "status"}
    create = Action(
        address, "create", stage, call, contract.name, resource.parent, (*above, *awaited(resource.fields, resource)),
        sent=sent, entries={address: made},
    )  # fmt: skip
    if binding.born_paused:
        actions = [replace(create, born=born)]
    else:
        actions = [create, *([status_action(address, "pause", stage, basis, born)] if binding.governs else [])]
    paused_ones = [one for path in keyed & fields.keys() for one in fields[path] if status_of(one) == "DISABLE"]
    actions += switch_actions(address, basis, paused_ones, "DISABLE", CHANGE, None)
    if binding.governs and resource.fields.get("status") == "ENABLE":
        actions.append(status_action(address, "enable", ENABLE, basis, entry_of(resource, wanted)))
    return actions


def _replace(change: Change, basis: Basis, replaced: Collection[Address]) -> list[Action]:
    """A successor: the old one gives its name away, the new one is made and known to be right, the old one paused."""
    address = change.address
    old = basis.entries[address]
    before = change.id or ""
    live = basis.object_of(address)
    if before == old.replaces:
        # It has been made already, and may have vanished since.
        return _finish_replacing(change, basis, before) if live else _succeed(change, basis, before)
    actions = [*_retire_first(address, basis, replace(old, replaces=None)), *_give_name_away(change, basis, replaced)]
    ended = live is not None and live.fields.get("status") == FINAL
    return actions + (_create(change, basis) if ended else _succeed(change, basis, before))


def _succeed(change: Change, basis: Basis, before: str) -> list[Action]:
    """The new one is made, and then the old one (`before`) paused."""
    address = change.address
    actions = _create(change, basis, replaces=before)
    if basis.binding(address).governs:
        # Enabled is only what has no running predecessor.
        last = next(one for one in reversed(actions) if one.born or one.verb in ("pause", "enable"))
        done = last.born or last.entries[address]
        actions.append(_retire(address, before, basis, replace(paused(done), replaces=None)))
    return actions


def _retire_first(address: Address, basis: Basis, entry: LockEntry) -> list[Action]:
    """Where a replacement before was not finished, what it has left running is paused. `entry`: of the address then."""
    before = running_before(address, basis.entries[address], basis)
    if before is None:
        return []
    action = _retire(address, before, basis, entry)
    return [replace(action, stage=LOWER + KINDS[address.kind].descent, after=(), lowers=True)]


def _give_name_away(change: Change, basis: Basis, replaced: Collection[Address]) -> list[Action]:
    """Where names are guarded, the old one gets another before the new one takes it."""
    address, before = change.address, change.id or ""
    resource, old, live = basis.desired[address], basis.entries[address], basis.object_of(address)
    contract, binding = basis.contract_of(address), basis.binding(address)
    parent = basis.entries.get(resource.parent) if resource.parent else None
    stays = resource.parent not in replaced and (parent is None or live is None or live.parent == parent.id)
    if live is None or live.name != resource.name or not stays or not binding.update_path:
        return []
    name = replaced_name(resource.name, before)
    # Nothing but its name changes: the successor's values, and its parent, are not for this one.
    kept = along(address, old.applied, basis, {binding.name_field})
    kept = {path: live.fields.get(path, value) for path, value in kept.items()}
    call = contract.update(address, basis.advertiser_id, {binding.name_field: name}, kept, old.parent)
    sent = {binding.name_field: name}
    return [Action(address, "rename", RENAME, call, contract.name, sent=sent, entries={address: old}, id=before)]


def _finish_replacing(change: Change, basis: Basis, before: str) -> list[Action]:
    """A successor is there already: its predecessor is paused, and it becomes what the manifest says."""
    address, old = change.address, basis.entries[change.address]
    resource = basis.desired[address]
    updates = [
        replace(one, entries={address: replace(object_entry(one.entries[address]), replaces=None)})
        if one.verb == "enable"
        else one
        for one in update(change, basis)
    ]
    after = paused(entry_of(resource, managed_fields(resource), old)) if updates else old
    return [*updates, _retire(address, before, basis, replace(after, replaces=None))]


def _retire(address: Address, identity: str, basis: Basis, entry: LockEntry) -> Action:
    action = status_action(address, "retire", RETIRE, basis, replace(entry, id=""))
    call = basis.contract_of(address).status(address, basis.advertiser_id, "DISABLE", identity)
    return replace(action, call=call, id=identity)


def _remove(change: Change, basis: Basis, now: str) -> list[Action]:
    address = change.address
    if change.op == "forget":
        return [Action(address, "forget", FORGET, None, entries={address: None})]
    old = replace(basis.entries[address], replaces=None)
    if change.id is not None and change.id == basis.entries[address].replaces:
        # Its successor is gone: the address stands for the old one again, which is what is put away.
        action = _put_away(change, replace(old, id=change.id), basis, now)
        call = basis.contract_of(address).status(address, basis.advertiser_id, "DISABLE", change.id)
        return [replace(action, call=call, id=change.id)]
    return [*_retire_first(address, basis, old), _put_away(change, old, basis, now)]


def _put_away(change: Change, old: LockEntry, basis: Basis, now: str) -> Action:
    """The object itself, disabled or deleted; `old`: its entry until then."""
    address = change.address
    under = [one for one in basis.descendants(address) if one not in basis.desired]
    if change.op == "delete":
        action = status_action(address, "delete", DELETE, basis, None)
        return replace(action, entries={address: None, **dict.fromkeys(under)})
    gone = replace(old, removed_at=now, unpaused=False, applied={**old.applied, "status": "DISABLE"})
    # What the campaign takes along is remembered with it.
    entries: dict[Address, Entry | None] = {address: gone}
    for one in under:
        if not basis.binding(one).governs and basis.entries[one].on_remove != "keep":
            entries[one] = replace(basis.entries[one], removed_at=now)
    stage = LOWER + KINDS[address.kind].descent
    if not change.fields:
        return Action(address, "disable", stage, None, entries=entries)
    expects = {one.path: one.old for one in change.fields}
    return replace(status_action(address, "disable", stage, basis, gone), expects=expects, entries=entries)


def foreseen(stage: Sequence[Action], known: Container[Address]) -> list[Action]:
    """What of a stage can be announced before it begins: all that refers to no id that is still to come, as a pause
    after its own create does, or that is looked up when it is sent, as those of creatives. `known`: what has an id."""
    made = {one.address for one in stage if one.verb == "create"}

    def resolved(value: Any) -> bool:
        if isinstance(value, Ref):
            return value.address in known and value.address not in made
        if isinstance(value, Materials):
            return False
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
        return all(resolved(item) for item in inner)

    return [one for one in stage if one.call and resolved(one.call.body)]
