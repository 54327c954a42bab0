"""Who an ad may come from: new ads on TikTok need a TikTok account, and what exists stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import ADGROUP, Fields, ad, adgroup, campaign, error, listed, paths
from tests.stories.workspace import Run, Workspace

CUSTOM: Fields = {"identity_type": "CUSTOMIZED_USER", "display_name": "Acme"}
TIKTOK: Fields = {"placement_type": "PLACEMENT_TYPE_NORMAL", "placements": "[PLACEMENT_PANGLE, PLACEMENT_TIKTOK]"}
ELSEWHERE: Fields = {"placement_type": "PLACEMENT_TYPE_NORMAL", "placements": "[PLACEMENT_PANGLE]"}
PLACES = {"automatic": {}, "chosen": TIKTOK}


def born(market: Account) -> dict[str, Any]:
    """What the only create of an ad said."""
    (body,) = [body for path, body in market.posts() if path == "ad/create/"]
    creative: dict[str, Any] = body["creatives"][0]
    return creative


def old_ad(market: Account, **fields: object) -> dict[str, list[str]]:
    """A family that was there before: its ad comes from a custom identity, unless told. Returns the ids."""
    return market.load(
        campaigns=[{
            "campaign_name": "spring", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100,
        }],
        adgroups=[{
            "adgroup_name": "spring-us", "parent": 0, "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
            "promotion_type": "WEBSITE", "budget_mode": "BUDGET_MODE_DAY", "budget": 20, "billing_event": "CPC",
            "optimization_goal": "CLICK", "pacing": "PACING_MODE_SMOOTH", "schedule_type": "SCHEDULE_FROM_NOW",
            "schedule_start_time": str(ADGROUP["schedule_start_time"]).strip('"'), "location_ids": ["6252001"],
        }],
        ads=[{
            "ad_name": "spring-us-hero", "parent": 0, "ad_format": "SINGLE_VIDEO", "identity_type": "CUSTOMIZED_USER",
            "identity_id": "77", "video_id": "v1", "image_ids": ["i1"], "ad_text": "Old",
            "landing_page_url": "https://example.com/spring", **fields,
        }],
    )  # fmt: skip


def adopted(shop: Workspace, made: dict[str, list[str]], **fields: Any) -> Run:
    """The manifests of that family, each bound by `adopt`; how the last one ended."""
    shop.manifest(campaign(), adgroup(), ad(ad_text="Old", **fields))
    addresses = {"campaigns": "campaign/spring", "adgroups": "adgroup/spring-us", "ads": "ad/spring-us-hero"}
    for kind, address in addresses.items():
        ended = shop.run("adopt", address, made[kind][0], "--json")
        assert ended.code == 0, ended.text
    return ended


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_new_ad_of_a_custom_identity_on_tiktok_is_refused(shop: Workspace, market: Account, place: Fields) -> None:
    """R218 at its line says which identity works where; validate, plan and apply agree, and nothing is sent."""
    shop.manifest(campaign(), adgroup(**place), ad(**CUSTOM))  # type: ignore[arg-type]
    for command in (("validate", "--json"), ("plan", "--json"), ("apply", "--auto-approve", "--json")):
        ended = shop.run(*command)
        assert (ended.code, ended.codes) == (3, ["R218"]), ended.text
        (one,) = ended.json["errors"]
        lines = (shop.root / "manifests/a.yaml").read_text("utf-8").splitlines()
        assert lines[one["line"] - 1] == "  identity_type: CUSTOMIZED_USER"
        assert all(word in one["hint"] for word in ("TT_USER", "BC_AUTH_TT", "PLACEMENT_TIKTOK"))
    assert market.posts() == []


def test_a_custom_identity_works_where_tiktok_is_not(shop: Workspace, market: Account) -> None:
    """Without TikTok among the placements such an ad is made, and the plan after it is empty."""
    shop.manifest(campaign(), adgroup(**ELSEWHERE), ad(**CUSTOM))  # type: ignore[arg-type]
    assert shop.run("validate").code == 0
    shop.apply()
    assert born(market)["identity_type"] == "CUSTOMIZED_USER"
    assert shop.in_sync()


def test_an_ad_of_a_custom_identity_that_exists_is_taken_over_and_edited(shop: Workspace, market: Account) -> None:
    """It is adopted without a word of error, validates, and its text can be changed."""
    made = old_ad(market)
    assert adopted(shop, made, identity_type="CUSTOMIZED_USER").json["differing"] == []
    assert shop.run("validate").code == 0
    shop.replace("ad_text: Old", "ad_text: New")
    assert set(shop.apply("--target", "ad/spring-us-hero").ended.values()) == {"done"}
    assert listed(market, "ad", "spring-us-hero")["ad_text"] == "New"


def test_an_old_ad_of_a_custom_identity_is_not_made_anew(shop: Workspace, market: Account) -> None:
    """`--replace` would create one, so the row is blocked before anything is sent."""
    adopted(shop, old_ad(market), identity_type="CUSTOMIZED_USER")
    target = ("--target", "ad/spring-us-hero", "--replace", "ad/spring-us-hero")
    ended = shop.apply(*target, code=5)
    assert (error(ended, "ad/spring-us-hero")["code"], paths(market)) == ("R218", [])
    assert "TT_USER" in error(ended, "ad/spring-us-hero")["hint"]


def test_an_ad_does_not_go_over_to_a_custom_identity(shop: Workspace, market: Account) -> None:
    """What an update sends is held to the rule as a create is."""
    shop.manifest(campaign(), adgroup(), ad())
    shop.apply()
    shop.manifest(campaign(), adgroup(), ad(**CUSTOM))  # type: ignore[arg-type]
    ended = shop.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R218"])
    assert shop.run("plan", "--json").codes == ["R218"]


def test_an_old_ad_without_an_identity_is_taken_over(shop: Workspace, market: Account) -> None:
    """It shows UNSET: so its manifest says, the plan is empty, and an edit does not send it."""
    made = old_ad(market, identity_type="UNSET", identity_id=None)
    assert adopted(shop, made, identity_type="UNSET", identity_id=None).json["differing"] == []
    shop.replace("ad_text: Old", "ad_text: New")
    shop.apply("--target", "ad/spring-us-hero")
    ((path, body),) = market.posts()
    assert (path, "identity_type" in body["creatives"][0]) == ("ad/update/", False)
    assert shop.plan("--target", "ad/spring-us-hero").rows == {}


def test_a_video_stays_off_the_profile_unless_somebody_says_so(shop: Workspace, market: Account) -> None:
    """`dark_post_status` is sent ON with every new ad; a manifest that says OFF is heard, and compared."""
    shop.manifest(campaign(), adgroup(), ad(), ad("other", dark_post_status="OFF"))
    shop.apply()
    sent = {
        body["creatives"][0]["ad_name"]: body["creatives"][0]["dark_post_status"]
        for path, body in market.posts()
        if path == "ad/create/"
    }
    assert sent == {"spring-us-hero": "ON", "other": "OFF"}
    assert shop.in_sync()
    market.edit("ad", "other", dark_post_status="ON")
    assert shop.plan().ops == {"ad/other": "update"}


@pytest.mark.parametrize("kept", ["ignore", "keep"])
def test_a_disclosure_under_a_tiktok_account_is_sent_and_never_compared(
    shop: Workspace, market: Account, kept: str
) -> None:
    """Whatever the platform makes of it there, no plan wants to change it back; an edit is sent."""
    market.switch(aigc_spark=kept)
    shop.manifest(campaign(), adgroup(), ad(aigc_disclosure_type="SELF_DISCLOSURE"))
    shop.apply()
    assert born(market)["aigc_disclosure_type"] == "SELF_DISCLOSURE"
    assert shop.in_sync()
    market.edit("ad", "spring-us-hero", aigc_disclosure_type="NOT_DECLARED")
    assert shop.in_sync()
    assert shop.run("drift", "--json").json["drift"] == []
    shop.manifest(campaign(), adgroup(), ad(aigc_disclosure_type="NOT_DECLARED"))
    assert shop.plan().ops == {"ad/spring-us-hero": "update"}
