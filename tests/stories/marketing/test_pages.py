"""`plan --format markdown|html`: for buyers, with the account's own names for places, each thing where it belongs."""

from __future__ import annotations

import json

from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign
from tests.stories.workspace import Workspace

REGIONS = "tool/region/"


def asked(account: Account) -> int:
    """How often the account was asked what its places are called."""
    return sum(call["path"].endswith(REGIONS) for call in account.calls())


def test_places_have_their_names(shop: Workspace, market: Account) -> None:
    """One list, for the pages alone: text and JSON ask for none. Two ads of which the same is to be said are one."""
    ages = "[AGE_18_24, AGE_25_34]"
    places = '["2921044", "6252001"]'
    shop.manifest(campaign(), adgroup(location_ids=places, age_groups=ages), ad("one"), ad("two"))
    market.forget_calls()
    told = shop.run("plan", "--format", "markdown").stdout
    assert asked(market) == 1
    tree = told.partition("<details>")[0]
    assert "locations: `Germany, United States`" in tree
    assert "ages: `18–34`" in tree
    assert "    - 2 ads `ad/one`, `ad/two` **will be created**" in tree
    assert "- Campaign `campaign/spring` **will be created paused**" in tree
    page = shop.run("plan", "--format", "html", "--audience", "marketer").stdout
    assert "Germany, United States" in page
    assert "2921044" not in page
    assert asked(market) == 2
    shop.run("plan")
    shop.plan()
    assert asked(market) == 2
    assert market.posts() == []


def test_a_row_stands_under_what_does_not_change(shop: Workspace, market: Account) -> None:
    """Under the names that Ads Manager shows; the document says them, too."""
    shop.manifest(campaign(campaign_name="Spring sale"), adgroup(adgroup_name="Adults", budget=20))
    assert shop.apply().code == 0
    shop.manifest(campaign(campaign_name="Spring sale"), adgroup(adgroup_name="Adults", budget=30))
    tree = shop.run("plan", "--format", "markdown").stdout.partition("<details>")[0]
    assert "- Campaign `Spring sale` `campaign/spring`\n" in tree
    assert "  - Ad group `Adults` `adgroup/spring-us` **will be changed**" in tree
    known = shop.plan().json["objects"]
    assert known["adgroup/spring-us"] == {
        "name": "Adults",
        "id": market.one("adgroup", "Adults")["adgroup_id"],
        "parent": "campaign/spring",
    }
    assert known["campaign/spring"]["name"] == "Spring sale"
    shop.run("plan", "--out", "plan.json")
    saved = shop.run("show", "plan.json", "--format", "markdown").stdout
    assert "- Campaign `Spring sale` `campaign/spring`\n" in saved
    assert json.loads((shop.root / "plan.json").read_text("utf-8"))["objects"] == known


def test_places_that_cannot_be_read_keep_their_ids(shop: Workspace, market: Account) -> None:
    """The plan is made all the same, and only says less."""
    shop.manifest(campaign(), adgroup())
    market.faults({"path": REGIONS, "code": 40001, "message": "no permission"})
    ended = shop.run("plan", "--format", "markdown")
    assert ended.code == 0
    assert "locations: `6252001`" in ended.stdout
