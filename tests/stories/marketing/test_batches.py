"""Statuses and budgets of many objects go in calls of up to twenty; each object is told and settled by itself."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import (
    LAUNCH_RAILS,
    STATUS,
    ad,
    adgroup,
    campaign,
    configure,
    error,
    launch,
    of,
    paths,
    statuses,
)  # fmt: skip
from tests.stories.workspace import Workspace

BUDGET = "adgroup/budget/update/"
ADS = [f"a{number:02}" for number in range(23)]


def declare(work: Workspace, groups: int, ads: int, status: str = "ENABLE", budget: int = 20, of_ads: str = "") -> None:
    """One campaign, so many ad groups, and so many ads in the first of them."""
    work.manifest(
        campaign(status="ENABLE", budget=5000),
        *(adgroup(f"g{number:02}", status=status, budget=budget) for number in range(groups)),
        *(ad(f"a{number:02}", "g00", status=of_ads or status) for number in range(ads)),
    )


def intents(work: Workspace, path: str) -> list[dict[str, Any]]:
    """The journal's intents of calls of this path."""
    records = work.records
    return [one for one in records if one["kind"] == "intent" and one["path"] == path]


@pytest.fixture
def many(shop: Workspace, market: Account) -> Workspace:
    """A campaign that runs, an ad group and 23 ads in it; nothing is counted yet."""
    configure(shop, quiet=0.2, guardrails="{max_daily_spend: 100000.00, max_changes: {enable: 5000}}")
    declare(shop, 1, len(ADS))
    shop.apply()
    market.forget_calls()
    return shop


def test_births_are_enabled_twenty_a_call(shop: Workspace, market: Account) -> None:
    """A create each, then ads, ad groups and the campaign in as few calls as they take: and that is all."""
    configure(shop, guardrails="{max_daily_spend: 100000.00, max_changes: {enable: 5000}}")
    declare(shop, 1, 41)
    shop.apply()
    assert Counter(paths(market)) == {
        "campaign/create/": 1, "adgroup/create/": 1, "ad/create/": 41,
        "ad/status/update/": 3, "adgroup/status/update/": 1, "campaign/status/update/": 1,
    }  # fmt: skip
    assert set(statuses(market).values()) == {"ENABLE"}
    assert paths(market)[-5:] == [*[STATUS["ad"]] * 3, STATUS["adgroup"], STATUS["campaign"]]
    assert shop.in_sync()


def test_many_are_paused_in_few_requests(many: Workspace, market: Account) -> None:
    """The account, three listings, two calls, a listing that shows it; each object has an intent and an outcome."""
    declare(many, 1, len(ADS), of_ads="DISABLE")
    ended = many.apply()
    assert [len(body["ad_ids"]) for _, body in market.posts()] == [20, 3]
    assert len(market.calls()) == 4 + 2 + 1
    assert ended.ended == {f"ad/{one}": "done" for one in ADS}
    assert len({one["address"] for one in intents(many, STATUS["ad"])}) == len(ADS)
    assert many.in_sync()


def test_budgets_go_together(shop: Workspace, market: Account) -> None:
    """Twenty a call; what lowers is sent before what raises, and never in one call with it."""
    configure(shop)
    declare(shop, 23, 0)
    shop.apply()
    declare(shop, 23, 0, budget=30)
    market.forget_calls()
    shop.apply()
    assert [(path, len(body["budget"])) for path, body in market.posts()] == [(BUDGET, 20), (BUDGET, 3)]
    assert {one["budget"] for one in of(market, "adgroup")} == {"30.00"}
    shop.manifest(
        campaign(status="ENABLE", budget=5000),
        *(adgroup(f"g{one:02}", status="ENABLE", budget=25 if one % 2 else 40) for one in range(23)),
    )
    market.forget_calls()
    shop.apply()
    sent = [[float(one["budget"]) for one in body["budget"]] for _, body in market.posts()]
    assert sent == [[25.0] * 11, [40.0] * 12]
    assert shop.in_sync()


