"""How Smart+ shows its objects, under our names and without what the platform fills in.

Source: the fact sheet smart_plus, section 6. A key that is absent stays absent: unconfirmed, not changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.canonical import ALWAYS_ON
from reconciler.contracts.smart_plus.creatives import listed, sent
from reconciler.contracts.smart_plus.rows import CONFIGURATION
from reconciler.model import Fields

_INFINITE = "BUDGET_MODE_INFINITE"
_LISTS = (
    ("ad_text_list", "ad_text", "ad_texts"),
    ("call_to_action_list", "call_to_action", "call_to_actions"),
    ("page_list", "page_id", "page_ids"),
)


def is_gone(row: Fields) -> bool:
    """Whether it was deleted, by itself or with what it belongs to."""
    return row.get("operation_status") == "DELETE" or str(row.get("secondary_status")).endswith("_DELETE")


def campaign(row: Fields) -> Fields:
    """BUDGET_MODE_INFINITE reads back a budget of 0."""
    told = dict(row)
    if row.get("budget_mode") == _INFINITE:
        told["budget"] = None
    return told


def adgroup(row: Fields) -> Fields:
    """Automatic placements, an endless schedule's end, bids of 0 and the budget of a shared one are filled in."""
    told = dict(row)
    if row.get("placement_type") == "PLACEMENT_TYPE_AUTOMATIC":
        told.pop("placements", None)
    if row.get("schedule_type") == "SCHEDULE_FROM_NOW":
        told.pop("schedule_end_time", None)
    if "dayparting" in row and set(row["dayparting"] or "") in ({"0"}, {"1"}, set()):
        told["dayparting"] = ALWAYS_ON
    if row.get("budget_mode") == _INFINITE:
        told.pop("budget", None)
        told.pop("budget_mode", None)
    for name in ("bid_price", "conversion_bid_price"):
        if name in told and str(told[name]).strip("0.") == "":
            told[name] = None
    if "deep_funnel_toggle" in row:
        told.setdefault("deep_funnel_optimization_status", row["deep_funnel_toggle"])
    return told


def ad(row: Fields) -> Fields:
    """Lists of objects as lists of what they hold; a URL parameter is a key and a value, however it is named."""
    told = dict(row)
    configuration = row.get(CONFIGURATION)
    configuration = configuration if isinstance(configuration, Mapping) else {}
    items = told.pop("creative_list", None)
    if isinstance(items, list):
        told["creatives"] = [listed(one, configuration) for one in items if isinstance(one, Mapping)]
    for wire, key, name in _LISTS:
        if isinstance(shown := told.pop(wire, None), list):
            told[name] = [str(one.get(key)) for one in shown if isinstance(one, Mapping)]
    pages = told.pop("landing_page_url_list", None)
    if isinstance(pages, list):
        told["landing_page_url"] = pages[0].get("landing_page_url") if pages else None
    params = configuration.get("utm_params")
    if isinstance(params, list):
        told["utm_params"] = [
            {"key": one.get("key", one.get("field")), "value": one.get("value")} if isinstance(one, Mapping) else one
            for one in params
        ]
    return told


def outward(body: dict[str, Any]) -> dict[str, Any]:
    """Ours → the call's: lists hold objects there."""
    made = dict(body)
    if "creatives" in made:
        made["creative_list"] = [sent(one) for one in made.pop("creatives")]
    for wire, key, name in _LISTS:
        if name in made:
            made[wire] = [{key: one} for one in made.pop(name)]
    if "landing_page_url" in made:
        made["landing_page_url_list"] = [{"landing_page_url": made.pop("landing_page_url")}]
    return made
