"""`adopt` announces what the next plan changes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import ADGROUP, Fields, ad, adgroup, campaign
from tests.stories.refresh.scene import video
from tests.stories.workspace import Workspace


def live(market: Account) -> dict[str, list[str]]:
    """A family of a colleague; the ids."""
    fields = {name: str(value).strip('"') for name, value in ADGROUP.items() if name != "location_ids"}
    return market.load(
        campaigns=[{
            "campaign_name": "spring", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100,
        }],
        adgroups=[{
            **fields, "adgroup_name": "spring-us", "parent": 0, "budget": 20, "location_ids": ["6252001"],
            "languages": ["fr", "de"],
        }],
        ads=[{
            "ad_name": "spring-us-hero", "parent": 0, "ad_format": "SINGLE_VIDEO", "identity_type": "TT_USER",
            "identity_id": "77", "video_id": "v1", "image_ids": ["i1"], "landing_page_url": "https://example.com/spring",
        }],
    )  # fmt: skip


def announced(shop: Workspace, made: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """What each adoption said, by address."""
    addresses = {"campaign/spring": "campaigns", "adgroup/spring-us": "adgroups", "ad/spring-us-hero": "ads"}
    return {address: shop.run("adopt", address, made[kind][0], "--json").json for address, kind in addresses.items()}


CASES: dict[str, tuple[Fields, Fields]] = {
    "the video's very id": ({}, {}),
    "lists in another order": ({"languages": "[de, fr]"}, {}),
    "another text and budget": ({"budget": 30}, {"ad_text": "Play"}),
    "another video": ({}, {"video": '{video_id: "v2"}'}),
    "a video that is not uploaded yet": ({}, {"video": "{video: hero}"}),
}


@pytest.mark.parametrize(("group", "creative"), CASES.values(), ids=CASES)
def test_what_is_announced_is_what_the_plan_shows(
    shop: Workspace, market: Account, group: Fields, creative: Fields
) -> None:
    """Adopt and plan compare in the same way."""
    shop.manifest(campaign(), adgroup(**group), ad(**creative), video())  # type: ignore[arg-type]
    said = announced(shop, live(market))
    plan = shop.plan()
    shown = {
        address: sorted(one["path"] for one in plan.rows[address]["fields"]) if address in plan.rows else []
        for address in said
    }
    assert {address: one["differing"] for address, one in said.items()} == shown
    assert {one["blocked"] for one in said.values()} == {None}


def test_a_change_that_cannot_be_made_is_announced_as_such(shop: Workspace, market: Account) -> None:
    """The next plan blocks the row, so adopt does not say that it will change."""
    made = live(market)
    shop.manifest(campaign(objective_type="REACH"))
    ended = shop.run("adopt", "campaign/spring", made["campaigns"][0])
    assert "The next plan will change" not in ended.stdout
    assert "cannot do what the manifest says: objective_type is fixed after creation" in ended.stdout
    assert shop.plan().ops == {"campaign/spring": "blocked"}
