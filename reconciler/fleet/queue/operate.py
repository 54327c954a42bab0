"""What people do to the queue: drop a run, lift the hold of a group, look how long it is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC
from typing import Any

from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid
from reconciler.fleet.circuit import cancelled
from reconciler.fleet.load import Fleet
from reconciler.fleet.queue import hindrances, rows

_OPEN = """
SELECT r.account, r.command, r.lock, r.job FROM fleet_request r
JOIN procrastinate_jobs job ON job.id = r.job AND job.status = 'todo'
WHERE r.run = %s AND r.ended_at IS NULL ORDER BY r.account FOR UPDATE OF r, job SKIP LOCKED"""
_DEPTH = """
SELECT r.queue, count(*) FILTER (WHERE job.status = 'todo'), count(*) FILTER (WHERE job.status = 'doing'),
       min(r.asked_at) FILTER (WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now()))
FROM fleet_request r JOIN procrastinate_jobs job ON job.id = r.job AND job.status IN ('todo', 'doing')
WHERE r.ended_at IS NULL AND r.queue = ANY(%s) GROUP BY r.queue ORDER BY r.queue"""


def cancel(fleet: Fleet, run: str) -> list[str]:
    """Drop what has not begun, or waits to go on, and whatever would be asked for later; in which accounts.

    Raises Invalid (R413).
    """
    dropped = []
    with rows.asking(fleet) as connection:
        told = (run, fleet.file.app.name)
        known = connection.execute("SELECT 1 FROM fleet_run WHERE id = %s AND app = %s", told).fetchone()
        if not known:
            raise Invalid(Finding("R413", f'no run is named "{run}"', hint="`reconciler fleet runs` lists them"))
        rows.drop(connection, run)
        for account, command, lock, job in connection.execute(_OPEN, (run,)).fetchall():
            rows.end(connection, (run, account, command), cancelled(account, lock.rpartition("/")[2]))
            connection.execute("SELECT procrastinate_cancel_job_v1(%s, false, true)", (job,))
            dropped.append(account)
    return sorted(set(dropped))


def lift(fleet: Fleet, queues: Collection[str]) -> list[str]:
    """Let the jobs of these groups begin again; which were held."""
    with rows.asking(fleet) as connection:
        found = connection.execute("DELETE FROM fleet_hold WHERE queue = ANY(%s) RETURNING queue", (sorted(queues),))
        return sorted(row[0] for row in found.fetchall())


def depth(fleet: Fleet, queues: Collection[str]) -> dict[str, Any]:
    """How long the queue is: what waits, what runs, since when the oldest waits that could begin, who is
    held, which rate classes are closed."""
    asked = sorted(queues)
    with rows.asking(fleet) as connection:
        found = connection.execute(_DEPTH, (asked,)).fetchall()
        held = connection.execute("SELECT queue FROM fleet_hold WHERE queue = ANY(%s)", (asked,)).fetchall()
        closed = hindrances.closed(connection, fleet.file.app.name)
        alive = hindrances.workers(connection, fleet.file.engine.stalled_after)
    oldest = min((row[3] for row in found if row[3]), default=None)
    return {
        "waiting": sum(row[1] for row in found),
        "running": sum(row[2] for row in found),
        "oldest_waiting": stamp(oldest.astimezone(UTC).timestamp()) if oldest else None,
        "held": sorted(row[0].partition("/")[2] for row in held),
        "closed": closed,
        "workers": alive,
    }
