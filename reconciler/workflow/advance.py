"""`advance`: go on with what is on its way, and with approved steps that waited for it; nothing new is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from reconciler.apply import waiting
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.run import Run
from reconciler.apply.send import Sender
from reconciler.apply.waiting import Waits
from reconciler.canonical import stamp
from reconciler.errors import ReconcilerError
from reconciler.model import Address, Change, Outcome, Resource
from reconciler.plan.actions import compile_plan
from reconciler.plan.sending import Action
from reconciler.workflow.apply import exit_code, require_serving, settle, still_open, tally
from reconciler.workflow.parts import executor_for, make_variants, run_of
from reconciler.workflow.plan import Choices, Planned, make
from reconciler.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Advanced:
    """How it ended: 0 nothing left, 8 more to do, 6 an approved step is another one now."""

    outcomes: tuple[Outcome, ...]
    exit_code: int


def advance(session: Session, seconds: float, stopped: Callable[[], bool]) -> Advanced:
    """One pass over everything on its way, or passes until `seconds` are over."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    with session.writing("advance") as ledger:
        ledger.require_running()
        desired = session.desired(ledger)
        reader = session.reader(session.client(read_only=False, stopped=stopped), ledger, desired)
        run = run_of(session, ledger, reader, stopped)
        settle(run)
        outcomes = Outcomes()
        broken = make_variants(session, run, Sender(run), outcomes, (), wait_seconds=seconds)
        if broken is not None:
            raise broken
        error: ReconcilerError | None = None
        waits = waiting.steps_of(ledger)
        if waits.steps and not stopped():
            error = _go_on(session, run, desired, outcomes, waits)
        told = tuple(outcomes.ended.values())
        code = exit_code(told, still_open(run), stopped=stopped(), broken=error)
        ledger.end(code, tally(told))
        return Advanced(told, code)


def _go_on(
    session: Session, run: Run, desired: Mapping[Address, Resource], outcomes: Outcomes, waits: Waits
) -> ReconcilerError | None:
    """The waiting steps that are still what was approved, carried out; the others are left, each saying why."""
    ledger = run.ledger
    planned = make(session, ledger, desired, run.reader, Choices(allow=waits.allow, reason=waits.reason))
    require_serving(planned.facts)
    actions = compile_plan(planned.plan, planned.basis, stamp(session.world.now()))
    waiting_for = {one.address for one in waits.steps}
    changed = _changed(planned, actions, waits)
    stale = sorted(one for one in waiting_for if one in changed)
    chosen = [one for one in actions if one.address in waiting_for - changed]
    kept = tuple(change for change in planned.plan.changes if change.address in {one.address for one in chosen})
    plan = replace(planned.plan, changes=kept, entries={}, violations=())
    outcomes.begin(plan, ledger.lock.refreshes)
    executor = executor_for(session, run, replace(planned, plan=plan), outcomes, _silent)
    executor.begin(chosen)
    pending = waiting.carry_out_late(executor, plan, chosen)
    executor.finish()
    waiting.remember(ledger, plan, pending, waits.digest, stale)
    rows = {change.address: change for change in planned.plan.changes}
    for address in stale:
        outcomes.rows[address] = rows.get(address, Change(address, "update", ""))
        text = "its manifest, its live value or an approval has changed since it was approved"
        hint = "run `reconciler plan`, review what it shows now, and apply"
        outcomes.end(address, "failed", "R708", text, hint=hint)
    return executor.error


def _changed(planned: Planned, actions: Sequence[Action], waits: Waits) -> set[Address]:
    """What is no longer what was approved."""
    rows = {change.address: change for change in planned.plan.changes}
    approved = {(one.address, one.verb, one.signature) for one in waits.steps}
    wanted = waiting.statuses(planned.plan)
    changed = {
        one.address
        for one in actions
        if (one.address, one.verb, waiting.signature(one, planned.plan, wanted)) not in approved
    }
    waiting_for = {one.address for one in waits.steps}
    broken = {one.address for one in planned.plan.violations}
    changed |= {one for one in waiting_for if one in broken or one.kind in broken}
    changed |= {one for one in waiting_for if one in rows and rows[one].op == "blocked"}
    # Nothing is bound anew here: what goes by an address that is still to move waits for the apply that moves it.
    moved = {one.address for one in planned.plan.changes if one.op == "move"}
    desired = planned.basis.desired
    changed |= {one for one in waiting_for & desired.keys() if moved & {one, *desired[one].refs.values()}}
    return changed | {one for one in waiting_for if one not in planned.basis.desired}


def _silent(action: Action, began: float) -> None:
    """Nobody watches a scheduled run."""
