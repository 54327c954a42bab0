"""Figures of Smart+: the manual report by creative and by ad, and the material reports."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.clients import ACCOUNT
from tests.simulator.smart_clients import post

if TYPE_CHECKING:
    from tests.simulator.conftest import Smart, SmartStart

DAYS = {"start_date": "2025-06-13", "end_date": "2025-06-14"}


@pytest.fixture
def client(smart: SmartStart) -> Smart:
    """A Smart+ ad of a video and a post, with known figures, and a manual ad beside it."""
    client = smart({"tiring": "0"})
    group = client.new_adgroup(client.new_campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    row = client.new_ad(group, client.film(), post("99"))["data"]
    figures = [
        {
            "id": one["smart_plus_creative_id"],
            "date": day,
            "metrics": {"spend": spend, "impressions": 1000, "clicks": 10},
        }
        for one, spend in zip(row["creative_list"], (3, 5), strict=True)
        for day in DAYS.values()
    ]
    client.operate("load", {"advertiser_id": ACCOUNT, "figures": figures})
    client.ad(client.adgroup(client.campaign("By hand")["data"]["campaign_id"])["data"]["adgroup_id"])
    return client


def classic(client: Smart, *dimensions: str, **more: Any) -> list[dict[str, Any]]:
    """Rows of the manual report at the level of ads."""
    told = {"report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": json.dumps(dimensions), **DAYS, **more}
    answer = client.get("report/integrated/get/", page_size=100, **told)
    assert answer["code"] == 0, answer
    rows: list[dict[str, Any]] = answer["data"]["list"]
    return rows


def materials(client: Smart, kind: str, *dimensions: str, **more: Any) -> list[dict[str, Any]]:
    """Rows of a material report."""
    told = {"dimensions": json.dumps(dimensions), **DAYS, **more}
    answer = client.get(f"smart_plus/material_report/{kind}/", **told)
    assert answer["code"] == 0, answer
    rows: list[dict[str, Any]] = answer["data"]["list"]
    return rows


def test_the_manual_report_has_a_creative_as_ad_id_and_the_ad_as_ad_id_v2(client: Smart) -> None:
    """ad_id is one creative, ad_id_v2 the ad with the sum of its creatives, or one made by hand; filters know all."""
    ad = client.the_ad()
    rows = classic(client, "ad_id")
    assert {row["dimensions"]["ad_id"] for row in rows} == {row["ad_id"] for row in client.rows("ad")}
    row, manual_row = classic(client, "ad_id_v2", metrics='["spend", "ad_name"]')
    assert manual_row["metrics"]["ad_name"] == "Hook"
    assert row == {
        "dimensions": {"ad_id_v2": ad["smart_plus_ad_id"]},
        "metrics": {"spend": "16.00", "ad_name": "Hero"},
    }
    ours = {"field_name": "ad_id_v2", "filter_type": "IN", "filter_value": json.dumps([ad["smart_plus_ad_id"]])}
    assert len(classic(client, "ad_id", filtering=json.dumps([ours]))) == 2
    manual = {"field_name": "campaign_automation_type", "filter_type": "IN", "filter_value": '["MANUAL"]'}
    assert len(classic(client, "ad_id", filtering=json.dumps([manual]))) == 1
    both = classic(client, "ad_id", "ad_id_v2")
    whole = [manual_row["dimensions"]["ad_id_v2"], *[ad["smart_plus_ad_id"]] * 2]
    assert sorted(row["dimensions"]["ad_id_v2"] for row in both) == sorted(whole)


def test_an_overview_joins_material_and_creative(client: Smart) -> None:
    """By ads it tells the ad_material_id and the status of each creative; on other levels these are empty."""
    ad = client.the_ad()
    metrics = json.dumps(["spend", "ad_material_id", "operation_status"])
    rows = materials(client, "overview", "smart_plus_ad_id", "main_material_id", metrics=metrics)
    assert [row["metrics"]["spend"] for row in rows] == ["10.00", "6.00"]
    film, spark = ad["creative_list"]
    assert [row["metrics"]["ad_material_id"] for row in rows] == [spark["ad_material_id"], film["ad_material_id"]]
    assert rows[0]["dimensions"] == {
        "smart_plus_ad_id": ad["smart_plus_ad_id"],
        "main_material_id": "99",
        "main_material_type": "VIDEO_SPARK_ADS",
    }
    assert rows[1]["dimensions"]["main_material_id"] != film["creative_info"]["video_info"]["video_id"]
    above = materials(client, "overview", "advertiser_id", "main_material_id", metrics=metrics)
    assert {row["metrics"]["ad_material_id"] for row in above} == {""}
    life = client.get(
        "smart_plus/material_report/overview/",
        dimensions='["campaign_id", "ad_text_entity_id"]',
        query_lifetime="true",
    )
    assert len(life["data"]["list"]) == 1


def test_a_breakdown_goes_by_day_within_some_ads(client: Smart) -> None:
    """main_material_id by day, narrowed by filter; values are texts, the largest spend comes first."""
    ad = client.the_ad()["smart_plus_ad_id"]
    some = json.dumps({"smart_plus_ad_ids": [ad]})
    metrics = json.dumps(["spend", "ctr", "conversion_rate_v2", "video_views_p25", "likes", "engagement_rate"])
    rows = materials(client, "breakdown", "main_material_id", "stat_time_day", filtering=some, metrics=metrics)
    assert [row["metrics"]["spend"] for row in rows] == ["5.00", "5.00", "3.00", "3.00"]
    assert {row["dimensions"]["stat_time_day"] for row in rows} == {"2025-06-13 00:00:00", "2025-06-14 00:00:00"}
    assert rows[0]["metrics"]["ctr"] == "1.00"
    assert materials(client, "breakdown", "main_material_id", filtering=json.dumps({"smart_plus_ad_ids": ["9"]})) == []
    least = materials(client, "breakdown", "main_material_id", sort_type="ASC")
    assert [row["metrics"]["spend"] for row in least] == ["6.00", "10.00"]
    one = json.dumps({"main_material_ids": ["99"], "main_material_types": ["VIDEO_SPARK_ADS"]})
    assert [row["metrics"]["spend"] for row in materials(client, "breakdown", "main_material_id", filtering=one)] == [
        "10.00"
    ]


@pytest.mark.parametrize(("time", "rows"), [("stat_time_hour", 2 * 48), ("stat_time_week", 2), ("stat_time_month", 2)])
def test_a_breakdown_knows_hours_weeks_and_months(client: Smart, time: str, rows: int) -> None:
    """There is a row for each creative and span, and an hour's span is a week at most."""
    told = client.get(
        "smart_plus/material_report/breakdown/", dimensions=json.dumps(["main_material_id", time]), **DAYS
    )
    assert told["data"]["page_info"]["total_number"] == rows
    longer = {"start_date": "2025-06-01", "end_date": "2025-06-08"}
    code = client.get(
        "smart_plus/material_report/breakdown/", dimensions=json.dumps(["main_material_id", time]), **longer
    )["code"]
    assert code == (40002 if time == "stat_time_hour" else 0)


