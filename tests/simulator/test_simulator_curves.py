"""What figures do on the operator's word: curves, shocks, and figures that come late, are corrected or do not come."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean, pstdev
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.clients import ACCOUNT, Production

if TYPE_CHECKING:
    from tests.simulator.conftest import Produce, Start

DAY = 86_400
BORN = date(2025, 6, 15)
"""The first day of an ad that is made at the start of these clocks."""
VIEWS = [f"video_views_p{part}" for part in (25, 50, 75, 100)]


def day(number: int) -> str:
    """A day of the ad's life, from 0."""
    return str(BORN + timedelta(days=number))


def figures(client: Production, *names: str, first: int = 0, days: int = 30, **more: Any) -> list[list[int]]:
    """What a report tells of the only ad, a list for each day."""
    told = {
        "report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": '["ad_id_v2", "stat_time_day"]',
        "metrics": json.dumps(names), "start_date": day(first), "end_date": day(first + days - 1), "page_size": 1000,
    }  # fmt: skip
    answer = client.get("report/integrated/get/", **{**told, **more})
    assert answer["code"] == 0, answer
    return [[int(row["metrics"][name]) for name in names] for row in answer["data"]["list"]]


def rates(rows: list[list[int]]) -> list[float]:
    """The first figure of each day in the second."""
    return [hits / shown for hits, shown in rows]


Running = Callable[..., tuple[Production, str]]


@pytest.fixture
def running(produce: Produce) -> Running:
    """An ad that has run for 30 days, under these switches and curves; its id."""

    def start(switches: Mapping[str, str], /, *curves: dict[str, Any], **how: Any) -> tuple[Production, str]:
        client = produce(switches, **how)
        ad = client.family()[2]
        for curve in ({"metric": "impressions", "from": day(0), "to": 1, "base": 10_000}, *curves):
            client.operate("curve", {"id": ad, **curve})
        client.wait(30 * DAY)
        return client, ad

    return start


@pytest.mark.parametrize(
    ("shape", "at"),
    [({"shape": "step"}, {9: 1.0, 10: 0.6, 29: 0.6}), ({"shape": "linear", "days": 14}, {10: 1.0, 17: 0.8, 24: 0.6}),
     ({"shape": "half_life", "days": 5}, {10: 1.0, 15: 0.8, 20: 0.7})],
    ids=lambda one: str(one.get("shape", "")),
)  # fmt: skip
def test_a_curve_falls_as_it_is_told(running: Running, shape: dict[str, Any], at: dict[int, float]) -> None:
    """A share keeps its height until its day, then falls at once, evenly, or by half of the way again and again."""
    curve = {"metric": "video_watched_2s", "from": day(10), "to": 0.6, "base": 0.5, **shape}
    client, _ = running({}, {"metric": "impressions", "from": day(0), "to": 1, "base": 1_000_000}, curve)
    told = rates(figures(client, "video_watched_2s", "impressions"))
    assert {number: told[number] / 0.5 for number in at} == pytest.approx(at, abs=0.02)


def test_a_hook_takes_all_views_along_and_leaves_clicks(running: Running) -> None:
    """Whoever does not watch two seconds watches no quarter of the video either; a click is another matter."""
    client, _ = running({}, {"metric": "video_watched_2s", "from": day(15), "shape": "step", "to": 0.5})
    names = ("impressions", "video_play_actions", "video_watched_2s", "video_watched_6s", *VIEWS, "clicks")
    rows = figures(client, *names)
    before, after = ([sum(column) for column in zip(*part, strict=True)] for part in (rows[:15], rows[15:]))
    kept = {name: (b / after[0]) / (a / before[0]) for name, a, b in zip(names, before, after, strict=True)}
    assert {name: round(kept[name], 1) for name in names} == {
        **dict.fromkeys(names, 0.5), "impressions": 1.0, "video_play_actions": 1.0, "clicks": 1.0,
    }  # fmt: skip
    for row in rows:
        assert sorted(row[:3], reverse=True) == row[:3]
        assert sorted(row[4:8], reverse=True) == row[4:8]


def test_noise_is_as_wide_as_told_and_may_linger(running: Running) -> None:
    """The coefficient of variation from day to day; what lingers makes a day like the one before."""
    many = {"metric": "impressions", "from": day(0), "to": 1, "base": 10_000_000}
    spread, alike = {}, {}
    for linger in (0, 0.9):
        curve = {"metric": "clicks", "from": day(0), "to": 1, "base": 0.01, "noise": 0.2, "linger": linger}
        client, _ = running({}, many, curve)
        client.wait(370 * DAY)
        told = [
            one for first in range(0, 390, 30) for one in rates(figures(client, "clicks", "impressions", first=first))
        ]
        spread[linger] = pstdev(told) / mean(told)
        alike[linger] = mean((a / mean(told) - 1) * (b / mean(told) - 1) for a, b in pairwise(told))
    assert spread[0] == pytest.approx(0.2, abs=0.03)
    assert alike[0.9] > 0.5 * spread[0.9] ** 2 > alike[0] / 2


