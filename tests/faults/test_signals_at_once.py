"""Signals while the run waits or writes: the first ends it soon and honestly, the second at once; nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.stage import APPLY, SUBMIT, VIDEO, converge, refresh, set_up, settled
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign
from tests.stories.workspace import Workspace, finish, in_environment, until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _signal(number: signal.Signals) -> str:
    return number.name


TWICE = """
import os, signal, sys
real, count, at = os.fsync, 0, int(sys.argv.pop(1))
def fsync(descriptor):
    global count
    real(descriptor)
    count += 1
    if count == at:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
os.fsync = fsync
from reconciler.cli.main import main
main()
"""


@pytest.fixture
def stage(account: Account, tmp_path: Path) -> Workspace:
    """A workspace with periods of half a second."""
    return set_up(tmp_path / "w", account.url, quiet=0.5)


def interrupted(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send it; the process must end by itself, with 130, long before what it waits for."""
    process.send_signal(number)
    ended = finish(process)
    assert ended.code == 130, ended.text
    assert "Traceback" not in ended.text
    assert ended.json


@pytest.mark.parametrize("number", rotating(SIGNALS, 3, _signal))
def test_a_signal_ends_the_wait_for_tasks(stage: Workspace, account: Account, number: signal.Signals) -> None:
    """The task is known and runs on; a later apply fetches it without a second submit."""
    account.switch(task_seconds="3000")
    stage.manifest(VIDEO, refresh())
    process = stage.start(*APPLY)
    until(lambda: any(call["path"].endswith("task/list/") for call in account.calls()))
    interrupted(process, number)
    account.operate("clock", {"advance": 3001})
    converge(stage, account)
    settled(stage, account)


@pytest.mark.parametrize("number", rotating(SIGNALS, 3, _signal))
def test_a_signal_ends_a_back_off(stage: Workspace, account: Account, number: signal.Signals) -> None:
    """Throttled and waiting: it ends, the write was not made, and is made by the next apply."""
    stage.replace("quiet_period: 0.5", "quiet_period: 600", "reconciler.yaml")
    account.faults({"path": "campaign/create/", "code": 40100, "message": "slow"})
    stage.manifest(campaign("a"))
    process = stage.start(*APPLY)
    until(lambda: account.posts())
    interrupted(process, number)
    account.faults()
    stage.replace("quiet_period: 600", "quiet_period: 0.5", "reconciler.yaml")
    converge(stage, account)
    settled(stage, account)


def test_a_signal_ends_the_wait_for_an_unknown_outcome(stage: Workspace, account: Account) -> None:
    """The quiet period is waited for no longer; the intent stays open."""
    stage.replace("quiet_period: 0.5", "quiet_period: 600", "reconciler.yaml")
    account.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    stage.manifest(campaign("a"))
    stage.run(*APPLY)
    account.forget_calls()
    process = stage.start(*APPLY, "-v")
    until(lambda: "waiting" in (process.stderr.readline() if process.stderr else ""))
    interrupted(process, signal.SIGTERM)
    assert account.posts() == []
    assert len(stage.run("status", "--json").json["intents"]) == 1


def test_a_signal_ends_the_wait_for_a_place_under_the_rate_limit(stage: Workspace, account: Account) -> None:
    """A minute's limit is used up: nothing more is sent after the signal, and the end does not wait for the minute."""
    stage.replace("default: {per_second: 100000, per_minute: 1000000}", "default: {per_minute: 7}", "reconciler.yaml")
    stage.manifest(*(campaign(f"c{number}") for number in range(6)))
    process = stage.start(*APPLY)
    until(lambda: len(account.calls()) >= 7)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=25)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail("it waits for the minute to pass")
    finally:
        finish(process)
    assert len(account.calls()) == 7


@pytest.mark.parametrize("at", rotating(range(4, 22), 4))
def test_two_signals_inside_a_durable_write_leave_a_journal_that_can_be_read(
    stage: Workspace, account: Account, at: int
) -> None:
    """Whatever record was being written: 130, one document, and the next apply converges."""
    stage.manifest(campaign("a", status="ENABLE"), campaign("b"), adgroup("g", "a"))
    with in_environment("story-token/4b2f9c7e"):
        command = [sys.executable, "-c", TWICE, str(at), *APPLY]
        ended = subprocess.run(command, cwd=stage.root, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode in (0, 130), ended.stderr
    assert "Traceback" not in ended.stderr
    if account.posts():
        assert ended.stdout.startswith("{"), "writes were sent and no report says so"
    converge(stage, account)
    settled(stage, account)


def test_a_second_signal_during_a_submit_leaves_it_unknown_and_says_so(stage: Workspace, account: Account) -> None:
    """The report names the submit; it is asked about, not sent again."""
    account.faults({"path": SUBMIT, "nth": 1, "delay": 60, "commit": True})
    stage.manifest(VIDEO, refresh())
    process = stage.start(*APPLY)
    until(lambda: any(path == SUBMIT for path, _ in account.posts()))
    process.send_signal(signal.SIGINT)
    until(lambda: "Interrupted" in (process.stderr.readline() if process.stderr else ""))
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130
    account.faults()
    assert [one["address"] for one in stage.run("status", "--json").json["intents"]] == ["refresh/x"]
    assert ended.ended["refresh/x"] == "unknown", ended.text
