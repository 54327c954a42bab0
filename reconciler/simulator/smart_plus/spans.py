"""The days, weeks, months and hours of a material report (1.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.simulator.daily import arrived, today
from reconciler.simulator.marketing.figures import LIFE
from reconciler.simulator.marketing.shapes import MISSING, wrong
from reconciler.simulator.rules import Call

TIMES = ("stat_time_hour", "stat_time_day", "stat_time_week", "stat_time_month")


@dataclass(frozen=True)
class Span:
    """The days of a row, or one hour of them, and how its time is written."""

    label: str
    days: tuple[date, ...]
    hour: bool = False


def days_of(call: Call, longest: int) -> tuple[date, ...]:
    """The days a report is about that have arrived; ApiFailure for none asked for, and for more than `longest`."""
    if call.params.get("query_lifetime"):
        life = (today(call) - timedelta(days=number) for number in range(LIFE, -1, -1))
        return tuple(day for day in life if arrived(call, day))
    for name in ("start_date", "end_date"):
        if name not in call.params:
            raise wrong(name, MISSING)
    start, end = call.params["start_date"], call.params["end_date"]
    length = (end - start).days + 1
    if length < 1:
        raise wrong("end_date", "must not be before start_date")
    if length > longest:
        raise wrong("end_date", f"a report with these dimensions spans at most {longest} days")
    days = (start + timedelta(days=number) for number in range(length))
    return tuple(day for day in days if arrived(call, day))


def _grouped(days: Sequence[date], first: Callable[[date], date]) -> Iterator[Span]:
    groups: dict[date, list[date]] = {}
    for day in days:
        groups.setdefault(first(day), []).append(day)
    for start, group in groups.items():
        yield Span(f"{start} 00:00:00", tuple(group))


def _hours(days: Sequence[date]) -> Iterator[Span]:
    for day in days:
        for hour in range(24):
            yield Span(f"{day} {hour:02d}:00:00", (day,), hour=True)


SPANS: dict[str, Callable[[tuple[date, ...]], Iterator[Span]]] = {
    "": lambda days: iter([Span("", days)]),
    "stat_time_hour": _hours,
    "stat_time_day": lambda days: _grouped(days, lambda day: day),
    "stat_time_week": lambda days: _grouped(days, lambda day: day - timedelta(days=day.weekday())),
    "stat_time_month": lambda days: _grouped(days, lambda day: day.replace(day=1)),
}
