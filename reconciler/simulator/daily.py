"""The figures of one object on one day, as a report shows them now. *Pure* over the notes of the world and the moment.

What the operator loaded is shown as it is. Everything else is drawn from the seed: from a curve where the object has
one (`curves.py`), otherwise from a hash, where a share of the ads, the switch `tiring`, loses its hits from day to day.
Then come the shocks of the account, conversions that are not booked yet, and what the next correction will add.
Levels are drawn apart: the figures of a campaign are not the sum of its ads'.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from reconciler.simulator import curves
from reconciler.simulator.accounts import local_time
from reconciler.simulator.kinds import AD
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import decode

VIEWS = {"video_views_p25": 60, "video_views_p50": 40, "video_views_p75": 25, "video_views_p100": 15}
"""Percent of the plays that come so far, where no curve says otherwise."""
REAL_TIME = "real_time_conversion"
COUNTED = (
    "impressions", "clicks", "conversion", "reach", "video_play_actions", "video_watched_2s", "video_watched_6s",
    *VIEWS, REAL_TIME,
)  # fmt: skip
LOADABLE = ("spend", *COUNTED)
HITS = ("clicks", "conversion", "video_watched_2s", "video_watched_6s", *VIEWS)
"""What viewers do of their own will: it tires, and a shock strikes it."""
KEPT = Decimal("0.93")
"""What is left of its hits to an ad that tires, from one day to the next."""
NOON = 12
"""The hour, UTC, at which the day before is corrected (practice.md 2.2)."""


def figures_of(call: Call, object_id: str, day: date) -> Counter[str]:
    """What a report shows of an object's day; spend in cents. Days are those of the account's time zone."""
    loaded = _loaded(call, object_id, day)
    if loaded is not None:
        return loaded
    figures = _true(call, object_id, day)
    figures[REAL_TIME] = figures["conversion"]
    if late := call.settings.attribution_days:
        # Booked on the day of the impression, but only once they have happened: evenly over the window.
        before = [figures, *(_true(call, object_id, day - timedelta(days=number)) for number in range(1, late + 1))]
        figures[REAL_TIME] = sum(one["conversion"] for one in before) // (late + 1)
        passed = max(0, (today(call) - day).days)
        figures["conversion"] = figures["conversion"] * min(passed + 1, late + 1) // (late + 1)
    if call.settings.report_fix and not _corrected(call, day):
        share = 1 / (1 + Decimal(repr(call.settings.report_fix)))
        return Counter({name: int(value * share) for name, value in figures.items()})
    return figures


def arrived(call: Call, day: date) -> bool:
    """Whether reports have a row for this day yet: with the switch `report_lag` so many hours after its end."""
    lag = call.settings.report_lag
    return not lag or call.now - _end(call, day) >= lag * 3600


def is_empty(call: Call) -> bool:
    """Whether this report is one of those that come empty, for the switch `report_empty`; asking counts the call."""
    left = call.settings.report_empty
    if left:
        call.world.settings = call.settings.change({"report_empty": str(left - 1)})
    return left > 0


def fatigue(call: Call, ad_id: str, day: date) -> Decimal:
    """The share of its hits that an ad has lost by this day, from 0 to 1: the truth that no report tells."""
    told = _curves(call, ad_id)
    if told:
        kept = min((curves.kept(told, name, day) for name in HITS), default=1.0)
        return max(Decimal(0), 1 - Decimal(repr(round(kept, 4))))
    return 1 - _left(call, ad_id, day)


def total_of(days: Iterable[Counter[str]]) -> Counter[str]:
    """The figures of several days together."""
    total: Counter[str] = Counter()
    for day in days:
        total.update(day)
    return total


# --- what is true ----------------------------------------------------------------------------------------------------


def _loaded(call: Call, object_id: str, day: date) -> Counter[str] | None:
    text = call.world.notes.get(f"figures/{object_id}/{day}")
    if text is None:
        return None
    told = {name: number.value for name, number in decode(text.encode()).items()}
    told["spend"] = told.get("spend", Decimal(0)) * 100
    told.setdefault(REAL_TIME, told.get("conversion", Decimal(0)))
    return Counter({name: int(value) for name, value in told.items()})


def _true(call: Call, object_id: str, day: date) -> Counter[str]:
    loaded = _loaded(call, object_id, day)
    if loaded is not None:
        return loaded
    if told := _curves(call, object_id):
        born = local_time(call.world, call.owner, call.world.row(object_id).created).date()
        lives = born <= day <= today(call)
        figures = curves.drawn(told, curves.Place(call.seed, object_id, day)) if lives else Counter()
    else:
        figures, left = _hashed(call.seed, object_id, day), _left(call, object_id, day)
        for name in HITS if left < 1 else ():
            figures[name] = int(figures[name] * left)
    factor = curves.shocked(call.world.notes.get(curves.shocks_note(call.owner), "[]"), day)
    for name in HITS if factor != 1 else ():
        figures[name] = int(figures[name] * factor)
    return figures


def _hashed(seed: int, object_id: str, day: date) -> Counter[str]:
    """Figures that nothing is known of, so that any page of any report costs only its own rows."""
    digest = hashlib.blake2b(f"{seed}/{object_id}/{day}".encode(), digest_size=16).digest()
    draws = [int.from_bytes(digest[start : start + 2], "big") for start in range(0, 16, 2)]
    impressions = 1_000 + draws[0] % 20_000
    plays = impressions * (60 + draws[1] % 40) // 100
    clicks = impressions * (5 + draws[2] % 25) // 1000
    return Counter(
        impressions=impressions,
        clicks=clicks,
        spend=impressions * (300 + draws[3] % 600) // 1000,
        conversion=clicks * (1 + draws[4] % 9) // 100,
        reach=impressions * (50 + draws[5] % 50) // 100,
        video_play_actions=plays,
        video_watched_2s=plays * (20 + draws[6] % 40) // 100,
        video_watched_6s=plays * (5 + draws[7] % 15) // 100,
        **{name: plays * percent // 100 for name, percent in VIEWS.items()},
    )


def _left(call: Call, object_id: str, day: date) -> Decimal:
    """The share of its hits that an ad without a curve has left on a day."""
    if not call.world.knows(object_id) or (row := call.world.row(object_id)).kind is not AD:
        return Decimal(1)
    draw = int.from_bytes(hashlib.blake2b(f"{call.seed}/tires/{object_id}".encode(), digest_size=4).digest(), "big")
    if draw >= call.settings.tiring * 2**32:
        return Decimal(1)
    born = local_time(call.world, call.owner, row.created).date()
    return KEPT ** max((day - born).days, 0)


def _curves(call: Call, object_id: str) -> tuple[curves.Curve, ...]:
    text = call.world.notes.get(curves.note(object_id))
    return curves.read(text) if text else ()


# --- when it is true -------------------------------------------------------------------------------------------------


def today(call: Call) -> date:
    """The day it is in the account."""
    return local_time(call.world, call.owner, call.now).date()


def _end(call: Call, day: date) -> float:
    """When a day of the account is over, in seconds since the epoch."""
    zone, after = local_time(call.world, call.owner, call.now).tzinfo, day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=zone).timestamp()


def _corrected(call: Call, day: date) -> bool:
    """Whether a correction has run that found the day over for 24 hours."""
    now = datetime.fromtimestamp(call.now, UTC)
    noon = now.replace(hour=NOON, minute=0, second=0, microsecond=0)
    latest = noon if noon <= now else noon - timedelta(days=1)
    return latest.timestamp() - _end(call, day) >= 24 * 3600
