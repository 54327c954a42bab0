"""`history`: what the journals tell of all runs. Reads files only: no lock, no network."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from typing import Literal

from reconciler.errors import Finding, Invalid
from reconciler.manifest.words import misaddressed
from reconciler.model import Address
from reconciler.state import history as records
from reconciler.state import lockfile
from reconciler.state.history import History
from reconciler.state.runs import PastEffect, PastRun
from reconciler.workflow.session import Session

State = Literal["ended", "killed", "running", "open", "unrecorded"]
"""open: no end is recorded, and another machine is or was at it. unrecorded: by a version that recorded no ends."""


@dataclass(frozen=True, slots=True)
class Told:
    """The newest runs, newest first, of how many; `elsewhere`: the newest of all was recorded on another machine."""

    runs: tuple[tuple[PastRun, State], ...]
    total: int
    findings: tuple[Finding, ...]
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Effects:
    """The newest effects on one address, newest first, of how many."""

    address: Address
    effects: tuple[PastEffect, ...]
    total: int
    findings: tuple[Finding, ...]


def runs(session: Session, limit: int) -> Told:
    """The newest `limit` runs. What is wrong with the journals is in `findings`, beside what could be read."""
    history = recorded(session)
    newest = [(run, _state(session, run, history)) for run in reversed(history.runs[-limit:])]
    return Told(tuple(newest), len(history.runs), tuple(history.findings), _elsewhere(session, history))


def effects(session: Session, address: Address, limit: int) -> Effects:
    """The newest `limit` effects on one address. Raises Invalid when no record names it, and all records are sound."""
    history = recorded(session)
    found = [one for one in history.effects if one.address == str(address)]
    if not found and not history.findings:
        raise Invalid(unknown(address, {one.address for one in history.effects}, "no record names it"))
    return Effects(address, tuple(reversed(found[-limit:])), len(found), tuple(history.findings))


def recorded(session: Session) -> History:
    """Everything the journals of this workspace tell."""
    session.workspace  # noqa: B018 - only a workspace has a history
    return records.read(session.journals())


def last_done(session: Session, address: Address) -> PastEffect | None:
    """The newest call for it that was done. Files are looked at from the newest on, and none that does not name it."""
    name = json.dumps(str(address)).encode()
    for file in reversed(session.journals()):
        effects = records.read([file]).effects if name in file[1] else []
        done = (one for one in reversed(effects) if one.path and one.outcome == "done")
        if found := next((one for one in done if one.address == str(address)), None):
            return found
    return None


def unknown(address: Address, names: set[str], why: str) -> Finding:
    """Nothing is known of an address: a typing mistake, most often."""
    hint = misaddressed(str(address), names) or "`reconciler state list` shows what the lockfile holds"
    return Finding("R908", why, address=str(address), hint=hint)


def _state(session: Session, run: PastRun, history: History) -> State:
    if run.end is not None:
        return "ended"
    if not run.tells_its_end:
        return "unrecorded"
    if run is not history.runs[-1]:
        # Only one run at a time holds the workspace.
        return "killed"
    if run.facts.get("host") != platform.node():
        return "open"
    pid = run.facts.get("pid")
    return "running" if isinstance(pid, int) and session.world.alive(pid) else "killed"


def _elsewhere(session: Session, history: History) -> bool:
    """Whether the lockfile was last written by a run that is not in these journals."""
    data = session.stored_lockfile()
    try:
        head = lockfile.parse(data).journal_head if data is not None else None
    except Invalid:
        # The record is wanted most when the lockfile cannot be used.
        return False
    return head is not None and head not in history.known and not history.findings
