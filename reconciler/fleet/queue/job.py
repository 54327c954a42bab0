"""What a worker does with one job: whether it may begin it, the command, and what its end means for the queue.

A job may come twice, late or after another one: what it asks for is a row, and a row that has its end is left alone.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.errors import Credentials, Finding, Invalid, ReconcilerError
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.circuit import GROUP_ENDS, GROUP_REFUSED, cancelled, skipped, too_many
from reconciler.fleet.commands import COMMANDS, LOOKING, PLANNING
from reconciler.fleet.execute import Services, execute, failed
from reconciler.fleet.queue import blame, rows
from reconciler.fleet.queue.engine import defer, waiting_lock
from reconciler.fleet.queue.floor import Floor
from reconciler.fleet.queue.rows import Assignment, Key
from reconciler.fleet.queue.served import Served
from reconciler.fleet.run import Result
from reconciler.postgres.connection import Database
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.workflow import status

if TYPE_CHECKING:
    from psycopg import Connection

_OTHER_FILES, _HELD, _LOCKED = 30.0, 30.0, 10.0
"""Seconds: until somebody may have the files, may have lifted the hold, or the lease of whoever held it has ended."""
_OTHERS = 1.0
"""Seconds until this worker has stopped to take jobs, of the group or all, and others may."""
_SLOWLY = 60.0
"""Seconds until one looks again where nothing says when."""
_AGAIN = 130
_BEING_HELD = 7
_PARTLY = 9
_GOING_ON = 8
_BUG = 70
_CONTINUED = frozenset({"apply", "advance", "wake"})
"""What may leave something on its way."""


class GivenBack(Exception):
    """The job goes back into the queue."""

    def __init__(self, lock: str, seconds: float | None = None) -> None:
        """`seconds`: not before; None: in its turn."""
        super().__init__()
        self.lock, self.seconds = lock, seconds


@dataclass
class Bench:
    """What a worker has at hand. `fleet_is`: whether its files are those of a version, looked at again if not."""

    services: Callable[[bool, str | None], Services]
    """Of the fleet as it is now; whether for commands that only look; the commit that it is held to, if any. Raises
    Invalid where git does not have that."""
    fleet_is: Callable[[str], bool]
    database: Database
    served: Served
    floor: Floor = field(default_factory=Floor)


@dataclass(frozen=True, slots=True)
class Taken:
    """A job as it was fetched, and who has fetched it."""

    key: Key
    lock: str
    job: int | None
    worker: int | None


def work(bench: Bench, taken: Taken) -> None:
    """Do it, and write its end down. Raises GivenBack."""
    with bench.database.transaction() as connection:
        asked = _asked(connection, taken)
        if asked is None:
            return
        alone = asked.starts > 0 and blame.fetched(connection, taken.key)
    services, account = _prepared(bench, asked)
    with _place(bench, services, taken, alone=alone) as free:
        if not free:
            raise GivenBack(waiting_lock(asked.lock, taken.key) if alone else asked.lock, _OTHERS)
        with bench.database.transaction() as connection:
            if alone and not blame.takes_back(connection, taken.job, taken.worker, asked.lock):
                raise GivenBack(asked.lock)
            begun = _begin(connection, services, account, taken)
        if begun is not None:
            _carry_out(bench, services, account, *begun)


def _place(bench: Bench, services: Services, taken: Taken, *, alone: bool) -> AbstractContextManager[bool]:
    if not alone:
        return bench.floor.beside(always=taken.key[2] == "pause")
    waiting = waiting_lock(taken.lock, taken.key)
    return bench.floor.alone(
        meanwhile=lambda: blame.lend(bench.database, taken.job, taken.worker, waiting), given_up=services.stopped
    )


def _asked(connection: Connection[Any], taken: Taken) -> Assignment | None:
    """None where nothing is left to do."""
    key = taken.key
    asked = rows.asked(connection, key)
    if asked is None:
        return None
    if asked.dropped and not (asked.starts or asked.scheduled):
        # It was on its way back into the queue when the others were dropped.
        rows.end(connection, key, cancelled(key[1], asked.advertiser_id))
        return None
    if taken.lock != asked.lock:
        raise GivenBack(asked.lock)
    if asked.held and asked.held_by != key[0]:
        raise GivenBack(waiting_lock(asked.lock, key), _HELD)
    return asked


def _prepared(bench: Bench, asked: Assignment) -> tuple[Services, FleetAccount]:
    """What it is carried out with. Reads files and asks git, so that no row may be held meanwhile."""
    key = asked.key
    later = waiting_lock(asked.lock, key)
    if not bench.fleet_is(asked.version):
        raise GivenBack(later, _OTHER_FILES)
    try:
        services = copy.copy(bench.services(key[2] in LOOKING, asked.base))
    except Invalid:
        # git has not fetched the commit that it is held to.
        raise GivenBack(later, _OTHER_FILES) from None
    services.run, services.decided, services.plans = key[0], asked.decided, {}
    account = next((one for one in services.fleet.accounts if one.name == key[1]), None)
    if account is None:
        # Its file has a mistake, and is left out until that is mended.
        raise GivenBack(later, _OTHER_FILES)
    try:
        # Of a held group nothing is begun; its token is opened again once it may have been mended.
        if not asked.held:
            services.tokens.of(services.fleet.group_of(account))
            bench.served.has_token(asked.queue)
    except Credentials as error:
        # Another worker may have it. This one looks for it again later.
        bench.served.leave(asked.queue, error.findings[0].message, services.waited)
        raise GivenBack(later, _OTHERS) from None
    return services, account


def _begin(
    connection: Connection[Any], services: Services, account: FleetAccount, taken: Taken
) -> tuple[Assignment, int] | None:
    """Count the start; None where it has ended, or is not begun at all."""
    asked = _asked(connection, taken)
    if asked is None:
        return None
    if why := _kept(connection, services, asked):
        rows.end(connection, taken.key, skipped(services, account, why))
        return None
    start = rows.begin(connection, taken.key)
    blame.begun(connection, taken.key, taken.worker)
    services.again = start > 1
    return asked, start


def _kept(connection: Connection[Any], services: Services, asked: Assignment) -> str | None:
    """Why it is not begun, whatever comes."""
    if asked.through or asked.starts:
        return None
    if asked.held:
        return GROUP_REFUSED
    return too_many(services.fleet.file.limits, *rows.failures(connection, asked.key))


def _carry_out(bench: Bench, services: Services, account: FleetAccount, asked: Assignment, start: int) -> None:
    key = asked.key
    result = _result(bench, services, account, asked)
    later, code = waiting_lock(asked.lock, key), result.exit_code
    if code == _AGAIN:
        raise GivenBack(asked.lock)
    if code == _BEING_HELD:
        raise GivenBack(later, _LOCKED)
    retries = services.fleet.file.retries
    if asked.tries < {1: retries.attempts, _PARTLY: min(1, retries.attempts)}.get(code, 0):
        rows.tried(bench.database, key)
        raise GivenBack(later, retries.backoff[min(asked.tries, len(retries.backoff) - 1)])
    if code == GROUP_ENDS:
        rows.hold(bench.database, asked.queue, key[0])
        why = result.errors[0].message if result.errors else "its token was refused"
        services.waited(f"{account.name}: {why}; its group is held until `reconciler fleet resume`")
        services.tokens.forget(services.fleet.group_of(account))
    wake_at = _wakes(services, account) if code == _GOING_ON and key[2] in _CONTINUED else None
    if wake_at is not None and key[2] == "wake":
        raise GivenBack(later, wake_at - services.world.now())
    with bench.database.transaction() as connection:
        if not rows.end(connection, key, result, start):
            return
        if key[2] in PLANNING:
            rows.keep_plans(connection, key[0], services.plans)
        if wake_at is not None:
            _wake(connection, asked, wake_at)


def _result(bench: Bench, services: Services, account: FleetAccount, asked: Assignment) -> Result:
    key = asked.key
    try:
        if key[2] == "apply":
            services.plans.update(rows.plans(bench.database, key[0], [key[1]]))
        return execute(services, account, COMMANDS[key[2]])
    except Invalid as error:
        # A plan that is damaged stays so.
        return failed(services, account, error)
    except (Unreachable, PushRefused):
        raise
    except Exception as error:
        logging.getLogger("reconciler").exception("a bug, in account %s", account.name)
        message = f"reconciler has a bug: {type(error).__name__}; the worker's output says where"
        found = Finding("R422", message, hint="please report it, with what the worker printed")
        return Result(account.name, asked.advertiser_id, _BUG, errors=(found,))


def _wakes(services: Services, account: FleetAccount) -> float:
    """When there may be something to go on with."""
    now = services.world.now()
    try:
        found = status.status(services.session(account, online=False))
    except ReconcilerError:
        return now + _SLOWLY
    polls = [task["next_poll_at"] for one in found["refreshes"] for task in one["tasks"] if task["next_poll_at"]]
    times = [*polls, *(one["settles_at"] for one in found["intents"])]
    return max(now, min((datetime.fromisoformat(one).timestamp() for one in times), default=now + _SLOWLY)) + 1


def _wake(connection: Connection[Any], asked: Assignment, at: float) -> None:
    """Go on with it then, unless somebody will already. Until then it holds nobody up."""
    run, account, _ = asked.key
    key = (run, account, "wake")
    new = connection.execute(
        "INSERT INTO fleet_request (run, account, command, lock, queue, scheduled, through)"
        " VALUES (%s, %s, %s, %s, %s, true, true) ON CONFLICT DO NOTHING",
        (*key, asked.lock, asked.queue),
    ).rowcount
    if new:
        defer(connection, [(key, asked.lock, asked.queue)], at)
