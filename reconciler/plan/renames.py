"""A rename of an address, or of names among objects, that would touch what runs. Pure.

A removed address and a new one mean the same object where kind, API name and live parent are the same: both rows are
held back, since pausing the one and refusing the other as its twin would be wrong twice. Objects that pass a name on
go in the order in which names become free; names that are swapped in a circle never do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from reconciler.canonical import normal_text
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, Resource
from reconciler.plan.basis import Basis, sort_key


def renamed(basis: Basis) -> dict[Address, Address]:
    """New address → the removed address that means the same object."""
    removed: dict[tuple[str, str | None, str], Address] = {}
    for address, entry in basis.entries.items():
        if address in basis.desired or entry.removed_at is not None:
            continue
        if (live := basis.object_of(address)) is not None:
            removed[address.kind, live.parent, live.name] = address
    found: dict[Address, Address] = {}
    if not removed:
        return found
    for address in sorted((one for one in basis.desired if one not in basis.entries), key=sort_key):
        resource = basis.desired[address]
        old = removed.get((address.kind, _parent_id(resource, basis, found), resource.name))
        if old is not None:
            found[address] = old
    return found


def _parent_id(resource: Resource, basis: Basis, found: Mapping[Address, Address]) -> str | None:
    """The live id of what it belongs to, also where that is renamed in the same change."""
    if resource.parent is None:
        return None
    parent = basis.entries.get(found.get(resource.parent, resource.parent))
    return parent.id if parent else ""


def held_back(address: Address, basis: Basis) -> Change | None:
    """The row of one side of a rename, or of what belongs to it; None where nothing is renamed."""
    if not (basis.renamed or basis.stuck):
        return None
    resource = basis.desired.get(address)
    new = address if address in basis.renamed else basis.renamed_to.get(address)
    source = resource.source if resource else None
    if new is not None:
        old = basis.renamed[new]
        hint = (
            f"if {new} is to be the object that {old} was, {_moved(old, basis.desired[new], basis)}"
            f"`reconciler state mv {old} {new}`; else give it another name"
        )
        return Change(address, "blocked", "renamed", basis.entries[old].id, (), source, "R726", hint)
    entry = basis.entries.get(address)
    if resource is not None and resource.parent in basis.renamed:
        hint = f"settle {resource.parent} first"
        return Change(address, "blocked", "renamed", entry.id if entry else None, (), source, "R726", hint)
    stuck = basis.stuck.intersection(resource.refs.values()) if resource is not None else ()
    if stuck:
        hint = f"settle {min(stuck)} first"
        return Change(address, "blocked", "unknown", entry.id if entry else None, (), source, "R703", hint)
    return None


def _moved(old: Address, new: Resource, basis: Basis) -> str:
    """What may be written in the files; in a document that stands for many, `moved` would take one for all of them."""
    if new.source.use is not None:
        where = f"in the module or of the use at {new.source.use}"
        return f"write `moved: {{from: OLD}}` beside the name that was changed, {where}, or "
    return f"write `moved: {{from: {old.name}}}` beside its name, or " if basis.stands_alone(new) else ""


def passed_on(changes: Sequence[Change], basis: Basis) -> list[Change]:
    """The rows with those blocked whose names go round in a circle; the others in the order names become free."""
    waits = {row.address: above for row in changes if (above := holder_of_name(row, basis)) is not None}
    freed = {row.address for row in changes if row.op == "update" and _renames(row)}
    ahead = {address: above for address, above in waits.items() if above in freed}
    circles = _circles(ahead)
    rows = [_swapped(row, ahead) if row.address in circles else _taken(row, freed, basis) for row in changes]
    rows = [_soon_free(row, freed, basis) for row in rows]
    return _ordered(rows, {one: above for one, above in ahead.items() if one not in circles})


def _taken(row: Change, freed: Collection[Address], basis: Basis) -> Change:
    """The row, blocked where an object that keeps its name has the name it wants."""
    others = [one for one in _named_so(row, basis) if basis.bound.get((row.address.kind, one)) not in freed]
    if not others:
        return row
    named = KINDS[row.address.kind].name_field
    hint = f"{others[0]} has that name: set another {named}, or rename that one in Ads Manager"
    return replace(row, op="blocked", reason="twin", code="R701", hint=hint)


def _soon_free(row: Change, freed: Collection[Address], basis: Basis) -> Change:
    """A new object's row with another hint, where the one that has its name gives it up in this very plan."""
    holder = basis.bound.get((row.address.kind, row.id)) if row.reason == "twin" and row.id else None
    if holder is None or holder == row.address or holder not in freed:
        return row
    return replace(row, hint=f"{holder} has that name until its update is done: apply, then run apply again")


def hold_untargeted(changes: Sequence[Change], basis: Basis) -> tuple[Change, ...]:
    """The rows of a part of a plan, those blocked whose names only a row that was left out would free."""
    there = {row.address for row in changes}
    return tuple(_untargeted(row, there, basis) for row in changes)


def _untargeted(row: Change, there: Collection[Address], basis: Basis) -> Change:
    holder = holder_of_name(row, basis)
    if holder is None or holder in there:
        return row
    hint = f"{holder} has that name until it is renamed, which these targets leave out: name it with --target, too"
    return replace(row, op="blocked", reason="twin", code="R701", hint=hint)


def holder_of_name(row: Change, basis: Basis) -> Address | None:
    """The managed object that has the name a row wants."""
    holders = (basis.bound.get((row.address.kind, one)) for one in _named_so(row, basis))
    return next((one for one in holders if one is not None), None)


def _named_so(row: Change, basis: Basis) -> list[str]:
    """Ids of other objects that have the name a row wants, under the same parent."""
    kind, live = KINDS[row.address.kind], basis.object_of(row.address)
    wanted = next((one.new for one in row.fields if one.path == kind.name_field), None)
    if row.op != "update" or wanted is None or live is None:
        return []
    ids = basis.names.get(kind.short, {}).get((live.parent, normal_text(wanted)), [])
    return [one for one in ids if one != live.id]


def _renames(row: Change) -> bool:
    """Whether a row gives its object another name."""
    named = KINDS[row.address.kind].name_field
    return any(one.path == named for one in row.fields)


def _circles(ahead: Mapping[Address, Address]) -> set[Address]:
    """Whatever waits for itself. Each is looked at once, however long the chains are."""
    found: set[Address] = set()
    passed: set[Address] = set()
    for start in ahead:
        path: dict[Address, None] = {}
        one: Address | None = start
        while one is not None and one not in path and one not in passed:
            path[one] = None
            one = ahead.get(one)
        if one is not None and one in path:
            way = list(path)
            found.update(way[way.index(one) :])
        passed.update(path)
    return found


def _swapped(row: Change, ahead: Mapping[Address, Address]) -> Change:
    hint = (
        f"{ahead[row.address]} has that name and waits for this one's: give one of them a third name, apply, then "
        "write the names as they are to be, and apply again"
    )
    return replace(row, op="blocked", reason="swapped names", code="R727", hint=hint)


def _ordered(rows: list[Change], ahead: Mapping[Address, Address]) -> list[Change]:
    """Whoever frees a name stands before whoever takes it; otherwise the order stays."""
    if not ahead:
        return rows
    by_address = {row.address: row for row in rows}
    result: dict[Address, Change] = {}
    for row in rows:
        chain = [row.address]
        while (above := ahead.get(chain[-1])) is not None and above in by_address and above not in result:
            chain.append(above)
        for one in reversed(chain):
            result.setdefault(one, by_address[one])
    return list(result.values())
