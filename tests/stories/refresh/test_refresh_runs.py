"""From a declared number of variants to verified files: uploaded, submitted, polled, downloaded, then left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.refresh.scene import (
    HERO,
    SUBMIT,
    TASKS,
    UPLOAD,
    arrivals,
    error,
    known_tasks,
    moved,
    ready,
    recommended,
    record,
    refresh,
    tasks,
    truth,
    variants,
    video,
    whole,
)  # fmt: skip
from tests.stories.workspace import Workspace


def test_three_variants_end_as_verified_files(hooks: Workspace, account: Account) -> None:
    """One upload, three submits, three files with the bytes of their videos; every call is as the document has it."""
    planned = hooks.plan()
    assert planned.json["refresh"]["tasks"] == planned.json["refresh"]["videos"] == 3
    assert {word: planned.json["summary"][word] for word in ("upload", "refresh", "blocked")} == {
        "upload": 1, "refresh": 1, "blocked": 0,
    }  # fmt: skip
    ended = hooks.apply()
    assert ended.ended == {"video/hero": "done", "refresh/hooks": "done"}
    assert ended.json["plan_digest"] == planned.json["digest"]
    assert ended.rows["refresh/hooks"]["task_ids"] == [one["task_id"] for one in tasks(account)]
    assert "task_ids" not in ended.rows["video/hero"]
    assert [one["file"] for one in variants(hooks)] == [f"artifacts/hooks/g1-00{number}.mp4" for number in (1, 2, 3)]
    assert whole(hooks, account)
    (upload,) = arrivals(account, UPLOAD)
    assert upload["body"] == {"upload_type": "UPLOAD_BY_URL", "use_scenario": "AIGC", "video_url": HERO}
    source = hooks.lock["video/hero"]["stock_video_id"]
    assert [one["body"] for one in arrivals(account, SUBMIT)] == [
        {"video_id": source, "video_refresh_strategy_list": ["SWAP_MUSIC"]}
    ] * 3
    for one in arrivals(account, TASKS):
        assert one["query"]["aigc_video_type"] == "REFRESH_VIDEO"
        assert 1 <= len(json.loads(one["query"]["task_ids"])) <= 5
    assert not any("advertiser_id" in (one["body"] or one["query"]) for one in account.calls() if "aigc" in one["path"])


def test_a_hook_is_sent_as_it_was_written(hooks: Workspace, account: Account) -> None:
    """Strategies in the document's order, and every key of `add_hook`."""
    about = "Räder & Co"
    hook = f"{{hook_type: HOLIDAY, product_category: GAMES, product_description: {about}, holiday_theme: PRIDE}}"
    hooks.manifest(video(), refresh(variants=1, strategies="[SWAP_MUSIC, ADD_HOOK]", add_hook=hook))
    hooks.apply()
    (one,) = arrivals(account, SUBMIT)
    assert one["body"]["video_refresh_strategy_list"] == ["ADD_HOOK", "SWAP_MUSIC"]
    assert one["body"]["add_hook"] == {
        "hook_type": "HOLIDAY", "product_category": "GAMES", "product_description": about, "holiday_theme": "PRIDE",
    }  # fmt: skip


def test_a_second_apply_writes_nothing(made: Workspace, account: Account) -> None:
    """No write is sent, and nothing on the disk changes but the run lock."""
    before = made.files()
    account.forget_calls()
    assert made.apply().json["outcomes"] == []
    assert account.calls("POST") == []
    after = made.files()
    for files in (before, after):
        files.pop(".reconciler/lock")
    assert after == before
    assert made.run("advance").code == 0
    assert made.files()["reconciler.lock"] == before["reconciler.lock"]
    assert made.in_sync()


