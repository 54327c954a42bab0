"""What a plan binds anew in the lockfile, before anything is sent: moves, then adoptions. Nothing is sent for them.

Each of the two is one record of the journal, durable before the first effect: a run that is killed has done all moves
or none, all adoptions or none, and the next plan says only what is left.
"""

from __future__ import annotations

from reconciler.apply.outcomes import Outcomes
from reconciler.model import Outcome, Plan
from reconciler.plan.basis import Basis
from reconciler.plan.moves import moved
from reconciler.state.ledger import Ledger


def rebind(plan: Plan, basis: Basis, ledger: Ledger) -> tuple[Outcome, ...]:
    """Carry out the plan's moves and adoptions; returns how the moves ended. Raises ReconcilerError."""
    moves = [(change.moved_from, change) for change in plan.changes if change.op == "move"]
    pairs = [(old, change.address) for old, change in moves if old is not None]
    ledger.change(moved(ledger.lock.all(), pairs), "moved")
    ledger.change({one.address: basis.entries[one.address] for one in plan.changes if one.op == "adopt"}, "adopt")
    return tuple(Outcome(change.address, "move", "done", change.id) for _, change in moves)


def end_adopted(plan: Plan, outcomes: Outcomes) -> None:
    """The rows of what is bound by now."""
    for change in plan.changes:
        if change.op == "adopt":
            outcomes.end(change.address, "done")
