"""The refresh calls: upload of a source, task create, states of tasks, list of videos (Refresh document, 1.1 to 1.4).

Every contract has them. None of them is about an ad account: they share the studio behind the developer app.

An upload goes by the path of its URL: one that holds `broken` is refused as unreadable, one that holds `text` as text,
and one that holds `unusable` gives an id no task can be made of. With the switch `fetch` it looks at the URL, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from reconciler.simulator import fetch
from reconciler.simulator.answers import PAGE, page_info, size_of, wire_id
from reconciler.simulator.clock import stamp
from reconciler.simulator.failure import (
    ABSENT,
    BAD_PARAMETER,
    NOT_ALLOWLISTED,
    TEXT_CONTENT,
    UNREADABLE_URL,
    UNUSABLE_VIDEO,
    ApiFailure,
)
from reconciler.simulator.records import Task, Video
from reconciler.simulator.rules import Call, Endpoint, Field, Type
from reconciler.simulator.settings import Settings
from reconciler.simulator.studio import Plan
from reconciler.simulator.wire import Json

VIDEO_TYPE = "REFRESH_VIDEO"
STRATEGIES = (["ADD_HOOK"], ["SWAP_MUSIC"], ["ADD_HOOK", "SWAP_MUSIC"])
HOOK_TYPES = ("EMOTIONAL", "COMMENT", "BILLO", "TEXT_TO_VIDEO", "RECOMMENDED", "HOLIDAY")
CATEGORIES = (
    "AUTOMOTIVE", "CATERING_SERVICES", "CLOTHING_AND_ACCESSORIES", "CONSUMER_ELECTRONICS_AND_ELECTRIC_APPLIANCES",
    "CONSUMER_GOODS", "CONVENIENCE_SERVICES", "CULTURE_SPORTS_AND_ENTERTAINMENT", "EDUCATION_AND_TRAINING",
    "ELECTRONICS_AND_ELECTRICAL", "FOOD_AND_DRINKS", "GAMES", "HEALTHCARE_AND_PHARMACEUTICAL",
    "HOME_FURNISHING_MATERIALS", "INTERNET_FINANCE", "MEDIA_AND_CONTENT", "PROFESSIONAL_SERVICES",
    "PUBLIC_ADMINISTRATION", "RETAIL_AND_ECOMMERCE", "TELECOMMUNICATIONS", "TRADITIONAL_FINANCE", "TRAVEL",
    "UTILITY_SOFTWARE",
)  # fmt: skip
THEMES = (
    "NEW_YEARS_DAY", "VALENTINES_DAY", "NATIONAL_PET_DAY", "EASTER", "MOTHERS_DAY", "PRIDE", "FATHERS_DAY",
    "GRANDPARENTS_DAY", "BACK_TO_SCHOOL", "HALLOWEEN", "SINGLES_DAY", "THANKSGIVING", "BLACK_FRIDAY",
    "SMALL_BUSINESS_SATURDAY", "CYBER_MONDAY", "CHRISTMAS_DAY", "BOXING_DAY",
)  # fmt: skip


def _check_access(call: Call) -> None:
    if not call.settings.allowlist:
        raise ApiFailure(NOT_ALLOWLISTED, "The app has no permission Generative AI Tool > Video Generation")


# --- upload ----------------------------------------------------------------------------------------------------------


def look(raw: Mapping[str, Json], settings: Settings, origin: str) -> fetch.Finding | None:
    """What is behind the URL of an upload, where it may be looked at; this very server is not asked."""
    url = raw.get("video_url")
    if not settings.fetch or not isinstance(url, str) or not is_url(url) or url.startswith(f"{origin}/"):
        return None
    return fetch.look(url) if fetch.on_loopback(url) else None


def upload(call: Call) -> Json:
    """Puts a video into the stock library; its answer is an object or a list of one."""
    _check_access(call)
    url: str = call.params["video_url"]
    if not is_url(url):
        raise ApiFailure(BAD_PARAMETER, "video_url: must be a URL with http or https, as a browser takes it")
    path = unquote(urlsplit(url).path)
    alive = call.studio.alive(url, call.now)
    found = call.found or fetch.Finding(film=True)
    if "broken" in path or found.trouble or alive is False or (alive and not call.settings.upload_preview):
        raise ApiFailure(
            UNREADABLE_URL, f"video_url: the video cannot be downloaded{found.trouble and ': '}{found.trouble}"
        )
    if "text" in path or found.text:
        raise ApiFailure(TEXT_CONTENT, "video_url: is text and no video")
    made = call.studio.upload(url, call.now, usable=found.film and "unusable" not in path)
    told: Json = {"video_id": made.id}
    return [told] if call.settings.upload_answer == "array" else told


def is_url(url: str) -> bool:
    """Whether a browser takes it."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018
    except ValueError:
        return False
    plain = url.isprintable() and " " not in url
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


# --- tasks -----------------------------------------------------------------------------------------------------------


