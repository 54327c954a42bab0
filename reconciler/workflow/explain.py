"""`explain ADDRESS`: manifest → last applied → live → decision. The decision is the plan's row; none is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.canonical import stamp
from reconciler.errors import Invalid, Place
from reconciler.model import Address, Change, Entry, LiveObject, LockEntry, RefreshEntry, Resource, Violation
from reconciler.plan.actions import compile_plan
from reconciler.plan.basis import Basis
from reconciler.plan.edges import is_object
from reconciler.plan.lists import base
from reconciler.plan.sending import Action
from reconciler.plan.videos import DEFAULTS
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from reconciler.state.runs import PastEffect
from reconciler.workflow import history, status
from reconciler.workflow.plan import Choices, Planned, make
from reconciler.workflow.session import Session
from reconciler.workflow.sources import Sources


@dataclass(frozen=True, slots=True)
class FieldStory:
    """One field: what each side says, and what comes of it. What a side does not say is None."""

    path: str
    place: Place | None
    desired: Any
    applied: Any
    live: Any
    side: str | None
    """Who changed it, where the plan has a row for it."""
    verdict: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that is known of one address."""

    address: Address
    resource: Resource | None
    entry: Entry | None
    live: LiveObject | None
    change: Change | None
    """The plan's row; None when it has none."""
    nothing: str
    """Why there is no row; empty where there is one."""
    fields: tuple[FieldStory, ...]
    sends: tuple[Action, ...]
    warnings: tuple[str, ...]
    violations: tuple[Violation, ...]
    intent: Intent | None
    last: PastEffect | None
    """The last call for it that was done, as this machine's record tells."""
    refresh: Mapping[str, Any] | None
    """For a refresh that was applied: its row of `status --json`."""
    planned: Planned


def explain(session: Session, address: Address) -> Explained:
    """Raises Invalid for an address that neither a manifest nor the lockfile knows. Sends nothing but GET."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    ledger = session.ledger()
    desired = session.desired(ledger)
    open_before = {intent.address for intent in ledger.intents.values()}
    if address not in {*desired, *ledger.lock.all(), *open_before}:
        names = {str(one) for one in (*desired, *ledger.lock.all(), *open_before)}
        raise Invalid(history.unknown(address, names, "neither a manifest nor the lockfile knows it"))
    planned = make(session, ledger, desired, session.reader(session.client(read_only=True), ledger, desired), Choices())
    plan, basis = planned.plan, planned.basis
    resource, entry = planned.declared.get(address), ledger.lock.all().get(address)
    # What has moved may have a second row, which says more.
    change = next((one for one in reversed(plan.changes) if one.address == address), None)
    actions = compile_plan(plan, basis, stamp(session.world.now()))
    done = (one for one in reversed(history.recorded(session).effects) if one.path and one.outcome == "done")
    return Explained(
        address,
        resource,
        entry,
        basis.object_of(address),
        change,
        _nothing(resource, entry) if change is None else "",
        tuple(_fields(address, resource, entry, change, basis, Sources(session))),
        tuple(one for one in actions if one.address == address and one.call),
        tuple(one for one in plan.warnings if one.startswith((f"{address}:", f"{address} "))),
        tuple(one for one in plan.violations if one.address == address),
        _intent(ledger, address),
        next((one for one in done if one.address == str(address)), None),
        status.refresh(session, address, entry) if isinstance(entry, RefreshEntry) else None,
        planned,
    )


def _intent(ledger: Ledger, address: Address) -> Intent | None:
    return next((one for one in ledger.intents.values() if one.address == address), None)


def _nothing(resource: Resource | None, entry: Entry | None) -> str:
    """Why a plan has no row for it."""
    if resource is not None and entry is None:
        return "it is uploaded when a refresh needs it"
    if resource is not None:
        return "everything is as the manifest says"
    if isinstance(entry, LockEntry) and entry.removed_at:
        return f"its manifest is gone; it was disabled at {entry.removed_at} and is left alone"
    return "its manifest is gone, and its campaign takes it along"


def _fields(
    address: Address,
    resource: Resource | None,
    entry: Entry | None,
    change: Change | None,
    basis: Basis,
    sources: Sources,
) -> Iterator[FieldStory]:
    live = basis.object_of(address)
    wanted = dict(resource.fields) if resource else {}
    applied = dict(entry.applied) if isinstance(entry, LockEntry) else {}
    shown = dict(live.fields) if live else {}
    rows = {one.path: one for one in change.fields} if change else {}
    for path in sorted({*wanted, *applied, *rows, *(one for one, value in shown.items() if value is not None)}):
        row = rows.get(path)
        yield FieldStory(
            path,
            sources.place(resource, path) if resource else None,
            wanted.get(path, row.new if row and resource else None),
            applied.get(path),
            shown.get(path),
            row.side if row and change and change.op not in ("create", "upload", "refresh") else None,
            _verdict(path, resource, path in applied, live, change, basis),
        )


def _verdict(
    path: str, resource: Resource | None, applied: bool, live: LiveObject | None, change: Change | None, basis: Basis
) -> str:
    row = next((one for one in change.fields if one.path == path), None) if change else None
    if resource and path in resource.lifecycle.ignore and live is not None:
        reason = resource.lifecycle.reasons.get(path)
        return f"left to others{f': {reason}' if reason else ' (lifecycle.ignore)'}"
    if change is not None and change.op == "blocked" and (row is not None or live is None):
        return "not sent: the row is blocked"
    if row is not None:
        return "would be sent" if row.old != row.new else "added by others, and kept by the write"
    if change is not None and any(base(one.path) == path for one in change.fields):
        return "some of it would be changed, as told below"
    if resource is None or path not in resource.fields:
        sent = basis.desired[resource.address].fields if resource else {}
        if path in sent:
            return "in sync: sent with a generated variant unless the manifest sets it"
        if resource is not None and applied and path not in DEFAULTS:
            return "no longer managed; its live value stays"
        return "not managed: no manifest sets it"
    if not is_object(resource.address):
        return "goes into the inputs of its generation" if change else "as it was applied"
    if live is not None and path not in live.fields:
        return "in sync, as far as one can tell: the API never shows it, so what was applied counts"
    return "in sync"
