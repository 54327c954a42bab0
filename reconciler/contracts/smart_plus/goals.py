"""Objective, place, goal and bid of an ad group: what goes with what (fact sheet smart_plus, 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.contracts.contract import Broken, missing
from reconciler.model import Fields

_CUSTOM, _FREE = "BID_TYPE_CUSTOM", "BID_TYPE_NO_BID"
APPS = ("APP_ANDROID", "APP_IOS")
_MESSAGES = (
    "LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE",
    "LEAD_GEN_CLICK_TO_SOCIAL_MEDIA_APP_MESSAGE",
    "LEAD_GEN_CLICK_TO_CALL",
)
_PROMOTED: Mapping[str, tuple[str, ...]] = {
    "WEB_CONVERSIONS": ("WEBSITE",),
    "APP_PROMOTION": APPS,
    "LEAD_GENERATION": ("LEAD_GENERATION", *_MESSAGES),
}


class _Goal(NamedTuple):
    pixel: bool = False
    event: bool = False
    events: tuple[str, ...] = ()
    """The only events it takes; none named means any."""
    bid: str = "conversion_bid_price"


_CLICK, _VIEW, _CONVERT = _Goal(bid="bid_price"), _Goal(), _Goal(pixel=True, event=True)
_WEB = {
    "CLICK": _CLICK,
    "CONVERT": _CONVERT,
    "TRAFFIC_LANDING_PAGE_VIEW": _VIEW,
    "VALUE": _Goal(pixel=True, event=True, events=("SHOPPING",)),
}
_APP = {
    "CLICK": _CLICK,
    "INSTALL": _Goal(),
    "IN_APP_EVENT": _Goal(event=True),
    "VALUE": _Goal(event=True, events=("ACTIVE_PAY", "AD_REVENUE_VALUE")),
}
_FORM = {"LEAD_GENERATION": _Goal()}
_SITE = {"CONVERT": _CONVERT, "CLICK": _CLICK, "TRAFFIC_LANDING_PAGE_VIEW": _VIEW}
_TALK = {"CONVERSATION": _Goal(), "CLICK": _CLICK}


def broken(fields: Fields, campaign: Fields) -> Iterator[Broken]:
    """What does not go together. `campaign`: its fields, empty where they are not known."""
    promotion, goal = fields["promotion_type"], fields["optimization_goal"]
    allowed = _PROMOTED.get(campaign.get("objective_type", ""), ())
    if allowed and promotion not in allowed:
        text = f"`promotion_type`: {promotion} does not go with {campaign['objective_type']}"
        yield Broken("promotion_type", text, f"write {' or '.join(allowed)}")
        return
    target = fields.get("promotion_target_type")
    if promotion == "LEAD_GENERATION" and target is None:
        yield missing("promotion_target_type", "LEAD_GENERATION needs one: INSTANT_PAGE or EXTERNAL_WEBSITE")
        return
    if promotion != "LEAD_GENERATION" and target is not None:
        yield Broken("promotion_target_type", f"`promotion_target_type` does not go with {promotion}", "remove it")
    goals = _goals(promotion, target)
    if goal not in goals:
        text = f"`optimization_goal`: {goal} does not go with {target or promotion}"
        yield Broken("optimization_goal", text, f"one of {', '.join(goals)}")
        return
    billed = "CPC" if goal == "CLICK" else "OCPM"
    if fields["billing_event"] != billed:
        text = f"`billing_event`: {fields['billing_event']} does not go with {goal}"
        yield Broken("billing_event", text, f"write {billed}")
    yield from _measured(fields, goal, goals[goal])
    yield from _app(fields, campaign)
    yield from _bid(fields, goal, goals[goal])


def _goals(promotion: str, target: str | None) -> Mapping[str, _Goal]:
    if promotion in _MESSAGES:
        return _TALK
    if promotion == "LEAD_GENERATION":
        return _FORM if target == "INSTANT_PAGE" else _SITE
    return _APP if promotion in APPS else _WEB


def _measured(fields: Fields, name: str, goal: _Goal) -> Iterator[Broken]:
    for field, needed in (("pixel_id", goal.pixel), ("optimization_event", goal.event)):
        if needed and field not in fields:
            yield missing(field, f"{name} needs it")
        elif not needed and field in fields:
            yield Broken(field, f"`{field}` does not go with {name}", "remove it")
    event = fields.get("optimization_event")
    if goal.events and event is not None and event not in goal.events:
        text = f"`optimization_event`: {event} does not go with {name}"
        yield Broken("optimization_event", text, f"write {' or '.join(goal.events)}")
    if "custom_conversion_id" in fields and name not in ("CONVERT", "IN_APP_EVENT"):
        hint = "it goes with CONVERT and IN_APP_EVENT"
        yield Broken("custom_conversion_id", f"`custom_conversion_id` does not go with {name}", hint)


def _app(fields: Fields, campaign: Fields) -> Iterator[Broken]:
    promotion = fields["promotion_type"]
    if promotion not in APPS:
        return
    ios = campaign.get("campaign_type") == "IOS14_CAMPAIGN"
    if not ios and "app_id" not in fields:
        yield missing("app_id", f"{promotion} needs one")
    if ios and "app_id" in fields:
        yield Broken("app_id", "`app_id`: that of an IOS14_CAMPAIGN is set on the campaign", "remove it here")
    if fields["optimization_goal"] == "VALUE":
        if promotion != "APP_ANDROID":
            yield Broken("optimization_goal", "`optimization_goal`: VALUE goes with APP_ANDROID only", "choose another")
        if "placements" not in fields:
            yield missing("placements", "VALUE wants them named, with PLACEMENT_TYPE_NORMAL")


def _bid(fields: Fields, name: str, goal: _Goal) -> Iterator[Broken]:
    bid, deep = fields["bid_type"], fields.get("deep_bid_type")
    if name == "VALUE":
        if bid != _FREE:
            yield Broken("bid_type", f"`bid_type`: {bid} does not go with VALUE", f"write {_FREE}")
        if deep is None:
            yield missing("deep_bid_type", "VALUE needs one")
    elif deep is not None:
        yield Broken("deep_bid_type", f"`deep_bid_type` does not go with {name}", "it goes with VALUE")
    if deep == "VO_MIN_ROAS" and "roas_bid" not in fields:
        yield missing("roas_bid", "VO_MIN_ROAS needs it")
    if deep != "VO_MIN_ROAS" and "roas_bid" in fields:
        yield Broken("roas_bid", "`roas_bid` goes with VO_MIN_ROAS only", "remove it")
    if "vbo_window" in fields and name != "VALUE":
        yield Broken("vbo_window", "`vbo_window` goes with VALUE only", "remove it")
    for field in ("bid_price", "conversion_bid_price"):
        wanted = bid == _CUSTOM and field == goal.bid
        if wanted and field not in fields:
            yield missing(field, f"{_CUSTOM} with {name} needs it")
        elif not wanted and field in fields:
            why = f"{_CUSTOM} with {name} takes {goal.bid}" if bid == _CUSTOM else f"it goes with {_CUSTOM}"
            yield Broken(field, f"`{field}` means nothing here: {why}", "remove it")
