"""What Procrastinate is told: the task, and of each job the queue, the lock and the priority.

Of two jobs with one lock the engine begins neither while the other runs, and the one of lower priority, or the later,
not while the other waits, not even if that one is not due yet. So whatever waits for a time has a lock of its own
meanwhile, and is given its account's when the time has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services, advertiser
from reconciler.fleet.load import Fleet
from reconciler.fleet.queue.rows import Key

if TYPE_CHECKING:
    from psycopg import Connection

TASK = "reconciler.fleet.run"
_PRIORITIES = {"pause": 100, "apply": 50, "settle": 50, "advance": 40, "wake": 40, "look": 20, "plan": 20, "drift": 0}

_NUMBERED = """
UPDATE fleet_request r SET job = one.job
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS one (job, run, account, command)
WHERE r.run = one.run AND r.account = one.account AND r.command = one.command"""


def queue_of(fleet: Fleet, number: int) -> str:
    """That of a group: a worker serves only groups whose tokens it has."""
    return f"{fleet.file.app.name}/{fleet.file.groups[number].name or number + 1}"


def lock_of(services: Services, account: FleetAccount) -> str:
    """One for each ad account, whatever it is called."""
    return f"{services.fleet.file.app.name}/{advertiser(services, account) or account.name}"


def waiting_lock(lock: str, key: Key) -> str:
    """Nobody else's."""
    return f"{lock} later {key[0]} {key[2]}"


def defer(connection: Connection[Any], asked: Sequence[tuple[Key, str, str]], at: float | None = None) -> list[int]:
    """Put a job for each (key, lock, queue) into the queue, all with one statement; their numbers. `at`: not before."""
    from procrastinate.jobs import Job
    from procrastinate.manager import JobManager
    from procrastinate.sync_psycopg_connector import SyncPsycopgConnector

    due = None if at is None else datetime.fromtimestamp(at, UTC)
    jobs = [
        Job(
            id=None,
            status="todo",
            queue=queue,
            priority=_PRIORITIES[key[2]],
            lock=lock if due is None else waiting_lock(lock, key),
            queueing_lock=None,
            task_name=TASK,
            task_kwargs={"run": key[0], "account": key[1], "command": key[2]},
            scheduled_at=due,
        )
        for key, lock, queue in asked
    ]
    made = JobManager(SyncPsycopgConnector()).batch_defer_jobs(jobs, connection=connection) if jobs else []
    numbers = [int(one.id or 0) for one in made]
    keys = [list(part) for part in zip(*(key for key, _, _ in asked), strict=True)]
    if numbers:
        connection.execute(_NUMBERED, (numbers, *keys))
    return numbers
