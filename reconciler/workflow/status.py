"""`status`: what is still open, from lockfile and journal alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.apply import waiting
from reconciler.apply.reply import settle_recorded
from reconciler.apply.settle import settles_at
from reconciler.canonical import stamp
from reconciler.model import Address, RefreshEntry, Task
from reconciler.state import halt
from reconciler.state.signed import Approval
from reconciler.state.variants import open_tasks
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session
from reconciler.workflow.variants import of_record


def status(session: Session) -> dict[str, Any]:
    """The document of `status --json`, without `format_version`."""
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
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
    decisions = load_approvals(session) if ledger.lock.refreshes else {}
    refreshes = [refresh(session, *one, decisions) for one in sorted(ledger.lock.refreshes.items())]
    unknown = sum(one["state"] == "unknown" for one in intents)
    halted = session.store.halted()
    return {
        "serial": ledger.lock.serial,
        **({} if halted is None else {"halted": dict(halt.parse(halted))}),
        "refreshes": refreshes,
        "intents": intents,
        "summary": {
            "pending": len(intents) - unknown + sum(one["pending"] for one in refreshes),
            "unknown": unknown,
        },
    }


def has_work(session: Session) -> bool:
    """Whether `advance` has anything to go on with: open writes, tasks, variants, steps that wait. No network."""
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
    records = ledger.lock.refreshes.values()
    on_its_way = any(
        open_tasks(one) or any(slot.state == "pending" for slot in one.current.variants) for one in records
    )
    return bool(ledger.intents or on_its_way or waiting.steps_of(ledger).steps)


def refresh(
    session: Session, address: Address, record: RefreshEntry, decisions: Mapping[str, Approval]
) -> dict[str, Any]:
    """One row of `refreshes`: slots by state, tasks, variants with their decisions."""
    slots = [one for one in record.current.variants if one.slot <= record.wanted]
    count = Counter(one.state for one in slots)
    return {
        "address": str(address),
        "generation": record.current.generation,
        "wanted": record.wanted,
        "ready": count["ready"],
        "pending": count["pending"],
        "failed": count["failed"] + count["expired"],
        "tasks": [_task(session, task, record) for task in record.current.tasks],
        "variants": [one.document() for one in of_record(session, address, record, decisions)],
    }


def _task(session: Session, task: Task, record: RefreshEntry) -> dict[str, Any]:
    """`slot` is null while a submit of several has not been given its slots; no next poll for what is done."""
    slot = next((one.slot for one in record.current.variants if one.task_id == task.task_id), None)
    again = None
    if task in open_tasks(record):
        due = datetime.fromisoformat(task.submitted_at).timestamp() + session.workspace.file.refresh.poll_seconds
        again = stamp(max(due, session.world.now()))
    return {
        "task_id": task.task_id,
        "slot": slot,
        "status": task.status,
        "submitted_at": task.submitted_at,
        "next_poll_at": again,
    }
