"""What production would refuse is an error of `validate`, with file, line and column; nothing is sent for it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.contracts.registry import CONTRACTS
from tests.stories.manifests import ad as plain_ad
from tests.stories.manifests import adgroup as plain_adgroup
from tests.stories.manifests import campaign as plain_campaign
from tests.stories.marketing.scene import Fields, ad, adgroup, campaign, configure, day
from tests.stories.marketing.trials import TABLES
from tests.stories.refresh.scene import refresh, video
from tests.stories.workspace import Workspace

RATIOS = {
    1: "USD EUR GBP CAD AUD BRL CHF SGD NZD AED SAR ILS MYR PEN QAR RON ARS HUF", 4: "PLN",
    10: "CNY HKD TWD THB MXN NOK SEK DKK CZK TRY UAH UYU ZAR EGP BOB GTQ HNL MOP NIO", 50: "PHP",
    100: "JPY INR RUB PKR BDT DZD KES NGN ISK", 1000: "KRW CLP COP CRC", 10_000: "IDR VND PYG", 100_000: "VEF",
}  # fmt: skip
WHOLE = "HUF TWD JPY ISK KRW CLP IDR VND PYG"
CURRENCIES = [(name, ratio) for ratio, names in RATIOS.items() for name in names.split()]
SHARED: Fields = {"budget_optimize_on": "true"}
INFINITE: Fields = {"budget_mode": "BUDGET_MODE_INFINITE", "budget": None}
TOTAL: Fields = {"budget_mode": "BUDGET_MODE_TOTAL"}
OCPM: Fields = {"optimization_goal": "CONVERT", "billing_event": "OCPM"}
BID: Fields = {"bid_type": "BID_TYPE_CUSTOM"}
ENDS: Fields = {"schedule_type": "SCHEDULE_START_END"}
CUSTOM: Fields = {"identity_type": "CUSTOMIZED_USER"}
POST: Fields = {"tiktok_item_id": '"9"', "video": None}
IMAGE: Fields = {"ad_format": "SINGLE_IMAGE", "video": None}
REFRESHED: Fields = {"video": "{refresh: hooks, variant: 1}"}


class Broken(NamedTuple):
    """A mistake: in which manifest, what it says, the code, and the field that the place is of."""

    kind: str
    fields: Fields
    code: str
    field: str
    campaign: Fields = {}  # noqa: RUF012 - nobody changes it
    adgroup: Fields = {}  # noqa: RUF012


BROKEN = [
    Broken("campaign", {"budget": "49.99"}, "R217", "budget"),
    Broken("campaign", {"budget": "10000000"}, "R217", "budget"),
    Broken("campaign", {"budget": None}, "R202", "budget"),
    Broken("campaign", {"budget": "-50"}, "R205", "budget"),
    Broken("campaign", {"budget": "50.001"}, "R205", "budget"),
    Broken("campaign", {"budget_mode": "BUDGET_MODE_INFINITE"}, "R216", "budget"),
    Broken("campaign", {"budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"}, "R216", "budget_mode"),
    Broken("campaign", {**SHARED, **INFINITE}, "R216", "budget_mode"),
    Broken("campaign", {"objective_type": "RF_REACH"}, "R216", "budget_mode"),
    Broken("campaign", {"objective_type": "APP_PROMOTION"}, "R202", "app_promotion_type"),
    Broken("campaign", {"objective_type": "CONVERSIONS"}, "R214", "objective_type"),
    Broken("campaign", {"objective_type": "CATALOG_SALES"}, "R214", "objective_type"),
    Broken("campaign", {"objective_type": "SALES"}, "R204", "objective_type"),
    Broken("campaign", {"objective_type": None}, "R202", "objective_type"),
    Broken("campaign", {"campaign_type": "IOS14_CAMPAIGN"}, "R202", "app_id"),
    Broken("campaign", {"special_industries": "[HOUSING, HOUSING]"}, "R204", "special_industries"),
    Broken("campaign", {"special_industries": "[WEAPONS]"}, "R204", "special_industries"),
    Broken("campaign", {"app_id": "11"}, "R206", "app_id"),
    Broken("campaign", {"campaign_name": "春" * 257}, "R211", "campaign_name"),
    Broken("campaign", {"campaign_name": "Spring 🌷"}, "R204", "campaign_name"),
    Broken("campaign", {"operation_status": "ENABLE"}, "R214", "operation_status"),
    Broken("campaign", {"status": "DELETE"}, "R204", "status"),
    Broken("adgroup", {"budget": "19.99"}, "R217", "budget"),
    Broken("adgroup", {"budget": None}, "R202", "budget"),
    Broken("adgroup", {"budget_mode": None}, "R202", "budget_mode"),
    Broken("adgroup", {"budget_mode": "BUDGET_MODE_INFINITE"}, "R204", "budget_mode"),
    Broken("adgroup", {"pacing": None}, "R202", "pacing"),
    Broken("adgroup", {"bid_type": None, "budget": None}, "R202", "bid_type", campaign=SHARED),
    Broken("adgroup", {**TOTAL, "budget": 200, **ENDS, "schedule_end_time": day(3)}, "R216", "budget_mode"),
    Broken("adgroup", {**TOTAL, "budget": 200}, "R216", "budget_mode", campaign=INFINITE),
    Broken(
        "adgroup", {**TOTAL, "budget": 60, **ENDS, "schedule_end_time": day(5)}, "R217", "budget", campaign=INFINITE
    ),
    Broken("adgroup", {"billing_event": None}, "R202", "billing_event"),
    Broken("adgroup", {"billing_event": "OCPM"}, "R216", "billing_event"),
    Broken("adgroup", {"optimization_goal": "CONVERT"}, "R216", "billing_event"),
    Broken("adgroup", {"optimization_goal": "ENGAGED_VIEW"}, "R216", "billing_event"),
    Broken("adgroup", {"optimization_goal": None}, "R202", "optimization_goal"),
    Broken("adgroup", {"promotion_type": None}, "R202", "promotion_type"),
    Broken("adgroup", {"placement_type": None}, "R202", "placements"),
    Broken("adgroup", {"placements": "[PLACEMENT_TIKTOK]"}, "R216", "placements"),
    Broken("adgroup", {"location_ids": None}, "R202", "location_ids"),
    Broken("adgroup", {"location_ids": "[]"}, "R202", "location_ids"),
    Broken("adgroup", {"location_ids": '["1", "1"]'}, "R204", "location_ids"),
    Broken("adgroup", {"location_ids": "[6252001]"}, "R206", "location_ids"),
    Broken(
        "adgroup", {"zipcode_ids": f"[{', '.join(f'z{number}' for number in range(3000))}]"}, "R216", "location_ids"
    ),
    Broken("adgroup", {"schedule_type": None}, "R202", "schedule_type"),
    Broken("adgroup", {"schedule_start_time": None}, "R202", "schedule_start_time"),
    Broken("adgroup", {"schedule_start_time": "tomorrow"}, "R204", "schedule_start_time"),
    Broken("adgroup", {"schedule_start_time": '"2028-01-01 00:00:01"'}, "R216", "schedule_start_time"),
    Broken("adgroup", {"schedule_end_time": day(9)}, "R216", "schedule_end_time"),
    Broken("adgroup", ENDS, "R202", "schedule_end_time"),
    Broken("adgroup", {**ENDS, "schedule_end_time": day(0)}, "R216", "schedule_end_time"),
    Broken("adgroup", {**ENDS, "schedule_end_time": '"2038-01-01 00:00:01"'}, "R216", "schedule_end_time"),
    Broken("adgroup", {"dayparting": '"111"'}, "R204", "dayparting"),
    Broken("adgroup", BID, "R202", "bid_price"),
    Broken("adgroup", {**BID, "bid_price": 20}, "R216", "bid_price"),
    Broken("adgroup", {**BID, **OCPM}, "R202", "conversion_bid_price"),
    Broken("adgroup", {**BID, **OCPM, "conversion_bid_price": 20}, "R216", "conversion_bid_price"),
    Broken("adgroup", {**BID, "bid_price": 100}, "R216", "bid_price", campaign=SHARED),
    Broken("adgroup", {"click_attribution_window": "ONE_DAY"}, "R202", "view_attribution_window"),
    Broken("adgroup", {"view_attribution_window": "ONE_DAY"}, "R202", "click_attribution_window"),
    Broken("adgroup", {"age_groups": "[AGE_0_12]"}, "R204", "age_groups"),
    Broken("adgroup", {"frequency": 1001}, "R208", "frequency"),
    Broken("adgroup", {"frequency_schedule": 31}, "R208", "frequency_schedule"),
    Broken("adgroup", {"comment_disabled": "yes"}, "R207", "comment_disabled"),
    Broken("adgroup", {"languages": "[no]"}, "R203", "languages"),
    Broken("adgroup", {"adgroup_name": "🌷"}, "R204", "adgroup_name"),
    Broken("ad", {"identity_type": None}, "R202", "identity_type"),
    Broken("ad", {"identity_id": None}, "R202", "identity_id"),
    Broken("ad", {"identity_type": "BC_AUTH_TT"}, "R202", "identity_authorized_bc_id"),
    Broken("ad", {"video": None}, "R202", "video"),
    Broken("ad", IMAGE, "R202", "image_ids"),
    Broken("ad", {**IMAGE, "ad_format": "CAROUSEL_ADS"}, "R202", "image_ids"),
    Broken("ad", {"image_ids": "[i1, i2]"}, "R216", "image_ids"),
    Broken("ad", {**POST, **CUSTOM}, "R216", "tiktok_item_id"),
    Broken("ad", CUSTOM, "R218", "identity_type"),
    Broken("ad", {"identity_type": "UNSET"}, "R218", "identity_type"),
    Broken("ad", {"call_to_action": "SHOP_NOW", "call_to_action_id": '"1"'}, "R216", "call_to_action_id"),
    Broken("ad", {"landing_page_url": None}, "R202", "landing_page_url"),
    Broken("ad", {"landing_page_url": "shop"}, "R212", "landing_page_url"),
    Broken("ad", {"utm_params": f"[{', '.join(['{key: k, value: v}'] * 15)}]"}, "R216", "utm_params"),
    Broken("ad", {"ad_text": "x" * 101}, "R211", "ad_text"),
    Broken("ad", {"display_name": "x" * 41}, "R211", "display_name"),
    Broken("ad", {"ad_name": "Hero 🌷"}, "R204", "ad_name"),
    Broken("ad", {**REFRESHED, "aigc_disclosure_type": "NOT_DECLARED"}, "R216", "aigc_disclosure_type"),
    Broken("ad", {"video": "{video: nobody}"}, "R302", "video"),
    Broken("ad", {"video": "{refresh: nobody, variant: 1}"}, "R302", "video"),
    Broken("ad", {"video": "{refresh: hooks, variant: 3}"}, "R208", "video"),
    Broken("ad", {"video": "{refresh: hooks, variant: 0}"}, "R208", "video"),
    Broken("ad", {"video": "{refresh: hooks}"}, "R204", "video"),
    Broken("ad", {"video": '{video: hero, video_id: "v1"}'}, "R204", "video"),
    Broken("ad", {"video": "{video_id: 12}"}, "R206", "video"),
    Broken("ad", {"video": "hero"}, "R215", "video"),
    Broken("ad", {"extra": "{advertiser_id: x}"}, "R213", "extra"),
    Broken("ad", {"extra": "{operation_status: ENABLE}"}, "R213", "extra"),
    Broken("ad", {"extra": "{patch_update: true}"}, "R213", "extra"),
    Broken("ad", {"extra": "{ad_text: x}"}, "R201", "extra"),
]
FINE: list[tuple[Fields, Fields, Fields]] = [
    ({"budget": 50}, {"budget": 20}, {}),
    ({"budget": "9999999.99"}, {}, {}),
    ({**SHARED, "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"}, {"bid_type": "BID_TYPE_NO_BID", "budget": 1}, {}),
    (SHARED, {"bid_type": "BID_TYPE_NO_BID", "budget": None, "budget_mode": None, "pacing": None}, {}),
    ({"objective_type": "RF_REACH", **INFINITE}, {"promotion_type": None}, {}),
    (INFINITE, {**TOTAL, "budget": 100, **ENDS, "schedule_end_time": day(5)}, {}),
    ({"objective_type": "REACH"}, {"promotion_type": None}, {"landing_page_url": None}),
    ({"campaign_name": "春" * 256}, {"adgroup_name": "Größe – très №1"}, {"ad_name": "x" * 512}),
    ({}, {"location_ids": None, "zipcode_ids": '["10001"]'}, {}),
    ({}, {**BID, "bid_price": "19.99"}, {**POST, "identity_type": "AUTH_CODE"}),
    ({}, {"promotion_type": "APP_IOS"}, {"landing_page_url": None, **REFRESHED}),
    ({"objective_type": "PRODUCT_SALES", "budget": 10, "extra": "{campaign_product_source: STORE}"}, {}, {}),
    ({}, {}, {**IMAGE, "image_ids": "[i1]"}),
]


@pytest.fixture
def desk(tmp_path: Path) -> Workspace:
    """A workspace whose server is nowhere: `validate` needs none."""
    work = Workspace(tmp_path, "http://127.0.0.1:1")
    configure(work)
    return work


def declared(campaign_: Fields, adgroup_: Fields, ad_: Fields) -> tuple[str, ...]:
    """One file for each manifest of a family, and what ads may refer to."""
    return campaign(**campaign_), adgroup(**adgroup_), ad(**ad_)  # type: ignore[arg-type]


def write(work: Workspace, *texts: str) -> None:
    """Each kind in a file of its own."""
    for name, text in zip(("campaign", "adgroup", "ad"), texts, strict=True):
        work.manifest(text, file=f"{name}.yaml")
    work.manifest(video(), refresh(variants=2), file="videos.yaml")


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case.kind} {case.code} {case.field}")
def test_a_broken_rule_is_found_at_its_place(desk: Workspace, case: Broken) -> None:
    """Exit 3 with the code, the file, the line of the field (or of `spec`), the address and what to do."""
    told: dict[str, Fields] = {"campaign": dict(case.campaign), "adgroup": dict(case.adgroup), "ad": {}}
    told[case.kind] = {**told[case.kind], **case.fields}
    write(desk, *declared(**{f"{kind}_": fields for kind, fields in told.items()}))
    ended = desk.run("validate", "--json")
    assert ended.code == 3, ended.text
    (one,) = [one for one in ended.json["errors"] if one["code"] == case.code]
    lines = (desk.root / "manifests" / f"{case.kind}.yaml").read_text("utf-8").splitlines()
    starts = [number for number, line in enumerate(lines, 1) if line.startswith(f"  {case.field}:")]
    spec = [number for number, line in enumerate(lines, 1) if line == "spec:"]
    assert one["file"] == f"manifests/{case.kind}.yaml"
    assert one["line"] == (starts or spec)[0]
    assert one["column"] >= 1
    assert one["address"] == {"campaign": "campaign/spring", "adgroup": "adgroup/spring-us"}.get(
        case.kind, "ad/spring-us-hero"
    )
    assert case.field in one["message"] or lines[one["line"] - 1].startswith(f"  {case.field}:")
    assert one["hint"] or case.code == "R215"


@pytest.mark.parametrize("fields", FINE)
def test_what_production_takes_is_no_error(desk: Workspace, fields: tuple[Fields, Fields, Fields]) -> None:
    """The other side of each limit."""
    write(desk, *declared(*fields))
    ended = desk.run("validate", "--json")
    assert ended.code == 0, ended.text


@pytest.mark.parametrize(("currency", "ratio"), CURRENCIES)
def test_the_least_and_largest_budgets_of_a_currency(desk: Workspace, currency: str, ratio: int) -> None:
    """50 and 20 times the currency's ratio are enough, one less is not; 10,000,000 times it is too much."""
    configure(desk, currency=currency, guardrails="{max_daily_spend: 1000}")
    for above, below, codes in (
        (50 * ratio, 20 * ratio, []),
        (50 * ratio - 1, 20 * ratio - 1, ["R217", "R217"]),
        (10_000_000 * ratio - 1, 10_000_000 * ratio - 1, []),
        (10_000_000 * ratio, 10_000_000 * ratio, ["R217", "R217"]),
    ):
        write(desk, *declared({"budget": above}, {"budget": below}, {}))
        ended = desk.run("validate", "--json")
        assert [one["code"] for one in ended.json.get("errors", [])] == codes, ended.text


