"""Every endpoint of the refresh calls: what it takes, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Client, Start

UPLOAD = "file/video/ad/upload/"
SUBMIT = "creative/aigc/refresh_video/task/create/"
STATES = "creative/aigc/video/task/list/"
VIDEOS = "creative/aigc/video/list/"
# What the fixture `studio` holds.
SOURCE = "v1"
HOOK = {
    "hook_type": "HOLIDAY",
    "product_category": "GAMES",
    "product_description": "d" * 3000,
    "holiday_theme": "EASTER",
}
GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    UPLOAD: (
        "POST",
        {"upload_type": "UPLOAD_BY_URL", "use_scenario": "AIGC", "video_url": "https://example.com/a.mp4"},
    ),
    SUBMIT: (
        "POST",
        {"video_id": SOURCE, "video_refresh_strategy_list": ["ADD_HOOK", "SWAP_MUSIC"], "add_hook": HOOK},
    ),
    STATES: ("GET", {"aigc_video_type": "REFRESH_VIDEO", "task_ids": '["1", "2", "3", "4", "5"]'}),
    VIDEOS: ("GET", {"aigc_video_types": '["REFRESH_VIDEO"]', "page": "1", "page_size": "100"}),
}
REQUIRED = [
    (UPLOAD, "upload_type"),
    (UPLOAD, "use_scenario"),
    (UPLOAD, "video_url"),
    (SUBMIT, "video_id"),
    (SUBMIT, "video_refresh_strategy_list"),
    (SUBMIT, "add_hook"),
    (SUBMIT, "add_hook.product_category"),
    (SUBMIT, "add_hook.holiday_theme"),
    (STATES, "task_ids"),
]
WRONG = [
    (UPLOAD, "upload_type", "UPLOAD_BY_FILE"),
    (UPLOAD, "use_scenario", ["AIGC"]),
    (UPLOAD, "use_scenario", "CREATIVE"),
    (UPLOAD, "video_url", 5),
    (UPLOAD, "video_url", ""),
    (UPLOAD, "video_url", "ftp://example.com/a.mp4"),
    (UPLOAD, "video_url", "https://example.com/a b.mp4"),
    (UPLOAD, "video_url", "https://example.com/a\n.mp4"),
    (UPLOAD, "video_url", "https:///a.mp4"),
    (UPLOAD, "video_url", "https://[::1/a.mp4"),
    (UPLOAD, "video_url", "https://example.com:99999/a.mp4"),
    (SUBMIT, "video_id", 1),
    (SUBMIT, "video_id", None),
    (SUBMIT, "video_refresh_strategy_list", "ADD_HOOK"),
    (SUBMIT, "video_refresh_strategy_list", '["ADD_HOOK"]'),
    (SUBMIT, "video_refresh_strategy_list", []),
    (SUBMIT, "video_refresh_strategy_list", ["SWAP_MUSIC", "ADD_HOOK"]),
    (SUBMIT, "video_refresh_strategy_list", ["ADD_HOOK", "ADD_HOOK"]),
    (SUBMIT, "video_refresh_strategy_list", ["ADD_HOOK", "SWAP_MUSIC", "SWAP_MUSIC"]),
    (SUBMIT, "video_refresh_strategy_list", ["RESIZE"]),
    (SUBMIT, "video_refresh_strategy_list", [1]),
    (SUBMIT, "add_hook", "HOLIDAY"),
    (SUBMIT, "add_hook", None),
    (SUBMIT, "add_hook", [HOOK]),
    (SUBMIT, "add_hook.hook_type", "FUNNY"),
    (SUBMIT, "add_hook.hook_type", None),
    (SUBMIT, "add_hook.product_category", "OTHER"),
    (SUBMIT, "add_hook.product_category", 3),
    (SUBMIT, "add_hook.product_description", "d" * 3001),
    (SUBMIT, "add_hook.product_description", 1),
    (SUBMIT, "add_hook.holiday_theme", "LABOUR_DAY"),
    (STATES, "aigc_video_type", '["REFRESH_VIDEO"]'),
    (STATES, "task_ids", "1,2"),
    (STATES, "task_ids", "1"),
    (STATES, "task_ids", "[1]"),
    (STATES, "task_ids", "[]"),
    (STATES, "task_ids", '["1", "2", "3", "4", "5", "6"]'),
    (VIDEOS, "aigc_video_types", "REFRESH_VIDEO"),
    (VIDEOS, "aigc_video_types", '["DUBBED"]'),
    (VIDEOS, "page", "0"),
    (VIDEOS, "page_size", "101"),
    (VIDEOS, "page_size", "all"),
]


def told_with(path: str, name: str, *value: object) -> tuple[str, dict[str, Any]]:
    """The method and parameters of a good call, one of them changed, or left out when there is no value."""
    method, params = GOOD[path]
    copy: dict[str, Any] = json.loads(json.dumps(params))
    *way, last = name.split(".")
    inner = copy[way[0]] if way else copy
    del inner[last]
    if value:
        inner[last] = value[0]
    return method, copy


@pytest.mark.parametrize("path", GOOD)
def test_every_documented_call_succeeds(studio: Client, path: str) -> None:
    """A call with every documented field has code 0."""
    told = studio.call(*GOOD[path][:1], path, GOOD[path][1])
    assert (told["code"], told["message"], list(told)) == (0, "OK", ["code", "message", "request_id", "data"])


@pytest.mark.parametrize(("path", "name"), REQUIRED)
def test_a_missing_field_is_named(studio: Client, path: str, name: str) -> None:
    """A call without a required field is a parameter error that names it, its object included."""
    method, params = told_with(path, name)
    told = studio.call(method, path, params)
    assert (told["code"], told["data"]) == (40002, {})
    assert told["message"].startswith(f"{name}: is required")


@pytest.mark.parametrize(("path", "name", "value"), WRONG)
def test_a_wrong_value_is_named(studio: Client, path: str, name: str, value: object) -> None:
    """A wrong type, a value no enum has and a value past its limit are parameter errors that name the field."""
    method, params = told_with(path, name, value)
    told = studio.call(method, path, params)
    assert (told["code"], told["data"]) == (40002, {})
    assert told["message"].startswith(f"{name}: ")


@pytest.mark.parametrize("name", ["advertiser_id", "add_hook.mood"])
def test_an_unknown_body_field_is_refused(studio: Client, name: str) -> None:
    """A field the document does not have is a parameter error; none of these calls knows an advertiser id."""
    params = (
        {**GOOD[SUBMIT][1], "add_hook": {**HOOK, "mood": "x"}} if "mood" in name else {**GOOD[SUBMIT][1], name: "1"}
    )
    told = studio.call("POST", SUBMIT, params)
    assert (told["code"], told["message"]) == (40002, f"{name}: is not a field of this call")
    assert studio.call("POST", UPLOAD, {**GOOD[UPLOAD][1], "advertiser_id": "1"})["code"] == 40002


@pytest.mark.parametrize("path", [STATES, VIDEOS])
def test_an_unknown_query_parameter_is_ignored(studio: Client, path: str) -> None:
    """A query parameter the document does not have changes nothing."""
    assert studio.call("GET", path, {**GOOD[path][1], "advertiser_id": "x"})["code"] == 0


def test_a_page_past_the_end_is_empty(studio: Client) -> None:
    """A page past the end is an empty list whose page_info tells the truth."""
    data = studio.call("GET", VIDEOS, {**GOOD[VIDEOS][1], "page": "9", "page_size": "1"})["data"]
    assert data == {"list": [], "page_info": {"page": 9, "page_size": 1, "total_number": 2, "total_page": 2}}


def test_a_hook_needs_its_strategy(studio: Client) -> None:
    """add_hook goes with ADD_HOOK only, and a hook_type need not be given."""
    params = {"video_id": SOURCE, "video_refresh_strategy_list": ["SWAP_MUSIC"]}
    assert studio.call("POST", SUBMIT, params)["code"] == 0
    told = studio.call("POST", SUBMIT, {**params, "add_hook": HOOK})
    assert (told["code"], told["message"].partition(":")[0]) == (40002, "add_hook")
    told = {**params, "video_refresh_strategy_list": ["ADD_HOOK"], "add_hook": {"product_category": "TRAVEL"}}
    assert studio.call("POST", SUBMIT, told)["code"] == 0


def test_a_theme_without_its_hook_is_a_switch(start: Start) -> None:
    """A holiday_theme beside another hook_type is tolerated, or refused with stray_theme=refuse."""
    client = start()
    client.operate("upload", {"video_id": SOURCE, "video_url": "x:y"})
    params = {**GOOD[SUBMIT][1], "add_hook": {**HOOK, "hook_type": "RECOMMENDED"}}
    assert client.call("POST", SUBMIT, params)["code"] == 0
    client.operate("switches", {"stray_theme": "refuse"})
    told = client.call("POST", SUBMIT, params)
    assert (told["code"], told["message"].partition(":")[0]) == (40002, "add_hook.holiday_theme")


@pytest.mark.parametrize("path", GOOD)
def test_an_app_must_be_on_the_allowlist(start: Start, path: str) -> None:
    """With allowlist=off every refresh call is refused with code 40118 and the permission's name."""
    client = start()
    client.operate("upload", {"video_id": "v1", "video_url": "x:y"})
    client.operate("switches", {"allowlist": "off"})
    told = client.call(*GOOD[path][:1], path, GOOD[path][1])
    assert told["code"] == 40118
    assert "Generative AI Tool > Video Generation" in told["message"]
