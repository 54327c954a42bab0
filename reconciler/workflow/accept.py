"""`drift --accept`: what others changed becomes what the manifests say. Sends nothing but GET.

The files are written first, each whole or not at all, then the lockfile's entries. Killed in between, a field is in its
manifest and counts as drifted still: accepted again, only its entry is left to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from reconciler.errors import Finding, Invalid, Place, Refused
from reconciler.kinds.registry import KINDS
from reconciler.manifest.desired import resources
from reconciler.manifest.paths import opened
from reconciler.manifest.whole import put
from reconciler.manifest.words import misaddressed, nearest
from reconciler.model import Address, Entry, LockEntry, Resource
from reconciler.plan.basis import Basis
from reconciler.plan.lists import base
from reconciler.state.ledger import Ledger
from reconciler.workflow.drift import Drifted, DriftedField, found_in, take_over
from reconciler.workflow.load import load_documents, place
from reconciler.workflow.plan import Choices, make
from reconciler.workflow.session import Session
from reconciler.workflow.sources import Proposal, Sources
from reconciler.workflow.state import parse


@dataclass(frozen=True, slots=True)
class Accepted:
    """One field that is in its manifest now. `way.edit` is None where it was there already."""

    address: Address
    field: DriftedField
    way: Proposal


@dataclass(slots=True)
class Acceptance:
    """What became of everything that was asked for."""

    accepted: list[Accepted] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)
    """Why the others are not accepted, each with its place."""


def accept(session: Session, asked: Sequence[str]) -> Acceptance:
    """`asked`: ADDRESS, or ADDRESS:FIELD. Raises Invalid for what there is not, Refused where manifests would no longer
    go together: then nothing is written."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    with session.writing("drift --accept") as ledger:
        desired = session.desired(ledger)
        wanted = [_wanted(text, ledger) for text in asked]
        reader = session.reader(session.client(read_only=True), ledger, desired)
        planned = make(session, ledger, desired, reader, Choices())
        sources, made = Sources(session), Acceptance()
        drifted = {one.address: one for one in found_in(planned, sources)}
        for address in dict.fromkeys(address for address, _ in wanted):
            names = {name for one, name in wanted if one == address}
            if address in planned.basis.open:
                made.left.append(_left(address, "a write of it has no known outcome: run `reconciler apply`", None))
            elif address not in planned.basis.entries:
                made.left.append(_left(address, "its manifest says that it has moved: run `reconciler apply`", None))
            elif address in drifted:
                _accept(drifted[address], names, planned.basis, desired.get(address), sources, made)
        _write(session, ledger, sources)
        ledger.change(_entries(made, ledger), "drift --accept")
        ledger.save()
        return made


def _wanted(text: str, ledger: Ledger) -> tuple[Address, str | None]:
    """(address, field). Raises Invalid for what the lockfile does not know."""
    where, colon, name = text.partition(":")
    address = parse(where)
    entry = ledger.lock.resources.get(address)
    if entry is None:
        known = map(str, ledger.lock.resources)
        hint = misaddressed(where, known) or "`reconciler drift` shows what has changed, by its address"
        raise Invalid(Finding("R505", "it is not in the lockfile", address=where, hint=hint))
    if colon and base(name) not in entry.applied:
        hint = nearest(name, entry.applied) or f"managed here: {', '.join(sorted(entry.applied))}"
        raise Invalid(Finding("R902", f'{address} has no managed field "{name}"', address=where, hint=hint))
    return address, name if colon else None


def _accept(
    found: Drifted, names: set[str | None], basis: Basis, resource: Resource | None, sources: Sources, made: Acceptance
) -> None:
    """The fields of one object; None among the names: all of them."""
    if found.gone:
        hint = f"remove its manifest, or make it anew: `reconciler apply --recreate {found.address}`"
        made.left.append(_left(found.address, "no list shows it, so there is no value to write", resource, hint=hint))
    for one in _whole(found, basis, resource):
        if not names & {None, one.path, base(one.path)}:
            continue
        way = take_over(one, resource, sources)
        if way.edit is not None and resource is not None:
            way = sources.write(resource, one.path, one.live)
        there = resource is not None and one.desired == one.live and base(one.path) == one.path
        if way.edit is not None or there:
            made.accepted.append(Accepted(found.address, one, way))
        else:
            spot = sources.place(resource, base(one.path)) if resource is not None else None
            made.left.append(_left(found.address, f"{one.path}: {way.why}", resource, spot))


def _whole(found: Drifted, basis: Basis, resource: Resource | None) -> list[DriftedField]:
    """The fields, a list to which others add as one of them: what is live is the whole list."""
    entry, live, binding = basis.entries[found.address], basis.object_of(found.address), basis.binding(found.address)
    fields: dict[str, DriftedField] = {}
    for one in found.fields:
        name = base(one.path)
        if live is None or name not in binding.merged - binding.keyed:
            fields[one.path] = one
            continue
        now = live.fields[name]
        now = tuple(sorted(now, key=str)) if name in KINDS[found.address.kind].unordered else now
        desired = resource.fields.get(name) if resource else None
        fields[name] = DriftedField(name, entry.applied[name], now, desired)
    return list(fields.values())


def _left(
    address: Address,
    why: str,
    resource: Resource | None,
    spot: Place | None = None,
    hint: str = "write it by hand, then run again",
) -> Finding:
    if spot is None and resource is not None:
        spot = Place(*resource.source[:2])
    use = resource.source.use if resource is not None else None
    return Finding("R740", f"not accepted: {why}", spot, str(address), hint=hint, use=use)


def _write(session: Session, ledger: Ledger, sources: Sources) -> None:
    """Raises Refused, and writes nothing, where the manifests would not go together or have changed meanwhile."""
    edited = sources.edited
    findings = [*_mistakes(session, ledger, {name: after for name, (_, after) in edited.items()})] if edited else []
    files = session.world.files
    paths = {name: opened(session.root, name) for name in edited}
    for name, (before, _) in edited.items():
        if files.read(paths[name]) != before:
            text = "it was changed while the account was read"
            findings.append(Finding("R740", text, Place(name, 1), hint="run again"))
    if findings:
        raise Refused(many=findings)
    for name, (_, after) in edited.items():
        put(files, paths[name], after)


def _mistakes(session: Session, ledger: Ledger, edited: Mapping[str, bytes]) -> Iterator[Finding]:
    """What is wrong with the manifests as they are to be."""
    work = session.workspace
    loaded = load_documents(work, session.secret, edited)
    yield from loaded.findings
    entries = ledger.lock.all()
    known: dict[Address, Any] = {
        one: entry.applied if isinstance(entry, LockEntry) else {} for one, entry in entries.items()
    }
    _, problems = resources(loaded.documents, work.contracts, work.file.account.currency, known, births=False)
    yield from place(problems, loaded.texts)


def _entries(made: Acceptance, ledger: Ledger) -> dict[Address, Entry | None]:
    """The entries with what was accepted as applied."""
    found: dict[Address, Entry | None] = {}
    for one in made.accepted:
        entry = found.get(one.address) or ledger.lock.resources[one.address]
        if isinstance(entry, LockEntry):
            applied = {path: value for path, value in entry.applied.items() if path != one.field.path}
            if one.field.live is not None:
                applied[one.field.path] = one.field.live
            stored = {path: pair for path, pair in entry.stored_as.items() if path != one.field.path}
            found[one.address] = replace(entry, applied=applied, stored_as=stored)
    return found
