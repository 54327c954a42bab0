"""Taking over: jobs of workers that gave no sign of life, and rows whose job the engine has lost.

Every worker looks, one at a time. It is no periodic job of the engine: one that hangs, or whose queueing lock collides,
would end all taking over (procrastinate #1408, #1543).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reconciler.fleet.commands import READING
from reconciler.fleet.queue.blame import died, is_deadly
from reconciler.fleet.queue.engine import TASK, defer
from reconciler.postgres.connection import Database
from reconciler.state.folder import PushRefused, Unreachable

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.jobs import Job

_LOCK = 0x7265636F6E65
_LOOKING = 10.0
"""Seconds after which others begin what only looks, where nothing else waits that they could begin: that it is done
twice harms nobody, and a run waits for its last plan."""
PRUNING = 60.0
"""Seconds between two looks at what is old."""
_OFTEN = 2.0
"""Seconds between two sweeps, at most."""
_WAITING = """
SELECT EXISTS (
    SELECT FROM procrastinate_jobs job
    WHERE task_name = %s AND queue_name = ANY(%s) AND status = 'todo'
        AND (scheduled_at IS NULL OR scheduled_at <= now())
        AND NOT EXISTS (SELECT FROM procrastinate_jobs busy WHERE busy.lock = job.lock AND busy.status = 'doing'))"""
_LOST = """
SELECT r.run, r.account, r.command, r.lock, r.queue FROM fleet_request r
LEFT JOIN procrastinate_jobs job ON job.id = r.job AND job.status IN ('todo', 'doing')
WHERE r.ended_at IS NULL AND job.id IS NULL FOR UPDATE OF r SKIP LOCKED"""


async def sweep(app: App, connector: Any, database: Database, queues: Sequence[str], stalled_after: float) -> None:
    """Once, unless somebody else is at it. `queues`: that this worker serves."""
    async with connector.pool.connection() as held, held.transaction():
        row = await (await held.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,))).fetchone()
        if not row or not row[0]:
            return
        stalled = await _stalled(app, held, queues, stalled_after)
        for worker in {job.worker_id for job in stalled if job.worker_id is not None}:
            await asyncio.to_thread(died, database, worker, min(stalled_after, _LOOKING))
        for job in stalled:
            # One that somebody has ended meanwhile holds up none of the others.
            try:
                await _take_over(app, database, job)
            except Exception as error:
                logging.getLogger("reconciler").info("job %s is not taken over: %s", job.id, error)
        await asyncio.to_thread(_ask_again, database)


def apart(stalled_after: float) -> float:
    """Seconds between two sweeps."""
    return min(stalled_after / 3, _OFTEN)


async def _stalled(app: App, connection: Any, queues: Sequence[str], stalled_after: float) -> list[Job]:
    """Jobs of workers that are silent for so long; those that only look for less, once workers have nothing to do."""
    of = app.job_manager.get_stalled_jobs
    stalled = [*await of(task_name=TASK, seconds_since_heartbeat=stalled_after)]
    row = await (await connection.execute(_WAITING, (TASK, list(queues)))).fetchone()
    if stalled_after <= _LOOKING or row[0]:
        return stalled
    silent = await of(task_name=TASK, seconds_since_heartbeat=_LOOKING)
    known = {job.id for job in stalled}
    return stalled + [job for job in silent if job.id not in known and str(job.task_kwargs["command"]) in READING]


async def _take_over(app: App, database: Database, job: Job) -> None:
    from procrastinate import utils
    from procrastinate.jobs import Status

    given: Any = job.task_kwargs
    key = (given["run"], given["account"], given["command"])
    if await asyncio.to_thread(is_deadly, database, key):
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
    else:
        await app.job_manager.retry_job(job, retry_at=utils.utcnow())


def _ask_again(database: Database) -> None:
    try:
        with database.transaction() as connection:
            lost = connection.execute(_LOST).fetchall()
            defer(connection, [((run, account, command), lock, queue) for run, account, command, lock, queue in lost])
    except (Unreachable, PushRefused):
        # The next sweep is soon.
        return


def prune(database: Database, name: str, after: str) -> str:
    """Take away what ended runs of this app have left behind a month ago; where to go on next time, from "" on.

    `migrations/0007_prune.sql` says what.
    """
    with database.transaction() as connection:
        row = connection.execute("SELECT fleet_prune(%s, %s)", (name, after)).fetchone()
    return row[0] or "" if row else ""
