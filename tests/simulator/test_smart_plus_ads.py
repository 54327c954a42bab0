"""Ads of Smart+ and the creatives in them: birth, identities, whole lists, statuses, pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.smart_clients import PANGLE, again, post

if TYPE_CHECKING:
    from tests.simulator.conftest import Smart, SmartStart

CUSTOM = {"identity_type": "CUSTOMIZED_USER", "identity_id": "5"}


@pytest.fixture
def client(smart: SmartStart) -> Smart:
    """A simulator with every switch at its default."""
    return smart()


@pytest.fixture
def group(client: Smart) -> str:
    """A web ad group on TikTok."""
    adgroup: str = client.new_adgroup(client.new_campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    return adgroup


def content(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Of each creative of an ad what is in it, its material id and its status."""
    told = []
    for one in row["creative_list"]:
        info = one["creative_info"]
        key = info.get("tiktok_item_id") or info["video_info"]["video_id"]
        told.append((key, one["ad_material_id"], one["material_operation_status"]))
    return told


def test_a_new_ad_answers_with_all_of_it(client: Smart, group: str) -> None:
    """Ad and creatives are born ENABLE; the creatives have ids of their own, and what was not sent has defaults."""
    video = client.clip()
    row = client.new_ad(group, client.film(video))["data"]
    assert (row["operation_status"], row["ad_name"], row["adgroup_id"]) == ("ENABLE", "Hero", group)
    (one,) = row["creative_list"]
    assert one["material_operation_status"] == "ENABLE"
    assert len({row["smart_plus_ad_id"], one["ad_material_id"], one["smart_plus_creative_id"]}) == 3
    info = one["creative_info"]
    assert info["video_info"] == {"video_id": video, "file_name": ""}
    assert (info["identity_authorized_bc_id"], info["material_name"]) == ("0", "")
    assert row["ad_configuration"] == {
        "call_to_action_id": "71",
        "dark_post_status": "ON",
        "creative_auto_add_toggle": False,
        "creative_auto_enhancement_strategy_list": [],
        "product_info_enabled": "UNSET",
        "tracking_info": {},
        "utm_params": [],
    }
    assert client.the_ad() == row


def test_a_name_of_nothing_becomes_the_id(client: Smart, group: str) -> None:
    """An empty ad_name is named by the server."""
    row = client.new_ad(group, ad_name="")["data"]
    assert row["ad_name"] == row["smart_plus_ad_id"]


def test_only_posts_need_no_text_and_keep_none(client: Smart, group: str) -> None:
    """An ad of posts reads back without texts; one video in it makes texts necessary."""
    assert client.new_ad(group, post(), ad_text_list=None)["code"] == 0
    assert client.new_ad(group, post())["data"]["ad_text_list"] == []
    told = client.new_ad(group, post(), client.film(), ad_text_list=None)
    assert told["message"].startswith("ad_text_list: Missing")


def test_a_call_to_action_goes_by_placement(client: Smart, group: str) -> None:
    """On TikTok it is a portfolio's id, elsewhere the list serves."""
    words = {"call_to_action_list": [{"call_to_action": "LEARN_MORE"}], "ad_configuration": None}
    assert client.new_ad(group, **words)["message"].startswith("call_to_action_list: is not supported")
    campaign = client.new_campaign("Pangle")["data"]["campaign_id"]
    other = client.new_adgroup(campaign, **PANGLE)["data"]["adgroup_id"]
    assert client.new_ad(other, **words)["data"]["call_to_action_list"] == words["call_to_action_list"]


