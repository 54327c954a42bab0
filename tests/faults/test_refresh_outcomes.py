"""Refresh tasks cost quota and cannot be found by name: a lost submit is asked about, never sent again on faith."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.stage import (
    APPLY,
    SUBMIT,
    UPLOAD,
    VIDEO,
    converge,
    own_tasks,
    refresh,
    remembered,
    set_up,
    settled,
    wait,
)
from tests.stories.account import Account
from tests.stories.workspace import Workspace, finish, until

QUIET = 0.4
SETTLED = QUIET * 5 + 0.2


@pytest.fixture
def stage(account: Account, tmp_path: Path) -> Workspace:
    """A workspace with an uploaded video, where tasks take a moment and a lost submit settles in two seconds."""
    account.switch(task_seconds="0.1-0.2")
    work = set_up(tmp_path / "w", account.url, quiet=QUIET)
    work.manifest(VIDEO, refresh("first"))
    work.apply()
    work.manifest(VIDEO, refresh("first"), refresh("x"))
    account.forget_calls()
    return work


def lose(stage: Workspace, account: Account, **fault: Any) -> str:
    """The submit for `x` goes wrong; the video that came of it, if any."""
    before = {one["task_id"] for one in own_tasks(account)}
    account.faults({"path": SUBMIT, "nth": 1, **(fault or {"lose_reply": True})})
    assert stage.run(*APPLY).ended["refresh/x"] == "unknown"
    made = [one for one in own_tasks(account) if one["task_id"] not in before]
    return made[0]["video_ids"][0] if made else ""


def submits(account: Account) -> int:
    """How many have come."""
    return [path for path, _ in account.posts()].count(SUBMIT)


def test_a_lost_submit_is_asked_about_among_strangers_videos(stage: Workspace, account: Account) -> None:
    """10 once it has settled; every video it could be is listed, none of those that were there before; no write."""
    old = account.operate("stranger", {"videos": 2, "delay": -600})["video_ids"]
    ours = lose(stage, account)
    theirs = account.operate("stranger", {"videos": 2})["video_ids"]
    wait(account, SETTLED)
    assert stage.run(*APPLY).code == 10
    told = stage.run("recover", "--json")
    assert told.code == 10
    seen = {row["id"] for row in told.json["open"][0]["candidates"]}
    assert seen == {ours, *theirs}
    assert not seen & set(old)
    assert submits(account) == 1


def test_an_adopted_video_fills_the_slot_and_is_downloaded(stage: Workspace, account: Account) -> None:
    """`--adopt refresh/x=VIDEO`: the slot is ready, no second task is paid for, and all is in sync."""
    ours = lose(stage, account)
    account.operate("stranger", {"videos": 1})
    wait(account, SETTLED)
    assert stage.run("recover", f"--adopt=refresh/x={ours}").code == 0
    stage.apply()
    (variant,) = stage.lock["refresh/x"]["variants"]
    assert (variant["video_id"], variant["state"]) == (ours, "ready")
    assert (stage.root / variant["file"]).exists()
    assert submits(account) == 1
    settled(stage, account)


def test_a_video_of_another_refresh_cannot_be_adopted(stage: Workspace, account: Account) -> None:
    """What is ours already, or was there before, is no candidate: R508, and the question stays."""
    lose(stage, account)
    _, videos = remembered(stage)
    for wrong in (*videos, "v1", ""):
        assert stage.run("recover", "--json", f"--adopt=refresh/x={wrong}").codes == ["R508"]
    assert len(stage.run("recover", "--json").json["open"]) == 1


def test_absent_is_refused_before_a_submit_settles_and_taken_after(stage: Workspace, account: Account) -> None:
    """R703 while it can still take effect; then the person's word counts and the slot is asked for anew."""
    stage.configure(quiet=60, rate="{default: {per_second: 1000, per_minute: 10000}}")
    lose(stage, account, lose_request=True)
    refused = stage.run("recover", "--json", "--absent=refresh/x")
    assert (refused.code, refused.codes) == (1, ["R703"])
    set_up(stage.root, account.url, quiet=QUIET)
    wait(account, SETTLED)
    assert stage.run("recover", "--json", "--absent=refresh/x").code == 0
    account.faults()
    stage.apply()
    assert submits(account) == 2
    settled(stage, account)


