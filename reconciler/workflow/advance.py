"""`advance`: go on with what is on its way; nothing new is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.effect import Sender
from reconciler.model import Outcome
from reconciler.workflow import refreshes
from reconciler.workflow.apply import exit_code, settle, tally, waiting
from reconciler.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Advanced:
    """How it ended: 0 nothing left, 8 more to do."""

    outcomes: tuple[Outcome, ...]
    exit_code: int


def advance(session: Session, seconds: float, stopped: Callable[[], bool]) -> Advanced:
    """One pass over everything on its way, or passes until `seconds` are over."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    with session.writing("advance") as ledger:
        client = session.client(read_only=False, stopped=stopped)
        settle(session, ledger, session.reader(client), stopped)
        sender = Sender(session.world, client, session.workspace.contract, ledger, stopped)
        made, broken = refreshes.run(
            session, ledger, sender, (), wait_seconds=seconds, stopped=stopped, told=session.waited
        )
        if broken is not None:
            raise broken
        outcomes = tuple(made.values())
        code = exit_code(outcomes, waiting(session, ledger), stopped=stopped(), broken=None)
        ledger.end(code, tally(outcomes))
        return Advanced(outcomes, code)
