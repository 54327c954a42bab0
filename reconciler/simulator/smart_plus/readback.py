"""How Smart+ gives its objects back: no nulls, zeros, and much that nobody sent (1.1 to 1.3, 6)."""

from __future__ import annotations

from typing import Any

from reconciler.simulator.answers import wire_id
from reconciler.simulator.clock import stamp, unstamp
from reconciler.simulator.kinds import ADGROUP, CAMPAIGN, SMART_AD
from reconciler.simulator.marketing.defaults import ALWAYS_ON
from reconciler.simulator.marketing.money import INFINITE
from reconciler.simulator.marketing.readback import MONEY, TEN_YEARS, amount, campaign_of, has_cbo
from reconciler.simulator.marketing.secondary import secondary_status
from reconciler.simulator.rules import Call
from reconciler.simulator.smart_plus import bag
from reconciler.simulator.smart_plus.targeting import shown
from reconciler.simulator.smart_plus.words import PLACEMENTS
from reconciler.simulator.wire import Json, Number
from reconciler.simulator.world import Row

_ZERO = Number("0.0")
CAMPAIGN_FIELDS: dict[str, Json] = {
    "objective_type": None,
    "app_promotion_type": None,
    "sales_destination": None,
    "budget_optimize_on": True,
    "budget_mode": None,
    "budget": _ZERO,
    "current_budget": None,
    "budget_auto_adjust_strategy": None,
    "campaign_type": "REGULAR_CAMPAIGN",
    "app_id": None,
    "bid_align_type": None,
    "catalog_enabled": False,
    "catalog_type": None,
    "special_industries": None,
    "po_number": None,
    "is_advanced_dedicated_campaign": False,
    "disable_skan_campaign": None,
    "postback_window_mode": None,
    "campaign_app_profile_page_state": None,
    "gaming_ad_compliance_agreement": None,
    "is_promotional_campaign": None,
    "is_search_campaign": None,
    "rta_id": None,
    "rta_bid_enabled": None,
    "rta_product_selection_enabled": None,
    "smart_plus_adgroup_mode": "MULTIPLE",
}
"""The fields of a campaign, with what each is where nothing was sent; None is left out."""
_UNSET_ADGROUP = (
    "promotion_type", "promotion_target_type", "optimization_goal", "billing_event", "pixel_id", "optimization_event",
    "custom_conversion_id", "app_id", "minis_id", "app_config", "deep_bid_type", "vbo_window", "min_budget",
    "schedule_type", "schedule_start_time", "schedule_end_time", "placements", "engaged_view_attribution_window",
    "identity_type", "identity_id", "identity_authorized_bc_id", "messaging_app_type", "messaging_app_account_id",
    "phone_info", "catalog_id", "catalog_authorized_bc_id", "is_lhf_compliance",
    "search_keywords", "automated_keywords_enabled", "deep_funnel_optimization_event", "deep_funnel_event_source",
    "deep_funnel_event_source_id", "movie_premiere_date",
)  # fmt: skip
ADGROUP_FIELDS: dict[str, Json] = {
    **dict.fromkeys(_UNSET_ADGROUP),
    "bid_type": "BID_TYPE_NO_BID",
    "bid_price": _ZERO,
    "conversion_bid_price": _ZERO,
    "roas_bid": _ZERO,
    "budget_mode": None,
    "budget": _ZERO,
    "dayparting": ALWAYS_ON,
    "pacing": "PACING_MODE_SMOOTH",
    "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
    "targeting_optimization_mode": "AUTOMATIC",
    "suggestion_audience_enabled": False,
    "targeting_spec": None,
    "click_attribution_window": "SEVEN_DAYS",
    "view_attribution_window": "ONE_DAY",
    "attribution_event_count": "EVERY",
    "comment_disabled": False,
    "share_disabled": False,
    "video_download_disabled": False,
    "is_hfss": False,
    "deep_funnel_toggle": None,
    "brand_safety_type": "NO_BRAND_SAFETY",
    "promotion_website_type": "UNSET",
    "product_source": "UNSET",
    "search_result_enabled": True,
    "skip_learning_phase": True,
}
LISTS = (
    "ad_text_list", "call_to_action_list", "landing_page_url_list", "page_list", "deeplink_list",
    "interactive_add_on_list",
)  # fmt: skip
"""The lists of an ad beside its creatives."""
AD_FIELDS: dict[str, Json] = {
    **{name: [] for name in LISTS},
    "ad_configuration": {},
    **dict.fromkeys(("custom_product_page_list", "playable_list", "auto_message_list", "disclaimer", "deeplink_type")),
}
KNOWN = {
    "campaign": tuple(name for name in CAMPAIGN_FIELDS if name != "current_budget"),
    "adgroup": (*(name for name in ADGROUP_FIELDS if name != "deep_funnel_toggle"), "deep_funnel_optimization_status"),
    "smart_plus_ad": (*AD_FIELDS, "creative_list"),
}
"""What an object may hold, for whoever loads or edits one."""


