"""Ad groups: create and update (fact sheet, 1.2, 3.5 to 3.7); what goes with what: `couplings.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.simulator.clock import unstamp
from reconciler.simulator.kinds import ADGROUP, CAMPAIGN
from reconciler.simulator.marketing.births import born, change, changeable, check_manual, check_open
from reconciler.simulator.marketing.couplings import Bond, check
from reconciler.simulator.marketing.money import check_change
from reconciler.simulator.marketing.readback import campaign_of, has_cbo, value_of, wire
from reconciler.simulator.marketing.shapes import (
    OPERATION,
    OWNER,
    anything,
    endpoint,
    flag,
    ids,
    moment,
    number,
    one_id,
    text,
    texts,
    title,
    whole,
    wrong,
)
from reconciler.simulator.marketing.words import (
    AGES,
    BILLING_EVENTS,
    GENDERS,
    GOALS,
    GROUP_MODES,
    PLACEMENT_WORDS,
    PROMOTIONS,
)
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

BODY = (
    title("adgroup_name", required=True),
    text("placement_type", "PLACEMENT_TYPE_NORMAL", "PLACEMENT_TYPE_AUTOMATIC"),
    texts("placements", *PLACEMENT_WORDS, least=1),
    ids("location_ids", most=3000, least=0),
    ids("zipcode_ids", most=3000, least=0),
    text("promotion_type", *PROMOTIONS),
    text("optimization_goal", *GOALS, required=True),
    text("billing_event", *BILLING_EVENTS, required=True),
    text("bid_type", "BID_TYPE_NO_BID", "BID_TYPE_CUSTOM"),
    number("bid_price"),
    number("conversion_bid_price"),
    number("deep_cpa_bid"),
    number("roas_bid"),
    text("budget_mode", *GROUP_MODES),
    number("budget"),
    text("schedule_type", "SCHEDULE_FROM_NOW", "SCHEDULE_START_END", required=True),
    moment("schedule_start_time", required=True),
    moment("schedule_end_time"),
    text("dayparting"),
    text("pacing", "PACING_MODE_SMOOTH", "PACING_MODE_FAST"),
    texts("age_groups", *AGES),
    text("gender", *GENDERS),
    texts("languages"),
    texts("operating_systems", "ANDROID", "IOS"),
    texts("network_types", "WIFI", "2G", "3G", "4G", "5G"),
    ids("device_model_ids", least=0),
    ids("interest_category_ids", least=0),
    ids("interest_keyword_ids", least=0),
    ids("audience_ids", least=0),
    ids("excluded_audience_ids", least=0),
    ids("contextual_tag_ids", least=0),
    one_id("saved_audience_id"),
    whole("frequency", 1, 1000),
    whole("frequency_schedule", 1, 30),
    one_id("pixel_id"),
    text("optimization_event"),
    one_id("app_id"),
    text("identity_type", "CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"),
    text("identity_id"),
    text("identity_authorized_bc_id"),
    text("vbo_window", "SEVEN_DAYS", "ZERO_DAY"),
    text(
        "brand_safety_type",
        "NO_BRAND_SAFETY", "EXPANDED_INVENTORY", "STANDARD_INVENTORY", "LIMITED_INVENTORY", "FULL_INVENTORY",
    ),
    text("ios14_targeting", "UNSET", "IOS14_MINUS", "IOS14_PLUS", "ALL"),
    text("creative_material_mode", "CUSTOM", "DYNAMIC", "SMART_CREATIVE"),
    flag("search_result_enabled"),
    flag("comment_disabled"),
    flag("share_disabled"),
    flag("video_download_disabled"),
    flag("is_hfss"),
    flag("skip_learning_phase"),
    flag("inventory_filter_enabled"),
    Field("actions", Type.OBJECTS, least=0, fields=anything(
        "action_scene", "action_period", "video_user_actions", "action_category_ids",
    )),
    *anything(
        "click_attribution_window", "view_attribution_window", "engaged_view_attribution_window",
        "attribution_event_count", "promotion_target_type", "promotion_website_type", "app_type", "app_download_url",
        "spending_power", "household_income", "secondary_optimization_event", "deep_bid_type", "tiktok_subplacements",
        "brand_safety_partner", "catalog_id", "product_source", "shopping_ads_type", "store_id",
        "store_authorized_bc_id", "messaging_app_type", "messaging_app_account_id", "phone_region_code",
        "phone_number", "statistic_type", "adgroup_app_profile_page_state", "device_price_ranges",
        "min_android_version", "min_ios_version", "custom_conversion_id", "category_exclusion_ids", "bid_display_mode",
    ),
)  # fmt: skip
FIXED = frozenset((
    "placement_type", "placements", "tiktok_subplacements", "promotion_type", "promotion_target_type",
    "promotion_website_type", "app_id", "app_type", "app_download_url", "pixel_id", "optimization_event",
    "optimization_goal", "billing_event", "budget_mode", "bid_display_mode", "click_attribution_window",
    "view_attribution_window", "engaged_view_attribution_window", "attribution_event_count", "vbo_window",
    "video_download_disabled", "brand_safety_partner", "creative_material_mode", "identity_type", "identity_id",
    "identity_authorized_bc_id", "catalog_id", "product_source", "shopping_ads_type", "store_id",
    "store_authorized_bc_id", "messaging_app_type", "messaging_app_account_id", "phone_region_code", "phone_number",
    "statistic_type", "skip_learning_phase", "adgroup_app_profile_page_state", "inventory_filter_enabled",
))  # fmt: skip
"""What no update takes."""
KEPT = frozenset((
    "budget", "schedule_type", "schedule_start_time", "schedule_end_time", "pacing", "location_ids", "zipcode_ids",
    "bid_type", "bid_price", "conversion_bid_price", "deep_cpa_bid", "roas_bid", "deep_bid_type", "ios14_targeting",
    "search_result_enabled", "is_hfss",
))  # fmt: skip
"""What an update that replaces leaves when it was not sent: an ad group without it could not be."""
UPDATED = (
    ids("blocked_pangle_app_ids", least=0),
    ids("carrier_ids", least=0),
    ids("excluded_pangle_audience_package_ids", least=0),
    ids("included_pangle_audience_package_ids", least=0),
    ids("isp_ids", least=0),
    ids("purchase_intention_keyword_ids", least=0),
    *map(flag, (
        "auto_targeting_enabled", "automated_keywords_enabled", "exclude_age_under_eighteen", "is_lhf_compliance",
        "smart_audience_enabled", "smart_interest_behavior_enabled",
    )),
    *anything(
        "audience_rule", "audience_type", "catalog_authorized_bc_id", "deep_funnel_event_source",
        "deep_funnel_event_source_id", "deep_funnel_optimization_event", "deep_funnel_optimization_status",
        "excluded_custom_actions", "included_custom_actions", "next_day_retention", "search_keywords",
        "shopping_ads_retargeting_actions_days", "shopping_ads_retargeting_custom_audience_relation",
        "shopping_ads_retargeting_type", "targeting_expansion", "vertical_sensitivity_id",
    ),
)  # fmt: skip
"""What else an update takes (update body of the official SDK)."""
CREATE = (OWNER, one_id("campaign_id", required=True), *BODY, OPERATION, Field("request_id", Type.KEY))
CHANGEABLE = (*(replace(one, required=False) for one in BODY if one.name not in FIXED), *UPDATED)
UPDATE = (OWNER, one_id("adgroup_id", required=True), *CHANGEABLE)


def create(call: Call) -> Json:
    """A new ad group; the whole of it is the answer."""
    check_open(call)
    campaign = call.world.find(CAMPAIGN, call.owner, call.params["campaign_id"])
    check_manual(call, campaign)
    told = dict(call.params)
    check(call, Bond(campaign, told, new=True))
    return wire(call, born(call, ADGROUP, campaign.id, told))


def update(call: Call) -> Json:
    """Changes what is sent, or, with the switch `adgroup_update`, sets back what is not."""
    row = changeable(call, ADGROUP, call.params["adgroup_id"])
    campaign = campaign_of(call, row)
    names = [one.name for one in CHANGEABLE if one.name != "adgroup_name"]
    sent: dict[str, Any] = {name: call.params[name] for name in names if name in call.params}
    _check_sent(call, row, campaign, sent)
    if call.settings.adgroup_update == "replace":
        sent = {**{name: None for name in names if name not in KEPT and name in row.fields}, **sent}
    merged = {name: value for name, value in {**row.fields, **sent}.items() if value is not None}
    check(call, Bond(campaign, merged, new=False, sent=frozenset(call.params)))
    if "budget" in sent:
        check_change(call, row, merged.get("budget_mode", ""), sent["budget"])
    return wire(call, change(call, row, call.params.get("adgroup_name"), sent))


def _check_sent(call: Call, row: Row, campaign: Row, sent: dict[str, Any]) -> None:
    if has_cbo(campaign):
        for name in ("budget", "bid_type"):
            if name in sent:
                raise wrong(name, "cannot be changed under a campaign with budget_optimize_on")
    start = row.fields.get("schedule_start_time")
    if start and sent.get("schedule_start_time", start) != start and unstamp(start) <= call.now:
        raise wrong("schedule_start_time", "cannot be changed once the ad group has started")
    for name in ("search_result_enabled", "is_hfss"):
        if sent.get(name) is False and value_of(row, name) is True:
            raise wrong(name, "cannot be set back to false")
    if row.fields.get("ios14_targeting") == "IOS14_PLUS" and sent.get("ios14_targeting", "IOS14_PLUS") != "IOS14_PLUS":
        raise wrong("ios14_targeting", "cannot be changed from IOS14_PLUS")


ENDPOINTS = (
    endpoint("POST", "adgroup/create/", CREATE, create),
    endpoint("POST", "adgroup/update/", UPDATE, update),
)
