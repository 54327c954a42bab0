"""The fields of objects as production gives them back, with what stands in each where nothing was sent."""

from __future__ import annotations

from reconciler.simulator.wire import Json, Number

ALWAYS_ON = "1" * 336
PLACEMENTS = ("PLACEMENT_TIKTOK", "PLACEMENT_PANGLE", "PLACEMENT_GLOBAL_APP_BUNDLE")
"""What an automatic placement comes back as."""
_NOTHING = Number("0.0")


def _nulls(names: str) -> dict[str, Json]:
    return dict.fromkeys(names.split())


_CAMPAIGN: dict[str, Json] = {
    "campaign_system_origin": "TT_ADS_PLATFORM",
    "campaign_type": "REGULAR_CAMPAIGN",
    "campaign_automation_type": "MANUAL",
    "is_smart_performance_campaign": False,
    "is_search_campaign": False,
    "is_new_structure": True,
    "objective": "LANDING_PAGE",
    "objective_type": None,
    "budget_mode": None,
    "budget": _NOTHING,
    "budget_optimize_on": None,
    **_nulls(
        "virtual_objective_type sales_destination app_promotion_type app_id campaign_product_source catalog_enabled"
        " bid_type deep_bid_type optimization_goal special_industries po_number rta_id rta_bid_enabled"
        " rta_product_selection_enabled postback_window_mode is_advanced_dedicated_campaign disable_skan_campaign"
        " campaign_app_profile_page_state"
    ),
    "roas_bid": _NOTHING,
    "rf_campaign_type": "STANDARD",
}
_LISTS = (
    "location_ids", "zipcode_ids", "languages", "operating_systems", "network_types", "device_model_ids",
    "interest_category_ids", "interest_keyword_ids", "actions", "audience_ids", "excluded_audience_ids",
    "contextual_tag_ids", "household_income", "category_exclusion_ids",
)  # fmt: skip
_ADGROUP: dict[str, Json] = {
    "campaign_system_origin": "TT_ADS_PLATFORM",
    "campaign_automation_type": "MANUAL",
    "is_smart_performance_campaign": False,
    "is_new_structure": True,
    "placement_type": "PLACEMENT_TYPE_NORMAL",
    "placements": None,
    "search_result_enabled": False,
    "comment_disabled": False,
    "share_disabled": False,
    "video_download_disabled": False,
    "budget_mode": None,
    "budget": _NOTHING,
    "scheduled_budget": _NOTHING,
    "schedule_type": None,
    "schedule_start_time": None,
    "schedule_end_time": None,
    "dayparting": ALWAYS_ON,
    "optimization_goal": None,
    "billing_event": None,
    "bid_type": "BID_TYPE_NO_BID",
    "bid_price": _NOTHING,
    "conversion_bid_price": _NOTHING,
    "deep_cpa_bid": _NOTHING,
    "roas_bid": _NOTHING,
    "bid_display_mode": "CPMV",
    "pacing": "PACING_MODE_SMOOTH",
    "gender": "GENDER_UNLIMITED",
    "brand_safety_type": "NO_BRAND_SAFETY",
    "ios14_targeting": "UNSET",
    "creative_material_mode": "CUSTOM",
    "is_hfss": False,
    "skip_learning_phase": False,
    "inventory_filter_enabled": False,
    **{name: [] for name in _LISTS},
    **_nulls(
        "age_groups spending_power saved_audience_id promotion_type promotion_target_type promotion_website_type"
        " app_id app_type app_download_url pixel_id optimization_event secondary_optimization_event identity_id"
        " identity_type identity_authorized_bc_id frequency frequency_schedule deep_bid_type vbo_window"
        " click_attribution_window view_attribution_window engaged_view_attribution_window attribution_event_count"
        " tiktok_subplacements brand_safety_partner catalog_id product_source shopping_ads_type store_id"
        " store_authorized_bc_id messaging_app_type messaging_app_account_id phone_region_code phone_number"
        " statistic_type adgroup_app_profile_page_state device_price_ranges min_android_version min_ios_version"
        " custom_conversion_id delivery_mode split_test_group_id audience_rule audience_type auto_targeting_enabled"
        " automated_keywords_enabled blocked_pangle_app_ids carrier_ids catalog_authorized_bc_id"
        " deep_funnel_event_source deep_funnel_event_source_id deep_funnel_optimization_event"
        " deep_funnel_optimization_status exclude_age_under_eighteen excluded_custom_actions"
        " excluded_pangle_audience_package_ids included_custom_actions included_pangle_audience_package_ids"
        " is_lhf_compliance isp_ids next_day_retention purchase_intention_keyword_ids search_keywords"
        " shopping_ads_retargeting_actions_days shopping_ads_retargeting_custom_audience_relation"
        " shopping_ads_retargeting_type smart_audience_enabled smart_interest_behavior_enabled targeting_expansion"
        " vertical_sensitivity_id"
    ),
}
_AD: dict[str, Json] = {
    "campaign_system_origin": "TT_ADS_PLATFORM",
    "campaign_automation_type": "MANUAL",
    "ad_format": None,
    "creative_type": None,
    "aigc_disclosure_type": "NOT_DECLARED",
    "creative_authorized": False,
    "is_aco": False,
    "is_new_structure": True,
    "dark_post_status": "ON",
    "promotional_music_disabled": True,
    "vast_moat_enabled": False,
    "image_ids": [],
    **_nulls(
        "identity_type identity_id identity_authorized_bc_id video_id tiktok_item_id music_id ad_text ad_texts"
        " call_to_action call_to_action_id landing_page_url landing_page_urls utm_params deeplink deeplink_type"
        " page_id tracking_pixel_id tracking_app_id tracking_offline_event_set_ids impression_tracking_url"
        " click_tracking_url video_view_tracking_url display_name app_name avatar_icon_web_url profile_image_url"
        " card_id disclaimer_type disclaimer_text disclaimer_clickable_texts item_duet_status item_stitch_status"
        " playable_url optimization_event brand_safety_postbid_partner brand_safety_vast_url carousel_image_index"
        " cpp_url deeplink_utm_params dynamic_destination dynamic_format end_card_cta fallback_type"
        " instant_product_page_used item_group_ids page_image_index product_set_id product_specific_type"
        " shopping_ads_deeplink_type shopping_ads_fallback_type shopping_ads_video_package_id sku_ids"
        " vertical_video_strategy viewability_postbid_partner viewability_vast_url"
        " smart_plus_ad_id"
    ),
}
DEFAULTS = {"campaign": _CAMPAIGN, "adgroup": _ADGROUP, "ad": _AD}
WRITTEN_ONLY = {"ad": ("avatar_icon_web_uri",)}
"""What is sent under one name and comes back under another."""
