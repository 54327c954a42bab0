"""Both families in one account: which listing shows what, who may write what, and what an operator can do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.simulator.clients import ACCOUNT, MORNING
from tests.simulator.smart_clients import WEB, again, post
from tests.simulator.smart_table import AD, CREATIVE, LOADED, MATERIAL

if TYPE_CHECKING:
    from tests.simulator.conftest import Smart, SmartStart

STOPPED = "objective_type: WEB_CONVERSIONS campaigns can no longer be created here; use /smart_plus/ calls"
REFUSED = "This API does not support Upgraded Smart Plus ads."


@pytest.fixture
def client(smart: SmartStart) -> Smart:
    """A simulator with every switch at its default."""
    return smart()


@pytest.mark.parametrize("contract", ["marketing", "smart_plus"])
def test_one_server_speaks_both_families(smart: SmartStart, contract: str) -> None:
    """Whatever the contract is called, calls of both families are about the same objects."""
    client = smart(contract=contract)
    campaign, _, _ = client.line()
    manual = client.campaign("By hand")["data"]["campaign_id"]
    kinds = {row["campaign_id"]: row["campaign_automation_type"] for row in client.rows("campaign")}
    assert kinds == {campaign: "UPGRADED_SMART_PLUS", manual: "MANUAL"}
    assert [row["campaign_id"] for row in client.list_of("campaign")] == [campaign]


def test_manual_lists_show_smart_campaigns_and_ad_groups(client: Smart) -> None:
    """The ids are the same in both worlds; the manual list says which family a row is of, and is flat."""
    campaign, group, _ = client.line()
    (row,) = client.rows("campaign", campaign_automation_type="UPGRADED_SMART_PLUS")
    assert (row["campaign_id"], row["objective_type"], row["budget"]) == (campaign, "WEB_CONVERSIONS", 0)
    assert client.rows("campaign", campaign_automation_type="MANUAL") == []
    (row,) = client.rows("adgroup")
    assert (row["adgroup_id"], row["campaign_automation_type"]) == (group, "UPGRADED_SMART_PLUS")
    assert (row["location_ids"], row["age_groups"]) == (["6252001"], ["AGE_25_34"])


def test_the_manual_list_of_ads_shows_creatives(client: Smart) -> None:
    """A row of /ad/get/ is one creative, which knows its ad; with ad_ids_v2 a row is the ad."""
    group = client.new_adgroup(client.new_campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    video = client.clip()
    ad = client.new_ad(group, client.film(video), post("99"))["data"]
    rows = {row["ad_id"]: row for row in client.rows("ad")}
    assert set(rows) == {one["smart_plus_creative_id"] for one in ad["creative_list"]}
    assert {row["campaign_automation_type"] for row in rows.values()} == {"UPGRADED_SMART_PLUS_CREATIVE"}
    assert {row["smart_plus_ad_id"] for row in rows.values()} == {ad["smart_plus_ad_id"]}
    assert {(row["video_id"], row["tiktok_item_id"]) for row in rows.values()} == {(video, None), (None, "99")}
    assert len(client.rows("ad", campaign_automation_type="UPGRADED_SMART_PLUS")) == 2
    (row,) = client.rows("ad", ad_ids_v2=[ad["smart_plus_ad_id"]])
    assert (row["smart_plus_ad_id"], row["ad_id_v2"], row["ad_name"]) == (*[ad["smart_plus_ad_id"]] * 2, "Hero")
    assert client.rows("ad", ad_ids=[ad["smart_plus_ad_id"]]) == []


def test_a_paused_ad_shows_in_its_creatives(client: Smart) -> None:
    """What keeps a creative from delivery may be the ad, which no manual row is of."""
    _, _, ad = client.line()
    client.wait(6)
    client.turn("ad", "DISABLE", ad)
    (row,) = client.rows("ad")
    assert (row["operation_status"], row["secondary_status"]) == ("ENABLE", "AD_STATUS_DISABLE")


def test_manual_calls_do_not_write_smart_objects(client: Smart) -> None:
    """Every manual write to a Smart+ campaign, ad group, creative or ad is 40002 with the live text."""
    campaign, group, ad = client.line()
    creative = client.rows("ad")[0]["ad_id"]
    answers: list[dict[str, Any]] = [
        client.post("campaign/update/", campaign_id=campaign, campaign_name="x"),
        client.post("adgroup/update/", adgroup_id=group, adgroup_name="x"),
        client.post("adgroup/budget/update/", budget=[{"adgroup_id": group, "budget": 60}]),
        client.status("campaign", "DISABLE", campaign),
        client.status("adgroup", "DISABLE", group),
        client.status("ad", "DISABLE", creative),
        client.status("ad", "DISABLE", ad),
        client.adgroup(campaign),
        client.ad(group),
    ]
    assert {(one["code"], one["message"]) for one in answers} == {(40002, REFUSED)}
    assert client.list_of("campaign")[0]["operation_status"] == "ENABLE"


def test_filters_narrow_the_lists(client: Smart) -> None:
    """Ids, names (a part is enough), goals, promotion, destination, times and status narrow a list."""
    campaign, group, ad = client.line()
    other = client.new_campaign("Autumn", operation_status="DISABLE")["data"]["campaign_id"]
    for word, found, asked in (
        ("campaign", campaign, {"campaign_name": "spr"}),
        ("campaign", other, {"primary_status": "STATUS_DISABLE"}),
        ("campaign", campaign, {"campaign_ids": [campaign], "sales_destination": "WEBSITE"}),
        ("adgroup", group, {"adgroup_name": "adul"}),
        ("adgroup", group, {"promotion_type": "WEBSITE", "optimization_goal": "CLICK"}),
        ("adgroup", group, {"adgroup_ids": [group], "campaign_ids": [campaign]}),
        ("ad", ad, {"adgroup_ids": [group], "sales_destination": "WEBSITE"}),
        ("ad", ad, {"smart_plus_ad_ids": [ad], "objective_type": "WEB_CONVERSIONS"}),
        ("ad", ad, {"campaign_ids": [campaign], "optimization_goal": "CLICK"}),
        ("ad", ad, {"modified_after": "2025-06-15 15:00:00"}),
    ):
        name = "smart_plus_ad_id" if word == "ad" else f"{word}_id"
        assert [row[name] for row in client.list_of(word, **asked)] == [found], asked
    for word, asked in (
        ("adgroup", {"promotion_type": "APP"}),
        ("adgroup", {"promotion_type": "INSTANT_FORM"}),
        ("adgroup", {"campaign_ids": [other]}),
        ("ad", {"campaign_ids": [other]}),
        ("ad", {"modified_after": "2025-06-16 00:00:00"}),
        ("campaign", {"creation_filter_end_time": "2025-06-15 00:00:00"}),
    ):
        assert client.list_of(word, **asked) == [], asked
    # No filter by name here: the key is ignored.
    assert len(client.list_of("ad", ad_name="nobody")) == 1


def test_the_lists_can_lag(smart: SmartStart) -> None:
    """With list_lag a new object is in no list of either family for a while."""
    client = smart({"list_lag": "30"})
    client.new_campaign()
    assert client.list_of("campaign") == client.rows("campaign") == []
    client.wait(30)
    assert len(client.list_of("campaign")) == len(client.rows("campaign")) == 1


def test_a_deleted_campaign_hides_what_is_below(client: Smart) -> None:
    """Nothing below it is listed unasked, or can be changed."""
    campaign, group, ad = client.line()
    client.turn("campaign", "DELETE", campaign)
    assert client.list_of("campaign") == client.list_of("adgroup") == client.list_of("ad") == []
    assert client.change_ad(ad, ad_name="x")["code"] == 40007
    assert len(client.turn("adgroup", "ENABLE", group)["data"]["error_list"]) == 1
    (row,) = client.list_of("ad", primary_status="STATUS_ALL")
    assert row["secondary_status"] == "AD_STATUS_CAMPAIGN_DELETE"


@pytest.mark.parametrize(
    ("switch", "allowed"),
    [
        ("all", (0, 0, 0, 0)),
        ("four", (0, 40002, 0, 0)),
        ("campaigns_stop", (40002, 40002, 0, 0)),
        ("all_stop", (40002, 40002, 40002, 40002)),
    ],
)
def test_manual_creates_may_end(client: Smart, switch: str, allowed: tuple[int, ...]) -> None:
    """The switch says which calls by hand still create; Smart+ goes on, and so does all that changes what is there."""
    campaign = client.campaign("Before")["data"]["campaign_id"]
    group = client.adgroup(campaign)["data"]["adgroup_id"]
    client.switch(manual_creates=switch)
    answers = (
        client.campaign("Traffic"),
        client.campaign("Web", objective_type="WEB_CONVERSIONS"),
        client.adgroup(campaign, "More"),
        client.ad(group),
    )
    assert tuple(one["code"] for one in answers) == allowed
    assert client.new_campaign()["code"] == 0
    assert client.post("campaign/update/", campaign_id=campaign, campaign_name="After")["code"] == 0
    assert client.status("campaign", "DELETE", campaign)["code"] == 0


def test_a_load_takes_whole_ads(smart: SmartStart) -> None:
    """An operator loads ads with their creatives under ids of his own, and they are as if they had been created."""
    client = smart()
    client.operate("load", {"advertiser_id": ACCOUNT, **LOADED})
    row = client.the_ad()
    (one,) = row["creative_list"]
    assert (row["smart_plus_ad_id"], one["ad_material_id"], one["smart_plus_creative_id"]) == (AD, MATERIAL, CREATIVE)
    assert client.change_ad(AD, creative_list=[again(one), post()])["data"]["creative_list"][0] == one
    wrong = {"smart_plus_ads": [{"ad_name": "x", "parent": 0, "creative_list": [{}]}]}
    told = {"advertiser_id": ACCOUNT, "campaigns": [{"campaign_name": "c"}], **wrong}
    group = {"adgroup_name": "g", "parent": 0}
    assert "creative_info" in client.operate("load", {**told, "adgroups": [group]})["error"]


def test_a_colleague_edits_an_ad(client: Smart) -> None:
    """The operator changes lists, name, one creative's status, and deletes; no call of the API is in the log."""
    _, _, ad = client.line()
    client.operate("reset-log", {})
    (one,) = client.the_ad()["creative_list"]
    texts = [{"ad_text": "Theirs"}]
    told = {"id": ad, "ad_name": "Renamed", "ad_text_list": texts, "creative_list": [again(one), post("5")]}
    client.operate("edit", told)
    client.operate("edit", {"id": one["smart_plus_creative_id"], "status": "DISABLE"})
    row = client.the_ad()
    assert (row["ad_name"], row["ad_text_list"]) == ("Renamed", texts)
    assert [item["material_operation_status"] for item in row["creative_list"]] == ["DISABLE", "ENABLE"]
    assert row["creative_list"][0]["ad_material_id"] == one["ad_material_id"]
    assert {item["ad_name"] for item in client.rows("ad")} == {"Renamed"}
    assert all(entry["method"] == "GET" for entry in client.operate("log")["arrivals"])
    client.operate("edit", {"id": ad, "status": "DELETE"})
    assert client.list_of("ad") == client.rows("ad") == []
    assert client.operate("state")["smart_plus_ads"][0]["status"] == "DELETE"


