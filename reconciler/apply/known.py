"""Ids that cannot be that of something new: a reply that names one is no proof of what was made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from reconciler.kinds.registry import KINDS
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger

_PLATFORM_DIGITS = 15
"""Ids of the platform have 16 to 19 digits and are unique over all kinds; a small server of one's own may count anew
for each kind, so shorter ones are compared within theirs."""


class KnownIds(Struct):
    """What was there before, and what was bound or made since: (kind, id)."""

    pairs: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, ledger: Ledger, live: Mapping[str, Iterable[str]] | None = None) -> KnownIds:
        """Everything that is bound; `live`: the ids of every kind that a listing showed."""
        known = cls({(address.kind, entry.id) for address, entry in ledger.lock.resources.items()})
        for kind, ids in (live or {}).items():
            known.pairs |= {(kind, one) for one in ids}
        return known

    def kind_of(self, kind: str, identity: str) -> str | None:
        """The kind of the object that has the id of a new object of `kind` already; None: it is free."""
        kinds = [kind, *KINDS] if len(identity) >= _PLATFORM_DIGITS else [kind]
        return next((one for one in kinds if (one, identity) in self.pairs), None)

    def doubt(self, ledger: Ledger, intent: Intent, identity: str | None, tasks: Iterable[str]) -> str | None:
        """Why what a reply names cannot be what its write made; None where it can, and then it is known from now on.

        `identity`: of the object a create made. `tasks`: that a submit started.
        """
        if intent.verb == "submit" and (again := sorted(set(tasks) & _tasks(ledger))):
            return f"the reply names task {again[0]}, which an earlier submit started"
        if intent.verb != "create" or identity is None:
            return None
        owner = self.kind_of(intent.address.kind, identity)
        if owner is None and identity in _named(intent):
            owner = "object that the call named"
        if owner is not None:
            return f"the reply names {identity}, which is the id of another {owner}"
        self.pairs.add((intent.address.kind, identity))
        return None


def _named(intent: Intent) -> set[str]:
    """The long ids that the call itself named: of its parent, of the account."""
    body = json.loads(intent.body)
    return {str(one) for one in body.values() if len(str(one)) >= _PLATFORM_DIGITS} if isinstance(body, dict) else set()


def _tasks(ledger: Ledger) -> set[str]:
    records = ledger.lock.refreshes.values()
    return {task.task_id for record in records for one in (record.current, *record.past) for task in one.tasks}
