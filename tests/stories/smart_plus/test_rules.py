"""What does not go together is told by `validate`, with its place, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.smart_plus.samples import _APP, _CLICK, _FORM, _INSTALL, _LEAD, _VALUE
from tests.stories.smart_plus.scene import DYNAMIC, SHARED, ad, adgroup, campaign
from tests.stories.workspace import Workspace

BID = {"bid_type": "BID_TYPE_CUSTOM", "conversion_bid_price": "2"}
AUTOMATIC = {"targeting_optimization_mode": None}
POST = '[{tiktok_item_id: "7300000000000000001"}]'
C, G, A = "campaign", "adgroup", "ad"
CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "no sales_destination": (C, {"sales_destination": None}, "R202", "sales_destination"),
    "sales_destination for leads": (C, {"objective_type": "LEAD_GENERATION"}, "R216", "sales_destination"),
    "an objective that Smart+ lacks": (
        C, {"objective_type": "TRAFFIC", "sales_destination": None}, "R214", "objective_type",
    ),
    "budget_optimize_on is not said": (C, {"budget_optimize_on": None}, "R202", "budget_optimize_on"),
    "INFINITE with a shared budget": (C, {"budget_optimize_on": "true"}, "R216", "budget_mode"),
    "DYNAMIC without one": (C, {"budget_mode": DYNAMIC, "budget": 50}, "R216", "budget_mode"),
    "a budget of INFINITE": (C, {"budget": 100}, "R216", "budget"),
    "too small a budget": (C, {**SHARED, "budget": 20}, "R217", "budget"),
    "an app without its type": (C, {**_APP, "app_promotion_type": None}, "R202", "app_promotion_type"),
    "an app on a regular campaign": (C, {**_APP, "app_id": '"11"'}, "R216", "app_id"),
    "what multiplies a budget": (
        C, {"extra": "{budget_auto_adjust_strategy: AUTO_BUDGET_INCREASE}"}, "R213", "budget_auto_adjust_strategy",
    ),
    "a place that is not the objective's": (G, {"promotion_type": "APP_ANDROID"}, "R216", "promotion_type"),
    "a goal of apps": (G, {"optimization_goal": "INSTALL"}, "R216", "optimization_goal"),
    "billed otherwise": (G, {"billing_event": "CPC"}, "R216", "billing_event"),
    "no pixel": (G, {"pixel_id": None}, "R202", "pixel_id"),
    "a pixel for clicks": (G, {**_CLICK, "pixel_id": '"7123"'}, "R216", "pixel_id"),
    "value of another event": (
        G, {**_VALUE, "optimization_event": "ON_WEB_ORDER"}, "R216", "optimization_event",
    ),
    "value without how": (G, {"optimization_goal": "VALUE"}, "R202", "deep_bid_type"),
    "a bid that is missing": (G, {"bid_type": "BID_TYPE_CUSTOM"}, "R202", "conversion_bid_price"),
    "a bid that means nothing": (G, {"conversion_bid_price": "2"}, "R216", "conversion_bid_price"),
    "a bid of the wrong kind": (G, {**BID, "bid_price": "2"}, "R216", "bid_price"),
    "a bid above the budget": (G, {**BID, "conversion_bid_price": "60"}, "R216", "conversion_bid_price"),
    "a daily budget": (G, {"budget_mode": "BUDGET_MODE_DAY"}, "R216", "budget_mode"),
    "a total budget from now on": (G, {"budget_mode": "BUDGET_MODE_TOTAL"}, "R216", "schedule_type"),
    "an end from now on": (G, {"schedule_end_time": '"2027-12-01 00:00:00"'}, "R216", "schedule_end_time"),
    "placements without NORMAL": (G, {"placement_type": None}, "R216", "placements"),
    "one window": (G, {"click_attribution_window": "SEVEN_DAYS"}, "R202", "view_attribution_window"),
    "ages that would be dropped": (G, AUTOMATIC, "R216", "age_groups"),
    "an age that MANUAL drops": (
        G, {"targeting_spec": '{location_ids: ["6252001"], spc_audience_age: ALL}'}, "R216", "spc_audience_age",
    ),
    "no place": (G, {"targeting_spec": "{age_groups: [AGE_25_34]}"}, "R202", "location_ids"),
    "children": (
        G, {"targeting_spec": '{location_ids: ["6252001"], age_groups: [AGE_13_17]}'}, "R216", "age_groups",
    ),
    "a field of marketing": (G, {"location_ids": '["6252001"]'}, "R213", "location_ids"),
    "pacing": (G, {"pacing": "PACING_MODE_SMOOTH"}, "R213", "pacing"),
    "no identity": (A, {"identity_type": None, "identity_id": None}, "R202", "identity"),
    "half an identity": (A, {"identity_type": "BC_AUTH_TT"}, "R202", "identity_authorized_bc_id"),
    "AUTH_CODE for a video": (A, {"identity_type": "AUTH_CODE"}, "R216", "creatives"),
    "a video twice": (A, {"creatives": '[{video_id: "v1"}, {video_id: "v1", status: DISABLE}]'}, "R216", "creatives"),
    "a cover for a post": (
        A, {"creatives": '[{tiktok_item_id: "7300000000000000001", image_id: i1}]'}, "R201", "image_id",
    ),
    "two sources": (A, {"creatives": '[{video_id: "v1", tiktok_item_id: "7"}]'}, "R204", "creatives"),
    "texts of posts": (A, {"creatives": POST}, "R216", "ad_texts"),
    "no text": (A, {"ad_texts": None}, "R202", "ad_texts"),
    "six texts": (A, {"ad_texts": "[a, b, c, d, e, f]"}, "R216", "ad_texts"),
    "no URL": (A, {"landing_page_url": None}, "R202", "landing_page_url"),
    "no portfolio": (A, {"call_to_action_id": None}, "R202", "call_to_action_id"),
    "a list of calls on TikTok": (
        A, {"call_to_action_id": None, "call_to_actions": "[SHOP_NOW]"}, "R216", "call_to_actions",
    ),
    "a video of marketing": (A, {"video": '{video_id: "v1"}'}, "R213", "video"),
    "one text of marketing": (A, {"ad_text": "Hello."}, "R213", "ad_text"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_rule(shop: Workspace, case: str) -> None:
    """An error of the field it is about, with its place and what to do; no call is made."""
    kind, fields, code, field = CASES[case]
    told = {one: (fields if one == kind else {}) for one in (C, G, A)}
    shop.manifest(*([campaign(**told[C])] if kind == C else [campaign(), adgroup(**told[G]), ad(**told[A])]))
    ended = shop.run("validate", "--json", token=None)
    assert (ended.code, set(ended.codes)) == (3, {code}), ended.text
    assert any(field in error["message"] for error in ended.json["errors"])
    assert all(error["hint"] and error["line"] for error in ended.json["errors"])


@pytest.mark.parametrize(
    ("above", "group", "more"),
    [
        ({}, {}, {}),
        ({**SHARED}, {"budget": None, "budget_mode": None}, {}),
        (_APP, _INSTALL, {"landing_page_url": None}),
        (_LEAD, _FORM, {"landing_page_url": None, "page_ids": '["71"]'}),
        ({}, _CLICK, {}),
        ({}, _VALUE, {}),
    ],
    ids=["web", "shared budget", "app", "lead form", "clicks", "value"],
)
def test_what_goes_together_is_taken(
    shop: Workspace, market: Account, above: dict[str, Any], group: dict[str, Any], more: dict[str, Any]
) -> None:
    """By the server as well, and nothing is left to do."""
    shop.manifest(campaign(**above), adgroup(**group), ad(**more))
    assert shop.run("validate").code == 0
    shop.apply()
    assert shop.in_sync()


def test_thirty_ad_groups_and_no_more(shop: Workspace) -> None:
    """The thirty-first is the one that is wrong."""
    shop.manifest(campaign(), *(adgroup(f"g{number:02}") for number in range(31)))
    ended = shop.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R216"])
    assert ended.json["errors"][0]["address"] == "adgroup/g30"


def test_what_targets_the_united_states_keeps_doing_so(shop: Workspace) -> None:
    """A blocked row, before anything is sent."""
    shop.manifest(campaign(), adgroup())
    shop.apply()
    shop.manifest(campaign(), adgroup(targeting_spec='{location_ids: ["2635167"], age_groups: [AGE_25_34]}'))
    row = shop.plan().rows["adgroup/us"]
    assert (row["op"], row["code"]) == ("blocked", "R216")


def test_ad_groups_of_one_campaign_agree(shop: Workspace) -> None:
    """Without a shared budget in how they bid and budget; with one in the goal as well."""
    shop.manifest(campaign(), adgroup(), adgroup("ca", **_VALUE))
    assert shop.run("validate", "--json").codes == ["R216"]
    none = {"budget": None, "budget_mode": None}
    shop.manifest(campaign(**SHARED), adgroup(**none), adgroup("ca", optimization_event="ON_WEB_ORDER", **none))
    assert shop.run("validate", "--json").codes == ["R216"]
    shop.manifest(campaign(), adgroup(), adgroup("ca", optimization_event="ON_WEB_ORDER"))
    assert shop.run("validate", "--json").codes == []
