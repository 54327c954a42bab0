"""`plan`: desired × lockfile × live → a plan. `apply` and `drift` start the same way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from reconciler.account.facts import SERVES, Facts
from reconciler.account.listing import Listing, Reader, families, read_all
from reconciler.apply.reply import settle_listed, settle_recorded
from reconciler.errors import Finding, Invalid, Place
from reconciler.kinds.registry import KINDS
from reconciler.manifest import workspace
from reconciler.manifest.claims import pending
from reconciler.manifest.wording import remarks
from reconciler.manifest.words import misaddressed
from reconciler.manifest.workspace import windows
from reconciler.model import Address, Change, LiveObject, Plan, Resource
from reconciler.plan import bids, births, causes, moves, refreshes, removals, targets, videos
from reconciler.plan.about import About, asked, objects
from reconciler.plan.adoptions import with_adoptions
from reconciler.plan.basis import Basis
from reconciler.plan.decide import decide, unmanaged
from reconciler.plan.edges import with_edges
from reconciler.plan.generations import variants_of
from reconciler.plan.guards import vanished
from reconciler.plan.guards.assess import assess
from reconciler.plan.guards.rails import Rails, Scene
from reconciler.plan.moves import Moves
from reconciler.plan.renames import hold_untargeted, renamed
from reconciler.state import halt
from reconciler.state.ledger import Ledger
from reconciler.state.lockfile import Lock
from reconciler.state.notice import NOTICE
from reconciler.workflow import ahead, elsewhere, names
from reconciler.workflow.rails import allowances, rails_of
from reconciler.workflow.review import consented, load_approvals
from reconciler.workflow.session import Session
from reconciler.workflow.steps import stepped


class Choices(Struct, frozen=True):
    """What the command line says about a plan."""

    targets: Sequence[str] = ()
    excludes: Sequence[str] = ()
    recreate: Sequence[str] = ()
    replace: Sequence[str] = ()
    allow: Sequence[str] = ()
    reason: str | None = None
    """Why; recorded with the run, and with what it allows."""


class Planned(Struct, frozen=True):
    """A plan with what it was made from."""

    plan: Plan
    basis: Basis
    reader: Reader
    listings: dict[str, Listing]
    ledger: Ledger
    facts: Facts
    declared: Mapping[Address, Resource]
    """What the manifests declare, with ids in place of names."""
    rails: Rails


def plan(session: Session, choices: Choices) -> Plan:
    """The plan of a reading command: only GET leaves, nothing is written."""
    return planned(session, choices).plan


def planned(session: Session, choices: Choices) -> Planned:
    """The same, with what it was made from."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    ledger = session.ledger()
    desired, reader = ahead.read_both(session, ledger)
    made = make(session, ledger, desired, reader, choices)
    if other := session.store.in_use():
        # State and account were read at two moments, and another run writes in between.
        said = f"{other[0]}; {_MEANWHILE}: {other[1]}, and plan again"
        made = replace(made, plan=replace(made.plan, warnings=(*made.plan.warnings, said)))
    if made.plan.notice:
        session.announced(NOTICE)
    return made


def make(
    session: Session, ledger: Ledger, desired: Mapping[Address, Resource], reader: Reader, choices: Choices
) -> Planned:
    """Read the account and decide. Settles in the ledger what its journal and the listings already tell."""
    work = session.workspace
    _addresses([*choices.recreate, *choices.replace], desired)
    decisions = {one.sha256: one.decision for one in load_approvals(session).values()}
    consented(session)
    facts = account_facts(session, reader)
    # Of contracts that only the manifests name, too.
    reader.begin(reader.contracts.kinds)
    if work.file.account.currency is None and facts.currency:
        # Every amount must be one in the currency that it will be taken for.
        session.desired(ledger, currency=facts.currency)
    settle_recorded(ledger, work.contracts)
    declared = names.resolve(session, reader, desired, ledger)
    basis, uses, listings, moving = _read(session, ledger, declared, reader, choices, decisions)
    lock = _after(ledger.lock, moving)
    told = (*work.warnings, *_warnings(facts, basis.currency), *_standstill(session))
    made = _decided(basis, lock, uses, told, loopback=session.loopback)
    rows = moving.rows(ledger.lock.all(), desired)
    made = replace(made, account_name=facts.name, changes=(*_of_contract(rows, basis), *made.changes))
    made = targets.narrow(made, basis.desired, lock.all(), choices.targets, choices.excludes)
    if made.untargeted:
        made = replace(made, changes=hold_untargeted(made.changes, basis))
    there = {change.address for change in made.changes}
    mine = {address: one for address, one in desired.items() if address in there}
    spoken = [f"{one.message}; {one.hint}" for one in remarks(mine, basis.entries)]
    made = replace(made, warnings=(*made.warnings, *spoken, *elsewhere.warnings(session, ledger, made.changes)))
    shown = objects(made.changes, basis.desired, basis.entries, basis.live)
    known = About(shown, asked=asked(basis.desired, lock.refreshes, decisions))
    made = replace(made, names=videos.names_of(made.changes, lock.library, lock.refreshes), about=known)
    rails = rails_of(session, made, facts.timezone)
    made = _assessed(session, made, basis, rails, choices)
    return Planned(made, basis, reader, listings, ledger, facts, declared, rails)


