"""A task costs money: its id is durable before the run waits for anything else, the rate window's file included."""

from __future__ import annotations

import fcntl
import os
import signal

import pytest

from tests.stories.account import Account
from tests.stories.refresh.scene import SUBMIT, arrivals, known_tasks, tasks
from tests.stories.workspace import Workspace, until

HELD = 20.0
"""Seconds on the server's clock."""


@pytest.mark.parametrize("how", ["killed", "interrupted twice"])
def test_ended_while_another_process_has_the_rate_window(hooks: Workspace, account: Account, how: str) -> None:
    """The submit is answered while somebody stands still who has the file: its id is kept all the same, and no task is
    paid for that nobody knows."""
    account.faults({"path": SUBMIT, "delay": HELD})
    run = hooks.start("apply", "--auto-approve", "--json")
    until(lambda: len(arrivals(account, SUBMIT)) == 1)
    lock = os.open(hooks.root / ".reconciler" / "rate.json.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    account.operate("clock", {"advance": HELD})
    submits = {one["seq"] for one in hooks.records if one.get("verb") == "submit"}
    until(lambda: any(one["kind"] == "reply" and one["of"] in submits for one in hooks.records))
    if how == "killed":
        run.kill()
    else:
        run.send_signal(signal.SIGINT)
        assert run.stderr is not None
        until(lambda: "Interrupted" in run.stderr.readline())  # type: ignore[union-attr]
        run.send_signal(signal.SIGINT)
    run.communicate()
    os.close(lock)
    account.faults()
    hooks.apply()
    assert known_tasks(hooks) == {one["task_id"] for one in tasks(account)}
