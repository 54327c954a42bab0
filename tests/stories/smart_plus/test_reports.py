"""Figures of the creatives inside Smart+ ads, over HTTP: by ad, by day, by text; complete, exact, or an error."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.smart_plus.scene import ad, adgroup, campaign
from tests.stories.workspace import Workspace

OVERVIEW, BREAKDOWN = (f"smart_plus/material_report/{one}/" for one in ("overview", "breakdown"))
SPAN = ("--start", "2026-01-01", "--end", "2026-01-02")
BY_AD = ("report", "--level", "creative", "--dimensions", "smart_plus_ad_id,main_material_id", "--metrics",
         "spend,clicks,ad_material_id,operation_status", *SPAN)  # fmt: skip
BY_DAY = ("report", "--level", "creative", "--dimensions", "main_material_id,stat_time_day", "--metrics",
          "spend,clicks", *SPAN)  # fmt: skip
POST = "7300000000000000001"


@pytest.fixture
def running(shop: Workspace, market: Account) -> Workspace:
    """An ad of two videos and a post, one of which is paused, with a spend of 3, 5 and 8 on each of two days."""
    told = f'[{{video_id: "v1"}}, {{video_id: "v2", status: DISABLE}}, {{tiktok_item_id: "{POST}"}}]'
    shop.manifest(campaign(), adgroup(), ad(creatives=told))
    shop.apply()
    spent = {"v1": 3, "v2": 5, POST: 8}
    rows = {one.get("tiktok_item_id") or one["video_id"]: one["ad_id"] for one in market.objects("ad")}
    market.load(figures=[
        {"id": rows[name], "date": day, "metrics": {"spend": spend, "impressions": 1000, "clicks": 10}}
        for name, spend in spent.items()
        for day in ("2026-01-01", "2026-01-02")
    ])  # fmt: skip
    market.forget_calls()
    return shop


def rows_of(work: Workspace, *arguments: str) -> list[dict[str, Any]]:
    """The rows of a report that comes out well."""
    ended = work.run(*arguments, "--json")
    assert ended.code == 0, ended.text
    found: list[dict[str, Any]] = ended.json["rows"]
    return found


def test_every_creative_of_every_ad(running: Workspace, market: Account) -> None:
    """Its figures, its status and the id by which the lockfile knows it; as JSON, CSV and a table; nothing is sent."""
    rows = rows_of(running, *BY_AD)
    by_material = {row["metrics"]["ad_material_id"]: row for row in rows}
    locked = {one["ad_material_id"]: one for one in running.lock["ad/us-hero"]["creatives"]}
    assert {locked[one]["key"]: row["metrics"]["spend"] for one, row in by_material.items()} == {
        "video:v1": "6.00", "video:v2": "10.00", f"post:{POST}": "16.00",
    }  # fmt: skip
    assert {locked[one]["status"] for one in by_material} == {"ENABLE", "DISABLE"}
    assert all(locked[one]["status"] == row["metrics"]["operation_status"] for one, row in by_material.items())
    assert {row["dimensions"]["smart_plus_ad_id"] for row in rows} == {running.lock["ad/us-hero"]["id"]}
    (post,) = [row for row in rows if row["dimensions"]["main_material_id"] == POST]
    assert post["metrics"]["spend"] == "16.00"
    read = list(csv.DictReader(io.StringIO(running.run(*BY_AD, "--format", "csv").stdout, newline="")))
    assert read == [{**row["dimensions"], **row["metrics"]} for row in rows]
    assert running.run(*BY_AD).stdout.endswith("3 rows.\n")
    assert {one["path"] for one in market.calls()} == {OVERVIEW}
    assert market.posts() == []


def test_creatives_by_day_and_as_a_chart(running: Workspace, market: Account) -> None:
    """The other call; narrowed by a filter of ads, sorted, by day, week or month, drawn over time."""
    ours = running.lock["ad/us-hero"]["id"]
    more = ("--filter", f"smart_plus_ad_ids:IN:{ours}", "--order-by", "spend", "--order", "ASC")
    assert [row["metrics"]["spend"] for row in rows_of(running, *BY_DAY, *more)] == ["3.00"] * 2 + ["5.00"] * 2 + [
        "8.00"
    ] * 2
    (asked,) = market.calls("GET")
    assert asked["path"] == BREAKDOWN
    assert json.loads(asked["query"]["filtering"]) == {"smart_plus_ad_ids": [ours]}
    assert rows_of(running, *BY_DAY, "--filter", "smart_plus_ad_ids:IN:9") == []
    drawn = running.run(*BY_DAY, "--chart").stdout
    assert "spend, 2026-01-01 to 2026-01-02, 2 moments" in drawn
    assert f"main_material_id {POST}" in drawn
    weekly = [one.replace("stat_time_day", "stat_time_week") for one in BY_DAY]
    assert "1 moment" in running.run(*weekly, "--chart").stdout


def test_texts_and_what_is_shown_with_them(running: Workspace) -> None:
    """A text alone by campaign, and each creative with each text."""
    by_text = [*BY_AD, "--dimensions", "campaign_id,ad_text_entity_id", "--metrics", "spend,impressions"]
    (row,) = rows_of(running, *by_text)
    assert row["dimensions"]["campaign_id"] == running.lock["campaign/spring"]["id"]
    pairs = [*BY_AD, "--dimensions", "main_material_id,ad_text_entity_id", "--metrics", "spend"]
    assert len(rows_of(running, *pairs)) == 3
    life = [one for one in by_text if one not in SPAN]
    assert len(rows_of(running, *life, "--lifetime")) == 1


@pytest.mark.parametrize("asked", [BY_AD, BY_DAY], ids=["overview", "breakdown"])
def test_many_pages_are_one_report(running: Workspace, market: Account, asked: tuple[str, ...]) -> None:
    """A server that gives small pages says so, and every row comes once, in order."""
    whole = rows_of(running, *asked)
    market.switch(max_page_size="2")
    market.forget_calls()
    assert rows_of(running, *asked) == whole
    assert {one["query"]["page_size"] for one in market.calls()} == {"100"}
    assert len(market.calls()) == -(-len(whole) // 2)


@pytest.mark.parametrize("asked", [BY_AD, BY_DAY], ids=["overview", "breakdown"])
@pytest.mark.parametrize(
    "lie", rotating([
        {"drop_row": 0}, {"wrong_total": 99}, {"repeat_page": True, "nth": 2}, {"empty_data": True},
        {"edit": {"data.list.0.dimensions": {}}}, {"edit": {"data.list.0.metrics": None}}, {"code": 50000},
        {"status": 500}, {"garbage": "<html>"}, {"lose_reply": True}, {"code": 40100},
    ], 3)
)  # fmt: skip
def test_a_report_that_lies_once_is_read_again(
    running: Workspace, market: Account, asked: tuple[str, ...], lie: dict[str, Any]
) -> None:
    """And one that goes on lying is an error, never a part of the truth."""
    market.switch(max_page_size="2")
    path = OVERVIEW if asked is BY_AD else BREAKDOWN
    whole = rows_of(running, *asked)
    market.faults({"path": path, "nth": 1, **lie})
    assert rows_of(running, *asked) == whole
    lie.pop("nth", None)
    market.faults({"path": path, **lie})
    ended = running.run(*asked, "--json")
    (finding,) = ended.json["errors"]
    assert ended.code == 1, ended.text
    assert finding["code"] in ("R603", "R604", "R605", "R607")
    assert finding["hint"]
    assert ended.json.get("rows") is None


@pytest.mark.parametrize(
    "wrong", [["--type", "AUDIENCE"], ["--totals"], ["--metrics", "reach"], ["--dimensions", "ad_id"],
              ["--dimensions", "smart_plus_ad_id"], ["--filter", "campaign_ids:EQ:1"], ["--level", "creatives"],
              ["--chart"]], ids=str
)  # fmt: skip
def test_what_is_wrong_is_refused_before_anything_is_sent(
    running: Workspace, market: Account, wrong: list[str]
) -> None:
    """Exit 3 with what to do, and no call."""
    ended = running.run(*BY_AD, *wrong)
    assert ended.code == 3, ended.text
    assert "help: " in ended.stderr
    assert market.calls() == []


@pytest.mark.parametrize(("switch", "value"), [("ids_as", "number"), ("numbers_as", "string")])
def test_however_the_server_writes_ids_and_numbers(
    running: Workspace, market: Account, switch: str, value: str
) -> None:
    """The rows are the same."""
    whole = rows_of(running, *BY_AD)
    market.switch(**{switch: value})
    assert rows_of(running, *BY_AD) == whole


def test_errors_are_one_document_and_no_figures_are_none(shop: Workspace, market: Account) -> None:
    """A refused token is 4; an account without Smart+ ads has a report without rows; a manual workspace asks, too."""
    assert rows_of(shop, *BY_AD) == []
    shop.replace("contract: smart_plus", "contract: marketing", "reconciler.yaml")
    assert rows_of(shop, *BY_DAY) == []
    market.switch(tokens="other")
    ended = shop.run(*BY_AD, "--json")
    assert (ended.code, ended.codes) == (4, ["R602"])


def test_the_ad_is_in_the_report_of_ads_by_its_own_id(running: Workspace) -> None:
    """`ad_id` there is one creative, `ad_id_v2` the ad; reach is only there, and for one creative as well."""
    asked = ("report", "--level", "AUCTION_AD", "--metrics", "spend,reach", *SPAN)
    (row,) = rows_of(running, *asked, "--dimensions", "ad_id_v2")
    assert (row["dimensions"]["ad_id_v2"], row["metrics"]["spend"]) == (running.lock["ad/us-hero"]["id"], "32.00")
    ids = {row["dimensions"]["ad_id"] for row in rows_of(running, *asked, "--dimensions", "ad_id")}
    assert ids == {one["creative_id"] for one in running.lock["ad/us-hero"]["creatives"]}
