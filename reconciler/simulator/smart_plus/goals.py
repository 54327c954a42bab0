"""Objective, place and goal of an ad group: what goes with what (3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reconciler.simulator.marketing.shapes import MISSING, wrong
from reconciler.simulator.smart_plus.words import TO_MESSAGES
from reconciler.simulator.wire import Json

REQUIRED, OPTIONAL, FORBIDDEN = "required", "optional", "not allowed"


@dataclass(frozen=True)
class Goal:
    """What an optimization goal asks of an ad group."""

    pixel: str = FORBIDDEN
    event: str = FORBIDDEN
    events: tuple[str, ...] = ()
    """The only events it takes; none named means any."""
    price: str = "conversion_bid_price"
    """The bid that BID_TYPE_CUSTOM needs."""


CLICK = Goal(price="bid_price")
LANDING = Goal()
CONVERT = Goal(pixel=REQUIRED, event=REQUIRED)
WEB = {
    "CLICK": CLICK,
    "CONVERT": CONVERT,
    "TRAFFIC_LANDING_PAGE_VIEW": LANDING,
    "VALUE": Goal(pixel=REQUIRED, event=REQUIRED, events=("SHOPPING",)),
}
APP = {
    "CLICK": CLICK,
    "INSTALL": Goal(),
    "IN_APP_EVENT": Goal(event=REQUIRED),
    "VALUE": Goal(event=REQUIRED, events=("ACTIVE_PAY", "AD_REVENUE_VALUE")),
}
FORM = {"LEAD_GENERATION": Goal()}
LEAD_SITE = {"CONVERT": CONVERT, "CLICK": CLICK, "TRAFFIC_LANDING_PAGE_VIEW": LANDING}
MESSAGES = {"CONVERSATION": Goal(), "CLICK": CLICK}
# What the sheet says nothing of takes anything.
MINI = {"VALUE": Goal(event=OPTIONAL)}
TRAFFIC = {"CLICK": CLICK, "TRAFFIC_LANDING_PAGE_VIEW": LANDING}
APPS = ("APP_ANDROID", "APP_IOS")
LEAST_ROAS, MOST_ROAS = Decimal("0.01"), 1000
_PROMOTED = {
    "WEB_CONVERSIONS": ("WEBSITE",),
    "APP_PROMOTION": APPS,
    "LEAD_GENERATION": ("LEAD_GENERATION", *TO_MESSAGES),
    "TRAFFIC": ("WEBSITE", *APPS),
}


def check(campaign: Mapping[str, Json], told: Mapping[str, Any]) -> None:
    """ApiFailure for what the table of 3.2 does not have."""
    _check_promotion(campaign, told)
    goals = _goals(campaign, told)
    name = told["optimization_goal"]
    if name not in goals:
        raise wrong("optimization_goal", f"must be one of {', '.join(goals)} here")
    billed = "CPC" if name == "CLICK" else "OCPM"
    if told["billing_event"] != billed:
        raise wrong("billing_event", f"must be {billed} with {name}")
    goal = goals[name]
    for field, rule in (("pixel_id", goal.pixel), ("optimization_event", goal.event)):
        if rule == REQUIRED and field not in told:
            raise wrong(field, MISSING)
        if rule == FORBIDDEN and field in told:
            raise wrong(field, f"is not allowed with {name}")
    if goal.events and told["optimization_event"] not in goal.events:
        raise wrong("optimization_event", f"must be one of {', '.join(goal.events)} with {name}")
    if "custom_conversion_id" in told and name not in ("CONVERT", "IN_APP_EVENT"):
        raise wrong("custom_conversion_id", f"is not allowed with {name}")
    _check_app(campaign, told)
    _check_bid(campaign, told, goal)


def _check_promotion(campaign: Mapping[str, Json], told: Mapping[str, Any]) -> None:
    promotion, objective = told["promotion_type"], campaign.get("objective_type")
    allowed: tuple[str, ...] = _PROMOTED.get(str(objective), ())
    if objective == "WEB_CONVERSIONS" and campaign.get("sales_destination") == "APP":
        allowed = APPS
    if campaign.get("app_promotion_type") == "MINIS":
        allowed = ("MINI_APP", "MINI_GAME")
    if allowed and promotion not in allowed:
        raise wrong("promotion_type", f"must be one of {', '.join(allowed)} here")
    # The sheet derives which target goes with which promotion; the page asks for one with LEAD_GENERATION.
    if promotion == "LEAD_GENERATION" and "promotion_target_type" not in told:
        raise wrong("promotion_target_type", MISSING)
    if promotion != "LEAD_GENERATION" and "promotion_target_type" in told:
        raise wrong("promotion_target_type", f"is not allowed with {promotion}")


def _goals(campaign: Mapping[str, Json], told: Mapping[str, Any]) -> Mapping[str, Goal]:
    promotion = told["promotion_type"]
    if campaign.get("objective_type") == "TRAFFIC":
        return TRAFFIC
    if promotion in ("MINI_APP", "MINI_GAME"):
        return MINI
    if promotion in TO_MESSAGES:
        return MESSAGES
    if promotion == "LEAD_GENERATION":
        return FORM if told["promotion_target_type"] == "INSTANT_PAGE" else LEAD_SITE
    return APP if promotion in APPS else WEB


def _check_app(campaign: Mapping[str, Json], told: Mapping[str, Any]) -> None:
    minis = campaign.get("app_promotion_type") == "MINIS"
    if minis and "minis_id" not in told:
        raise wrong("minis_id", MISSING)
    if told["promotion_type"] in APPS and campaign.get("campaign_type") != "IOS14_CAMPAIGN" and "app_id" not in told:
        raise wrong("app_id", MISSING)
    # A goal of VALUE for apps wants its placements sent; Minis run on TikTok alone (1.2, 3.2).
    value = told["promotion_type"] in APPS and told["optimization_goal"] == "VALUE"
    if value and told["promotion_type"] != "APP_ANDROID":
        raise wrong("optimization_goal", "VALUE goes with APP_ANDROID only")
    if (minis or value) and "placements" not in told:
        raise wrong("placements", MISSING)


def _check_bid(campaign: Mapping[str, Json], told: Mapping[str, Any], goal: Goal) -> None:
    name, bid, deep = told["optimization_goal"], told["bid_type"], told.get("deep_bid_type")
    if name == "VALUE":
        if bid != "BID_TYPE_NO_BID":
            raise wrong("bid_type", "must be BID_TYPE_NO_BID with VALUE")
        if deep is None:
            raise wrong("deep_bid_type", MISSING)
        if deep == "VO_MIN_ROAS":
            _check_roas(told)
    elif bid == "BID_TYPE_CUSTOM":
        if name == "TRAFFIC_LANDING_PAGE_VIEW" and campaign.get("catalog_enabled") is True:
            raise wrong("bid_type", "must be BID_TYPE_NO_BID with a catalog and this goal")
        if goal.price not in told or not told[goal.price].value:
            raise wrong(goal.price, MISSING)


def _check_roas(told: Mapping[str, Any]) -> None:
    if "roas_bid" not in told:
        raise wrong("roas_bid", MISSING)
    if not LEAST_ROAS <= told["roas_bid"].value <= MOST_ROAS:
        raise wrong("roas_bid", "must be from 0.01 to 1000")