def submit(call: Call) -> Json:
    """Starts a refresh: one task, or for RECOMMENDED four."""
    _check_access(call)
    _check_strategies(call)
    source = call.studio.uploads.get(call.params["video_id"])
    if source is None:
        raise ApiFailure(ABSENT, "video_id: no video of the stock library has it")
    if not source.usable:
        raise ApiFailure(UNUSABLE_VIDEO, "video_id: the video cannot be used")
    return {"task_ids": [wire_id(call, task.id) for task in call.studio.submit(Plan(call.params), call.now)]}


def _check_strategies(call: Call) -> None:
    chosen, hook = call.params["video_refresh_strategy_list"], call.params.get("add_hook")
    if chosen not in STRATEGIES:
        raise ApiFailure(BAD_PARAMETER, f"video_refresh_strategy_list: must be exactly one of {STRATEGIES}")
    if "ADD_HOOK" not in chosen and hook is not None:
        raise ApiFailure(BAD_PARAMETER, "add_hook: goes with the strategy ADD_HOOK only")
    if "ADD_HOOK" not in chosen:
        return
    if hook is None:
        raise ApiFailure(BAD_PARAMETER, "add_hook: is required with the strategy ADD_HOOK")
    holiday, themed = hook.get("hook_type") == "HOLIDAY", "holiday_theme" in hook
    if holiday and not themed:
        raise ApiFailure(BAD_PARAMETER, "add_hook.holiday_theme: is required with the hook_type HOLIDAY")
    if themed and not holiday and call.settings.stray_theme == "refuse":
        raise ApiFailure(BAD_PARAMETER, "add_hook.holiday_theme: goes with the hook_type HOLIDAY only")


def states(call: Call) -> Json:
    """The states of tasks, in the order asked for. A task of four videos has four rows once it has succeeded."""
    _check_access(call)
    if "aigc_video_type" not in call.params:
        # Without the type the answer is about dubbed videos, of which there are none.
        return {"list": []}
    rows: list[Json] = []
    for task_id in dict.fromkeys(call.params["task_ids"]):
        task = call.studio.tasks.get(task_id)
        if task is not None:
            rows += _state_rows(call, task)
        elif call.settings.unknown_tasks == "refuse":
            raise ApiFailure(ABSENT, f"task_ids: task {task_id[:40]} doesn't exist")
    return {"list": rows}


def _state_rows(call: Call, task: Task) -> list[Json]:
    status = task.status(call.now)
    common = {"task_id": wire_id(call, task.id), "aigc_video_type": VIDEO_TYPE, "status": status}
    if status == "SUCCESS":
        return [{**common, **_video_row(call, video, task)} for video in task.videos]
    absent = {"video_id": None, "preview_url": None} if call.settings.absent_fields == "null" else {}
    return [{**common, "video_name": task.videos[0].name, **absent}]


def _video_row(call: Call, video: Video, task: Task) -> dict[str, Json]:
    url = call.studio.preview_url(video, task, call.now)
    return {"video_name": video.name, "video_id": video.id, "preview_url": url}


# --- videos ----------------------------------------------------------------------------------------------------------


def videos(call: Call) -> Json:
    """The refreshed videos of everybody behind the app; `{}` while there are none, and for dubbed ones."""
    _check_access(call)
    page, size = call.params.get("page", 1), size_of(call)
    rows, total = call.studio.slice((page - 1) * size, size, call.now)
    if not total or "aigc_video_types" not in call.params:
        return {}
    shown = [
        {"aigc_video_type": VIDEO_TYPE, **_video_row(call, video, task), "create_time": stamp(task.done)}
        for video, task in rows
    ]
    return {"list": shown, "page_info": page_info(page, size, total)}


def _enum(name: str, *allowed: str, required: bool = False) -> Field:
    return Field(name, Type.TEXT, required=required, allowed=allowed)


HOOK = (
    _enum("hook_type", *HOOK_TYPES),
    _enum("product_category", *CATEGORIES, required=True),
    Field("product_description", Type.TEXT, most=3000),
    _enum("holiday_theme", *THEMES),
)
ENDPOINTS = (
    Endpoint(
        "POST",
        "file/video/ad/upload/",
        (
            _enum("upload_type", "UPLOAD_BY_URL", required=True),
            _enum("use_scenario", "AIGC", required=True),
            Field("video_url", Type.TEXT, required=True),
        ),
        upload,
        look=look,
    ),
    Endpoint(
        "POST",
        "creative/aigc/refresh_video/task/create/",
        (
            Field("video_id", Type.TEXT, required=True),
            Field("video_refresh_strategy_list", Type.TEXTS, required=True, allowed=("ADD_HOOK", "SWAP_MUSIC")),
            Field("add_hook", Type.OBJECT, fields=HOOK),
        ),
        submit,
        rate="refresh",
        per_app=True,
    ),
    Endpoint(
        "GET",
        "creative/aigc/video/task/list/",
        (_enum("aigc_video_type", VIDEO_TYPE), Field("task_ids", Type.TEXTS, required=True, most=5)),
        states,
    ),
    Endpoint(
        "GET",
        "creative/aigc/video/list/",
        (
            Field("aigc_video_types", Type.TEXTS, allowed=(VIDEO_TYPE,)),
            PAGE,
            Field("page_size", Type.COUNT, most=100),
        ),
        videos,
    ),
)
