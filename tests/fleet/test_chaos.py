"""Whatever is killed, frozen, doubled or taken away: no two runs in one account at once, and each object once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fleet.scene import CAMPAIGN, Fleet, advertiser
from tests.fleet.workers import QUEUE, Workers, until, workers_of
from tests.postgres import VARIABLE, Server
from tests.rotation import WHOLE, base, in_turn
from tests.stories.account import Account
from tests.stories.workspace import FAST, finish

WHOLLY = bool(os.environ.get(WHOLE))
ACCOUNTS = 20 if WHOLLY else 4
EACH = 3
"""Objects of an account."""
TENFOLD = {"rate_per_second": "100", "rate_per_minute": "6000"}
"""Ten times what the API documents for an app of the tier basic."""


@contextlib.contextmanager
def scene(root: Path, count: int, *, limited: bool = False) -> Iterator[tuple[Fleet, Account, Workers]]:
    """So many accounts with three campaigns each, and a queue that nobody serves yet. `limited`: the server counts
    calls, and refuses what is too much; that none was is checked at the end."""
    own = ",".join(advertiser(number) for number in range(count))
    rate = {"rate": "on", **TENFOLD} if limited else {}
    with Account(contract="marketing", switches={"advertisers": own, **rate}) as market:
        fleet = Fleet(root / "fleet", market.url, count)
        default = ", ".join(f"{name.removeprefix('rate_')}: {most}" for name, most in TENFOLD.items())
        fleet.settings(
            more=QUEUE + f"limits: {{accounts: {count}, failures: 1000}}\n",
            default=f"{{{default}}}" if limited else FAST,
        )
        for number in range(1, EACH):
            more = CAMPAIGN.replace("main", f"more{number}").replace("label}", f"label}} {number}")
            fleet.write(f"modules/evergreen/more{number}.yaml", more)
        with workers_of(fleet) as workers:
            yield fleet, market, workers
        assert "40100" not in {str(one["code"]) for one in market.calls()}


@in_turn(0, of=1)
def test_runs_of_one_account_never_interleave(tmp_path: Path, dsn: str) -> None:
    """F1: many plans of the same accounts at once; in each account the calls of one have come before those of the
    next begin. All of them are carried out."""
    del dsn
    runs, workers_alive = (25, 8) if WHOLLY else (3, 2)
    with scene(tmp_path, ACCOUNTS, limited=True) as (fleet, market, workers):
        asking = [fleet.start("fleet", "plan", "--json") for _ in range(runs)]
        workers.until_waiting(runs * ACCOUNTS)
        for _ in range(workers_alive):
            workers.start()
        for one in asking:
            ended = finish(one)
            assert ended.code == 0, ended.text
        for number in range(ACCOUNTS):
            # What the accounts are is asked of all of them together.
            mine = [one["path"] for one in market.calls() if one["query"].get("advertiser_id") == advertiser(number)]
            # The lists of one plan are asked for at once, in no order.
            size = len(mine) // runs
            each = [sorted(mine[start : start + size]) for start in range(0, len(mine), size)]
            assert each == [sorted({*mine})] * runs
            assert size > 1


def converge(fleet: Fleet) -> None:
    """Apply until there is nothing left, and not many times."""
    for _ in range(5):
        ended = fleet.run("fleet", "apply", "--auto-approve", "--json")
        if ended.code == 0:
            return
    raise AssertionError(ended.text)


def back(server: Server, workers: Workers) -> None:
    """The server serves again. Its limit would be closed for a minute, as long as calls of before may count: here they
    were some seconds ago, and too few to matter for a minute."""
    server.start()
    workers.query("WITH gone AS (DELETE FROM fleet_limit) DELETE FROM fleet_window")


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing that goes wrong, once so many more writes have arrived and some seconds have passed."""

    what: str
    writes: int
    late: float
    """0.0: while a create is under way; more than 0.3: when its reply is there."""
    worker: int
    frozen: float
    """Seconds; after three the jobs of whoever stands still are others'."""


