"""What in a Smart+ ad group goes with what: money, schedule, place, and the ad groups beside it (1.2, 3.1, 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.simulator.kinds import ADGROUP
from reconciler.simulator.marketing.couplings import Bond, check_schedule, least_budget
from reconciler.simulator.marketing.money import DAY, DYNAMIC, check_budget, check_whole
from reconciler.simulator.marketing.readback import has_cbo
from reconciler.simulator.marketing.shapes import MISSING, wrong
from reconciler.simulator.rules import Call
from reconciler.simulator.smart_plus.words import MOST_ADGROUPS
from reconciler.simulator.wire import Json, Number
from reconciler.simulator.world import Row

BIDS = ("bid_price", "conversion_bid_price", "roas_bid")
SHARED_WITH_CBO = (
    "promotion_type", "promotion_target_type", "optimization_goal", "optimization_event", "custom_conversion_id",
    "billing_event", "bid_type", "bid_price", "conversion_bid_price", "deep_bid_type", "vbo_window", "roas_bid",
)  # fmt: skip
SHARED_WITHOUT_CBO = ("bid_type", "deep_bid_type", "vbo_window", "budget_mode")
FROM_NOW = "SCHEDULE_FROM_NOW"
NEED_DYNAMIC = {"schedule_type": FROM_NOW, "bid_type": "BID_TYPE_CUSTOM", "deep_bid_type": "VO_MIN_ROAS"}


def check(call: Call, bond: Bond) -> None:
    """ApiFailure 40002 for what cannot be together."""
    told = bond.told
    check_schedule(call, bond)
    if has_cbo(bond.campaign):
        mode, owner = bond.campaign.fields.get("budget_mode"), bond.campaign.fields
    else:
        _check_budget(call, bond)
        mode, owner = told.get("budget_mode"), dict(told)
    for name, value in NEED_DYNAMIC.items():
        if told.get(name) == value and mode != DYNAMIC and (bond.new or name in bond.sent):
            raise wrong(name, f"{value} goes with {DYNAMIC} of the campaign or the ad group only")
    _check_bids(call, told, owner.get("budget"))
    if bond.new:
        _check_place(bond)
        _check_windows(told)
    if told.get("is_hfss") is True and told.get("targeting_optimization_mode") != "MANUAL":
        raise wrong("is_hfss", "goes with targeting_optimization_mode MANUAL only")
    if told.get("is_lhf_compliance") is True and told.get("is_hfss") is not True:
        raise wrong("is_lhf_compliance", "goes with is_hfss only")


def _check_budget(call: Call, bond: Bond) -> None:
    told = bond.told
    for name in ("budget_mode", "budget"):
        if name not in told and bond.new:
            raise wrong(name, MISSING)
    if told.get("budget_mode") != DYNAMIC and bond.campaign.fields.get("budget_mode") == DAY and bond.new:
        raise wrong("budget_mode", f"must be {DYNAMIC} in a campaign of {DAY}")
    if "budget" in told and (bond.new or bond.sent & {"budget", "schedule_end_time"}):
        check_budget(call, told["budget"], least_budget(told))


def _check_bids(call: Call, told: Any, budget: Json) -> None:
    for name in BIDS[:2]:
        bid = told.get(name)
        if told.get("bid_type") != "BID_TYPE_CUSTOM" or bid is None:
            continue
        check_whole(call, name, bid)
        if isinstance(budget, Number) and bid.value >= budget.value:
            raise wrong(name, "must be less than the budget")


def _check_place(bond: Bond) -> None:
    told = bond.told
    if told.get("placement_type") == "PLACEMENT_TYPE_NORMAL" and "placements" not in told:
        raise wrong("placements", MISSING)
    mini = str(told["promotion_type"]).startswith("MINI_")
    if mini and told.get("placements") != ["PLACEMENT_TIKTOK"]:
        raise wrong("placements", "must be PLACEMENT_TIKTOK alone with Minis")


def _check_windows(told: Any) -> None:
    click, view, engaged = (f"{name}_attribution_window" for name in ("click", "view", "engaged_view"))
    if (click in told) != (view in told):
        raise wrong(click, f"goes with {view} only")
    if engaged in told and click not in told:
        raise wrong(engaged, f"goes with {click} and {view} only")


# --- the ad groups beside it -----------------------------------------------------------------------------------------


def siblings(call: Call, campaign: Row) -> list[Row]:
    """The living ad groups of a campaign, oldest first."""
    return call.world.visible((ADGROUP, campaign.owner, campaign.id), float("inf"), deleted=False)


def check_room(call: Call, campaign: Row) -> None:
    """ApiFailure for an ad group more than a campaign may have."""
    single = campaign.fields.get("smart_plus_adgroup_mode") == "SINGLE"
    most = 1 if single else MOST_ADGROUPS
    if len(siblings(call, campaign)) >= most:
        raise wrong("campaign_id", f"campaign {campaign.id} has {most} ad group(s) already, the most it may have")


def agree(call: Call, campaign: Row, told: dict[str, Any]) -> None:
    """Holds a new ad group against the others (3.3). What a contradiction brings is unknown: switch `sp_agree`."""
    others = siblings(call, campaign)
    different = dict(_different(campaign, told, others[0])) if others else {}
    if not different:
        return
    if call.settings.sp_agree == "refuse":
        name = next(iter(different))
        wanted = others[0].fields.get(name)
        shown = wanted.text if isinstance(wanted, Number) else wanted
        raise wrong(name, f"must be that of the campaign's other ad groups, {shown}")
    for row in others:
        call.world.change(row, call.now, name=None, status=None, fields=different, guarded=False)


def _different(campaign: Row, told: dict[str, Any], other: Row) -> Iterator[tuple[str, Json]]:
    for name in SHARED_WITH_CBO if has_cbo(campaign) else SHARED_WITHOUT_CBO:
        mine, theirs = told.get(name), other.fields.get(name)
        if _exact(mine) != _exact(theirs):
            yield name, mine


def _exact(value: Json) -> Json:
    """A value to compare: a bid of 0 is none."""
    return (value.value or None) if isinstance(value, Number) else value


def spread_bids(call: Call, campaign: Row, row: Row, sent: dict[str, Any]) -> None:
    """A bid is the campaign's: one that is changed is changed on every ad group (1.2)."""
    bids = {name: sent[name] for name in BIDS if name in sent}
    if not bids or not call.settings.sp_bid_spreads:
        return
    for one in siblings(call, campaign):
        if one is not row:
            call.world.change(one, call.now, name=None, status=None, fields=bids, guarded=False)
