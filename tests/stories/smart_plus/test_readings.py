"""What nobody knows of Smart+, where it decides what a run does: names, numbers, limits, what ad groups share."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator.smart_switches import SmartSwitches
from tests.stories.account import Account
from tests.stories.marketing.scene import error
from tests.stories.smart_plus.scene import SPARK, ad, adgroup, campaign, creatives, family, smart
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}
HERE = "\n".join(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))


@pytest.fixture
def running(shop: Workspace, market: Account) -> Workspace:
    """An ad of v1 and v2 that runs."""
    shop.manifest(*family(**ON))
    shop.apply()
    market.operate("clock", {"advance": 6})
    market.forget_calls()
    return shop


def item(video: str) -> dict[str, Any]:
    """A creative as somebody else makes it."""
    info = {
        "ad_format": "SINGLE_VIDEO", "video_info": {"video_id": video}, "image_info": [{"web_uri": "i1"}],
        "identity_type": "TT_USER", "identity_id": SPARK,
    }  # fmt: skip
    return {"creative_info": info}


@pytest.mark.parametrize("switch", [one.name for one in fields(SmartSwitches)])
def test_every_switch_is_in_a_story(switch: str) -> None:
    """A switch that is added is played in this folder."""
    assert f"{switch}=" in HERE or f'"{switch}":' in HERE


@pytest.mark.parametrize("unique", ["off", "on"])
@pytest.mark.parametrize("address", ["campaign/spring", "adgroup/us", "ad/us-hero"])
def test_a_replacement_where_names_may_be_unique(
    running: Workspace, market: Account, unique: str, address: str
) -> None:
    """The new one has the name either way, and the old one is paused."""
    market.switch(sp_unique_names=unique, sp_ad_unique_names=unique)
    old = running.lock[address]["id"]
    assert set(running.apply("--replace", address).ended.values()) == {"done"}
    assert running.lock[address]["id"] != old
    kind, _, name = address.partition("/")
    rows = {"campaign": market.objects("campaign"), "adgroup": market.objects("adgroup"), "ad": smart(market)}[kind]
    key = "smart_plus_ad_id" if kind == "ad" else f"{kind}_id"
    assert {one[key]: one["status"] for one in rows} == {old: "DISABLE", running.lock[address]["id"]: "ENABLE"}
    (new,) = [one for one in rows if one[key] != old]
    assert new[f"{kind}_name"] == name
    assert running.in_sync()


@pytest.mark.parametrize("burned", ["off", "on"])
def test_a_refused_create_is_sent_again_as_another_one(shop: Workspace, market: Account, burned: str) -> None:
    """A refusal may use its number up: the next apply has a number of its own, and makes one campaign."""
    market.switch(sp_request_id_window="forever", sp_request_id_burned_by_refusal=burned, sp_allowlist="40002")
    shop.manifest(campaign())
    assert shop.run("apply", "--auto-approve", "--json").code != 0
    market.switch(sp_allowlist="on")
    shop.apply()
    first, second = [body["request_id"] for _, body in market.posts()]
    assert first != second
    assert market.names("campaign") == ["spring"]
    assert shop.in_sync()


@pytest.mark.parametrize(("most", "shown"), [("50", 32), ("31", 32), ("31", 31)])
def test_how_many_creatives_an_ad_may_hold(running: Workspace, market: Account, most: str, shown: int) -> None:
    """Where it may be fewer than the documents say, the row fails with the API's word, and the ad keeps its own."""
    market.switch(sp_max_creatives=most)
    upright = {"width": 540, "height": 960}
    market.load(library_videos=[
        {"video_id": f"m{one}", "file_name": f"more {one}", **upright} for one in range(shown)
    ])  # fmt: skip
    told = json.dumps([{"video_id": f"m{one}"} for one in range(shown)])
    running.manifest(campaign(**ON), adgroup(**ON), ad(creatives=told, **ON))
    ended = running.run("apply", "--auto-approve", "--json")
    if shown <= int(most):
        assert ended.code == 0, ended.text
        assert len(creatives(market)) == shown
        assert running.in_sync()
        return
    assert error(ended, "ad/us-hero")["code"] == "R606"
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE"}
    assert running.plan().ops == {"ad/us-hero": "update"}