def wire(call: Call, row: Row, wanted: list[str] | None = None) -> dict[str, Json]:
    """An object as the calls of Smart+ show it; `wanted` limits its keys."""
    told = {**_head(call, row), **_BY_KIND[row.kind](call, row), **_state(call, row)}
    return {name: value for name, value in told.items() if value is not None and (not wanted or name in wanted)}


def _head(call: Call, row: Row) -> dict[str, Json]:
    told: dict[str, Json] = {"advertiser_id": wire_id(call, row.owner)}
    line = [row]
    while line[-1].parent is not None:
        line.append(call.world.row(line[-1].parent))
    for one in reversed(line):
        told |= {one.kind.id_field: wire_id(call, one.id), one.kind.name_field: one.name}
    return told


def _state(call: Call, row: Row) -> dict[str, Json]:
    told: dict[str, Json] = {"operation_status": row.status, "secondary_status": secondary_status(call, row)}
    return {**told, "create_time": stamp(row.created), "modify_time": stamp(row.modified)}


def _filled(call: Call, row: Row, defaults: dict[str, Json]) -> dict[str, Any]:
    told = dict(defaults)
    for name in told:
        value = row.fields.get(name)
        told[name] = told[name] if value is None else value
        if name in MONEY and isinstance(told[name], Number):
            told[name] = amount(call, told[name])
    return told


def _campaign(call: Call, row: Row) -> dict[str, Json]:
    told = _filled(call, row, CAMPAIGN_FIELDS)
    if told["budget_mode"] == INFINITE:
        told["budget"] = amount(call, _ZERO)
    if told["budget_auto_adjust_strategy"]:
        told["current_budget"] = told["budget"]
    if told["objective_type"] == "APP_PROMOTION":
        told["bid_align_type"] = "SKAN" if told["campaign_type"] == "IOS14_CAMPAIGN" else "SAN"
    return told


def _adgroup(call: Call, row: Row) -> dict[str, Json]:
    told = _filled(call, row, ADGROUP_FIELDS)
    if has_cbo(campaign_of(call, row)):
        told["budget"], told["budget_mode"] = amount(call, _ZERO), INFINITE
    if told["placement_type"] == "PLACEMENT_TYPE_AUTOMATIC":
        told["placements"] = list(PLACEMENTS)
    if len(set(told["dayparting"])) == 1:
        told["dayparting"] = ALWAYS_ON
    if told["schedule_type"] == "SCHEDULE_FROM_NOW" and told["schedule_start_time"]:
        # As the manual family has it; the fact sheet assumes the same here (6).
        told["schedule_end_time"] = stamp(unstamp(told["schedule_start_time"]) + TEN_YEARS)
    if told["optimization_goal"] == "TRAFFIC_LANDING_PAGE_VIEW":
        told["optimization_event"] = "LANDING_PAGE_VIEW"
    told["deep_funnel_toggle"] = row.fields.get("deep_funnel_optimization_status")
    told["targeting_spec"] = shown(row)
    return told


def _ad(call: Call, row: Row) -> dict[str, Json]:
    told = _filled(call, row, AD_FIELDS)
    told["ad_configuration"] = _configuration(row.fields.get("ad_configuration") or {})
    told["creative_list"] = [_creative(call, one) for one in bag.chosen(call.world, row)]
    return told


def _configuration(kept: dict[str, Json]) -> dict[str, Json]:
    told: dict[str, Json] = {"tracking_info": {}, "utm_params": [], **kept}
    return {name: value for name, value in told.items() if value is not None}


def _creative(call: Call, row: Row) -> dict[str, Json]:
    info: dict[str, Json] = {"material_name": "", **row.fields["creative_info"]}
    if "video_info" in info:
        info["video_info"] = {"file_name": "", **info["video_info"]}
    if info.get("identity_type") == "TT_USER":
        info.setdefault("identity_authorized_bc_id", "0")
    told: dict[str, Json] = {"ad_material_id": wire_id(call, row.fields["ad_material_id"])}
    if call.settings.sp_creative_id:
        told["smart_plus_creative_id"] = wire_id(call, row.id)
    return {**told, "material_operation_status": row.status, "creative_info": info}


_BY_KIND = {CAMPAIGN: _campaign, ADGROUP: _adgroup, SMART_AD: _ad}
