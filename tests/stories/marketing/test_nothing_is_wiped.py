"""What a colleague has set and no manifest declares survives an edit of one field, even where an update replaces all.

The names are those of the official SDK's update bodies (tests/unit/update_fields.json): every one of them is live here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, day, listed
from tests.stories.workspace import Workspace

SDK = json.loads((Path(__file__).resolve().parents[2] / "unit" / "update_fields.json").read_text("utf-8"))
GROUP: Mapping[str, Any] = {
    "actions": [{"action_scene": "VIDEO_RELATED", "action_period": 7}], "age_groups": ["AGE_18_24"],
    "audience_ids": ["31", "32"], "audience_rule": {"inclusions": [1]}, "audience_type": "NORMAL",
    "auto_targeting_enabled": True, "automated_keywords_enabled": True, "bid_price": 2,
    "blocked_pangle_app_ids": ["41"], "brand_safety_type": "STANDARD_INVENTORY", "carrier_ids": ["42"],
    "catalog_authorized_bc_id": "43", "category_exclusion_ids": ["44"], "comment_disabled": True,
    "contextual_tag_ids": ["45"], "conversion_bid_price": 3, "dayparting": "10" * 168, "deep_bid_type": "DEFAULT",
    "deep_cpa_bid": 4, "deep_funnel_event_source": "PIXEL", "deep_funnel_event_source_id": "46",
    "deep_funnel_optimization_event": "SHOPPING", "deep_funnel_optimization_status": "ON", "device_model_ids": ["47"],
    "device_price_ranges": [0, 250], "exclude_age_under_eighteen": True, "excluded_audience_ids": ["33"],
    "excluded_custom_actions": [{"code": 1, "days": 7}], "excluded_pangle_audience_package_ids": ["48"],
    "frequency": 3, "frequency_schedule": 7, "gender": "GENDER_FEMALE", "household_income": ["TOP_5_PERCENT"],
    "included_custom_actions": [{"code": 2, "days": 30}], "included_pangle_audience_package_ids": ["49"],
    "interest_category_ids": ["15"], "interest_keyword_ids": ["50"], "ios14_targeting": "ALL", "is_hfss": True,
    "is_lhf_compliance": True, "isp_ids": ["51"], "languages": ["en"], "min_android_version": "9.0",
    "min_ios_version": "14.0", "network_types": ["WIFI"], "next_day_retention": 0.4, "operating_systems": ["IOS"],
    "purchase_intention_keyword_ids": ["52"], "roas_bid": 1.5, "saved_audience_id": "53",
    "search_keywords": [{"keyword": "spring", "match_type": "EXACT"}], "search_result_enabled": True,
    "secondary_optimization_event": "FORM", "share_disabled": True, "shopping_ads_retargeting_actions_days": 14,
    "shopping_ads_retargeting_custom_audience_relation": "OR", "shopping_ads_retargeting_type": "LAB1",
    "smart_audience_enabled": True, "smart_interest_behavior_enabled": True, "spending_power": "HIGH",
    "targeting_expansion": {"expansion_enabled": True}, "vertical_sensitivity_id": "54", "zipcode_ids": ["10001"],
    "schedule_end_time": day(30).strip('"'), "schedule_type": "SCHEDULE_START_END", "bid_type": "BID_TYPE_CUSTOM",
}  # fmt: skip
CREATIVE: Mapping[str, Any] = {
    "ad_text": "Hello", "ad_texts": ["a", "b"], "app_name": "Puzzle",
    "brand_safety_postbid_partner": "IAS", "brand_safety_vast_url": "https://example.com/vast",
    "call_to_action": "LEARN_MORE", "call_to_action_id": "61", "card_id": "62", "carousel_image_index": 1,
    "click_tracking_url": "https://example.com/c", "cpp_url": "https://example.com/cpp", "creative_authorized": True,
    "creative_type": "CUSTOM", "dark_post_status": "OFF", "deeplink": "shop://x", "deeplink_type": "NORMAL",
    "deeplink_utm_params": [{"key": "a", "value": "b"}], "disclaimer_clickable_texts": [{"text": "t"}],
    "disclaimer_text": {"text": "t"}, "disclaimer_type": "TEXT_ONLY", "display_name": "The shop",
    "dynamic_destination": "DLO", "dynamic_format": "AUTO", "end_card_cta": "SHOP", "fallback_type": "WEBSITE",
    "identity_authorized_bc_id": "63", "image_ids": ["i1"], "impression_tracking_url": "https://example.com/i",
    "instant_product_page_used": True, "item_duet_status": "DISABLE", "item_group_ids": ["64"],
    "item_stitch_status": "ENABLE", "music_id": "m-1", "page_id": 65, "page_image_index": 1,
    "playable_url": "https://example.com/p", "product_set_id": "66", "product_specific_type": "ALL",
    "promotional_music_disabled": False, "shopping_ads_deeplink_type": "NONE", "shopping_ads_fallback_type": "SHOP",
    "shopping_ads_video_package_id": "67", "sku_ids": ["68"], "tiktok_item_id": "69", "tracking_app_id": "70",
    "tracking_offline_event_set_ids": ["71"], "tracking_pixel_id": 72, "utm_params": [{"key": "k", "value": "v"}],
    "vast_moat_enabled": True, "vertical_video_strategy": "SINGLE", "video_view_tracking_url": "https://example.com/v",
    "viewability_postbid_partner": "DV", "viewability_vast_url": "https://example.com/w",
}  # fmt: skip
DECLARED = {
    "adgroup": {"adgroup_name", "budget", "location_ids", "pacing", "schedule_start_time"},
    "ad": {"ad_name", "ad_format", "identity_id", "identity_type", "landing_page_url", "video_id"},
}
"""What the manifests of the story say, or that the platform always has."""
LABELLED = {"aigc_disclosure_type"}
"""The platform labels the ads of a TikTok account itself, and takes no declaration of ours there."""
UNREADABLE = {"avatar_icon_web_uri"}
"""A listing shows it as avatar_icon_web_url, a picture's address that no call takes. It belongs to the identity, which
every update carries; whoever sets another one writes it in `extra`."""


def test_the_story_sets_everything_an_update_takes() -> None:
    """A name that the official SDK's update bodies gain needs a value here."""
    assert {*GROUP, *DECLARED["adgroup"]} == set(SDK["adgroup"])
    assert {*CREATIVE, *DECLARED["ad"], *UNREADABLE, *LABELLED} == set(SDK["ad"])


