"""Report figures: the same for the same seed, object and day, and replaceable by loaded ones. *Pure*.

Where the figures of a day come from: `daily.py`. Any page of any report costs only its own rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from reconciler.simulator.daily import COUNTED, LOADABLE, arrived, figures_of, is_empty, total_of
from reconciler.simulator.failure import BAD_PARAMETER, ApiFailure
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json, Number, encode
from reconciler.simulator.world import Row

DAY = "stat_time_day"
IDS = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id")
DIMENSIONS = (*IDS, DAY)
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
    if is_empty(call) or not days:
        return [], 0
    spans = [[day] for day in days] if DAY in dimensions else [days]
    start = (page - 1) * size
    # Only the objects that this page shows are looked up.
    first, last = start // len(spans), (start + size - 1) // len(spans)
    objects, count = _objects(call, finest, first, last - first + 1)
    total = count * len(spans)
    rows: list[dict[str, Json]] = []
    for number in range(start, min(start + size, total)):
        ids, span = objects[number // len(spans) - first], spans[number % len(spans)]
        figures = total_of(figures_of(call, ids[IDS[finest]], day) for day in span)
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
    days = [start + timedelta(days=number) for number in range(length)]
    return [day for day in days if arrived(call, day)]


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


def metric(name: str, figures: Counter[str]) -> Number:
    """One metric out of figures."""
    if name in COUNTED:
        return Number(str(figures[name]))
    above, factor, below = DERIVED.get(name, ("spend", 1, ""))
    value = Decimal(figures[above]) / (100 if above == "spend" else 1)
    if below:
        value = value * factor / figures[below] if figures[below] else Decimal(0)
    return Number(f"{value:.2f}")
