"""FROZEN is final: nothing is sent to what the platform has ended, and no plan asks for it for ever."""

from __future__ import annotations

from tests.stories.account import Account
from tests.stories.marketing.scene import adgroup, campaign, error, of, paths
from tests.stories.workspace import Workspace


def test_a_frozen_campaign_is_as_good_as_paused(shop: Workspace, market: Account) -> None:
    """Where DISABLE is wanted there is nothing to do, neither now nor once its manifest is gone."""
    shop.manifest(campaign(status="DISABLE"), campaign("other"))
    shop.apply()
    market.edit("campaign", "spring", status="FROZEN")
    market.forget_calls()
    assert shop.in_sync()
    shop.manifest(campaign("other"))
    shop.apply()
    assert paths(market) == []


def test_a_frozen_campaign_cannot_be_enabled(shop: Workspace, market: Account) -> None:
    """The row is blocked, says that it is final, and names the way out, which works."""
    shop.manifest(campaign(status="ENABLE"))
    shop.apply()
    market.edit("campaign", "spring", status="FROZEN")
    market.forget_calls()
    ended = shop.apply(code=5)
    told = error(ended, "campaign/spring")
    assert (told["code"], "final" in told["hint"], paths(market)) == ("R725", True, [])
    assert "--replace campaign/spring" in told["hint"]
    assert set(shop.apply("--replace", "campaign/spring").ended.values()) == {"done"}
    assert of(market, "campaign", campaign_name="spring")[0]["status"] == "ENABLE"
    assert [one["status"] for one in market.objects("campaign")] == ["FROZEN", "ENABLE"]
    assert shop.in_sync()


def test_a_frozen_campaign_makes_no_ad_group_wait(shop: Workspace, market: Account) -> None:
    """What is not asked to run is edited as ever."""
    shop.manifest(campaign(), adgroup())
    shop.apply()
    market.edit("adgroup", "spring-us", status="FROZEN")
    shop.manifest(campaign(budget=120), adgroup())
    assert shop.apply().ended == {"campaign/spring": "done"}
