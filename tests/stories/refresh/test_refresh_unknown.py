"""Refused, lost and contradictory answers of upload, submit and the lists: honest, and nothing is paid twice."""

from __future__ import annotations

import signal
import time

import pytest

from tests.stories.account import Account
from tests.stories.refresh.scene import (
    NO_LIMITS,
    SUBMIT,
    TASKS,
    UPLOAD,
    arrivals,
    error,
    known_tasks,
    ready,
    refresh,
    tasks,
    variants,
    video,
    whole,
)  # fmt: skip
from tests.stories.workspace import Workspace, finish

ADVICE = ("Generative AI Tool", "Video Generation", "TikTok representative")
LOST = [{"lose_reply": True}, {"truncate": 9}, {"status": 504, "commit": True}, {"garbage": "{}", "commit": True}]


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_lost_submit_is_unknown_and_never_sent_again(
    hooks: Workspace, account: Account, fault: dict[str, object], nth: int
) -> None:
    """8 with an unknown row; the next plan has it blocked with reason `unknown`; no apply submits anything more."""
    hooks.replace("quiet_period: 2", "quiet_period: 600", "reconciler.yaml")
    account.faults({"path": SUBMIT, "nth": nth, **fault})
    ended = hooks.apply(code=8)
    assert ended.ended["refresh/hooks"] == "unknown"
    assert ended.json["summary"]["unknown"] == 1
    assert hooks.plan().rows["refresh/hooks"]["reason"] == "unknown"
    status = hooks.run("status", "--json").json
    assert [(one["address"], one["op"], one["state"]) for one in status["intents"]] == [
        ("refresh/hooks", "submit", "unknown")
    ]
    assert status["summary"]["unknown"] == 1
    for _ in range(2):
        again = hooks.apply(code=8)
        assert again.rows["refresh/hooks"]["outcome"] == "skipped"
    assert len(tasks(account)) == nth
    assert len(known_tasks(hooks)) == nth - 1
    assert [one["state"] for one in variants(hooks)] == ["ready"] * (nth - 1)


def test_a_lost_submit_after_the_quiet_period_needs_a_person(hooks: Workspace, account: Account) -> None:
    """Nothing can settle it: once a run has looked at it 10, naming the address, and still nothing is submitted."""
    hooks.replace("quiet_period: 2", "quiet_period: 0", "reconciler.yaml")
    account.faults({"path": SUBMIT, "nth": 1, "lose_reply": True})
    ended = hooks.apply(code=8)
    assert ended.ended["refresh/hooks"] == "unknown"
    assert hooks.apply(code=10).rows["refresh/hooks"]["outcome"] == "skipped"
    assert len(tasks(account)) == 1


def test_a_lost_upload_is_sent_again(hooks: Workspace, account: Account) -> None:
    """An upload is free: lost once, it is sent again and everything else goes on."""
    account.faults({"path": UPLOAD, "nth": 1, "lose_reply": True})
    hooks.apply()
    assert len(arrivals(account, UPLOAD)) == 2
    assert whole(hooks, account)


def test_an_upload_that_is_always_lost_is_no_success(hooks: Workspace, account: Account) -> None:
    """Nothing was done: neither exit code nor outcome may say that all is well, and nothing is submitted."""
    account.faults({"path": UPLOAD, "lose_reply": True})
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.ended["refresh/hooks"] == "skipped"
    assert ended.ended["video/hero"] in ("failed", "unknown")
    assert ended.code in (1, 8, 10), ended.text
    assert tasks(account) == []


@pytest.mark.parametrize(
    ("url", "where"), [("unusable", "refresh/hooks"), ("broken", "video/hero"), ("text", "video/hero")]
)
def test_a_url_that_is_no_use_is_an_honest_failure(hooks: Workspace, account: Account, url: str, where: str) -> None:
    """Refused at the upload, or an id no task can be made of (40053): failed, nothing pending, nothing blocked."""
    hooks.manifest(video(url=f"https://cdn.example.com/{url}.mp4"), refresh())
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.ended[where] == "failed"
    assert ended.code == (9 if url == "unusable" else 1)
    assert error(ended, where)["request_id"]
    assert error(ended, where)["hint"]
    if url == "unusable":
        assert "40053" in error(ended, where)["message"]
    assert tasks(account) == []
    hooks.manifest(video(), refresh())
    assert hooks.apply().ended["refresh/hooks"] == "done"


