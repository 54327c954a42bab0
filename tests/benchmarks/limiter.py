"""The limit in PostgreSQL at the documented rate: how much of it is used, and what a call costs the database."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.manifest.workspace import TIERS
from tests.benchmarks.measure import Server, environment
from tests.fleet.calling import started
from tests.postgres import VARIABLE
from tests.postgres import Server as Postgres

_PROCESSES, _ACCOUNTS, _CALLS = 3, 4, 60
_SECOND, _MINUTE = TIERS["basic"]["default"]


@dataclass(frozen=True, slots=True)
class Used:
    """`span`: seconds from the first call to the last; `cpu`: of the database, from its start to its end."""

    calls: int
    refused: int
    span: float
    cpu: float


def measure(folder: Path) -> Used:
    """Twelve accounts in three processes call as fast as they may for more than a minute."""
    postgres = Postgres()
    os.environ[VARIABLE] = postgres.database()
    try:
        postgres.crash()
        postgres.start()
        with Server(environment(folder / "cache"), folder, "rate=on") as server:
            told = {"url": server.url, "app": "agency", "calls": _CALLS, "call_seconds": 30.0}
            told["windows"] = [(1.0, _SECOND), (60.0, _MINUTE)]
            names = [[f"a{first}.{number}" for number in range(_ACCOUNTS)] for first in range(_PROCESSES)]
            for one in [started({**told, "accounts": accounts}) for accounts in names]:
                if one.wait():
                    raise RuntimeError(f"a process ended with {one.returncode}")
            arrivals = server.arrivals()
    finally:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        postgres.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        del os.environ[VARIABLE]
    moments = [float(one["time"]) for one in arrivals]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Used(len(arrivals), sum(one["code"] != 0 for one in arrivals), moments[-1] - moments[0], cpu)


def report(used: Used) -> Iterator[str]:
    """Each goal with what was measured."""
    least = (used.calls - 1) // _SECOND
    reached = (used.calls - _SECOND) / used.span
    yield f"limiter  calls a second reached / allowed, {used.calls} calls: {reached:.2f} / {_SECOND}"
    yield f"         least time / time: {least / used.span:.3f} (goal >= 0.95)"
    yield f"         PostgreSQL CPU a call: {used.cpu / used.calls * 1000:.1f} ms (goal <= 10)"
    yield f"         calls the server refused: {used.refused} (goal 0)"