@pytest.mark.parametrize("currency", WHOLE.split())
def test_currencies_without_fractions(desk: Workspace, currency: str) -> None:
    """Budgets and bids are whole numbers there."""
    configure(desk, currency=currency, guardrails="{max_daily_spend: 1000}")
    fields: Fields = {"budget": "90000000.5", **BID, "bid_price": "1.5"}
    write(desk, *declared({"budget": "90000000.50"}, fields, {}))
    assert desk.run("validate", "--json").codes == ["R205", "R205", "R205"]


def test_all_mistakes_are_told_at_once(desk: Workspace) -> None:
    """Of every manifest, in the order of files and lines."""
    write(
        desk,
        *declared(
            {"budget": 1, "campaign_type": "IOS14_CAMPAIGN"},
            {"pacing": None, "budget": 3, **BID},
            {"identity_id": None},
        ),
    )
    errors = desk.run("validate", "--json").json["errors"]
    assert {one["file"] for one in errors} == {f"manifests/{kind}.yaml" for kind in ("campaign", "adgroup", "ad")}
    assert [one["code"] for one in errors] == ["R202", "R202", "R202", "R217", "R202", "R217"]
    assert errors == sorted(errors, key=lambda one: (one["file"], one["line"], one["column"]))


FOREIGN = [
    (kind, field)
    for kind, fields in TABLES["marketing"].items()
    for field in fields
    if field not in CONTRACTS["openapi"].bindings[kind].fields and field not in ("campaign", "adgroup")
]