def test_a_data_file_keeps_both_families(smart: SmartStart, tmp_path: Path) -> None:
    """After a restart ads, creatives, request ids and the pace of an ad are as they were."""
    data = tmp_path / "data.sqlite"
    client = smart({"sp_request_id_window": "forever"}, data=data)
    _, _, ad = client.line()
    assert client.new_campaign("Kept", request_id="5")["code"] == 0
    before = (client.list_of("campaign"), client.list_of("adgroup"), client.list_of("ad"), client.rows("ad"))
    client.simulator.stop()
    client = smart({"sp_request_id_window": "forever"}, data=data, start=MORNING)
    assert (client.list_of("campaign"), client.list_of("adgroup"), client.list_of("ad"), client.rows("ad")) == before
    assert client.new_campaign("Kept", request_id="5")["code"] == 40050
    assert client.turn("ad", "DISABLE", ad)["code"] == 41021


def test_openapi_knows_nothing_of_it(smart: SmartStart) -> None:
    """The contract of the OpenAPI document has no Smart+ endpoint and no such list in its state."""
    client = smart(contract="openapi")
    assert client.send("GET", "smart_plus/campaign/get/", params={"advertiser_id": ACCOUNT}).status_code == 404
    assert "smart_plus_ads" not in client.operate("state")
    assert json.loads(client.send("GET", "campaign/get/", params={"advertiser_id": ACCOUNT}).text)["code"] == 0


def test_the_command_speaks_smart_plus() -> None:
    """`reconciler simulate --contract smart_plus` serves both families, with the switches it is told."""
    command = [sys.executable, "-m", "reconciler", "simulate", "--contract", "smart_plus"]
    command += ["--set", "manual_creates=campaigns_stop", "--set", "sp_request_id_window=forever"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout
        url = json.loads(process.stdout.readline())["url"]
        try:
            with requests.Session() as session:
                session.trust_env = False
                told = {"advertiser_id": ACCOUNT, "campaign_name": "A", "request_id": "1", **WEB}
                headers = {"Access-Token": "x"}
                for path, message in (("smart_plus/campaign/create/", "OK"), ("campaign/create/", STOPPED)):
                    answer = session.post(f"{url}/open_api/v1.3/{path}", json=told, headers=headers, timeout=10)
                    assert answer.json()["message"] == message
        finally:
            process.terminate()
    assert process.returncode == 0
