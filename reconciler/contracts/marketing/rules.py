"""What must go together in production, checked before anything is sent.

Source: the fact sheet of the Marketing API, sections 1.1 to 1.3 (required and conditional fields) and 3.5 (budgets).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from reconciler.contracts.contract import Broken, missing
from reconciler.contracts.marketing import identities
from reconciler.contracts.marketing.budgets import outside
from reconciler.model import Fields

_DAY, _TOTAL = "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"
_DYNAMIC, _INFINITE = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_INFINITE"
_WITHOUT_PROMOTION = frozenset({"REACH", "VIDEO_VIEWS", "ENGAGEMENT", "RF_REACH"})
_BILLED = {
    **dict.fromkeys(("CLICK", "PAGE_VISIT"), ("CPC",)),
    **dict.fromkeys(("REACH", "SHOW"), ("CPM", "GD")),
    **dict.fromkeys(("ENGAGED_VIEW", "ENGAGED_VIEW_FIFTEEN"), ("CPV",)),
    **dict.fromkeys(("TRAFFIC_LANDING_PAGE_VIEW", "CONVERT", "INSTALL", "IN_APP_EVENT", "VALUE"), ("OCPM",)),
}
LATEST_START, _LATEST_END = "2028-01-01 00:00:00", "2038-01-01 00:00:00"
_IMAGES = frozenset({"SINGLE_IMAGE", "CAROUSEL_ADS"})
_LONGEST_NAME = 512
_EMOJI = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF), (0xFE0F, 0xFE0F))


def broken(kind: str, fields: Fields, above: Fields | None, currency: str | None) -> Iterator[Broken]:
    """Every rule that a spec breaks. `above`: its parent's fields, where the parent is sound."""
    yield from name_rules(f"{kind}_name", fields)
    if kind == "campaign":
        yield from _campaign(fields, currency)
    elif kind == "adgroup":
        yield from _adgroup(fields, above or {}, currency)
    elif kind == "ad":
        yield from _ad(fields, above or {})


def name_rules(field: str, fields: Fields) -> Iterator[Broken]:
    """Names hold no emoji, and a Chinese, Japanese or Korean character counts as two."""
    name = fields.get(field, "")
    if any(low <= ord(one) <= high for one in name for low, high in _EMOJI):
        yield Broken(field, f"`{field}`: emoji are not allowed in a name", "remove it", "R204")
    length = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in name)
    if len(name) <= _LONGEST_NAME < length:
        text = f"`{field}`: the name counts as {length} characters (a wide one counts as two)"
        yield Broken(field, text, f"write at most {_LONGEST_NAME}", "R211")


def budget_rules(fields: Fields, least: int, currency: str | None) -> Iterator[Broken]:
    """How much a budget may be. `least`: in a currency of ratio 1."""
    why = outside(Decimal(fields["budget"]), least, currency) if "budget" in fields else None
    if why:
        yield Broken("budget", f"`budget`: {why}", "see the platform's budget limits", "R217")


def _campaign(fields: Fields, currency: str | None) -> Iterator[Broken]:
    mode, shared = fields["budget_mode"], fields.get("budget_optimize_on", False)
    allowed: tuple[str, ...] = (_TOTAL, _DYNAMIC, _DAY) if shared else (_INFINITE, _TOTAL, _DAY)
    if fields["objective_type"] == "RF_REACH":
        allowed = (_INFINITE,)
    if mode not in allowed:
        word = "with" if shared else "without"
        text = f"`budget_mode`: {mode} is not possible {word} budget_optimize_on"
        if fields["objective_type"] == "RF_REACH":
            text = f"`budget_mode`: {mode} is not possible with RF_REACH"
        yield Broken("budget_mode", text, f"one of {', '.join(allowed)}")
    if mode == _INFINITE and "budget" in fields:
        yield Broken("budget", "`budget`: BUDGET_MODE_INFINITE has no budget", "set the budgets of its ad groups")
    elif mode != _INFINITE and "budget" not in fields:
        yield missing("budget", f"{mode} needs one")
    elif mode != _INFINITE:
        store = fields.get("campaign_product_source") == "STORE"
        yield from budget_rules(fields, 10 if store else 50, currency)
    if fields["objective_type"] == "APP_PROMOTION" and "app_promotion_type" not in fields:
        yield missing("app_promotion_type", "APP_PROMOTION needs one")
    if fields.get("campaign_type") == "IOS14_CAMPAIGN" and "app_id" not in fields:
        yield missing("app_id", "IOS14_CAMPAIGN needs one")