def _read(
    session: Session,
    ledger: Ledger,
    declared: Mapping[Address, Resource],
    reader: Reader,
    choices: Choices,
    decisions: Mapping[str, str],
) -> tuple[Basis, videos.Uses, dict[str, Listing], Moves]:
    """What the plan is made from, as if everything that manifests move and adopt were bound as they say."""
    work = session.workspace
    moving = to_move(ledger, declared)
    lock = _after(ledger.lock, moving)
    at_steps, renewed, blocked = stepped(session, declared, lock.refreshes)
    uses = videos.resolve(at_steps, lock.resources, lock.library, lock.refreshes, decisions)
    desired = uses.desired
    reader.extra = _extra_fields(desired, ledger)
    listings = read_account(reader, ledger)
    settle_listed(ledger, work.contracts, listings)
    # What the listings settled may have been all that a move waited for.
    moving = to_move(ledger, declared)
    basis = Basis(
        contracts=work.contracts,
        advertiser_id=work.file.account.advertiser_id,
        currency=work.file.account.currency,
        now=session.world.now(),
        desired=desired,
        entries=_after(ledger.lock, moving).resources,
        live=_with_own_creates(session, ledger, listings),
        names={kind: listing.by_name for kind, listing in listings.items()},
        deleted={kind: frozenset(listing.deleted) for kind, listing in listings.items()},
        open=frozenset([*(intent.address for intent in ledger.intents.values()), *chain(*moving.stuck)]),
        stuck=frozenset(new for _, new in moving.stuck),
        recreate=_addresses(choices.recreate, desired),
        replace=_addresses(choices.replace, desired),
        blocked={**uses.blocked, **blocked},
        renewed=renewed,
        delete_hold_days=work.file.guardrails.delete_hold_days,
    )
    basis = with_adoptions(basis, declared)
    return with_edges(replace(basis, renamed=renamed(basis))), uses, listings, moving


def to_move(ledger: Ledger, declared: Mapping[Address, Resource]) -> Moves:
    """What the manifests say has moved, and the lockfile still has under the old address."""
    return moves.sorted_out(pending(declared, ledger.lock.all().keys()), written(ledger))


def written(ledger: Ledger) -> list[str]:
    """What the journal holds of every write without a known outcome, as JSON text."""
    return [json.dumps([str(one.address), one.entries, one.meta], default=str) for one in ledger.intents.values()]


def _after(lock: Lock, moving: Moves) -> Lock:
    """The lockfile as it will be after the moves."""
    after = replace(
        lock,
        resources=dict(lock.resources),
        videos=dict(lock.videos),
        images=dict(lock.images),
        refreshes=dict(lock.refreshes),
    )
    for address, entry in moves.moved(lock.all(), moving.ready).items():
        if entry is None:
            after.drop(address)
        else:
            after.put(address, entry)
    return after


def account_facts(session: Session, reader: Reader) -> Facts:
    """What the platform says of the account. Raises Invalid where it is another one than the workspace's, and before
    anything is asked where its host does not speak what is declared."""
    if refused := ahead.unheard(session, reader):
        spoken = next(iter(refused.values()))
        message = f"{session.workspace.base_url} speaks contract {' and '.join(spoken)}, not {' and '.join(refused)}"
        hint = f"set `api.contract: {' or '.join(spoken)}` and declare in its fields, or set another `api.base_url`"
        raise Invalid(Finding("R905", message, Place(workspace.FILE, 1), hint=hint))
    facts = reader.facts.take() if reader.facts else ahead.told_of(session, reader)
    reader.facts = None
    if found := ahead.wrong(session, facts):
        raise Invalid(many=found)
    return facts


def _warnings(facts: Facts, currency: str | None) -> Iterator[str]:
    yield from facts.warnings
    if currency is None and facts.currency:
        told = facts.currency
        yield f"every amount counts in {told}, the account's currency: set `account.currency: {told}`"
    if not facts.serves:
        yield f"{facts.standing}: nothing in it is delivered, and apply refuses until it is {SERVES}"
    elif facts.status not in (None, SERVES):
        yield f"{facts.standing}, a status that is not known here; see what Ads Manager says"


_MEANWHILE = "what that run has made in the last moments may show here as a twin, or as missing"


def _standstill(session: Session) -> Iterator[str]:
    if (halted := session.store.halted()) is not None:
        yield f"{halt.words(halted)}; apply refuses until `reconciler resume`"


