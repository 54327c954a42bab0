"""The fields of contract `smart_plus`. Source: the fact sheet smart_plus, sections 1.1 to 1.3, 3.4 and 9."""

from __future__ import annotations

from typing import Any

from reconciler.canonical import ALWAYS_ON
from reconciler.contracts.fields import WireField
from reconciler.contracts.smart_plus import creatives

SPEC, CONFIGURATION = "targeting_spec", "ad_configuration"


def _leaf(name: str, wire: str = "", **more: Any) -> WireField:
    """A leaf of targeting_spec, which an update sends whole."""
    return WireField(f"{SPEC}.{name}", wire, inside=SPEC, changing="free", carried=True, **more)


def _setting(name: str, **more: Any) -> WireField:
    """A setting of ad_configuration, which an update sends whole."""
    return WireField(name, inside=CONFIGURATION, changing="free", carried=True, **more)


CAMPAIGN = (
    WireField("campaign_name", changing="free"),
    WireField("objective_type"),
    WireField("sales_destination"),
    WireField("app_promotion_type"),
    WireField("budget_optimize_on", required=True),
    WireField("budget_mode"),
    WireField("budget", changing="free"),
    WireField("campaign_type", default="REGULAR_CAMPAIGN"),
    WireField("app_id"),
    WireField("special_industries"),
    WireField("po_number", changing="free"),
    WireField("status", changing="free", shown="always"),
)
ADGROUP = (
    WireField("adgroup_name", changing="free"),
    WireField("promotion_type", required=True),
    WireField("promotion_target_type"),
    WireField("optimization_goal", required=True),
    WireField("billing_event", required=True),
    WireField("pixel_id"),
    WireField("optimization_event"),
    WireField("custom_conversion_id"),
    WireField("app_id"),
    WireField("bid_type", required=True),
    # A bid is the campaign's: one that is changed is changed on all its ad groups.
    WireField("bid_price", changing="free"),
    WireField("conversion_bid_price", changing="free"),
    WireField("roas_bid", changing="free"),
    WireField("deep_bid_type"),
    WireField("vbo_window"),
    WireField("budget_mode"),
    WireField("budget", changing="free"),
    WireField("schedule_type", required=True, changing="free"),
    WireField("schedule_start_time", required=True, changing="free"),
    WireField("schedule_end_time", changing="free"),
    WireField("dayparting", changing="free", default=ALWAYS_ON),
    WireField("placement_type"),
    WireField("placements"),
    WireField("targeting_optimization_mode", changing="free"),
    WireField("suggestion_audience_enabled", changing="free"),
    WireField(SPEC, ours=False, inside=SPEC, changing="free", carried=True),
    _leaf("location_ids"),
    _leaf("spc_audience_age"),
    _leaf("languages"),
    _leaf("operating_systems"),
    _leaf("audiences", "audience_ids"),
    _leaf("excluded_audiences", "excluded_audience_ids"),
    _leaf("age_groups"),
    _leaf("gender", default="GENDER_UNLIMITED"),
    _leaf("interest_category_ids"),
    _leaf("interest_keyword_ids"),
    _leaf("purchase_intention_keyword_ids"),
    _leaf("actions"),
    _leaf("smart_interest_behavior_enabled"),
    _leaf("smart_audience_enabled"),
    _leaf("spending_power"),
    _leaf("household_income"),
    _leaf("min_android_version"),
    _leaf("min_ios_version"),
    _leaf("device_model_ids"),
    _leaf("device_price_ranges"),
    _leaf("network_types"),
    _leaf("carrier_ids"),
    _leaf("isp_ids"),
    _leaf("saved_audience_id"),
    _leaf("included_pangle_audience_package_ids"),
    _leaf("excluded_pangle_audience_package_ids"),
    WireField("click_attribution_window"),
    WireField("view_attribution_window"),
    WireField("engaged_view_attribution_window"),
    WireField("attribution_event_count"),
    WireField("deep_funnel_optimization_status"),
    WireField("deep_funnel_optimization_event"),
    WireField("deep_funnel_event_source"),
    WireField("deep_funnel_event_source_id"),
    WireField("comment_disabled", changing="free"),
    WireField("share_disabled", changing="free"),
    WireField("video_download_disabled"),
    WireField("is_hfss", changing="free"),
    WireField("is_lhf_compliance", changing="free"),
    WireField("status", changing="free", shown="always"),
)
AD = (
    WireField("ad_name", changing="free"),
    WireField("creatives", required=True, changing="free", merged=True, keyed=True, same=creatives.same),
    WireField("ad_texts", changing="free", merged=True),
    WireField("call_to_actions", changing="free", merged=True),
    WireField("landing_page_url", changing="free"),
    WireField("page_ids", changing="free", merged=True),
    WireField(CONFIGURATION, ours=False, inside=CONFIGURATION, changing="free", carried=True),
    _setting("call_to_action_id"),
    # Only of an identity that is no TikTok account; those of the others are in the creatives.
    _setting("identity_type"),
    _setting("identity_id", shape="id"),
    _setting("utm_params", merged=True),
    # Platform defaults that would act for us, and differ from account to account: sent off.
    _setting("dark_post_status", birth="ON"),
    _setting("creative_auto_add_toggle", birth=False),
    _setting("creative_auto_enhancement_strategy_list", birth=()),
    _setting("product_info_enabled", birth="UNSET", default="UNSET"),
    # What these say goes into the creatives: see plan/expansion.py.
    *(
        WireField(one, shown="never")
        for one in ("identity_authorized_bc_id", "aigc_disclosure_type", "on_new_generation")
    ),
    WireField("status", changing="free", shown="always"),
)
