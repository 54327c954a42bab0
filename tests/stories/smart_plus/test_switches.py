"""What nobody knows of Smart+, read both ways: every switch of the simulator in a story that ends well or says why."""

from __future__ import annotations

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import error
from tests.stories.smart_plus.scene import SHARED, ad, adgroup, campaign, creatives, family, smart
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}
BID = {"bid_type": "BID_TYPE_CUSTOM"}


def launched(work: Workspace, **fields: object) -> None:
    """A family that runs."""
    work.manifest(*family(**{**ON, **fields}))
    work.apply()
    assert work.in_sync()


@pytest.mark.parametrize(("switch", "code"), [("40118", 4), ("40001", 4), ("40002", 4)])
def test_an_account_that_is_not_on_the_allowlist(shop: Workspace, market: Account, switch: str, code: int) -> None:
    """Told at the first create, with whom to ask; nothing is made, and plans work all the same."""
    market.switch(sp_allowlist=switch)
    shop.manifest(*family())
    assert shop.plan().ops["campaign/spring"] == "create"
    ended = shop.run("apply", "--auto-approve", "--json")
    assert ended.code == code, ended.text
    assert "representative" in error(ended, "campaign/spring")["hint"]
    assert market.objects("campaign") == []


READINGS: list[dict[str, str]] = [
    {"sp_unique_names": "on", "sp_ad_unique_names": "on"},
    {"sp_request_id_window": "forever", "sp_request_id_burned_by_refusal": "on"},
    {"sp_targeting_update": "merge"},
    {"sp_same_video_twice": "accept", "sp_max_creatives": "31"},
    {"sp_ad_gap_seconds": "0"},
    {"sp_creative_id": "off"},
    {"sp_adgroup_fields_status": "ok"},
    {"sp_agree": "rewrite"},
    {"sp_status_partial": "all_fail"},
    {"sp_objectives": "with_traffic"},
    {"sp_custom_identity": "ok"},
    {"sp_defaults_allowlisted": "on", "sp_auto_add": "on", "sp_dark_post_default": "off"},
    {"list_lag": "1"},
]


@pytest.mark.parametrize("switches", rotating(READINGS, 3, ",".join))
def test_a_launch_and_edits_under_every_reading(shop: Workspace, market: Account, switches: dict[str, str]) -> None:
    """Launch, edits on all levels, a removal of a leaf's value: each ends in an empty plan."""
    market.switch(**switches)
    launched(shop)
    spec = '{location_ids: ["6252001"], age_groups: [AGE_35_44]}'
    shop.manifest(
        campaign(po_number="PO-1", **ON), adgroup(budget=70, targeting_spec=spec, **ON),
        ad(creatives='[{video_id: "v1"}, {video_id: "v3"}]', utm_params="[{key: a, value: b}]", **ON),
    )  # fmt: skip
    assert set(shop.apply().ended.values()) == {"done"}
    assert shop.in_sync()
    assert creatives(market) == {"v1": "ENABLE", "v3": "ENABLE"}
    configuration = smart(market)[0]["ad_configuration"]
    assert configuration["creative_auto_add_toggle"] is False
    assert configuration["creative_auto_enhancement_strategy_list"] == []
    assert configuration["dark_post_status"] == "ON"


def test_settings_of_others_survive_an_update_that_sends_the_object_back(shop: Workspace, market: Account) -> None:
    """`ad_configuration` and `targeting_spec` are sent whole: what nobody manages goes along."""
    market.switch(sp_scalar_update="replace")
    launched(shop)
    before = smart(market)[0]["ad_configuration"]
    market.operate("edit", {
        "id": smart(market)[0]["smart_plus_ad_id"],
        "ad_configuration": {**before, "dark_post_status": "OFF", "end_card_cta": "SHOP_NOW"},
    })  # fmt: skip
    market.edit("adgroup", "us", targeting_spec={
        "location_ids": ["6252001"], "age_groups": ["AGE_25_34"], "gender": "GENDER_FEMALE",
    })  # fmt: skip
    assert shop.in_sync()
    spec = '{location_ids: ["6252001"], age_groups: [AGE_35_44]}'
    shop.manifest(campaign(**ON), adgroup(targeting_spec=spec, **ON), ad(utm_params="[{key: a, value: b}]", **ON))
    shop.apply()
    after = smart(market)[0]["ad_configuration"]
    assert (after["dark_post_status"], after["end_card_cta"]) == ("OFF", "SHOP_NOW")
    assert market.one("adgroup", "us")["targeting_spec"]["gender"] == "GENDER_FEMALE"
    assert shop.in_sync()


