"""Who else may have changed what is live: a run of this workspace with another lockfile, where that can be told."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import ReconcilerError
from reconciler.model import Change
from reconciler.plan.causes import WITH_DRIFT
from reconciler.state import lockfile
from reconciler.state.ledger import Ledger
from reconciler.workflow.session import Session

_WAY_OUT = (
    "first bring that lockfile here ({how}), then plan again; with `state: {{backend: git}}` or `bucket` all clones "
    "share one"
)
_COMMITTED = {"@{upstream}": "`git pull`", "HEAD": "`git restore reconciler.lock`"}
"""Where a lockfile may be committed, as far as this clone has heard, and how it comes from there."""


def warnings(session: Session, ledger: Ledger, changes: Sequence[Change]) -> tuple[str, ...]:
    """What to know before rows that changed in the account are put back; nothing where all clones share one state."""
    if session.workspace.file.state.backend != "local":
        return ()
    changed = any(one.reason in ("drifted", "both", "vanished", *WITH_DRIFT.values()) for one in changes)
    return (told,) if changed and (told := _told(session, ledger)) else ()


def _told(session: Session, ledger: Ledger) -> str | None:
    for where, how in _COMMITTED.items():
        serial = _serial(session, ledger, where)
        if serial is not None and serial > ledger.lock.serial:
            return (
                "what changed in the account may come of a run of this workspace with a later lockfile: the one in "
                f"{where} has serial {serial}, this one {ledger.lock.serial}; {_WAY_OUT.format(how=how)}"
            )
    if ledger.elsewhere:
        return (
            "this lockfile was saved by runs in another clone, so what changed in the account may come of a run there "
            f"whose lockfile is not here; {_WAY_OUT.format(how='`git pull`')}"
        )
    return None


def _serial(session: Session, ledger: Ledger, revision: str) -> int | None:
    """Of the lockfile that is committed there, if it is one of this workspace's; git is asked for nothing remote."""
    from reconciler.state.git.command import Git

    try:
        git = Git(session.root, session.workspace.file.state.remote)
        ended = git.here("show", f"{revision}:./{lockfile.FILE}")
        found = lockfile.parse(ended.out) if ended.code == 0 else None
    except ReconcilerError:
        return None
    return found.serial if found and found.lineage == ledger.lock.lineage else None
