"""A value for every field of Smart+, another one, and what the platform lets be done with it afterwards.

What is fixed is from the fact sheet smart_plus, 3.4 and 9, and not from the bindings that are tried with it.
"""

from __future__ import annotations

from tests.stories.marketing.samples import HALF, OTHER_HALF, Sample, fixed
from tests.stories.marketing.scene import Fields, day
from tests.stories.smart_plus.scene import DYNAMIC, SHARED, SPARK

_LEAD: Fields = {"objective_type": "LEAD_GENERATION", "sales_destination": None}
_APP: Fields = {"objective_type": "APP_PROMOTION", "sales_destination": None, "app_promotion_type": "APP_INSTALL"}
_INSTALL: Fields = {
    "promotion_type": "APP_ANDROID", "optimization_goal": "INSTALL", "app_id": '"11"', "pixel_id": None,
    "optimization_event": None,
}  # fmt: skip
_VALUE: Fields = {"optimization_goal": "VALUE", "deep_bid_type": "VO_HIGHEST_VALUE"}
_ROAS: Fields = {**_VALUE, "deep_bid_type": "VO_MIN_ROAS", "roas_bid": "1.5"}
_CLICK: Fields = {
    "optimization_goal": "CLICK", "billing_event": "CPC", "pixel_id": None, "optimization_event": None,
}  # fmt: skip
_BID: Fields = {"bid_type": "BID_TYPE_CUSTOM"}
_ENDS: Fields = {"schedule_type": "SCHEDULE_START_END", "schedule_end_time": day(30)}
_WINDOWS: Fields = {"click_attribution_window": "SEVEN_DAYS", "view_attribution_window": "ONE_DAY"}
_AUTOMATIC: Fields = {"targeting_optimization_mode": None, "targeting_spec": '{location_ids: ["6252001"]}'}
_HINTS: Fields = {**_AUTOMATIC, "suggestion_audience_enabled": "true"}
_FORM: Fields = {
    "promotion_type": "LEAD_GENERATION", "promotion_target_type": "INSTANT_PAGE", "pixel_id": None,
    "optimization_goal": "LEAD_GENERATION", "optimization_event": None,
}  # fmt: skip
_OFF_TIKTOK: Fields = {"placements": "[PLACEMENT_PANGLE]"}
_CUSTOM: Fields = {"identity_type": "CUSTOMIZED_USER", "identity_id": '"77"'}