def test_lists_that_the_platform_would_merge(shop: Workspace, market: Account) -> None:
    """A creative that cannot be taken out this way is told once, and then counts as somebody else's."""
    market.switch(sp_list_update="merge")
    launched(shop)
    shop.manifest(campaign(**ON), adgroup(**ON), ad(creatives='[{video_id: "v1"}]', **ON))
    ended = shop.run("apply", "--auto-approve", "--json")
    assert (ended.code, error(ended, "ad/us-hero")["code"]) == (9, "R712")
    assert shop.in_sync()


@pytest.mark.parametrize("spreads", ["on", "off"])
def test_a_bid_is_the_campaigns(shop: Workspace, market: Account, spreads: str) -> None:
    """One row says that the bid of all ad groups moves; afterwards nothing differs, and nothing is drift."""
    market.switch(sp_bid_spreads=spreads)
    bids = {**BID, "conversion_bid_price": "2.00", "budget": None, "budget_mode": None}
    shop.manifest(campaign(**{**SHARED, **ON}), adgroup(**bids), adgroup("ca", **bids))
    shop.apply()
    bids["conversion_bid_price"] = "2.50"
    shop.manifest(campaign(**{**SHARED, **ON}), adgroup(**bids), adgroup("ca", **bids))
    made = shop.plan()
    assert list(made.rows) == ["adgroup/ca"]
    assert any("in every ad group of campaign/spring: adgroup/us" in one for one in made.json["warnings"])
    assert set(shop.apply().ended.values()) == {"done"}
    if spreads == "off":
        # Then the other ad group is a row of its own in the next plan.
        shop.apply()
    assert shop.in_sync()
    assert shop.run("drift", "--detailed-exitcode").code == 0
    assert {float(one["conversion_bid_price"]) for one in market.objects("adgroup")} == {2.5}


def test_a_bid_that_another_manifest_contradicts(shop: Workspace) -> None:
    """Without a shared budget two ad groups may be born with two bids; then none of them can be changed alone."""
    shop.manifest(campaign(), adgroup(conversion_bid_price="2", **BID), adgroup("ca", conversion_bid_price="2", **BID))
    shop.apply()
    shop.manifest(campaign(), adgroup(conversion_bid_price="3", **BID), adgroup("ca", conversion_bid_price="2", **BID))
    row = shop.plan().rows["adgroup/us"]
    assert (row["op"], row["code"]) == ("blocked", "R216")
    assert "adgroup/ca wants 2.00" in row["hint"]


def test_bids_of_one_campaign_must_agree(shop: Workspace) -> None:
    """Under a shared budget that is so from the start."""
    bids = {**BID, "budget": None, "budget_mode": None}
    shop.manifest(
        campaign(**SHARED), adgroup(conversion_bid_price="2", **bids), adgroup("ca", conversion_bid_price="3", **bids)
    )
    assert shop.run("validate", "--json").codes == ["R216"]


@pytest.mark.parametrize("reading", ["ignore", "keep", "refuse"])
def test_the_label_of_a_generated_video(shop: Workspace, market: Account, reading: str) -> None:
    """It is sent; whatever TikTok keeps of it under its own accounts is no difference. A refusal is the API's word."""
    market.switch(sp_aigc_spark=reading)
    refresh = 'kind: CreativeRefresh\nname: hooks\nspec: {video_id: "s1", strategies: [SWAP_MUSIC], variants: 2}\n'
    video = "kind: Video\nname: hero\nspec: {url: https://cdn.example.com/hero.mp4}\n"
    refresh = refresh.replace('video_id: "s1"', "video: hero")
    assert shop.run("consent", "--by", "Ana", "--accept").code == 0
    shop.manifest(campaign(), adgroup(), ad(creatives="[{refresh: hooks}]"), video, refresh)
    ended = shop.run("apply", "--auto-approve", "--json")
    if reading == "refuse":
        assert error(ended, "ad/us-hero")["code"] == "R606"
        shop.manifest(
            campaign(), adgroup(), ad(creatives="[{refresh: hooks}]", aigc_disclosure_type="NOT_DECLARED"), video,
            refresh,
        )  # fmt: skip
        shop.apply()
    else:
        assert ended.code == 0, ended.text
    assert len(creatives(market)) == 2
    assert shop.in_sync()


@pytest.mark.parametrize("custom", ["refuse", "ok"])
def test_a_custom_identity_on_tiktok_is_an_error_here(shop: Workspace, market: Account, custom: str) -> None:
    """Whatever the server may say; it works where TikTok is not among the placements."""
    market.switch(sp_custom_identity=custom)
    own = {"identity_type": "CUSTOMIZED_USER", "identity_id": '"77"', "call_to_action_id": None,
           "call_to_actions": "[SHOP_NOW]"}  # fmt: skip
    shop.manifest(campaign(), adgroup(), ad(**own))
    assert "R218" in shop.run("validate", "--json").codes
    shop.manifest(campaign(), adgroup(placements="[PLACEMENT_PANGLE]"), ad(**own))
    shop.apply()
    assert shop.in_sync()
