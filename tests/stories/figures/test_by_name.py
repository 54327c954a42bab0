"""`report --start 7d` and `report --by`: whole days of the account, names for ids, sums and rates that are right."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.stories.account import ADVERTISER, Account
from tests.stories.figures.scene import figures, today
from tests.stories.hurry import world_of
from tests.stories.workspace import Workspace

if TYPE_CHECKING:
    from tests.stories.conftest import Pass

REPORT = "report/integrated/get/"
COUNTS = {"spend": 10, "impressions": 1000, "clicks": 20, "conversion": 2, "reach": 900}


def ads(*more: str, dimensions: str = "ad_id") -> tuple[str, ...]:
    """A report of ads, as JSON."""
    return ("report", "--level", "AUCTION_AD", "--dimensions", dimensions, *more, "--json")


def rows(work: Workspace, *more: str, dimensions: str = "ad_id") -> dict[str, dict[str, Any]]:
    """The metrics of each row, by its dimensions."""
    ended = work.run(*ads(*more, dimensions=dimensions))
    assert ended.code == 0, ended.text
    return {" ".join(row["dimensions"].values()): row["metrics"] for row in ended.json["rows"]}


def asked(market: Account) -> list[dict[str, Any]]:
    """The queries of every report that came."""
    return [one["query"] for one in market.calls("GET") if one["path"] == REPORT]


@pytest.mark.parametrize(
    ("zone", "now", "first", "last"),
    [
        # 03:30 UTC is still the day before in New York, and already the next morning in Tokyo.
        ("America/New_York", "2037-03-10 03:30:00", "2037-03-02", "2037-03-08"),
        ("Asia/Tokyo", "2037-03-10 03:30:00", "2037-03-03", "2037-03-09"),
        # Clocks went forward on the 8th, and go back on 1 November: the days are seven all the same.
        ("America/New_York", "2037-03-15 04:30:00", "2037-03-08", "2037-03-14"),
        ("America/New_York", "2037-11-02 04:30:00", "2037-10-25", "2037-10-31"),
        ("America/New_York", "2037-11-02 05:30:00", "2037-10-26", "2037-11-01"),
    ],
)
def test_seven_days_are_the_last_whole_ones_of_the_account(
    hooks: Workspace, market: Account, zone: str, now: str, first: str, last: str
) -> None:
    """Whatever the clock of this machine says; the API is asked for the zone, and the report tells its days."""
    market.operate("account", {"advertiser_id": ADVERTISER, "timezone": zone})
    world = world_of(market.url)
    world.sleep(datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp() - world.now())
    told = hooks.run(*ads("--start", "7d")).json["report"]
    assert (told["start"], told["end"]) == (first, last)
    (query,) = asked(market)
    assert (query["start_date"], query["end_date"]) == (first, last)


def test_the_workspace_may_say_the_zone(hooks: Workspace, market: Account) -> None:
    """Then nobody else is asked for it."""
    hooks.replace("currency: USD", "currency: USD, timezone: America/New_York", "reconciler.yaml")
    told = hooks.run(*ads("--start", "1d")).json["report"]
    assert told["start"] == told["end"] == str(today(market) - timedelta(days=1))
    assert [one["path"] for one in market.calls()] == [REPORT]


WRONG = {
    "--start 7d --end 2027-01-01": "R622",
    "--start 0d": "R622",
    "--start 31d --by variant --dimensions ad_id,stat_time_day": "R622",
    "--start 7d --by variant --metrics reach": "R621",
    "--start 7d --by variant --dimensions campaign_id": "R621",
    "--start 7d --by address --dimensions country_code": "R621",
    "--start 7d --by address --totals": "R621",
    "--start 7d --by address --order-by clicks": "R621",
    "--lifetime --by variant": "R621",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused_before_anything_is_sent(hooks: Workspace, market: Account, wrong: str) -> None:
    """Exit 3, with what to do."""
    ended = hooks.run(*ads(*wrong.split()))
    assert (ended.code, set(ended.codes)) == (3, {WRONG[wrong]})
    assert market.calls() == []


def test_nobody_knows_the_zone(hooks: Workspace, market: Account) -> None:
    """Exit 3 that says what to set; a date needs none."""
    market.faults({"path": "advertiser/info/", "edit": {"data.list.0.timezone": None}})
    ended = hooks.run(*ads("--start", "7d"))
    assert (ended.code, ended.codes) == (3, ["R408"])
    assert "account.timezone" in ended.text
    assert hooks.run(*ads("--start", "2027-01-01", "--end", "2027-01-02")).code == 0


def test_by_address(hooks: Workspace, market: Account, days: Pass) -> None:
    """Managed ids have the name of their manifest; others stay ids, after them; every level may be named."""
    (theirs,) = market.load(ads=[{"ad_name": "Theirs", "adgroup_id": hooks.lock["adgroup/spring-us"]["id"]}])["ads"]
    days(3)
    told = rows(hooks, "--by", "address", "--start", "2d", "--metrics", "impressions")
    assert list(told) == ["ad/hook-1", "ad/hook-2", theirs]
    both = rows(hooks, "--by", "address", "--start", "2d", dimensions="campaign_id,ad_id")
    assert next(iter(both)) == "campaign/spring ad/hook-1"
    shown = hooks.run(*ads("--by", "address", "--start", "2d")[:-1]).stdout
    assert shown.splitlines()[1].startswith("ad/hook-1")


def test_by_variant_counts_are_added_and_rates_come_from_the_sums(
    hooks: Workspace, market: Account, days: Pass
) -> None:
    """Two ads of one variant are one row; a mean of daily rates, or the API's own rounded ones, would be wrong."""
    hooks.replace("{refresh: hooks, variant: 2}", "{refresh: hooks, variant: 1}")
    hooks.apply()
    days(4)
    for name, ago, more in (
        ("hook-1", 1, {}), ("hook-1", 2, {"impressions": 3, "clicks": 3}), ("hook-2", 1, {"spend": 0.01, "clicks": 0}),
        ("hook-2", 2, {"impressions": 0, "clicks": 0, "conversion": 0, "spend": 0}),
    ):  # fmt: skip
        figures(hooks, market, name, ago, **{**COUNTS, **more})
    market.forget_calls()
    metrics = "impressions,clicks,ctr,cost_per_conversion,spend"
    told = rows(hooks, "--by", "variant", "--start", "2d", "--metrics", metrics)
    assert told == {
        "refresh/hooks g1 variant 1": {
            "impressions": "2003", "clicks": "23", "ctr": "1.15", "cost_per_conversion": "3.34", "spend": "20.01",
        }
    }  # fmt: skip
    (query,) = asked(market)
    assert sorted(json.loads(query["metrics"])) == ["clicks", "conversion", "impressions", "spend"]
    assert json.loads(query["dimensions"]) == ["ad_id", "stat_time_day"]
    by_day = rows(hooks, "--by", "variant", "--start", "2d", "--metrics", "ctr", dimensions="ad_id,stat_time_day")
    assert [one["ctr"] for one in by_day.values()] == ["100.00", "1.00"]


