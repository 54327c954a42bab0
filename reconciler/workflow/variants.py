"""`variants`, `approve`, `reject`, `consent`: look at what was made, and sign."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from reconciler.apply.reply import settle_recorded
from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid
from reconciler.manifest import paths
from reconciler.manifest.document import FORBIDDEN
from reconciler.manifest.words import misaddressed
from reconciler.model import Address, Generation, RefreshEntry, Variant
from reconciler.state import signed as documents
from reconciler.state.signed import Approval, Decision
from reconciler.workflow.origin import login
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session, usable


class Shown(Struct, frozen=True):
    """One variant with what people decided on its file as it is now."""

    refresh: Address
    generation: Generation
    variant: Variant
    approval: str
    """none, approved or rejected; a changed byte makes it none."""
    current: bool

    def document(self, performance: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """VARIANT, as promised for every `--json`; `performance`: the figures, where somebody asked for them."""
        one = self.variant
        state = one.state if self.current or one.state != "ready" else "superseded"
        return {
            "refresh": str(self.refresh),
            "generation": self.generation.generation,
            "variant": one.slot,
            "task_id": one.task_id,
            "video_id": one.video_id,
            "file": one.file,
            "sha256": one.sha256,
            "bytes": one.bytes,
            "duration_seconds": one.duration_seconds,
            "library_video_id": one.library_video_id,
            "state": state,
            "preview_expires_at": one.preview_expires_at if one.state == "pending" else None,
            "approval": self.approval,
            "performance": performance,
        }


def variants(session: Session) -> list[Shown]:
    """Every variant of every generation the lockfile knows, current ones first."""
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
    decisions = load_approvals(session)
    return [
        shown
        for address in sorted(ledger.lock.refreshes)
        for shown in of_record(session, address, ledger.lock.refreshes[address], decisions)
    ]


def of_record(
    session: Session, address: Address, record: RefreshEntry, decisions: Mapping[str, Approval]
) -> list[Shown]:
    """The variants of one refresh."""
    return [
        Shown(address, made, one, _approval(session, one, decisions), made is record.current)
        for made in (record.current, *record.past)
        for one in made.variants
    ]


def _approval(session: Session, one: Variant, decisions: Mapping[str, Approval]) -> str:
    """The decision that binds to the bytes: those on disk must still be the ones that were recorded."""
    decision = decisions.get(one.sha256 or "")
    return decision.decision if decision is not None and session.keeping.trusted(one) else "none"


def one_line(written: str, option: str) -> str:
    """A text that a document can hold and be read with again. Raises Invalid."""
    if FORBIDDEN.search(written) or "\n" in written:
        message = f"{option} holds a control or format character, or a line break"
        raise Invalid(Finding("R901", message, hint="write plain text on one line"))
    return written


def decide(
    session: Session, address: Address, slots: Sequence[int], decision: Decision, by: str | None, note: str | None
) -> list[str]:
    """Write one Approval file a variant; without `slots`, for all that are ready. Returns their paths."""
    ready = {
        one.variant.slot: one.variant
        for one in variants(session)
        if one.refresh == address and one.current and one.variant.state == "ready"
    }
    if not ready:
        refreshes = session.ledger().lock.refreshes
        near = misaddressed(str(address), map(str, refreshes)) if address not in refreshes else None
        hint = near or "`reconciler variants` shows what there is"
        raise Invalid(Finding("R805", "it has no variant that is ready", address=str(address), hint=hint))
    missing = [slot for slot in slots if slot not in ready]
    if missing:
        known = ", ".join(map(str, sorted(ready)))
        message = f"it has no ready variant {', '.join(map(str, missing))}"
        raise Invalid(Finding("R805", message, address=str(address), hint=f"ready: {known}"))
    session.keeping.bring([ready[slot] for slot in slots or sorted(ready)], str(address))
    changed = [slot for slot in slots or sorted(ready) if not session.keeping.whole(ready[slot])]
    if changed:
        message = f"{address}: the file of variant {', '.join(map(str, changed))} is missing or not what was downloaded"
        raise Invalid(
            Finding("R805", message, address=str(address), hint="restore the file first: a decision binds to its bytes")
        )
    written = []
    who = one_line(by or somebody(session.root), "--by")
    text = one_line(note, "--note") if note else None
    for slot in slots or sorted(ready):
        at = stamp(session.world.now())
        one = Approval(str(address), ready[slot].sha256 or "", decision, who, at, text)
        _write(session, one.path, documents.approval_text(one))
        written.append(one.path)
    return written


def consent(session: Session, by: str) -> str:
    """Record who accepted the notice. Returns the file's name."""
    advertiser = session.workspace.file.account.advertiser_id
    text = documents.consent_text(advertiser, one_line(by, "--by"), stamp(session.world.now()))
    _write(session, documents.CONSENT_FILE, text)
    return documents.CONSENT_FILE


def _write(session: Session, name: str, text: str) -> None:
    """Atomically, inside the workspace. Raises Invalid for a link on the way, ReconcilerError when it cannot be."""
    with usable():
        paths.write(session.world.files, session.root, name, text.encode())


def somebody(root: Path) -> str:
    """git's user.name, then the login."""
    try:
        asked = subprocess.run(
            ["git", "-c", "core.hooksPath=/dev/null", "config", "user.name"],  # noqa: S607 - the user's own git
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        name = asked.stdout.strip()
    except OSError:
        name = ""
    return name or login()
