"""The decision: what is wanted (D) × what the lockfile knows (L) × what is live (V) → a plan, as a value.

    D  L  V                     op                       reason
    ✔  –  –                     create                   new
    ✔  –  ✔ same name, parent   blocked                  twin, or renamed: a removed address means the same object
    ✔ `adopt`  –  ✔             adopt, or blocked        adopt (adoptions.py)
    ✔ `moved`, L elsewhere      move, then as below      moved (moves.py)
    any, open intent            blocked                  unknown
    ✔  ✔  –                     blocked, or create       vanished, or recreate
    ✔  ✔  ✔                     – update blocked         edited, drifted, both, replace, contract
    –  ✔  ✔                     disable delete forget    removed (removals.py)
    –  ✔  –                     forget                   gone
    –  –  ✔                     nothing                  counted as unmanaged

Pure: the same inputs give the same bytes. `reason` explains, nothing decides by it.
"""

from __future__ import annotations

from typing import Any

from reconciler.canonical import normal_text
from reconciler.kinds.registry import KINDS
from reconciler.model import Change, LockEntry, Resource
from reconciler.plan import obstacles
from reconciler.plan.adoptions import adopt
from reconciler.plan.basis import Basis, Draft, sort_key, unknown
from reconciler.plan.compare import compare
from reconciler.plan.lists import of_new
from reconciler.plan.renames import held_back, passed_on
from reconciler.plan.replacements import running_before, successor_again


def decide(basis: Basis) -> Draft:
    """The rows for everything the manifests declare. What only the lockfile knows is `removals.decide`."""
    draft = Draft()
    for address in sorted((one for one in basis.desired if one.kind in basis.contracts.kinds), key=sort_key):
        _decide(basis.desired[address], basis, draft)
    draft.changes = passed_on(draft.changes, basis)
    return draft


def _decide(resource: Resource, basis: Basis, draft: Draft) -> None:
    address = resource.address
    entry = basis.entries.get(address)
    if address in basis.open:
        draft.changes.append(unknown(address, entry, resource))
    elif address in basis.adopting:
        adopt(resource, basis, draft)
    elif address in basis.blocked:
        reason, code, hint = basis.blocked[address]
        draft.changes.append(
            Change(address, "blocked", reason, entry.id if entry else None, (), resource.source, code, hint)
        )
    elif held := held_back(address, basis):
        draft.changes.append(held)
    elif entry is None:
        draft.warnings += _namesakes(resource, basis)
        draft.changes.append(_create_or_twin(resource, basis))
    else:
        live = basis.object_of(address)
        if live is not None:
            compare(resource, entry, live, basis, draft)
        elif address in basis.recreate or resource.parent in draft.recreated:
            draft.recreated.add(address)
            draft.changes.append(_anew(resource, entry, basis))
        else:
            draft.changes.append(_vanished(resource, entry, basis))


def _anew(resource: Resource, entry: LockEntry, basis: Basis) -> Change:
    before = running_before(resource.address, entry, basis)
    if before is not None:
        return successor_again(resource, entry, before, basis)
    return _create_or_twin(resource, basis, "recreate")


def _create(resource: Resource, reason: str, basis: Basis) -> Change:
    kind = KINDS[resource.address.kind]
    values: dict[str, Any] = {kind.name_field: resource.name, **resource.fields}
    if kind.parent_field and resource.parent:
        values[kind.parent_field] = resource.parent.name
    fields = tuple(of_new(resource, values, basis.binding(resource.address)))
    return Change(resource.address, "create", reason, None, fields, resource.source)


def _create_or_twin(resource: Resource, basis: Basis, reason: str = "new") -> Change:
    parent_id = None
    if resource.parent:
        parent = basis.entries.get(resource.parent)
        if parent is None:
            return _create(resource, reason, basis)
        parent_id = parent.id
    twins = basis.names.get(resource.address.kind, {}).get((parent_id, normal_text(resource.name)), [])
    twins = [one for one in twins if _confusable(one, resource, basis)]
    if not twins:
        return _create(resource, reason, basis)
    return obstacles.twin(resource, twins, basis)


def _namesakes(resource: Resource, basis: Basis) -> list[str]:
    """What is to be said of objects of its name that cannot be taken for it."""
    if resource.parent is not None:
        return []
    kind = resource.address.kind
    named = basis.names.get(kind, {}).get((None, normal_text(resource.name)), [])
    others = [one for one in named if not _confusable(one, resource, basis)]
    what = f'a {KINDS[kind].title} of another contract is named "{resource.name}", too'
    return [f"{resource.address}: {what} ({', '.join(others)})"] if others else []


def _confusable(identity: str, resource: Resource, basis: Basis) -> bool:
    """Whether a live object of its name could be taken for it. Smart+ lists its own objects alone, so a manual one of
    that name is told apart."""
    live = basis.live.get(resource.address.kind, {}).get(identity)
    return live is None or not basis.contract_of(resource.address).pure or live.contract in ("", resource.contract)


def _vanished(resource: Resource, entry: LockEntry, basis: Basis) -> Change:
    if doubted := basis.doubts(resource.address):
        listing = "its listing" if doubted == resource.address.kind else f"the listing of what is above it ({doubted})"
        hint = (
            f"{listing} lost too many objects to be believed: look at the account, and plan again; what is gone indeed "
            f"is made anew or let go with `--allow vanished_share={doubted} --reason TEXT`"
        )
        return Change(resource.address, "blocked", "not listed", entry.id, (), resource.source, "R702", hint)
    if basis.is_half_listed(resource.address):
        return obstacles.half_listed(resource.address, entry, resource.source)
    top = resource
    while top.parent and top.parent in basis.entries and basis.object_of(top.parent) is None:
        top = basis.desired[top.parent]
    more = " with all that vanished below it" if top is not resource else ""
    hint = f"make it anew with `--recreate {top.address}`{more}, or remove the manifest"
    return Change(resource.address, "blocked", "vanished", entry.id, (), resource.source, "R702", hint)


def unmanaged(basis: Basis) -> int:
    """Live objects that no lockfile entry binds."""
    return sum((kind, one) not in basis.bound for kind, objects in basis.live.items() for one in objects)
