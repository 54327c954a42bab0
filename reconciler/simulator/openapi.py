"""The `openapi` contract: campaigns, ad groups, ads, reports and audiences (OpenAPI document, all sections)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from reconciler.simulator.answers import PAGE, PAGE_SIZE, page_info, size_of, wire_id, wire_number
from reconciler.simulator.clock import stamp
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN, Kind
from reconciler.simulator.reports import DIMENSIONS, METRICS, report
from reconciler.simulator.rules import Call, Endpoint, Field, Type
from reconciler.simulator.wire import Json, Number
from reconciler.simulator.world import STATUSES, Place, Row

OBJECTIVES = (
    "REACH", "TRAFFIC", "APP_PROMOTION", "LEAD_GENERATION", "ENGAGEMENT", "VIDEO_VIEWS", "CONVERSIONS", "CATALOG_SALES",
)  # fmt: skip
BUDGET_MODES = ("BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL")
PLACEMENTS = ("PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL")
REPORT_TYPES = ("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC")
DATA_LEVELS = ("AUCTION_ADVERTISER", "AUCTION_CAMPAIGN", "AUCTION_ADGROUP", "AUCTION_AD")
AUDIENCE_TYPES = ("CUSTOMER_FILE", "ENGAGEMENT", "WEBSITE", "APP", "LOOKALIKE")


def wire_row(call: Call, row: Row) -> dict[str, Json]:
    """An object as lists show it: never landing_page_url, and no time the document does not promise."""
    wire: dict[str, Json] = {row.kind.id_field: wire_id(call, row.id), row.kind.name_field: row.name}
    if row.kind.parent is not None:
        wire[row.kind.parent.id_field] = wire_id(call, row.parent or "")
    if row.kind is not AD:
        wire["advertiser_id"] = wire_id(call, row.owner)
    wire["status"] = row.status
    for name in row.kind.fields:
        if name == "landing_page_url":
            continue
        if name in row.fields:
            value = row.fields[name]
            wire[name] = wire_number(call, value) if isinstance(value, Number) else value
        elif call.settings.absent_fields == "null":
            wire[name] = None
    if row.kind is not AD:
        wire["create_time"] = stamp(row.created)
    if row.kind is CAMPAIGN:
        wire["modify_time"] = stamp(row.modified)
    return wire


def _list(kind: Kind) -> Callable[[Call], Json]:
    def handler(call: Call) -> Json:
        page, size = call.params.get("page", 1), size_of(call)
        heeded = call.settings.filter == "honoured"
        ids: Sequence[str] | None = call.params.get(f"{kind.word}_ids") if heeded else None
        if ids is not None:
            found = call.world.pick(kind, call.owner, ids, call.now)
            rows, total = found[(page - 1) * size : page * size], len(found)
        else:
            parent = call.params.get(kind.parent.id_field) if kind.parent and heeded else None
            place: Place = (kind, call.owner, parent)
            rows, total = call.world.slice(place, (page - 1) * size, size, call.now)
        return {"list": [wire_row(call, row) for row in rows], "page_info": page_info(page, size, total)}

    return handler


def _create(kind: Kind) -> Callable[[Call], Json]:
    def handler(call: Call) -> Json:
        parent = call.params[kind.parent.id_field] if kind.parent else None
        fields = {name: call.params[name] for name in kind.fields if name in call.params}
        row = call.world.create(kind, call.owner, parent, call.params[kind.name_field], fields, call.now)
        # Only campaign/create promises an id.
        return {row.kind.id_field: wire_id(call, row.id)} if kind is CAMPAIGN else {}

    return handler


def _update_campaign(call: Call) -> Json:
    row = call.world.find(CAMPAIGN, call.owner, call.params["campaign_id"])
    budget = {"budget": call.params["budget"]} if "budget" in call.params else {}
    call.world.change(
        row, call.now, name=call.params.get("campaign_name"), status=call.params.get("status"), fields=budget
    )
    return {}


def _report(call: Call) -> Json:
    page, size = call.params.get("page", 1), size_of(call, 20)
    rows, total = report(call, page, size)
    for row in rows:
        row["dimensions"] = {
            name: wire_id(call, value) if name.endswith("_id") else value for name, value in row["dimensions"].items()
        }
        row["metrics"] = {name: wire_number(call, value) for name, value in row["metrics"].items()}
    return {"list": rows, "page_info": page_info(page, size, total)}


def _audiences(call: Call) -> Json:
    page, size = call.params.get("page", 1), size_of(call)
    chosen = range(call.settings.audiences)[(page - 1) * size : page * size]
    return {"list": [_audience(call, number) for number in chosen]}


def _audience(call: Call, number: int) -> Json:
    key = f"{call.seed}/{call.owner}/audience/{number}"
    draw = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest(), "big")
    return {
        "audience_id": wire_id(call, str(1_700_000_000_000_000_000 + number * 10**15 + draw % 10**15)),
        "name": f"Audience {number + 1}",
        "audience_type": AUDIENCE_TYPES[number % len(AUDIENCE_TYPES)],
        "size": 1_000 + draw % 2_000_000,
    }


OWNER = Field("advertiser_id", Type.ID, required=True)
BUDGET = Field("budget", Type.NUMBER)


def _text(name: str) -> Field:
    return Field(name, Type.TEXT, required=True)


def _name(name: str) -> Field:
    return Field(name, Type.NAME, required=True)


def _id(name: str) -> Field:
    return Field(name, Type.ID, required=True)


def _enum(name: str, allowed: tuple[str, ...]) -> Field:
    return Field(name, Type.TEXT, required=True, allowed=allowed)


ENDPOINTS = (
    Endpoint(
        "GET",
        "campaign/get/",
        (OWNER, Field("campaign_ids", Type.IDS), PAGE, Field("page_size", Type.COUNT, most=1000)),
        _list(CAMPAIGN),
    ),
    Endpoint(
        "POST",
        "campaign/create/",
        (
            OWNER,
            _name("campaign_name"),
            _enum("objective_type", OBJECTIVES),
            _enum("budget_mode", BUDGET_MODES),
            BUDGET,
        ),
        _create(CAMPAIGN),
    ),
    Endpoint(
        "POST",
        "campaign/update/",
        (
            OWNER,
            _id("campaign_id"),
            Field("campaign_name", Type.NAME),
            BUDGET,
            Field("status", Type.TEXT, allowed=STATUSES),
        ),
        _update_campaign,
    ),
    Endpoint("GET", "adgroup/get/", (OWNER, Field("campaign_id", Type.ID), PAGE, PAGE_SIZE), _list(ADGROUP)),
    Endpoint(
        "POST",
        "adgroup/create/",
        (
            OWNER,
            _id("campaign_id"),
            _name("adgroup_name"),
            _enum("placement_type", PLACEMENTS),
            BUDGET,
            Field("budget_mode", Type.TEXT, allowed=BUDGET_MODES),
        ),
        _create(ADGROUP),
    ),
    Endpoint("GET", "ad/get/", (OWNER, Field("adgroup_id", Type.ID), PAGE, PAGE_SIZE), _list(AD)),
    Endpoint(
        "POST",
        "ad/create/",
        (OWNER, _id("adgroup_id"), _name("ad_name"), _text("ad_format"), Field("landing_page_url", Type.TEXT)),
        _create(AD),
        rate="ad_create",
    ),
    Endpoint(
        "GET",
        "report/integrated/get/",
        (
            OWNER,
            _enum("report_type", REPORT_TYPES),
            _enum("data_level", DATA_LEVELS),
            Field("dimensions", Type.WORDS, required=True, allowed=DIMENSIONS),
            Field("metrics", Type.WORDS, required=True, allowed=METRICS),
            Field("start_date", Type.DATE, required=True),
            Field("end_date", Type.DATE, required=True),
            PAGE,
            PAGE_SIZE,
        ),
        _report,
    ),
    Endpoint("GET", "dmp/custom_audience/list/", (OWNER, PAGE, PAGE_SIZE), _audiences),
)
