"""Reports on the creatives inside Smart+ ads: which of two calls tells it, what it takes, what it needs. *Pure*.

With an object among the dimensions it is the overview, which knows no time; without one the breakdown, by time if it
is asked for. Sources: the official pages "Run an Upgraded Smart+ Creative Overview Report" (1843317489576961) and "…
Creative Breakdown Report" (1843317510389761), and their supported dimensions (1843337892165889, 1843337879988226). The
breakdown's page names the filters of materials in the singular; sent are the names of the gateway's specification.

A row is joined to a creative of the lockfile by the overview of smart_plus_ad_id and main_material_id: its metric
ad_material_id is the one recorded there. main_material_id is a post or a creative of TikTok's, never a video_id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.contracts.reports import CREATIVE, HOUR, TIMES, Asked, Filter, ReportCall, compact

OVERVIEW = "smart_plus/material_report/overview/"
BREAKDOWN = "smart_plus/material_report/breakdown/"
OBJECTS = ("advertiser_id", "campaign_id", "adgroup_id", "smart_plus_ad_id")
MATERIALS = ("main_material_id", "ad_text_entity_id", "call_to_action_entity_id", "interactive_add_on_entity_id")
PAGE_SIZE = 100
LONGEST: Mapping[str | None, int] = {HOUR: 7, None: 365}
"""Most days by the dimension of time; None: every other, and none."""
_ONE_LEVEL = ("campaign_ids", "adgroup_ids", "smart_plus_ad_ids")
_MOST_OBJECTS, _MOST_MATERIALS = 200, 400
_TYPES = "main_material_types"
_BY_MATERIAL = tuple(f"{name}s" for name in MATERIALS)
_ABSENT = ("reach", "frequency", "result")
"""What these reports do not have (the specification's list of metrics)."""


class Objection(NamedTuple):
    """Why a report is refused, and what to do."""

    code: str
    message: str
    hint: str


def is_overview(asked: Asked) -> bool:
    """Whether the call without time tells it."""
    return any(name in OBJECTS for name in asked.dimensions)


def takes(asked: Asked) -> frozenset[str]:
    """Query parameters beyond those that both calls need."""
    both = frozenset({"filtering", "order_field"})
    return both | {"query_lifetime"} if is_overview(asked) else both


def call(advertiser: str, asked: Asked) -> ReportCall:
    """The listing that tells it. `asked` has passed its checks."""
    query = {
        "advertiser_id": advertiser,
        "dimensions": compact(list(asked.dimensions)),
        "metrics": compact(list(asked.metrics)),
    }
    if asked.lifetime:
        query["query_lifetime"] = "true"
    if asked.start and asked.end:
        query.update(start_date=asked.start, end_date=asked.end)
    if asked.filters:
        query["filtering"] = compact({one.field: list(one.values) for one in asked.filters})
    if asked.order_by:
        query.update(sort_field=asked.order_by, sort_type=asked.order or "DESC")
    return ReportCall(OVERVIEW if is_overview(asked) else BREAKDOWN, query, PAGE_SIZE)


def objections(asked: Asked) -> Iterator[Objection]:
    """What the API would refuse of it."""
    yield from _grouped(asked.dimensions)
    for name in _ABSENT:
        if name in asked.metrics:
            hint = "ask for it with --level AUCTION_AD and the dimension ad_id, which is one creative"
            yield Objection("R620", f"--metrics: --level {CREATIVE} has no {name}", hint)
    yield from _filtered(asked.filters)


def _grouped(dimensions: Sequence[str]) -> Iterator[Objection]:
    known = (*OBJECTS, *MATERIALS, *TIMES)
    for name in dimensions:
        if name not in known:
            message = f"--dimensions: --level {CREATIVE} has no {name}"
            yield Objection("R620", message, f"allowed: {', '.join(known)}")
    objects, materials, times = (
        [name for name in dimensions if name in some] for some in (OBJECTS, MATERIALS, TIMES)
    )  # fmt: skip
    if not materials:
        hint = f"add one of {', '.join(MATERIALS)}"
        yield Objection("R621", f"--dimensions of --level {CREATIVE} name no material", hint)
    if objects and (len(objects) > 1 or len(materials) > 1):
        hint = f"keep one of {', '.join(OBJECTS)} and one of {', '.join(MATERIALS)}"
        yield Objection("R621", "a report of creatives by object takes two dimensions", hint)
    if objects and times:
        hint = f"leave {times[0]} out, or {objects[0]}: --filter smart_plus_ad_ids:IN:ID narrows a report by time"
        yield Objection("R621", f"{objects[0]} and {times[0]} cannot be combined", hint)


def _filtered(filters: Sequence[Filter]) -> Iterator[Objection]:
    named = [one.field for one in filters]
    for one in filters:
        if one.type != "IN":
            hint = f"write {one.field}:IN:VALUE"
            yield Objection("R621", f"--filter: --level {CREATIVE} knows IN alone, not {one.type}", hint)
    for name in sorted({name for name in named if named.count(name) > 1}):
        yield Objection("R621", f"--filter names {name} twice", "write all values behind one IN, with commas")
    levels = [name for name in _ONE_LEVEL if name in named]
    if len(levels) > 1:
        yield Objection("R621", f"--filter: {levels[0]} and {levels[1]} cannot be combined", "keep one of them")
    counts = {one.field: len(one.values) for one in filters}
    if "main_material_ids" in counts and counts.get(_TYPES) != 1:
        hint = f"add --filter {_TYPES}:IN:TYPE, such as VIDEO_SPARK_ADS"
        yield Objection("R621", f"--filter: main_material_ids needs one of {_TYPES}", hint)
    sizes = [*((name, counts.get(name, 0), _MOST_OBJECTS) for name in _ONE_LEVEL)]
    sizes.append(("ids of materials", sum(counts.get(name, 0) for name in _BY_MATERIAL), _MOST_MATERIALS))
    for what, count, most in sizes:
        if count > most:
            yield Objection("R621", f"--filter: {count} {what}, at most {most}", "ask for fewer at a time")
