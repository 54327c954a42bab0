"""Plan → the ordered actions that carry it out. Pure; ids that are not known yet stay references.

lower      pauses, disables and lowered budgets first, campaigns before what is in them: a run that stops leaves a
           cheaper account
rename     what is about to be replaced gives its name away
create     parents before children, each known to be paused before its first child is sent
change     other edits
retire     what was replaced is paused, once its successor and all below it are there
delete     after a hold, see removal.py
enable     last of all that is sent: ads, ad groups, campaigns
forget     nothing is sent
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from reconciler.kinds.registry import KINDS
from reconciler.model import Action, Address, Asset, Change, Cover, Entry, Fields, LockEntry, Plan, Ref, Resource, Verb
from reconciler.plan.decide import Basis, replaced_name
from reconciler.plan.removals import descendants

LOWER, RENAME, CREATE, CHANGE, RETIRE, DELETE, ENABLE, FORGET = 0, 9, 10, 30, 35, 40, 50, 60


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
            actions += _update(change, basis)
        elif change.op in ("disable", "delete", "forget"):
            actions.append(_remove(change, basis, now))
    # Nothing is enabled, and nothing replaced is paused, before all that is planned to be made below it is there.
    below = _made_below(plan, basis)
    actions = [
        replace(one, after=(one.address, *below.get(one.address, ()))) if one.verb in ("enable", "retire") else one
        for one in actions
    ]
    # Stable: inside a stage the plan's own order stays, and a campaign's pause stays behind its create.
    return sorted(actions, key=lambda action: action.stage)


def needs_video(action: Action) -> bool:
    """Whether a video or its cover must be found before it can be sent."""
    return action.call is not None and any(True for _ in _places(action.call.body))


def assets_of(action: Action) -> set[Asset]:
    """The videos it needs in the asset library."""
    return {one for one in _places(action.call.body) if isinstance(one, Asset)} if action.call else set()


def _places(value: Any) -> Iterator[Asset | Cover]:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _places(one)
    elif isinstance(value, Asset | Cover):
        yield value


def _made_below(plan: Plan, basis: Basis) -> dict[Address, list[Address]]:
    """Address → everything the plan creates below it."""
    below: dict[Address, list[Address]] = {}
    for change in plan.changes:
        above = basis.desired[change.address].parent if change.op in ("create", "replace") else None
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
        applied=_placed(applied),
        on_remove=lifecycle.on_remove,
        protect=lifecycle.protect,
        source=resource.source,
        removed_at=None,
    )


def _placed(fields: Fields) -> Fields:
    """The fields with the place of a video whose id is not known yet."""
    use = fields.get("video")
    if not isinstance(use, Mapping):
        return fields
    if "refresh" in use:
        asset = Asset(Address("refresh", use["refresh"]), use["variant"], use["generation"])
    else:
        asset = Asset(Address("video", use["video"]))
    return {**fields, "video": asset}


def _covered(fields: Fields, shape: str) -> Fields:
    """A video needs a cover; where the manifest names none, the platform's first suggestion."""
    if shape != "SINGLE_VIDEO" or "video" not in fields or "image_ids" in fields:
        return fields
    return {**fields, "image_ids": (Cover(fields["video"]),)}


def _create(change: Change, basis: Basis, replaces: str | None = None) -> list[Action]:
    address = change.address
    resource = basis.desired[address]
    kind, binding = KINDS[address.kind], basis.contract.bindings[address.kind]
    governs = "status" in binding.updatable
    wanted = managed(resource)
    applied = {path: value for path, value in wanted.items() if path != "status"}
    fields = _placed({kind.name_field: resource.name, **resource.fields})
    stage = CREATE + kind.stage
    made = replace(_entry(resource, applied), unpaused=governs, replaces=replaces)
    paused = {**applied, **({"status": "DISABLE"} if wanted.get("status") == "DISABLE" else {})}
    born = replace(_entry(resource, paused), replaces=replaces)
    after = (resource.parent,) if resource.parent else ()
    body = _covered(fields, resource.fields.get("ad_format", ""))
    call = basis.contract.create(address.kind, basis.advertiser_id, body, resource.parent)
    sent = {path: value for path, value in fields.items() if path != "status"}
    create = Action(address, "create", stage, call, after, sent=sent, entries={address: made})
    if binding.born_paused:
        actions = [replace(create, born=born)]
    else:
        actions = [create, *([_status(address, "pause", stage, basis, born)] if governs else [])]
    if governs and resource.fields.get("status") == "ENABLE":
        actions.append(_status(address, "enable", ENABLE, basis, _entry(resource, wanted)))
    return actions


