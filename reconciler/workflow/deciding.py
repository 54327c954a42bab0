"""Which generated variants wait for a person, and what the numbers mean that people name them by."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.apply.reply import settle_recorded
from reconciler.model import Address, RefreshEntry, Resource
from reconciler.render.deciding import Batch, Candidate, Undecided
from reconciler.state.ledger import Ledger
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session


def undecided(session: Session, ledger: Ledger, declared: Mapping[Address, Resource]) -> tuple[Undecided, ...]:
    """Every ready variant of the newest generation of each refresh with `require_approval`, decided or not.

    By the recorded hash: the files themselves may lie on the disk of another run. Raises Invalid.
    """
    decisions = load_approvals(session)
    found = []
    for address, record in sorted(ledger.lock.refreshes.items()):
        resource = declared.get(address)
        if resource is None or not resource.fields.get("require_approval", False):
            continue
        made = {
            number: Candidate(number, digest, decisions[digest].decision if digest in decisions else "none")
            for number, digest in _ready(record).items()
        }
        if made:
            found.append(Undecided(str(address), record.current.generation, tuple(made.values())))
    return tuple(found)


def ready(session: Session) -> dict[str, Batch]:
    """The newest generation of every refresh by address, as the state records it. No network but the state's own."""
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
    return {
        str(address): Batch(record.current.generation, _ready(record))
        for address, record in ledger.lock.refreshes.items()
    }


def _ready(record: RefreshEntry) -> dict[int, str]:
    """Number → SHA-256."""
    ordered = sorted(record.current.variants, key=lambda one: one.slot)
    return {one.slot: one.sha256 for one in ordered if one.state == "ready" and one.sha256}
