"""`halt` and `resume`: stop every run on this state, those under way too, and let them go on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.apply.outcomes import Outcomes
from reconciler.apply.pauses import Pauses
from reconciler.apply.reply import settle_recorded
from reconciler.apply.send import Sender
from reconciler.canonical import stamp
from reconciler.errors import Locked
from reconciler.model import Address, Change, Outcome, Plan
from reconciler.state import halt as record
from reconciler.state.ledger import Ledger
from reconciler.workflow.apply import exit_code, still_open, tally
from reconciler.workflow.origin import origin, shown
from reconciler.workflow.parts import run_of
from reconciler.workflow.session import Session, usable

_APART = 0.5
_MARGIN = 10.0


@dataclass(frozen=True, slots=True)
class AllPaused:
    """How `--pause-all` ended: a row for every campaign that ran."""

    outcomes: tuple[Outcome, ...]
    exit_code: int


def halt(session: Session, reason: str | None) -> bytes:
    """From now on no run on this state sends anything. Needs neither the run lock nor the API. What is recorded."""
    session.workspace  # noqa: B018 - only a workspace can be halted
    about = origin(os.environ, session.world, session.secret)
    said = shown(reason, session.secret) if reason else None
    data = record.dump(stamp(session.world.now()), about["actor"], about["host"], said)
    with usable():
        session.store.halt(data)
    return data


def resume(session: Session) -> bytes | None:
    """Lift it. What was recorded; None where nothing was halted."""
    session.workspace  # noqa: B018 - only a workspace can be halted
    with usable():
        session.store.load()
        told = session.store.halted()
        if told is not None:
            session.store.halt(None)
    return told


def pause_all(session: Session, stopped: Callable[[], bool]) -> AllPaused:
    """Pause every managed campaign, once the run under way has let go. Raises Locked where it does not.

    What earlier writes came to is taken from the record alone: nothing is waited for.
    """
    file = session.workspace.file
    fence = file.recovery.quiet_period / 12
    patience = file.api.timeout.connect + file.api.timeout.read + file.refresh.poll_seconds + fence + _MARGIN
    until = session.world.monotonic() + patience
    while True:
        try:
            with session.writing("halt") as ledger:
                return _paused(session, ledger, stopped)
        except Locked:
            if stopped() or session.world.monotonic() >= until:
                raise
        session.waited("waiting for the run under way to stop before its next write")
        session.world.sleep(_APART)


def _paused(session: Session, ledger: Ledger, stopped: Callable[[], bool]) -> AllPaused:
    reader = session.reader(session.client(read_only=False, stopped=stopped), ledger)
    run = run_of(session, ledger, reader, stopped)
    settle_recorded(ledger, run.contracts)
    pauses = Pauses(run, Sender(run))
    pauses.pause_all()
    outcomes = Outcomes()
    rows = [*pauses.paused, *pauses.failed]
    outcomes.begin(_rows(session, rows, ledger), {})
    for address in pauses.paused:
        outcomes.end(address, "done")
    for address, why in pauses.failed.items():
        outcomes.end(address, "failed", "R606", f"still running: {why}")
    outcomes.close(ledger.lock.resources, "")
    told = tuple(outcomes.ended[one] for one in rows)
    code = exit_code(told, still_open(run), stopped=stopped(), broken=None)
    ledger.end(code, tally(told))
    return AllPaused(told, code)


def _rows(session: Session, addresses: list[Address], ledger: Ledger) -> Plan:
    file, entries = session.workspace.file, ledger.lock.resources
    changes = tuple(Change(one, "disable", "halt", entries[one].id) for one in addresses)
    return Plan(file.api.contract, file.account.advertiser_id, file.account.currency, changes)
