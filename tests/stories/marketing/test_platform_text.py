"""The platform stores another text than was sent: said before and after, once, and nothing is sent for it again."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, error, paths
from tests.stories.workspace import Workspace

ODD = {
    "a space at the end": '"Camp x "',
    "a space at the beginning": '" Camp x"',
    "two spaces": '"Camp  x"',
}


@pytest.fixture
def trims(market: Account) -> Account:
    """An account whose server trims and composes texts."""
    market.switch(texts="trimmed")
    return market


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_validate_and_plan_warn_of_texts_that_may_change(shop: Workspace, trims: Account, name: str) -> None:
    """With the place, the field and the plain text to write; it is no error."""
    shop.manifest(campaign(campaign_name=name))
    ended = shop.run("validate", "--json")
    assert ended.code == 0
    (one,) = [each for each in ended.json["warnings"] if each["code"] == "R220"]
    assert (one["code"], one["file"], one["address"]) == ("R220", "manifests/a.yaml", "campaign/spring")
    assert "`campaign_name`" in one["message"]
    assert one["hint"].startswith('write "Ca')
    assert "Warning: manifests/a.yaml:1: campaign/spring" in shop.run("validate").stdout
    assert any("`campaign_name`" in text for text in shop.plan().json["warnings"])


def test_plain_texts_are_no_news(shop: Workspace) -> None:
    """Nothing to say of what has one spelling; several words and lines of other scripts are plain."""
    shop.manifest(campaign(campaign_name='"Frühling für alle 春"'), adgroup(), ad(ad_text='"Play now – today"'))
    assert [one["code"] for one in shop.run("validate", "--json").json["warnings"]] == ["R728"]


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_a_changed_name_is_said_once_and_never_sent_again(shop: Workspace, trims: Account, name: str) -> None:
    """R712 with both texts; the next plans are empty, and nobody is blamed for a drift."""
    shop.manifest(campaign(campaign_name=name))
    told = error(shop.apply(code=9), "campaign/spring")
    assert (told["code"], "reads back as" in told["message"]) == ("R712", True)
    trims.forget_calls()
    assert shop.in_sync()
    assert shop.run("drift", "--json").json["drift"] == []
    shop.apply()
    assert paths(trims) == []
    assert shop.run("validate", "--json").json["warnings"] == []


def test_a_text_that_is_edited_and_changed_is_said_once(shop: Workspace, trims: Account) -> None:
    """An update is read back as a create is; a stranger's edit afterwards is drift as ever."""
    shop.manifest(campaign(), adgroup(), ad(ad_text="Play"))
    shop.apply()
    shop.replace("ad_text: Play", 'ad_text: "Play  now "')
    told = error(shop.apply(code=9), "ad/spring-us-hero")
    assert (told["code"], '"Play now"' in told["message"]) == ("R712", True)
    assert shop.in_sync()
    trims.edit("ad", "spring-us-hero", ad_text="Stop")
    assert shop.plan().ops == {"ad/spring-us-hero": "update"}
    shop.replace('"Play  now "', "Play on")
    shop.apply()
    assert shop.in_sync()


def test_what_the_platform_adds_is_remembered_too(shop: Workspace, market: Account) -> None:
    """Not only what it trims: any other text that reads back from a create."""
    market.faults({"path": "campaign/get/", "edit": {"data.list.0.campaign_name": "SPRING"}})
    shop.manifest(campaign(campaign_name="Spring"))
    assert error(shop.apply(code=9), "campaign/spring")["code"] == "R712"
    market.forget_calls()
    assert shop.in_sync()


def test_a_lost_create_is_found_under_its_trimmed_name(shop: Workspace, trims: Account) -> None:
    """The reply never came and the name reads otherwise: it is ours all the same, and no second one is made."""
    trims.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    shop.manifest(campaign(campaign_name='"Camp x "'))
    shop.apply(code=8)
    for _ in range(3):
        shop.run("apply", "--auto-approve", "--json")
    assert trims.names("campaign") == ["Camp x"]
    assert paths(trims).count("campaign/create/") == 1
    assert shop.lock["campaign/spring"]["id"] == trims.one("campaign", "Camp x")["campaign_id"]


def test_two_names_that_read_alike_are_one(shop: Workspace, trims: Account) -> None:
    """Nothing could tell them apart after a lost reply: R303, and a twin is found under its trimmed name."""
    shop.manifest(campaign("a", campaign_name="Camp x"), campaign("b", campaign_name='"Camp x "'))
    assert shop.run("validate", "--json").codes == ["R303"]
    trims.load(campaigns=[{
        "campaign_name": "Camp x", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100,
    }])  # fmt: skip
    shop.manifest(campaign("b", campaign_name='"Camp x "'))
    assert shop.plan().rows["campaign/b"]["reason"] == "twin"