def test_detached_and_finished_on_another_path(hooks: Workspace, account: Account, elsewhere: Path) -> None:
    """`--detach`: 8 with every task id; a copy of the folder finishes with `advance`, the first process is gone."""
    account.switch(task_seconds="30")
    ended = hooks.process("apply", "--auto-approve", "--json", "--detach")
    assert ended.code == 8, ended.text
    assert ended.ended == {"video/hero": "done", "refresh/hooks": "pending"}
    assert len(ended.rows["refresh/hooks"]["task_ids"]) == 3
    other = moved(hooks, elsewhere)
    assert [one["state"] for one in variants(other)] == ["pending"] * 3
    assert other.process("advance").code == 8
    account.operate("clock", {"advance": 31})
    account.forget_calls()
    assert other.process("advance", "--max-duration", "20").code == 0
    assert account.calls("POST") == []
    assert [one["state"] for one in variants(other)] == ["ready"] * 3
    assert whole(other, account)
    assert other.in_sync()


def test_a_second_apply_while_tasks_run_waits_for_them(hooks: Workspace, account: Account) -> None:
    """Refreshes on their way from an earlier run are in the list of outcomes, and nothing is submitted again."""
    account.switch(task_seconds="30")
    ids = hooks.apply("--detach", code=8).rows["refresh/hooks"]["task_ids"]
    again = hooks.apply("--detach", code=8)
    assert (again.ended, again.rows["refresh/hooks"]["task_ids"]) == ({"refresh/hooks": "pending"}, ids)
    account.operate("clock", {"advance": 31})
    assert hooks.apply().ended == {"refresh/hooks": "done"}
    assert len(tasks(account)) == 3


def test_waiting_ends_with_8(work: Workspace, account: Account) -> None:
    """`refresh.wait_seconds` are over and tasks still run: 8, pending."""
    account.switch(task_seconds="3000")
    ready(work, wait=0.2)
    assert work.apply(code=8).ended["refresh/hooks"] == "pending"


@pytest.mark.parametrize("way", ["four_ids", "one_id"])
def test_recommended_is_four_of_one_submit(hooks: Workspace, account: Account, way: str) -> None:
    """Four task ids or one with four rows: two submits promise eight videos, slots go by video_id inside a submit."""
    account.switch(recommended=way)
    hooks.manifest(video(), recommended(8))
    assert {key: value for key, value in hooks.plan().json["refresh"].items() if key != "eta_seconds"} == {
        "tasks": 2, "videos": 8,
    }  # fmt: skip
    ended = hooks.apply()
    assert len(ended.rows["refresh/hooks"]["task_ids"]) == (8 if way == "four_ids" else 2)
    found = variants(hooks)
    for group in (found[:4], found[4:]):
        ids = [one["video_id"] for one in group]
        assert ids == sorted(ids)
    made = {one["video_id"]: one["task_id"] for one in truth(account).values()}
    assert {one["video_id"]: one["task_id"] for one in found} == made
    assert whole(hooks, account)
    assert hooks.in_sync()


@pytest.mark.parametrize("way", ["four_ids", "one_id"])
def test_recommended_that_fails_is_told_and_never_topped_up(hooks: Workspace, account: Account, way: str) -> None:
    """The submit yields nothing: failed, and the next plan asks for nothing."""
    account.switch(recommended=way, fail_tasks="1")
    hooks.manifest(video(), recommended(4))
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.ended["refresh/hooks"]) == (9, "failed")
    assert "once more" not in (error(ended)["hint"] or "")
    assert hooks.in_sync()