def _replace(change: Change, basis: Basis, replaced: Collection[Address]) -> list[Action]:
    """A successor: the old one gives its name away, the new one is made and known to be right, the old one paused."""
    address = change.address
    resource, old = basis.desired[address], basis.entries[address]
    binding = basis.contract.bindings[address.kind]
    before = change.id or ""
    if before == old.replaces:
        return _finish_replacing(change, basis, before)
    actions: list[Action] = []
    earlier = basis.live.get(address.kind, {}).get(old.replaces or "")
    if earlier is not None and earlier.fields.get("status") != "DISABLE":
        # A replacement before this one was not finished.
        first = _retire(address, earlier.id, basis, replace(old, replaces=None))
        actions.append(replace(first, stage=LOWER + KINDS[address.kind].stage, after=(), lowers=True))
    live = basis.object_of(address)
    parent = basis.entries.get(resource.parent) if resource.parent else None
    stays = resource.parent not in replaced and (parent is None or live is None or live.parent == parent.id)
    if live is not None and live.name == resource.name and stays and binding.update_path:
        name = replaced_name(resource.name, before)
        # Nothing but its name changes: the successor's values, and its parent, are not for this one.
        along = _along(address, old.applied, basis, {binding.name_field})
        along = {path: live.fields.get(path, value) for path, value in along.items()}
        call = basis.contract.update(address, basis.advertiser_id, {binding.name_field: name}, along, old.parent)
        sent = {binding.name_field: name}
        actions.append(Action(address, "rename", RENAME, call, sent=sent, entries={address: old}, id=before))
    actions += _create(change, basis, replaces=before)
    if "status" in binding.updatable:
        # Enabled is only what has no running predecessor.
        done = actions[-1].entries[address] if actions[-1].verb in ("pause", "enable") else actions[-1].born
        last = _retire(address, before, basis, replace(_paused(done), replaces=None))
        actions.append(last)
    return actions


def _finish_replacing(change: Change, basis: Basis, before: str) -> list[Action]:
    """A successor is there already: its predecessor is paused, and it becomes what the manifest says."""
    address, old = change.address, basis.entries[change.address]
    resource = basis.desired[address]
    updates = [
        replace(one, entries={address: replace(_lock_entry(one.entries[address]), replaces=None)})
        if one.verb == "enable"
        else one
        for one in _update(change, basis)
    ]
    after = _paused(_entry(resource, managed(resource), old)) if updates else old
    return [*updates, _retire(address, before, basis, replace(after, replaces=None))]


def _lock_entry(entry: Entry | None) -> LockEntry:
    if not isinstance(entry, LockEntry):
        raise TypeError("an object of the account has an entry of its own")
    return entry


def _paused(entry: Entry | None) -> LockEntry:
    """The entry of an object as it is before it is enabled."""
    known = _lock_entry(entry)
    applied = {path: value for path, value in known.applied.items() if (path, value) != ("status", "ENABLE")}
    return replace(known, applied=applied)


def _retire(address: Address, identity: str, basis: Basis, entry: LockEntry) -> Action:
    action = _status(address, "retire", RETIRE, basis, replace(entry, id=""))
    call = basis.contract.status(address, basis.advertiser_id, "DISABLE", identity)
    return replace(action, call=call, id=identity)


def _along(address: Address, own: Fields, basis: Basis, changed: set[str]) -> dict[str, Any]:
    """What an update that replaces must carry with it: our other fields (`own`), and what others have set."""
    binding = basis.contract.bindings[address.kind]
    live = basis.object_of(address)
    unknown = own.keys() - binding.fields - binding.updatable if binding.open_ended else set()
    ours = {path: value for path, value in own.items() if path in (binding.resent | unknown) - changed}
    theirs = {
        path: value
        for path, value in (live.fields if live else {}).items()
        if path in binding.resent - changed - ours.keys() - binding.money
        and (isinstance(value, bool) or value not in (None, "", (), 0, "0"))
    }
    return {**theirs, **_placed(ours)}