def _decided(basis: Basis, lock: Lock, uses: videos.Uses, warnings: Sequence[str], *, loopback: bool) -> Plan:
    """Every row."""
    draft = decide(basis)
    draft.warnings += uses.warnings
    removals.decide(basis, draft)
    refreshes.decide(basis, lock.library, lock.refreshes, draft, uses.uploads)
    bids.gather(basis, draft)
    births.hold(basis, draft, announced=not loopback)
    changes = causes.told(draft.changes, basis.desired, basis.entries, lock.refreshes)
    return Plan(
        contract=basis.contracts.own.name,
        advertiser_id=basis.advertiser_id,
        currency=basis.currency,
        changes=_of_contract(changes, basis),
        unchanged=draft.unchanged,
        unmanaged=unmanaged(basis),
        warnings=(*warnings, *draft.warnings),
        entries=draft.entries,
        needs=uses.needs,
        variants=variants_of(lock.refreshes),
    )


def _of_contract(changes: Sequence[Change], basis: Basis) -> tuple[Change, ...]:
    """The rows, those of another contract than the workspace's with its name."""
    own = basis.contracts.own
    return tuple(
        replace(one, contract=spoken.name)
        if one.address.kind in basis.contracts.kinds and (spoken := basis.contract_of(one.address)) is not own
        else one
        for one in changes
    )


def _assessed(session: Session, plan: Plan, basis: Basis, rails: Rails, choices: Choices) -> Plan:
    """The plan with what it would cost, how long it takes, and what it violates."""
    work = session.workspace
    submits = sum(len(change.work.submits) for change in plan.changes if change.work)
    plan = replace(
        plan,
        notice=any(change.op == "upload" and "stock" in refreshes.libraries(change) for change in plan.changes),
        eta_seconds=refreshes.eta_seconds(submits, windows(work.file.api.rate, "refresh_create")[60.0]),
    )
    granted = allowances(session, choices.allow, choices.reason)
    scene = Scene(plan, basis.live, basis.entries, basis.desired, basis.contracts, rails, basis.now)
    plan = vanished.hold(assess(scene, granted), basis, scene, granted)
    lifting = {(one.rule, one.address) for one in plan.allowances}
    idle = [f"--allow {one.text} lifts nothing here" for one in granted if (one.rule, one.address) not in lifting]
    idle += [
        f"--recreate {one} makes nothing anew: its object is live; `--replace {one}` makes a new one and pauses it"
        for one in sorted(basis.recreate)
        if basis.object_of(one)
    ]
    return replace(plan, warnings=(*plan.warnings, *idle))


def read_account(reader: Reader, ledger: Ledger) -> dict[str, Listing]:
    """One complete listing a kind; a kind that misses something the lockfile knows is listed twice.

    Only when two complete listings agree is an object called gone.
    """
    listings = read_all(reader, reader.contracts.kinds)
    missing = {
        address.kind
        for address, entry in ledger.lock.resources.items()
        if entry.id not in listings[address.kind].objects
    }
    reader.begin(sorted(missing))
    for kind in sorted(missing):
        first, second = listings[kind], reader.listing(kind)
        objects = {**first.objects, **second.objects}
        listings[kind] = replace(second, objects=objects)
    return families(listings, reader.pure) if missing else listings


def _with_own_creates(
    session: Session, ledger: Ledger, listings: Mapping[str, Listing]
) -> dict[str, dict[str, LiveObject]]:
    """What is live; what we made a moment ago counts as live although no list shows it yet."""
    from datetime import datetime

    live = {kind: dict(listing.objects) for kind, listing in listings.items()}
    trust = session.workspace.file.recovery.quiet_period * 10 / 3
    for address, entry in ledger.lock.resources.items():
        if address.kind not in live or entry.id in live[address.kind] or not entry.unlisted_since:
            continue
        if session.world.now() - datetime.fromisoformat(entry.unlisted_since).timestamp() < trust:
            parent = ledger.lock.resources.get(entry.parent) if entry.parent else None
            fields = {"status": "DISABLE", **entry.applied} if not entry.unpaused else entry.applied
            live[address.kind][entry.id] = LiveObject(entry.id, "", parent.id if parent else None, fields)
    for kind in live:
        above = KINDS[kind].parent or ""
        if above in live:
            # What belongs to an object that is gone is gone with it, however it is listed.
            live[kind] = {
                one: row for one, row in live[kind].items() if row.parent is None or row.parent in live[above]
            }
    return live


def _extra_fields(desired: Mapping[Address, Resource], ledger: Ledger) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for address, resource in desired.items():
        found.setdefault(address.kind, set()).update(resource.fields)
    for address, entry in ledger.lock.resources.items():
        found.setdefault(address.kind, set()).update(entry.applied)
    return {kind: frozenset(names) for kind, names in found.items()}


def _addresses(texts: Sequence[str], desired: Mapping[Address, Resource]) -> frozenset[Address]:
    """Addresses that manifests declare. Raises Invalid."""
    known = {str(address): address for address in desired} if texts else {}
    for text in texts:
        if text not in known:
            hint = misaddressed(text, known) or "write it as campaign/spring"
            raise Invalid(Finding("R902", f'no manifest declares "{text}"', hint=hint))
    return frozenset(known[text] for text in texts)