def test_a_week_is_a_wave_and_the_same_seed_the_same_figures(running: Running) -> None:
    """Mondays are alike; another seed has other figures, the same one the very same."""
    curve = {"metric": "clicks", "from": day(0), "to": 1, "base": 0.5, "week": 0.3}
    seen = {}
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        client, _ = running({}, curve, seed=seed)
        seen[name] = figures(client, "clicks", "impressions")
    assert seen["one"] == seen["again"] != seen["other"]
    told = rates(seen["one"])
    assert told[1::7] == pytest.approx([told[1]] * 5, abs=0.03)
    assert max(told) - min(told) > 0.2


def test_a_later_curve_takes_the_place_of_the_one_before(running: Running) -> None:
    """From its day on; what was before stays, and one of the same day replaces it."""
    curve = {"metric": "clicks", "from": day(10), "to": 0.2, "base": 0.5}
    client, ad = running({}, curve, {"metric": "clicks", "from": day(20), "to": 1})
    told = rates(figures(client, "clicks", "impressions"))
    assert [round(told[number], 1) for number in (5, 15, 25)] == [0.5, 0.1, 0.5]
    answer = client.operate("curve", {"id": ad, **curve, "to": 0.4})
    assert [one["to"] for one in answer["curves"] if one["metric"] == "clicks"] == [Decimal("0.4"), 1]
    assert round(rates(figures(client, "clicks", "impressions"))[15], 1) == 0.2


def test_an_ad_with_a_curve_delivers_from_its_birth_until_today(running: Running) -> None:
    """Days before and days to come are zero, not made up."""
    client, _ = running({})
    assert figures(client, "impressions", first=-2, days=3)[:2] == [[0], [0]]
    assert figures(client, "impressions", first=30, days=2)[1] == [0]


