"""Running the generated variants of a plan, and those still on their way from earlier runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from reconciler.apply.send import Sender
from reconciler.apply.variants import Driver
from reconciler.errors import ReconcilerError
from reconciler.model import Address, Asset, Change, Outcome
from reconciler.plan.refreshes import libraries
from reconciler.state.ledger import Ledger
from reconciler.state.variants import open_tasks, taskless
from reconciler.workflow.session import Session


def run(
    session: Session,
    ledger: Ledger,
    sender: Sender,
    changes: Sequence[Change],
    *,
    wait_seconds: float,
    stopped: Callable[[], bool],
    told: Callable[[str], None],
) -> tuple[dict[Address, Outcome], ReconcilerError | None]:
    """Upload, submit, poll, download. Returns the outcome of every upload and refresh, and why it broke off, if so."""
    file = session.workspace.file
    driver = Driver(
        world=session.world,
        sender=sender,
        ledger=ledger,
        window=session.window,
        fetcher=session.fetcher,
        root=session.root,
        folder=file.artifacts,
        poll_seconds=file.refresh.poll_seconds,
        stopped=stopped,
        told=told,
    )
    before = {address for address, record in ledger.lock.refreshes.items() if open_tasks(record) or taskless(record)}
    broken: ReconcilerError | None = None
    uploads = [change for change in changes if change.op == "upload" and "stock" in libraries(change)]
    refreshes = [change for change in changes if change.op == "refresh"]
    try:
        driver.upload(uploads)
        driver.run(refreshes, wait_seconds=wait_seconds)
        ledger.save()
    except KeyboardInterrupt:
        # The second signal: what is under way stays an open intent.
        with contextlib.suppress(ReconcilerError):
            ledger.withdraw()
            ledger.save()
    except ReconcilerError as error:
        broken = error
        with contextlib.suppress(ReconcilerError):
            ledger.save()
    outcomes = {change.address: _in_stock(change, driver, ledger) for change in uploads}
    for address in [change.address for change in refreshes] + sorted(before - {one.address for one in refreshes}):
        outcomes[address] = driver.outcome(address, ledger.lock.refreshes.get(address))
    return outcomes, broken


def uploaded(
    changes: Sequence[Change],
    ledger: Ledger,
    known: Mapping[Address, Outcome],
    troubles: Mapping[Asset, ReconcilerError],
) -> dict[Address, Outcome]:
    """The outcome of uploads into the asset library, which ads bring about; one that went wrong before stays so."""
    found = {}
    for change in changes:
        if change.op == "upload" and "asset" in libraries(change):
            entry, before = ledger.lock.videos.get(change.address), known.get(change.address)
            if before is not None and before.outcome != "done":
                continue
            trouble = troubles.get(Asset(change.address))
            wanted = {one.path: one.new for one in change.fields}
            if trouble is not None:
                one = trouble.findings[0]
                found[change.address] = Outcome(
                    change.address, "upload", "failed", None, one.code, one.message, one.request_id, one.hint
                )
            elif entry is not None and entry.library_video_id is not None and entry.url == wanted["url"]:
                found[change.address] = Outcome(change.address, "upload", "done", entry.library_video_id)
            else:
                found[change.address] = _not_reached(change.address)
    return found


def _in_stock(change: Change, driver: Driver, ledger: Ledger) -> Outcome:
    trouble = driver.troubles.get(change.address)
    if trouble is not None:
        return trouble
    entry = ledger.lock.videos.get(change.address)
    if entry is None or entry.stock_video_id is None:
        return _not_reached(change.address)
    return Outcome(change.address, "upload", "done", entry.stock_video_id)


def _not_reached(address: Address) -> Outcome:
    hint = "run `reconciler apply` again"
    return Outcome(address, "upload", "skipped", None, "R710", "the run stopped before its turn", None, hint)
