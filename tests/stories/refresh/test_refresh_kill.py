"""SIGKILL at any request of a refresh run loses no acknowledged task, and nothing is submitted twice."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.refresh.scene import (
    SUBMIT,
    TASKS,
    UPLOAD,
    arrivals,
    known_tasks,
    refresh,
    tasks,
    variants,
    video,
    whole,
)
from tests.stories.workspace import Workspace

POINTS = [("campaign/get/", 1), (UPLOAD, 1), (TASKS, 1), ("/preview/*", 1), ("/preview/*", 3)]


def started(account: Account, path: str, nth: int) -> bool:
    """Whether the nth call of a path has come."""
    return len(arrivals(account, path.rstrip("*"))) >= nth


def killed(work: Workspace, account: Account, fault: dict[str, Any]) -> None:
    """A run that is killed while this call is held up; then the call goes on, and the fault is over."""
    account.faults({**fault, "delay": 600})
    run = work.start("apply", "--auto-approve")
    while not started(account, fault["path"], fault["nth"]):
        assert run.poll() is None, run.communicate()
        time.sleep(0.01)
    time.sleep(0.05)
    run.kill()
    run.communicate()
    account.operate("clock", {"advance": 601})
    account.faults()


@pytest.mark.parametrize(
    ("path", "nth", "commit"),
    rotating([(*point, commit) for commit in (False, True) for point in POINTS], 4),
)
def test_killed_at_a_request(hooks: Workspace, account: Account, path: str, nth: int, commit: bool) -> None:
    """Before its commit, or after it and before its reply: every task that was answered is known, the rest goes on."""
    killed(hooks, account, {"path": path, "nth": nth, **({"commit": True} if commit else {})})
    sent = [one["task_id"] for one in tasks(account)]
    hooks.plan()
    assert [one["task_id"] for one in tasks(account)] == sent
    hooks.apply()
    assert known_tasks(hooks) == {one["task_id"] for one in tasks(account)}
    assert len(tasks(account)) == 3
    assert whole(hooks, account)
    assert hooks.in_sync()


@pytest.mark.parametrize(
    ("nth", "commit"), rotating([(nth, commit) for commit in (False, True) for nth in (1, 2, 3)], 4)
)
def test_killed_at_a_submit(hooks: Workspace, account: Account, nth: int, commit: bool) -> None:
    """That submit is unknown and blocks the row; those before it are known, and none is ever sent again."""
    killed(hooks, account, {"path": SUBMIT, "nth": nth, **({"commit": True} if commit else {})})
    answered = {one["task_id"] for one in tasks(account)[: nth - 1]}
    assert hooks.plan().rows["refresh/hooks"]["reason"] == "unknown"
    assert hooks.run("apply", "--auto-approve", "--json").code in (8, 10)
    assert known_tasks(hooks) == answered
    assert [one["state"] for one in variants(hooks)] == ["ready"] * (nth - 1)
    assert len(arrivals(account, SUBMIT)) == nth
    assert whole(hooks, account)


@pytest.mark.parametrize("seed", rotating(range(5), 5))
def test_killed_at_any_moment(hooks: Workspace, account: Account, seed: int) -> None:
    """At a random moment, twice: no acknowledged task is lost, none is made twice, no broken file has a final name."""
    draw = random.Random(f"moment {seed}")
    hooks.manifest(video(), refresh(variants=12))
    account.switch(latency_ms="5-15")
    answered: set[str] = set()
    for _ in range(2):
        before = len(tasks(account))
        run = hooks.start("apply", "--auto-approve")
        while not account.calls() and run.poll() is None:
            time.sleep(0.005)
        time.sleep(draw.uniform(0.1, 0.5))
        run.kill()
        run.communicate()
        # A submit is sent only after the reply to the one before it: of each run only the last can be unanswered.
        answered |= {one["task_id"] for one in tasks(account)[before:-1]}
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.code in (0, 8, 10), ended.text
    assert known_tasks(hooks) >= answered
    assert whole(hooks, account)
    assert len(tasks(account)) <= 12
    if ended.code == 0:
        assert known_tasks(hooks) == {one["task_id"] for one in tasks(account)}
        assert [one["state"] for one in variants(hooks)] == ["ready"] * 12
    else:
        assert hooks.plan().rows["refresh/hooks"]["reason"] == "unknown"


def test_a_task_acknowledged_a_moment_before_the_kill_is_known_to_every_command(
    hooks: Workspace, account: Account
) -> None:
    """The journal alone holds it: status, variants and the next apply show it, on another path too."""
    account.switch(task_seconds="3000")
    killed(hooks, account, {"path": SUBMIT, "nth": 2})
    (first, *_) = tasks(account)
    status = hooks.run("status", "--json").json
    assert [one["task_id"] for one in status["refreshes"][0]["tasks"]] == [first["task_id"]]
    assert [(one["op"], one["address"]) for one in status["intents"]] == [("submit", "refresh/hooks")]
    assert variants(hooks)[0]["task_id"] == first["task_id"]
