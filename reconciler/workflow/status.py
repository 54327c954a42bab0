"""`status`: what is still open, from lockfile and journal alone."""

from __future__ import annotations

from typing import Any

from reconciler.resolver import settle_recorded
from reconciler.state.ledger import stamp
from reconciler.workflow.plan import settles_at
from reconciler.workflow.session import Session


def status(session: Session) -> dict[str, Any]:
    """The document of `status --json`, without `format_version`."""
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contract)
    quiet = session.workspace.file.recovery.quiet_period
    intents = [
        {
            "address": str(one.address),
            "op": one.verb,
            "sent_at": stamp(one.sent_at),
            "state": one.state,
            "settles_at": stamp(settles_at(one, quiet)),
        }
        for one in ledger.intents.values()
    ]
    unknown = sum(one["state"] == "unknown" for one in intents)
    return {
        "serial": ledger.lock.serial,
        "refreshes": [],
        "intents": intents,
        "summary": {"pending": len(intents) - unknown, "unknown": unknown},
    }