def test_whole_days_belong_to_variants_and_broken_ones_to_the_ad(hooks: Workspace, market: Account, days: Pass) -> None:
    """The day of a change, and the first, an ad has shown no variant all day long; nothing is lost or mixed."""
    days(3)
    hooks.replace("variants: 2", "variants: 2\n  revision: 2")
    hooks.apply()
    days(3)
    for ago in range(8):
        for name in ("hook-1", "hook-2"):
            figures(hooks, market, name, ago, impressions=10**ago)
    told = rows(hooks, "--by", "variant", "--start", "7d", "--metrics", "impressions")
    assert {name: one["impressions"] for name, one in told.items() if "hooks" not in name or "variant 1" in name} == {
        "ad/hook-1": "11001000", "ad/hook-2": "11001000",
        "refresh/hooks g1 variant 1": "110000", "refresh/hooks g2 variant 1": "110",
    }  # fmt: skip


def test_a_long_time_is_asked_for_in_parts(hooks: Workspace, market: Account, days: Pass) -> None:
    """A report by day spans thirty days at most; the sum over seventy is one row a variant."""
    days(72)
    whole = rows(hooks, "--by", "address", "--start", "70d", "--metrics", "impressions")
    market.forget_calls()
    told = rows(hooks, "--by", "variant", "--start", "70d", "--metrics", "impressions")
    assert len(asked(market)) == 3
    assert list(told) == ["refresh/hooks g1 variant 1", "refresh/hooks g1 variant 2"]
    assert list(told.values()) == list(whole.values())


def test_rows_may_be_sorted_and_drawn(hooks: Workspace, market: Account, days: Pass) -> None:
    """By a figure, what does not apply last; as a chart, under the names; as CSV."""
    days(3)
    figures(hooks, market, "hook-1", 1, spend=1, clicks=1)
    figures(hooks, market, "hook-2", 1, spend=5, clicks=0)
    sorts = ("--by", "variant", "--start", "1d", "--metrics", "spend,cpc")
    assert next(iter(rows(hooks, *sorts, "--order-by", "spend"))) == "refresh/hooks g1 variant 2"
    for order in ("ASC", "DESC"):
        assert list(rows(hooks, *sorts, "--order-by", "cpc", "--order", order))[-1] == "refresh/hooks g1 variant 2"
    drawn = hooks.run(*ads(*sorts, "--chart", dimensions="ad_id,stat_time_day")[:-1])
    assert "ad_id refresh/hooks g1 variant 1" in drawn.stdout
    csv = hooks.run(*ads(*sorts, "--format", "csv")[:-1]).stdout
    assert csv.startswith("ad_id,spend,cpc\r\nrefresh/hooks g1 variant 1,1.00,1.00\r\n")


@pytest.mark.parametrize("value", ["-1", "1.5.1", "many", "1e3"])
def test_a_count_that_is_none_is_no_sum(hooks: Workspace, market: Account, days: Pass, value: str) -> None:
    """An error that says which, never a guess."""
    days(2)
    market.faults({"path": REPORT, "edit": {"data.list.0.metrics.impressions": value}})
    ended = hooks.run(*ads("--by", "variant", "--start", "1d", "--metrics", "impressions"))
    assert (ended.code, ended.codes) == (1, ["R604"])
    assert value in ended.text


def test_nothing_is_written_and_nothing_but_read(hooks: Workspace, market: Account, days: Pass) -> None:
    """GET alone, and every file is as before."""
    days(2)
    before = hooks.files()
    market.forget_calls()
    rows(hooks, "--by", "variant", "--start", "1d")
    assert market.posts() == []
    assert hooks.files() == before
