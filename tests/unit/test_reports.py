"""Reports: what is refused before it is sent, what is sent, and rows that lie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from reconciler.account.reports import check, figure, read_report
from reconciler.api.transport import Reply, Request
from reconciler.contracts import materials
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.reports import REPORTS, Asked, Filter
from reconciler.errors import ApiError, Invalid
from reconciler.model import Number
from tests.unit.worlds import FakeTransport, client, page

ADVERTISER = "7000000000000000001"
CONTRACTS = {name: msgspec.structs.replace(OPENAPI, name=name) for name in REPORTS}
DAILY = Asked(
    "BASIC", "AUCTION_CAMPAIGN", ("campaign_id", "stat_time_day"), ("spend", "clicks"), "2026-01-01", "2026-01-30"
)


def codes(contract: str, **changed: Any) -> list[str]:
    """The codes with which a report is refused."""
    try:
        check(CONTRACTS[contract], msgspec.structs.replace(DAILY, **changed))
    except Invalid as error:
        # A finding without a hint is one of our own making, and named.
        return [one.code if one.hint else f"{one.code} without a hint" for one in error.findings]
    return []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_sound_report_passes(contract: str) -> None:
    """A month by day, a long span without a time, the advertiser alone."""
    assert codes(contract) == []
    assert codes(contract, dimensions=("campaign_id",), end="2026-12-31") == []
    assert codes(contract, level="AUCTION_AD", dimensions=("adgroup_id", "country_code")) == []


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "a type nobody has": ("R620", {"type": "BASICS"}),
    "a level nobody has": ("R620", {"level": "CAMPAIGN"}),
    "a metric that is no name": ("R620", {"metrics": ("spend", "Clicks!")}),
    "a dimension twice": ("R621", {"dimensions": ("campaign_id", "campaign_id")}),
    "no metric": ("R621", {"metrics": ()}),
    "no dimension": ("R621", {"dimensions": ()}),
    "days and hours": ("R621", {"dimensions": ("stat_time_day", "stat_time_hour"), "end": "2026-01-01"}),
    "finer than its level": ("R621", {"dimensions": ("adgroup_id", "stat_time_day")}),
    "no start": ("R622", {"start": None}),
    "no end": ("R622", {"end": None}),
    "the end first": ("R622", {"start": "2026-01-31"}),
    "a day that is none": ("R622", {"end": "2026-02-30"}),
    "a date with a time": ("R622", {"end": "2026-01-02 00:00:00"}),
    "a week for a date": ("R622", {"end": "2026-W02-1"}),
    "an order of nothing": ("R621", {"order": "ASC"}),
}


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize(("code", "changed"), WRONG.values(), ids=WRONG)
def test_what_no_contract_takes(contract: str, code: str, changed: dict[str, Any]) -> None:
    """Refused before anything is sent, with what to do."""
    assert codes(contract, **changed) == [code]


@pytest.mark.parametrize(
    "changed", [{"lifetime": True, "start": None, "end": None, "dimensions": ("campaign_id",)}, {"totals": True},
                {"order_by": "spend"}, {"filters": (Filter("campaign_ids", "IN", ("1",)),)}, {"type": "TT_SHOP"},
                {"level": "RESERVATION_CAMPAIGN"}], ids=str
)  # fmt: skip
def test_what_only_production_takes(changed: dict[str, Any]) -> None:
    """The document's contract has none of it: an error there, and sent in production."""
    assert codes("marketing", **changed) == []
    assert codes("openapi", **changed) == ["R620"]


@pytest.mark.parametrize(
    ("dimensions", "most"), [(("stat_time_day",), "2026-01-30"), (("stat_time_hour",), "2026-01-01"),
                             (("campaign_id",), "2026-12-31")]
)  # fmt: skip
def test_the_longest_span_of_production(dimensions: tuple[str, ...], most: str) -> None:
    """30 days by day, one by hour, 365 otherwise; one more is refused. The other document names no limit."""
    assert codes("marketing", dimensions=dimensions, end=most) == []
    longer = f"{int(most[:4]) + 1}-01-01" if most.endswith("12-31") else f"{most[:8]}{int(most[8:]) + 1:02d}"
    assert codes("marketing", dimensions=dimensions, end=longer) == ["R622"]
    assert codes("openapi", dimensions=dimensions, end=longer) == []


@pytest.mark.parametrize("changed", [{"start": "2026-01-01"}, {"dimensions": ("campaign_id", "stat_time_day")}])
def test_a_lifetime_has_no_days(changed: dict[str, Any]) -> None:
    """Dates and days do not go with it."""
    asked = {"lifetime": True, "start": None, "end": None, "dimensions": ("campaign_id",), **changed}
    assert codes("marketing", **asked) == ["R622"]


@pytest.mark.parametrize(
    "one", [Filter("Bad", "IN", ("1",)), Filter("ad_status", "in", ("x",)), Filter("a", "IN", ("",))]
)
def test_a_filter_that_is_none(one: Filter) -> None:
    """Names and conditions are the API's words."""
    assert codes("marketing", filters=(one,)) == ["R621"]


