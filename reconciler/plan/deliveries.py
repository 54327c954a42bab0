"""Reported days of an ad → its baseline, and the days after it, as the test takes them. Pure.

A row that is missing, or that cannot be true, never speaks for a step: in a baseline it leaves everything open, later
it takes away what evidence there was (`lost`), of an enabled ad's last day it is a report that is late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from msgspec import Struct

from reconciler.kinds.renew import Metric
from reconciler.plan.fatigue import BASELINE_DAYS, Count

LEARNING = 3
"""Days that the platform takes to learn how to deliver an ad that was made by hand."""
SETTLING = 7
"""Days for which conversions, which are booked on the day of their impression, are still coming in."""
_ONE = timedelta(days=1)


class Delivery(NamedTuple):
    """What a report says of one ad on one day: whole numbers, spend in the currency's minor units."""

    impressions: int
    clicks: int
    conversions: int
    spend: int
    views_2s: int
    views_6s: int


class Unreadable(NamedTuple):
    """A row that cannot be true, and why."""

    why: str


Rows = Mapping[date, Delivery | Unreadable]


class Showing(Struct, frozen=True):
    """One ad while it shows one video."""

    label: str
    """Its address, or its id where no manifest declares it."""
    since: date
    """The day it began to: the days after it are whole."""
    enabled: bool


class Unclear(NamedTuple):
    """Why the figures of an ad leave everything open."""

    why: str


class Split(NamedTuple):
    """The days of an ad by one metric. `lost`: days after the baseline that the report should have and lacks."""

    baseline: Mapping[date, Count]
    days: Mapping[date, Count]
    lost: frozenset[date]
    first: date | None
    """The first day with impressions."""


def counted(metric: Metric, day: Delivery) -> Count:
    """Hits and exposures of a day."""
    hits, shown = {
        "hook": (day.views_2s, day.impressions),
        "hold": (day.views_6s, day.impressions),
        "ctr": (day.clicks, day.impressions),
        "cvr": (day.conversions, day.clicks),
        "cpa": (day.conversions, day.spend),
    }[metric]
    return Count(hits, shown)


def split(ad: Showing, rows: Rows, metric: Metric, last: date) -> Split | Unclear:
    """The ad's days up to `last`, the last whose figures are final."""
    start = ad.since + _ONE
    end = last - SETTLING * _ONE if metric in ("cvr", "cpa") else last
    own = {day: row for day, row in rows.items() if start <= day <= end}
    if found := next(_implausible(ad, own, metric), None):
        return found
    delivered = sorted(day for day, row in own.items() if isinstance(row, Delivery) and row.impressions)
    if not delivered:
        return Split({}, {}, frozenset(), None)
    if ad.enabled and end not in own:
        return Unclear(f"the report of {end} lacks {ad.label}, which is enabled")
    # An ad that nobody delivered at first learns when it is delivered.
    begin = (start if delivered[0] < start + LEARNING * _ONE else delivered[0]) + LEARNING * _ONE
    days = {
        day: count
        for day in delivered
        if day >= begin and isinstance(row := own[day], Delivery) and (count := counted(metric, row)).shown
    }
    baseline = dict(list(days.items())[:BASELINE_DAYS])
    missing = _missing(ad, own, end)
    edge = max(baseline, default=end)
    if early := sorted(day for day in missing if begin <= day <= edge):
        return Unclear(f"the report lacks {early[0]} of {ad.label}, in its baseline")
    after = {day: count for day, count in days.items() if day not in baseline}
    return Split(baseline, after, frozenset(day for day in missing if day > edge), delivered[0])


def _missing(ad: Showing, own: Rows, end: date) -> set[date]:
    """Days without a row between those that have one; of an ad that runs no more, also the day after its last."""
    first, newest = min(own), max(own)
    until = end if ad.enabled else min(end, newest + _ONE)
    whole = {first + number * _ONE for number in range((until - first).days + 1)}
    return whole - own.keys()


def _implausible(ad: Showing, own: Rows, metric: Metric) -> Iterator[Unclear]:
    for day, row in sorted(own.items()):
        if isinstance(row, Unreadable):
            yield Unclear(f"{day} of {ad.label}: {row.why}")
        elif metric != "cpa" and (count := counted(metric, row)).hits > count.shown:
            yield Unclear(f"{day} of {ad.label}: {count.hits} hits of {count.shown} exposures")


def is_silent(ad: Showing, rows: Rows, last: date) -> bool:
    """Whether an enabled ad that has delivered had no impressions on its last three days."""
    days = [rows.get(last - number * _ONE) for number in range(3)]
    seen = any(isinstance(row, Delivery) and row.impressions for row in rows.values())
    return ad.enabled and seen and all(isinstance(row, Delivery) and not row.impressions for row in days)


def volume(rows: Rows, last: date) -> int:
    """Impressions a day, over the last seven days."""
    days = [rows.get(last - number * _ONE) for number in range(7)]
    found = [row.impressions for row in days if isinstance(row, Delivery)]
    return sum(found) // len(found) if found else 0


def recent(days: Mapping[date, Count], count: int = 7) -> Sequence[Count]:
    """The last days that have figures."""
    return [days[day] for day in sorted(days)][-count:]
