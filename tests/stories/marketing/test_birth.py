"""Everything is born paused, known to be so before anything is made below it, and enabled last."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import STATUS, ad, adgroup, campaign, configure, error, family, paths, statuses
from tests.stories.workspace import Workspace

CREATES = ["campaign/create/", "adgroup/create/", "ad/create/"]


def test_every_create_says_disable(shop: Workspace, market: Account) -> None:
    """Whatever the manifests want; no create carries a request_id, which would switch the guard of names off."""
    shop.manifest(campaign(status="ENABLE"), adgroup(status="ENABLE"), ad(), ad("other", status="ENABLE"))
    shop.apply()
    bodies = [body for path, body in market.posts() if path.endswith("/create/")]
    assert len(bodies) == 4
    for body in bodies:
        (own,) = body.get("creatives", [body])
        assert own["operation_status"] == "DISABLE"
        assert "request_id" not in body
        assert "status" not in own


def test_what_is_wanted_enabled_is_enabled_last(shop: Workspace, market: Account) -> None:
    """Ads, then ad groups, then campaigns, after everything was made, each by its recorded id."""
    shop.manifest(*family(status="ENABLE"), campaign("autumn"), adgroup("autumn-us", "autumn", status="ENABLE"))
    ended = shop.apply()
    assert set(ended.ended.values()) == {"done"}
    ids = {str(entry["id"]): address for address, entry in shop.lock.items()}
    switched = [(path.partition("/")[0], body) for path, body in market.posts() if path in STATUS.values()]
    assert {body["operation_status"] for _, body in switched} == {"ENABLE"}
    enabled = [ids[body[f"{kind}_ids"][0]] for kind, body in switched]
    assert sorted(enabled) == ["ad/spring-us-hero", "adgroup/autumn-us", "adgroup/spring-us", "campaign/spring"]
    family_only = [address for address in enabled if address != "adgroup/autumn-us"]
    assert family_only == ["ad/spring-us-hero", "adgroup/spring-us", "campaign/spring"]
    sent = paths(market)
    assert sent.index("ad/status/update/") > max(sent.index(path) for path in CREATES)
    assert statuses(market) == {
        "campaign/spring": "ENABLE", "campaign/autumn": "DISABLE",
        "adgroup/spring-us": "ENABLE", "adgroup/autumn-us": "ENABLE", "ad/spring-us-hero": "ENABLE",
    }  # fmt: skip
    assert shop.in_sync()


def test_a_status_that_is_not_set_is_left_alone(shop: Workspace, market: Account) -> None:
    """Born DISABLED; then whoever enables it by hand is not contradicted."""
    shop.manifest(*family())
    shop.apply()
    assert set(statuses(market).values()) == {"DISABLE"}
    for kind, name in (("campaign", "spring"), ("adgroup", "spring-us"), ("ad", "spring-us-hero")):
        market.edit(kind, name, status="ENABLE")
    assert shop.in_sync()
    assert shop.apply().json["outcomes"] == []


def test_what_is_born_enabled_is_paused_before_anything_is_made_below_it(shop: Workspace, market: Account) -> None:
    """A server that ignores the wish: the read-back shows it, and a status call follows each create at once."""
    market.switch(birth_status="ignored")
    shop.manifest(*family())
    assert set(shop.apply().ended.values()) == {"done"}
    kinds = ("campaign", "adgroup", "ad")
    assert paths(market) == [path for kind in kinds for path in (f"{kind}/create/", f"{kind}/status/update/")]
    assert set(statuses(market).values()) == {"DISABLE"}
    assert shop.in_sync()


def test_nothing_is_made_below_what_could_not_be_paused(shop: Workspace, market: Account) -> None:
    """The pause is refused: the row fails, its children are skipped; the next apply pauses first and goes on."""
    market.switch(birth_status="ignored")
    market.faults({"path": "campaign/status/update/", "code": 40002, "message": "not now"})
    shop.manifest(*family())
    ended = shop.apply(code=9)
    assert ended.ended == {"campaign/spring": "failed", "adgroup/spring-us": "skipped", "ad/spring-us-hero": "skipped"}
    assert "could not be paused" in error(ended, "campaign/spring")["message"]
    assert paths(market) == ["campaign/create/", "campaign/status/update/"]
    row = shop.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("update", "unfinished birth")
    market.faults()
    market.forget_calls()
    assert set(shop.apply().ended.values()) == {"done"}
    assert paths(market)[0] == "campaign/status/update/"
    assert [len(market.objects(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 1, 1]
    assert set(statuses(market).values()) == {"DISABLE"}
    assert shop.in_sync()


def test_nothing_runs_above_what_could_not_be_enabled(shop: Workspace, market: Account) -> None:
    """The ad group's ENABLE is refused: the campaign waits, in this apply and in every later one."""
    market.faults({"path": "adgroup/status/update/", "code": 40002, "message": "not now"})
    shop.manifest(*family(status="ENABLE"))
    running = {"campaign/spring": "DISABLE", "adgroup/spring-us": "DISABLE", "ad/spring-us-hero": "ENABLE"}
    for code in (9, 1, 1):
        ended = shop.apply(code=code)
        assert (ended.ended["adgroup/spring-us"], ended.ended["campaign/spring"]) == ("failed", "skipped")
        assert error(ended, "campaign/spring")["code"] == "R707"
        assert statuses(market) == running
    market.faults()
    shop.apply()
    assert set(statuses(market).values()) == {"ENABLE"}
    assert shop.in_sync()


