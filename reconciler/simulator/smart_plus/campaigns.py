"""Campaigns of Smart+: create and update (1.1, 3.1, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.simulator.kinds import CAMPAIGN
from reconciler.simulator.marketing.births import change
from reconciler.simulator.marketing.campaigns import LEAST
from reconciler.simulator.marketing.money import DAY, DYNAMIC, INFINITE, TOTAL, check_budget, check_change
from reconciler.simulator.marketing.shapes import (
    MISSING,
    OPERATION,
    OWNER,
    UPGRADED,
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
from reconciler.simulator.smart_plus.access import birth_status, check_allowlist, check_name, fields_of, find, once
from reconciler.simulator.smart_plus.readback import wire
from reconciler.simulator.smart_plus.words import APP_PROMOTIONS, CATALOGS, DESTINATIONS, THREE
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

WITH_CBO, WITHOUT_CBO = (DYNAMIC, TOTAL), (INFINITE, DAY, TOTAL)
"""Budget modes, the default first."""
CREATE = (
    OWNER,
    Field("request_id", Type.KEY, required=True),
    title("campaign_name", required=True),
    text("objective_type", required=True),
    text("app_promotion_type", *APP_PROMOTIONS),
    text("sales_destination", *DESTINATIONS),
    OPERATION,
    flag("budget_optimize_on"),
    text("budget_mode", DYNAMIC, TOTAL, INFINITE, DAY),
    number("budget"),
    text("budget_auto_adjust_strategy", "AUTO_BUDGET_INCREASE"),
    text("campaign_type", "REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"),
    one_id("app_id"),
    flag("catalog_enabled"),
    text("catalog_type", *CATALOGS),
    texts("special_industries", "HOUSING", "EMPLOYMENT", "CREDIT"),
    text("po_number"),
    flag("is_search_campaign"),
    flag("disable_skan_campaign"),
    *anything(
        "postback_window_mode", "campaign_app_profile_page_state", "gaming_ad_compliance_agreement",
        "is_promotional_campaign", "rta_id", "rta_bid_enabled", "rta_product_selection_enabled",
    ),
)  # fmt: skip
UPDATE = (
    OWNER,
    one_id("campaign_id", required=True),
    title("campaign_name"),
    number("budget"),
    text("po_number"),
    text("budget_auto_adjust_strategy", "AUTO_BUDGET_INCREASE"),
)


def create(call: Call) -> Json:
    """A new campaign; the whole of it is the answer."""
    return wire(call, once(call, CAMPAIGN, lambda: _born(call)))


def _born(call: Call) -> Row:
    check_allowlist(call)
    told = dict(call.params)
    _check_objective(call, told)
    told.setdefault("budget_optimize_on", True)
    modes = WITH_CBO if told["budget_optimize_on"] else WITHOUT_CBO
    mode = told.setdefault("budget_mode", modes[0])
    if mode not in modes:
        state = "on" if told["budget_optimize_on"] else "off"
        raise wrong("budget_mode", f"must be one of {', '.join(modes)} here (budget_optimize_on is {state})")
    if mode == INFINITE:
        told.pop("budget", None)
    elif "budget" not in told:
        raise wrong("budget", MISSING)
    else:
        check_budget(call, told["budget"], LEAST)
    name, guarded = told["campaign_name"], call.settings.sp_unique_names
    check_name(call, CAMPAIGN, None, name, guarded=guarded)
    fields = {**fields_of(told, CAMPAIGN), "campaign_automation_type": UPGRADED}
    return call.world.create(
        CAMPAIGN, call.owner, None, name, fields, call.now, status=birth_status(call), guarded=False
    )


def _check_objective(call: Call, told: Mapping[str, Any]) -> None:
    objective = told["objective_type"]
    allowed = THREE if call.settings.sp_objectives == "three" else (*THREE, "TRAFFIC")
    if objective not in allowed:
        raise wrong("objective_type", f"must be one of {', '.join(allowed)}")
    for name, wanted in (("app_promotion_type", "APP_PROMOTION"), ("sales_destination", "WEB_CONVERSIONS")):
        if objective == wanted and name not in told:
            raise wrong(name, MISSING)
        if objective != wanted and name in told:
            raise wrong(name, f"goes with {wanted} only")
    catalog = told.get("catalog_enabled") is True
    if catalog and objective == "APP_PROMOTION":
        raise wrong("catalog_enabled", "goes with WEB_CONVERSIONS and LEAD_GENERATION only")
    if told.get("sales_destination") == "APP" and not catalog:
        raise wrong("catalog_enabled", "must be true with sales_destination APP")
    for_ios = told.get("campaign_type") == "IOS14_CAMPAIGN"
    if for_ios and "app_id" not in told:
        raise wrong("app_id", MISSING)
    if "app_id" in told and not for_ios:
        raise wrong("app_id", "goes with IOS14_CAMPAIGN only; otherwise the ad group has it")
    if told.get("is_search_campaign") is True and told.get("budget_optimize_on", True):
        raise wrong("is_search_campaign", "goes with budget_optimize_on false only")


def update(call: Call) -> Json:
    """Changes what is sent; the whole campaign is the answer."""
    check_allowlist(call)
    row = find(call, CAMPAIGN, call.params["campaign_id"])
    names = ("budget", "po_number", "budget_auto_adjust_strategy")
    fields = {name: call.params[name] for name in names if name in call.params}
    if "budget" in fields:
        mode = row.fields.get("budget_mode")
        if mode == INFINITE or mode is None:
            raise wrong("budget", f"goes with another budget_mode than {INFINITE}")
        # Whether a limit over ad groups may be changed is not said (1.1); that it must stay above 105 % of what is
        # spent is assumed (3.1).
        check_budget(call, fields["budget"], LEAST)
        check_change(call, row, mode, fields["budget"])
    name = call.params.get("campaign_name")
    if name != row.name and name is not None:
        check_name(call, CAMPAIGN, None, name, guarded=call.settings.sp_unique_names)
    return wire(call, change(call, row, name, fields, guarded=False))


ENDPOINTS = (
    endpoint("POST", "smart_plus/campaign/create/", CREATE, create),
    endpoint("POST", "smart_plus/campaign/update/", UPDATE, update),
)