def test_a_custom_identity_ends_on_tiktok(client: Smart, group: str) -> None:
    """CUSTOMIZED_USER is refused where TikTok is among the placements, and taken elsewhere or with the switch."""
    bare: dict[str, Any] = {"identity_type": None, "identity_id": None}
    custom = {"ad_configuration": {**CUSTOM, "call_to_action_id": "71"}}
    assert client.new_ad(group, client.film(**bare), **custom)["code"] == 40002
    campaign = client.new_campaign("Pangle")["data"]["campaign_id"]
    pangle = client.new_adgroup(campaign, **PANGLE)["data"]["adgroup_id"]
    assert client.new_ad(pangle, client.film(**bare), **custom)["code"] == 0
    client.switch(sp_custom_identity="ok")
    ad = client.new_ad(group, client.film(**bare), **custom)["data"]["smart_plus_ad_id"]
    client.switch(sp_custom_identity="refuse")
    assert client.change_ad(ad, creative_list=[client.film(**bare)])["code"] == 0


def test_a_list_that_is_sent_is_the_new_list(client: Smart, group: str) -> None:
    """A sent list replaces, what is not sent stays; equal creatives keep id and status, the rest are gone."""
    row = client.new_ad(group, client.film(), post())["data"]
    ad, (first, second) = row["smart_plus_ad_id"], content(row)
    client.turn_material(ad, "DISABLE", second[1])
    client.change_ad(ad, creative_list=[post("99"), again(row["creative_list"][1])])
    told = client.the_ad()
    assert content(told)[1] == (second[0], second[1], "DISABLE")
    assert content(told)[0][0] == "99"
    assert told["landing_page_url_list"] == row["landing_page_url_list"]
    gone = client.rows("ad", primary_status="STATUS_DELETE")
    assert [one["video_id"] for one in gone] == [first[0]]
    assert client.change_ad(ad, ad_text_list=[])["data"]["ad_text_list"] == []


def test_a_rename_changes_nothing_else(client: Smart, group: str) -> None:
    """ad_name alone leaves lists and configuration; the creatives in the manual list take the name."""
    row = client.new_ad(group)["data"]
    told = client.change_ad(row["smart_plus_ad_id"], ad_name="Other")["data"]
    assert {**told, "ad_name": "Hero", "modify_time": row["modify_time"]} == row
    assert [one["ad_name"] for one in client.rows("ad")] == ["Other"]


def test_lists_may_be_added_instead(client: Smart, group: str) -> None:
    """With sp_list_update=merge a list is added to what is there."""
    row = client.new_ad(group, client.film())["data"]
    client.switch(sp_list_update="merge")
    told = client.change_ad(
        row["smart_plus_ad_id"],
        creative_list=[post()],
        ad_text_list=[{"ad_text": "Second"}],
        ad_configuration={"utm_params": [{"key": "a", "value": "b"}]},
    )["data"]
    assert content(told)[0][:2] == content(row)[0][:2]
    assert (len(told["creative_list"]), len(told["ad_text_list"])) == (2, 2)
    more = client.change_ad(row["smart_plus_ad_id"], ad_configuration={"utm_params": [{"key": "c", "value": "d"}]})
    assert [one["key"] for one in more["data"]["ad_configuration"]["utm_params"]] == ["a", "c"]


def test_material_ids_and_statuses_may_not_survive(client: Smart, group: str) -> None:
    """With the switches an unchanged creative gets new ids, or is switched on again."""
    row = client.new_ad(group, client.film())["data"]
    ad, (before,) = row["smart_plus_ad_id"], content(row)
    same = [again(row["creative_list"][0])]
    client.turn_material(ad, "DISABLE", before[1])
    client.switch(sp_material_ids="renew")
    (renewed,) = content(client.change_ad(ad, creative_list=same)["data"])
    assert renewed[0] == before[0]
    assert renewed[1] != before[1]
    assert renewed[2] == "DISABLE"
    client.switch(sp_material_ids="keep", sp_material_status_on_update="enable")
    assert content(client.change_ad(ad, creative_list=same)["data"]) == [(renewed[0], renewed[1], "ENABLE")]


