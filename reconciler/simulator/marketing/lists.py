"""Lists of campaigns, ad groups and ads: `filtering`, `fields`, pages (fact sheet, 1.1 to 1.3, 3.2, 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from reconciler.simulator.answers import page_info, size_of
from reconciler.simulator.clock import stamp
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN, SMART_AD, Kind
from reconciler.simulator.marketing.readback import campaign_of, value_of, wire, wire_asset_group
from reconciler.simulator.marketing.secondary import secondary_status
from reconciler.simulator.marketing.shapes import (
    FIELDS,
    IDS_A_FILTER,
    OWNER,
    PAGE,
    anything,
    count,
    endpoint,
    flag,
    ids,
    moment,
    text,
    texts,
)
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

PRIMARY = (
    "STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_DELETE", "STATUS_DELIVERY_OK", "STATUS_DISABLE", "STATUS_NOT_DELIVERY",
    "STATUS_TIME_DONE", "STATUS_FROZEN", "STATUS_RF_CLOSED", "STATUS_DELIVERY_PARTIAL",
)  # fmt: skip
SAME_OBJECTIVE = {"CONVERSIONS": "WEB_CONVERSIONS"}
Test = Callable[[Call, Row, Json], bool]


def _primary(call: Call, row: Row, wanted: Json) -> bool:
    alive = call.world.alive(row)
    if wanted in ("STATUS_ALL", "STATUS_NOT_DELETE", "STATUS_DELETE"):
        return bool(wanted == "STATUS_ALL") or alive == (wanted == "STATUS_NOT_DELETE")
    told = secondary_status(call, row)
    delivers = told.endswith(("_DELIVERY_OK", "CAMPAIGN_STATUS_ENABLE"))
    return alive and {
        "STATUS_DELIVERY_OK": delivers,
        "STATUS_NOT_DELIVERY": not delivers,
        "STATUS_DISABLE": row.status == "DISABLE",
        "STATUS_TIME_DONE": told.endswith("_DONE"),
        "STATUS_FROZEN": row.status == "FROZEN",
    }.get(str(wanted), False)


def _secondary(call: Call, row: Row, wanted: Json) -> bool:
    word = str(wanted)
    if word.endswith("_STATUS_ALL"):
        return True
    if word.endswith("_STATUS_NOT_DELETE"):
        return call.world.alive(row)
    return secondary_status(call, row) == word


def _objective(call: Call, row: Row, wanted: Json) -> bool:
    has = campaign_of(call, row).fields.get("objective_type")
    return bool(SAME_OBJECTIVE.get(str(has), has) == SAME_OBJECTIVE.get(str(wanted), wanted))


def _automation(call: Call, row: Row, wanted: Json) -> bool:
    return bool(campaign_of(call, row).fields.get("campaign_automation_type", "MANUAL") == wanted)


def _name(call: Call, row: Row, wanted: Json) -> bool:
    return str(wanted).casefold() in row.name.casefold()


def _equal(name: str) -> Test:
    return lambda call, row, wanted: bool(value_of(row, name) == wanted)


EQUAL = (
    "optimization_goal", "campaign_type", "campaign_product_source", "sales_destination", "promotion_type",
    "creative_material_mode", "is_smart_performance_campaign",
)  # fmt: skip
TESTS: dict[str, Test] = {
    "primary_status": _primary,
    "secondary_status": _secondary,
    "objective_type": _objective,
    "campaign_automation_type": _automation,
    "campaign_name": _name,
    "adgroup_name": _name,
    "ad_name": _name,
    "buying_types": lambda call, row, wanted: (
        ("RESERVATION_RF" if campaign_of(call, row).fields.get("objective_type") == "RF_REACH" else "AUCTION") in wanted
    ),
    "campaign_system_origins": lambda call, row, wanted: "TT_ADS_PLATFORM" in wanted,
    "creation_filter_start_time": lambda call, row, wanted: stamp(row.created) >= wanted,
    "creation_filter_end_time": lambda call, row, wanted: stamp(row.created) <= wanted,
    "modified_after": lambda call, row, wanted: stamp(row.modified) >= wanted,
    **{name: _equal(name) for name in EQUAL},
    "billing_events": lambda call, row, wanted: value_of(row, "billing_event") in wanted,
}  # fmt: skip
IDS = ("campaign_ids", "adgroup_ids", "ad_ids", "smart_plus_ad_ids")


def _filter(*own: Field) -> Field:
    return Field(
        "filtering",
        Type.OBJECT,
        fields=(
            *own,
            ids("campaign_ids", most=IDS_A_FILTER),
            text("primary_status", *PRIMARY),
            text("secondary_status"),
            text("objective_type"),
            text("optimization_goal"),
            text("campaign_automation_type", "MANUAL", "SMART_PLUS", "UPGRADED_SMART_PLUS"),
            texts("buying_types", "AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW"),
            texts("campaign_system_origins", "TT_ADS_PLATFORM", "PROMOTE"),
            moment("creation_filter_start_time"),
            moment("creation_filter_end_time"),
        ),
    )


def _list(kind: Kind) -> Callable[[Call], Json]:
    def handler(call: Call) -> Json:
        page, size = call.params.get("page", 1), size_of(call)
        asked = asked_of(call)
        if "ad_ids_v2" in asked:
            asked = {**asked, "smart_plus_ad_ids": asked["ad_ids_v2"]}
            rows, total = page_of(call, SMART_AD, asked, (page - 1) * size, size)
            groups = [wire_asset_group(call, row) for row in rows]
            return {"list": groups, "page_info": page_info(page, size, total)}
        rows, total = page_of(call, kind, asked, (page - 1) * size, size)
        wanted = call.params.get("fields")
        nulls = "NULL_FIELD" not in call.params.get("exclude_field_types_in_response", ())
        shown = [wire(call, row, wanted, nulls=nulls) for row in rows]
        return {"list": shown, "page_info": page_info(page, size, total)}

    return handler


def asked_of(call: Call) -> dict[str, Json]:
    """The filter of a call, as far as the switch `filter` lets it count."""
    asked: dict[str, Json] = call.params.get("filtering", {}) if call.settings.filter == "honoured" else {}
    return asked


def page_of(
    call: Call,
    kind: Kind,
    asked: dict[str, Json],
    start: int,
    size: int,
    tests: Mapping[str, Test] = TESTS,
) -> tuple[list[Row], int]:
    """`size` rows that a filter leaves, from the one at `start` (counted from 0), and how many there are."""
    if not asked and kind is not CAMPAIGN:
        # Nothing to look for: a page costs its own length.
        return call.world.slice((kind, call.owner, None), start, size, call.now)
    wanted = [(tests[name], value) for name, value in asked.items() if name in tests]
    found = [row for row in _candidates(call, kind, asked) if all(test(call, row, value) for test, value in wanted)]
    newest = call.settings.list_order == "newest"
    found.sort(key=lambda row: (len(row.id), row.id) if kind is CAMPAIGN else (row.number, ""), reverse=newest)
    return found[start : start + size], len(found)


def _candidates(call: Call, kind: Kind, asked: dict[str, Json]) -> Iterable[Row]:
    """Every row that the ids of a filter leave, once."""
    deleted = call.settings.show_deleted or _wants_deleted(asked)
    now, owner, world = call.now, call.owner, call.world
    own: list[str] | None = asked.get(f"{kind.word}_ids")
    if own is not None:
        latest = now - call.settings.list_lag
        rows = [world.row(one) for one in dict.fromkeys(own) if world.knows(one)]
        rows = [row for row in rows if row.kind is kind and row.owner == owner and row.listed <= latest]
        rows = [row for row in rows if deleted or world.alive(row)]
        above = [name for name in IDS if name != f"{kind.word}_ids" and name in asked]
        return [row for row in rows if all(_ancestor(call, row, name[:-4]) in asked[name] for name in above)]
    if kind.parent is ADGROUP and "adgroup_ids" in asked:
        parents = [one for one in asked["adgroup_ids"] if _under(call, one, asked.get("campaign_ids"))]
    elif kind.parent is ADGROUP and "campaign_ids" in asked:
        groups = [
            world.visible((ADGROUP, owner, one), now, deleted=True) for one in dict.fromkeys(asked["campaign_ids"])
        ]
        parents = [row.id for group in groups for row in group]
    elif kind is ADGROUP and "campaign_ids" in asked:
        parents = asked["campaign_ids"]
    else:
        return world.visible((kind, owner, None), now, deleted=deleted)
    return [row for one in dict.fromkeys(parents) for row in world.visible((kind, owner, one), now, deleted=deleted)]


def _wants_deleted(asked: dict[str, Json]) -> bool:
    if asked.get("primary_status") in ("STATUS_ALL", "STATUS_DELETE"):
        return True
    return str(asked.get("secondary_status", "")).endswith(("_STATUS_ALL", "_DELETE"))


def _ancestor(call: Call, row: Row, word: str) -> str:
    while row.kind.word != word:
        row = call.world.row(row.parent or "")
    return row.id


def _under(call: Call, adgroup_id: str, campaign_ids: list[str] | None) -> bool:
    if campaign_ids is None or not call.world.knows(adgroup_id):
        return True
    return call.world.row(adgroup_id).parent in campaign_ids


def _get(kind: Kind, *own: Field) -> Field:
    return _filter(text(kind.name_field), *own)


COMMON = (
    OWNER,
    FIELDS,
    texts("exclude_field_types_in_response", "NULL_FIELD"),
    PAGE,
    count("page_size", most=1000),
)
GROUPS = ids("adgroup_ids", most=IDS_A_FILTER)
ENDPOINTS = (
    endpoint(
        "GET",
        "campaign/get/",
        (
            *COMMON,
            _get(
                CAMPAIGN,
                flag("is_smart_performance_campaign"),
                *(text(name) for name in ("campaign_type", "campaign_product_source", "sales_destination")),
                *anything("split_test_enabled"),
            ),
        ),
        _list(CAMPAIGN),
    ),
    endpoint(
        "GET",
        "adgroup/get/",
        (
            *COMMON,
            _get(
                ADGROUP,
                GROUPS,
                text("promotion_type"),
                texts("billing_events"),
                text("creative_material_mode"),
                *anything("bid_strategy", "split_test_enabled"),
            ),
        ),
        _list(ADGROUP),
    ),
    endpoint(
        "GET",
        "ad/get/",
        (
            *COMMON,
            _get(
                AD,
                GROUPS,
                ids("ad_ids", most=IDS_A_FILTER),
                ids("ad_ids_v2", most=IDS_A_FILTER),
                moment("modified_after"),
                text("creative_material_mode"),
                *anything("destination"),
            ),
        ),
        _list(AD),
    ),
)
