"""`adopt`: bind a live object to a manifest, at once, under the run lock. Sends nothing but GET."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.account.listing import Listing, read_all
from reconciler.apply.reply import settle_recorded
from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.kinds.registry import KINDS
from reconciler.manifest.words import misaddressed
from reconciler.model import Address, LiveObject, LockEntry, Resource
from reconciler.plan import videos
from reconciler.plan.basis import Basis
from reconciler.plan.decide import decide
from reconciler.plan.edges import with_edges
from reconciler.plan.lists import MergedList, merged
from reconciler.state.ledger import Ledger
from reconciler.workflow import names
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Adopted:
    """What an adoption leads to."""

    differing: tuple[str, ...] = ()
    """The fields that the next plan will change."""
    blocked: str | None = None
    """Why the next plan can change nothing, and what to do."""


def adopt(session: Session, address: Address, identity: str) -> Adopted:
    """Bind, and say what the next plan makes of it. Raises Invalid or ReconcilerError."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    with session.writing("adopt") as ledger:
        settle_recorded(ledger, session.workspace.contracts)
        # Nothing is created here, and what is taken over may be what could not be created any more.
        desired = session.desired(ledger, births=False)
        resource = _resource(desired, ledger, address, identity)
        reader = session.reader(session.client(read_only=True), ledger, desired)
        desired |= names.resolve(session, reader, {address: resource}, ledger, births=False)
        resource = desired[address]
        reader.extra = {address.kind: frozenset(resource.fields)}
        listings = read_all(reader, reader.contracts.kinds)
        live = listings[address.kind].objects.get(identity)
        if live is None:
            message = f"the account shows no {KINDS[address.kind].title} with the id {identity}"
            raise ReconcilerError(Finding("R508", message, address=str(address), hint="check the id and the account"))
        if live.contract and live.contract != resource.contract and not live.foreign:
            message = f"{identity} is an object of `contract: {live.contract}`, the manifest is of {resource.contract}"
            hint = f"write `contract: {live.contract}` beside `kind`, with the fields of that contract"
            raise ReconcilerError(Finding("R722", message, address=str(address), hint=hint))
        if live.foreign:
            message = f"{identity} was made by Smart+ (its row or one above or below says so) and is never written here"
            hint = "declare it, and all above and below it, with `contract: smart_plus`; or remove this manifest"
            raise ReconcilerError(Finding("R722", message, address=str(address), hint=hint))
        _check_parent(ledger, resource, live)
        uses = _uses(session, ledger, desired)
        binding = session.workspace.contracts.binding(resource.contract, address.kind)
        entry = _entry(resource, live, merged(uses.desired[address], None, live, binding))
        ledger.change({address: entry}, "adopt")
        ledger.save()
        return _next(session, ledger, desired, listings, address)


def _next(
    session: Session,
    ledger: Ledger,
    desired: Mapping[Address, Resource],
    listings: Mapping[str, Listing],
    address: Address,
) -> Adopted:
    """What a plan decides about it: the same values, compared in the same way."""
    work = session.workspace
    uses = _uses(session, ledger, desired)
    basis = Basis(
        contracts=work.contracts,
        advertiser_id=work.file.account.advertiser_id,
        currency=work.file.account.currency,
        now=session.world.now(),
        desired={address: uses.desired[address]},
        entries=ledger.lock.resources,
        live={kind: listing.objects for kind, listing in listings.items()},
        names={},
        blocked=uses.blocked,
    )
    rows = decide(with_edges(basis)).changes
    if not rows:
        return Adopted()
    (row,) = rows
    fields = tuple(sorted(one.path for one in row.fields))
    return Adopted(fields, row.hint if row.op == "blocked" else None)


def _uses(session: Session, ledger: Ledger, desired: Mapping[Address, Resource]) -> videos.Uses:
    decisions = {one.sha256: one.decision for one in load_approvals(session).values()}
    return videos.resolve(desired, ledger.lock.resources, ledger.lock.videos, ledger.lock.refreshes, decisions)


def _resource(desired: Mapping[Address, Resource], ledger: Ledger, address: Address, identity: str) -> Resource:
    resource = desired.get(address)
    if resource is None:
        hint = misaddressed(str(address), map(str, desired)) or "write its manifest first"
        raise Invalid(Finding("R505", f"no manifest declares {address}", address=str(address), hint=hint))
    bound = ledger.lock.resources.get(address)
    if bound is not None and bound.id != identity:
        hint = f"let go of it first: `reconciler state rm {address}`"
        raise Invalid(Finding("R508", f"{address} is already bound to {bound.id}", address=str(address), hint=hint))
    for other, entry in ledger.lock.resources.items():
        if other.kind == address.kind and entry.id == identity and other != address:
            hint = f"move it: `reconciler state mv {other} {address}`"
            raise Invalid(Finding("R508", f"{identity} is already bound to {other}", address=str(address), hint=hint))
    if any(intent.address == address for intent in ledger.intents.values()):
        hint = "run `reconciler apply` again after the quiet period"
        raise ReconcilerError(
            Finding("R703", f"{address} has a write of unknown outcome", address=str(address), hint=hint)
        )
    return resource


def _check_parent(ledger: Ledger, resource: Resource, live: LiveObject) -> None:
    if resource.parent is None:
        return
    parent = ledger.lock.resources.get(resource.parent)
    if parent is None:
        hint = f"adopt its parent first: `reconciler adopt {resource.parent} {live.parent or 'ID'}`"
        raise Invalid(
            Finding("R508", f"its parent {resource.parent} is not bound", address=str(resource.address), hint=hint)
        )
    if live.parent != parent.id:
        message = f"{live.id} belongs to {live.parent}, the manifest says {resource.parent} ({parent.id})"
        hint = "correct the manifest's reference, or adopt another object"
        raise Invalid(Finding("R508", message, address=str(resource.address), hint=hint))


def _entry(resource: Resource, live: LiveObject, lists: Iterable[MergedList]) -> LockEntry:
    """What is live counts as applied, and of lists what the manifest names, too: the rest is others', who keep it.
    What the API does not show is taken as it is declared."""
    ignored = resource.lifecycle.ignore
    applied = {path: live.fields.get(path, value) for path, value in resource.fields.items() if path not in ignored}
    applied |= {one.row.name: one.shared for one in lists if one.live is not None and one.row.name not in ignored}
    return LockEntry(
        live.id, resource.parent, applied, resource.lifecycle.on_remove, resource.lifecycle.protect, resource.source,
        "adopted", contract=live.contract,
    )  # fmt: skip
