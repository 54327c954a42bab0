"""The life of refresh tasks and refreshed videos, and every switch that is about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.simulator.conftest import Client, Start

SUBMIT = "creative/aigc/refresh_video/task/create/"
LIST = "creative/aigc/video/list/"
LONG = {"task_seconds": "100"}


def statuses(client: Client, task_ids: list[str]) -> list[str]:
    """The status of each row about these tasks."""
    return [row["status"] for row in client.states(task_ids)]


# --- tasks -----------------------------------------------------------------------------------------------------------


def test_a_task_goes_its_way_on_the_clock(start: Start) -> None:
    """A task is SUBMITTED, PROCESSING, then SUCCESS, and only then has a video."""
    client = start(LONG)
    (task,) = client.tasks()
    (row,) = client.states([task])
    assert row.pop("video_name").startswith("refresh_video-")
    assert row == {"task_id": task, "aigc_video_type": "REFRESH_VIDEO", "status": "SUBMITTED"}
    client.wait(50)
    assert statuses(client, [task]) == ["PROCESSING"]
    assert client.videos() == []
    client.wait(50)
    (row,) = client.states([task])
    assert row["status"] == "SUCCESS"
    assert re.fullmatch(r"refresh_video-\d{14}-[a-z0-9]{3}", row["video_name"])
    (video,) = client.videos()
    assert video == {
        **{name: row[name] for name in row if name not in ("task_id", "status")},
        "create_time": "2025-06-15 15:08:20",
    }


def test_tasks_take_as_long_as_the_switch_says(start: Start) -> None:
    """Each task's time is drawn from task_seconds, the same for the same seed."""
    times = []
    for _ in range(2):
        client = start()
        for _ in range(10):
            client.tasks()
        times.append([task.done - task.created for task in client.simulator.studio.tasks.values()])
    assert times[0] == times[1]
    assert 20 <= min(times[0]) < max(times[0]) <= 40


def test_recommended_gives_four_tasks(start: Start) -> None:
    """RECOMMENDED gives four ids, one for each of the four other hooks."""
    client = start()
    tasks = client.tasks("RECOMMENDED")
    assert len(set(tasks)) == 4
    client.wait(40)
    assert [row["task_id"] for row in client.states(tasks[::-1])] == tasks[::-1]
    hooks = {row["hook_type"] for row in client.operate("state")["videos"]}
    assert hooks == {"EMOTIONAL", "COMMENT", "BILLO", "TEXT_TO_VIDEO"}


def test_recommended_may_give_one_task_of_four_videos(start: Start) -> None:
    """With recommended=one_id one task has one row until it has succeeded, and then four."""
    client = start({"recommended": "one_id"})
    (task,) = client.tasks("RECOMMENDED")
    assert statuses(client, [task]) == ["SUBMITTED"]
    client.wait(40)
    rows = client.states([task])
    assert [(row["task_id"], row["status"]) for row in rows] == [(task, "SUCCESS")] * 4
    assert {row["video_id"] for row in rows} == {row["video_id"] for row in client.videos()}
    assert len(client.tasks("BILLO")) == 1


def test_unknown_tasks_are_left_out_or_refused(start: Start) -> None:
    """A task id nobody has is left out, an id asked twice is told once, and with the switch the call is refused."""
    client = start()
    (task,) = client.tasks()
    assert [row["task_id"] for row in client.states(["1", task, task])] == [task]
    client.operate("switches", {"unknown_tasks": "refuse"})
    params = {"aigc_video_type": "REFRESH_VIDEO", "task_ids": '["1"]'}
    assert client.call("GET", "creative/aigc/video/task/list/", params)["code"] == 40007


def test_without_its_type_a_call_is_about_dubbed_videos(start: Start) -> None:
    """Without aigc_video_type(s) neither our tasks nor our videos are told."""
    client = start()
    (task,) = client.tasks()
    client.wait(40)
    told = client.call("GET", "creative/aigc/video/task/list/", {"task_ids": f'["{task}"]'})
    assert (told["code"], told["data"]) == (0, {"list": []})
    told = client.call("GET", LIST, {})
    assert (told["code"], told["data"]) == (0, {})


def test_tasks_fail_on_request(start: Start) -> None:
    """fail_tasks counts task creates, a mark in the description and fail_probability fail any; others succeed."""
    client = start({"fail_tasks": "2,3"})
    groups = [client.tasks(), client.tasks("RECOMMENDED"), client.tasks(), client.tasks()]
    groups += [client.tasks("COMMENT", description="A game. [fail]")]
    client.operate("switches", {"fail_probability": "1"})
    groups += [client.tasks()]
    client.wait(40)
    expected = [["SUCCESS"], ["FAILED"] * 4, ["FAILED"], ["SUCCESS"], ["FAILED"], ["FAILED"]]
    assert [statuses(client, group) for group in groups] == expected
    assert "video_id" not in client.states(groups[2])[0]
    assert len(client.videos()) == len(client.operate("state")["videos"]) == 2
    client.operate("switches", {"absent_fields": "null"})
    (row,) = client.states(groups[2])
    assert (row["video_id"], row["preview_url"]) == (None, None)


def test_task_ids_can_be_numbers(start: Start) -> None:
    """With ids_as=number task ids are numbers; video ids are no numbers ever."""
    client = start({"ids_as": "number"})
    (task,) = client.tasks()
    assert isinstance(task, int)
    client.wait(40)
    (row,) = client.states([str(task)])
    assert (row["task_id"], type(row["video_id"])) == (task, str)


