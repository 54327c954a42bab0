"""Deliberate breakages of creates that are under way together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.apply import flight
from reconciler.apply.executor import Executor
from reconciler.apply.flight import Flight
from reconciler.apply.reply import Reading
from reconciler.apply.send import Sender, Sending
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from tests.simulation.mutants import Mutant, Patch


def _after_unknown(patch: Patch) -> None:
    """A create is begun although another of its stage is unknown."""
    patch.setattr(Flight, "_is_closed", lambda self: False)
    patch.setattr(Executor, "_may_begin", lambda self, action: self._goes_on())


def _read_first(patch: Patch) -> None:
    """A reply is read, and what it means written down, before it is recorded itself."""
    record, meaning = Ledger.reply, Sender._meaning

    def later(self: Ledger, intent: Intent, data: Mapping[str, Any], *others: Intent) -> None:
        for one in (intent, *others):
            one.reply = dict(data)

    def first(self: Sender, intent: Intent) -> Reading:
        found = meaning(self, intent)
        if intent.reply is not None:
            record(self.run.ledger, intent, intent.reply)
        return found

    patch.setattr(Ledger, "reply", later)
    patch.setattr(Sender, "_meaning", first)


def _left_behind(patch: Patch) -> None:
    """A stage ends while replies are still under way, and nobody waits for them."""

    def gone(self: Flight) -> None:
        self._begun.clear()

    patch.setattr(Flight, "await_all", gone)


def _as_many_as_there_are(patch: Patch) -> None:
    """Every create of a stage is begun at once."""
    patch.setattr(flight, "MOST", 100)


def _beside_anything(patch: Patch) -> None:
    """What is no create is sent while creates are under way."""
    patch.setattr(Flight, "land", lambda self: None)


def _once_more(patch: Patch) -> None:
    """What was throttled beside others is sent again although one of those is unknown."""
    tell = Flight._tell

    def anyway(self: Flight) -> None:
        asked, self.may_begin = self.may_begin, lambda _: True
        try:
            tell(self)
        finally:
            self.may_begin = asked

    patch.setattr(Flight, "_tell", anyway)


def _left_first(patch: Patch) -> None:
    """The place of a call by itself is left before its reply is recorded."""
    record = Sender._record

    def early(self: Sender, sending: Sending) -> None:
        sending.coming.take()
        if sending.place is not None:
            self._leave(sending.place)
            sending.place = None
        record(self, sending)

    patch.setattr(Sender, "_record", early)


FLIGHT_MUTANTS = (
    Mutant("a create begun after an unknown one", _after_unknown, "I43"),
    Mutant("sent again after an unknown one", _once_more, "I43", 90),
    Mutant("a reply that is read before it is recorded", _read_first, "I3"),
    Mutant("a place that is left before the reply is recorded", _left_first, "I3"),
    Mutant("replies that nobody waits for", _left_behind, "I3 I17 I22"),
    Mutant("more than four at once", _as_many_as_there_are, "I17", 410),
    Mutant("other writes beside creates", _beside_anything, "I17"),
)