def test_one_that_is_refused_keeps_no_other(many: Workspace, market: Account) -> None:
    """A call that was refused as a whole is taken apart: every object is asked for by itself, and only one fails."""
    market.faults({"path": STATUS["ad"], "nth": 1, "code": 40002, "message": "one of them cannot be changed"},
                  {"path": STATUS["ad"], "nth": 4, "code": 40002, "message": "this one"})  # fmt: skip
    declare(many, 1, len(ADS), of_ads="DISABLE")
    ended = many.apply(code=9)
    assert Counter(ended.ended.values()) == {"done": len(ADS) - 1, "failed": 1}
    assert [len(body["ad_ids"]) for _, body in market.posts()] == [20, *[1] * 20, 3]
    (failed,) = [one for one, outcome in ended.ended.items() if outcome == "failed"]
    assert "this one" in error(ended, failed)["message"]
    market.faults()
    assert many.apply().ended == {failed: "done"}
    assert many.in_sync()


@pytest.mark.parametrize("how", [{"lose_reply": True}, {"lose_request": True}, {"status": 502, "commit": True}])
def test_a_lost_reply_leaves_each_unknown(many: Workspace, market: Account, how: dict[str, Any]) -> None:
    """Twenty rows are unknown, the others are done; the next run settles each by what the listings show."""
    market.faults({"path": STATUS["ad"], "nth": 1, **how})
    declare(many, 1, len(ADS), of_ads="DISABLE")
    ended = many.run("apply", "--auto-approve", "--json")
    assert ended.code == 8
    assert Counter(ended.ended.values()) == {"unknown": 20, "done": 3}
    assert len(many.run("status", "--json").json["intents"]) == 20
    market.faults()
    many.run("apply", "--auto-approve", "--json")
    assert many.in_sync()
    assert {status for name, status in statuses(market).items() if name.startswith("ad/")} == {"DISABLE"}
    assert many.run("status", "--json").json["intents"] == []


def test_a_kill_during_a_call_for_many(many: Workspace, market: Account) -> None:
    """The process dies while the call is under way: every object of it is on record, and the next run settles it."""
    market.faults({"path": STATUS["ad"], "nth": 1, "delay": 30, "commit": True})
    declare(many, 1, len(ADS), of_ads="DISABLE")
    process = many.start("apply", "--auto-approve", "--json")
    while not market.calls("POST"):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    market.faults()
    assert len(many.run("status", "--json").json["intents"]) == 20
    many.run("apply", "--auto-approve", "--json")
    assert many.in_sync()


@pytest.mark.proof
def test_a_launch_of_1300(shop: Workspace, market: Account) -> None:
    """Fifty campaigns, 250 ad groups, 1,000 ads: made and enabled, then paused, then paid less. To the goals of 1,400,
    54 and 17 requests comes the one that asks whether the account is the workspace's."""
    configure(shop, guardrails=LAUNCH_RAILS)

    def write(of_ads: str, budget: int) -> Counter[str]:
        shop.manifest(*launch(of_ads, budget))
        market.forget_calls()
        shop.apply()
        return Counter(one["path"] for one in market.calls())

    plan = {"advertiser/info/": 1, "campaign/get/": 1, "adgroup/get/": 1, "ad/get/": 1}
    made = write("ENABLE", 30)
    # What raises is looked at once more before each of three stages, unless it was read within a second.
    looked = [made.pop(path) for path in ("campaign/get/", "adgroup/get/")]
    assert all(3 <= one <= 6 for one in looked)
    assert made == {
        "campaign/create/": 50, "adgroup/create/": 250, "ad/create/": 1000,
        "ad/status/update/": 50, "adgroup/status/update/": 13, "campaign/status/update/": 3,
        "advertiser/info/": 1, "ad/get/": 3, "file/video/suggestcover/": 1,
    }  # fmt: skip
    assert sum(made.values()) + 2 * 6 == 1383
    assert write("DISABLE", 30) == {**plan, "ad/status/update/": 50, "ad/get/": 2}
    assert write("DISABLE", 20) == {**plan, BUDGET: 13, "adgroup/get/": 2}
