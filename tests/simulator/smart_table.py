"""Good and wrong parameters for every call of Upgraded Smart+."""

from __future__ import annotations

import json
from typing import Any

from tests.simulator.smart_clients import AD as POOLS
from tests.simulator.smart_clients import GROUP as GROUP_FIELDS
from tests.simulator.smart_clients import SPARK, WEB

ACCOUNT = "7000000000000000001"
CAMPAIGN, GROUP, AD = "1000000000000000011", "1000000000000000012", "1000000000000000013"
CREATIVE, MATERIAL = "1000000000000000014", "1000000000000000015"
INFO = {
    "ad_format": "SINGLE_VIDEO",
    "video_info": {"video_id": "v1"},
    "image_info": [{"web_uri": "i1"}],
    **SPARK,
}
LOADED: dict[str, Any] = {
    "campaigns": [
        {
            "campaign_id": CAMPAIGN,
            "campaign_name": "C",
            "campaign_automation_type": "UPGRADED_SMART_PLUS",
            **WEB,
            "budget_mode": "BUDGET_MODE_TOTAL",
            "budget": 1000,
        }
    ],
    "adgroups": [{"adgroup_id": GROUP, "adgroup_name": "G", "campaign_id": CAMPAIGN, **GROUP_FIELDS}],
    "smart_plus_ads": [
        {
            "smart_plus_ad_id": AD,
            "ad_name": "A",
            "adgroup_id": GROUP,
            "creative_list": [{"creative_info": INFO, "ad_material_id": MATERIAL, "smart_plus_creative_id": CREATIVE}],
            **POOLS,
        }
    ],
    "library_videos": [{"video_id": "v1", "file_name": "one", "width": 540, "height": 960}],
    "images": [{"image_id": "i1", "width": 540, "height": 960}],
}
OWNER = {"advertiser_id": ACCOUNT}
PAGES = {"page": "1", "page_size": "10"}
DAYS = {"start_date": "2025-06-01", "end_date": "2025-06-03"}
ITEM = {"creative_info": INFO}
GOOD: dict[str, tuple[str, dict[str, Any], str]] = {
    "campaign/get/": ("GET", {**OWNER, **PAGES, "filtering": "{}", "fields": '["campaign_id"]'}, "advertiser_id"),
    # The smallest body that is documented (1.1).
    "campaign/create/": (
        "POST",
        {
            **OWNER,
            "request_id": "1",
            "objective_type": "WEB_CONVERSIONS",
            "sales_destination": "WEBSITE",
            "campaign_name": "A",
            "budget": 50.5,
        },
        "advertiser_id request_id objective_type sales_destination campaign_name budget",
    ),
    "campaign/update/": (
        "POST",
        {**OWNER, "campaign_id": CAMPAIGN, "campaign_name": "C", "budget": 1000, "po_number": "7"},
        "advertiser_id campaign_id",
    ),
    "adgroup/get/": ("GET", {**OWNER, **PAGES, "filtering": "{}"}, "advertiser_id"),
    "adgroup/create/": (
        "POST",
        {**OWNER, "request_id": "2", "campaign_id": CAMPAIGN, "adgroup_name": "A", **GROUP_FIELDS},
        "advertiser_id request_id campaign_id adgroup_name promotion_type optimization_goal billing_event bid_type"
        " budget_mode budget schedule_type schedule_start_time targeting_spec placements",
    ),
    "adgroup/update/": ("POST", {**OWNER, "adgroup_id": GROUP, "adgroup_name": "G"}, "advertiser_id adgroup_id"),
    "adgroup/budget/update/": (
        "POST",
        {**OWNER, "budget": [{"adgroup_id": GROUP, "budget": 50}]},
        "advertiser_id budget",
    ),
    "ad/get/": ("GET", {**OWNER, **PAGES, "filtering": "{}"}, "advertiser_id"),
    "ad/create/": (
        "POST",
        {**OWNER, "adgroup_id": GROUP, "ad_name": "B", "creative_list": [ITEM], **POOLS},
        "advertiser_id adgroup_id ad_name creative_list ad_text_list landing_page_url_list",
    ),
    "ad/update/": (
        "POST",
        {**OWNER, "smart_plus_ad_id": AD, "ad_name": "A", "creative_list": [ITEM]},
        "advertiser_id smart_plus_ad_id",
    ),
    "campaign/status/update/": (
        "POST",
        {**OWNER, "campaign_ids": [CAMPAIGN], "operation_status": "ENABLE"},
        "advertiser_id campaign_ids operation_status",
    ),
    "adgroup/status/update/": (
        "POST",
        {**OWNER, "adgroup_ids": [GROUP], "operation_status": "ENABLE"},
        "advertiser_id adgroup_ids operation_status",
    ),
    "ad/status/update/": (
        "POST",
        {**OWNER, "smart_plus_ad_ids": [AD], "operation_status": "ENABLE"},
        "advertiser_id smart_plus_ad_ids operation_status",
    ),
    "ad/material_status/update/": (
        "POST",
        {**OWNER, "smart_plus_ad_id": AD, "ad_material_ids": [MATERIAL], "operation_status": "ENABLE"},
        "advertiser_id smart_plus_ad_id ad_material_ids operation_status",
    ),
    "ad/preview/": ("POST", {**OWNER, "adgroup_id": GROUP, "creative_list": [ITEM]}, "advertiser_id"),
    "ad/review_info/": (
        "GET",
        {**OWNER, "smart_plus_ad_ids": json.dumps([AD]), "extra_info_setting": '{"include_reject_info": true}'},
        "advertiser_id smart_plus_ad_ids",
    ),
    "material_report/overview/": (
        "GET",
        {**OWNER, **PAGES, **DAYS, "dimensions": '["smart_plus_ad_id", "main_material_id"]', "metrics": '["spend"]'},
        "advertiser_id dimensions start_date end_date",
    ),
    "material_report/breakdown/": (
        "GET",
        {
            **OWNER,
            **PAGES,
            **DAYS,
            "dimensions": '["main_material_id", "stat_time_day"]',
            "filtering": json.dumps({"smart_plus_ad_ids": [AD]}),
        },
        "advertiser_id dimensions start_date end_date",
    ),
}
REQUIRED = [(path, name) for path, (_, _, names) in GOOD.items() for name in names.split()]
US = {"location_ids": ["6252001"]}
WRONG: list[tuple[str, str, object]] = [
    ("campaign/get/", "page_size", "1001"),
    ("campaign/get/", "filtering", '{"primary_status": "ENABLE"}'),
    ("campaign/get/", "fields", '["joy"]'),
    ("campaign/create/", "campaign_name", "n" * 513),
    ("campaign/create/", "campaign_name", "Spring 🌱"),
    *(("campaign/create/", "objective_type", one) for one in ("TRAFFIC", "REACH", "VIDEO_VIEWS", "ENGAGEMENT")),
    ("campaign/create/", "sales_destination", "SHOP"),
    ("campaign/create/", "app_promotion_type", "APP_INSTALL"),
    ("campaign/create/", "budget_mode", "BUDGET_MODE_INFINITE"),
    ("campaign/create/", "budget_mode", "BUDGET_MODE_DAY"),
    ("campaign/create/", "budget", 49),
    ("campaign/create/", "operation_status", "DELETE"),
    ("campaign/create/", "request_id", 5),
    ("campaign/create/", "request_id", "3f6c2a4e-0000-4000-8000-000000000000"),
    ("campaign/create/", "request_id", "9223372036854775808"),
    ("campaign/create/", "app_id", "7"),
    ("campaign/create/", "catalog_type", "SHOES"),
    ("campaign/create/", "special_industries", ["GAMES"]),
    ("campaign/create/", "is_search_campaign", True),
    ("campaign/update/", "budget", 49),
    ("campaign/update/", "special_industries", []),
    ("campaign/update/", "operation_status", "DISABLE"),
    ("adgroup/create/", "promotion_type", "APP_IOS"),
    ("adgroup/create/", "promotion_target_type", "EXTERNAL_WEBSITE"),
    ("adgroup/create/", "optimization_goal", "INSTALL"),
    ("adgroup/create/", "billing_event", "OCPM"),
    ("adgroup/create/", "pixel_id", "7"),
    ("adgroup/create/", "optimization_event", "SHOPPING"),
    ("adgroup/create/", "custom_conversion_id", "7"),
    ("adgroup/create/", "bid_type", "BID_TYPE_MAX_CONVERSION"),
    ("adgroup/create/", "budget_mode", "BUDGET_MODE_DAY"),
    ("adgroup/create/", "budget", 19),
    ("adgroup/create/", "schedule_start_time", "2025-06-15 03:00:00"),
    ("adgroup/create/", "schedule_start_time", "2028-01-01 00:00:01"),
    ("adgroup/create/", "dayparting", "1" * 335),
    ("adgroup/create/", "placements", ["PLACEMENT_HELO"]),
    ("adgroup/create/", "click_attribution_window", "SEVEN_DAYS"),
    ("adgroup/create/", "engaged_view_attribution_window", "ONE_DAY"),
    ("adgroup/create/", "pacing", "PACING_MODE_SMOOTH"),
    ("adgroup/create/", "targeting_spec", {}),
    ("adgroup/create/", "targeting_spec", {"location_ids": [1]}),
    ("adgroup/create/", "targeting_spec", {**US, "zipcode_ids": ["1"]}),
    ("adgroup/create/", "targeting_spec", {**US, "age_groups": ["AGE_13_17"]}),
    ("adgroup/create/", "targeting_spec", {**US, "operating_systems": ["ANDROID", "IOS"]}),
    ("adgroup/create/", "targeting_spec", {**US, "app_targeting_type": "PROSPECT"}),
    ("adgroup/create/", "targeting_spec", {**US, "household_income": ["RICH"]}),
    ("adgroup/create/", "targeting_spec", {**US, "device_model_ids": ["1"], "device_price_ranges": [1, 2]}),
    ("adgroup/create/", "is_lhf_compliance", True),
    ("adgroup/update/", "budget_mode", "BUDGET_MODE_TOTAL"),
    ("adgroup/update/", "bid_type", "BID_TYPE_CUSTOM"),
    ("adgroup/update/", "placements", ["PLACEMENT_TIKTOK"]),
    ("adgroup/update/", "pacing", "PACING_MODE_FAST"),
    ("adgroup/update/", "schedule_start_time", "2025-06-16 12:00:00"),
    ("adgroup/update/", "targeting_spec", {"location_ids": ["2635167"]}),
    ("adgroup/update/", "targeting_spec", {"location_ids": []}),
    ("adgroup/budget/update/", "budget", [{"adgroup_id": GROUP, "budget": 19}]),
    ("adgroup/budget/update/", "budget", [{"adgroup_id": GROUP, "budget": 50}] * 21),
    ("ad/get/", "page_size", "101"),
    ("ad/get/", "fields", '["video_id"]'),
    ("ad/create/", "ad_name", "n" * 513),
    ("ad/create/", "creative_list", []),
    ("ad/create/", "creative_list", [ITEM] * 51),
    ("ad/create/", "creative_list", [ITEM, ITEM]),
    ("ad/create/", "creative_list", [{**ITEM, "ad_material_id": MATERIAL}]),
    ("ad/create/", "ad_text_list", [{"ad_text": "t" * 101}]),
    ("ad/create/", "ad_text_list", [{"ad_text": "t"}] * 6),
    ("ad/create/", "call_to_action_list", [{"call_to_action": "LEARN_MORE"}] * 4),
    ("ad/create/", "call_to_action_list", [{"call_to_action": "BUY"}]),
    ("ad/create/", "call_to_action_list", [{"call_to_action": "LEARN_MORE"}]),
    ("ad/create/", "landing_page_url_list", [{"landing_page_url": "https://example.com/"}] * 2),
    ("ad/create/", "landing_page_url_list", [{"landing_page_url": "example.com"}]),
    ("ad/create/", "page_list", [{"page_id": "1"}]),
    ("ad/create/", "interactive_add_on_list", [{"card_id": "1"}]),
    ("ad/create/", "ad_configuration", {}),
    ("ad/create/", "ad_configuration", {"call_to_action_id": "71", "dark_post_status": "YES"}),
    ("ad/create/", "ad_configuration", {"call_to_action_id": "71", "utm_params": [{"key": "a", "value": "b"}] * 15}),
    ("ad/update/", "creative_list", []),
    ("ad/update/", "ad_text_list", []),
    ("ad/update/", "landing_page_url_list", []),
    ("ad/update/", "adgroup_id", GROUP),
    ("ad/update/", "operation_status", "DISABLE"),
    ("ad/status/update/", "operation_status", "PAUSE"),
    ("ad/material_status/update/", "operation_status", "DELETE"),
    ("ad/material_status/update/", "ad_material_ids", [CREATIVE]),
    ("material_report/overview/", "dimensions", '["main_material_id"]'),
    ("material_report/overview/", "metrics", '["reach"]'),
    ("material_report/overview/", "page_size", "101"),
    ("material_report/overview/", "end_date", "2026-06-02"),
    ("material_report/breakdown/", "dimensions", '["smart_plus_ad_id", "main_material_id"]'),
    ("material_report/breakdown/", "dimensions", '["main_material_id", "stat_time_day", "stat_time_week"]'),
    ("material_report/breakdown/", "dimensions", '["stat_time_day"]'),
    ("material_report/breakdown/", "metrics", '["frequency"]'),
    ("material_report/breakdown/", "filtering", json.dumps({"main_material_types": ["POST"]})),
    ("material_report/breakdown/", "filtering", json.dumps({"campaign_ids": ["1"], "adgroup_ids": ["2"]})),
    ("material_report/breakdown/", "filtering", json.dumps({"main_material_ids": ["1"]})),
]
WRONG_INFO: list[tuple[str, object, str]] = [
    ("ad_format", "SINGLE_IMAGE", "ad_format"),
    ("ad_format", None, "ad_format: Missing"),
    ("video_info", None, "video_info: Missing"),
    ("image_info", [{"web_uri": "i9"}], "image_info.web_uri"),
    ("tiktok_item_id", "73", "video_info: does not go with tiktok_item_id"),
    ("identity_type", None, "identity_type: Missing"),
    ("identity_type", "ME", "identity_type"),
    ("identity_type", "BC_AUTH_TT", "identity_authorized_bc_id: Missing"),
    ("identity_type", "AUTH_CODE", "identity_type: AUTH_CODE is for posts only"),
    ("identity_type", "CUSTOMIZED_USER", "identity_type: CUSTOMIZED_USER is not supported on TikTok"),
    ("identity_id", None, "identity_id: Missing"),
    ("aigc_disclosure_type", "YES", "aigc_disclosure_type"),
    ("material_name", "", "material_name: is not a field of this call"),
]
TOO_MANY: list[tuple[str, dict[str, Any]]] = [
    ("campaign/get/", {"filtering": json.dumps({"campaign_ids": ["1"] * 101})}),
    ("adgroup/get/", {"filtering": json.dumps({"adgroup_ids": ["1"] * 101})}),
    ("ad/get/", {"filtering": json.dumps({"smart_plus_ad_ids": ["1"] * 101})}),
    ("campaign/status/update/", {"campaign_ids": ["1"] * 21}),
    ("ad/status/update/", {"smart_plus_ad_ids": ["1"] * 21}),
    ("ad/material_status/update/", {"ad_material_ids": ["1"] * 21}),
]