def _update(change: Change, basis: Basis) -> list[Action]:
    address = change.address
    resource, old = basis.desired[address], basis.entries[address]
    binding, stage_of = basis.contract.bindings[address.kind], KINDS[address.kind].stage
    wanted = managed(resource)
    new = {one.path: one.new for one in change.fields}
    status = new.pop("status", None)
    enables = status == "ENABLE" or (old.unpaused and wanted.get("status") == "ENABLE")
    applied = {path: value for path, value in wanted.items() if not (enables and path == "status")}
    expects = {one.path: one.old for one in change.fields}
    entry = _entry(resource, applied, old)
    actions = []
    live = basis.object_of(address)
    if old.unpaused and live is not None and live.fields.get("status") == "DISABLE":
        entry = replace(entry, unpaused=False)
    elif old.unpaused:
        # Its birth was interrupted between create and pause: that comes first of all, and only the pause says so.
        pause = _status(address, "pause", LOWER + stage_of, basis, replace(entry, applied=old.applied, unpaused=False))
        actions.append(replace(pause, lowers=True))
        entry = replace(entry, unpaused=False)
        status = None
    if status == "DISABLE" and (binding.status_path or not new):
        # What a status call sets is known before the rest is.
        first = replace(entry, applied={**old.applied, "status": "DISABLE"}) if new else entry
        pause = _status(address, "update", LOWER + stage_of, basis, first)
        actions.append(replace(pause, after=(), lowers=True, expects={"status": expects["status"]}))
    together = {"status": status} if status == "DISABLE" and not binding.status_path else {}
    if new:
        # What is paused spends nothing, whatever its budget.
        raises = False if status == "DISABLE" else _budget_moves(change)
        sent = _placed({**new, **together})
        along = _along(address, managed(resource), basis, set(sent)) if not new.keys() <= binding.patchable else {}
        shape = resource.fields.get("ad_format", "")
        body = _covered(sent, shape) if "image_ids" not in managed(resource) else sent
        call = basis.contract.update(address, basis.advertiser_id, body, along, resource.parent)
        seen = {path: live.fields[path] for path in along if live and path in live.fields}
        lower = raises is False
        actions.append(
            Action(
                address,
                "update",
                LOWER + stage_of if lower else CHANGE,
                call,
                raises=raises is True,
                lowers=lower,
                sent=sent,
                expects={**seen, **{path: expects[path] for path in sent}},
                entries={address: entry},
            )
        )
    if enables:
        last = _status(address, "enable", ENABLE, basis, replace(entry, applied=_placed(wanted)))
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
    stage = LOWER + KINDS[address.kind].stage
    if not change.fields:
        return Action(address, "disable", stage, None, entries=entries)
    expects = {one.path: one.old for one in change.fields}
    return replace(_status(address, "disable", stage, basis, gone), expects=expects, entries=entries)


_STATUS: Mapping[Verb, str] = {"enable": "ENABLE", "delete": "DELETE"}


def _status(address: Address, verb: Verb, stage: int, basis: Basis, entry: LockEntry | None) -> Action:
    status = _STATUS.get(verb, "DISABLE")
    if verb == "enable":
        # Ads first, campaigns last.
        stage += max(kind.stage for kind in KINDS.values()) - KINDS[address.kind].stage
    call = basis.contract.status(address, basis.advertiser_id, status)
    return Action(
        address, verb, stage, call, (address,), raises=verb == "enable", lowers=verb == "disable",
        sent={"status": status}, entries={address: entry},
    )  # fmt: skip


def foreseen(stage: Sequence[Action], known: Container[Address]) -> list[Action]:
    """What of a stage can be announced before it begins: all that refers to no id that is still to come, as a pause
    after its own create does. `known`: what has an id."""
    made = {one.address for one in stage if one.verb == "create"}

    def resolved(value: Any) -> bool:
        if isinstance(value, Ref):
            return value.address in known and value.address not in made
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
        return all(resolved(item) for item in inner)

    return [one for one in stage if one.call and resolved(one.call.body)]
