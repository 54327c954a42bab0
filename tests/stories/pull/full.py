"""Rows of an account that nobody made with our tool."""

from __future__ import annotations

from typing import Any

from tests.stories.account import Account
from tests.stories.workspace import Run, Workspace

Row = dict[str, Any]
NASTY = (
    'Spring "2026": 50% #1 - {x}', "- dash", "007", "line\nbreak", "null", "yes", "Ünïcödé 春", "same", "same",
    "tab\there", "zero\u200bwidth", " padded ", "", "x" * 600, "C:\\path\\n", "a'b", "price ${x} $${y}", "@at", "*star",
    "&anchor", "%d", "2026-01-01", "1e5", "~", "🙂 smile", "\u2028separator", "bidi\u202e", "||", "a: b", "# no", "[x]",
    "!tag", "<<", "?", "`", "0x1F", "1_000", "on", "café", "ﬁne", "\x85next",
)  # fmt: skip
"""Names that people, or other tools, have given."""


def campaign(name: str, **more: Any) -> Row:
    """A campaign of 100 a day that spends."""
    own = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100}
    return {"campaign_name": name, **own, **more}


def adgroup(name: str, parent: int = 0, **more: Any) -> Row:
    """An ad group of 20 a day that began long ago, below the campaign of that number."""
    return {
        "adgroup_name": name, "parent": parent, "budget_mode": "BUDGET_MODE_DAY", "budget": 20, "billing_event": "CPC",
        "optimization_goal": "CLICK", "promotion_type": "WEBSITE", "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2020-01-01 00:00:00", "location_ids": ["6252001"],
        "placement_type": "PLACEMENT_TYPE_AUTOMATIC", **more,
    }  # fmt: skip


def ad(name: str, parent: int = 0, **more: Any) -> Row:
    """An ad that shows a video of the library, below the ad group of that number."""
    return {
        "ad_name": name, "parent": parent, "ad_format": "SINGLE_VIDEO", "video_id": "v1", "identity_type": "TT_USER",
        "identity_id": "77", "image_ids": ["i1"],
        "landing_page_url": "https://example.com/?a=b#c", **more,
    }  # fmt: skip


def twelve(market: Account) -> None:
    """Twelve campaigns, each with two ad groups of two ads."""
    market.load(
        campaigns=[campaign(f"Launch {number}", budget=100 + number) for number in range(12)],
        adgroups=[adgroup(f"Group {number}", number // 2) for number in range(24)],
        ads=[ad(f"Ad {number}", number // 2) for number in range(48)],
    )


def pulled(shop: Workspace, *arguments: str, code: int = 0) -> Run:
    """`pull --json`, which must end so."""
    ended = shop.run("pull", "--json", *arguments)
    assert ended.code == code, ended.text
    return ended


def is_clean(shop: Workspace) -> bool:
    """Whether the manifests are valid and say what is live, to the last field."""
    valid, drift = shop.run("validate", "--json"), shop.run("drift", "--json")
    assert valid.code == 0, valid.text
    return shop.in_sync() and not drift.json["drift"]


def reasons(run: Run) -> dict[str, str]:
    """Name → why an object is left."""
    return {one["name"]: one["reason"] for one in run.json["left"]}