def test_a_failed_task_is_asked_for_once_more_and_then_blocked(hooks: Workspace, account: Account) -> None:
    """FAILED: 9 naming the task; the next plan submits that slot with reason `failed`; failed twice is blocked (5)."""
    account.switch(fail_tasks="2,4")
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.ended) == (9, {"video/hero": "done", "refresh/hooks": "failed"})
    lost = tasks(account)[1]["task_id"]
    assert lost in error(ended)["message"]
    assert {one["variant"]: one["state"] for one in variants(hooks)} == {1: "ready", 2: "failed", 3: "ready"}
    planned = hooks.plan()
    assert (planned.rows["refresh/hooks"]["reason"], planned.json["refresh"]["tasks"]) == ("failed", 1)
    assert hooks.run("apply", "--auto-approve", "--json").code in (1, 9)
    blocked = hooks.apply(code=5)
    assert blocked.rows["refresh/hooks"]["op"] == "blocked"
    assert "revision" in error(blocked)["hint"] + (error(blocked)["message"] or "")
    assert len(tasks(account)) == 4
    assert len(known_tasks(hooks)) == 4
    hooks.replace("variants: 3", "variants: 3\n  revision: 2")
    assert hooks.apply().ended == {"refresh/hooks": "done"}
    assert [one["generation"] for one in variants(hooks) if one["state"] == "ready"] == [2, 2, 2]


def test_raised_lowered_renewed_and_rolled_back(made: Workspace, account: Account) -> None:
    """N up: one slot more; N down: nothing deleted; revision up: a new generation; down again: the old one, unpaid."""
    made.replace("variants: 3", "variants: 4")
    assert made.plan().json["refresh"]["tasks"] == 1
    made.apply()
    made.replace("variants: 4", "variants: 2")
    assert made.apply().json["summary"] == dict.fromkeys(("done", "failed", "skipped", "unknown", "pending"), 0)
    assert (len(variants(made)), record(made)["wanted"]) == (4, 2)
    made.replace("variants: 2", "variants: 2\n  revision: 2")
    made.apply()
    assert [(one["generation"], one["state"]) for one in variants(made)] == [(2, "ready")] * 2 + [(1, "superseded")] * 4
    assert len(tasks(account)) == 6
    made.replace("revision: 2", "revision: 1")
    planned = made.plan()
    assert (planned.rows["refresh/hooks"]["op"], planned.json["refresh"]["tasks"]) == ("refresh", 0)
    account.forget_calls()
    assert made.apply().ended == {"refresh/hooks": "done"}
    assert account.calls("POST") == []
    assert [one["state"] for one in variants(made) if one["generation"] == 1] == ["ready"] * 4
    assert whole(made, account)
    assert made.in_sync()


def test_another_source_is_uploaded_again(made: Workspace, account: Account) -> None:
    """A new URL is a new upload and a new generation of that upload."""
    made.replace(HERO, "https://cdn.example.com/other.mp4")
    assert made.apply().ended == {"video/hero": "done", "refresh/hooks": "done"}
    assert {one["asked"]["video_id"] for one in tasks(account)[3:]} == {made.lock["video/hero"]["stock_video_id"]}
    assert len(arrivals(account, UPLOAD)) == 2


def test_a_source_that_cannot_be_uploaded_is_not_replaced_by_the_old_one(made: Workspace, account: Account) -> None:
    """The new URL is refused: nothing is submitted, for the video in the stock library is the old one."""
    made.replace(HERO, "https://cdn.example.com/broken.mp4")
    ended = made.run("apply", "--auto-approve", "--json")
    assert (ended.ended["video/hero"], ended.ended["refresh/hooks"]) == ("failed", "skipped")
    assert len(tasks(account)) == 3
    assert made.plan().ops == {"video/hero": "upload", "refresh/hooks": "refresh"}


def test_removed_manifests_are_forgotten_without_a_call(made: Workspace, account: Account) -> None:
    """Video and refresh: `forget`, nothing is sent and no file is deleted."""
    made.manifest("kind: Video\nname: other\nspec: {url: https://cdn.example.com/other.mp4}\n")
    assert made.plan().ops == {"video/hero": "forget", "refresh/hooks": "forget"}
    account.forget_calls()
    made.apply()
    assert (account.calls("POST"), made.lock) == ([], {})
    assert (made.root / "artifacts/hooks/g1-001.mp4").is_file()
