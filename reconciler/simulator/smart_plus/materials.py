"""Material reports: figures of the creatives, texts and calls to action inside Smart+ ads (1.6).

A creative is named by its main_material_id: the post, or the main creative, never the video. Its figures are those
that the manual report gives for it as an ad. `reach`, `frequency` and `result` are not among the metrics.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reconciler.simulator.answers import page_info, size_of
from reconciler.simulator.kinds import AD, SMART_AD
from reconciler.simulator.marketing.figures import text_of, tired
from reconciler.simulator.marketing.shapes import (
    OWNER,
    PAGE,
    count,
    endpoint,
    flag,
    ids,
    text,
    texts,
    wrong,
)
from reconciler.simulator.reports import drawn, total_of
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.smart_plus import bag
from reconciler.simulator.smart_plus.spans import SPANS, TIMES, Span, days_of
from reconciler.simulator.wire import Json
from reconciler.simulator.world import DELETED, Row

LEVELS = ("advertiser_id", "campaign_id", "adgroup_id", "smart_plus_ad_id")
MAIN = "main_material_id"
ENTITIES = {
    "ad_text_entity_id": ("ad_text_list", "ad_text"),
    "call_to_action_entity_id": ("call_to_action_list", "call_to_action"),
    "interactive_add_on_entity_id": ("interactive_add_on_list", "card_id"),
}
OF_ONE_AD = ("ad_material_id", "operation_status", "material_primary_status", "material_second_status_list")
"""Metrics that only an overview by ads fills."""
_VIEWS = {"video_views_p25": 60, "video_views_p50": 40, "video_views_p75": 25, "video_views_p100": 15}
"""Percent of the plays that came so far."""
PLAIN = (
    "spend", "impressions", "clicks", "ctr", "cpc", "cpm", "conversion", "cost_per_conversion", "video_play_actions",
    "video_watched_2s", "video_watched_6s", "average_video_play",
)  # fmt: skip
METRICS = (*PLAIN, "conversion_rate_v2", "engagement_rate", "likes", "shares", *_VIEWS)
LONGEST, LONGEST_HOURS, MOST_ADS, MOST_MATERIALS = 365, 7, 200, 400


@dataclass(frozen=True)
class _Entry:
    """What a row is about: its ids, the objects whose figures it adds up, and the creative where it is one."""

    ids: Mapping[str, str]
    sources: tuple[str, ...]
    creative: Row | None = None


def overview(call: Call) -> Json:
    """One row for each thing of a level, without times."""
    dimensions = call.params["dimensions"]
    levels = [name for name in dimensions if name in LEVELS]
    things = [name for name in dimensions if name not in LEVELS]
    if len(levels) != 1 or len(things) != 1:
        raise wrong("dimensions", f"takes one of {', '.join(LEVELS)} and one of {', '.join((MAIN, *ENTITIES))}")
    entries = _creatives(call, levels[0]) if things[0] == MAIN else _entities(call, levels[0], things[0])
    return _answer(call, list(entries), [Span("", days_of(call, LONGEST))])


def breakdown(call: Call) -> Json:
    """Creatives by time. Of the setting dimensions only that there are some is known: none is served."""
    dimensions = call.params["dimensions"]
    times = [name for name in dimensions if name in TIMES]
    if MAIN not in dimensions or len(times) > 1 or len(times) + 1 != len(dimensions):
        raise wrong("dimensions", f"takes {MAIN} and at most one of {', '.join(TIMES)}")
    time = times[0] if times else ""
    days = days_of(call, LONGEST_HOURS if time == TIMES[0] else LONGEST)
    entries = list(_creatives(call, LEVELS[0]))
    return _answer(call, entries, list(SPANS[time](days)))


# --- what the rows are about -----------------------------------------------------------------------------------------


def _ads(call: Call) -> list[Row]:
    """The ads that a filter leaves, which names at most one level."""
    asked: dict[str, list[str]] = call.params.get("filtering", {})
    named = [name for name in ("campaign_ids", "adgroup_ids", "smart_plus_ad_ids") if name in asked]
    if len(named) > 1:
        raise wrong(f"filtering.{named[1]}", f"does not go with {named[0]}")
    if "main_material_ids" in asked and len(asked.get("main_material_types", ())) != 1:
        raise wrong("filtering.main_material_types", "must be one where main_material_ids are sent")
    rows = call.world.visible((SMART_AD, call.owner, None), call.now, deleted=call.settings.show_deleted)
    for name in named:
        rows = [row for row in rows if _lineage(call, row)[name.removesuffix("s")] in asked[name]]
    return rows


def _lineage(call: Call, ad: Row) -> dict[str, str]:
    line = [ad]
    while line[-1].parent is not None:
        line.append(call.world.row(line[-1].parent))
    return {"advertiser_id": ad.owner, **{one.kind.id_field: one.id for one in line}}


def _creatives(call: Call, level: str) -> Iterator[_Entry]:
    wanted = call.params.get("filtering", {}).get("main_material_ids")
    found: dict[tuple[str, str], list[Row]] = {}
    for ad in _ads(call):
        above = _lineage(call, ad)[level]
        for row in call.world.visible((AD, ad.owner, ad.parent), call.now, deleted=True):
            material = bag.main_material(row) if row.fields.get("smart_plus_ad_id") == ad.id else None
            if material is not None and (wanted is None or material in wanted):
                found.setdefault((above, material), []).append(row)
    for (above, material), rows in found.items():
        # Of several the one that lives: an update may have given the creative new ids.
        living = [row for row in rows if row.status != DELETED] or rows
        one = living[-1] if level == LEVELS[-1] else None
        yield _Entry({level: above, MAIN: material}, tuple(row.id for row in rows), one)


def _entities(call: Call, level: str, name: str) -> Iterator[_Entry]:
    pool, field = ENTITIES[name]
    found: dict[tuple[str, str], list[str]] = {}
    for ad in _ads(call):
        for item in ad.fields.get(pool) or ():
            digest = hashlib.blake2b(f"{call.owner}/{pool}/{item[field]}".encode(), digest_size=7).digest()
            entity = str(7_400_000_000_000_000_000 + int.from_bytes(digest, "big"))
            found.setdefault((_lineage(call, ad)[level], entity), []).append(f"{ad.id}/{entity}")
    for (above, entity), sources in found.items():
        yield _Entry({level: above, name: entity}, tuple(sources))


# --- figures ---------------------------------------------------------------------------------------------------------


def _answer(call: Call, entries: Sequence[_Entry], spans: Sequence[Span]) -> Json:
    metrics: list[str] = call.params.get("metrics", ["spend", "impressions"])
    lines = [(entry, span, _figures(call, entry, span)) for entry in entries for span in spans]
    key, down = call.params.get("sort_field", "spend"), call.params.get("sort_type", "DESC") == "DESC"
    lines.sort(key=lambda line: _order(key, line[2]), reverse=down)
    page, size = call.params.get("page", 1), size_of(call)
    shown = lines[(page - 1) * size : page * size]
    return {
        "list": [_row(call, entry, span, figures, metrics) for entry, span, figures in shown],
        "page_info": page_info(page, size, len(lines)),
    }


def _figures(call: Call, entry: _Entry, span: Span) -> Counter[str]:
    is_creative = MAIN in entry.ids
    total = total_of(
        tired(call, "ad_id", source, day) if is_creative else drawn(call, source, day)
        for source in entry.sources
        for day in span.days
    )
    return Counter({name: value // 24 for name, value in total.items()}) if span.hour else total


def _row(call: Call, entry: _Entry, span: Span, figures: Counter[str], metrics: Sequence[str]) -> Json:
    times = {name: span.label for name in call.params["dimensions"] if name in TIMES}
    dimensions = {name: entry.ids[name] for name in call.params["dimensions"] if name in entry.ids}
    facts = _facts(entry.creative)
    told = {name: facts.get(name, "") if name in OF_ONE_AD else _text(name, figures) for name in metrics}
    return {"dimensions": {**dimensions, **times}, "metrics": told}


def _facts(creative: Row | None) -> dict[str, Json]:
    """The metrics that name a creative; the words of its delivery are assumed."""
    if creative is None:
        return {}
    off = creative.status != "ENABLE"
    return {
        "ad_material_id": creative.fields["ad_material_id"],
        "operation_status": creative.status,
        "material_primary_status": "NOT_DELIVERY" if off else "DELIVERY_OK",
        "material_second_status_list": [],
    }


def _text(name: str, figures: Counter[str]) -> str:
    if name in _VIEWS:
        return str(figures["video_play_actions"] * _VIEWS[name] // 100)
    if name in ("likes", "shares"):
        return str(figures["clicks"] // (5 if name == "likes" else 20))
    if name == "engagement_rate":
        return text_of("ctr", figures)
    return text_of("conversion_rate" if name == "conversion_rate_v2" else name, figures)


def _order(name: str, figures: Counter[str]) -> Decimal:
    told = _text(name, figures)
    return Decimal(0 if told == "-" else told)


_FILTERING = Field(
    "filtering",
    Type.OBJECT,
    fields=(
        ids("campaign_ids", most=MOST_ADS),
        ids("adgroup_ids", most=MOST_ADS),
        ids("smart_plus_ad_ids", most=MOST_ADS),
        ids("main_material_ids", most=MOST_MATERIALS),
        texts("main_material_types"),
    ),
)


def _fields(dimensions: tuple[str, ...], *more: Field) -> tuple[Field, ...]:
    known: tuple[Any, ...] = (
        OWNER,
        texts("dimensions", *dimensions, required=True, least=1),
        texts("metrics", *METRICS, *OF_ONE_AD),
        _FILTERING,
        Field("start_date", Type.DATE),
        Field("end_date", Type.DATE),
        text("sort_field", *METRICS),
        text("sort_type", "ASC", "DESC"),
        PAGE,
        count("page_size", most=100),
    )
    return (*known, *more)


ENDPOINTS = (
    endpoint(
        "GET",
        "smart_plus/material_report/overview/",
        _fields((*LEVELS, MAIN, *ENTITIES), flag("query_lifetime")),
        overview,
    ),
    endpoint("GET", "smart_plus/material_report/breakdown/", _fields((MAIN, *TIMES)), breakdown),
)