def _adgroup(fields: Fields, campaign: Fields, currency: str | None) -> Iterator[Broken]:
    normal = fields.get("placement_type", "PLACEMENT_TYPE_NORMAL") == "PLACEMENT_TYPE_NORMAL"
    if normal and not fields.get("placements"):
        yield missing("placements", "PLACEMENT_TYPE_NORMAL, the default, needs them")
    if not normal and "placements" in fields:
        hint = "write placement_type: PLACEMENT_TYPE_NORMAL, or leave placements out"
        yield Broken("placements", "`placements` go with PLACEMENT_TYPE_NORMAL", hint)
    if not fields.get("location_ids") and not fields.get("zipcode_ids"):
        yield missing("location_ids", "it or `zipcode_ids` is required")
    if len(fields.get("location_ids", ())) + len(fields.get("zipcode_ids", ())) > 3000:
        yield Broken(
            "location_ids", "`location_ids` and `zipcode_ids`: more than 3,000 regions", "they hold 3,000 together"
        )
    if campaign and campaign.get("objective_type") not in _WITHOUT_PROMOTION and "promotion_type" not in fields:
        yield missing("promotion_type", f"{campaign.get('objective_type')} needs one")
    bills = _BILLED.get(fields["optimization_goal"])
    if bills and fields["billing_event"] not in bills:
        text = f"`billing_event`: {fields['billing_event']} does not go with {fields['optimization_goal']}"
        yield Broken("billing_event", text, f"write {' or '.join(bills)}")
    for one, other in (("click", "view"), ("view", "click")):
        if f"{one}_attribution_window" in fields and f"{other}_attribution_window" not in fields:
            yield missing(f"{other}_attribution_window", f"it goes with {one}_attribution_window")
    yield from schedule_rules(fields)
    if campaign.get("budget_optimize_on"):
        if "bid_type" not in fields:
            yield missing("bid_type", "its campaign has budget_optimize_on")
    else:
        for name in ("budget_mode", "budget", "pacing"):
            # A campaign that could not be read may share its budget: what it lacks is no mistake of its ad groups.
            if campaign and name not in fields:
                yield missing(name, "its campaign has no budget_optimize_on")
        yield from _group_budget(fields, campaign, currency)
    yield from _bid(fields, campaign)


def schedule_rules(fields: Fields) -> Iterator[Broken]:
    """When an ad group may begin and end."""
    start, end = fields["schedule_start_time"], fields.get("schedule_end_time")
    if start > LATEST_START:
        yield Broken("schedule_start_time", f"`schedule_start_time`: {start} is too late", f"{LATEST_START} at most")
    if fields["schedule_type"] == "SCHEDULE_FROM_NOW":
        if end is not None:
            hint = "write schedule_type: SCHEDULE_START_END, or leave the end out"
            yield Broken("schedule_end_time", "`schedule_end_time`: SCHEDULE_FROM_NOW has no end", hint)
    elif end is None:
        yield missing("schedule_end_time", "SCHEDULE_START_END needs one")
    elif not start < end <= _LATEST_END:
        text = f"`schedule_end_time`: {end} is not after {start}, or later than {_LATEST_END}"
        yield Broken("schedule_end_time", text, "write an end after the start")


def _group_budget(fields: Fields, campaign: Fields, currency: str | None) -> Iterator[Broken]:
    mode = fields.get("budget_mode")
    if mode == _TOTAL and campaign.get("budget_mode") == _DAY:
        text = "`budget_mode`: BUDGET_MODE_TOTAL does not go with a campaign of BUDGET_MODE_DAY"
        yield Broken("budget_mode", text, "write BUDGET_MODE_DAY")
    if mode == _TOTAL and fields["schedule_type"] == "SCHEDULE_FROM_NOW":
        text = "`budget_mode`: BUDGET_MODE_TOTAL needs a schedule with an end"
        yield Broken("budget_mode", text, "write SCHEDULE_START_END with schedule_end_time, or a daily budget")
    least = 10 if fields.get("product_source") in ("STORE", "SHOWCASE") else 20
    yield from budget_rules(fields, daily_least(fields, least), currency)


def daily_least(fields: Fields, least: int) -> int:
    """The least budget of an ad group, where `least` is that of a day."""
    start, end = fields["schedule_start_time"], fields.get("schedule_end_time")
    if fields.get("budget_mode") != _TOTAL or end is None or end <= start:
        return least
    seconds = (_time(end) - _time(start)).total_seconds()
    return least * max(1, -(-int(seconds) // 86400))


def _bid(fields: Fields, campaign: Fields) -> Iterator[Broken]:
    if fields.get("bid_type") != "BID_TYPE_CUSTOM":
        return
    name = "conversion_bid_price" if fields["billing_event"] == "OCPM" else "bid_price"
    if name not in fields:
        yield missing(name, f"BID_TYPE_CUSTOM with {fields['billing_event']} needs it")
        return
    payer = campaign if campaign.get("budget_optimize_on") else fields
    if "budget" in payer and Decimal(fields[name]) >= Decimal(payer["budget"]):
        yield Broken(name, f"`{name}`: the bid must be below the budget of {payer['budget']}", "lower it")


def _ad(fields: Fields, adgroup: Fields) -> Iterator[Broken]:
    shape, images = fields["ad_format"], fields.get("image_ids")
    yield from identities.broken(fields, adgroup)
    if "tiktok_item_id" not in fields:
        if shape in _IMAGES and not images:
            yield missing("image_ids", f"{shape} needs them")
        elif shape not in _IMAGES and "video" not in fields:
            yield missing("video", f"{shape} needs one")
    if shape == "SINGLE_VIDEO" and images is not None and len(images) != 1:
        yield Broken("image_ids", "`image_ids`: a video has exactly one cover", "write one, or leave image_ids out")
    if "call_to_action" in fields and "call_to_action_id" in fields:
        text = "`call_to_action_id` and `call_to_action` cannot both be set"
        yield Broken("call_to_action_id", text, "leave one out")
    if adgroup.get("promotion_type") == "WEBSITE" and not fields.keys() & {
        "landing_page_url", "page_id", "landing_page_urls",
    }:  # fmt: skip
        yield missing("landing_page_url", "its ad group promotes a website")
    if len(fields.get("utm_params", ())) > 14:
        yield Broken("utm_params", "`utm_params`: more than 14", "at most 14 are allowed")
    refreshed = "refresh" in fields.get("video", ())
    if refreshed and fields.get("aigc_disclosure_type") == "NOT_DECLARED":
        text = "`aigc_disclosure_type`: a generated video must be declared as such"
        yield Broken("aigc_disclosure_type", text, "write SELF_DISCLOSURE, or leave it out")


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
