"""TikTok's own word on tired ads: creative_fatigue/get, for accounts on its allowlist (practice.md 2.1).

What it decides by is not told in full. Here an ad has fatigue once it has lost a fifth of its hits, and the index is
what it has lost; whoever is reached counts as new. Smart+ is closed to it (smart_plus 1.6).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from reconciler.simulator.answers import page_info, size_of, wire_id
from reconciler.simulator.daily import arrived, fatigue, figures_of, today
from reconciler.simulator.failure import NO_PERMISSION, ApiFailure
from reconciler.simulator.kinds import AD
from reconciler.simulator.marketing.shapes import NO_SMART, OWNER, PAGE, count, endpoint, one_id, wrong
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json, Number

BACK = 60
"""Days that may be asked about, and over which a day's new users are compared."""
LOST = Decimal("0.2")


def detection(call: Call) -> Json:
    """A page of days of one ad; start_date is the first day, end_date the one after the last."""
    if not call.settings.fatigue_api:
        raise ApiFailure(NO_PERMISSION, "The advertiser is not in the allowlist of Creative Fatigue.")
    row = call.world.find(AD, call.owner, call.params["ad_id"])
    if row.fields.get("smart_plus_ad_id"):
        raise wrong("ad_id", NO_SMART)
    first, end = call.params["filtering"]["start_date"], call.params["filtering"]["end_date"]
    day = today(call)
    if not day - timedelta(days=BACK) <= first < end <= day + timedelta(days=1):
        raise wrong("filtering", f"start_date and end_date must be within the last {BACK} days")
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    days = [day for day in days if arrived(call, day)]
    page, size = call.params.get("page", 1), size_of(call)
    shown = days[(page - 1) * size : page * size]
    return {
        "list": [
            {
                "adgroup_id": wire_id(call, str(row.parent)),
                "ad_id": wire_id(call, row.id),
                "date": str(day),
                "metrics": _metrics(call, row.id, day),
            }
            for day in shown
        ],
        "page_info": page_info(page, size, len(days)),
    }


def _metrics(call: Call, ad_id: str, day: date) -> Json:
    figures, lost = figures_of(call, ad_id, day), fatigue(call, ad_id, day)
    best = max(figures_of(call, ad_id, day - timedelta(days=number))["reach"] for number in range(BACK))
    spend, conversions = Decimal(figures["spend"]) / 100, figures["conversion"]
    return {
        "has_fatigue": lost >= LOST,
        "fatigue_index": Number(f"{lost:.4f}"),
        "dnu": figures["reach"],
        "dnu_ratio": Number(f"{Decimal(figures['reach']) / best if best else Decimal(0):.4f}"),
        "spend": Number(f"{spend:.2f}"),
        "cost_per_conversion": Number(f"{spend / conversions if conversions else Decimal(0):.2f}"),
        "skan_cost_per_conversion": 0,
    }


ENDPOINTS = (
    endpoint(
        "GET",
        "creative_fatigue/get/",
        (
            OWNER,
            one_id("ad_id", required=True),
            Field(
                "filtering",
                Type.OBJECT,
                required=True,
                fields=tuple(Field(name, Type.DATE, required=True) for name in ("start_date", "end_date")),
            ),
            PAGE,
            count("page_size", most=500),
        ),
        detection,
    ),
)