@pytest.mark.parametrize("reading", ["refuse", "rewrite"])
def test_an_ad_group_beside_a_colleagues_that_disagrees(shop: Workspace, market: Account, reading: str) -> None:
    """What the ad groups of a campaign share is known of ours alone: the API's refusal is told, or theirs follows."""
    market.switch(sp_agree=reading)
    shop.manifest(campaign())
    shop.apply()
    spec = {"location_ids": ["6252001"]}
    market.load(adgroups=[{
        "adgroup_name": "theirs", "campaign_id": shop.lock["campaign/spring"]["id"], "promotion_type": "WEBSITE",
        "optimization_goal": "CONVERT", "billing_event": "OCPM", "bid_type": "BID_TYPE_CUSTOM",
        "conversion_bid_price": 2, "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 50,
        "schedule_type": "SCHEDULE_FROM_NOW", "targeting_spec": spec,
    }])  # fmt: skip
    shop.manifest(campaign(), adgroup())
    ended = shop.run("apply", "--auto-approve", "--json")
    if reading == "refuse":
        assert error(ended, "adgroup/us")["code"] == "R606", ended.text
        assert market.names("adgroup") == ["theirs"]
        return
    assert ended.code == 0, ended.text
    assert shop.in_sync()


@pytest.mark.parametrize("reading", ["items", "all_fail"])
def test_a_status_call_for_several(shop: Workspace, market: Account, reading: str) -> None:
    """Both ad groups in one call, whichever way the API answers for those that cannot change. A pause always passes, of
    the last one that runs, too: then nothing is spent; to wake one is a raise again."""
    market.switch(sp_status_partial=reading)
    shop.manifest(campaign(**ON), adgroup(**ON), adgroup("ca", **ON), ad(**ON))
    shop.apply()
    market.forget_calls()
    off = {"status": "DISABLE"}
    shop.manifest(campaign(**ON), adgroup(**off), adgroup("ca", **off), ad(**ON))
    assert shop.plan().json["worst_case"] == {"before": "125.00", "after": "0.00"}
    shop.apply()
    assert [len(body["adgroup_ids"]) for _, body in market.posts()] == [2]
    assert {one["status"] for one in market.objects("adgroup")} == {"DISABLE"}
    shop.manifest(campaign(**ON), adgroup(budget=90000, **ON), adgroup("ca", **off), ad(**ON))
    assert [one["rule"] for one in shop.plan().json["violations"]] == ["max_daily_spend"]


def test_a_colleague_shows_a_video_twice(running: Workspace, market: Account) -> None:
    """Where the platform takes it, it is no difference, and a pause rewrites no list."""
    market.switch(sp_same_video_twice="accept")
    edited = [item("v1"), item("v1"), item("v2")]
    market.operate("edit", {"id": smart(market)[0]["smart_plus_ad_id"], "creative_list": edited})
    assert len(smart(market)[0]["creative_ids"]) == 3
    assert running.in_sync()
    told = '[{video_id: "v1"}, {video_id: "v2", status: DISABLE}]'
    running.manifest(campaign(**ON), adgroup(**ON), ad(creatives=told, **ON))
    running.apply()
    assert len(smart(market)[0]["creative_ids"]) == 3
    assert creatives(market)["v2"] == "DISABLE"
    assert running.in_sync()


def test_a_creative_that_tiktok_has_added(shop: Workspace, market: Account) -> None:
    """Who asks for it gets one that only the classic listing shows: no row, no drift, and it stays."""
    market.switch(sp_auto_add="on")
    shop.manifest(campaign(**ON), adgroup(**ON), ad(creative_auto_add_toggle="true", **ON))
    shop.apply()
    mine = set(smart(market)[0]["creative_ids"])
    added = [one["ad_id"] for one in market.objects("ad") if one["ad_id"] not in mine]
    assert len(added) == 1
    assert shop.in_sync()
    assert shop.run("drift", "--detailed-exitcode").code == 0
    market.operate("clock", {"advance": 6})
    told = '[{video_id: "v1"}, {video_id: "v3"}]'
    shop.manifest(campaign(**ON), adgroup(**ON), ad(creatives=told, creative_auto_add_toggle="true", **ON))
    shop.apply()
    (still,) = [one for one in market.objects("ad") if one["ad_id"] == added[0]]
    assert still["status"] == "ENABLE"
    assert shop.in_sync()