def test_nothing_else_is_submitted_while_a_submit_is_unknown(stage: Workspace, account: Account) -> None:
    """What another submit makes could not be told from it: at most one is unresolved, over all addresses and runs."""
    lose(stage, account)
    stage.manifest(VIDEO, refresh("first"), refresh("x"), refresh("second"))
    ended = stage.run(*APPLY)
    assert submits(account) == 1, ended.text
    converge(stage, account)
    settled(stage, account)
    assert len(own_tasks(account)) == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404, "commit": True},
        {"status": 504, "commit": True},
        {"garbage": "<html>", "commit": True},
        {"garbage": '{"code": 0, "message": "OK", "data": {}}', "commit": True},
        {"garbage": '{"code": 0, "message": "OK", "data": {"task_ids": [null]}}', "commit": True},
        {"code": 51999, "commit": True},
        {"late_commit": 0.5},
        {"truncate": 30},
    ],
    ids=["404", "504", "html", "no ids", "null id", "unknown code", "late", "cut"],
)
def test_a_task_that_was_made_behind_a_broken_reply_is_not_paid_twice(
    stage: Workspace, account: Account, fault: dict[str, Any]
) -> None:
    """Whatever came instead of the reply: the next runs send nothing on faith, and answering converges."""
    account.faults({"path": SUBMIT, "nth": 1, **fault})
    stage.run(*APPLY)
    account.faults()
    converge(stage, account)
    settled(stage, account)
    assert len(own_tasks(account)) == 2


def test_an_expired_variant_is_paid_for_again_only_when_a_person_says_so(stage: Workspace, account: Account) -> None:
    """The preview died before its download: blocked, until `--resubmit` names it; then one more task."""
    stage.run(*APPLY, "--detach")
    account.operate("clock", {"advance": 30000})
    stage.run(*APPLY)
    assert stage.run(*APPLY).code == 5
    assert stage.plan().rows["refresh/x"]["op"] == "blocked"
    assert submits(account) == 1
    assert stage.run("recover", "--resubmit=refresh/x").code == 0
    converge(stage, account)
    assert submits(account) == 2
    assert stage.in_sync()


def test_strangers_videos_stop_submits_after_the_journal_was_lost(stage: Workspace, account: Account) -> None:
    """One may be what a lost submit made: R718 until each is ignored, then exactly one task."""
    lose(stage, account)
    wait(account, 0.3)
    stage.journal.unlink()
    refused = stage.run(*APPLY)
    assert refused.rows["refresh/x"]["error"]["code"] == "R718", refused.text
    assert submits(account) == 1
    _, mine = remembered(stage)
    for video in account.operate("state")["videos"]:
        if video["video_id"] not in mine:
            assert stage.run("recover", f"--ignore-video={video['video_id']}").code == 0
    account.faults()
    stage.apply()
    assert submits(account) == 2
    assert stage.in_sync()


def test_a_lost_first_submit_is_not_paid_twice_after_the_journal_was_lost(account: Account, tmp_path: Path) -> None:
    """The lockfile knows no refresh yet, the account shows a video that nobody claims: R718, no second task."""
    account.switch(task_seconds="0.1-0.2")
    work = set_up(tmp_path / "w", account.url, quiet=QUIET)
    work.manifest(VIDEO, refresh("x"))
    lose(work, account)
    wait(account, 0.3)
    work.journal.unlink()
    work.run(*APPLY)
    assert submits(account) == 1


def test_an_upload_that_was_under_way_at_a_kill_does_not_block_for_ever(stage: Workspace, account: Account) -> None:
    """An upload is free and its id is named nowhere else: the next apply sends it again, `recover` shows no bug."""
    stage.manifest(VIDEO.replace("hero.mp4", "other.mp4"), refresh("first"))
    account.faults({"path": UPLOAD, "nth": 1, "lose_request": True, "delay": 60})
    process = stage.start(*APPLY)
    until(lambda: any(path == UPLOAD for path, _ in account.posts()))
    process.kill()
    finish(process)
    account.faults()
    assert stage.run("recover", "--json").code in (0, 8)
    converge(stage, account)
    settled(stage, account)
