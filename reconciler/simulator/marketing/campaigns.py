"""Campaigns: create and update (fact sheet, 1.1, 3.5 to 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.simulator.kinds import CAMPAIGN
from reconciler.simulator.marketing.births import born, change, changeable
from reconciler.simulator.marketing.money import DAY, DYNAMIC, INFINITE, TOTAL, check_budget, check_change
from reconciler.simulator.marketing.readback import wire
from reconciler.simulator.marketing.shapes import (
    MISSING,
    OPERATION,
    OWNER,
    anything,
    endpoint,
    flag,
    number,
    one_id,
    text,
    texts,
    title,
    wrong,
)
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json

OBJECTIVES = (
    "REACH", "TRAFFIC", "VIDEO_VIEWS", "ENGAGEMENT", "LEAD_GENERATION", "APP_PROMOTION", "WEB_CONVERSIONS",
    "PRODUCT_SALES", "RF_REACH",
)  # fmt: skip
STAYING = ("TRAFFIC", "REACH", "VIDEO_VIEWS", "ENGAGEMENT", "RF_REACH")
"""What can still be made by hand once manual creates end, by the reading `four` of the switch `manual_creates`."""
MODES = (DAY, TOTAL, DYNAMIC, INFINITE)
WITH_CBO = (TOTAL, DYNAMIC, DAY)
WITHOUT_CBO = (INFINITE, TOTAL, DAY)
LEAST = 50
LEAST_STORE = 10
CREATE = (
    OWNER,
    title("campaign_name", required=True),
    text("objective_type", *OBJECTIVES, required=True),
    text("app_promotion_type", "APP_INSTALL", "APP_RETARGETING", "APP_PREREGISTRATION", "APP_POSTS_PROMOTION"),
    text("virtual_objective_type", "SALES"),
    text("sales_destination", "TIKTOK_SHOP", "WEBSITE", "APP", "WEB_AND_APP"),
    text("budget_mode", *MODES),
    number("budget"),
    flag("budget_optimize_on"),
    OPERATION,
    Field("request_id", Type.KEY),
    text("campaign_type", "REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"),
    texts("special_industries", "HOUSING", "EMPLOYMENT", "CREDIT"),
    text("campaign_product_source", "CATALOG", "STORE"),
    one_id("app_id"),
    flag("catalog_enabled"),
    flag("is_search_campaign"),
    flag("is_advanced_dedicated_campaign"),
    flag("disable_skan_campaign"),
    text("rf_campaign_type", "STANDARD", "PULSE", "TIKTOK_NOW"),
    text("po_number"),
    *anything(
        "postback_window_mode", "rta_id", "rta_bid_enabled", "rta_product_selection_enabled",
        "campaign_app_profile_page_state", "bid_type", "deep_bid_type", "roas_bid", "optimization_goal",
    ),
)  # fmt: skip
UPDATE = (
    OWNER,
    one_id("campaign_id", required=True),
    title("campaign_name"),
    number("budget"),
    texts("special_industries"),
    text("po_number"),
)


def create(call: Call) -> Json:
    """A new campaign; the whole of it is the answer."""
    told = dict(call.params)
    _check_objective(call, told)
    told["budget_optimize_on"] = _cbo(call, told)
    if told["objective_type"] == "RF_REACH":
        told.setdefault("budget_mode", INFINITE)
    _check_budget(call, told)
    if told.get("campaign_product_source") == "CATALOG":
        told["catalog_enabled"] = True
    return wire(call, born(call, CAMPAIGN, None, told))


def _check_objective(call: Call, told: Mapping[str, Any]) -> None:
    objective = told["objective_type"]
    stops = call.settings.manual_creates
    if stops.endswith("_stop") or (stops == "four" and objective not in STAYING):
        raise wrong("objective_type", f"{objective} campaigns can no longer be created here; use /smart_plus/ calls")
    for name, wanted in (("app_promotion_type", "APP_PROMOTION"), ("campaign_product_source", "PRODUCT_SALES")):
        if objective == wanted and name not in told:
            raise wrong(name, MISSING)
    if told.get("campaign_type") == "IOS14_CAMPAIGN" and "app_id" not in told:
        raise wrong("app_id", MISSING)
    if ("virtual_objective_type" in told) != ("sales_destination" in told):
        raise wrong("sales_destination", "goes with virtual_objective_type SALES, and must then be there")


def _cbo(call: Call, told: Mapping[str, Any]) -> bool:
    guess = call.settings.cbo_default and told.get("budget_mode") in WITH_CBO
    chosen: bool = told.get("budget_optimize_on", guess)
    return chosen


def _check_budget(call: Call, told: Mapping[str, Any]) -> None:
    mode = told.get("budget_mode")
    if mode is None:
        raise wrong("budget_mode", MISSING)
    allowed: tuple[str, ...] = WITH_CBO if told["budget_optimize_on"] else WITHOUT_CBO
    if told["objective_type"] == "RF_REACH":
        allowed = (INFINITE,)
    if mode not in allowed:
        state = "on" if told["budget_optimize_on"] else "off"
        raise wrong("budget_mode", f"must be one of {', '.join(allowed)} here (budget_optimize_on is {state})")
    if mode == INFINITE:
        return
    if "budget" not in told:
        raise wrong("budget", MISSING)
    check_budget(call, told["budget"], _least(told))


def _least(told: Mapping[str, Any]) -> int:
    return LEAST_STORE if told.get("campaign_product_source") == "STORE" else LEAST


def update(call: Call) -> Json:
    """Changes what is sent; the whole campaign is the answer."""
    row = changeable(call, CAMPAIGN, call.params["campaign_id"])
    fields = {name: call.params[name] for name in ("budget", "special_industries", "po_number") if name in call.params}
    if fields.get("special_industries"):
        raise wrong("special_industries", "can only be cleared")
    if "budget" in fields:
        mode = row.fields.get("budget_mode")
        if mode == INFINITE or mode is None:
            raise wrong("budget", f"goes with another budget_mode than {INFINITE}")
        check_budget(call, fields["budget"], _least(row.fields))
        check_change(call, row, mode, fields["budget"])
    return wire(call, change(call, row, call.params.get("campaign_name"), fields))


ENDPOINTS = (
    endpoint("POST", "campaign/create/", CREATE, create),
    endpoint("POST", "campaign/update/", UPDATE, update),
)
