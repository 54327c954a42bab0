"""Rows of production's listings in normal form, so that what the platform fills in or forces is never a difference.

Source: the fact sheet of the Marketing API, section 9. A key that is absent stays absent: unconfirmed, not changed.
"""

from __future__ import annotations

from typing import Any

from reconciler.canonical import ALWAYS_ON
from reconciler.contracts.contract import Row

_SMART = frozenset({"SMART_PLUS", "UPGRADED_SMART_PLUS"})
_OBJECTIVES = {"CONVERSIONS": "WEB_CONVERSIONS", "CATALOG_SALES": "PRODUCT_SALES"}
_LISTS = frozenset((
    "special_industries", "location_ids", "zipcode_ids", "age_groups", "languages", "operating_systems",
    "interest_category_ids", "audiences", "excluded_audiences", "placements", "image_ids", "utm_params",
    "device_model_ids", "interest_keyword_ids", "contextual_tag_ids", "category_exclusion_ids",
))  # fmt: skip
_FLAGS = frozenset(("budget_optimize_on", "comment_disabled", "share_disabled", "video_download_disabled"))
_IDS = frozenset((
    "app_id", "pixel_id", "identity_id", "identity_authorized_bc_id", "tiktok_item_id", "call_to_action_id",
    "tracking_pixel_id", "video", "saved_audience_id", "music_id", "card_id", "tracking_app_id",
))  # fmt: skip
_BIDS = ("deep_cpa_bid", "roas_bid")
_WHOLE = frozenset(("frequency", "frequency_schedule"))


def is_smart(row: Row) -> bool:
    """Whether Smart+ made the object: the calls used here must not touch it."""
    return row.get("campaign_automation_type") in _SMART or row.get("is_smart_performance_campaign") is True


def campaign_row(row: Row) -> Row:
    """BUDGET_MODE_INFINITE reads back a budget of 0; budget_optimize_on is there only when it is on."""
    told = _plain(row)
    told["budget_optimize_on"] = bool(row.get("budget_optimize_on"))
    told["objective_type"] = _OBJECTIVES.get(str(row.get("objective_type")), row.get("objective_type"))
    if row.get("budget_mode") == "BUDGET_MODE_INFINITE":
        told["budget"] = None
    return told


def adgroup_row(row: Row) -> Row:
    """Automatic placements, an endless schedule's end and what a campaign's budget overrules are filled in by it.

    A bid of 0 is none.
    """
    told = _plain(_renamed(row, {"audience_ids": "audiences", "excluded_audience_ids": "excluded_audiences"}))
    if row.get("placement_type") == "PLACEMENT_TYPE_AUTOMATIC":
        told.pop("placements", None)
    if row.get("schedule_type") == "SCHEDULE_FROM_NOW":
        told.pop("schedule_end_time", None)
    if "dayparting" in row and set(row["dayparting"] or "") in ({"0"}, {"1"}, set()):
        told["dayparting"] = ALWAYS_ON
    if row.get("budget_mode") == "BUDGET_MODE_INFINITE":
        for name in ("budget", "budget_mode", "pacing"):
            told.pop(name, None)
    for name in _BIDS:
        if name in told and not _amount(told[name]):
            told[name] = None
    return told


def ad_row(row: Row) -> Row:
    """`video_id` is `video` here; ids come as texts and as numbers."""
    told = _plain(_renamed(row, {"video_id": "video"}))
    params = told.get("utm_params")
    if isinstance(params, list):
        told["utm_params"] = [
            {"key": one.get("key"), "value": one.get("value")} if isinstance(one, dict) else one for one in params
        ]
    return told


def _renamed(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in row.items()}


def _plain(row: Row) -> dict[str, Any]:
    """Nulls as what they stand for, ids as texts, whole numbers as such."""
    told = dict(row)
    for name, value in row.items():
        if name in _LISTS:
            told[name] = [_text(one) for one in value] if isinstance(value, list) else [] if value is None else value
        elif name in _FLAGS and value is None:
            told[name] = False
        elif name in _IDS:
            told[name] = None if value in (None, "", 0, "0") else _text(value)
        elif name in _WHOLE:
            told[name] = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value or None
    return told


def _amount(value: Any) -> bool:
    """Whether a number, or its text, is another one than 0."""
    return value is not None and str(value).strip("0.") != ""


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
