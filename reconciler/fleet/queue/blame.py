"""Which job has killed a worker: that it was under way there says little, for others were, too.

A job that was beside others on two workers that died is begun by itself, and only a death with nothing else under way
counts against it: after two of these it is left alone. Who was frozen and comes back has not died, nor has a worker
whose last sign is older than the server's own start: it was the server that was away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Finding, ReconcilerError
from reconciler.fleet.queue import rows
from reconciler.fleet.queue.rows import Key
from reconciler.fleet.run import Result
from reconciler.postgres.connection import Database

if TYPE_CHECKING:
    from psycopg import Connection

_SUSPECTED, DEADLY = 2, 2
"""So many workers have died with it: beside others, and with nothing else under way."""

_DIED = """
WITH here AS (
    SELECT r.run, r.account, r.command, count(*) OVER () = 1 AS alone
    FROM fleet_request r
    JOIN procrastinate_jobs job ON job.id = r.job AND job.status = 'doing' AND job.worker_id = r.worker
    JOIN procrastinate_workers w ON w.id = r.worker
    WHERE r.worker = %s AND r.ended_at IS NULL AND w.last_heartbeat > pg_postmaster_start_time()
        AND w.last_heartbeat < now() - make_interval(secs => %s))
UPDATE fleet_request r SET worker = NULL,
    alone = CASE WHEN here.alone THEN array_append(r.alone, r.worker) ELSE r.alone END,
    beside = CASE WHEN here.alone THEN r.beside ELSE array_append(r.beside, r.worker) END
FROM here WHERE (r.run, r.account, r.command) = (here.run, here.account, here.command)"""
_LIVES = """
UPDATE fleet_request r SET beside = array_remove(beside, %(worker)s), alone = array_remove(alone, %(worker)s),
    worker = CASE WHEN job.status = 'doing' AND job.worker_id = %(worker)s THEN %(worker)s ELSE r.worker END
FROM procrastinate_jobs job
WHERE job.id = r.job AND r.ended_at IS NULL AND (%(worker)s = ANY(beside) OR %(worker)s = ANY(alone))"""
_BEGUN = "UPDATE fleet_request SET worker = %s WHERE run = %s AND account = %s AND command = %s"
_FETCHED = """
UPDATE fleet_request SET worker = NULL WHERE run = %s AND account = %s AND command = %s
RETURNING cardinality(beside) >= %s OR cardinality(alone) > 0"""
_ALONE = """
SELECT cardinality(alone), lock FROM fleet_request
WHERE run = %s AND account = %s AND command = %s AND ended_at IS NULL FOR UPDATE"""

_LENT = "UPDATE procrastinate_jobs SET lock = %s WHERE id = %s AND status = 'doing' AND worker_id = %s"
_NEXT = "SELECT FROM procrastinate_jobs WHERE lock = %s AND status = 'todo' FOR UPDATE"
_TAKEN_BACK = """
UPDATE procrastinate_jobs SET lock = %(lock)s WHERE id = %(job)s AND status = 'doing' AND worker_id = %(worker)s
    AND NOT EXISTS (SELECT FROM procrastinate_jobs WHERE lock = %(lock)s AND status = 'doing' AND id <> %(job)s)"""


def fetched(connection: Connection[Any], key: Key) -> bool:
    """It is in a worker's hands once more, which has not begun it yet: whether that does nothing beside it."""
    row = connection.execute(_FETCHED, (*key, _SUSPECTED)).fetchone()
    return bool(row and row[0])


def begun(connection: Connection[Any], key: Key, worker: int | None) -> None:
    """By this worker."""
    connection.execute(_BEGUN, (worker, *key))


def lend(database: Database, job: int | None, worker: int | None, waiting: str) -> None:
    """While this job waits in a worker's hands, others may have its account."""
    with database.transaction() as connection:
        connection.execute(_LENT, (waiting, job, worker))


def takes_back(connection: Connection[Any], job: int | None, worker: int | None, lock: str) -> bool:
    """Whether its account is its own again, and not another one's at the moment."""
    # Nobody fetches one of these meanwhile.
    connection.execute(_NEXT, (lock,))
    return connection.execute(_TAKEN_BACK, {"lock": lock, "job": job, "worker": worker}).rowcount == 1


def died(database: Database, worker: int, seconds: float) -> None:
    """A worker gives no sign of life for so many seconds: note with what it was under way. Once more does nothing."""
    with database.transaction() as connection:
        connection.execute(_DIED, (worker, seconds))


def lives(database: Database, worker: int) -> None:
    """It was only frozen, if anything: nobody has killed it."""
    with database.transaction() as connection:
        connection.execute(_LIVES, {"worker": worker})


def is_deadly(database: Database, key: Key) -> bool:
    """Whether it is left alone from now on; that is what it came to then."""
    with database.transaction() as connection:
        row = connection.execute(_ALONE, key).fetchone()
        if row is None or row[0] < DEADLY:
            return False
        message = f"{row[0]} workers have died with nothing else under way: it is not begun again"
        # A look is before a later ring: what it kept from being begun was skipped, and did not fail.
        again = "" if key[2] == "look" else " --failed"
        hint = f"see what they printed last; then `reconciler fleet retry {key[0]}{again}`"
        found = Finding("R421", message, hint=hint)
        rows.end(connection, key, Result(key[1], row[1].rpartition("/")[2], ReconcilerError.exit_code, errors=(found,)))
    return True
