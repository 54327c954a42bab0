"""Report figures: the same for the same seed, object and day, and replaceable by loaded ones. *Pure*.

An object's figures of one day are drawn from a hash, so that any page of any report costs only its own rows. Levels are
drawn apart: the figures of a campaign are not the sum of its ads'.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from reconciler.simulator.failure import BAD_PARAMETER, ApiFailure
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json, Number, decode, encode
from reconciler.simulator.world import Row

DAY = "stat_time_day"
IDS = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id")
DIMENSIONS = (*IDS, DAY)
COUNTED = ("impressions", "clicks", "conversion", "reach", "video_play_actions", "video_watched_2s", "video_watched_6s")
DERIVED = {
    "ctr": ("clicks", 100, "impressions"),
    "cpc": ("spend", 1, "clicks"),
    "cpm": ("spend", 1000, "impressions"),
    "conversion_rate": ("conversion", 100, "clicks"),
    "cost_per_conversion": ("spend", 1, "conversion"),
    "frequency": ("impressions", 1, "reach"),
}
"""Each is one figure times a factor by another, to two places; 0.00 where that other is 0."""
METRICS = ("spend", *COUNTED, *DERIVED)
LOADABLE = ("spend", *COUNTED)


def report(call: Call, page: int, size: int) -> tuple[list[dict[str, Json]], int]:
    """One page of rows {dimensions: texts, metrics: Numbers}, and how many rows the report has.

    With `stat_time_day` a row is an object and a day, without it an object and the whole span. The objects are those
    of the finest id among the dimensions, which must not be finer than data_level.
    """
    dimensions, metrics = call.params["dimensions"], call.params["metrics"]
    days = _days(call)
    level = "_".join(call.params["data_level"].split("_")[1:]).lower() + "_id"
    finest = max((IDS.index(name) for name in dimensions if name != DAY), default=0)
    if finest > IDS.index(level):
        raise ApiFailure(BAD_PARAMETER, f"dimensions: {IDS[finest]} does not go with data_level")
    spans = [[day] for day in days] if DAY in dimensions else [days]
    start = (page - 1) * size
    # Only the objects that this page shows are looked up.
    first, last = start // len(spans), (start + size - 1) // len(spans)
    objects, count = _objects(call, finest, first, last - first + 1)
    total = count * len(spans)
    rows: list[dict[str, Json]] = []
    for number in range(start, min(start + size, total)):
        ids, span = objects[number // len(spans) - first], spans[number % len(spans)]
        figures = total_of(drawn(call, ids[IDS[finest]], day) for day in span)
        shown = {name: f"{span[0]} 00:00:00" if name == DAY else ids[name] for name in dimensions}
        rows.append({"dimensions": shown, "metrics": {name: metric(name, figures) for name in metrics}})
    return rows, total


def figures_note(object_id: str, day: date, figures: Mapping[str, Json]) -> tuple[str, str]:
    """The note that replaces what is drawn for an object's day; ValueError for figures that cannot be."""
    unknown = figures.keys() - set(LOADABLE)
    if unknown or not all(isinstance(number, Number) and number.value >= 0 for number in figures.values()):
        raise ValueError(f"metrics are numbers, 0 or more, of {', '.join(LOADABLE)}")
    return f"figures/{object_id}/{day}", encode(dict(figures))


def _days(call: Call) -> list[date]:
    start, end = call.params["start_date"], call.params["end_date"]
    if end < start:
        raise ApiFailure(BAD_PARAMETER, "end_date: must not be before start_date")
    length = (end - start).days + 1
    if length > call.settings.report_days:
        raise ApiFailure(BAD_PARAMETER, f"end_date: a report spans at most {call.settings.report_days} days")
    return [start + timedelta(days=number) for number in range(length)]


def _objects(call: Call, finest: int, first: int, count: int) -> tuple[list[dict[str, str]], int]:
    if finest == 0:
        return [{"advertiser_id": call.owner}][first:], 1
    kind = (CAMPAIGN, ADGROUP, AD)[finest - 1]
    rows, total = call.world.slice((kind, call.owner, None), first, count, call.now)
    return [lineage(call, row) for row in rows], total


def lineage(call: Call, row: Row) -> dict[str, str]:
    """The ids of an object and of all it belongs to."""
    ids = {"advertiser_id": row.owner, row.kind.id_field: row.id}
    while row.parent is not None:
        row = call.world.row(row.parent)
        ids[row.kind.id_field] = row.id
    return ids


def drawn(call: Call, object_id: str, day: date) -> Counter[str]:
    """The figures of one day; spend in cents."""
    loaded = call.world.notes.get(f"figures/{object_id}/{day}")
    if loaded is not None:
        told = {name: number.value for name, number in decode(loaded.encode()).items()}
        told["spend"] = told.get("spend", Decimal(0)) * 100
        return Counter({name: int(value) for name, value in told.items()})
    digest = hashlib.blake2b(f"{call.seed}/{object_id}/{day}".encode(), digest_size=16).digest()
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
    )


def total_of(days: Iterable[Counter[str]]) -> Counter[str]:
    """The figures of several days together."""
    total: Counter[str] = Counter()
    for day in days:
        total.update(day)
    return total


def metric(name: str, figures: Counter[str]) -> Number:
    """One metric out of figures."""
    if name in COUNTED:
        return Number(str(figures[name]))
    above, factor, below = DERIVED.get(name, ("spend", 1, ""))
    value = Decimal(figures[above]) / (100 if above == "spend" else 1)
    if below:
        value = value * factor / figures[below] if figures[below] else Decimal(0)
    return Number(f"{value:.2f}")
