"""Figures of variants that Smart+ ads show: a creative has its name in a report, and none in `variants`."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.smart_plus.test_variants import declare, hooks
from tests.stories.workspace import Workspace


@pytest.fixture
def willing(shop: Workspace) -> Workspace:
    """Somebody has accepted the notice."""
    assert shop.run("consent", "--by", "Ana Ruiz", "--accept").code == 0
    return shop


REPORT = ("report", "--level", "AUCTION_AD", "--start", "2d", "--metrics", "impressions", "--json")


def rows(work: Workspace, *arguments: str) -> dict[str, str]:
    """The impressions of each row, by its name."""
    ended = work.run(*REPORT, *arguments)
    assert ended.code == 0, ended.text
    return {row["dimensions"].popitem()[1]: row["metrics"]["impressions"] for row in ended.json["rows"]}


def test_a_creative_is_the_variant_it_is_made_of(willing: Workspace, market: Account) -> None:
    """`ad_id` is one creative and never shows another; `ad_id_v2` is the ad; both add up to the same."""
    declare(willing, hooks())
    willing.apply()
    world_of(market.url).sleep(3 * 86_400)
    by_variant = rows(willing, "--dimensions", "ad_id", "--by", "variant")
    assert list(by_variant) == ["refresh/hooks g1 variant 1", "refresh/hooks g1 variant 2"]
    by_ad = rows(willing, "--dimensions", "ad_id_v2", "--by", "variant")
    assert by_ad == rows(willing, "--dimensions", "ad_id", "--by", "address")
    assert sum(map(int, by_variant.values())) == int(by_ad["ad/us-hero"])


def test_variants_have_no_figures_of_creatives(willing: Workspace, market: Account) -> None:
    """`performance` is null, the words say where to look, and nothing is asked for, however creatives are listed."""
    market.switch(sp_creative_id="off")
    declare(willing, hooks())
    willing.apply()
    world_of(market.url).sleep(3 * 86_400)
    market.forget_calls()
    told = willing.run("variants", "--performance", "--json").json["variants"]
    assert [one["performance"] for one in told] == [None, None]
    assert willing.run("variants", "--performance").stdout.count("only Smart+ ads show it") == 2
    assert market.calls() == []
