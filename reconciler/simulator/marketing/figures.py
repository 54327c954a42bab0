"""Reports as production gives them: arrays as JSON, texts as metrics, totals (fact sheet, 1.6).

Where the figures of a day come from: `daily.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reconciler.simulator.answers import page_info, size_of, wire_id
from reconciler.simulator.daily import COUNTED, arrived, figures_of, is_empty, today, total_of
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN, SMART_AD
from reconciler.simulator.marketing.readback import campaign_of
from reconciler.simulator.marketing.shapes import MISSING, OWNER, PAGE, count, endpoint, flag, text, texts, wrong
from reconciler.simulator.reports import DERIVED, IDS, METRICS, lineage, metric
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json, decode
from reconciler.simulator.world import Row

DAY, HOUR, COUNTRY = "stat_time_day", "stat_time_hour", "country_code"
V2 = "ad_id_v2"
"""The ad in both families: where it is of Smart+, ad_id is one of its creatives (smart_plus 1.6, 3.8; practice 2.1)."""
DIMENSIONS = (*IDS, V2, DAY, HOUR, COUNTRY)
NAMES = ("campaign_name", "adgroup_name", "ad_name", "average_video_play")
LEVELS = ("ADVERTISER", "CAMPAIGN", "ADGROUP", "AD")
DATA_LEVELS = tuple(f"{service}_{level}" for service in ("AUCTION", "RESERVATION") for level in LEVELS)
REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP")
LONGEST, LONGEST_DAYS, LONGEST_HOURS = 365, 30, 1
MOST_IDS = 100
"""Ids that one filter may hold."""
LIFE = 90
"""Days of a report about the whole life of objects."""
AUTOMATION = "campaign_automation_type"
FILTERS = {
    "campaign_ids": "campaign_id",
    "adgroup_ids": "adgroup_id",
    "ad_ids": "ad_id",
    "ad_id_v2": V2,
    "ad_ids_v2": V2,
    AUTOMATION: AUTOMATION,
}


@dataclass(frozen=True)
class _Line:
    """One row to come: an object with its ids, and a span of days; or an hour of one."""

    ids: dict[str, str]
    span: tuple[date, ...]
    hour: int | None = None


@dataclass(frozen=True)
class _Table:
    """All rows to come: objects (None is the advertiser) by spans of days, or hours of one. A page costs its own."""

    objects: Sequence[Row | None]
    spans: Sequence[tuple[tuple[date, ...], int | None]]

    @property
    def length(self) -> int:
        """How many rows there are."""
        return len(self.objects) * len(self.spans)

    def line(self, call: Call, number: int) -> _Line:
        """A row, counted from 0."""
        row = self.objects[number // len(self.spans)]
        span, hour = self.spans[number % len(self.spans)]
        return _Line(_ids(call, row) if row else {"advertiser_id": call.owner}, span, hour)


def report(call: Call) -> Json:
    """A page of rows; every metric is a text."""
    page, size = call.params.get("page", 1), size_of(call)
    metrics: list[str] = call.params.get("metrics", ["spend", "impressions"])
    table = _table(call)
    start, wanted = (page - 1) * size, range(table.length)
    if "order_field" in call.params:
        # Sorting needs every row's figures, not only the page's.
        lines = _sorted(call, [table.line(call, number) for number in wanted])[start : start + size]
    else:
        lines = [table.line(call, number) for number in wanted[start : start + size]]
    told: dict[str, Json] = {
        "list": [_row(call, line, metrics) for line in lines],
        "page_info": page_info(page, size, table.length),
    }
    if call.params.get("enable_total_metrics"):
        figures = total_of(_figures_of(call, table.line(call, number)) for number in wanted)
        told["total_metrics"] = {name: text_of(name, figures) for name in metrics if name not in NAMES}
    return told


def _row(call: Call, line: _Line, metrics: Sequence[str]) -> Json:
    figures = _figures_of(call, line)
    dimensions = {name: _dimension(call, line, name) for name in call.params["dimensions"]}
    return {"dimensions": dimensions, "metrics": {name: _metric(call, line, name, figures) for name in metrics}}


def _dimension(call: Call, line: _Line, name: str) -> Json:
    if name == V2 or name in IDS:
        return wire_id(call, line.ids[name]) if name in line.ids else "-"
    if name == COUNTRY:
        return "US"
    return f"{line.span[0]} {line.hour or 0:02d}:00:00"


def _metric(call: Call, line: _Line, name: str, figures: Counter[str]) -> str:
    if name.endswith("_name"):
        row_id = line.ids.get(name.replace("_name", "_id")) or (line.ids.get(V2) if name == "ad_name" else None)
        return call.world.row(row_id).name if row_id else "-"
    return text_of(name, figures)


def text_of(name: str, figures: Counter[str]) -> str:
    """A metric as production writes it: a text, and a dash where there is nothing to divide by."""
    if name == "average_video_play":
        return "3.20" if figures["video_play_actions"] else "-"
    below = DERIVED[name][2] if name in DERIVED else ""
    return "-" if below and not figures[below] else metric(name, figures).text


def _figures_of(call: Call, line: _Line) -> Counter[str]:
    if V2 in line.ids and IDS[-1] not in line.ids:
        # An ad has what its creatives have, those that are gone too.
        place = (AD, call.owner, line.ids["adgroup_id"])
        rows = call.world.visible(place, float("inf"), deleted=True)
        own = [row.id for row in rows if row.fields.get("smart_plus_ad_id") == line.ids[V2]]
        total = total_of(figures_of(call, one, day) for one in own for day in line.span)
    else:
        finest = [name for name in IDS if name in line.ids][-1]
        total = total_of(figures_of(call, line.ids[finest], day) for day in line.span)
    if line.hour is not None:
        return Counter({name: value // 24 for name, value in total.items()})
    return total


# --- what the rows are about -----------------------------------------------------------------------------------------


def _table(call: Call) -> _Table:
    dimensions = call.params["dimensions"]
    days = _days(call, dimensions)
    finest = max((IDS.index(name) for name in dimensions if name in IDS), default=0)
    if V2 in dimensions:
        finest = LEVELS.index("AD")
    level = call.params.get("data_level")
    if level is None:
        raise wrong("data_level", MISSING)
    if finest > LEVELS.index(level.partition("_")[2]):
        raise wrong("dimensions", f"{IDS[finest]} does not go with data_level")
    objects = [] if is_empty(call) or not days else _objects(call, finest)
    if HOUR in dimensions:
        return _Table(objects, [(days, hour) for hour in range(24)])
    return _Table(objects, [((day,), None) for day in days] if DAY in dimensions else [(days, None)])


def _days(call: Call, dimensions: Sequence[str]) -> tuple[date, ...]:
    if call.params.get("query_lifetime"):
        return _arrived(call, [today(call) - timedelta(days=number) for number in range(LIFE, -1, -1)])
    for name in ("start_date", "end_date"):
        if name not in call.params:
            raise wrong(name, MISSING)
    start, end = call.params["start_date"], call.params["end_date"]
    if end < start:
        raise wrong("end_date", "must not be before start_date")
    longest = LONGEST_HOURS if HOUR in dimensions else LONGEST_DAYS if DAY in dimensions else LONGEST
    length = (end - start).days + 1
    if length > longest:
        raise wrong("end_date", f"a report with these dimensions spans at most {longest} days")
    return _arrived(call, [start + timedelta(days=number) for number in range(length)])


def _arrived(call: Call, days: Sequence[date]) -> tuple[date, ...]:
    return tuple(day for day in days if arrived(call, day))


def _objects(call: Call, finest: int) -> Sequence[Row | None]:
    tests = [_test(number, one) for number, one in enumerate(call.params.get("filtering", []))]
    if finest == 0:
        return [None]
    deleted = call.settings.show_deleted or any(map(_asks_for_deleted, call.params.get("filtering", [])))
    kind = (CAMPAIGN, ADGROUP, AD)[finest - 1]
    rows = call.world.visible((kind, call.owner, None), call.now, deleted=deleted)
    if kind is AD and IDS[-1] not in call.params["dimensions"]:
        # Whole ads: in place of its creatives the ad of Smart+ they are in.
        rows = [row for row in rows if not row.fields.get("smart_plus_ad_id")]
        rows += call.world.visible((SMART_AD, call.owner, None), call.now, deleted=deleted)
        rows.sort(key=lambda row: row.number)
    return [row for row in rows if all(test({**_ids(call, row), AUTOMATION: _family(call, row)}) for test in tests)]


def _ids(call: Call, row: Row) -> dict[str, str]:
    told = lineage(call, row)
    whole = told.pop("smart_plus_ad_id", None) or row.fields.get("smart_plus_ad_id") or told.get(IDS[-1])
    return {**told, V2: whole} if whole else told


def _family(call: Call, row: Row) -> str:
    return str(campaign_of(call, row).fields.get(AUTOMATION, "MANUAL"))


def _test(number: int, told: dict[str, Any]) -> Callable[[dict[str, str]], bool]:
    """A filter of ids; those of other fields let everything pass."""
    name = FILTERS.get(told["field_name"])
    try:
        wanted = decode(told["filter_value"].encode())
    except ValueError:
        raise wrong(f"filtering.{number}.filter_value", "must be JSON in a string") from None
    if name is None:
        return lambda ids: True
    if told["filter_type"] != "IN" or not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise wrong(f"filtering.{number}.filter_value", "must be an array of strings, with IN")
    if len(wanted) > MOST_IDS:
        raise wrong(f"filtering.{number}.filter_value", f"must not hold more than {MOST_IDS}")
    chosen = frozenset(wanted)
    # A filter that is finer than the rows lets them pass.
    return lambda ids: name not in ids or ids[name] in chosen


def _asks_for_deleted(told: dict[str, Any]) -> bool:
    return told["field_name"] == "ad_status" and "STATUS_ALL" in told["filter_value"]


def _sorted(call: Call, lines: list[_Line]) -> list[_Line]:
    name, down = call.params["order_field"], call.params.get("order_type", "DESC") == "DESC"
    if name in (DAY, HOUR):
        return sorted(lines, key=lambda line: (line.span, line.hour or 0), reverse=down)
    if name not in ("spend", *COUNTED, *DERIVED):
        raise wrong("order_field", "must be a metric or a time")
    return sorted(lines, key=lambda line: metric(name, _figures_of(call, line)).value, reverse=down)


ENDPOINTS = (
    endpoint(
        "GET",
        "report/integrated/get/",
        (
            OWNER,
            text("report_type", *REPORT_TYPES, required=True),
            text("service_type", "AUCTION", "RESERVATION"),
            text("data_level", *DATA_LEVELS),
            texts("dimensions", *DIMENSIONS, required=True, least=1),
            texts("metrics", *METRICS, *NAMES),
            Field("start_date", Type.DATE),
            Field("end_date", Type.DATE),
            flag("query_lifetime"),
            Field(
                "filtering",
                Type.OBJECTS,
                least=0,
                fields=tuple(text(name, required=True) for name in ("field_name", "filter_type", "filter_value")),
            ),
            text("order_field"),
            text("order_type", "ASC", "DESC"),
            flag("enable_total_metrics"),
            flag("multi_adv_report_in_utc_time"),
            text("query_mode", "REGULAR", "CHUNK"),
            PAGE,
            count("page_size", most=1000),
        ),
        report,
    ),
)
