"""The calls of the Refresh Ads document: the same under every contract, and none carries an advertiser_id.

Source: the Refresh Ads document, sections upload, create a task, task list, video list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

UPLOAD = "file/video/ad/upload/"
SUBMIT = "creative/aigc/refresh_video/task/create/"
TASKS = "creative/aigc/video/task/list/"
VIDEOS = "creative/aigc/video/list/"
TASKS_A_CALL = 5
VIDEOS_A_PAGE = 100
PREVIEW_SECONDS = 6 * 3600
_TYPE = "REFRESH_VIDEO"


def upload_body(url: str) -> dict[str, Any]:
    """Put a video into the stock library."""
    return {"upload_type": "UPLOAD_BY_URL", "use_scenario": "AIGC", "video_url": url.replace(" ", "%20")}


def submit_body(video_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Start a task. `fields`: strategies and add_hook, as the manifest sets them."""
    body: dict[str, Any] = {"video_id": video_id, "video_refresh_strategy_list": list(fields["strategies"])}
    if "add_hook" in fields:
        body["add_hook"] = dict(fields["add_hook"])
    return body


def tasks_query(task_ids: Sequence[str]) -> dict[str, str]:
    """The state of at most five tasks. The type must be named: the call serves other kinds of videos too."""
    return {"aigc_video_type": _TYPE, "task_ids": json.dumps(list(task_ids), separators=(",", ":"))}


def videos_query() -> dict[str, str]:
    """The refreshed videos of everybody behind the token. The type has another name and form here."""
    return {"aigc_video_types": json.dumps([_TYPE])}