@pytest.mark.parametrize("path", [UPLOAD, SUBMIT, TASKS])
def test_no_place_on_the_allow_list_is_exit_4_with_the_advice(hooks: Workspace, account: Account, path: str) -> None:
    """40118 from any refresh call: 4, naming the permission and the representative; what was paid is remembered."""
    account.faults({"path": path, "code": 40118, "message": "no permission"})
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.code == 4, ended.text
    assert all(word in ended.stdout for word in ADVICE)
    people = hooks.run("apply", "--auto-approve")
    assert people.code == 4
    assert all(word in people.text for word in ADVICE)
    account.faults()
    hooks.apply()
    assert len(tasks(account)) == 3


def test_a_bad_token_is_exit_4_without_that_advice(hooks: Workspace, account: Account) -> None:
    """40105 on an upload is about the token: nobody is sent to a representative for it."""
    account.faults({"path": UPLOAD, "code": 40105, "message": "token"})
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.code == 4
    assert "allow list" not in ended.stdout
    assert "token" in error(ended, "video/hero")["hint"]


def test_throttled_submits_are_sent_again(hooks: Workspace, account: Account) -> None:
    """40100 twice: refused before anything was done, so sent again; three tasks in the end."""
    hooks.replace("quiet_period: 2", "quiet_period: 0.1", "reconciler.yaml")
    account.faults({"path": SUBMIT, "from": 1, "to": 2, "code": 40100})
    hooks.apply()
    assert len(tasks(account)) == 3


def test_rows_not_reached_when_a_list_breaks_are_not_done(work: Workspace, account: Account) -> None:
    """The task list is refused while submits still wait for their turn: those rows are not called done."""
    ready(work, rate=NO_LIMITS.replace("refresh_create: {per_second: 100000", "refresh_create: {per_second: 1"))
    work.manifest(video(), refresh("a", 1), refresh("b", 1))
    account.switch(task_seconds="0")
    account.faults({"path": TASKS, "code": 40002, "message": "no"})
    ended = work.run("apply", "--auto-approve", "--json")
    assert ended.code in (1, 9)
    assert ended.ended["refresh/a"] != "done"
    assert ended.ended["refresh/b"] in ("skipped", "pending"), ended.text
    account.faults()
    work.apply()
    assert len(tasks(account)) == 2


@pytest.mark.parametrize("fault", [{"empty_data": True}, {"garbage": "{}"}, {"status": 502}])
def test_a_task_list_that_tells_nothing_is_asked_again(
    hooks: Workspace, account: Account, fault: dict[str, object]
) -> None:
    """One useless answer of the task list is not an end of anything."""
    account.faults({"path": TASKS, "nth": 1, **fault})
    hooks.apply()
    assert whole(hooks, account)


def test_interrupted_while_it_waits_for_the_limit(work: Workspace, account: Account) -> None:
    """SIGINT between two submits: 130, what was submitted is remembered, and the rerun submits only the rest."""
    ready(work, rate=NO_LIMITS.replace("refresh_create: {per_second: 100000", "refresh_create: {per_second: 1"))
    work.manifest(video(), refresh("a", 1), refresh("b", 3))
    run = work.start("apply", "--auto-approve", "--json")
    while len(tasks(account)) < 1:
        time.sleep(0.02)
    time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    ended = finish(run)
    assert ended.code == 130, ended.text
    assert ended.ended["refresh/b"] in ("skipped", "pending"), ended.stdout
    sent = {one["task_id"] for one in tasks(account)}
    assert known_tasks(work) == sent
    account.switch(task_seconds="0")
    ready(work)
    work.manifest(video(), refresh("a", 1), refresh("b", 3))
    account.operate("clock", {"advance": 60})
    work.apply()
    assert len(tasks(account)) == 4
