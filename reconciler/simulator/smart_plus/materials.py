"""Material reports: figures of the creatives, texts and calls to action inside Smart+ ads (1.6).

A creative is named by its main_material_id: the post, or the main creative, never the video. Its figures are those
that the manual report gives for it as an ad; a creative together with a text or a call has figures of its own. `reach`,
`frequency` and `result` are not among the metrics. Groupings and types: the official pages of supported dimensions
(1843337892165889, 1843337879988226) and of the two reports (1843317489576961, 1843317510389761).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from reconciler.simulator.answers import page_info, size_of
from reconciler.simulator.daily import VIEWS, figures_of, is_empty, total_of
from reconciler.simulator.kinds import AD, SMART_AD
from reconciler.simulator.marketing.figures import text_of
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
THINGS = (MAIN, *ENTITIES)
MATERIAL_TYPES = (
    "VIDEO_NON_SPARK_ADS", "VIDEO_SPARK_ADS", "CAROUSEL_NON_SPARK_ADS", "CAROUSEL_SPARK_ADS",
    "SINGLE_IMAGE_NON_SPARK_ADS", "CATALOG_VIDEO", "CATALOG_VIDEO_TEMPLATE", "CATALOG_CAROUSEL", "CATALOG_MULTI_SHOW",
)  # fmt: skip
_KINDS = {
    "ad_text_entity_id": "text",
    "call_to_action_entity_id": "manual_call_to_action",
    "interactive_add_on_entity_id": "add_on",
}
OF_ONE_AD = ("ad_material_id", "operation_status", "material_primary_status", "material_second_status_list")
"""Metrics that only an overview by ads fills."""
PLAIN = (
    "spend", "impressions", "clicks", "ctr", "cpc", "cpm", "conversion", "cost_per_conversion", "video_play_actions",
    "video_watched_2s", "video_watched_6s", "average_video_play",
)  # fmt: skip
METRICS = (*PLAIN, "conversion_rate_v2", "engagement_rate", "likes", "shares", *VIEWS)
LONGEST, LONGEST_HOURS, MOST_ADS, MOST_MATERIALS = 365, 7, 200, 400


@dataclass(frozen=True)
class _Entry:
    """What a row is about: its ids, and whose figures it adds up."""

    ids: Mapping[str, str]
    sources: tuple[str, ...]
    creative: Row | None = None
    """The one of a row about an ad."""


def overview(call: Call) -> Json:
    """One row for each thing of a level, without times."""
    dimensions = call.params["dimensions"]
    levels = [name for name in dimensions if name in LEVELS]
    things = [name for name in dimensions if name not in LEVELS]
    if len(levels) != 1 or len(things) != 1:
        raise wrong("dimensions", f"takes one of {', '.join(LEVELS)} and one of {', '.join(THINGS)}")
    entries = _creatives(call, levels[0]) if things[0] == MAIN else _entities(call, levels[0], things[0])
    return _answer(call, list(entries), [Span("", days_of(call, LONGEST))])


def breakdown(call: Call) -> Json:
    """Creatives, texts and calls, or what they are together, by time or not."""
    dimensions = call.params["dimensions"]
    times = [name for name in dimensions if name in TIMES]
    things = [name for name in dimensions if name in THINGS]
    if not things or len(times) > 1:
        raise wrong("dimensions", f"takes some of {', '.join(THINGS)} and at most one of {', '.join(TIMES)}")
    time = times[0] if times else ""
    days = days_of(call, LONGEST_HOURS if time == TIMES[0] else LONGEST)
    if len(things) > 1:
        entries = _together(call, things)
    else:
        entries = _creatives(call, LEVELS[0]) if things[0] == MAIN else _entities(call, LEVELS[0], things[0])
    return _answer(call, list(entries), list(SPANS[time](days)))


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


def _shown(call: Call, ad: Row) -> Iterator[Row]:
    """The creatives of an ad that a filter leaves, those that are gone too."""
    asked = call.params.get("filtering", {})
    for row in call.world.visible((AD, ad.owner, ad.parent), call.now, deleted=True):
        if row.fields.get("smart_plus_ad_id") != ad.id:
            continue
        material, kind = bag.main_material(row), _type(row)
        if material in asked.get("main_material_ids", [material]) and kind in asked.get("main_material_types", [kind]):
            yield row


def _type(row: Row) -> str:
    """What the main_material_id names. Which library videos count as Spark ads is not told: here none does."""
    info = row.fields["creative_info"]
    if info.get("ad_format") == "CATALOG_CAROUSEL":
        return "CATALOG_CAROUSEL"
    what = "CAROUSEL" if info.get("ad_format") == "CAROUSEL_ADS" else "VIDEO"
    return f"{what}_{'SPARK_ADS' if 'tiktok_item_id' in info else 'NON_SPARK_ADS'}"


def _creatives(call: Call, level: str) -> Iterator[_Entry]:
    found: dict[tuple[str, str], list[Row]] = {}
    for ad in _ads(call):
        above = _lineage(call, ad)[level]
        for row in _shown(call, ad):
            found.setdefault((above, bag.main_material(row)), []).append(row)
    for (above, material), rows in found.items():
        # Of several the one that lives: an update may have given the creative new ids.
        living = [row for row in rows if row.status != DELETED] or rows
        ids = {level: above, MAIN: material, "main_material_type": _type(living[-1])}
        one = living[-1] if level == LEVELS[-1] else None
        yield _Entry(ids, tuple(row.id for row in rows), creative=one)


def _said(call: Call, ad: Row, name: str) -> Iterator[str]:
    """The entities of one name that an ad has."""
    pool, field = ENTITIES[name]
    for item in ad.fields.get(pool) or ():
        digest = hashlib.blake2b(f"{call.owner}/{pool}/{item[field]}".encode(), digest_size=7).digest()
        yield str(7_400_000_000_000_000_000 + int.from_bytes(digest, "big"))


def _entities(call: Call, level: str, name: str) -> Iterator[_Entry]:
    found: dict[tuple[str, str], list[str]] = {}
    for ad in _ads(call):
        for entity in _said(call, ad, name):
            found.setdefault((_lineage(call, ad)[level], entity), []).append(f"{ad.id}/{entity}")
    for (above, entity), sources in found.items():
        yield _Entry({level: above, name: entity, **_kind_of(name)}, tuple(sources))


def _together(call: Call, names: Sequence[str]) -> Iterator[_Entry]:
    """What one ad may combine."""
    found: dict[tuple[str, ...], list[str]] = {}
    types: dict[str, str] = {}
    for ad in _ads(call):
        mine = {bag.main_material(row): _type(row) for row in _shown(call, ad)}
        types |= mine
        for several in product(*(mine if name == MAIN else _said(call, ad, name) for name in names)):
            found.setdefault(several, []).append("/".join((ad.id, *several)))
    for several, sources in found.items():
        told = dict(zip(names, several, strict=True))
        kinds = {"main_material_type": types[told[MAIN]]} if MAIN in told else {}
        for name in names:
            kinds |= _kind_of(name)
        yield _Entry({**told, **kinds}, tuple(sources))


def _kind_of(name: str) -> dict[str, str]:
    return {name.replace("_id", "_type"): _KINDS[name]} if name in _KINDS else {}


# --- figures ---------------------------------------------------------------------------------------------------------


def _answer(call: Call, entries: Sequence[_Entry], spans: Sequence[Span]) -> Json:
    metrics: list[str] = call.params.get("metrics", ["spend", "impressions"])
    shown = () if is_empty(call) else spans
    lines = [(entry, span, _figures(call, entry, span)) for entry in entries for span in shown if span.days]
    key, down = call.params.get("sort_field", "spend"), call.params.get("sort_type", "DESC") == "DESC"
    lines.sort(key=lambda line: _order(key, line[2]), reverse=down)
    page, size = call.params.get("page", 1), size_of(call)
    return {
        "list": [_row(call, *line, metrics) for line in lines[(page - 1) * size : page * size]],
        "page_info": page_info(page, size, len(lines)),
    }


def _figures(call: Call, entry: _Entry, span: Span) -> Counter[str]:
    total = total_of(figures_of(call, source, day) for source in entry.sources for day in span.days)
    return Counter({name: value // 24 for name, value in total.items()}) if span.hour else total


def _row(call: Call, entry: _Entry, span: Span, figures: Counter[str], metrics: Sequence[str]) -> Json:
    times = {name: span.label for name in call.params["dimensions"] if name in TIMES}
    wanted = [name for name in call.params["dimensions"] if name in entry.ids]
    kinds = [one for name in wanted if (one := name.replace("_id", "_type")) in entry.ids]
    dimensions = {name: entry.ids[name] for name in (*wanted, *kinds)}
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
        texts("main_material_types", *MATERIAL_TYPES),
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
        _fields((*LEVELS, *THINGS), flag("query_lifetime")),
        overview,
    ),
    endpoint("GET", "smart_plus/material_report/breakdown/", _fields((*THINGS, *TIMES)), breakdown),
)
