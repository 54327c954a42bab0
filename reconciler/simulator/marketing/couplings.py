"""What in an ad group goes with what: money, schedule, bid, places, and the campaign above (fact sheet, 1.2, 3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.simulator.clock import unstamp
from reconciler.simulator.kinds import ADGROUP
from reconciler.simulator.marketing.money import DAY, TOTAL, check_budget, check_whole
from reconciler.simulator.marketing.readback import has_cbo
from reconciler.simulator.marketing.shapes import MISSING, wrong
from reconciler.simulator.marketing.words import BILLED, WITHOUT_PROMOTION
from reconciler.simulator.rules import Call
from reconciler.simulator.world import Row

LEAST = 20
LEAST_STORE = 10
LATEST_START, LATEST_END = "2028-01-01 00:00:00", "2038-01-01 00:00:00"
PAST = 12 * 3600
SLOTS = 336
WINDOWS = ("click_attribution_window", "view_attribution_window")


@dataclass(frozen=True)
class Bond:
    """An ad group as it would be, and its campaign. `sent` are the parameters of an update."""

    campaign: Row
    told: Mapping[str, Any]
    new: bool
    sent: frozenset[str] = frozenset()


def check(call: Call, bond: Bond) -> None:
    """ApiFailure 40002 for what cannot be together. What an operator has loaded may lack anything."""
    told = bond.told
    _check_places(bond)
    if bond.new:
        objective = bond.campaign.fields.get("objective_type")
        if "promotion_type" not in told and objective not in WITHOUT_PROMOTION:
            raise wrong("promotion_type", MISSING)
        allowed = BILLED.get(told["optimization_goal"])
        if allowed and told["billing_event"] not in allowed:
            raise wrong("billing_event", f"must be {' or '.join(allowed)} with {told['optimization_goal']}")
        if len([name for name in WINDOWS if name in told]) == 1:
            raise wrong(WINDOWS[0], f"goes with {WINDOWS[1]} only")
    check_schedule(call, bond)
    if has_cbo(bond.campaign):
        _check_cbo(call, bond)
    else:
        _check_budget(call, bond)
    _check_bid(call, bond)


def _check_places(bond: Bond) -> None:
    told = bond.told
    chosen = told.get("placement_type", "PLACEMENT_TYPE_NORMAL") == "PLACEMENT_TYPE_NORMAL"
    if bond.new and chosen and "placements" not in told:
        raise wrong("placements", MISSING)
    places = [*told.get("location_ids", ()), *told.get("zipcode_ids", ())]
    if not places and (bond.new or bond.sent & {"location_ids", "zipcode_ids"}):
        raise wrong("location_ids", f"or zipcode_ids: {MISSING}")
    if len(places) > 3000:
        raise wrong("location_ids", "and zipcode_ids together must not hold more than 3000")
    if len(set(places)) < len(places):
        raise wrong("location_ids", "regions must not overlap")


def check_schedule(call: Call, bond: Bond) -> None:
    """ApiFailure for times, or hours of the week, that cannot be."""
    told = bond.told
    start, end = told.get("schedule_start_time"), told.get("schedule_end_time")
    if start is None:
        return
    if bond.new and unstamp(start) < call.now - PAST:
        raise wrong("schedule_start_time", "must not be more than 12 hours ago")
    if start > LATEST_START:
        raise wrong("schedule_start_time", f"must not be after {LATEST_START}")
    if told.get("schedule_type") == "SCHEDULE_START_END":
        if end is None:
            raise wrong("schedule_end_time", MISSING)
        if not start < end <= LATEST_END:
            raise wrong("schedule_end_time", f"must be after schedule_start_time and not after {LATEST_END}")
    slots = told.get("dayparting", "")
    if slots and (len(slots) != SLOTS or set(slots) - {"0", "1"}):
        raise wrong("dayparting", f"must be {SLOTS} times 0 or 1")


def _check_cbo(call: Call, bond: Bond) -> None:
    if not bond.new:
        return
    if "bid_type" not in bond.told:
        raise wrong("bid_type", MISSING)
    place = (ADGROUP, bond.campaign.owner, bond.campaign.id)
    for first in call.world.visible(place, float("inf"), deleted=False)[:1]:
        for name in ("optimization_goal", "bid_type", "optimization_event"):
            if bond.told.get(name) != first.fields.get(name):
                raise wrong(name, f"must be that of the campaign's first ad group, {first.fields.get(name)}")


def _check_budget(call: Call, bond: Bond) -> None:
    told = bond.told
    for name in ("budget_mode", "budget", "pacing"):
        if name not in told and bond.new:
            raise wrong(name, MISSING)
    mode, endless = told.get("budget_mode"), told.get("schedule_type") == "SCHEDULE_FROM_NOW"
    if mode == TOTAL and bond.campaign.fields.get("budget_mode") == DAY:
        raise wrong("budget_mode", f"{TOTAL} does not go with a campaign of {DAY}")
    if endless and mode == TOTAL:
        raise wrong("budget_mode", "SCHEDULE_FROM_NOW goes with daily budgets only")
    if "budget" in told and (bond.new or bond.sent & {"budget", "schedule_end_time"}):
        check_budget(call, told["budget"], least_budget(told))


def least_budget(told: Mapping[str, Any]) -> int:
    """The least budget of an ad group, before the ratio of its currency: a total one is so much a day."""
    least = LEAST_STORE if told.get("product_source") in ("STORE", "SHOWCASE") else LEAST
    if told.get("budget_mode") == TOTAL and "schedule_start_time" in told and "schedule_end_time" in told:
        seconds = unstamp(told["schedule_end_time"]) - unstamp(told["schedule_start_time"])
        least *= max(1, -(-int(seconds) // 86400))
    return least


def _check_bid(call: Call, bond: Bond) -> None:
    told = bond.told
    if told.get("bid_type") != "BID_TYPE_CUSTOM":
        return
    name = "conversion_bid_price" if told.get("billing_event") == "OCPM" else "bid_price"
    if name not in told or not told[name].value:
        raise wrong(name, MISSING)
    check_whole(call, name, told[name])
    owner = bond.campaign.fields if has_cbo(bond.campaign) else told
    if "budget" in owner and told[name].value >= owner["budget"].value:
        raise wrong(name, "must be less than the budget")
