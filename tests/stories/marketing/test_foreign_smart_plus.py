"""What Smart+ made is foreign on every level, and no advice leads from one refusal to the next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import Fields, ad, adgroup, campaign, error, family, paths
from tests.stories.workspace import Workspace

ADDRESSES = {"campaigns": "campaign/spring", "adgroups": "adgroup/spring-us", "ads": "ad/spring-us-hero"}
MARKS: dict[str, Fields] = {
    "the type of an ad": {"campaign_automation_type": "UPGRADED_SMART_PLUS_CREATIVE"},
    "a type to come": {"campaign_automation_type": "SMART_PLUS_2"},
    "the id of its Smart+ ad": {"smart_plus_ad_id": "1880000000000000401"},
}


def smart(market: Account, level: str, mark: Fields) -> dict[str, list[str]]:
    """A family in which only the row of one level says who made it; the ids."""
    rows: dict[str, Fields] = {
        "campaigns": {
            "campaign_name": "spring", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100,
        },
        "adgroups": {"adgroup_name": "spring-us", "parent": 0},
        "ads": {"ad_name": "spring-us-hero", "parent": 0},
    }  # fmt: skip
    rows[level] = {**rows[level], **mark}
    lists: dict[str, Any] = {name: [row] for name, row in rows.items()}
    return market.load(**lists)


def levels() -> list[tuple[str, Fields]]:
    """Every level with every mark that its rows have."""
    return [
        (level, mark)
        for level in ADDRESSES
        for mark in MARKS.values()
        if level == "ads" or "campaign_automation_type" in mark
    ]


@pytest.mark.parametrize(("level", "mark"), levels())
def test_a_family_of_smart_plus_is_foreign_on_every_level(
    shop: Workspace, market: Account, level: str, mark: Fields
) -> None:
    """Whichever row says so: no level is adopted, no advice is to adopt one, and nothing is ever sent."""
    made = smart(market, level, mark)
    shop.manifest(*family())
    for kind, address in ADDRESSES.items():
        ended = shop.run("adopt", address, made[kind][0], "--json")
        assert (ended.code, ended.codes) == (1, ["R722"]), ended.text
        assert "adopt" not in ended.json["errors"][0]["hint"]
    ended = shop.apply(code=5)
    told = error(ended, "campaign/spring")
    assert (told["code"], "adopt" in told["hint"], "another campaign_name" in told["hint"]) == ("R701", False, True)
    assert market.posts() == []


def test_the_advice_for_what_smart_plus_has_taken_over_works(shop: Workspace, market: Account) -> None:
    """R722 says to remove the manifests; then the entries are forgotten, nothing is sent, and the plan is empty."""
    shop.manifest(*family(), campaign("other"))
    shop.apply()
    market.edit("ad", "spring-us-hero", smart_plus_ad_id="1880000000000000401")
    market.forget_calls()
    shop.manifest(campaign(budget=200), adgroup(budget=40), ad(ad_text="Play"), campaign("other"))
    ended = shop.apply(code=5)
    for address in ADDRESSES.values():
        assert (error(ended, address)["code"], "remove its manifest" in error(ended, address)["hint"]) == ("R722", True)
    shop.manifest(campaign("other"))
    assert set(shop.plan().ops.values()) == {"forget"}
    shop.apply()
    assert shop.in_sync()
    assert market.posts() == []
    assert shop.lock.keys() == {"campaign/other"}


def test_replacing_what_smart_plus_made_is_no_way_out(shop: Workspace, market: Account) -> None:
    """`--replace` would pause it, a call it does not have: the row says R722 with it as without."""
    shop.manifest(*family())
    shop.apply()
    market.edit("campaign", "spring", campaign_automation_type="UPGRADED_SMART_PLUS")
    market.forget_calls()
    ended = shop.apply("--replace", "campaign/spring", code=5)
    assert error(ended, "campaign/spring")["code"] == "R722"
    assert market.posts() == []


def test_of_two_twins_the_one_that_can_be_taken_over_is_named(shop: Workspace, market: Account) -> None:
    """A Smart+ campaign of the same name stands beside it: the advice is about the other, and works."""
    smart(market, "campaigns", MARKS["a type to come"])
    plain = {"campaign_name": "spring", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100}
    (ours,) = market.load(campaigns=[plain])["campaigns"]
    shop.manifest(campaign())
    told = error(shop.apply(code=5), "campaign/spring")
    assert f"reconciler adopt campaign/spring {ours}" in told["hint"]
    assert shop.run("adopt", "campaign/spring", ours).code == 0
    assert shop.in_sync()


def test_the_platforms_own_refusal_is_explained(shop: Workspace, market: Account) -> None:
    """Where no row said so, the message does, and the hint is about it and not about the manifest's fields."""
    shop.manifest(campaign())
    shop.apply()
    market.faults(
        {"path": "campaign/update/", "code": 40002, "message": "This API does not support Upgraded Smart Plus ads."}
    )
    shop.manifest(campaign(budget=200))
    told = error(shop.apply(code=1), "campaign/spring")
    assert (told["code"], "contract: smart_plus" in told["hint"]) == ("R606", True)
    assert paths(market).count("campaign/update/") == 1


def test_a_second_look_at_a_kind_forgets_no_family(shop: Workspace, market: Account) -> None:
    """A campaign that is gone has campaigns listed twice: what only an ad says of its campaign still counts."""
    shop.manifest(*family(), campaign("other"))
    shop.apply()
    market.edit("ad", "spring-us-hero", smart_plus_ad_id="1880000000000000401")
    market.edit("campaign", "other", status="DELETE")
    market.forget_calls()
    shop.manifest(campaign(budget=200), adgroup(), ad(), campaign("other"))
    ended = shop.apply(code=5)
    assert error(ended, "campaign/spring")["code"] == "R722"
    assert market.posts() == []