def test_plain_values_may_go_back_to_their_defaults(client: Smart, group: str) -> None:
    """A part of ad_configuration leaves the rest, or with the switch sets it back; utm_params stay either way."""
    utm = [{"key": "a", "value": "b"}]
    told = {"call_to_action_id": "71", "dark_post_status": "OFF", "utm_params": utm}
    ad = client.new_ad(group, ad_configuration=told)["data"]["smart_plus_ad_id"]
    part = {"call_to_action_id": "72"}
    kept = client.change_ad(ad, ad_configuration=part)["data"]["ad_configuration"]
    assert (kept["call_to_action_id"], kept["dark_post_status"], kept["utm_params"]) == ("72", "OFF", utm)
    client.switch(sp_scalar_update="replace")
    kept = client.change_ad(ad, ad_name="Other")["data"]["ad_configuration"]
    assert kept["dark_post_status"] == "OFF"
    kept = client.change_ad(ad, ad_configuration=part)["data"]["ad_configuration"]
    assert (kept["call_to_action_id"], kept["dark_post_status"], kept["utm_params"]) == ("72", "ON", utm)


def test_one_ad_is_written_every_five_seconds(client: Smart, group: str) -> None:
    """A write to an ad within five seconds of the last is 41021, whatever it is; other ads go on; 0 turns it off."""
    row = client.new_ad(group)["data"]
    ad, material = row["smart_plus_ad_id"], row["creative_list"][0]["ad_material_id"]
    assert client.turn("ad", "DISABLE", ad)["code"] == 41021
    assert client.post("smart_plus/ad/update/", smart_plus_ad_id=ad, ad_name="x")["code"] == 41021
    told = {"smart_plus_ad_id": ad, "ad_material_ids": [material], "operation_status": "DISABLE"}
    assert client.post("smart_plus/ad/material_status/update/", **told)["code"] == 41021
    assert client.new_ad(group, ad_name="Other")["code"] == 0
    client.wait(5)
    assert client.turn("ad", "DISABLE", ad)["data"]["smart_plus_ad_ids"] == [ad]
    assert client.turn("ad", "ENABLE", ad)["code"] == 41021
    client.switch(sp_ad_gap_seconds="0")
    assert client.turn("ad", "ENABLE", ad)["code"] == 0


def test_a_status_call_tells_of_each_campaign_and_ad_group(client: Smart, group: str) -> None:
    """What cannot change is in error_list, with code 0 even when nothing could; with the switch the call fails."""
    campaign = client.list_of("campaign")[0]["campaign_id"]
    told = client.turn("campaign", "DISABLE", campaign, "9")["data"]
    assert told["campaign_list"] == [{"campaign_id": campaign, "status": "DISABLE"}]
    (error,) = told["error_list"]
    assert (error["campaign_id"], "doesn't exist" in error["error_message"]) == ("9", True)
    none = client.turn("adgroup", "ENABLE", "9")
    assert (none["code"], none["data"]["adgroup_list"], len(none["data"]["error_list"])) == (0, [], 1)
    client.switch(sp_status_partial="all_fail")
    assert client.turn("adgroup", "DISABLE", group, "9")["code"] == 40007
    assert client.list_of("adgroup")[0]["operation_status"] == "ENABLE"


def test_an_ad_that_cannot_change_is_missing_from_the_answer(client: Smart, group: str) -> None:
    """The answer for ads has no error_list: the id of a creative, or of nobody, is simply not there."""
    row = client.new_ad(group)["data"]
    ad, creative = row["smart_plus_ad_id"], row["creative_list"][0]["smart_plus_creative_id"]
    client.wait(6)
    told = client.turn("ad", "DISABLE", ad, creative)
    assert (told["code"], told["data"]) == (0, {"smart_plus_ad_ids": [ad], "status": "DISABLE"})


def test_a_deleted_ad_takes_its_creatives_along(client: Smart, group: str) -> None:
    """DELETE is final: nothing changes the ad or its creatives any more, and no list shows them unasked."""
    row = client.new_ad(group)["data"]
    ad, material = row["smart_plus_ad_id"], row["creative_list"][0]["ad_material_id"]
    client.wait(6)
    client.turn("ad", "DELETE", ad)
    assert client.turn("ad", "ENABLE", ad)["data"]["smart_plus_ad_ids"] == []
    assert client.change_ad(ad, ad_name="x")["code"] == 40007
    assert client.turn_material(ad, "ENABLE", material)["code"] == 40007
    assert client.list_of("ad") == client.rows("ad") == []
    (gone,) = client.list_of("ad", primary_status="STATUS_ALL")
    assert (gone["secondary_status"], len(gone["creative_list"])) == ("AD_STATUS_DELETE", 1)