def test_the_query_of_each_contract() -> None:
    """Comma lists in one, a JSON parameter in the other; values of filters are JSON inside a text."""
    flat = REPORTS["openapi"].call(ADVERTISER, DAILY).query
    assert flat == {
        "advertiser_id": ADVERTISER, "report_type": "BASIC", "data_level": "AUCTION_CAMPAIGN",
        "dimensions": "campaign_id,stat_time_day", "metrics": "spend,clicks", "start_date": "2026-01-01",
        "end_date": "2026-01-30",
    }  # fmt: skip
    conditions = (Filter("ad_status", "IN", ("STATUS_ALL", "ü")), Filter("spend", "GREATER_THAN", ("10",)))
    whole = msgspec.structs.replace(
        DAILY, level="RESERVATION_AD", filters=conditions, order_by="spend", totals=True, lifetime=True, start=None
    )
    told = REPORTS["marketing"].call(ADVERTISER, whole).query
    assert told["dimensions"] == '["campaign_id","stat_time_day"]'
    assert (told["service_type"], told["order_field"], told["order_type"]) == ("RESERVATION", "spend", "DESC")
    assert (told["query_lifetime"], told["enable_total_metrics"]) == ("true", "true")
    assert "start_date" not in told
    first, second = json.loads(told["filtering"])
    assert json.loads(first["filter_value"]) == ["STATUS_ALL", "ü"]
    assert second == {"field_name": "spend", "filter_type": "GREATER_THAN", "filter_value": "10"}


# ------------------------------------------------------------------------------------------------ creatives of Smart+

CREATIVES = msgspec.structs.replace(DAILY, level="creative", dimensions=("smart_plus_ad_id", "main_material_id"))
MANY = tuple(str(number) for number in range(401))


def test_only_an_account_of_production_has_creatives() -> None:
    """The document's contract has no such level; in the others it is there whatever the workspace's family."""
    told = {"level": "creative", "dimensions": ("main_material_id",)}
    assert {name: codes(name, **told) for name in CONTRACTS} == {"openapi": ["R620"], "marketing": [], "smart_plus": []}


GROUPS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "by ad": (("smart_plus_ad_id", "main_material_id"), []),
    "texts by campaign": (("campaign_id", "ad_text_entity_id"), []),
    "by day": (("main_material_id", "stat_time_day"), []),
    "pairs by month": (("main_material_id", "ad_text_entity_id", "stat_time_month"), []),
    "calls to action alone": (("call_to_action_entity_id",), []),
    "nothing that is shown": (("smart_plus_ad_id",), ["R621"]),
    "two objects": (("adgroup_id", "smart_plus_ad_id", "main_material_id"), ["R621"]),
    "pairs of an object": (("campaign_id", "main_material_id", "ad_text_entity_id"), ["R621"]),
    "an object by day": (("campaign_id", "main_material_id", "stat_time_day"), ["R621"]),
    "days and weeks": (("main_material_id", "stat_time_day", "stat_time_week"), ["R621"]),
    "a dimension of ads": (("ad_id", "main_material_id"), ["R620"]),
}


@pytest.mark.parametrize(("dimensions", "wanted"), GROUPS.values(), ids=GROUPS)
def test_what_creatives_are_grouped_by(dimensions: tuple[str, ...], wanted: list[str]) -> None:
    """What the pages of supported dimensions allow passes, all else is refused here."""
    assert codes("smart_plus", level="creative", dimensions=dimensions) == wanted


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"type": "AUDIENCE"}, ["R620"]),
        ({"totals": True}, ["R620"]),
        ({"metrics": ("spend", "reach")}, ["R620"]),
        ({"lifetime": True, "start": None, "end": None}, []),
        ({"lifetime": True, "start": None, "end": None, "dimensions": ("main_material_id",)}, ["R620"]),
        ({"end": "2026-12-31"}, []),
        ({"end": "2027-01-01"}, ["R622"]),
        ({"dimensions": ("main_material_id", "stat_time_hour"), "end": "2026-01-07"}, []),
        ({"dimensions": ("main_material_id", "stat_time_hour"), "end": "2026-01-08"}, ["R622"]),
        ({"filters": (Filter("smart_plus_ad_ids", "IN", MANY[:200]),)}, []),
        ({"filters": (Filter("smart_plus_ad_ids", "IN", MANY[:201]),)}, ["R621"]),
        ({"filters": (Filter("campaign_ids", "IN", ("1",)), Filter("adgroup_ids", "IN", ("2",)))}, ["R621"]),
        ({"filters": (Filter("campaign_ids", "IN", ("1",)), Filter("campaign_ids", "IN", ("2",)))}, ["R621"]),
        ({"filters": (Filter("spend", "GREATER_THAN", ("1",)),)}, ["R621"]),
        ({"filters": (Filter("main_material_ids", "IN", ("1",)),)}, ["R621"]),
        ({"filters": (Filter("ad_text_entity_ids", "IN", MANY),)}, ["R621"]),
    ],
    ids=lambda one: None if isinstance(one, list) else ",".join(one),
)
def test_what_a_report_of_creatives_takes(changed: dict[str, Any], wanted: list[str]) -> None:
    """What neither call has, or not this one, is refused before anything is sent."""
    given = {name: getattr(CREATIVES, name) for name in ("level", "dimensions")}
    assert codes("smart_plus", **{**given, **changed}) == wanted


