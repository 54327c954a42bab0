"""The fields of contract `marketing`: ours, and those that an update which replaces would set back.

Sources: the fact sheet of the Marketing API, sections 1.1 to 1.3 (fields), 3.7 (what is fixed after creation), 9 (how
values come back); for what an update takes, the bodies of the official SDK (update_fields).
"""

from __future__ import annotations

from reconciler.canonical import ALWAYS_ON
from reconciler.contracts.fields import WireField, carried
from reconciler.contracts.marketing.identities import UNSET

CAMPAIGN = (
    WireField("campaign_name", changing="free"),
    WireField("objective_type"),
    WireField("budget_mode"),
    WireField("budget", changing="free"),
    # The platform's own default differs from one source to the next.
    WireField("budget_optimize_on", birth=False),
    WireField("app_promotion_type"),
    WireField("app_id"),
    WireField("special_industries", changing="emptied"),
    WireField("campaign_type", default="REGULAR_CAMPAIGN"),
    WireField("po_number", changing="free"),
    WireField("status", changing="free", shown="always"),
)
ADGROUP = (
    WireField("adgroup_name", changing="free", carried=True),
    WireField("placement_type"),
    WireField("placements"),
    WireField("promotion_type"),
    WireField("app_id"),
    WireField("pixel_id"),
    WireField("optimization_event"),
    WireField("optimization_goal", required=True),
    WireField("billing_event", required=True),
    WireField("budget_mode"),
    WireField("budget", changing="free", carried=True),
    WireField("bid_type", changing="free"),
    WireField("bid_price", changing="free", carried=True, along_with=("bid_type", "BID_TYPE_CUSTOM")),
    WireField(
        "conversion_bid_price", changing="free", carried=True, along_with=("bid_type", "BID_TYPE_CUSTOM")
    ),
    WireField("pacing", changing="free", carried=True),
    WireField("schedule_type", required=True, changing="free"),
    WireField("schedule_start_time", required=True, changing="free"),
    WireField("schedule_end_time", changing="free", carried=True),
    WireField("dayparting", changing="free", carried=True, default=ALWAYS_ON),
    WireField("location_ids", changing="free", carried=True),
    WireField("zipcode_ids", changing="free", carried=True),
    WireField("age_groups", changing="free", carried=True),
    WireField("gender", changing="free", carried=True, default="GENDER_UNLIMITED"),
    WireField("languages", changing="free", carried=True),
    WireField("operating_systems", changing="free", carried=True),
    WireField("interest_category_ids", changing="free", carried=True),
    WireField("audiences", "audience_ids", changing="free", carried=True),
    WireField("excluded_audiences", "excluded_audience_ids", changing="free", carried=True),
    WireField("frequency", changing="free", carried=True),
    WireField("frequency_schedule", changing="free", carried=True),
    WireField("identity_type"),
    WireField("identity_id", shape="id"),
    WireField("click_attribution_window"),
    WireField("view_attribution_window"),
    WireField("comment_disabled", changing="free", carried=True),
    WireField("share_disabled", changing="free", carried=True),
    WireField("video_download_disabled"),
    WireField("brand_safety_type", changing="free", carried=True, default="NO_BRAND_SAFETY"),
    WireField("status", changing="free", shown="always"),
    *carried(
        "actions audience_rule audience_type auto_targeting_enabled automated_keywords_enabled "
        "catalog_authorized_bc_id deep_bid_type deep_cpa_bid roas_bid deep_funnel_event_source "
        "deep_funnel_event_source_id deep_funnel_optimization_event deep_funnel_optimization_status "
        "exclude_age_under_eighteen excluded_custom_actions household_income included_custom_actions "
        "ios14_targeting is_hfss is_lhf_compliance min_android_version "
        "min_ios_version network_types next_day_retention search_keywords search_result_enabled "
        "secondary_optimization_event shopping_ads_retargeting_actions_days "
        "shopping_ads_retargeting_custom_audience_relation shopping_ads_retargeting_type "
        "smart_audience_enabled smart_interest_behavior_enabled spending_power targeting_expansion "
        "vertical_sensitivity_id device_price_ranges"
    ),
    *carried(
        "blocked_pangle_app_ids carrier_ids category_exclusion_ids contextual_tag_ids device_model_ids"
        " excluded_pangle_audience_package_ids included_pangle_audience_package_ids interest_keyword_ids isp_ids"
        " purchase_intention_keyword_ids",
        shape="id", many=True,
    ),
    *carried("saved_audience_id", shape="id"),
)  # fmt: skip
AD = (
    WireField("ad_name", changing="free", carried=True, patched=True),
    WireField("ad_format", required=True, changing="free", carried=True, stuck="CAROUSEL_ADS"),
    WireField("identity_type", required=True, changing="free", carried=True, patched=True, unsent=UNSET),
    WireField("identity_id", shape="id", changing="free", carried=True, patched=True),
    WireField("identity_authorized_bc_id", changing="free", carried=True, patched=True),
    WireField("video", "video_id", shape="id", changing="free", carried=True, patched=True),
    WireField("image_ids", changing="free", carried=True, patched=True),
    WireField("tiktok_item_id", changing="free", carried=True, patched=True),
    WireField("ad_text", changing="free", carried=True, patched=True),
    WireField("call_to_action", changing="free", carried=True),
    WireField("call_to_action_id", changing="free", carried=True),
    WireField("landing_page_url", changing="free", carried=True),
    WireField("display_name", changing="free", carried=True),
    WireField("app_name", changing="free", carried=True),
    WireField("utm_params", changing="free", carried=True),
    WireField("tracking_pixel_id", changing="free", carried=True, number=True),
    WireField("aigc_disclosure_type", changing="free", carried=True, default="NOT_DECLARED"),
    # Unset, the video may appear on the profile of the account that the ad comes from.
    WireField("dark_post_status", changing="free", carried=True, birth="ON"),
    WireField("status", changing="free", shown="always"),
    WireField("music_id", shape="id", ours=False, changing="free", carried=True, patched=True),
    *carried(
        "ad_texts brand_safety_postbid_partner brand_safety_vast_url carousel_image_index"
        " click_tracking_url cpp_url creative_authorized creative_type deeplink deeplink_type"
        " deeplink_utm_params disclaimer_clickable_texts disclaimer_text disclaimer_type dynamic_destination"
        " dynamic_format end_card_cta fallback_type impression_tracking_url instant_product_page_used item_duet_status"
        " item_stitch_status landing_page_urls page_image_index playable_url product_specific_type"
        " shopping_ads_deeplink_type shopping_ads_fallback_type"
        " tracking_offline_event_set_ids vast_moat_enabled vertical_video_strategy video_view_tracking_url"
        " viewability_postbid_partner viewability_vast_url"
    ),
    *carried("promotional_music_disabled", default=True),
    *carried("item_group_ids sku_ids", many=True),
    *carried("card_id product_set_id shopping_ads_video_package_id tracking_app_id", shape="id"),
    *carried("page_id", shape="id", number=True),
    # Listings show it as avatar_icon_web_url, which no call takes.
    *carried("avatar_icon_web_uri", shown="never"),
)  # fmt: skip