def changes(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The fields that a listing shows otherwise: time has passed in any case, and 3.0 is 3.00."""
    return {name for name in before if plain(before[name]) != plain(after[name])} - {"modify_time"}


def plain(value: Any) -> Any:
    """A number as a number."""
    try:
        return Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        return value


@pytest.mark.parametrize("semantics", ["merge", "replace"])
@pytest.mark.parametrize(("field", "value"), [("pacing", "PACING_MODE_FAST"), ("budget", "30"), ("adgroup_name", "B")])
def test_an_ad_group_keeps_every_setting_of_a_colleague(
    shop: Workspace, market: Account, semantics: str, field: str, value: str
) -> None:
    """Whether the platform merges or replaces, and whichever field is edited, only that one is another after it."""
    market.switch(adgroup_update=semantics)
    told = {"schedule_type": "SCHEDULE_START_END", "schedule_end_time": day(30)}
    plain = {**told, "bid_type": "BID_TYPE_CUSTOM", "bid_price": "2"}
    shop.manifest(campaign(), adgroup(**plain))
    shop.apply()
    market.edit("adgroup", "spring-us", **{name: value for name, value in GROUP.items() if name not in plain})
    assert shop.in_sync()
    before = listed(market, "adgroup", "spring-us")
    shop.manifest(campaign(), adgroup(**{**plain, field: value}))
    assert shop.apply().ended == {"adgroup/spring-us": "done"}
    name = value if field == "adgroup_name" else "spring-us"
    assert changes(before, listed(market, "adgroup", name)) == {field}
    assert shop.in_sync()


@pytest.mark.parametrize(
    ("field", "value"),
    [("landing_page_url", "https://example.com/b"), ("ad_text", "Goodbye"), ("display_name", "The other shop")],
)
def test_an_ad_keeps_every_setting_of_a_colleague(shop: Workspace, market: Account, field: str, value: str) -> None:
    """Its update replaces the whole creative or patches one field: only what was edited is another one after it."""
    shop.manifest(campaign(), adgroup(), ad(identity_type="TT_USER", **{field: "https://example.com/a"}))
    shop.apply()
    declared = {"landing_page_url", field}
    market.edit("ad", "spring-us-hero", **{name: one for name, one in CREATIVE.items() if name not in declared})
    assert shop.in_sync()
    before = listed(market, "ad", "spring-us-hero")
    shop.manifest(campaign(), adgroup(), ad(identity_type="TT_USER", **{field: value}))
    assert shop.apply().ended == {"ad/spring-us-hero": "done"}
    assert changes(before, listed(market, "ad", "spring-us-hero")) == {field}
    assert shop.in_sync()
