"""A value for every field of interface.md §2.1, another one, and what the platform lets be done with it afterwards.

What is fixed is from the fact sheet, §3.7, and not from the bindings that are tested with it.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.stories.marketing.scene import Fields, day

HALF, OTHER_HALF = f'"{"1" * 168}{"0" * 168}"', f'"{"0" * 168}{"1" * 168}"'


class Sample(NamedTuple):
    """How a field is tried. `also`: what else the manifest says; `then`: what goes along with the second value."""

    first: object
    second: object
    fixed: bool = False
    needed: bool = False
    """It cannot be left out."""
    also: Fields = {}  # noqa: RUF012 - nobody changes it
    then: Fields = {}  # noqa: RUF012
    with_it: tuple[str, ...] = ()
    """What can only be left out together with it."""
    campaign: Fields = {}  # noqa: RUF012
    """What its campaign says."""
    adgroup: Fields = {}  # noqa: RUF012
    """What its ad group says."""


def fixed(first: object, second: object, **how: object) -> Sample:
    """A field that cannot be changed after creation."""
    return Sample(first, second, fixed=True, **how)  # type: ignore[arg-type]


_BID: Fields = {"bid_type": "BID_TYPE_CUSTOM"}
_CONVERT: Fields = {"optimization_goal": "CONVERT", "billing_event": "OCPM"}
_WINDOWS: Fields = {"click_attribution_window": "SEVEN_DAYS", "view_attribution_window": "ONE_DAY"}
_NORMAL: Fields = {"placement_type": "PLACEMENT_TYPE_NORMAL"}
_ENDS: Fields = {"schedule_type": "SCHEDULE_START_END", "schedule_end_time": day(30)}

CAMPAIGN = {
    "campaign_name": Sample("Spring", "Spring & Summer"),
    "objective_type": fixed("TRAFFIC", "REACH", needed=True),
    "budget_mode": fixed("BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", needed=True),
    "budget": Sample("100", "120.50", needed=True),
    "budget_optimize_on": fixed("true", "false"),
    "app_promotion_type": fixed(
        "APP_INSTALL", "APP_RETARGETING", needed=True, also={"objective_type": "APP_PROMOTION"}
    ),
    "app_id": fixed('"11"', '"12"'),
    "special_industries": Sample("[HOUSING, EMPLOYMENT]", "[]"),
    "campaign_type": fixed("REGULAR_CAMPAIGN", "IOS14_CAMPAIGN", also={"app_id": '"11"'}),
    "po_number": Sample("PO-1", "PO-2"),
    "status": Sample("ENABLE", "DISABLE"),
}
ADGROUP = {
    "campaign": fixed("one", "two", needed=True),
    "adgroup_name": Sample("Adults", "Grown-ups"),
    "placement_type": fixed(
        "PLACEMENT_TYPE_NORMAL", "PLACEMENT_TYPE_AUTOMATIC",
        also={"placements": "[PLACEMENT_TIKTOK]"}, then={"placements": None},
    ),
    "placements": fixed("[PLACEMENT_TIKTOK]", "[PLACEMENT_PANGLE, PLACEMENT_TIKTOK]", needed=True, also=_NORMAL),
    "budget_mode": fixed("BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", needed=True),
    "budget": Sample("20", "30.25", needed=True),
    "promotion_type": fixed("WEBSITE", "APP_ANDROID", campaign={"objective_type": "REACH"}),
    "optimization_goal": fixed("CLICK", "PAGE_VISIT", needed=True),
    "billing_event": fixed("CPM", "GD", needed=True, also={"optimization_goal": "REACH"}),
    "bid_type": Sample("BID_TYPE_NO_BID", "BID_TYPE_CUSTOM", also={"bid_price": "1.50"}),
    "bid_price": Sample("1.50", "2", also=_BID, with_it=("bid_type",)),
    "conversion_bid_price": Sample("5", "6.10", also={**_BID, **_CONVERT}, with_it=("bid_type",)),
    "pacing": Sample("PACING_MODE_SMOOTH", "PACING_MODE_FAST", needed=True),
    "schedule_type": Sample(
        "SCHEDULE_FROM_NOW", "SCHEDULE_START_END", needed=True, then={"schedule_end_time": day(30)}
    ),
    "schedule_start_time": Sample(day(1), day(2), needed=True),
    "schedule_end_time": Sample(day(30), day(31), needed=True, also=_ENDS),
    "dayparting": Sample(HALF, OTHER_HALF),
    "location_ids": Sample('["6252001", "2635167"]', '["2635167", "2921044"]', needed=True),
    "zipcode_ids": Sample('["10001"]', '["10002", "10001"]'),
    "age_groups": Sample("[AGE_25_34, AGE_18_24]", "[AGE_18_24]"),
    "gender": Sample("GENDER_FEMALE", "GENDER_MALE"),
    "languages": Sample("[en, de]", "[fr]"),
    "operating_systems": Sample("[ANDROID]", "[IOS]"),
    "interest_category_ids": Sample('["15", "14"]', '["14", "16"]'),
    "audiences": Sample("[Audience 1]", "[Audience 2, Audience 1]"),
    "excluded_audiences": Sample("[Audience 3]", "[Audience 2]"),
    "frequency": Sample("3", "4", also={"frequency_schedule": "7"}),
    "frequency_schedule": Sample("7", "14", also={"frequency": "3"}),
    "pixel_id": fixed('"71"', '"72"'),
    "optimization_event": fixed("SHOPPING", "FORM"),
    "app_id": fixed('"11"', '"12"'),
    "identity_id": fixed('"77"', '"78"'),
    "identity_type": fixed("TT_USER", "AUTH_CODE"),
    "click_attribution_window": fixed("SEVEN_DAYS", "ONE_DAY", also=_WINDOWS, with_it=("view_attribution_window",)),
    "view_attribution_window": fixed("ONE_DAY", "SEVEN_DAYS", also=_WINDOWS, with_it=("click_attribution_window",)),
    "comment_disabled": Sample("true", "false"),
    "share_disabled": Sample("true", "false"),
    "video_download_disabled": fixed("true", "false"),
    "brand_safety_type": Sample("STANDARD_INVENTORY", "EXPANDED_INVENTORY"),
    "status": Sample("ENABLE", "DISABLE"),
}  # fmt: skip
_PANGLE: Fields = {"placement_type": "PLACEMENT_TYPE_NORMAL", "placements": "[PLACEMENT_PANGLE]"}
_POST: Fields = {"identity_type": "TT_USER", "video": None}
AD = {
    "adgroup": fixed("one", "two", needed=True),
    "ad_name": Sample("Hero", "Hero & friends"),
    "ad_format": Sample("SINGLE_VIDEO", "SINGLE_IMAGE", needed=True, also={"image_ids": "[i1]"}),
    "landing_page_url": Sample(
        "https://example.com/a", "https://example.com/b?x=1&y=2", adgroup={"promotion_type": "APP_ANDROID"}
    ),
    "identity_type": Sample("TT_USER", "AUTH_CODE", needed=True),
    "identity_id": Sample('"77"', '"78"', needed=True),
    "identity_authorized_bc_id": Sample('"5"', '"6"', also={"identity_type": "TT_USER"}),
    "video": Sample('{video_id: "v1"}', '{video_id: "v2"}', needed=True),
    "image_ids": Sample("[i1]", "[i2]"),
    "tiktok_item_id": Sample('"9"', '"10"', needed=True, also=_POST),
    "ad_text": Sample("Play now", 'Play "now" – today'),
    "call_to_action": Sample("LEARN_MORE", "SHOP_NOW"),
    "call_to_action_id": Sample('"31"', '"32"'),
    "display_name": Sample("The shop", "The other shop"),
    "app_name": Sample("Puzzle", "Puzzle 2"),
    "utm_params": Sample("[{key: a, value: x}, {key: b, value: z}]", "[{key: a, value: w}]"),
    "tracking_pixel_id": Sample('"71"', '"72"'),
    "aigc_disclosure_type": Sample(
        "SELF_DISCLOSURE", "NOT_DECLARED", also={"identity_type": "CUSTOMIZED_USER"}, adgroup=_PANGLE
    ),
    "dark_post_status": Sample("ON", "OFF"),
    "status": Sample("ENABLE", "DISABLE"),
}
MARKETING = {"campaign": CAMPAIGN, "adgroup": ADGROUP, "ad": AD}
OPENAPI = {
    "campaign": {
        "campaign_name": Sample("Spring", "Summer"),
        "objective_type": fixed("TRAFFIC", "CONVERSIONS", needed=True),
        "budget_mode": fixed("BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", needed=True),
        "budget": Sample("100", "120.50"),
        "status": Sample("ENABLE", "DISABLE"),
    },
    "adgroup": {
        "campaign": fixed("one", "two", needed=True),
        "adgroup_name": fixed("Adults", "Grown-ups"),
        "placement_type": fixed("PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL", needed=True),
        "budget_mode": fixed("BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"),
        "budget": fixed("20", "30"),
    },
    "ad": {
        "adgroup": fixed("one", "two", needed=True),
        "ad_name": fixed("Hero", "Hero 2"),
        "ad_format": fixed("SINGLE_VIDEO", "SINGLE_IMAGE", needed=True),
        "landing_page_url": fixed("https://example.com/a", "https://example.com/b"),
    },
}
