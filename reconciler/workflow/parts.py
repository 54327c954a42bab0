"""The parts of one apply, put together from a session: what sends, what makes variants, what carries a plan out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from reconciler.account.listing import Listing, Reader
from reconciler.apply.executor import Executor
from reconciler.apply.known import KnownIds
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.run import Run
from reconciler.apply.send import Sender
from reconciler.apply.uploads import Uploads
from reconciler.apply.variants import Driver
from reconciler.errors import ReconcilerError
from reconciler.kinds.media import Origin, origin
from reconciler.kinds.registry import KINDS
from reconciler.model import Asset, Change
from reconciler.plan.guards import vanished
from reconciler.plan.guards.assess import assess
from reconciler.plan.guards.rails import Scene
from reconciler.plan.guards.wording import CODES, words
from reconciler.plan.refreshes import libraries
from reconciler.plan.sending import Action
from reconciler.state.ledger import Ledger
from reconciler.state.variants import open_tasks, taskless
from reconciler.workflow.plan import Planned
from reconciler.workflow.session import Session, best_effort


def run_of(session: Session, ledger: Ledger, reader: Reader, stopped: Callable[[], bool]) -> Run:
    """What every part is given."""
    work = session.workspace
    quiet = work.file.recovery.quiet_period
    return Run(
        session.world, reader.client, reader, work.contracts, ledger, quiet, stopped, best_effort(session.waited)
    )


def executor_for(
    session: Session, run: Run, planned: Planned, outcomes: Outcomes, count: Callable[[Action, float], None]
) -> Executor:
    """What carries out the plan, with everything it looks and sends with."""
    plan, basis = planned.plan, planned.basis

    def recheck(listings: Mapping[str, Listing]) -> tuple[str, str] | None:
        live = {kind: listing.objects for kind, listing in listings.items()}
        deleted = {kind: frozenset(listing.deleted) for kind, listing in listings.items()}
        granted = any(one.rule == vanished.RULE for one in plan.allowances)
        if not granted and (why := vanished.incomplete(basis, live, deleted)):
            return "R801", f"the worst case a day cannot be told: {why}"
        entries, now = run.ledger.lock.resources, session.world.now()
        scene = Scene(plan, live, entries, basis.desired, run.contracts, planned.rails, now)
        broken = assess(scene, plan.allowances).violations
        if not broken:
            return None
        return CODES[broken[0].rule], f"since it was planned: {words(broken[0], plan.currency)}"

    sender = Sender(run, KnownIds.of(run.ledger, {kind: one.objects for kind, one in planned.listings.items()}))
    sources = {address: one.fields for address, one in basis.desired.items() if KINDS[address.kind].files}
    uploads = Uploads(run, sender, session.keeping, sources)
    return Executor(run, sender, uploads, outcomes, planned.listings, count, recheck)


def make_variants(
    session: Session, run: Run, sender: Sender, outcomes: Outcomes, changes: Sequence[Change], *, wait_seconds: float
) -> ReconcilerError | None:
    """Upload, submit, poll, download; end the row of every refresh. Returns why it broke off, if it did."""
    file, ledger = session.workspace.file, run.ledger
    driver = Driver(
        run,
        sender,
        outcomes,
        window=session.window,
        fetcher=session.fetcher,
        keeping=session.keeping,
        poll_seconds=file.refresh.poll_seconds,
    )
    before = {address for address, record in ledger.lock.refreshes.items() if open_tasks(record) or taskless(record)}
    broken: ReconcilerError | None = None
    uploads = [change for change in changes if change.op == "upload" and "stock" in libraries(change)]
    refreshes = [change for change in changes if change.op == "refresh"]
    try:
        driver.upload(uploads)
        driver.make(refreshes, wait_seconds=wait_seconds)
        ledger.save()
    except KeyboardInterrupt:
        # The second signal: what is under way stays an open intent.
        with contextlib.suppress(ReconcilerError):
            ledger.save()
    except ReconcilerError as error:
        broken = error
        with contextlib.suppress(ReconcilerError):
            ledger.save()
    for change in uploads:
        entry = ledger.lock.videos.get(change.address)
        if entry is not None and entry.stock_video_id is not None:
            outcomes.end(change.address, "done", id=entry.stock_video_id)
    for address in [change.address for change in refreshes] + sorted(before - {one.address for one in refreshes}):
        driver.close(address)
    return broken


def end_uploads(
    changes: Sequence[Change], ledger: Ledger, outcomes: Outcomes, troubles: Mapping[Asset, ReconcilerError]
) -> None:
    """End the rows of uploads into the asset library, which ads bring about."""
    for change in changes:
        if change.op != "upload" or "asset" not in libraries(change):
            continue
        entry, trouble = ledger.lock.library.get(change.address), troubles.get(Asset(change.address))
        wanted = origin({one.path: one.new for one in change.fields})
        if trouble is not None:
            outcomes.failed(change.address, trouble)
        elif entry is not None and entry.library_id is not None and Origin(entry.url, entry.sha256) == wanted:
            outcomes.end(change.address, "done", id=entry.library_id)
        else:
            outcomes.end(change.address, "skipped", "R710", "the run stopped before its turn")
