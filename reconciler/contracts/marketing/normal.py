"""What production fills in or forces in a listing, undone, so that it is never a difference.

Source: the fact sheet of the Marketing API, section 9. A key that is absent stays absent: unconfirmed, not changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.canonical import ALWAYS_ON
from reconciler.contracts.marketing.identities import TIKTOK
from reconciler.model import Fields

_OBJECTIVES = {"CONVERSIONS": "WEB_CONVERSIONS", "CATALOG_SALES": "PRODUCT_SALES"}
_BIDS = ("deep_cpa_bid", "roas_bid")


def is_smart(row: Fields) -> bool:
    """Whether Smart+ made the object: the calls used here must not touch it.

    Its kinds differ from level to level, and a creative of a Smart+ ad is listed as an ad: any value that speaks of
    Smart+ says so, or the id of the ad it belongs to.
    """
    return (
        "SMART_PLUS" in str(row.get("campaign_automation_type"))
        or row.get("is_smart_performance_campaign") is True
        or part_of(row) is not None
    )


def part_of(row: Fields) -> str | None:
    """The id of the Smart+ ad that a row is a creative of."""
    found = row.get("smart_plus_ad_id")
    return None if found in (None, "", 0, "0") else str(found)


def is_gone(row: Fields) -> bool:
    """Whether it was deleted, by itself or with what it belongs to: it stays listed and can never be written again."""
    return row.get("operation_status") == "DELETE" or str(row.get("secondary_status")).endswith("_DELETE")


def campaign(row: Fields) -> Fields:
    """BUDGET_MODE_INFINITE reads back a budget of 0; budget_optimize_on is there only when it is on."""
    told = dict(row)
    told["budget_optimize_on"] = bool(row.get("budget_optimize_on"))
    told["objective_type"] = _OBJECTIVES.get(str(row.get("objective_type")), row.get("objective_type"))
    if row.get("budget_mode") == "BUDGET_MODE_INFINITE":
        told["budget"] = None
    return told


def adgroup(row: Fields) -> Fields:
    """Automatic placements, an endless schedule's end and what a campaign's budget overrules are filled in by it.

    A bid of 0 is none.
    """
    told = dict(row)
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


def ad(row: Fields) -> Fields:
    """Of a URL parameter only key and value are ours.

    Under a TikTok account the platform labels generated videos itself: what it shows of ours there tells nothing.
    """
    told = dict(row)
    if row.get("identity_type") in TIKTOK:
        told.pop("aigc_disclosure_type", None)
    params = row.get("utm_params")
    if isinstance(params, list):
        told["utm_params"] = [
            {"key": one.get("key"), "value": one.get("value")} if isinstance(one, dict) else one for one in params
        ]
    return told


def said(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An ad as a manifest says it: its video is one of the library."""
    return {**values, "video": {"video_id": values["video"]}} if "video" in values else values


def _amount(value: Any) -> bool:
    """Whether a number, or its text, is another one than 0."""
    return value is not None and str(value).strip("0.") != ""
