"""AdGroup: where and to whom the ads of a campaign are shown.

The fields of every contract; which of them a contract takes and requires is the contract's to say.
"""

from __future__ import annotations

from typing import Annotated, Literal

from reconciler.kinds.document import ObjectManifest, Spec, unset
from reconciler.kinds.fields import (
    ApiName,
    Boolean,
    ByName,
    Dayparting,
    Id,
    Ids,
    Integer,
    LocationIds,
    Moment,
    Money,
    Name,
    Nested,
    Ratio,
    Reference,
    Several,
    Text,
    Texts,
    Unordered,
    Word,
    number_in,
)
from reconciler.kinds.targeting import TargetingSpec


class AdGroupSpec(Spec):
    """Fields of an ad group, under the API's own names."""

    campaign: Annotated[Name, Reference("campaign", nests=True)]
    """The `name` of a Campaign manifest."""
    adgroup_name: ApiName = unset()
    """The name in Ads Manager. Unset: the manifest's name, used at creation and never compared."""
    placement_type: Literal["PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL"] = unset()
    """Whether the platform picks the placements. Unset in `marketing`: PLACEMENT_TYPE_NORMAL; in `smart_plus`: it
    does."""
    placements: Annotated[
        list[Literal["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE", "PLACEMENT_GLOBAL_APP_BUNDLE"]], Several, Unordered()
    ] = unset()
    """Required with PLACEMENT_TYPE_NORMAL, and only there."""
    budget_mode: Literal["BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"] = unset()
    """Whether `budget` is spent per day or over the whole life; BUDGET_MODE_DYNAMIC_DAILY_BUDGET is not of `openapi`,
    BUDGET_MODE_DAY not of `smart_plus`. Required in both others, unless the campaign has `budget_optimize_on`."""
    budget: Money = unset()
    """The amount in the account's currency. But in `openapi` required, unless the campaign has `budget_optimize_on`,
    where it means nothing."""
    promotion_type: Word = unset()
    """What is promoted: WEBSITE, APP_ANDROID, APP_IOS, LEAD_GENERATION, … Required unless the objective is REACH,
    VIDEO_VIEWS, ENGAGEMENT or RF_REACH."""
    promotion_target_type: Literal["INSTANT_PAGE", "EXTERNAL_WEBSITE"] = unset()
    """Where a lead is taken, in `smart_plus`: required with promotion type LEAD_GENERATION."""
    optimization_goal: Word = unset()
    """What delivery is optimised for: CLICK, CONVERT, REACH, …"""
    billing_event: Literal["CPC", "OCPM", "CPM", "CPV", "GD"] = unset()
    """What is paid for; it must go with `optimization_goal`."""
    bid_type: Literal["BID_TYPE_NO_BID", "BID_TYPE_CUSTOM"] = unset()
    """Whether a bid is set. Required under a campaign with `budget_optimize_on`."""
    bid_price: Money = unset()
    """The bid with CPC, CPM and CPV; required with BID_TYPE_CUSTOM, below the budget."""
    conversion_bid_price: Money = unset()
    """The bid with OCPM; required with BID_TYPE_CUSTOM, below the budget."""
    deep_bid_type: Literal["VO_HIGHEST_VALUE", "VO_MIN_ROAS"] = unset()
    """How value is optimised, in `smart_plus`: required with goal VALUE."""
    roas_bid: Ratio = unset()
    """The least return on ad spend, 0.01 to 1000; required with VO_MIN_ROAS. One ad group's bid is that of all in its
    campaign."""
    vbo_window: Literal["SEVEN_DAYS", "ZERO_DAY"] = unset()
    """The days of value that count."""
    pacing: Literal["PACING_MODE_SMOOTH", "PACING_MODE_FAST"] = unset()
    """How fast the budget may be spent. Required, unless the campaign has `budget_optimize_on`."""
    schedule_type: Literal["SCHEDULE_FROM_NOW", "SCHEDULE_START_END"] = unset()
    """Whether delivery has an end."""
    schedule_start_time: Moment = unset()
    """UTC, at creation at most 12 hours ago; fixed once it has passed."""
    schedule_end_time: Moment = unset()
    """UTC; required with SCHEDULE_START_END, and only there."""
    dayparting: Dayparting = unset()
    """336 times 0 or 1: each half hour of the week, in the account's time. All equal means always."""
    location_ids: LocationIds = unset()
    """Regions by id; these or `zipcode_ids` are required, together at most 3,000."""
    zipcode_ids: Texts = unset()
    """Postal codes by id."""
    age_groups: Annotated[
        list[Literal["AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100"]],
        Several,
        Unordered(),
    ] = unset()
    """Unset: everybody."""
    gender: Literal["GENDER_UNLIMITED", "GENDER_MALE", "GENDER_FEMALE"] = unset()
    """Unset: everybody."""
    languages: Texts = unset()
    """Codes, such as en or "no"."""
    operating_systems: Annotated[list[Literal["ANDROID", "IOS"]], Several, Unordered()] = unset()
    """Unset: all."""
    interest_category_ids: Ids = unset()
    """Interests by id."""
    audiences: Annotated[Texts, ByName("audiences")] = unset()
    """Custom audiences to show the ads to: names, or ids in quotes."""
    excluded_audiences: Annotated[Texts, ByName("audiences")] = unset()
    """Custom audiences not to show the ads to: names, or ids in quotes."""
    frequency: Annotated[Integer, number_in(1, 1000)] = unset()
    """How often one person sees the ads within `frequency_schedule` days, with REACH."""
    frequency_schedule: Annotated[Integer, number_in(1, 30)] = unset()
    """Days in which `frequency` counts."""
    pixel_id: Id = unset()
    """The pixel that counts conversions, by its id; or `pixel`."""
    pixel: Annotated[Text, ByName("pixels", "pixel_id")] = unset()
    """The pixel by its name in the account, instead of `pixel_id`."""
    optimization_event: Word = unset()
    """The conversion event: SHOPPING, FORM, …"""
    custom_conversion_id: Id = unset()
    """A custom conversion, with goals CONVERT and IN_APP_EVENT."""
    app_id: Id = unset()
    """The promoted app, by its id; or `app`."""
    app: Annotated[Text, ByName("apps", "app_id")] = unset()
    """The app by its name in the account, instead of `app_id`."""
    identity_type: Literal["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"] = unset()
    """What kind of identity the ads come from."""
    identity_id: Text = unset()
    """Who the ads come from, by its id; or `identity`."""
    identity: Annotated[Text, ByName("identities", "identity_id", "identity_type")] = unset()
    """The identity by its name in the account, instead of `identity_id` and `identity_type`."""
    click_attribution_window: Word = unset()
    """Goes with `view_attribution_window`."""
    view_attribution_window: Word = unset()
    """Goes with `click_attribution_window`."""
    engaged_view_attribution_window: Word = unset()
    """Goes with the other two windows."""
    attribution_event_count: Word = unset()
    """EVERY or ONCE."""
    targeting_optimization_mode: Literal["AUTOMATIC", "MANUAL"] = unset()
    """Whether TikTok widens the targeting of `smart_plus`. Unset: AUTOMATIC."""
    suggestion_audience_enabled: Boolean = unset()
    """Whether AUTOMATIC takes ages, gender, audiences and interests as hints. Unset: false."""
    targeting_spec: Annotated[TargetingSpec, Nested()] = unset()
    """To whom the ads are shown in `smart_plus`, where no other field of targeting counts; required there."""
    deep_funnel_optimization_status: Literal["ON", "OFF"] = unset()
    """Whether a deeper event of the funnel is optimised for."""
    deep_funnel_event_source: Word = unset()
    """Where that event is measured."""
    deep_funnel_event_source_id: Id = unset()
    """What measures it."""
    deep_funnel_optimization_event: Word = unset()
    """The deeper event."""
    is_hfss: Boolean = unset()
    """Whether food high in fat, salt or sugar is advertised; with MANUAL targeting."""
    is_lhf_compliance: Boolean = unset()
    """Whether it complies with the rules for less healthy food; with `is_hfss`."""
    comment_disabled: Boolean = unset()
    """Whether people may not comment."""
    share_disabled: Boolean = unset()
    """Whether people may not share."""
    video_download_disabled: Boolean = unset()
    """Whether people may not download the video."""
    brand_safety_type: Word = unset()
    """NO_BRAND_SAFETY, STANDARD_INVENTORY, …"""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Unset: born paused, then left alone."""


class AdGroupManifest(ObjectManifest):
    """An ad group that should exist."""

    kind: Literal["AdGroup"]
    """AdGroup."""
    spec: AdGroupSpec
    """The ad group's fields."""