def test_all_tokens_share_the_rate_of_task_creates(start: Start) -> None:
    """One task create a second and five a minute pass, whoever's token it is; the other calls have their own rates."""
    client = start({"rate": "on"})
    source = client.upload()["data"]["video_id"]
    codes = []
    for number in range(7):
        for token in ("first", "second"):
            client.session.headers["Access-Token"] = token
            codes.append(client.submit(video_id=source)["code"])
        client.wait(10 if number < 5 else 0.5)
    assert codes == [0, 40100] * 5 + [40100] * 4
    client.wait(10)
    assert [client.submit(video_id=source)["code"] for _ in range(2)] == [0, 40100]
    assert client.upload()["code"] == 0


def test_the_rate_of_task_creates_is_a_switch(start: Start) -> None:
    """rate_refresh_per_second and rate_refresh_per_minute change it; a call refused for a parameter counts."""
    client = start({"rate": "on", "rate_refresh_per_second": "2", "rate_refresh_per_minute": "3"})
    assert [client.submit(video_id="v1")["code"] for _ in range(3)] == [40007, 40007, 40100]
    client.wait(1)
    assert [client.submit(video_id="v1")["code"] for _ in range(2)] == [40007, 40100]


def test_the_log_shows_when_tasks_were_created(start: Start) -> None:
    """An arrival tells its moment below the second, on both clocks, and whether it was committed."""
    client = start({"rate": "on"}, faults=[{"path": SUBMIT, "nth": 2, "lose_reply": True}], start=1000.25)
    source = client.upload()["data"]["video_id"]
    client.tasks(video_id=source)
    client.submit(video_id=source)
    client.wait(1.5)
    with pytest.raises(requests.ConnectionError):
        client.submit(video_id=source)
    entries = [entry for entry in client.operate("log")["arrivals"] if entry["path"] == SUBMIT]
    assert [(float(entry["time"]), entry["code"], entry["committed"], entry["replied"]) for entry in entries] == [
        (1000.25, 0, True, True),
        (1000.25, 40100, False, True),
        (1001.75, 0, True, False),
    ]
    elapsed = [entry["elapsed"] for entry in entries]
    assert elapsed == sorted(elapsed)


def test_a_task_may_be_created_late_or_twice(start: Start) -> None:
    """late_commit starts the task's life at that later moment, and duplicate makes two tasks of one call."""
    client = start(
        LONG, faults=[{"path": SUBMIT, "nth": 1, "late_commit": 50}, {"path": SUBMIT, "nth": 2, "duplicate": True}]
    )
    source = client.upload()["data"]["video_id"]
    with pytest.raises(requests.ConnectionError):
        client.submit(video_id=source)
    client.wait(149)
    assert [row["status"] for row in client.operate("state")["tasks"]] == ["PROCESSING"]
    client.wait(1)
    assert [row["create_time"] for row in client.videos()] == ["2025-06-15 15:09:10"]
    (told,) = client.tasks(video_id=source)
    assert [row["task_id"] for row in client.operate("state")["tasks"]].index(told) == 2


def test_a_list_may_be_damaged(start: Start) -> None:
    """The faults about lists spoil the list of videos, too."""
    client = start(
        {"strangers": "3"},
        faults=[{"path": LIST, "nth": 1, "drop_row": 1}, {"path": LIST, "nth": 2, "empty_data": True}],
    )
    assert [len(client.videos()) for _ in range(3)] == [2, 0, 3]


# --- videos ----------------------------------------------------------------------------------------------------------


def test_the_list_holds_videos_in_the_order_they_were_done(start: Start) -> None:
    """Videos are listed by the moment of their success, oldest or newest first, on pages."""
    client = start()
    for delay in (30, 10, 20):
        client.operate("stranger", {"delay": delay})
    client.wait(30)
    times = [f"2025-06-15 15:0{time}" for time in ("6:50", "7:00", "7:10")]
    assert [row["create_time"] for row in client.videos()] == times
    client.operate("switches", {"list_order": "newest"})
    assert [row["create_time"] for row in client.videos(page_size=2)] == times[:0:-1]
    assert [row["create_time"] for row in client.videos(page_size=2, page=2)] == times[:1]


def test_the_list_may_lag_behind(start: Start) -> None:
    """With list_lag a video is told by its task before the list has it; until then data is empty."""
    client = start({"list_lag": "60"})
    tasks = client.tasks()
    client.wait(40)
    assert statuses(client, tasks) == ["SUCCESS"]
    assert client.call("GET", LIST, {"aigc_video_types": '["REFRESH_VIDEO"]'})["data"] == {}
    client.wait(60)
    assert len(client.videos()) == 1


def test_strangers_make_videos_too(start: Start) -> None:
    """The switch seeds videos, the operator makes more; none of them counts as a task create of ours."""
    client = start({"strangers": "3", "fail_tasks": "1"})
    assert len(client.videos()) == 3
    made = client.operate(
        "stranger", {"videos": 2, "strategies": ["ADD_HOOK"], "hook_type": "RECOMMENDED", "delay": -90}
    )
    assert len(made["task_ids"]) == 8
    assert statuses(client, made["task_ids"][:5]) == ["SUCCESS"] * 5
    rows = client.videos(page_size=100)
    assert {row["video_id"] for row in rows} >= set(made["video_ids"])
    assert list(rows[0]) == list(rows[-1])
    client.operate("switches", {"strangers": "12"})
    assert len(client.videos(page_size=100)) == 12
    tasks = client.tasks()
    client.wait(40)
    assert statuses(client, tasks) == ["FAILED"]
    assert sum(row["stranger"] for row in client.operate("state")["videos"]) == 12
