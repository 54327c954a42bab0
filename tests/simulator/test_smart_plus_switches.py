"""The switches of Smart+ that no other test of it turns: one test for each unknown of the fact sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.simulator import describe_switches
from tests.simulator.smart_clients import again, post

if TYPE_CHECKING:
    from tests.simulator.conftest import SmartStart


def test_every_switch_of_the_sheet_is_there() -> None:
    """The switches are those the fact sheet names, with its defaults."""
    found = {one.name: one.default for one in describe_switches() if one.name.startswith("sp_")}
    assert found == {
        "sp_allowlist": "on",
        "sp_request_id_window": "10",
        "sp_request_id_loser": "40050",
        "sp_request_id_burned_by_refusal": "off",
        "sp_unique_names": "off",
        "sp_ad_unique_names": "off",
        "sp_list_update": "replace",
        "sp_material_ids": "keep",
        "sp_material_status_on_update": "keep",
        "sp_same_video_twice": "refuse",
        "sp_targeting_update": "replace",
        "sp_scalar_update": "merge",
        "sp_ad_gap_seconds": "5",
        "sp_bid_spreads": "on",
        "sp_auto_add": "off",
        "sp_defaults_allowlisted": "off",
        "sp_dark_post_default": "on",
        "sp_aigc_spark": "ignore",
        "sp_max_creatives": "50",
        "sp_creative_id": "on",
        "sp_adgroup_fields_status": "refuse",
        "sp_agree": "refuse",
        "sp_status_partial": "items",
        "sp_custom_identity": "refuse",
        "sp_objectives": "three",
    }


@pytest.mark.parametrize("code", ["40118", "40001", "40002"])
def test_an_account_may_not_be_allowlisted(smart: SmartStart, code: str) -> None:
    """Creates and updates have the code of the switch; reads and pauses go on."""
    client = smart()
    campaign, group, ad = client.line()
    client.switch(sp_allowlist=code)
    client.wait(6)
    answers = (
        client.new_campaign("b"),
        client.new_adgroup(campaign, "b"),
        client.new_ad(group, post()),
        client.post("smart_plus/campaign/update/", campaign_id=campaign, campaign_name="b"),
        client.post("smart_plus/adgroup/update/", adgroup_id=group, adgroup_name="b"),
        client.post("smart_plus/ad/update/", smart_plus_ad_id=ad, ad_name="b"),
        client.post("smart_plus/adgroup/budget/update/", budget=[{"adgroup_id": group, "budget": 60}]),
    )
    assert {one["code"] for one in answers} == {int(code)}
    assert len(client.list_of("campaign")) == len(client.list_of("ad")) == 1
    assert client.turn("ad", "DISABLE", ad)["data"]["smart_plus_ad_ids"] == [ad]


def test_a_request_id_counts_for_ten_seconds(smart: SmartStart) -> None:
    """The second create of one request_id is 40050, whatever its body; after the window it is new, names or not."""
    client = smart()
    assert client.new_campaign(request_id="5")["code"] == 0
    assert client.new_campaign("Other", request_id="5")["code"] == 40050
    client.wait(10)
    assert client.new_campaign(request_id="5")["code"] == 0
    assert [row["campaign_name"] for row in client.list_of("campaign")] == ["Spring", "Spring"]


def test_a_request_id_may_count_for_longer(smart: SmartStart) -> None:
    """The window is the switch's, in seconds or for ever; each level has its own ids."""
    client = smart({"sp_request_id_window": "forever"})
    campaign = client.new_campaign(request_id="5")["data"]["campaign_id"]
    client.wait(10**6)
    assert client.new_campaign(request_id="5")["code"] == 40050
    told = {"schedule_start_time": "2025-07-01 00:00:00"}
    assert client.new_adgroup(campaign, request_id="5", **told)["code"] == 0
    assert client.new_adgroup(campaign, request_id="5", **told)["code"] == 40050
    client.switch(sp_request_id_window="60")
    client.wait(59)
    assert client.new_adgroup(campaign, request_id="5", **told)["code"] == 40050
    client.wait(1)
    assert client.new_adgroup(campaign, request_id="5", **told)["code"] == 0


def test_the_loser_may_get_the_first_answer(smart: SmartStart) -> None:
    """With first_answer the second create is told the first one's object, and nothing is made."""
    client = smart({"sp_request_id_loser": "first_answer"})
    first = client.new_campaign(request_id="5")["data"]
    assert client.new_campaign("Other", request_id="5")["data"] == first
    assert len(client.list_of("campaign")) == 1


def test_a_refusal_may_burn_the_request_id(smart: SmartStart) -> None:
    """By default a refused create leaves its request_id; with the switch the next one is 40050."""
    client = smart()
    assert client.new_campaign(request_id="5", app_id="1")["code"] == 40002
    assert client.new_campaign(request_id="5")["code"] == 0
    client.switch(sp_request_id_burned_by_refusal="on")
    assert client.new_campaign(request_id="6", app_id="1")["code"] == 40002
    assert client.new_campaign(request_id="6")["code"] == 40050