@pytest.mark.parametrize(("kind", "field"), FOREIGN)
def test_a_field_that_the_other_contract_does_not_have(desk: Workspace, kind: str, field: str) -> None:
    """R213 at the field: what stands in the way and the next best step."""
    configure(desk, contract="openapi")
    told: dict[str, Fields] = {"campaign": {}, "adgroup": {}, "ad": {}}
    told[kind] = {field: TABLES["marketing"][kind][field].first}
    desk.manifest(
        plain_campaign(**told["campaign"]), plain_adgroup(**told["adgroup"]), plain_ad(**told["ad"])  # type: ignore[arg-type]
    )  # fmt: skip
    ended = desk.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R213"]), ended.text
    (one,) = ended.json["errors"]
    lines = (desk.root / "manifests/a.yaml").read_text("utf-8").splitlines()
    assert lines[one["line"] - 1].startswith(f"  {field}:")
    assert one["hint"]


@pytest.mark.parametrize(
    ("field", "value", "ours"),
    [
        ("objective_type", "WEB_CONVERSIONS", "CONVERSIONS"), ("objective_type", "PRODUCT_SALES", "CATALOG_SALES"),
        ("budget_mode", "BUDGET_MODE_INFINITE", "BUDGET_MODE_DAY"),
        ("budget_mode", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_DAY"),
    ],
)  # fmt: skip
def test_a_value_of_the_other_contract(desk: Workspace, field: str, value: str, ours: str) -> None:
    """R214 names ours."""
    configure(desk, contract="openapi")
    desk.manifest(plain_campaign(**{field: value}))
    ended = desk.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R214"])
    assert ours in ended.json["errors"][0]["hint"]


def test_ad_groups_of_a_shared_budget_agree(desk: Workspace) -> None:
    """The first ad group fixes goal, bid type and event for the rest of a campaign with budget_optimize_on."""
    free: Fields = {"bid_type": "BID_TYPE_NO_BID"}
    desk.manifest(
        campaign(**SHARED), adgroup("a", **free), adgroup("b", **free, optimization_goal="PAGE_VISIT")  # type: ignore[arg-type]
    )  # fmt: skip
    ended = desk.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R216"])