CAMPAIGN = {
    "campaign_name": Sample("Spring", "Spring & Summer"),
    "objective_type": fixed("WEB_CONVERSIONS", "LEAD_GENERATION", needed=True, then={"sales_destination": None}),
    "sales_destination": Sample("WEBSITE", "WEBSITE", needed=True),
    "app_promotion_type": fixed("APP_INSTALL", "APP_RETARGETING", needed=True, also=_APP),
    "budget_optimize_on": fixed("true", "false", needed=True, also={**SHARED, "budget_mode": "BUDGET_MODE_TOTAL"}),
    "budget_mode": fixed("BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", needed=True, also={"budget": 100}),
    "budget": Sample("100", "120.50", needed=True, also=SHARED),
    "campaign_type": fixed("REGULAR_CAMPAIGN", "IOS14_CAMPAIGN", also=_APP, then={"app_id": '"11"'}),
    "app_id": fixed('"11"', '"12"', needed=True, also={**_APP, "campaign_type": "IOS14_CAMPAIGN"}),
    "special_industries": fixed("[HOUSING, EMPLOYMENT]", "[HOUSING]"),
    "po_number": Sample("PO-1", "PO-2"),
    "status": Sample("ENABLE", "DISABLE", also=SHARED),
}
ADGROUP = {
    "campaign": fixed("one", "two", needed=True),
    "adgroup_name": Sample("US", "US & CA"),
    "promotion_type": fixed("APP_ANDROID", "APP_IOS", needed=True, also=_INSTALL, campaign=_APP),
    "promotion_target_type": fixed(
        "EXTERNAL_WEBSITE",
        "INSTANT_PAGE",
        needed=True,
        campaign=_LEAD,
        also={"promotion_type": "LEAD_GENERATION"},
        then={"optimization_goal": "LEAD_GENERATION", "pixel_id": None, "optimization_event": None},
    ),
    "optimization_goal": fixed(
        "CONVERT",
        "TRAFFIC_LANDING_PAGE_VIEW",
        needed=True,
        then={
            "pixel_id": None,
            "optimization_event": None,
        },
    ),
    "billing_event": Sample("OCPM", "OCPM", needed=True),
    "pixel_id": fixed('"7123"', '"7124"', needed=True),
    "optimization_event": fixed("SHOPPING", "ON_WEB_ORDER", needed=True),
    "custom_conversion_id": fixed('"21"', '"22"'),
    "app_id": fixed('"11"', '"12"', needed=True, also=_INSTALL, campaign=_APP),
    "bid_type": fixed("BID_TYPE_NO_BID", "BID_TYPE_CUSTOM", needed=True, then={"conversion_bid_price": "2"}),
    "bid_price": Sample("2", "2.50", needed=True, also={**_CLICK, **_BID}),
    "conversion_bid_price": Sample("2", "2.50", needed=True, also=_BID),
    "roas_bid": Sample("1.5", "2", needed=True, also=_ROAS),
    "deep_bid_type": fixed("VO_HIGHEST_VALUE", "VO_MIN_ROAS", needed=True, also=_VALUE, then={"roas_bid": "1.5"}),
    "vbo_window": fixed("SEVEN_DAYS", "ZERO_DAY", also=_VALUE),
    "budget_mode": fixed(DYNAMIC, "BUDGET_MODE_TOTAL", needed=True, also={**_ENDS, "budget": 5000}),
    "budget": Sample("50", "60.50", needed=True),
    "schedule_type": Sample(
        "SCHEDULE_FROM_NOW", "SCHEDULE_START_END", needed=True, then={"schedule_end_time": day(30)}
    ),
    "schedule_start_time": Sample(day(1), day(2), needed=True),
    "schedule_end_time": Sample(day(30), day(31), needed=True, also=_ENDS),
    "dayparting": Sample(HALF, OTHER_HALF),
    "placement_type": fixed(
        "PLACEMENT_TYPE_NORMAL", "PLACEMENT_TYPE_AUTOMATIC", then={"placements": None}, with_it=("placements",)
    ),
    "placements": fixed("[PLACEMENT_TIKTOK]", "[PLACEMENT_TIKTOK, PLACEMENT_PANGLE]", needed=True),
    "targeting_optimization_mode": Sample(
        "MANUAL",
        "AUTOMATIC",
        needed=True,
        then={
            "targeting_spec": '{location_ids: ["6252001"]}',
        },
    ),
    "suggestion_audience_enabled": Sample("true", "false", also=_AUTOMATIC),
    "targeting_spec.location_ids": Sample('["6252001"]', '["6252001", "1861060"]', needed=True),
    "targeting_spec.spc_audience_age": Sample("OVER_EIGHTEEN", "OVER_TWENTY_FIVE", also=_AUTOMATIC),
    "targeting_spec.languages": Sample("[en]", "[en, es]"),
    "targeting_spec.operating_systems": Sample("[ANDROID]", "[IOS]"),
    "targeting_spec.audiences": Sample('["7001"]', '["7001", "7002"]'),
    "targeting_spec.excluded_audiences": Sample('["7001"]', '["7002"]'),
    "targeting_spec.age_groups": Sample("[AGE_25_34]", "[AGE_25_34, AGE_35_44]"),
    "targeting_spec.gender": Sample("GENDER_MALE", "GENDER_FEMALE"),
    "targeting_spec.interest_category_ids": Sample('["15"]', '["15", "16"]'),
    "targeting_spec.interest_keyword_ids": Sample('["25"]', '["26"]'),
    "targeting_spec.purchase_intention_keyword_ids": Sample('["35"]', '["36"]', also=_HINTS),
    "targeting_spec.actions": Sample(
        "[{action_scene: VIDEO_RELATED, action_period: 7}]", "[{action_scene: VIDEO_RELATED, action_period: 15}]"
    ),
    "targeting_spec.smart_interest_behavior_enabled": Sample("true", "false"),
    "targeting_spec.smart_audience_enabled": Sample("true", "false"),
    "targeting_spec.spending_power": Sample("HIGH", "ALL"),
    "targeting_spec.household_income": Sample("[TOP5]", "[TOP5, TOP10]"),
    "targeting_spec.min_android_version": Sample('"9.0"', '"10.0"'),
    "targeting_spec.min_ios_version": Sample('"12.0"', '"13.0"'),
    "targeting_spec.device_model_ids": Sample('["45"]', '["46"]'),
    "targeting_spec.device_price_ranges": Sample("[{min: 1, max: 2}]", "[{min: 1, max: 3}]"),
    "targeting_spec.network_types": Sample("[WIFI]", "[WIFI, 4G]"),
    "targeting_spec.carrier_ids": Sample('["55"]', '["56"]'),
    "targeting_spec.isp_ids": Sample('["65"]', '["66"]'),
    "targeting_spec.saved_audience_id": Sample('"75"', '"76"'),
    "targeting_spec.included_pangle_audience_package_ids": Sample('["85"]', '["86"]'),
    "targeting_spec.excluded_pangle_audience_package_ids": Sample('["95"]', '["96"]'),
    "click_attribution_window": fixed("SEVEN_DAYS", "ONE_DAY", also=_WINDOWS, with_it=("view_attribution_window",)),
    "view_attribution_window": fixed("ONE_DAY", "SEVEN_DAYS", also=_WINDOWS, with_it=("click_attribution_window",)),
    "engaged_view_attribution_window": fixed("ONE_DAY", "SEVEN_DAYS", also=_WINDOWS),
    "attribution_event_count": fixed("EVERY", "ONCE"),
    "deep_funnel_optimization_status": fixed("ON", "OFF"),
    "deep_funnel_optimization_event": fixed("ON_WEB_ORDER", "SHOPPING"),
    "deep_funnel_event_source": fixed("PIXEL", "OFFLINE"),
    "deep_funnel_event_source_id": fixed('"31"', '"32"'),
    "comment_disabled": Sample("true", "false"),
    "share_disabled": Sample("true", "false"),
    "video_download_disabled": fixed("true", "false"),
    "is_hfss": Sample("true", "false"),
    "is_lhf_compliance": Sample("true", "false", also={"is_hfss": "true"}),
    "status": Sample("ENABLE", "DISABLE"),
}
AD = {
    "adgroup": fixed("one", "two", needed=True),
    "ad_name": Sample("Hero", "Hero US"),
    "creatives": Sample('[{video_id: "v1"}]', '[{video_id: "v1"}, {video_id: "v2"}]', needed=True),
    "ad_texts": Sample("[Spring.]", "[Spring., Summer.]", needed=True),
    "call_to_actions": Sample(
        "[LEARN_MORE]", "[LEARN_MORE, SHOP_NOW]", also={**_CUSTOM, "call_to_action_id": None}, adgroup=_OFF_TIKTOK
    ),
    "landing_page_url": Sample("https://example.com/a", "https://example.com/b", needed=True),
    "page_ids": Sample(
        '["71"]', '["71", "72"]', needed=True, also={"landing_page_url": None}, adgroup=_FORM, campaign=_LEAD
    ),
    "call_to_action_id": Sample('"7100000000000000001"', '"7100000000000000002"', needed=True),
    "identity_type": Sample("TT_USER", "TT_USER", needed=True),
    "identity_id": Sample(f'"{SPARK}"', f'"{SPARK}"', needed=True),
    "identity_authorized_bc_id": Sample('"81"', '"81"', needed=True, also={"identity_type": "BC_AUTH_TT"}),
    "aigc_disclosure_type": Sample("SELF_DISCLOSURE", "SELF_DISCLOSURE"),
    "on_new_generation": Sample("replace", "join"),
    "utm_params": Sample("[{key: a, value: b}]", "[{key: a, value: c}]"),
    "dark_post_status": Sample("ON", "OFF"),
    "creative_auto_add_toggle": Sample("false", "true"),
    "creative_auto_enhancement_strategy_list": Sample("[MUSIC_REFRESH]", "[MUSIC_REFRESH, IMAGE_RESIZE]"),
    "product_info_enabled": Sample("UNSET", "NON_CATALOG"),
    "status": Sample("ENABLE", "DISABLE"),
}
SMART_PLUS = {"campaign": CAMPAIGN, "adgroup": ADGROUP, "ad": AD}
STILL = {
    ("campaign", "sales_destination"), ("adgroup", "billing_event"), ("ad", "identity_type"), ("ad", "identity_id"),
    ("ad", "identity_authorized_bc_id"), ("ad", "aigc_disclosure_type"), ("ad", "on_new_generation"),
}  # fmt: skip
"""Fields with one value here, or whose change is another field's: of creatives, or of nothing yet."""