def test_names_may_be_guarded(smart: SmartStart) -> None:
    """Equal names are possible on all levels; the switches refuse them, at birth and in an update."""
    client = smart()
    campaign, group, ad = client.line()
    assert client.new_campaign()["code"] == client.new_adgroup(campaign)["code"] == client.new_ad(group)["code"] == 0
    client.switch(sp_unique_names="on", sp_ad_unique_names="on")
    assert {one["code"] for one in (client.new_campaign(), client.new_adgroup(campaign), client.new_ad(group))} == {
        40002
    }
    other = client.new_campaign("Other")["data"]["campaign_id"]
    assert client.post("smart_plus/campaign/update/", campaign_id=other, campaign_name="Spring")["code"] == 40002
    more = client.new_adgroup(campaign, "More")["data"]["adgroup_id"]
    assert client.post("smart_plus/adgroup/update/", adgroup_id=more, adgroup_name="Adults")["code"] == 40002
    client.new_ad(group, ad_name="More")
    assert client.change_ad(ad, ad_name="More")["code"] == 40002


def test_one_video_may_be_there_twice(smart: SmartStart) -> None:
    """With accept an ad takes the same creative twice, and both keep their ids when the list is sent again."""
    client = smart({"sp_same_video_twice": "accept"})
    group = client.new_adgroup(client.new_campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    item = client.film()
    row = client.new_ad(group, item, item)["data"]
    told = client.change_ad(row["smart_plus_ad_id"], creative_list=[again(one) for one in row["creative_list"]])
    assert told["data"]["creative_list"] == row["creative_list"]


def test_tiktok_may_add_a_creative(smart: SmartStart) -> None:
    """Only where the toggle is on, sent or by default; /ad/get/ alone shows it, and a new list leaves it."""
    client = smart({"sp_auto_add": "on"})
    _, group, ad = client.line()
    assert len(client.rows("ad")) == 1
    client.change_ad(ad, ad_configuration={"creative_auto_add_toggle": True})
    assert (len(client.the_ad()["creative_list"]), len(client.rows("ad"))) == (1, 2)
    client.change_ad(ad, creative_list=[post()])
    assert (len(client.the_ad()["creative_list"]), len(client.rows("ad"))) == (1, 2)
    client.switch(sp_defaults_allowlisted="on")
    row = client.new_ad(group, post("5"))["data"]
    assert row["ad_configuration"]["creative_auto_add_toggle"] is True
    assert "VIDEO_QUALITY" in row["ad_configuration"]["creative_auto_enhancement_strategy_list"]
    assert len(client.rows("ad")) == 4
    told = {"call_to_action_id": "71", "creative_auto_add_toggle": False, "creative_auto_enhancement_strategy_list": []}
    row = client.new_ad(group, post("6"), ad_configuration=told)["data"]
    assert row["ad_configuration"]["creative_auto_enhancement_strategy_list"] == []
    assert len(client.rows("ad")) == 5


def test_posts_may_be_public_by_default(smart: SmartStart) -> None:
    """With sp_dark_post_default=off an ad that says nothing shows on the profile."""
    client = smart({"sp_dark_post_default": "off"})
    client.line()
    assert client.the_ad()["ad_configuration"]["dark_post_status"] == "OFF"


@pytest.mark.parametrize(("switch", "code", "kept"), [("ignore", 0, None), ("refuse", 40002, None), ("keep", 0, True)])
def test_the_label_for_ai_under_a_tiktok_identity(smart: SmartStart, switch: str, code: int, kept: bool | None) -> None:
    """SELF_DISCLOSURE under a Spark identity is dropped, refused or kept."""
    client = smart({"sp_aigc_spark": switch})
    group = client.new_adgroup(client.new_campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    told = client.new_ad(group, client.film(aigc_disclosure_type="SELF_DISCLOSURE"))
    assert told["code"] == code
    if not code:
        info = told["data"]["creative_list"][0]["creative_info"]
        assert ("aigc_disclosure_type" in info) is bool(kept)


def test_an_ad_may_hold_fewer_creatives(smart: SmartStart) -> None:
    """Fifty creatives fit by default, thirty-one with the switch."""
    client = smart()
    group = client.new_adgroup(client.new_campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    posts = [post(f"{number}") for number in range(1, 52)]
    assert [client.new_ad(group, *posts[:count])["code"] for count in (50, 51)] == [0, 40002]
    client.switch(sp_max_creatives="31")
    assert [client.new_ad(group, *posts[:count])["code"] for count in (31, 32)] == [0, 40002]


def test_the_id_of_a_creative_may_be_hidden(smart: SmartStart) -> None:
    """Before it was added, creative_list had no smart_plus_creative_id."""
    client = smart({"sp_creative_id": "off"})
    client.line()
    (one,) = client.the_ad()["creative_list"]
    assert set(one) == {"ad_material_id", "material_operation_status", "creative_info"}


def test_fields_of_ad_groups_may_take_the_status(smart: SmartStart) -> None:
    """`fields` does not take operation_status for ad groups, but with the switch; without `fields` it is there."""
    client = smart()
    client.line()
    asked = {"fields": '["adgroup_id", "operation_status"]'}
    assert client.get("smart_plus/adgroup/get/", **asked)["message"].startswith("fields.1: ")
    assert client.list_of("adgroup")[0]["operation_status"] == "ENABLE"
    client.switch(sp_adgroup_fields_status="ok")
    assert client.get("smart_plus/adgroup/get/", **asked)["data"]["list"][0]["operation_status"] == "ENABLE"


def test_traffic_may_be_created(smart: SmartStart) -> None:
    """With with_traffic there is a fourth objective."""
    client = smart({"sp_objectives": "with_traffic"})
    told = client.new_campaign(objective_type="TRAFFIC", sales_destination=None)
    assert told["code"] == 0
    assert client.new_adgroup(told["data"]["campaign_id"])["code"] == 0
    assert client.new_campaign(objective_type="REACH", sales_destination=None)["code"] == 40002
