"""`--replace`: a new object that is right before the old one is paused; what is below it goes along."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import (
    STATUS,
    ad,
    adgroup,
    campaign,
    error,
    family,
    of,
    paths,
    statuses,
)
from tests.stories.workspace import Workspace

REPLACED = {"campaign": "spring", "adgroup": "spring-us", "ad": "spring-us-hero"}


@pytest.fixture
def running(shop: Workspace, market: Account) -> Workspace:
    """A family that is enabled."""
    market.switch(unique_names="on")
    shop.manifest(*family(status="ENABLE"))
    shop.apply()
    market.forget_calls()
    return shop


def ids(work: Workspace) -> dict[str, str]:
    """The ids in the lockfile."""
    return {address: entry["id"] for address, entry in work.lock.items()}


def test_without_it_the_row_is_blocked(running: Workspace, market: Account) -> None:
    """R704 names the field and the option; nothing is sent, also not for what is below."""
    running.replace("objective_type: TRAFFIC", "objective_type: REACH")
    ended = running.apply(code=5)
    assert ended.ended == {"campaign/spring": "skipped"}
    assert error(ended, "campaign/spring")["code"] == "R704"
    assert "--replace campaign/spring" in error(ended, "campaign/spring")["hint"]
    assert market.posts() == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "below"),
    [
        ("campaign", "objective_type: TRAFFIC", "objective_type: REACH", ["campaign", "adgroup", "ad"]),
        ("adgroup", "promotion_type: WEBSITE", "promotion_type: APP_ANDROID", ["adgroup", "ad"]),
        ("ad", "ad_format: SINGLE_VIDEO", "ad_format: SINGLE_VIDEO", ["ad"]),
    ],
)
def test_a_replacement_takes_what_is_below_along(
    running: Workspace, market: Account, kind: str, old: str, new: str, below: list[str]
) -> None:
    """One living object of each name runs, its predecessor is paused, unmanaged and renamed."""
    running.replace(old, new)
    before, address = ids(running), f"{kind}/{REPLACED[kind]}"
    made = running.plan("--replace", address)
    assert made.ops == {f"{one}/{REPLACED[one]}": "replace" for one in below}
    assert made.rows[address]["id"] == before[address]
    assert market.posts() == []
    ended = running.apply("--replace", address)
    assert set(ended.ended.values()) == {"done"}
    after = ids(running)
    assert {one for one in before if before[one] != after[one]} == {f"{one}/{REPLACED[one]}" for one in below}
    for one in REPLACED:
        rows = market.objects(one)
        assert [row["status"] for row in rows] == (["DISABLE", "ENABLE"] if one in below else ["ENABLE"])
        assert rows[-1][f"{one}_id"] == after[f"{one}/{REPLACED[one]}"]
        assert rows[-1][f"{one}_name"] == REPLACED[one]
    assert market.objects("ad")[-1]["adgroup_id"] == after["adgroup/spring-us"]
    assert running.in_sync()
    assert running.plan().json["summary"]["unmanaged"] == len(below)


def test_the_new_one_is_there_before_the_old_one_is_paused(running: Workspace, market: Account) -> None:
    """Rename, create, read back, pause, enable: in this order, and what is enabled has no running predecessor."""
    running.replace("objective_type: TRAFFIC", "objective_type: REACH")
    before = ids(running)
    running.apply("--replace", "campaign/spring")
    calls = [(one["method"], one["path"]) for one in market.calls()]
    last_create = calls.index(("POST", "ad/create/"))
    first_pause = calls.index(("POST", STATUS["campaign"]))
    assert ("GET", "ad/get/") in calls[last_create:first_pause]
    told = [
        (body["operation_status"], body[f"{path.partition('/')[0]}_ids"][0])
        for path, body in market.posts()
        if path in STATUS.values()
    ]
    assert {one for status, one in told if status == "DISABLE"} == set(before.values())
    assert [status for status, _ in told] == ["DISABLE"] * 3 + ["ENABLE"] * 3
    assert paths(market)[-3:] == [STATUS["ad"], STATUS["adgroup"], STATUS["campaign"]]


def test_nothing_old_is_paused_when_the_new_one_is_refused(running: Workspace, market: Account) -> None:
    """The create of the new ad group fails: the old campaign goes on running, the new one is not enabled."""
    running.replace("objective_type: TRAFFIC", "objective_type: REACH")
    market.faults({"path": "adgroup/create/", "code": 40002, "message": "no"})
    ended = running.apply("--replace", "campaign/spring", code=9)
    assert ended.ended["adgroup/spring-us"] == "failed"
    assert [row["status"] for row in market.objects("campaign")] == ["ENABLE", "DISABLE"]
    assert [row["status"] for kind in ("adgroup", "ad") for row in market.objects(kind)] == ["ENABLE", "ENABLE"]


def test_a_declared_name_is_free_for_the_new_one(shop: Workspace, market: Account) -> None:
    """Names are guarded per parent: the old one gives its name away first; as long as names may be."""
    market.switch(unique_names="on")
    name = "Spring " + "x" * 500
    shop.manifest(campaign(campaign_name=name))
    shop.apply()
    shop.manifest(campaign(campaign_name=name, objective_type="REACH"))
    shop.apply("--replace", "campaign/spring")
    old, new = market.objects("campaign")
    assert (new["campaign_name"], len(old["campaign_name"]) <= 512) == (name, True)
    assert old["campaign_name"].endswith(f"(replaced {old['campaign_id']})")
    assert shop.in_sync()


def test_a_group_moves_to_another_campaign(shop: Workspace, market: Account) -> None:
    """A parent cannot be changed: blocked, then replaced under the other one with its ads; the old ones are paused."""
    both = (campaign("one"), campaign("two"))
    shop.manifest(*both, adgroup("g", "one"), ad("a", "g"))
    shop.apply()
    shop.manifest(*both, adgroup("g", "two"), ad("a", "g"))
    assert shop.plan().rows["adgroup/g"]["op"] == "blocked"
    shop.apply("--replace", "adgroup/g")
    old, new = market.objects("adgroup")
    assert (old["status"], new["campaign_id"]) == ("DISABLE", shop.lock["campaign/two"]["id"])
    (living,) = of(market, "ad", adgroup_id=new["adgroup_id"])
    assert living["ad_name"] == "a"
    assert shop.in_sync()


def test_what_is_not_declared_below_stays_where_it_is(running: Workspace, market: Account) -> None:
    """A stranger's ad group under the old campaign is not touched, and goes on waiting under a paused campaign."""
    told = {"adgroup_name": "theirs", "campaign_id": running.lock["campaign/spring"]["id"]}
    market.load(adgroups=[told])
    running.replace("objective_type: TRAFFIC", "objective_type: REACH")
    running.apply("--replace", "campaign/spring")
    assert statuses(market)["adgroup/theirs"] == "ENABLE"
    assert running.in_sync()


def test_a_replacement_counts_once_for_the_guard_rail(running: Workspace, market: Account) -> None:
    """The old one is paused before the new one is enabled, so the worst case a day stays what it was."""
    running.replace("max_daily_spend: 100000.00", "max_daily_spend: 100.00", "reconciler.yaml")
    running.replace("objective_type: TRAFFIC", "objective_type: REACH")
    assert set(running.apply("--replace", "campaign/spring").ended.values()) == {"done"}
    running.replace("budget: 100", "budget: 101")
    ended = running.run("apply", "--auto-approve", "--json", "--replace", "campaign/spring")
    assert (ended.code, ended.codes) == (5, ["R801"])


def test_an_address_nobody_declares_cannot_be_replaced(running: Workspace) -> None:
    """R902, exit 3."""
    ended = running.run("plan", "--json", "--replace", "campaign/autumn")
    assert (ended.code, ended.codes) == (3, ["R902"])


def test_what_is_not_there_yet_is_made_and_not_replaced(shop: Workspace) -> None:
    """`--replace` of a new address is a create."""
    shop.manifest(*family())
    assert set(shop.plan("--replace", "campaign/spring").ops.values()) == {"create"}
