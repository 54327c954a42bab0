"""Asking: a job for each account, durable before this returns, and waiting for what workers write down.

Whoever asked may go: the jobs go on, and `fleet show RUN` finds their end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.circuit import STOPPED, cancelled, skipped
from reconciler.fleet.commands import PLANNING
from reconciler.fleet.execute import Services, advertiser
from reconciler.fleet.queue import hindrances, rows
from reconciler.fleet.queue.blame import DEADLY
from reconciler.fleet.queue.engine import defer, lock_of, queue_of
from reconciler.fleet.run import Result
from reconciler.fleet.version import version_of
from reconciler.postgres.connection import Database
from reconciler.state.folder import Unreachable

_LOOK = 0.2
"""Seconds between two looks at the rows."""
_AWAY = 60.0
"""Seconds that the server may be away while somebody waits."""
_PATIENCE = 5.0
"""Seconds after which it is said what a run waits for."""
_RUN = """
INSERT INTO fleet_run (id, app, command, version, who, base, decided)
VALUES (%(run)s, %(app)s, %(command)s, %(version)s, %(who)s, %(base)s, coalesce(%(decided)s, (
    SELECT count(*) FROM fleet_approval WHERE app = %(app)s)))
ON CONFLICT (id) DO NOTHING"""
"""Where decisions are read after it has begun to plan, it is known of more of them than is needed."""
_RESULT = """
INSERT INTO fleet_request (run, account, command, lock, queue, scheduled, through)
SELECT %s, one.account, %s, one.lock, one.queue, %s, %s
FROM unnest(%s::text[], %s::text[], %s::text[]) AS one (account, lock, queue)
ON CONFLICT (run, account, command) DO UPDATE
    SET ended_at = NULL, starts = 0, tries = 0, beside = '{}', alone = '{}', asked_at = clock_timestamp()
    WHERE fleet_request.command IN ('look', 'advance') AND fleet_request.ended_at IS NOT NULL
RETURNING account, lock, queue"""
_SCHEDULED = """
INSERT INTO fleet_request (run, account, command, lock, queue, scheduled, through)
SELECT %s, one.account, %s, one.lock, one.queue, %s, %s
FROM unnest(%s::text[], %s::text[], %s::text[]) AS one (account, lock, queue)
WHERE NOT coalesce((
    SELECT cardinality(r.alone) >= %s FROM fleet_request r
    WHERE r.lock = one.lock AND r.command = %s AND r.ended_at IS NOT NULL ORDER BY r.run DESC LIMIT 1), false)
ON CONFLICT DO NOTHING RETURNING account, lock, queue"""
"""But where the last one of this command has killed workers: there a person begins again."""


def carry_out(
    services: Services,
    accounts: Sequence[FleetAccount],
    command: str,
    told: Callable[[Result], None],
    *,
    through: bool = False,
    before: Sequence[Result] = (),
) -> list[Result]:
    """As `fleet.driver.FleetDriver` says. `before` is in the rows already."""
    del before
    if services.stopped():
        return [skipped(services, one, STOPPED, 130) for one in accounts]
    database = rows.database_of(services.fleet)
    with rows.spoken(database):
        if submit(services, accounts, command, through=through) is None:
            return [cancelled(one.name, advertiser(services, one)) for one in accounts]
        found = _wait(services, database, accounts, command, told)
        if command in PLANNING:
            services.plans.update(rows.plans(database, services.run, [one.name for one in accounts]))
    return [found.get(one.name) or _left(services, one) for one in accounts]


def submit(
    services: Services,
    accounts: Sequence[FleetAccount],
    command: str,
    *,
    through: bool = False,
    scheduled: bool = False,
) -> int | None:
    """Ask for it in each account where this run has not asked yet; in how many. None where it was dropped."""
    run, fleet = services.run, services.fleet
    places = [(one.name, lock_of(services, one), queue_of(fleet, fleet.group_of(one))) for one in accounts]
    about: dict[str, str | int | None] = {"run": run, "app": fleet.file.app.name, "version": version_of(fleet)}
    about |= {"command": services.command, "who": services.who, "decided": services.decided}
    about["base"] = fleet.base.commit if fleet.base else None
    asking = (run, command, scheduled, through, *map(list, zip(*places, strict=True))) if places else ()
    with rows.database_of(fleet).transaction() as connection:
        connection.execute(_RUN, about)
        if rows.is_dropped(connection, run):
            return None
        if command == "apply":
            mine = {one.name for one in accounts}
            rows.keep_plans(connection, run, {name: one for name, one in services.plans.items() if name in mine})
        if asking and scheduled:
            found = connection.execute(_SCHEDULED, (*asking, DEADLY, command)).fetchall()
        else:
            found = connection.execute(_RESULT, asking).fetchall() if asking else []
        new = [((run, name, command), lock, queue) for name, lock, queue in found]
        defer(connection, new)
    return len(new)


def _wait(
    services: Services,
    database: Database,
    accounts: Sequence[FleetAccount],
    command: str,
    told: Callable[[Result], None],
) -> Mapping[str, Result]:
    """What each came to, as far as it has before the run is asked to end."""
    found: dict[str, Result] = {}
    looked = away = time.monotonic()
    said: set[str] = set()
    while len(found) < len(accounts) and not services.stopped():
        try:
            left = [one.name for one in accounts if one.name not in found]
            for one in rows.answers(database, services.run, command, left):
                found[one.name] = one
                told(one)
            away = time.monotonic()
            if away - looked > _PATIENCE:
                looked = away
                file = services.fleet.file
                for why in hindrances.hindrances(database, file.app.name, services.run, file.engine.stalled_after):
                    if why not in said:
                        services.waited(why)
                        said.add(why)
        except Unreachable:
            if time.monotonic() - away > _AWAY:
                raise
        if len(found) < len(accounts):
            time.sleep(_LOOK)
    return found


def _left(services: Services, account: FleetAccount) -> Result:
    why = f"the run goes on without this command: see `reconciler fleet show {services.run}`"
    return skipped(services, account, why, 130)
