"""What is live may break a rule of today: that is no error while something else of it is edited."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.pull.full import ad, adgroup, campaign, is_clean, pulled
from tests.stories.workspace import Run, Workspace

FILE = "manifests/pulled/spring.yaml"


@pytest.fixture
def old(market: Account, shop: Workspace) -> Workspace:
    """A pulled campaign whose budgets are below what is asked for today, with an ad that leads nowhere."""
    market.load(
        campaigns=[campaign("spring", budget=30)],
        adgroups=[adgroup("us", budget=5)],
        ads=[ad("hero", landing_page_url=None), ad("nobody", identity_type=None, identity_id=None)],
    )
    pulled(shop)
    return shop


def told(run: Run) -> list[tuple[str, str]]:
    """Which objects have which errors."""
    return [(one["address"], one["code"]) for one in run.json["errors"]]


def test_another_field_of_it_is_edited(old: Workspace) -> None:
    """Names are changed; minima, a missing URL and a missing identity are as they were."""
    for name in ("spring", "us", "hero", "nobody"):
        old.replace(f'_name: "{name}"', f'_name: "{name} 2"', FILE)
    assert old.run("validate").code == 0
    assert old.plan().ops == dict.fromkeys(("campaign/spring", "adgroup/us", "ad/hero", "ad/nobody"), "update")


def test_what_is_changed_keeps_the_rules(old: Workspace) -> None:
    """A new budget must be one that the platform takes."""
    old.replace("budget: 30.00", "budget: 31.00", FILE)
    old.replace("budget: 5.00", "budget: 6.00", FILE)
    assert told(old.run("validate", "--json")) == [("campaign/spring", "R217"), ("adgroup/us", "R217")]


def test_what_was_said_cannot_be_taken_away(shop: Workspace, market: Account) -> None:
    """Without its URL and its identity an ad that had them is no ad."""
    market.load(campaigns=[campaign("spring")], adgroups=[adgroup("us")], ads=[ad("hero")])
    pulled(shop)
    shop.replace('  landing_page_url: "https://example.com/?a=b#c"\n', "", FILE)
    assert told(shop.run("validate", "--json")) == [("ad/hero", "R202")]
    shop.replace("  identity_type: TT_USER\n", "", FILE)
    assert told(shop.run("validate", "--json")) == [("ad/hero", "R202")]


def test_siblings_that_never_agreed(shop: Workspace, market: Account) -> None:
    """Ad groups under a shared budget with bids of two types: one of them is renamed."""
    market.load(
        campaigns=[campaign("spring", budget_optimize_on=True)],
        adgroups=[adgroup("us", bid_type="BID_TYPE_NO_BID"), adgroup("uk", bid_type="BID_TYPE_CUSTOM", bid_price=1)],
    )
    pulled(shop)
    shop.replace('adgroup_name: "uk"', 'adgroup_name: "uk 2"', FILE)
    assert shop.plan().ops == {"adgroup/uk": "update"}


def test_empty_texts_and_lists_are_nothing_to_miss(shop: Workspace, market: Account) -> None:
    """A URL that is shown as an empty text, and regions that are an empty list, keep nothing from being pulled."""
    market.load(
        campaigns=[campaign("spring")],
        adgroups=[adgroup("us"), adgroup("anywhere", location_ids=[])],
        ads=[ad("hero", landing_page_url="")],
    )
    assert pulled(shop).json["left"] == []
    assert is_clean(shop)


def test_an_ad_without_an_identity_is_refused_by_the_platform_and_told(old: Workspace) -> None:
    """What cannot be sent is an answer of the API, not a connection that breaks."""
    old.replace('ad_name: "nobody"', 'ad_name: "nobody 2"', FILE)
    ended = old.apply(code=1)
    assert ended.rows["ad/nobody"]["error"]["code"] == "R606"
    assert "identity_type" in ended.rows["ad/nobody"]["error"]["message"]
