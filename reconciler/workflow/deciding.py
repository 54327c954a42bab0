"""Which generated variants wait for a person, what the numbers mean that people name them by, and the files that hold
what was decided elsewhere than here."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.apply.reply import settle_recorded
from reconciler.errors import Invalid
from reconciler.model import Address, RefreshEntry, Resource
from reconciler.render.deciding import Batch, Candidate, Undecided
from reconciler.state import signed
from reconciler.state.ledger import Ledger
from reconciler.state.signed import Approval, Decision
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


def decision(refresh: str, sha256: str, decided: Decision, by: str, at: str, note: str | None) -> Approval:
    """One decision, with the path of its file in the workspace."""
    return Approval(refresh, sha256, decided, by, at, note)


def text(one: Approval) -> str:
    """The file of a decision."""
    return signed.approval_text(one)


def recorded(path: str, data: bytes | None) -> dict[str, Approval]:
    """SHA-256 → decision, of a file that anybody may have written: one that cannot be read decides nothing."""
    try:
        return signed.approvals({path: data}) if data is not None else {}
    except Invalid:
        return {}
