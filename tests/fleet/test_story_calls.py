"""What a fleet asks and sends, counted at the server: all accounts share one limit, so each call is time."""

from __future__ import annotations

import json
from collections import Counter

from tests.fleet.conftest import COUNT
from tests.fleet.scene import CAMPAIGN, Fleet, advertiser, budgets
from tests.fleet.workers import Workers
from tests.stories.account import Account
from tests.stories.hurry import world_of

INFO = "advertiser/info/"
EACH = 3
"""Campaigns of an account."""


def counted(market: Account) -> Counter[str]:
    """How often each call has come since the last look."""
    found = Counter(one["path"] for one in market.calls())
    market.forget_calls()
    return found


def every(number: int) -> Counter[str]:
    """The listings of so many plans of each account."""
    return Counter({f"{kind}/get/": number * COUNT for kind in ("campaign", "adgroup", "ad")})


def test_an_apply_takes_ten_calls_an_account(fleet: Fleet, market: Account) -> None:
    """What the accounts are is asked once for all. Then each is listed for its plan and again for its apply, makes
    three campaigns, and is looked at once more."""
    for number in range(1, EACH):
        more = CAMPAIGN.replace("main", f"more{number}").replace("label}", f"label}} {number}")
        fleet.write(f"modules/evergreen/more{number}.yaml", more)
    fleet.fleet("plan")
    assert counted(market) == every(1) + Counter({INFO: 1})
    fleet.fleet("apply", "--auto-approve")
    assert counted(market) == every(2) + Counter({INFO: 1, "campaign/create/": EACH * COUNT, "campaign/get/": COUNT})
    assert {one: len(found) for one, found in budgets(market).items()} == {
        advertiser(one): EACH for one in range(COUNT)
    }
    for command in ("plan", "drift"):
        fleet.fleet(command)
        assert counted(market) == every(1) + Counter({INFO: 1})


def test_an_account_of_another_currency_is_refused_for_itself(fleet: Fleet, market: Account) -> None:
    """It is told together with the others, and they are applied."""
    market.operate("account", {"advertiser_id": advertiser(2), "currency": "JPY"})
    rows = fleet.fleet("apply", "--auto-approve", code=3)["accounts"]
    assert [one["exit_code"] for one in rows] == [0, 0, 3, 0]
    assert rows[2]["error"]["code"] == "R406"
    assert sorted(budgets(market)) == [advertiser(0), advertiser(1), advertiser(3)]


def test_an_account_that_is_suspended_is_planned_and_not_written_to(fleet: Fleet, market: Account) -> None:
    """Also where the plan has told its status already."""
    market.operate("account", {"advertiser_id": advertiser(2), "status": "STATUS_LIMIT"})
    rows = fleet.fleet("apply", "--auto-approve", code=3)["accounts"]
    assert (rows[2]["exit_code"], rows[2]["error"]["code"]) == (3, "R407")
    assert sorted(budgets(market)) == [advertiser(0), advertiser(1), advertiser(3)]


def test_an_account_of_somebody_else_takes_nothing_from_the_others(fleet: Fleet, market: Account) -> None:
    """The platform refuses a call that names it: then each account asks for itself."""
    market.switch(advertisers=",".join(advertiser(number) for number in range(COUNT - 1)))
    rows = fleet.fleet("plan", code=4)["accounts"]
    assert [one["exit_code"] for one in rows] == [0, 0, 0, 4]
    assert counted(market)[INFO] == 1 + COUNT


def test_tokens_are_for_their_own_accounts(fleet: Fleet, market: Account) -> None:
    """Two groups, two calls: nobody's token asks for the accounts of others."""
    group = "  - {{match: {{{0}}}, token: {{env: TIKTOK_ACCESS_TOKEN}}, guardrails: {{max_daily_spend: 1000.00}}}}"
    fleet.settings(groups="\n".join((group.format("client: one"), group.format(""))))
    fleet.account(0, labels="{client: one}")
    fleet.account(2, labels="{client: one}")
    fleet.fleet("plan")
    asked = [sorted(json.loads(one["query"]["advertiser_ids"])) for one in market.calls() if one["path"] == INFO]
    assert sorted(asked) == [[advertiser(0), advertiser(2)], [advertiser(1), advertiser(3)]]


def test_a_ring_is_looked_at_with_one_reading(fleet: Fleet, market: Account) -> None:
    """Before the rest is begun: for changes and for drift of the canary its account is listed once."""
    fleet.settings(more="rings:\n  - {name: canary, match: {ring: canary}}\n  - {name: rest, after: canary}\n")
    fleet.account(0, labels="{ring: canary}")
    fleet.fleet("apply", "--auto-approve", "--ring", "canary")
    world_of(fleet.url).sleep(3600)
    market.forget_calls()
    fleet.fleet("apply", "--auto-approve", "--ring", "rest")
    mine = [one["path"] for one in market.calls("GET") if one["query"].get("advertiser_id") == advertiser(0)]
    assert sorted(mine) == ["ad/get/", "adgroup/get/", "campaign/get/"]


def test_the_jobs_of_a_worker_ask_together(workers: Workers, fleet: Fleet, market: Account) -> None:
    """Each is carried out for itself, and all of them know what one has asked."""
    workers.start()
    fleet.fleet("apply", "--auto-approve")
    assert counted(market) == every(2) + Counter({INFO: 1, "campaign/create/": COUNT, "campaign/get/": COUNT})
