"""The limit of the developer app, as the server counts it: across restarts and several processes."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.refresh.scene import SUBMIT, arrivals, consent, known_tasks, ready, refresh, tasks, video
from tests.stories.workspace import FAST, Workspace, finish

SHORT = "refresh_create: {per_second: 1, per_minute: 5}"
REAL = f"{{default: {FAST}, ad_create: {FAST}, {SHORT}}}"


def spaced(account: Account) -> list[float]:
    """The moments of the submits, none of which came too early after another."""
    moments = [float(one["time"]) for one in arrivals(account, SUBMIT)]
    for most, seconds in ((1, 1.0), (5, 60.0)):
        for first, last in zip(moments, moments[most:], strict=False):
            assert last - first >= seconds, (seconds, last - first)
    return moments


def limited(path: Path, account: Account, count: int, window: str = "") -> Workspace:
    """A workspace under the real limit that wants so many variants."""
    work = Workspace(path, account.url)
    ready(work, rate=REAL, wait=0)
    if window:
        work.replace("rate: ", f"rate_window: {window}, rate: ", "reconciler.yaml")
    work.manifest(video(), refresh(variants=count))
    return work


def test_killed_between_submits_and_started_again(tmp_path: Path) -> None:
    """Killed after each submit: the next run waits its second, and no call comes too early or is refused."""
    with Account(switches={"rate": "on", "latency_ms": "20-200"}) as account:
        work = limited(tmp_path / "work", account, 3)
        for count in (1, 2):
            run = work.start("apply", "--auto-approve", "--detach")
            while len(known_tasks_of(work)) < count:
                assert run.poll() is None
                time.sleep(0.01)
            run.kill()
            run.communicate()
        assert work.process("apply", "--auto-approve", "--detach").code == 8
        assert len(spaced(account)) == 3
        assert len(known_tasks(work)) == 3
        assert {one["code"] for one in arrivals(account, SUBMIT)} == {"0"}


def known_tasks_of(work: Workspace) -> set[str]:
    """Task ids whose reply stands in the journal."""
    found: set[str] = set()
    for line in work.journal.read_text("utf-8").splitlines() if work.journal.exists() else []:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if record["kind"] == "reply" and "task_ids" in record.get("body", ""):
            found.update(json.loads(record["body"])["data"]["task_ids"])
    return found


def test_killed_while_a_submit_is_under_way(tmp_path: Path) -> None:
    """The one that was under way counts: its successor, here of another workspace, comes at least a second later."""
    with Account(switches={"rate": "on"}) as account:
        folder = tmp_path / "all"
        work, other = (limited(folder / name, account, 1, "../rate.json") for name in "ab")
        account.faults({"path": SUBMIT, "nth": 1, "commit": True, "delay": 0.6})
        run = work.start("apply", "--auto-approve", "--detach")
        while not arrivals(account, SUBMIT):
            time.sleep(0.01)
        run.kill()
        run.communicate()
        again = other.start("apply", "--auto-approve", "--detach")
        try:
            again.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            again.kill()
            again.communicate()
            pytest.fail("it waits for ever for a call that ended with its process")
        assert len(spaced(account)) == 2


def test_three_processes_share_one_window(tmp_path: Path) -> None:
    """Three workspaces of one developer app at once, replies late by 20 to 400 ms: no two submits in one second."""
    with Account(switches={"rate": "on", "latency_ms": "20-400"}) as account:
        folder = tmp_path / "all"
        works = [limited(folder / name, account, 1 + (name == "a")) for name in "abc"]
        shared = folder / "a" / ".reconciler"
        for work in works[1:]:
            work.replace("rate: ", f'rate_window: "{shared}/rate.json", rate: ', "reconciler.yaml")
        runs = [work.start("apply", "--auto-approve", "--detach") for work in works]
        assert [finish(run).code for run in runs] == [8, 8, 8]
        assert len(spaced(account)) == 4
        assert {one["code"] for one in arrivals(account, SUBMIT)} == {"0"}


def test_a_copy_of_the_folder_keeps_the_window(tmp_path: Path) -> None:
    """The window lies in the folder: a copy made right after a submit waits as the first one would have."""
    with Account(switches={"rate": "on"}) as account:
        work = limited(tmp_path / "work", account, 1)
        work.apply("--detach", code=8)
        shutil.copytree(work.root, tmp_path / "copy")
        copy = Workspace(tmp_path / "copy", account.url)
        copy.replace("variants: 1", "variants: 2")
        copy.apply("--detach", code=8)
        assert len(spaced(account)) == 2


def test_the_plan_tells_how_long_it_takes(work: Workspace, account: Account) -> None:
    """Twelve submits under the real limit: two windows of a minute, one second, and the time of a task."""
    ready(work, rate=REAL)
    work.manifest(video(), refresh(variants=12))
    assert work.plan().json["refresh"] == {"tasks": 12, "videos": 12, "eta_seconds": 120 + 1 + 60}
    assert "12 tasks for 12 videos" in work.run("plan").stdout


@pytest.mark.proof
def test_twelve_variants_under_the_real_limits(tmp_path: Path) -> None:
    """Twelve variants in real time: no call is rejected, and all files are there."""
    with Account(switches={"rate": "on", "latency_ms": "20-400"}) as account:
        work = Workspace(tmp_path / "work", account.url)
        work.configure(rate=f"{{{SHORT}}}", more="refresh: {poll_seconds: 5, wait_seconds: 300}\n")
        consent(work)
        work.manifest(video(), refresh(variants=12))
        run = work.start("apply", "--auto-approve", "--json")
        run.communicate(timeout=400)
        assert run.returncode == 0
        assert len(spaced(account)) == len(tasks(account)) == 12
        assert {one["code"] for one in account.calls() if not one["path"].startswith("/")} == {"0"}
