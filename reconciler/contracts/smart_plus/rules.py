"""What must go together in Smart+, checked before anything is sent (fact sheet smart_plus, sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reconciler.contracts.contract import Broken, missing
from reconciler.contracts.marketing.rules import budget_rules, daily_least, name_rules, schedule_rules
from reconciler.contracts.smart_plus import ads, goals, targeting
from reconciler.model import Fields

_DYNAMIC, _TOTAL = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_TOTAL"
_INFINITE, _DAY = "BUDGET_MODE_INFINITE", "BUDGET_MODE_DAY"
_FROM_NOW = "SCHEDULE_FROM_NOW"


def broken(kind: str, fields: Fields, above: Fields | None, currency: str | None) -> Iterator[Broken]:
    """Every rule that a spec breaks. `above`: its parent's fields, where the parent is sound."""
    yield from name_rules(f"{kind}_name", fields)
    if kind == "campaign":
        yield from _campaign(fields, currency)
    elif kind == "adgroup":
        yield from _adgroup(fields, above or {}, currency)
    elif kind == "ad":
        yield from ads.broken(fields, above or {})


def _campaign(fields: Fields, currency: str | None) -> Iterator[Broken]:
    objective, mode, shared = fields["objective_type"], fields["budget_mode"], fields["budget_optimize_on"]
    if objective == "WEB_CONVERSIONS" and "sales_destination" not in fields:
        yield missing("sales_destination", "WEB_CONVERSIONS needs one: write WEBSITE")
    if objective != "WEB_CONVERSIONS" and "sales_destination" in fields:
        yield Broken("sales_destination", f"`sales_destination` does not go with {objective}", "remove it")
    if objective == "APP_PROMOTION" and "app_promotion_type" not in fields:
        yield missing("app_promotion_type", "APP_PROMOTION needs one")
    if objective != "APP_PROMOTION" and "app_promotion_type" in fields:
        yield Broken("app_promotion_type", f"`app_promotion_type` does not go with {objective}", "remove it")
    ios = fields.get("campaign_type") == "IOS14_CAMPAIGN"
    if ios and "app_id" not in fields:
        yield missing("app_id", "IOS14_CAMPAIGN needs one")
    if "app_id" in fields and not ios:
        yield Broken(
            "app_id", "`app_id` goes with IOS14_CAMPAIGN; else it is the ad group's", "set it on the ad groups"
        )
    allowed = (_DYNAMIC, _TOTAL) if shared else (_INFINITE, _DAY, _TOTAL)
    if mode not in allowed:
        word = "true" if shared else "false"
        text = f"`budget_mode`: {mode} is not possible with budget_optimize_on: {word}"
        yield Broken("budget_mode", text, f"one of {', '.join(allowed)}")
    elif mode == _INFINITE and "budget" in fields:
        yield Broken("budget", "`budget`: BUDGET_MODE_INFINITE has no budget", "set the budgets of its ad groups")
    elif mode != _INFINITE and "budget" not in fields:
        yield missing("budget", f"{mode} needs one")
    elif mode != _INFINITE:
        yield from budget_rules(fields, 50, currency)


def _adgroup(fields: Fields, campaign: Fields, currency: str | None) -> Iterator[Broken]:
    yield from goals.broken(fields, campaign)
    yield from targeting.broken(fields, campaign)
    yield from _place(fields)
    yield from _windows(fields)
    yield from schedule_rules(fields)
    shared = campaign.get("budget_optimize_on")
    if not shared:
        for name in ("budget_mode", "budget"):
            # A campaign that could not be read may share its budget: what it lacks is no mistake of its ad groups.
            if campaign and name not in fields:
                yield missing(name, "its campaign has budget_optimize_on: false")
        yield from _own_budget(fields, campaign, currency)
    payer = campaign if shared else fields
    yield from _dynamic_only(fields, payer)
    for name in ("bid_price", "conversion_bid_price"):
        if name in fields and "budget" in payer and Decimal(fields[name]) >= Decimal(payer["budget"]):
            yield Broken(name, f"`{name}`: the bid must be below the budget of {payer['budget']}", "lower it")
    if fields.get("is_hfss") and fields.get("targeting_optimization_mode") != "MANUAL":
        yield Broken("is_hfss", "`is_hfss` goes with targeting_optimization_mode: MANUAL only", "write MANUAL")
    if fields.get("is_lhf_compliance") and not fields.get("is_hfss"):
        yield Broken("is_lhf_compliance", "`is_lhf_compliance` goes with is_hfss only", "write is_hfss: true")


def _place(fields: Fields) -> Iterator[Broken]:
    normal = fields.get("placement_type") == "PLACEMENT_TYPE_NORMAL"
    if normal and not fields.get("placements"):
        yield missing("placements", "PLACEMENT_TYPE_NORMAL needs them")
    if not normal and "placements" in fields:
        text = "`placements` go with PLACEMENT_TYPE_NORMAL"
        yield Broken("placements", text, "write placement_type: PLACEMENT_TYPE_NORMAL, or leave placements out")


def _windows(fields: Fields) -> Iterator[Broken]:
    click, view, engaged = (f"{one}_attribution_window" for one in ("click", "view", "engaged_view"))
    for one, other in ((click, view), (view, click)):
        if one in fields and other not in fields:
            yield missing(other, f"it goes with {one}")
    if engaged in fields and click not in fields:
        yield missing(click, f"{engaged} goes with it and {view}")


def _own_budget(fields: Fields, campaign: Fields, currency: str | None) -> Iterator[Broken]:
    mode = fields.get("budget_mode")
    allowed = (_DYNAMIC,) if campaign.get("budget_mode") == _DAY else (_DYNAMIC, _TOTAL)
    if mode is not None and mode not in allowed:
        under = f" in a campaign of {_DAY}" if len(allowed) == 1 else " here"
        yield Broken("budget_mode", f"`budget_mode`: {mode} is not possible{under}", f"write {' or '.join(allowed)}")
    yield from budget_rules(fields, daily_least(fields, 20), currency)


def _dynamic_only(fields: Fields, payer: Fields) -> Iterator[Broken]:
    """What needs a dynamic daily budget on one of the two levels."""
    if payer.get("budget_mode") in (None, _DYNAMIC):
        return
    for name, value, instead in (
        ("schedule_type", _FROM_NOW, "SCHEDULE_START_END with schedule_end_time"),
        ("bid_type", "BID_TYPE_CUSTOM", "BID_TYPE_NO_BID"),
        ("deep_bid_type", "VO_MIN_ROAS", "VO_HIGHEST_VALUE"),
    ):
        if fields.get(name) == value:
            text = f"`{name}`: {value} needs a budget of {_DYNAMIC}, on the campaign or the ad group"
            yield Broken(name, text, f"write {instead}, or that budget_mode")