@pytest.mark.parametrize("birth", ["honoured", "ignored"])
def test_a_list_that_lags_is_waited_for(shop: Workspace, market: Account, birth: str) -> None:
    """No object is made below one that no list has shown to be paused."""
    market.switch(birth_status=birth, list_lag="0.7")
    shop.manifest(*family(status="ENABLE"))
    assert set(shop.apply().ended.values()) == {"done"}
    calls = [(one["method"], one["path"]) for one in market.calls()]
    for create, below in pairwise(CREATES):
        between = calls[calls.index(("POST", create)) : calls.index(("POST", below))]
        assert ("GET", create.replace("create", "get")) in between
    assert set(statuses(market).values()) == {"ENABLE"}
    assert shop.in_sync()


@pytest.mark.parametrize("birth", ["honoured", "ignored"])
def test_a_list_that_lags_longer_than_we_wait(shop: Workspace, market: Account, birth: str) -> None:
    """Nothing is made below what is not seen paused, and nothing is enabled; later runs go on with the same object."""
    configure(shop, quiet=0.3)
    market.switch(birth_status=birth, list_lag="1.2")
    shop.manifest(*family(status="ENABLE"))
    ended = shop.run("apply", "--auto-approve", "--json")
    assert ended.code in (8, 9), ended.text
    assert ended.ended["adgroup/spring-us"] == "skipped"
    assert paths(market) == ["campaign/create/"]
    market.switch(list_lag="0")
    time.sleep(0.2)
    ended = shop.apply()
    assert shop.in_sync()
    assert [len(market.objects(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 1, 1]
    assert set(statuses(market).values()) == {"ENABLE"}


def test_a_campaign_stays_paused_while_something_below_it_is_not_there(shop: Workspace, market: Account) -> None:
    """One ad is refused: neither its ad group nor its campaign is enabled; the next apply finishes all of it."""
    market.faults({"path": "ad/create/", "nth": 1, "code": 40002, "message": "Invalid identity type"})
    shop.manifest(*family(status="ENABLE"), ad("other", status="ENABLE"))
    ended = shop.apply(code=9)
    assert ended.ended["ad/other"] == "failed"
    assert error(ended, "ad/other")["code"] == "R606"
    assert "Invalid identity type" in error(ended, "ad/other")["message"]
    assert error(ended, "ad/other")["request_id"]
    assert [statuses(market)[one] for one in ("campaign/spring", "adgroup/spring-us")] == ["DISABLE"] * 2
    market.faults()
    shop.apply()
    assert set(statuses(market).values()) == {"ENABLE"}
    assert len(market.objects("ad")) == 2
    assert shop.in_sync()


def test_a_new_ad_below_a_running_campaign(shop: Workspace, market: Account) -> None:
    """It is born paused and enabled; nothing above it is touched."""
    shop.manifest(*family(status="ENABLE"))
    shop.apply()
    market.forget_calls()
    shop.manifest(*family(status="ENABLE"), ad("other", status="ENABLE"))
    shop.apply()
    assert paths(market) == ["ad/create/", "ad/status/update/"]
    assert statuses(market)["ad/other"] == "ENABLE"
    assert shop.in_sync()
