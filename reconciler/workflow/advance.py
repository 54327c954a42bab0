"""`advance`: go on with what is on its way, and with approved steps that waited for it; nothing new is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reconciler.account.listing import Reader
from reconciler.apply.send import Sender
from reconciler.canonical import stamp
from reconciler.errors import ReconcilerError
from reconciler.model import Action, Address, Outcome
from reconciler.plan.actions import compile_plan
from reconciler.state.ledger import Ledger
from reconciler.workflow import carrying, refreshes
from reconciler.workflow.apply import exit_code, settle, tally, waiting
from reconciler.workflow.carrying import Step
from reconciler.workflow.plan import Choices, make
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
        client = session.client(read_only=False, stopped=stopped)
        reader = session.reader(client)
        settle(session, ledger, reader, stopped)
        sender = Sender(session.world, client, session.workspace.contract, ledger, stopped)
        made, broken = refreshes.run(
            session, ledger, sender, (), wait_seconds=seconds, stopped=stopped, told=session.waited
        )
        if broken is not None:
            raise broken
        error: ReconcilerError | None = None
        steps, allow, digest = carrying.steps_of(ledger)
        if steps and not stopped():
            rows, error = _go_on(session, ledger, reader, steps, allow, digest or "", made, stopped)
            made |= rows
        outcomes = tuple(made.values())
        code = exit_code(outcomes, waiting(session, ledger), stopped=stopped(), broken=error)
        ledger.end(code, tally(outcomes))
        return Advanced(outcomes, code)


def _go_on(
    session: Session,
    ledger: Ledger,
    reader: Reader,
    steps: Sequence[Step],
    allow: Sequence[str],
    digest: str,
    made: dict[Address, Outcome],
    stopped: Callable[[], bool],
) -> tuple[dict[Address, Outcome], ReconcilerError | None]:
    """The waiting steps that are still what was approved, carried out; the others are left, each saying why."""
    planned = make(session, ledger, session.desired(ledger), reader, Choices(allow=allow))
    rows = {change.address: change for change in planned.plan.changes}
    approved = {(one.address, one.verb, one.signature) for one in steps}
    actions = compile_plan(planned.plan, planned.basis, stamp(session.world.now()))
    wanted = carrying.statuses(planned.plan)
    changed = {
        one.address
        for one in actions
        if (one.address, one.verb, carrying.signature(one, planned.plan, wanted)) not in approved
    } | ({one.address for one in planned.plan.violations})
    waiting_for = {one.address for one in steps}
    changed |= {one for one in waiting_for if one in rows and rows[one].op == "blocked"}
    changed |= {one for one in waiting_for if one not in planned.basis.desired}
    stale = [one for one in waiting_for if one in changed]
    chosen = [one for one in actions if one.address in waiting_for - changed]
    kept = tuple(change for change in planned.plan.changes if change.address in {one.address for one in chosen})
    plan = replace(planned.plan, changes=kept, entries={}, violations=())
    executor = carrying.executor_for(session, ledger, replace(planned, plan=plan), stopped, _silent)
    executor.begin(plan, chosen)
    pending = carrying.carry_out_late(executor, plan, chosen, made)
    executor.finish()
    carrying.remember(ledger, plan, pending, digest, stale)
    outcomes = dict(executor.outcomes)
    for address in sorted(stale):
        outcomes[address] = Outcome(
            address,
            rows[address].op if address in rows else "update",
            "failed",
            code="R708",
            message="its manifest, its live value or an approval is not what was approved",
            hint="run `reconciler plan`, review what it shows now, and apply",
        )
    return outcomes, executor.error


def _silent(action: Action) -> None:
    """Nobody watches a scheduled run."""
