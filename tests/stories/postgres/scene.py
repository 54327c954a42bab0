"""Machines with clean disks that share one workspace through a database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg

from tests.stories.account import Account
from tests.stories.marketing.scene import adgroup, campaign
from tests.stories.marketing.scene import configure as configured
from tests.stories.refresh.scene import consent
from tests.stories.workspace import Run, Workspace, finish, until

TREE = (campaign("a", status="ENABLE"), campaign("b"), *(adgroup(f"g{n}", parent="a") for n in range(4)))
APPLY = ("apply", "--auto-approve", "--json")


def machine(
    root: Path, market: Account, *, quiet: float = 2, tree: tuple[str, ...] = TREE, more: str = ""
) -> Workspace:
    """One on which nothing lies but what is committed."""
    work = Workspace(root, market.url)
    configured(work, quiet=quiet, more=f"state: {{backend: postgres}}\n{more}")
    consent(work)
    work.manifest(*tree)
    return work


def stuck(work: Workspace, market: Account, nth: int, when: str = "done", delay: int = 600) -> Any:
    """An apply in a process of its own that waits for the reply to its n-th write: `done`, or done after the delay."""
    market.forget_calls()
    market.faults({"path": "*", "method": "POST", "nth": nth, "delay": delay, "commit": when == "done"})
    process = work.start(*APPLY)
    arrived(market, nth, process)
    return process


def released(market: Account) -> None:
    """Who waits for a reply gets it."""
    market.operate("clock", {"advance": 601})


def arrived(market: Account, count: int, process: Any) -> None:
    """So many writes have come."""
    until(lambda: len(market.calls("POST")) >= count or process.poll() is not None)
    assert process.poll() is None, finish(process)


def next_run(work: Workspace) -> Run:
    """An apply that is refused as long as the lease of another runs: the first that comes through."""
    while True:
        ended = work.process(*APPLY)
        if ended.code != 7:
            return ended
        assert ended.codes == ["R509"]
        time.sleep(1)


def converged(work: Workspace, market: Account) -> None:
    """One object a name, enabled what should be, nothing left to send."""
    for _ in range(4):
        ended = work.run(*APPLY)
        assert ended.code in (0, 8), ended.text
        if ended.code == 0:
            break
    assert market.names("campaign") == ["a", "b"]
    assert market.names("adgroup") == ["g0", "g1", "g2", "g3"]
    assert market.one("campaign", "a")["status"] == "ENABLE"
    assert work.in_sync()


def rows(dsn: str, statement: str) -> list[Any]:
    """What the database says."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(statement.encode()).fetchall()
