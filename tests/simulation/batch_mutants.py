"""Deliberate breakages of calls for several objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reconciler.apply.send import Effect, Sender
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from tests.simulation.mutants import Mutant, Patch


def _one_intent(patch: Patch) -> None:
    """Only the first object of a call is written down."""
    whole: Callable[..., list[Intent]] = Sender._intend

    def first(self: Sender, effects: Sequence[Effect], text: str) -> list[Intent]:
        return whole(self, effects[:1], text) * len(effects)

    patch.setattr(Sender, "_intend", first)


def _first_is_synced(patch: Patch) -> None:
    """Intents of one call wait for the next record to be durable."""
    whole = Ledger.intent

    def intent(self: Ledger, *given: Any, **how: Any) -> Intent:
        return whole(self, *given, **{**how, "sync": False})

    patch.setattr(Ledger, "intent", intent)


BATCH_MUTANTS = (
    Mutant("one intent for several objects", _one_intent, "I4", under="marketing"),
    Mutant("intents that are not durable together", _first_is_synced, "I4", under="marketing"),
)