def test_a_shock_strikes_the_hits_of_all(running: Running) -> None:
    """For its days, first and last included, with a curve or without; what is loaded stays as it is."""
    client, ad = running({})
    other = client.ad(client.rows("adgroup")[0]["adgroup_id"], ad_name="Other")["data"]["ad_ids"][0]
    client.operate("switches", {"tiring": "0"})
    loaded = {"id": ad, "date": day(11), "metrics": {"impressions": 10, "clicks": 7}}
    client.operate("load", {"advertiser_id": ACCOUNT, "figures": [loaded]})
    before = {one: figures(client, "impressions", "clicks", filtering=only(one)) for one in (ad, other)}
    client.operate("shock", {"from": day(10), "to": day(12), "factor": 0.5})
    for one, rows in before.items():
        struck = [
            [shown, clicks // 2] if number in (10, 11, 12) and [shown, clicks] != [10, 7] else [shown, clicks]
            for number, (shown, clicks) in enumerate(rows)
        ]
        assert figures(client, "impressions", "clicks", filtering=only(one)) == struck


def only(ad: str) -> str:
    """A filter that leaves one ad."""
    return json.dumps([{"field_name": "ad_ids", "filter_type": "IN", "filter_value": json.dumps([ad])}])


def test_all_views_tire(produce: Produce) -> None:
    """Without a curve, too: the share of viewers falls with that of clicks, plays by themselves do not."""
    client = produce({"tiring": "1"})
    client.family()
    rows = figures(client, "impressions", "video_play_actions", "video_watched_2s", "video_watched_6s", *VIEWS)
    first, last = ([sum(column) for column in zip(*part, strict=True)] for part in (rows[:7], rows[21:28]))
    kept = [(b / last[0]) / (a / first[0]) for a, b in zip(first, last, strict=True)]
    assert kept[1] > 0.8
    assert all(share < 0.5 for share in kept[2:])


@pytest.mark.parametrize("contract", ["marketing", "openapi"])
def test_rows_come_late(start: Start, contract: str) -> None:
    """With report_lag a day has no row until so many hours after its end in the account's zone."""
    client = start({"report_lag": "5", "timezone": "Asia/Tokyo"}, contract=contract)
    client.fill()
    listed: dict[str, Any] = {"dimensions": '["campaign_id","stat_time_day"]', "metrics": '["spend"]'}
    if contract == "openapi":
        listed = {"dimensions": "campaign_id,stat_time_day", "metrics": "spend"}
    told = {"report_type": "BASIC", "data_level": "AUCTION_CAMPAIGN", "start_date": day(-1), "end_date": day(2)}

    def seen() -> list[str]:
        rows = client.get("report/integrated/get/", **told, **listed)["data"]["list"]
        return [row["dimensions"]["stat_time_day"][:10] for row in rows]

    # It is past midnight of the 16th in Tokyo, by six minutes.
    assert seen() == [day(-1)]
    client.wait(5 * 3600 - 401)
    assert seen() == [day(-1)]
    client.wait(1)
    assert seen() == [day(-1), day(0)]


def test_a_day_is_corrected_at_noon(running: Running) -> None:
    """With report_fix it grows at the first 12:00 UTC that finds it over for 24 hours: not before, and once."""
    client, _ = running({"report_fix": "0.25"})
    client.operate("switches", {"report_fix": "0"})
    true = figures(client, "impressions", first=20, days=10)
    client.operate("switches", {"report_fix": "0.25"})
    # It is 2025-07-15 15:06:40 UTC; days end at 04:00 UTC.
    assert figures(client, "impressions", first=20, days=9) == true[:9]
    assert figures(client, "impressions", first=29, days=1) == [[int(true[9][0] / 1.25)]]
    client.wait(20 * 3600)
    assert figures(client, "impressions", first=29, days=1) != [true[9]]
    client.wait(3600)
    assert figures(client, "impressions", first=29, days=1) == [true[9]]


def test_conversions_are_booked_late_but_happen_when_they_do(running: Running) -> None:
    """With attribution_days the last days have too few; real_time_conversion counts them on the day they happened."""
    client, _ = running({"attribution_days": "7"}, {"metric": "clicks", "from": day(0), "to": 1, "base": 0.5},
                        {"metric": "conversion", "from": day(0), "to": 1, "base": 0.5})  # fmt: skip
    late = figures(client, "conversion", "real_time_conversion", first=1)
    client.operate("switches", {"attribution_days": "0"})
    true = [one for one, _ in figures(client, "conversion", "real_time_conversion", first=1)]
    # The last of these days is today.
    assert [one for one, _ in late][:23] == true[:23]
    assert [one for one, _ in late][22:] == [true[22 + number] * (8 - number) // 8 for number in range(8)]
    assert [real for _, real in late][7:] == [sum(true[number - 7 : number + 1]) // 8 for number in range(7, 30)]
    assert figures(client, "real_time_conversion", first=1) == [[one] for one in true]


def test_so_many_reports_come_empty(running: Running) -> None:
    """report_empty counts down with every report, and then all is as before."""
    client, _ = running({"report_empty": "2"})
    assert [bool(figures(client, "impressions")) for _ in range(3)] == [False, False, True]


def test_tiktok_tells_of_fatigue_only_the_allowlisted(running: Running) -> None:
    """Refused by default; allowed, a row a day: what the ad has lost, and new users beside the best day."""
    curve = {"metric": "clicks", "from": day(20), "shape": "linear", "to": 0.5, "days": 10}
    client, ad = running({}, curve)
    told = {"ad_id": ad, "filtering": json.dumps({"start_date": day(18), "end_date": day(30)}), "page_size": 100}
    assert client.get("creative_fatigue/get/", **told)["code"] == 40001
    client.operate("switches", {"fatigue_api": "on"})
    rows = client.get("creative_fatigue/get/", **told)["data"]["list"]
    assert [row["date"] for row in rows] == [day(number) for number in range(18, 30)]
    assert [row["metrics"]["has_fatigue"] for row in rows] == [False] * 6 + [True] * 6
    assert 0 < min(row["metrics"]["dnu_ratio"] for row in rows) <= 1


def test_deleted_ads_are_in_a_report_only_when_asked_for(running: Running) -> None:
    """ad_status with STATUS_ALL; and a filter holds a hundred ids."""
    client, ad = running({})
    client.status("ad", "DELETE", ad)
    assert figures(client, "impressions") == []
    every = {"field_name": "ad_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}
    assert len(figures(client, "impressions", filtering=json.dumps([every]))) == 30
    ids = {"field_name": "ad_ids", "filter_type": "IN", "filter_value": json.dumps(["1"] * 101)}
    told = {"report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": '["ad_id"]', "start_date": day(0)}
    answer = client.get("report/integrated/get/", **told, end_date=day(1), filtering=json.dumps([ids]))
    assert answer["code"] == 40002


@pytest.mark.parametrize(
    "wrong",
    [{"metric": "joy"}, {"shape": "linear"}, {"shape": "bend"}, {"to": -1}, {"to": "0.6"}, {"from": "yesterday"},
     {"id": "5"}, {"noise": 3}, {"linger": 1}, {"days": 0}, {"base": 1.5}, {"why": 1}],
    ids=str,
)  # fmt: skip
def test_a_wrong_curve_is_refused(running: Running, wrong: dict[str, Any]) -> None:
    """HTTP 400 that says what is wrong, and nothing changes."""
    client, ad = running({})
    before = figures(client, "clicks")
    assert "error" in client.operate("curve", {"id": ad, "metric": "clicks", "from": day(0), "to": 1, **wrong})
    assert figures(client, "clicks") == before


@pytest.mark.parametrize("wrong", [{"to": "2025-06-01"}, {"factor": -1}, {"factor": None}, {"why": 1}], ids=str)
def test_a_wrong_shock_is_refused(running: Running, wrong: dict[str, Any]) -> None:
    """As a curve is."""
    client, _ = running({})
    assert "error" in client.operate("shock", {"from": day(0), "to": day(1), "factor": 0.5, **wrong})
