"""Manifests of Smart+, and a workspace whose account takes them."""

from __future__ import annotations

from typing import Any

from tests.stories.account import Account
from tests.stories.marketing.scene import day, document

SPARK = "7300000000000000009"
PORTFOLIO = "7100000000000000001"
DYNAMIC = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"
Fields = dict[str, object]
CAMPAIGN: Fields = {
    "objective_type": "WEB_CONVERSIONS",
    "sales_destination": "WEBSITE",
    "budget_optimize_on": "false",
    "budget_mode": "BUDGET_MODE_INFINITE",
}
SHARED: Fields = {"budget_optimize_on": "true", "budget_mode": DYNAMIC, "budget": 100}
ADGROUP: Fields = {
    "promotion_type": "WEBSITE",
    "optimization_goal": "CONVERT",
    "billing_event": "OCPM",
    "pixel_id": '"7123"',
    "optimization_event": "SHOPPING",
    "bid_type": "BID_TYPE_NO_BID",
    "budget_mode": DYNAMIC,
    "budget": 50,
    "schedule_type": "SCHEDULE_FROM_NOW",
    "schedule_start_time": day(1),
    "placement_type": "PLACEMENT_TYPE_NORMAL",
    "placements": "[PLACEMENT_TIKTOK]",
    "targeting_optimization_mode": "MANUAL",
    "targeting_spec": '{location_ids: ["6252001"], age_groups: [AGE_25_34]}',
}
AD: Fields = {
    "identity_type": "TT_USER",
    "identity_id": f'"{SPARK}"',
    "creatives": '[{video_id: "v1"}, {video_id: "v2"}]',
    "ad_texts": "[Spring is here.]",
    "call_to_action_id": f'"{PORTFOLIO}"',
    "landing_page_url": "https://example.com/spring",
}


def campaign(name: str = "spring", /, *, lifecycle: Any = "", **fields: Any) -> str:
    """A campaign whose ad groups have budgets of their own, unless told; a field of None is left out."""
    return document("Campaign", name, {**CAMPAIGN, **fields}, lifecycle)


def adgroup(name: str = "us", parent: str = "spring", /, *, lifecycle: Any = "", **fields: Any) -> str:
    """An ad group of 50 a day on average, for people of 25 to 34 in the United States."""
    return document("AdGroup", name, {"campaign": parent, **ADGROUP, **fields}, lifecycle)


def ad(name: str = "us-hero", parent: str = "us", /, *, lifecycle: Any = "", **fields: Any) -> str:
    """An ad of two videos of the library."""
    return document("Ad", name, {"adgroup": parent, **AD, **fields}, lifecycle)


def family(**fields: Any) -> tuple[str, str, str]:
    """A campaign, its ad group and its ad, each with these fields."""
    return campaign(**fields), adgroup(**fields), ad(**fields)


def smart(account: Account) -> list[dict[str, Any]]:
    """The truth about the living Smart+ ads, oldest first."""
    found: list[dict[str, Any]] = account.operate("state")["smart_plus_ads"]
    return [one for one in found if one["status"] != "DELETE"]


def creatives(account: Account, name: str = "us-hero") -> dict[str, str]:
    """What an ad shows → its status: videos and posts by their ids."""
    (found,) = [one for one in smart(account) if one["ad_name"] == name]
    rows = {one["ad_id"]: one for one in account.objects("ad")}
    return {
        rows[one].get("tiktok_item_id") or rows[one]["video_id"]: rows[one]["status"] for one in found["creative_ids"]
    }
