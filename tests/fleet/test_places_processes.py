"""Many processes, one app, a real server that counts at ten times the documented rate: no call is ever one too many."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fleet.calling import started
from tests.postgres import Server
from tests.rotation import rotating
from tests.stories.account import Account

TENFOLD = 100
"""Calls a second: ten times those of tier basic."""
CALL = 2.0


@pytest.fixture(params=rotating(["sliding", "fixed"], of=2))
def strict(request: pytest.FixtureRequest) -> Iterator[Account]:
    """A server that counts, in either way; its replies take a while."""
    switches = {"rate": "on", "rate_window": request.param, "latency_ms": "5-60"}
    with Account(switches=switches | {"rate_per_second": str(TENFOLD), "rate_per_minute": "6000"}) as one:
        yield one


class Crowd:
    """Processes with four accounts each. `seconds`, `calls`: what is declared, besides the limit of a second."""

    def __init__(self, account: Account, calls: int, *windows: tuple[float, int]) -> None:
        self.account = account
        self.told = {"url": account.url, "app": "agency", "calls": calls, "call_seconds": CALL}
        self.told["windows"] = [(1.0, TENFOLD), *windows]
        self._names = itertools.count()
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, count: int) -> None:
        """So many more."""
        for _ in range(count):
            accounts = [f"a{next(self._names)}" for _ in range(4)]
            self.running.append(started({**self.told, "accounts": accounts}))

    def kill(self) -> None:
        """The oldest, with its calls under way."""
        one = self.running.pop(0)
        one.kill()
        one.wait()

    def arrived(self) -> int:
        """Calls until now."""
        return len(self.account.calls())

    def until(self, calls: int) -> None:
        """Wait for so many."""
        while self.arrived() < calls:
            assert any(one.poll() is None for one in self.running), "all have ended before"
            time.sleep(0.05)

    def finish(self) -> list[dict[str, Any]]:
        """All that live end well; every call that came."""
        assert [one.wait(300) for one in self.running] == [0] * len(self.running)
        return self.account.calls()


def test_no_call_is_one_too_many(strict: Account, dsn: str) -> None:
    """Three processes, of which one is killed with calls under way and another takes over: nothing is refused."""
    crowd = Crowd(strict, 25, (60.0, 6000))
    crowd.start(3)
    crowd.until(150)
    crowd.kill()
    crowd.start(1)
    calls = crowd.finish()
    assert {one["code"] for one in calls} == {"0"}
    assert len(calls) >= 3 * 4 * 25


def test_a_crash_of_the_database_lets_nobody_call_too_often(strict: Account, one_postgres: Server, dsn: str) -> None:
    """While it is away nothing is sent; afterwards the class stays closed as long as calls of before may count."""
    crowd = Crowd(strict, 20)
    crowd.start(2)
    crowd.until(110)
    one_postgres.crash()
    time.sleep(CALL)
    before = crowd.arrived()
    one_postgres.start()
    calls = crowd.finish()
    assert {one["code"] for one in calls} == {"0"}
    assert len(calls) >= 2 * 4 * 20
    moments = [float(one["time"]) for one in calls]
    assert moments[before] - moments[before - 1] > CALL


@pytest.mark.proof
def test_thousands_of_calls_with_kills(strict: Account, dsn: str) -> None:
    """Four thousand calls, a process killed every three hundred, and the limit of a minute reached on the way."""
    strict.switch(rate_per_minute="3000")
    crowd = Crowd(strict, 150, (60.0, 3000))
    crowd.start(6)
    for number in range(1, 7):
        crowd.until(number * 300)
        crowd.kill()
        crowd.start(1)
    calls = crowd.finish()
    assert {one["code"] for one in calls} == {"0"}
    assert len(calls) >= 3600