def test_a_creative_that_is_gone_keeps_its_figures(client: Smart) -> None:
    """What a list replaced stays in reports, under the ad and under its material."""
    row = client.the_ad()
    client.change_ad(row["smart_plus_ad_id"], creative_list=[post("99")])
    ad, _ = classic(client, "ad_id_v2")
    assert ad["metrics"]["spend"] == "16.00"
    spends = [one["metrics"]["spend"] for one in materials(client, "overview", "smart_plus_ad_id", "main_material_id")]
    assert sum(map(Decimal, spends)) == 16


def test_what_an_ad_combines_has_figures_of_its_own(client: Smart) -> None:
    """Texts alone, and each creative with each text, by month or not; each dimension comes with its type."""
    texts = materials(client, "breakdown", "ad_text_entity_id")
    assert [row["dimensions"]["ad_text_entity_type"] for row in texts] == ["text"]
    pairs = materials(client, "breakdown", "main_material_id", "ad_text_entity_id", "stat_time_month")
    assert {row["dimensions"]["main_material_type"] for row in pairs} == {"VIDEO_SPARK_ADS", "VIDEO_NON_SPARK_ADS"}
    assert {row["dimensions"]["ad_text_entity_id"] for row in pairs} == {texts[0]["dimensions"]["ad_text_entity_id"]}
    spark = json.dumps({"main_material_types": ["VIDEO_SPARK_ADS"]})
    (one,) = materials(client, "breakdown", "main_material_id", "ad_text_entity_id", filtering=spark)
    assert one["dimensions"]["main_material_id"] == "99"
