"""`variants --performance`: how every variant does, and why one has no figures."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.stories.account import Account
from tests.stories.figures.scene import figures, today
from tests.stories.marketing.scene import ad
from tests.stories.workspace import Workspace

if TYPE_CHECKING:
    from tests.stories.conftest import Pass

REPORT = "report/integrated/get/"
DAY: dict[str, object] = {
    "impressions": 1000, "video_watched_2s": 310, "video_watched_6s": 121, "clicks": 12, "conversion": 2, "spend": 7.77,
}  # fmt: skip
ONE, TWO = (1, 1), (1, 2)


def told(work: Workspace, *more: str) -> dict[tuple[int, int], Any]:
    """The performance of each variant, by generation and slot."""
    ended = work.run("variants", "--performance", "--json", *more)
    assert ended.code == 0, ended.text
    return {(one["generation"], one["variant"]): one["performance"] for one in ended.json["variants"]}


def asked(market: Account) -> list[dict[str, Any]]:
    """The queries of every report that came."""
    return [one["query"] for one in market.calls("GET") if one["path"] == REPORT]


def test_how_a_variant_does(hooks: Workspace, market: Account, days: Pass) -> None:
    """Counts of whole days, rates and cost from their sums, exact; for people and for machines."""
    days(4)
    for ago in (1, 2, 3):
        figures(hooks, market, "hook-1", ago, **DAY)
        figures(hooks, market, "hook-2", ago, **dict.fromkeys(DAY, 0))
    figures(hooks, market, "hook-1", 0, **{**DAY, "clicks": 999})
    before = hooks.files()
    market.forget_calls()
    assert told(hooks) == {
        ONE: {
            "ads": ["ad/hook-1"], "days": 3, "impressions": 3000, "hook": "0.3100", "hold": "0.1210", "ctr": "0.0120",
            "conversions": 6, "spend": "23.31", "cpa": "3.89", "verdict": None,
        },
        TWO: {
            "ads": ["ad/hook-2"], "days": 0, "impressions": 0, "hook": None, "hold": None, "ctr": None,
            "conversions": 0, "spend": "0.00", "cpa": None, "verdict": None,
        },
    }  # fmt: skip
    assert market.posts() == []
    assert hooks.files() == before
    shown = hooks.run("variants", "--performance").stdout
    words = "1 ad, 3 days, 3,000 impressions; hook 31.0 %, hold 12.1 %, ctr 1.2 %; 23.31 USD spent, 6 conversions "
    assert f"    {words}at 3.89 USD\n" in shown
    assert "    1 ad, 0 days, 0 impressions; 0.00 USD spent, 0 conversions\n" in shown
    assert shown.endswith(f"to {today(market) - timedelta(days=1)}, whole days in America/New_York.\n")


def test_figures_belong_to_the_variant_of_their_day(hooks: Workspace, market: Account, days: Pass) -> None:
    """An ad's report mixes what it has shown; neither the day of a change nor another generation's days are counted."""
    days(3)
    hooks.replace("variants: 2", "variants: 2\n  revision: 2")
    hooks.apply()
    days(3)
    for ago in range(7):
        figures(hooks, market, "hook-1", ago, impressions=10**ago)
    found = told(hooks)
    assert {name: one["impressions"] for name, one in found.items() if name[1] == 1} == {(2, 1): 110, (1, 1): 110_000}
    assert told(hooks, "--days", "1")[2, 1]["impressions"] == 10
    assert told(hooks, "--days", "1")[1, 1] is None


def test_two_ads_of_one_variant_are_added_up(hooks: Workspace, market: Account, days: Pass) -> None:
    """Days are days, not ad days; both ads are named."""
    hooks.replace("{refresh: hooks, variant: 2}", "{refresh: hooks, variant: 1}")
    hooks.apply()
    days(3)
    for name in ("hook-1", "hook-2"):
        figures(hooks, market, name, 1, **DAY)
        figures(hooks, market, name, 2, impressions=0)
    one = told(hooks, "--days", "2")[ONE]
    assert (one["ads"], one["days"], one["impressions"]) == (["ad/hook-1", "ad/hook-2"], 1, 2000)


def test_why_there_are_none(hooks: Workspace, market: Account, days: Pass) -> None:
    """No ad, no whole day, or a lockfile of before: null, and the reason in words. What nobody shows asks nothing."""
    market.forget_calls()
    assert told(hooks) == {ONE: None, TWO: None}
    assert hooks.run("variants", "--performance").stdout.count("no ad has shown it for a whole day of these") == 2
    assert asked(market) == []
    days(3)
    path = hooks.root / "reconciler.lock"
    document = json.loads(path.read_text())
    document.pop("checksum")
    del document["resources"]["ad/hook-1"]["shown"]
    path.write_text(json.dumps(document))
    assert "since when ad/hook-1 shows it is not recorded" in hooks.run("variants", "--performance").stdout
    hooks.replace("{refresh: hooks, variant: 1}", '{video_id: "v1"}')
    del document["resources"]["ad/hook-2"]["shown"]
    path.write_text(json.dumps(document))
    hooks.apply()
    market.forget_calls()
    assert "no figures: no ad has shown it" in hooks.run("variants", "--performance").stdout
    assert market.calls() == []


def test_as_many_calls_as_it_takes(hooks: Workspace, market: Account, days: Pass) -> None:
    """A hundred ads and thirty days a call; deleted ads have their figures; nothing is asked twice."""
    ads = [ad(f"more-{number}", video="{refresh: hooks, variant: 1}") for number in range(99)]
    hooks.manifest(*ads, file="more.yaml")
    hooks.apply()
    days(40)
    market.edit("ad", "hook-1", status="DELETE")
    market.forget_calls()
    one = told(hooks, "--days", "35")[ONE]
    assert (len(one["ads"]), one["days"]) == (100, 35)
    parts = [(query["start_date"], query["filtering"], query["page"]) for query in asked(market)]
    # Of a hundred ads thirty days are three pages, five days one; of the last ad one page each.
    assert (len(parts), len(set(parts)), len({part[:2] for part in parts})) == (6, 6, 4)
    assert {len(json.loads(json.loads(query["filtering"])[0]["filter_value"])) for query in asked(market)} == {100, 1}


@pytest.mark.parametrize("wrong", ["--days 7", "--performance --days 0", "--performance --days 366"])
def test_what_cannot_be_asked_for(hooks: Workspace, wrong: str) -> None:
    """Exit 3, before anything is read."""
    assert hooks.run("variants", *wrong.split()).code == 3


def test_without_the_option_nothing_is_asked(hooks: Workspace, market: Account, days: Pass) -> None:
    """`performance` is null, and no token is needed."""
    days(3)
    market.forget_calls()
    ended = hooks.run("variants", "--json", token=None)
    assert [one["performance"] for one in ended.json["variants"]] == [None, None]
    assert "figures" not in ended.json
    assert market.calls() == []


def test_a_report_that_is_not_whole_says_nothing(hooks: Workspace, market: Account, days: Pass) -> None:
    """An error, never a part of the truth; a damaged count is shown."""
    days(3)
    market.faults({"path": REPORT, "edit": {"data.list.0.metrics.clicks": "1.2.3"}})
    ended = hooks.run("variants", "--performance", "--days", "1", "--json")
    assert (ended.code, ended.codes) == (1, ["R604"])
    assert "1.2.3" in ended.text
    market.faults({"path": REPORT, "drop_row": 0})
    assert hooks.run("variants", "--performance", "--json").codes == ["R605"]