def test_a_level_is_found_in_any_case() -> None:
    """What is meant is named."""
    with pytest.raises(Invalid) as caught:
        check(CONTRACTS["smart_plus"], msgspec.structs.replace(CREATIVES, level="Creatives"))
    assert "did you mean creative?" in (caught.value.findings[0].hint or "")


def test_the_calls_for_creatives() -> None:
    """The overview by object, the breakdown by time; a filter is an object of lists, an order is `sort_…`."""
    spent = Filter("smart_plus_ad_ids", "IN", ("1", "2"))
    told = materials.call(
        ADVERTISER, msgspec.structs.replace(CREATIVES, filters=(spent,), order_by="spend", order="ASC")
    )
    assert (told.path, told.page_size) == ("smart_plus/material_report/overview/", 100)
    assert told.query == {
        "advertiser_id": ADVERTISER, "dimensions": '["smart_plus_ad_id","main_material_id"]',
        "metrics": '["spend","clicks"]', "start_date": "2026-01-01", "end_date": "2026-01-30",
        "filtering": '{"smart_plus_ad_ids":["1","2"]}', "sort_field": "spend", "sort_type": "ASC",
    }  # fmt: skip
    life = materials.call(ADVERTISER, msgspec.structs.replace(CREATIVES, lifetime=True, start=None, end=None))
    assert (life.query["query_lifetime"], "start_date" in life.query) == ("true", False)
    by_day = msgspec.structs.replace(CREATIVES, dimensions=("main_material_id", "stat_time_day"))
    assert materials.call(ADVERTISER, by_day).path == "smart_plus/material_report/breakdown/"


# ------------------------------------------------------------------------------------------------ what comes


def row(number: int, **metrics: object) -> dict[str, Any]:
    """One row of the daily report."""
    dimensions = {"campaign_id": 1800000000000000001, "stat_time_day": f"2026-01-{number:02d} 00:00:00"}
    return {"dimensions": dimensions, "metrics": {"spend": Number("0.10"), "clicks": "-", **metrics}}


def read(rows: list[Mapping[str, Any]], **changed: Any) -> Any:
    """A report out of pages of 4."""

    def answer(request: Request) -> Reply:
        number = int(request.query["page"])
        return page(rows[(number - 1) * 4 : number * 4], number, 4, len(rows), -(-len(rows) // 4))

    transport = FakeTransport(answer)
    return read_report(client(transport), CONTRACTS["openapi"], ADVERTISER, msgspec.structs.replace(DAILY, **changed))


def test_every_row_of_every_page_in_order() -> None:
    """Rows have no id; their dimensions tell them apart. Every figure keeps its digits."""
    found = read([row(number) for number in range(1, 31)])
    assert [one.dimensions["stat_time_day"][8:10] for one in found.rows] == [f"{n:02d}" for n in range(1, 31)]
    assert found.rows[0].dimensions["campaign_id"] == "1800000000000000001"
    assert found.rows[0].metrics == {"spend": "0.10", "clicks": "-"}


LIES = {
    "a row twice": [row(1), row(1)],
    "a row without dimensions": [{"metrics": {"spend": "1", "clicks": "1"}}],
    "a row without metrics": [{"dimensions": {"campaign_id": "1", "stat_time_day": "2026-01-01"}}],
    "a row that is none": [5],
}


@pytest.mark.parametrize("rows", LIES.values(), ids=LIES)
def test_a_report_that_does_not_add_up_is_an_error(rows: list[Any]) -> None:
    """Never a part of a report."""
    with pytest.raises(ApiError) as caught:
        read(rows)
    assert caught.value.findings[0].code == "R605"


def test_a_dimension_that_does_not_come() -> None:
    """An error that names the reply: without it a row is about nothing."""
    with pytest.raises(ApiError) as caught:
        read([row(1)], dimensions=("campaign_id", "country_code"))
    (finding,) = caught.value.findings
    assert (finding.code, finding.request_id) == ("R605", "20260101")


def test_a_metric_that_a_row_leaves_out() -> None:
    """It has no value, and the rest of the report is there all the same."""
    (found,) = read([row(1)], metrics=("spend", "reach")).rows
    assert (found.metrics["reach"], found.metrics["spend"] is None) == (None, False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.10", "0.10"), (Decimal("1E+3"), "1000"), (Decimal("0.000"), "0.000"), (7, "7"), (None, "-"), ("-", "-"),
        (True, "true"), (["b", Decimal("1.50")], '["b","1.50"]'), (Decimal("1E+400"), "1E+400"),
    ],
)  # fmt: skip
def test_figures_are_texts(value: object, text: str) -> None:
    """Digit for digit, and short even when somebody sends a number of a million digits."""
    assert figure(value) == text
