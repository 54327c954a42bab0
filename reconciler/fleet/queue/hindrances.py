"""What stands in the way of jobs, besides those before them: no worker, no token, other files, a closed limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconciler.canonical import stamp
from reconciler.postgres.connection import Database

if TYPE_CHECKING:
    from psycopg import Connection


def workers(connection: Connection[Any], seconds: float) -> int:
    """How many have given a sign of life in so many seconds."""
    row = connection.execute(
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)",
        (seconds,),
    ).fetchone()
    return int(row[0]) if row else 0


_CLOSED = """
SELECT class, extract(epoch FROM closed_until)::float8 FROM fleet_window
WHERE app = %s AND closed_until > clock_timestamp() + make_interval(secs => %s) ORDER BY class"""
_AT_ONCE = 2.0
"""Seconds of waiting that nobody has to be told of."""


def closed(connection: Connection[Any], app: str) -> dict[str, str]:
    """Rate classes of which nobody calls, until when: the API has said that it was too much, or the database has
    forgotten in a crash which calls count."""
    found = connection.execute(_CLOSED, (app, _AT_ONCE)).fetchall()
    return {name: stamp(until) for name, until in found}


def waits_of(found: Mapping[str, str]) -> list[str]:
    """The same in words."""
    why = "the database was restarted after a crash, or the API has said that calls were too many"
    return [f"no call of class {name} is sent before {until}: {why}" for name, until in found.items()]


def waits(database: Database, app: str) -> list[str]:
    """The same of now."""
    with database.transaction() as connection:
        return waits_of(closed(connection, app))


_HELD = """
SELECT DISTINCT held.queue FROM fleet_request r JOIN fleet_hold held ON held.queue = r.queue
WHERE r.run = %s AND r.ended_at IS NULL AND held.run <> r.run ORDER BY 1"""
_GIVEN_BACK = """
SELECT count(*), max(run.base)
FROM fleet_request r JOIN fleet_run run ON run.id = r.run JOIN procrastinate_jobs job ON job.id = r.job
WHERE r.run = %s AND r.ended_at IS NULL AND r.starts = 0 AND job.attempts > 0 AND job.scheduled_at > now()"""

_UNSERVED = """
SELECT DISTINCT r.queue FROM fleet_request r JOIN procrastinate_jobs job ON job.id = r.job AND job.status = 'todo'
WHERE r.run = %s AND r.ended_at IS NULL AND (job.scheduled_at IS NULL OR job.scheduled_at <= now()) AND NOT EXISTS (
    SELECT FROM procrastinate_jobs busy WHERE busy.queue_name = r.queue AND busy.status = 'doing') ORDER BY 1"""


def hindrances(database: Database, app: str, run: str, seconds: float) -> list[str]:
    """What a run waits for, besides its turn; in words. `seconds`: after which a worker counts as gone."""
    with database.transaction() as connection:
        shut = closed(connection, app)
        if not workers(connection, seconds):
            return ["no worker is alive: start one with `reconciler fleet worker`; what was asked is kept"]
        held = [row[0].partition("/")[2] for row in connection.execute(_HELD, (run,)).fetchall()]
        back = connection.execute(_GIVEN_BACK, (run,)).fetchone()
        idle = [row[0].partition("/")[2] for row in connection.execute(_UNSERVED, (run,)).fetchall()]
    told = [f"group {one} waits because its token was refused: mend it, then `reconciler fleet resume`" for one in held]
    serving = "start one that serves it and has its token, unless all are busy"
    told += [f"no worker is at work for group {one}: {serving}" for one in idle]
    told += waits_of(shut)
    if not held and back and back[0]:
        lacking = f", or not commit {back[1][:12]}" if back[1] else ""
        told.append(f"workers have other files than these{lacking}: bring their checkouts to this commit")
    return told
