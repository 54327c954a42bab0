"""Workers of a fleet as processes of their own, and the settings with which they have a queue."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from tests.fleet.scene import Fleet
from tests.postgres import VARIABLE
from tests.stories.workspace import TOKEN

QUEUE = """\
engine: {driver: procrastinate, threads: 4, stalled_after: 3}
state: {backend: postgres, dsn: {env: RECONCILER_FLEET_DSN}}
retries: {attempts: 0}
"""


def until(holds: Callable[[], Any], patience: float = 60) -> Any:
    """Waits for it, and no longer than so many seconds. To look has its cost: the first looks follow soon upon each
    other."""
    begun = time.monotonic()
    while not (found := holds()):
        waited = time.monotonic() - begun
        assert waited < patience
        time.sleep(0.05 + min(waited / 20, 0.15))
    return found


class Workers:
    """Those that a test has started; none outlives it."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.running: list[subprocess.Popen[str]] = []
        self.log = fleet.root.parent / "workers.log"

    def start(self, *arguments: str, token: str = TOKEN) -> subprocess.Popen[str]:
        """One more."""
        with self.log.open("a") as log:
            one = self._fleet.start("fleet", "worker", *arguments, token=token, stdout=log, stderr=log)
        self.running.append(one)
        return one

    @contextlib.contextmanager
    def supervised(self, count: int, *arguments: str) -> Iterator[None]:
        """So many are kept alive, as a supervisor does."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.1):
                self.running = [one for one in self.running if one.poll() is None]
                while len(self.running) < count and not over.is_set():
                    self.start(*arguments)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def query(self, statement: str) -> list[Any]:
        """What the database says."""
        with psycopg.connect(os.environ[VARIABLE], autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def until_waiting(self, count: int) -> None:
        """Until so many jobs wait."""
        found = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
        until(lambda: self.query(found)[0][0] == count, 300)

    def end(self, one: subprocess.Popen[str], number: int = signal.SIGTERM) -> int:
        """Send it this signal; its exit code."""
        one.send_signal(number)
        if one in self.running:
            self.running.remove(one)
        return one.wait(90)


@contextlib.contextmanager
def workers_of(fleet: Fleet) -> Iterator[Workers]:
    """They are killed at the end."""
    made = Workers(fleet)
    try:
        yield made
    finally:
        for one in made.running:
            one.send_signal(signal.SIGCONT)
            one.kill()
            one.wait(60)
