"""`adopt`: bind a live object to a manifest, at once, under the run lock. Sends nothing but GET."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.account.listing import Listing, read_all
from reconciler.apply.reply import settle_recorded
from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.manifest.words import misaddressed
from reconciler.model import Address, Resource
from reconciler.plan import videos
from reconciler.plan.adoptions import entry_of_live, hindrance, holders_of
from reconciler.plan.basis import Basis
from reconciler.plan.decide import decide
from reconciler.plan.edges import with_edges
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
        resource = _resource(desired, ledger, address)
        reader = session.reader(session.client(read_only=True), ledger, desired)
        desired |= names.resolve(session, reader, {address: resource}, ledger, births=False)
        resource = desired[address]
        reader.extra = {address.kind: frozenset(resource.fields)}
        listings = read_all(reader, reader.contracts.kinds)
        live = listings[address.kind].objects
        entries = ledger.lock.resources
        if wrong := hindrance(resource, identity, live, entries, holders_of(entries)):
            finding = Finding(wrong.code, wrong.message, address=str(address), hint=wrong.hint)
            raise Invalid(finding) if wrong.usage else ReconcilerError(finding)
        uses = _uses(session, ledger, desired)
        binding = session.workspace.contracts.binding(resource.contract, address.kind)
        entry = entry_of_live(resource, live[identity], uses.desired[address], binding)
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
    return videos.resolve(desired, ledger.lock.resources, ledger.lock.library, ledger.lock.refreshes, decisions)


def _resource(desired: Mapping[Address, Resource], ledger: Ledger, address: Address) -> Resource:
    resource = desired.get(address)
    if resource is None:
        hint = misaddressed(str(address), map(str, desired)) or "write its manifest first"
        raise Invalid(Finding("R505", "no manifest declares it", address=str(address), hint=hint))
    if any(intent.address == address for intent in ledger.intents.values()):
        hint = "run `reconciler apply` again after the quiet period"
        raise ReconcilerError(Finding("R703", "it has a write of unknown outcome", address=str(address), hint=hint))
    return resource
