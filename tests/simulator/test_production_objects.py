"""Campaigns, ad groups and ads of production: birth, names, read-back, lists."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Produce, Production

ACCOUNT = "7000000000000000001"


@pytest.fixture
def client(produce: Produce) -> Production:
    """A simulator with every switch at its default."""
    return produce()


def test_everything_is_born_enabled_unless_told(client: Production) -> None:
    """A create without operation_status makes an object that is ENABLE, one with DISABLE is heeded."""
    assert client.campaign()["data"]["operation_status"] == "ENABLE"
    paused = client.campaign("Paused", operation_status="DISABLE")["data"]
    assert (paused["operation_status"], paused["secondary_status"]) == ("DISABLE", "CAMPAIGN_STATUS_DISABLE")
    group = client.adgroup(paused["campaign_id"], operation_status="DISABLE")["data"]
    assert (group["operation_status"], group["secondary_status"]) == ("DISABLE", "ADGROUP_STATUS_DISABLE")
    told = client.ad(group["adgroup_id"], operation_status="DISABLE")["data"]
    assert told["creatives"][0]["operation_status"] == "DISABLE"


def test_the_status_at_birth_may_be_ignored(produce: Produce) -> None:
    """With birth_status=ignored a DISABLE is silently an ENABLE."""
    told = produce({"birth_status": "ignored"}).campaign(operation_status="DISABLE")
    assert (told["code"], told["data"]["operation_status"]) == (0, "ENABLE")


def test_a_name_is_guarded_unless_a_request_id_is_sent(client: Production) -> None:
    """The same name again is 40002; with a request_id there are two; the guard can be off."""
    campaign = client.campaign()["data"]["campaign_id"]
    assert client.campaign()["code"] == 40002
    assert client.campaign(request_id="1")["code"] == 0
    client.adgroup(campaign)
    assert client.adgroup(campaign)["code"] == 40002
    assert client.post("campaign/update/", campaign_id=campaign, campaign_name="Spring")["code"] == 0
    client.operate("switches", {"unique_names": "off"})
    assert client.campaign()["code"] == 0
    assert len(client.rows("campaign", campaign_name="spring")) == 3


def test_a_deleted_name_is_free(client: Production) -> None:
    """The name of a deleted campaign can be used again."""
    client.status("campaign", "DELETE", client.campaign()["data"]["campaign_id"])
    assert client.campaign()["code"] == 0


def test_a_request_id_is_a_duplicate_for_ten_seconds(client: Production) -> None:
    """The second create of one request_id is 40050 within ten seconds, and new after them."""
    assert client.campaign(request_id="5")["code"] == 0
    assert client.campaign("Other", request_id="5")["code"] == 40050
    client.wait(10)
    assert client.campaign(request_id="5")["code"] == 0
    assert len(client.rows("campaign")) == 2


def test_a_refused_create_does_not_use_its_request_id(client: Production) -> None:
    """A request_id of a create that failed can be sent again at once."""
    assert client.campaign(budget=1, request_id="5")["code"] == 40002
    assert client.campaign(request_id="5")["code"] == 0


def test_a_campaign_reads_back_with_defaults_and_nulls(client: Production) -> None:
    """Lists hold what nobody sent; budgets come back as fractions, an infinite one as 0; CBO shows only when on."""
    told = client.campaign(objective_type="REACH", budget_mode="BUDGET_MODE_INFINITE", budget=0)["data"]
    (row,) = client.rows("campaign")
    assert row == told
    assert (row["budget"], row["budget_mode"]) == (Decimal("0.0"), "BUDGET_MODE_INFINITE")
    assert (row["campaign_automation_type"], row["po_number"], row["objective"]) == ("MANUAL", None, "LANDING_PAGE")
    assert "budget_optimize_on" not in row
    text = client.send("GET", f"campaign/get/?advertiser_id={ACCOUNT}").text
    assert '"budget":0.0,' in text
    cbo = client.campaign("Cbo", budget_optimize_on=True)["data"]
    assert (cbo["budget_optimize_on"], cbo["budget"]) == (True, Decimal("100.0"))


def test_an_ad_group_reads_back_with_defaults(client: Production) -> None:
    """Automatic placements are spelled out, dayparting is all 1, an end ten years off is filled in."""
    campaign = client.campaign()["data"]["campaign_id"]
    row = client.adgroup(campaign, dayparting="0" * 336)["data"]
    assert row["placements"] == ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE", "PLACEMENT_GLOBAL_APP_BUNDLE"]
    assert row["dayparting"] == "1" * 336
    assert row["schedule_end_time"] == "2035-06-13 12:00:00"
    assert (row["bid_price"], row["bid_display_mode"], row["secondary_status"]) == (
        Decimal("0.0"),
        "CPMV",
        "ADGROUP_STATUS_CREATE",
    )
    assert (row["brand_safety_type"], row["gender"], row["age_groups"]) == ("NO_BRAND_SAFETY", "GENDER_UNLIMITED", None)
    own = "1" * 40 + "0" * 296
    assert client.adgroup(campaign, "Some hours", dayparting=own)["data"]["dayparting"] == own


def test_under_cbo_the_ad_group_has_no_budget_and_smooth_pacing(client: Production) -> None:
    """Under a campaign with CBO budget and pacing may be absent, and are not kept when sent."""
    campaign = client.campaign(budget_optimize_on=True)["data"]["campaign_id"]
    plain: dict[str, Any] = {"budget": None, "budget_mode": None, "pacing": None}
    assert client.adgroup(campaign, **plain)["message"].startswith("bid_type: Missing")
    assert client.adgroup(campaign, "a", **plain, bid_type="BID_TYPE_NO_BID")["code"] == 0
    row = client.adgroup(campaign, "b", bid_type="BID_TYPE_NO_BID", pacing="PACING_MODE_FAST")["data"]
    assert (row["budget"], row["budget_mode"], row["pacing"]) == (
        Decimal("0.0"),
        "BUDGET_MODE_INFINITE",
        "PACING_MODE_SMOOTH",
    )
    other = {"optimization_goal": "REACH", "billing_event": "CPM", "bid_type": "BID_TYPE_NO_BID"}
    assert client.adgroup(campaign, "c", **other)["message"].startswith("optimization_goal: ")


def test_nulls_can_be_absent_and_ids_numbers(produce: Produce) -> None:
    """absent_fields, exclude_field_types_in_response, fields, ids_as and secondary_status change what a row holds."""
    client = produce({"absent_fields": "omitted", "secondary_status": "off"})
    told = client.campaign()["data"]
    assert "po_number" not in told
    assert "secondary_status" not in told
    client.operate("switches", {"absent_fields": "null", "ids_as": "number"})
    (row,) = client.get("campaign/get/", exclude_field_types_in_response='["NULL_FIELD"]')["data"]["list"]
    assert "po_number" not in row
    assert row["campaign_id"] == int(told["campaign_id"])
    (row,) = client.get("campaign/get/", fields='["campaign_name", "joy"]')["data"]["list"]
    assert row == {"campaign_name": "Spring"}
    assert client.status("campaign", "DISABLE", told["campaign_id"])["data"]["campaign_ids"] == [row_id(told)]


def row_id(told: dict[str, Any]) -> int:
    """The id of a campaign as a number."""
    return int(told["campaign_id"])


def test_campaigns_come_newest_first(client: Production) -> None:
    """Campaigns are listed by id, descending."""
    for name in "abc":
        client.campaign(name)
    assert client.names() == ["c", "b", "a"]
    assert client.names(page=2, page_size=2) == ["a"]


def test_filtering_narrows_a_list(client: Production) -> None:
    """ids, a part of the name, parents, objective and status narrow a list; the dead objective is the new one."""
    campaign, group, ad = client.family()
    other = client.campaign("Autumn", objective_type="WEB_CONVERSIONS", operation_status="DISABLE")["data"]
    assert [row["campaign_id"] for row in client.rows("campaign", campaign_ids=[campaign])] == [campaign]
    assert [row["campaign_name"] for row in client.rows("campaign", campaign_name="AUT")] == ["Autumn"]
    assert [row["campaign_name"] for row in client.rows("campaign", objective_type="CONVERSIONS")] == ["Autumn"]
    assert [row["campaign_name"] for row in client.rows("campaign", primary_status="STATUS_DISABLE")] == ["Autumn"]
    assert [row["adgroup_id"] for row in client.rows("adgroup", campaign_ids=[campaign])] == [group]
    assert client.rows("adgroup", campaign_ids=[other["campaign_id"]]) == []
    for found in ({"campaign_ids": [campaign]}, {"adgroup_ids": [group]}, {"ad_ids": [ad]}, {"ad_name": "hoo"}):
        assert [row["ad_id"] for row in client.rows("ad", **found)] == [ad]
    assert client.rows("ad", ad_ids=[ad], campaign_ids=[other["campaign_id"]]) == []
    assert client.rows("ad", adgroup_ids=[group], campaign_ids=[other["campaign_id"]]) == []
    client.operate("switches", {"filter": "ignored"})
    assert len(client.rows("campaign", campaign_ids=[campaign])) == 2


def test_deleted_objects_are_hidden_unless_asked_for(client: Production) -> None:
    """A deleted campaign and all below it is in no list by default, but can be asked for."""
    campaign, group, ad = client.family()
    client.status("campaign", "DELETE", campaign)
    for word, row, status in (
        ("campaign", campaign, "CAMPAIGN_STATUS_DELETE"),
        ("adgroup", group, "ADGROUP_STATUS_CAMPAIGN_DELETE"),
        ("ad", ad, "AD_STATUS_CAMPAIGN_DELETE"),
    ):
        assert client.rows(word) == client.rows(word, **{f"{word}_ids": [row]}) == []
        for asked in ("STATUS_ALL", "STATUS_DELETE"):
            (found,) = client.rows(word, primary_status=asked)
            assert (found[f"{word}_id"], found["secondary_status"]) == (row, status)
        assert len(client.rows(word, **{f"{word}_ids": [row]}, secondary_status=status)) == 1
    assert client.rows("adgroup", primary_status="STATUS_ALL")[0]["operation_status"] == "ENABLE"


def test_a_paused_parent_shows_in_children_only_as_secondary_status(client: Production) -> None:
    """Pausing a campaign leaves operation_status of its children as it was."""
    campaign, group, _ = client.family()
    client.status("campaign", "DISABLE", campaign)
    (row,) = client.rows("adgroup")
    assert (row["operation_status"], row["secondary_status"]) == ("ENABLE", "ADGROUP_STATUS_CAMPAIGN_DISABLE")
    client.status("campaign", "ENABLE", campaign)
    client.status("adgroup", "DISABLE", group)
    (row,) = client.rows("ad")
    assert (row["operation_status"], row["secondary_status"]) == ("ENABLE", "AD_STATUS_ADGROUP_DISABLE")


def test_a_new_ad_is_reviewed_first(produce: Produce) -> None:
    """With review_seconds an ad is under audit for that long."""
    client = produce({"review_seconds": "60"})
    client.family()
    assert client.rows("ad")[0]["secondary_status"] == "AD_STATUS_AUDIT"
    client.wait(60)
    assert client.rows("ad", primary_status="STATUS_DELIVERY_OK")[0]["secondary_status"] == "AD_STATUS_DELIVERY_OK"


def test_a_schedule_shows_in_the_secondary_status(client: Production) -> None:
    """An ad group before its start and after its end says so."""
    campaign = client.campaign()["data"]["campaign_id"]
    times = {"schedule_start_time": "2025-06-16 00:00:00", "schedule_end_time": "2025-06-17 00:00:00"}
    client.adgroup(campaign, schedule_type="SCHEDULE_START_END", **times)
    assert client.rows("adgroup")[0]["secondary_status"] == "ADGROUP_STATUS_NOT_START"
    client.wait(2 * 86400)
    assert (
        client.rows("adgroup", primary_status="STATUS_TIME_DONE")[0]["secondary_status"] == "ADGROUP_STATUS_TIME_DONE"
    )


def test_smart_campaigns_are_listed_and_not_touched(client: Production) -> None:
    """A loaded Smart+ campaign is in lists, and every classic write to it or below it is 40002."""
    ids = client.operate(
        "load",
        {
            "advertiser_id": ACCOUNT,
            "campaigns": [
                {"campaign_name": "Smart", "campaign_automation_type": "UPGRADED_SMART_PLUS", "budget": 100},
                {"campaign_name": "Frozen", "operation_status": "FROZEN"},
            ],
            "adgroups": [{"adgroup_name": "g", "parent": 0}],
        },
    )
    (smart, frozen), (group,) = ids["campaigns"], ids["adgroups"]
    (row,) = client.rows("campaign", campaign_automation_type="UPGRADED_SMART_PLUS")
    assert (row["campaign_name"], row["campaign_automation_type"]) == ("Smart", "UPGRADED_SMART_PLUS")
    assert client.rows("adgroup")[0]["campaign_automation_type"] == "UPGRADED_SMART_PLUS"
    assert client.post("campaign/update/", campaign_id=smart, campaign_name="x")["code"] == 40002
    assert client.status("campaign", "DISABLE", smart)["code"] == 40002
    assert client.adgroup(smart)["code"] == client.ad(group)["code"] == 40002
    assert client.status("campaign", "ENABLE", frozen)["code"] == 40002
    assert client.rows("campaign", primary_status="STATUS_FROZEN")[0]["campaign_id"] == frozen


def test_manual_creates_may_end(produce: Produce) -> None:
    """With manual_creates=four only the objectives that stay can be created; what exists can be changed."""
    client = produce()
    campaign = client.campaign(objective_type="WEB_CONVERSIONS")["data"]["campaign_id"]
    client.operate("switches", {"manual_creates": "four"})
    assert client.campaign("b", objective_type="WEB_CONVERSIONS")["code"] == 40002
    assert client.campaign("c")["code"] == 0
    assert client.post("campaign/update/", campaign_id=campaign, campaign_name="d")["code"] == 0


def test_a_strangers_edit_shows(client: Production) -> None:
    """The operator edits and reads objects under production's names."""
    campaign = client.campaign()["data"]["campaign_id"]
    client.operate("edit", {"id": campaign, "operation_status": "DISABLE", "budget": 333})
    (row,) = client.rows("campaign")
    assert (row["operation_status"], row["budget"]) == ("DISABLE", 333)
    assert client.operate("state")["campaigns"][0]["status"] == "DISABLE"
    assert "error" in client.operate("edit", {"id": campaign, "status": "OFF"})


def test_ids_in_a_filter_are_strings_in_one_parameter(client: Production) -> None:
    """The seed document's comma list is an unknown key and changes nothing; a filter written twice is refused."""
    campaign, _, _ = client.family()
    client.campaign("Other")
    assert len(client.get("campaign/get/", campaign_ids=campaign)["data"]["list"]) == 2
    twice = json.dumps(json.dumps({"campaign_ids": [campaign]}))
    assert client.get("campaign/get/", filtering=twice)["code"] == 40002
