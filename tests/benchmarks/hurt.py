"""An apply over many accounts while its workers are killed and stand still: how long, and what is there twice."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.queue import RATE, limited, queued, throttles
from tests.fleet.scene import CAMPAIGN, Fleet
from tests.fleet.workers import Workers, until, workers_of

_WORKERS, _THREADS = 3, 6
_WHAT = ("kill", "freeze") * 4
_APART, _FROZEN = 6.0, 25.0
"""Seconds between two of these, and of a freeze."""
_EACH = 3
"""Campaigns of an account."""


@dataclass(frozen=True, slots=True)
class Survived:
    """Seconds from the command to its end, and what is there then."""

    accounts: int
    wall: float
    calls: int
    throttled: int
    failed: tuple[str, ...]
    """The codes of the accounts that did not end with 0."""
    missing: int
    twins: int


def measure(accounts: int, folder: Path) -> Survived:
    """Three workers are kept alive by a supervisor. Every few seconds one is killed, or stands still for a while."""
    with limited(accounts) as market:
        fleet = queued(folder, market, accounts, f"limits: {{accounts: {accounts}, changes: {accounts * _EACH}}}\n")
        for number in range(1, _EACH):
            more = CAMPAIGN.replace("main", f"more{number}").replace("label}", f"label}} {number}")
            fleet.write(f"modules/evergreen/more{number}.yaml", more)
        with workers_of(fleet) as workers, workers.supervised(_WORKERS, "--threads", f"{_THREADS}"):
            until(lambda: workers.query("SELECT count(*) FROM procrastinate_workers") == [(_WORKERS,)])
            wall, failed = _applied(fleet, workers)
        calls, living = market.calls(), market.operate("state")["campaigns"]
    there = Counter((one["advertiser_id"], one["campaign_name"]) for one in living if one["status"] != "DELETE")
    twins = there.total() - len(there)
    return Survived(accounts, wall, len(calls), throttles(calls), failed, accounts * _EACH - len(there), twins)


def report(found: Survived) -> list[str]:
    """A row of the table of goals."""
    whole, floor = found.accounts * _EACH, found.calls / RATE
    return [
        f"fleet-queue: {found.accounts} accounts applied by {_WORKERS} workers, of which 4 were killed and 4 stood "
        f"still for {_FROZEN:.0f} s: {found.wall:.1f} s, goal ≤ 115 for 100; {found.calls} calls, what the killed "
        f"repeated among them, need {floor:.1f} s: {found.wall / floor:.2f}; {found.throttled} throttled, goal 0; "
        f"{whole - found.missing} of {whole} campaigns, {found.twins} twins, goal 0; "
        f"{len(found.failed)} accounts failed: {', '.join(found.failed) or '-'}",
    ]


def _applied(fleet: Fleet, workers: Workers) -> tuple[float, tuple[str, ...]]:
    """Seconds, and with which code accounts failed."""
    began = time.monotonic()
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    hurting = threading.Thread(target=_hurt, args=(workers,))
    hurting.start()
    out, told = asking.communicate()
    wall = time.monotonic() - began
    hurting.join()
    if not out:
        raise RuntimeError(told[-2000:])
    rows = json.loads(out)["accounts"]
    return wall, tuple(sorted((one["error"] or {}).get("code", "?") for one in rows if one["exit_code"]))


def _hurt(workers: Workers) -> None:
    chance, thawing = random.Random(7), []
    for what in _WHAT:
        time.sleep(_APART)
        one = chance.choice(workers.running)
        one.send_signal(signal.SIGKILL if what == "kill" else signal.SIGSTOP)
        if what == "freeze":
            thaw = threading.Timer(_FROZEN, one.send_signal, (signal.SIGCONT,))
            thaw.start()
            thawing.append(thaw)
    for thaw in thawing:
        thaw.join()
