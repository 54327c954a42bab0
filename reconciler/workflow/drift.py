"""`drift`: only what others changed since the last apply (live − applied), and what can be done about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.contracts.binding import Binding
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, LockEntry, Resource, Side, Source
from reconciler.plan.basis import Basis, sort_key
from reconciler.plan.compare import side_of
from reconciler.plan.lists import as_applied, base
from reconciler.workflow import elsewhere
from reconciler.workflow.ahead import read_both
from reconciler.workflow.plan import Choices, Planned, make
from reconciler.workflow.session import Session
from reconciler.workflow.sources import Proposal, Sources


class DriftedField(NamedTuple):
    """`desired` is None where no manifest sets the field any more."""

    path: str
    applied: Any
    live: Any
    desired: Any


class Revert(NamedTuple):
    """The command that makes the account as the manifests say, or why none does."""

    command: str | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Drifted:
    """One object that is not as it was last applied.

    `gone`: no complete listing shows it; `doubted`: those listings lost too much to be believed.
    """

    address: Address
    id: str
    fields: tuple[DriftedField, ...]
    modified_at: str | None
    sides: dict[str, Side]
    """Who changed each field: `both` where the manifest wants another value than was applied, too."""
    revert: Revert
    take_over: tuple[Proposal, ...]
    """For each field the line that makes the manifest want what is live."""
    ignore: tuple[Proposal, ...]
    """For each field the line that leaves it to others."""
    source: Source | None = None
    """The manifest, if there is one."""
    gone: bool = False
    doubted: bool = False


def drift(session: Session) -> list[Drifted]:
    """Every object that others changed or deleted, in the plan's order. Sends nothing but GET."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    ledger = session.ledger()
    desired, reader = read_both(session, ledger)
    planned = make(session, ledger, desired, reader, Choices())
    for told in elsewhere.warnings(session, ledger, planned.plan.changes):
        session.announced(told)
    return found_in(planned, Sources(session))


def found_in(planned: Planned, sources: Sources) -> list[Drifted]:
    """The same, of what a plan was made from."""
    basis, desired = planned.basis, planned.declared
    rows = {change.address: change for change in planned.plan.changes}
    found = []
    for address in sorted(basis.entries, key=sort_key):
        entry, resource = basis.entries[address], desired.get(address)
        if address in basis.open:
            continue
        live = basis.object_of(address)
        if live is None:
            if not entry.removed_at:
                found.append(_gone(address, basis, resource))
            continue
        fields = changed(address, entry, live.fields, resource, basis.binding(address))
        if fields:
            found.append(_drifted(address, entry, resource, fields, live.modified, rows.get(address), sources))
    return found


def changed(
    address: Address, entry: LockEntry, live: Any, resource: Resource | None, binding: Binding
) -> tuple[DriftedField, ...]:
    """The applied fields that are others now; of lists to which others add, what is ours in them."""
    wanted = resource.fields if resource else {}
    unordered = KINDS[address.kind].unordered
    fields = []
    for path, applied in sorted(entry.applied.items()):
        now = live.get(path)
        if path in binding.merged:
            moved = as_applied(binding.field[path], applied, now) if path in live else ()
            fields += [DriftedField(one.path, one.new, one.old, one.new) for one in moved]
            continue
        if path in unordered and isinstance(now, tuple):
            now = tuple(sorted(now, key=str))
        if path in live and now != applied and entry.stored_as.get(path) != (applied, now):
            fields.append(DriftedField(path, applied, now, wanted.get(path)))
    return tuple(fields)


def _drifted(
    address: Address,
    entry: LockEntry,
    resource: Resource | None,
    fields: tuple[DriftedField, ...],
    modified: str | None,
    row: Change | None,
    sources: Sources,
) -> Drifted:
    sides: dict[str, Side] = {
        one.path: side_of(one.applied, one.live, one.desired if one.desired is not None else one.applied)
        for one in fields
    }
    return Drifted(
        address,
        entry.id,
        fields,
        modified,
        sides,
        _revert(address, fields, row),
        tuple(take_over(one, resource, sources) for one in fields),
        tuple(_ignore(one, resource, sources) for one in fields),
        resource.source if resource else None,
    )


def _revert(address: Address, fields: tuple[DriftedField, ...], row: Change | None) -> Revert:
    if row is not None and row.op == "blocked":
        return Revert(None, row.hint)
    planned = {one.path for one in row.fields} if row else set()
    if not planned & {one.path for one in fields}:
        return Revert(None, "no manifest wants another value, so no apply changes it")
    return Revert(f"reconciler apply --target {address}")


def take_over(one: DriftedField, resource: Resource | None, sources: Sources) -> Proposal:
    """The line that makes the manifest want what is live."""
    if resource is None:
        return Proposal(one.path, None, "its manifest is gone: write it again first")
    if base(one.path) != one.path:
        return Proposal(one.path, None, f"edit `{base(one.path)}` of its manifest")
    if one.desired == one.live:
        return Proposal(one.path, None, "the manifest says so already; the next apply remembers it")
    return sources.take_over(resource, one.path, one.live)


def _ignore(one: DriftedField, resource: Resource | None, sources: Sources) -> Proposal:
    if base(one.path) != one.path:
        return Proposal(one.path, None, "a creative of the manifest is never left to others: take it out of the list")
    if resource is None or one.path not in resource.fields:
        return Proposal(one.path, None, "no manifest sets it, so the next apply leaves it alone")
    if one.path in resource.lifecycle.ignore:
        return Proposal(one.path, None, "it is ignored already; the next apply forgets what was applied")
    return sources.ignore(resource, one.path)


def _gone(address: Address, basis: Basis, resource: Resource | None) -> Drifted:
    doubted = basis.doubts(address)
    if doubted:
        revert = Revert(None, f"the listing of {doubted} objects lost too many to be believed: look at the account")
    elif resource is None:
        revert = Revert(None, "its manifest is gone as well: the next apply forgets it")
    else:
        # What vanished with it is made anew with the topmost one, which a target would cut off.
        top = _topmost_gone(address, basis)
        alone = not any(basis.object_of(one) is None for one in basis.descendants(top))
        revert = Revert(f"reconciler apply --recreate {top}" + (f" --target {top}" if alone else ""))
    source = resource.source if resource else None
    identity = basis.entries[address].id
    return Drifted(address, identity, (), None, {}, revert, (), (), source, gone=True, doubted=doubted is not None)


def _topmost_gone(address: Address, basis: Basis) -> Address:
    """The highest one above it, or itself, that is gone."""
    above = basis.entries[address].parent
    while above is not None and above in basis.entries and basis.object_of(above) is None:
        address, above = above, basis.entries[above].parent
    return address