def test_a_frozen_object_cannot_be_enabled(client: Smart, group: str) -> None:
    """What has ended stays so."""
    client.operate("edit", {"id": group, "status": "FROZEN"})
    (error,) = client.turn("adgroup", "ENABLE", group)["data"]["error_list"]
    assert "cannot be enabled" in error["error_message"]


def test_one_creative_is_paused_alone(client: Smart, group: str) -> None:
    """material_status switches a creative; ad, siblings and library stay; carousels go apart, strangers are refused."""
    image = client.post("file/image/ad/upload/", upload_type="UPLOAD_BY_URL", image_url="https://example.com/a.jpg")
    pictures = {
        "ad_format": "CAROUSEL_ADS",
        "image_info": [{"web_uri": image["data"]["image_id"]}] * 2,
        "music_info": {"music_id": "3"},
        "identity_type": "TT_USER",
        "identity_id": "77",
    }
    row = client.new_ad(group, client.film(), post(), {"creative_info": pictures})["data"]
    ad, (film, spark, carousel) = row["smart_plus_ad_id"], [one[1] for one in content_of_any(row)]
    told = client.turn_material(ad, "DISABLE", film)["data"]
    assert told == {"smart_plus_ad_id": ad, "ad_material_ids": [film], "operation_status": "DISABLE"}
    assert [one["material_operation_status"] for one in client.the_ad()["creative_list"]] == [
        "DISABLE",
        "ENABLE",
        "ENABLE",
    ]
    assert client.the_ad()["operation_status"] == "ENABLE"
    assert client.turn_material(ad, "DISABLE", spark, carousel)["code"] == 40002
    assert client.turn_material(ad, "DISABLE", spark, "9")["code"] == 40002


def content_of_any(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Of each creative its format and material id, in the order of the list."""
    return [(one["creative_info"]["ad_format"], one["ad_material_id"]) for one in row["creative_list"]]


def test_an_edit_goes_to_review_while_delivery_goes_on(smart: SmartStart) -> None:
    """A new ad is under audit, a changed one is reviewed while it delivers; a switch of a creative is not reviewed."""
    client = smart({"review_seconds": "60"})
    _, _, ad = client.line()
    assert client.the_ad()["secondary_status"] == "AD_STATUS_AUDIT"
    client.wait(60)
    material = client.the_ad()["creative_list"][0]["ad_material_id"]
    client.turn_material(ad, "DISABLE", material)
    assert client.the_ad()["secondary_status"] == "AD_STATUS_DELIVERY_OK"
    client.change_ad(ad, ad_text_list=[{"ad_text": "Other"}])
    assert client.the_ad()["secondary_status"] == "AD_STATUS_DELIVERY_AND_REAUDIT"


def test_an_ad_group_has_thirty_ads(client: Smart, group: str) -> None:
    """The thirty-first is refused with the code for too many ads."""
    item = client.film()
    assert {client.new_ad(group, item, ad_name=f"{number}")["code"] for number in range(30)} == {0}
    assert client.new_ad(group, item)["code"] == 40502


def test_a_video_that_is_transcoded_cannot_be_used_yet(smart: SmartStart) -> None:
    """A creative of a video that is not ready is refused for now."""
    client = smart({"transcode_seconds": "30"})
    group = client.new_adgroup(client.new_campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    item = {
        "ad_format": "SINGLE_VIDEO",
        "video_info": {"video_id": client.clip()},
        "image_info": [{"web_uri": "x"}],
        "identity_type": "TT_USER",
        "identity_id": "77",
    }
    assert client.new_ad(group, {"creative_info": item})["code"] == 40901
