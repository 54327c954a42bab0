"""A worker: takes jobs of its groups from the queue and carries them out in threads, until it is asked to end."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from reconciler.errors import Finding, ReconcilerError
from reconciler.fleet.execute import Services
from reconciler.fleet.file import FleetFile
from reconciler.fleet.governed import held_to
from reconciler.fleet.load import Fleet
from reconciler.fleet.queue import hindrances, rows, schedule
from reconciler.fleet.queue.blame import lives
from reconciler.fleet.queue.engine import TASK
from reconciler.fleet.queue.job import Bench, GivenBack, Taken, work
from reconciler.fleet.queue.served import Served
from reconciler.fleet.queue.sweep import PRUNING, apart, prune, sweep
from reconciler.fleet.version import KINDS, same_kind
from reconciler.postgres.connection import Database
from reconciler.postgres.migrate import require_tables
from reconciler.text import clean

if TYPE_CHECKING:
    from procrastinate import App, JobContext
    from procrastinate.worker import Worker

_GRACE = 60.0
"""Seconds that running jobs have to end between two effects."""
_LOOK = 0.1
_POLL = 1.0
"""Seconds between two looks at the queue: nobody tells of a job whose time has come or whose account is free again."""
_FRESH = 2.0
"""Seconds for which the files of the fleet are taken to be as they were."""
_CHANGED = 0.2
"""The same where they are not those that are wanted: somebody may just have changed them."""
_SIGN = 2.5
"""Seconds between two signs of life, at most."""
_PRUNED = 3600.0
"""Seconds without a sign of life after which the engine forgets a worker: much later than its jobs are taken over."""


class Checkout:
    """The fleet as its files say, read again once they have changed."""

    def __init__(self, read: Callable[[], tuple[Services, Services]]) -> None:
        """Raises ReconcilerError for a fleet that cannot be read."""
        self._read, self._lock = read, threading.Lock()
        self._held: dict[str, Fleet] = {}
        """The same fleet, by the commit that it is held to."""
        self._pair, self._versions = self._as_it_is()
        self._looked = time.monotonic()

    def services(self, background: bool, base: str | None = None) -> Services:
        """For commands that only look, or for the others. `base`: held to this commit; raises Invalid where git does
        not have it."""
        if base is None:
            return self._pair[background]
        with self._lock:
            made = copy.copy(self._pair[background])
            if base not in self._held:
                self._held[base] = held_to(made.fleet, base, made.allowed_host)
            made.fleet = self._held[base]
        return made

    def fleet_is(self, version: str) -> bool:
        """Whether it is of this version. The files are looked at again, though not for every job; while they cannot
        be read, it is of none."""
        kind = version.partition(":")[0]
        with self._lock:
            known = self._versions.get(kind) == version
            if time.monotonic() - self._looked > (_FRESH if known else _CHANGED):
                if same_kind(self._pair[0].fleet, version) != self._versions.get(kind):
                    try:
                        self._pair, self._versions = self._as_it_is()
                        self._held = {}
                    except ReconcilerError:
                        self._versions = {}
                self._looked = time.monotonic()
            return self._versions.get(kind) == version

    def _as_it_is(self) -> tuple[tuple[Services, Services], dict[str, str]]:
        """Read until nothing has changed meanwhile: what is carried out is of exactly that version."""
        versions: dict[str, str] | None = None
        while True:
            pair, before = self._read(), versions
            versions = {kind: same_kind(pair[0].fleet, f"{kind}:") for kind in KINDS}
            if versions == before:
                return pair, versions


def serve(read: Callable[[], tuple[Services, Services]], groups: Sequence[str], threads: int) -> None:
    """Until the run is asked to end. Raises ReconcilerError where the queue cannot be served any longer: whoever
    watches over workers starts it again."""
    checkout = Checkout(read)
    services = checkout.services(False)
    database = rows.database_of(services.fleet)
    with rows.asking(services.fleet) as connection:
        require_tables(connection, database.where)
    with _pool(threads) as pool:
        try:
            asyncio.run(_served(checkout, database, groups, pool, threads))
        except ReconcilerError:
            raise
        except Exception as error:
            raise _broken(database, clean(str(error).split("\n", 1)[0])[:200]) from None


@contextlib.contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="account")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _broken(database: Database, why: str) -> ReconcilerError:
    message = f"{database.where}: this worker has lost the queue: {why}"
    hint = "start it again, as a supervisor does; others go on with what it had begun"
    return ReconcilerError(Finding("R420", message, hint=hint))


async def _served(
    checkout: Checkout, database: Database, groups: Sequence[str], pool: ThreadPoolExecutor, threads: int
) -> None:
    from procrastinate import App, PsycopgConnector
    from procrastinate.worker import Worker

    services = checkout.services(False)
    file = services.fleet.file
    stalled_after, name = file.engine.stalled_after, file.app.name
    connector = PsycopgConnector(kwargs=database.parameters, min_size=1, max_size=4)
    app = App(connector=connector)
    served = Served(groups, [schedule.queue_of_schedules(name)])
    bench = Bench(checkout.services, checkout.fleet_is, database, served)
    _register(app, bench, pool)
    schedule.register(app, checkout.services)
    async with app.open_async():
        worker = Worker(
            app,
            queues=served.queues(),
            concurrency=threads,
            fetch_job_polling_interval=_POLL,
            shutdown_graceful_timeout=_GRACE,
            install_signal_handlers=False,
            update_heartbeat_interval=min(stalled_after / 6, _SIGN),
            stalled_worker_timeout=_PRUNED,
            delete_jobs="successful",
        )
        sides = [
            asyncio.create_task(_following(worker, bench, services.stopped)),
            asyncio.create_task(_sweeping(worker, bench, connector, file, services.waited)),
            asyncio.create_task(_pruning(database, name, services.waited)),
        ]
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        finally:
            for one in sides:
                one.cancel()
    if not services.stopped():
        raise _broken(database, "the server was away, or has forgotten this worker while it stood still")


def _register(app: App, bench: Bench, pool: ThreadPoolExecutor) -> None:
    from procrastinate import BaseRetryStrategy, RetryDecision

    class GiveBack(BaseRetryStrategy):
        """What was not ended goes back; anything unforeseen soon, for it was not written down."""

        def get_retry_decision(self, *, exception: BaseException, job: Any) -> RetryDecision:
            if not isinstance(exception, GivenBack):
                return RetryDecision(retry_in={"seconds": 5})
            seconds = exception.seconds or 0.0
            return RetryDecision(retry_in={"milliseconds": int(seconds * 1000)}, lock=exception.lock)

    async def run(context: JobContext, run: str, account: str, command: str) -> None:
        taken = Taken((run, account, command), context.job.lock or "", context.job.id, context.job.worker_id)
        await asyncio.get_running_loop().run_in_executor(pool, work, bench, taken)

    app.task(name=TASK, pass_context=True, retry=GiveBack())(run)


async def _following(worker: Worker, bench: Bench, stopped: Callable[[], bool]) -> None:
    while not stopped():
        worker.queues = [] if bench.floor.is_shut else bench.served.queues()
        await asyncio.sleep(_LOOK)
    worker.stop()  # type: ignore[no-untyped-call]


async def _sweeping(worker: Worker, bench: Bench, connector: Any, file: FleetFile, told: Callable[[str], None]) -> None:
    """What a worker does beside its jobs, for all. `told` hears why calls wait."""
    database, said = bench.database, set[str]()
    while True:
        try:
            if worker.worker_id is not None:
                await asyncio.to_thread(lives, database, worker.worker_id)
            await sweep(worker.app, connector, database, bench.served.queues(), file.engine.stalled_after)
            waits = await asyncio.to_thread(hindrances.waits, database, file.app.name)
            for one in waits:
                if one not in said:
                    told(one)
            said = {*waits}
        except Exception as error:
            # The worker itself ends where the server is away for long.
            logging.getLogger("reconciler").info("sweep: %s", error)
        await asyncio.sleep(apart(file.engine.stalled_after))


async def _pruning(database: Database, name: str, told: Callable[[str], None]) -> None:
    """The same, for what is old. `told` hears when that fails, once."""
    after, fails = "", False
    while True:
        try:
            after, fails = await asyncio.to_thread(prune, database, name, after), False
        except Exception as error:
            if not fails:
                told(f"what runs have left behind a month ago stays for now: {error}")
            fails = True
        await asyncio.sleep(PRUNING)