def blows(shift: int) -> st.SearchStrategy[Blow]:
    """Hypothesis begins with the plainest of all, which would be everything that `make test` ever plays: so what is
    plain moves, by as much as `shift` says."""

    def one_of(*values: Any) -> st.SearchStrategy[Any]:
        first = shift % len(values)
        return st.sampled_from((*values[first:], *values[:first]))

    return st.builds(
        Blow,
        one_of("kill", "freeze", "double", "server", "end"),
        one_of(*range(5 if WHOLLY else 3)),
        one_of(0.0, 0.15, 0.4, 1.0),
        one_of(0, 1),
        one_of(4.0, 0.5),
    )


ORDERS = st.tuples(*(blows(base() // 7**number) for number in range(6 if WHOLLY else 3)))
PLAYED = settings(
    max_examples=8 if WHOLLY else 1,
    # Each takes half a minute: what has failed is told as it was, and not played again until it is plainer.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


def strike(blow: Blow, workers: Workers, server: Server) -> None:
    """It goes wrong."""
    one = workers.running[blow.worker % len(workers.running)] if workers.running else None
    if blow.what == "server":
        server.crash()
        time.sleep(blow.late)
        back(server, workers)
    elif blow.what == "double":
        workers.query(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)"
            " SELECT queue_name, task_name, priority, args FROM procrastinate_jobs ORDER BY id LIMIT 2"
        )
    elif one is not None and blow.what == "freeze":
        one.send_signal(signal.SIGSTOP)
        time.sleep(blow.frozen)
        one.send_signal(signal.SIGCONT)
    elif one is not None:
        one.send_signal(signal.SIGKILL if blow.what == "kill" else signal.SIGTERM)


def patiently(blow: Blow, market: Account, asking: subprocess.Popen[str]) -> None:
    """Until its moment has come, or none will come: nobody may be left who writes."""
    wanted, end = len(market.posts()) + blow.writes, time.monotonic() + 5
    while len(market.posts()) < wanted and asking.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(blow.late)


@in_turn(0, of=1)
@PLAYED
@given(ORDERS)
def test_each_object_is_there_once(
    one_postgres: Server, tmp_path_factory: pytest.TempPathFactory, order: tuple[Blow, ...]
) -> None:
    """F3: workers are killed, frozen and asked to end, jobs doubled, PostgreSQL crashes, in any order and at any
    moment; what is applied again after that ends with three campaigns in each account, and no twin."""
    count = ACCOUNTS // 2
    with (
        mock.patch.dict(os.environ, {VARIABLE: one_postgres.database()}),
        scene(tmp_path_factory.mktemp("blows"), count) as (fleet, market, workers),
        workers.supervised(2),
    ):
        market.faults({"path": "campaign/create/", "every": 1, "delay": 0.3})
        until(lambda: len(workers.running) == 2)
        asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
        until(market.posts)
        for blow in order:
            patiently(blow, market, asking)
            strike(blow, workers, one_postgres)
        asking.communicate(timeout=120)
        market.faults()
        converge(fleet)
        living = [one for one in market.operate("state")["campaigns"] if one["status"] != "DELETE"]
        assert Counter(one["advertiser_id"] for one in living) == {advertiser(each): EACH for each in range(count)}
        assert fleet.fleet("plan")["digest"] is None


@in_turn(0, of=1)
def test_without_the_server_nothing_is_sent(
    tmp_path: Path, one_postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F10: it crashes in the middle of an apply. What was on its way arrives, nothing else is sent while it is away;
    afterwards everything is applied."""
    monkeypatch.setenv("RECONCILER_FLEET_DSN", one_postgres.database())
    # A worker is at four of them at once, and each sends its three creates together: the others wait for a reply.
    count = 12
    with scene(tmp_path, count, limited=True) as (fleet, market, workers), workers.supervised(1):
        market.faults({"path": "campaign/create/", "every": 1, "delay": 1})
        asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
        until(lambda: len(market.posts()) > 2)
        one_postgres.crash()
        try:
            time.sleep(1)
            sent = len(market.posts())
            time.sleep(3)
            assert len(market.posts()) == sent < count * EACH
        finally:
            back(one_postgres, workers)
        asking.communicate(timeout=60)
        market.faults()
        converge(fleet)
        living = [one for one in market.operate("state")["campaigns"] if one["status"] != "DELETE"]
        assert len(living) == count * EACH
