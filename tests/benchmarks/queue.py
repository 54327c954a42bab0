"""A fleet's queue: plans of many accounts by workers against the floor of the rate limit, asking, and taking over.

The simulator counts the documented limit of the tier basic. The floor is the number of listings
of one plan, counted, times the accounts, divided by the share of the rate that commands which only look may use: what
the accounts are is asked of a hundred at once.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from reconciler.fleet.execute import Services
from reconciler.fleet.load import open_fleet
from reconciler.fleet.queue.submit import submit
from reconciler.fleet.tokens import Tokens
from reconciler.world import SystemWorld
from tests.benchmarks.measure import CHECKOUT
from tests.fleet.scene import FIRST, GROUP, Fleet, advertiser
from tests.fleet.workers import Workers, until, workers_of
from tests.postgres import VARIABLE, Server
from tests.stories.account import Account
from tests.stories.workspace import finish

RATE, _SHARE = 10, 0.7
"""Calls a second, and how much of it is for commands that only look."""
_ASKED = 5000
_QUEUE = f"engine: {{driver: procrastinate}}\nstate: {{backend: postgres, dsn: {{env: {VARIABLE}}}}}\n"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Queued:
    """Seconds, and MiB of the largest worker."""

    accounts: int
    calls: int
    floor: float
    wall: float
    cpu: float
    """Of all workers, for one plan."""
    memory: float
    throttled: int
    takeover: float
    asking: float


def measure(accounts: int, folder: Path) -> Queued:
    """Plans of so many accounts by two workers; then those are killed in the middle of one."""
    with limited(accounts) as market:
        asking = _ask(folder / "asked", market.url)
        fleet = queued(folder / "fleet", market, accounts)
        with workers_of(fleet) as workers:
            pids = [workers.start().pid for _ in range(2)]
            _plan(fleet, "--account", "a0")
            listings = sum("page" in one["query"] for one in market.calls())
            market.forget_calls()
            before, began = sum(map(_cpu, pids)), time.monotonic()
            _plan(fleet)
            wall, cpu = time.monotonic() - began, sum(map(_cpu, pids)) - before
            arrived = market.calls()
            throttled = throttles(arrived)
            memory = max(map(_memory, pids))
            takeover = _taken_over(fleet, market, workers)
    floor = listings * accounts / (RATE * _SHARE)
    return Queued(accounts, len(arrived), floor, wall, cpu / accounts, memory, throttled, takeover, asking)


def report(found: Queued) -> list[str]:
    """Rows of the table of goals."""
    return [
        f"fleet-queue: {found.accounts} plans by 2 workers: {found.wall:.1f} s / floor {found.floor:.1f} s = "
        f"{found.wall / found.floor:.2f}, goal ≤ 1.1; {found.calls} calls, {found.throttled} throttled, goal 0",
        f"fleet-queue: CPU of the workers {found.cpu * 1000:.1f} ms a plan; memory of one "
        f"{found.memory:.0f} MiB, goal ≤ 98 with 8 threads",
        f"fleet-queue: both workers killed, plan ended by a third {found.takeover:.1f} s later, goal ≤ 45; "
        f"{_ASKED} jobs asked for in {found.asking:.2f} s, goal ≤ 5",
    ]


@contextmanager
def limited(accounts: int) -> Iterator[Account]:
    """So many accounts of an app under the documented limit, and a database for its fleet."""
    own = ",".join(advertiser(number) for number in range(accounts))
    limit = {"rate": "on", "rate_per_second": f"{RATE}", "rate_per_minute": f"{RATE * 60}"}
    server = Server()
    try:
        with (
            mock.patch.dict(os.environ, {VARIABLE: server.database(), "PYTHONPATH": str(CHECKOUT)}),
            Account(contract="marketing", switches={"advertisers": own, **limit}) as market,
        ):
            yield market
    finally:
        server.stop()


def queued(root: Path, market: Account, accounts: int, more: str = "") -> Fleet:
    """The fleet of these accounts, which keeps that limit."""
    fleet = Fleet(root, market.url, accounts)
    fleet.settings(more=_QUEUE + more, default=f"{{per_second: {RATE}, per_minute: {RATE * 60}}}")
    return fleet


def throttles(calls: Sequence[dict[str, Any]]) -> int:
    """How many of them were too many."""
    return sum(int(one["code"] or 0) == 40100 for one in calls)


def _ask(root: Path, url: str) -> float:
    """Seconds until so many jobs are durable."""
    fleet = Fleet(root, url, 0)
    fleet.settings(more=_QUEUE.replace("engine", "vars: {}\nengine"))
    fleet.replace("name: agency", "name: many", "fleet.yaml")
    fleet.replace("[accounts]", "[accounts.csv]", "fleet.yaml")
    rows = (f"m{number},{FIRST + number},USD,evergreen,60.00" for number in range(_ASKED))
    fleet.write("accounts.csv", "\n".join(("name,advertiser_id,currency,uses,inputs.budget", *rows)) + "\n")
    opened = open_fleet(root, None, None)
    services = Services(opened, Tokens(root, opened.file.groups, {}), SystemWorld(), None, lambda: False)
    services.run, services.command, services.who = "asked", "plan", GROUP
    began = time.monotonic()
    if submit(services, opened.accounts, "plan") != _ASKED:
        raise RuntimeError("not every account was asked")
    return time.monotonic() - began


def _plan(fleet: Fleet, *arguments: str) -> None:
    ended = fleet.start("fleet", "plan", "--json", *arguments).communicate()
    if '"failed": 0' not in ended[0]:
        raise RuntimeError(ended[0][-2000:] + ended[1][-2000:])


def _taken_over(fleet: Fleet, market: Account, workers: Workers) -> float:
    """Seconds from the death of all workers to the end of the plan that one of them was at."""
    market.forget_calls()
    market.faults({"path": "campaign/get/", "nth": 1, "delay": 20})
    asking = fleet.start("fleet", "plan", "--json", "--account", "a1")
    until(lambda: any(one["path"] == "campaign/get/" for one in market.calls()))
    for one in list(workers.running):
        workers.end(one, signal.SIGKILL)
    began = time.monotonic()
    workers.start()
    if finish(asking).code != 0:
        raise RuntimeError("the plan was not taken over")
    return time.monotonic() - began


def _cpu(pid: int) -> float:
    """Seconds that a process has used, user and system: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / _TICKS


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
