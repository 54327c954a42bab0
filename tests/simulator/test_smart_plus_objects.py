"""Campaigns and ad groups of Smart+: birth, targeting, what agrees, what an update does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.smart_clients import GROUP
from tests.simulator.smart_samples import ANDROID, APP, CBO, DYNAMIC, INFINITE, OCPM, SPAN, TOTAL, VALUE

if TYPE_CHECKING:
    from tests.simulator.conftest import Smart, SmartStart


@pytest.fixture
def client(smart: SmartStart) -> Smart:
    """A simulator with every switch at its default."""
    return smart()


def test_a_campaign_is_born_enabled_with_its_budget_on(client: Smart) -> None:
    """The smallest body makes a dynamic daily CBO campaign that is ENABLE; no null is in the answer."""
    row = client.new_campaign(**CBO)["data"]
    assert (row["operation_status"], row["budget_optimize_on"], row["budget_mode"]) == ("ENABLE", True, DYNAMIC)
    assert (row["budget"], row["smart_plus_adgroup_mode"]) == (Decimal("100.0"), "MULTIPLE")
    assert None not in row.values()
    assert "request_id" not in row
    assert client.list_of("campaign") == [row]
    assert client.new_campaign(operation_status="DISABLE")["data"]["operation_status"] == "DISABLE"


def test_birth_status_may_be_ignored(smart: SmartStart) -> None:
    """With birth_status=ignored a DISABLE is silently an ENABLE on every level."""
    client = smart({"birth_status": "ignored"})
    campaign = client.new_campaign(operation_status="DISABLE")["data"]
    group = client.new_adgroup(campaign["campaign_id"], operation_status="DISABLE")["data"]
    ad = client.new_ad(group["adgroup_id"], operation_status="DISABLE")["data"]
    assert [row["operation_status"] for row in (campaign, group, ad)] == ["ENABLE"] * 3


def test_an_ad_group_reads_back_what_nobody_sent(client: Smart) -> None:
    """Automatic targeting and placement, dayparting, attribution, the end of FROM_NOW and zero bids are filled in."""
    campaign = client.new_campaign(**CBO)["data"]["campaign_id"]
    spec = {"location_ids": ["6252001"], "age_groups": ["AGE_18_24"], "interest_category_ids": ["7"]}
    row = client.new_adgroup(
        campaign, placements=None, placement_type=None, targeting_optimization_mode=None, targeting_spec=spec
    )["data"]
    assert row["targeting_spec"]["age_groups"][0] == "AGE_18_24"
    assert row["targeting_spec"]["age_groups"][-1] == "AGE_55_100"
    assert "interest_category_ids" not in row["targeting_spec"]
    assert (row["targeting_spec"]["spc_audience_age"], row["targeting_spec"]["gender"]) == (
        "OVER_EIGHTEEN",
        "GENDER_UNLIMITED",
    )
    assert (row["budget"], row["budget_mode"], row["pacing"]) == (0, INFINITE, "PACING_MODE_SMOOTH")
    assert (row["dayparting"], row["schedule_end_time"]) == ("1" * 336, "2035-06-13 12:00:00")
    assert (row["click_attribution_window"], row["view_attribution_window"]) == ("SEVEN_DAYS", "ONE_DAY")
    assert (row["bid_price"], row["conversion_bid_price"], row["search_result_enabled"]) == (0, 0, True)
    assert row["placements"] == ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE", "PLACEMENT_GLOBAL_APP_BUNDLE"]
    assert client.list_of("adgroup") == [row]


def test_hints_count_only_where_they_are_asked_for(client: Smart) -> None:
    """Leaves that the mode ignores are dropped without an error; with suggestions, or by hand, they stay."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    spec = {"location_ids": ["1"], "age_groups": ["AGE_18_24"], "smart_audience_enabled": True}
    kept = []
    for name, mode, hints in (("a", "AUTOMATIC", False), ("b", "AUTOMATIC", True), ("c", "MANUAL", None)):
        told = {"targeting_optimization_mode": mode, "suggestion_audience_enabled": hints, "targeting_spec": spec}
        row = client.new_adgroup(campaign, name, **told)
        assert row["code"] == 0
        kept.append(
            (row["data"]["targeting_spec"]["age_groups"], "smart_audience_enabled" in row["data"]["targeting_spec"])
        )
    assert kept[0][0] != ["AGE_18_24"]
    assert kept[1:] == [(["AGE_18_24"], False), (["AGE_18_24"], True)]


def test_a_window_of_value_has_a_default(client: Smart) -> None:
    """A goal of VALUE reads back SEVEN_DAYS where nothing was sent, and agrees with one that was."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    told: dict[str, Any] = {**VALUE, "pixel_id": "7", "optimization_event": "SHOPPING"}
    row = client.new_adgroup(campaign, **told)["data"]
    assert row["vbo_window"] == "SEVEN_DAYS"
    assert client.new_adgroup(campaign, "b", **told, vbo_window="SEVEN_DAYS")["code"] == 0
    assert client.new_adgroup(campaign, "c", **told, vbo_window="ZERO_DAY")["message"].startswith("vbo_window: ")


def test_an_app_sets_its_operating_system(client: Smart) -> None:
    """With a promotion of an app the server says which phones there are."""
    campaign = client.new_campaign(**APP)["data"]["campaign_id"]
    row = client.new_adgroup(campaign, **ANDROID)["data"]
    assert row["targeting_spec"]["operating_systems"] == ["ANDROID"]


def test_a_deep_funnel_comes_back_under_another_name(client: Smart) -> None:
    """deep_funnel_optimization_status is deep_funnel_toggle when it is read."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    row = client.new_adgroup(campaign, deep_funnel_optimization_status="ON")["data"]
    assert row["deep_funnel_toggle"] == "ON"
    assert "deep_funnel_optimization_status" not in row


def test_an_update_is_incremental_but_for_the_targeting(client: Smart) -> None:
    """What is not sent stays; targeting_spec is a whole, or, with the switch, is merged."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    group = client.new_adgroup(campaign)["data"]["adgroup_id"]
    changed = client.post("smart_plus/adgroup/update/", adgroup_id=group, budget=60)["data"]
    assert (changed["budget"], changed["adgroup_name"], changed["bid_type"]) == (60, "Adults", "BID_TYPE_NO_BID")
    assert changed["targeting_spec"] == {"location_ids": ["6252001"], "age_groups": ["AGE_25_34"]}
    spec = {"location_ids": ["6252001"], "gender": "GENDER_FEMALE"}
    told = client.post("smart_plus/adgroup/update/", adgroup_id=group, targeting_spec=spec)["data"]
    assert told["targeting_spec"] == spec
    client.switch(sp_targeting_update="merge")
    told = client.post("smart_plus/adgroup/update/", adgroup_id=group, targeting_spec={"age_groups": ["AGE_18_24"]})
    assert told["data"]["targeting_spec"] == {**spec, "age_groups": ["AGE_18_24"]}


def test_a_campaign_changes_name_budget_and_order_number_alone(client: Smart) -> None:
    """An update of a campaign is incremental, and its answer is the whole of it; an infinite budget stays one."""
    campaign = client.new_campaign(**CBO, special_industries=["HOUSING"])["data"]
    told = client.post("smart_plus/campaign/update/", campaign_id=campaign["campaign_id"], budget=70)["data"]
    assert told == {**campaign, "budget": 70}
    free = client.new_campaign("Free")["data"]["campaign_id"]
    assert client.post("smart_plus/campaign/update/", campaign_id=free, budget=70)["message"].startswith("budget: ")


def test_a_budget_under_cbo_is_ignored(client: Smart) -> None:
    """The budget of an ad group does not count under CBO, neither at its birth nor in an update."""
    campaign = client.new_campaign(**CBO)["data"]["campaign_id"]
    group = client.new_adgroup(campaign, budget=1)["data"]
    told = client.post("smart_plus/adgroup/update/", adgroup_id=group["adgroup_id"], budget=77)
    assert (told["code"], told["data"]["budget"]) == (0, 0)
    one = {"adgroup_id": group["adgroup_id"], "budget": 77}
    assert client.post("smart_plus/adgroup/budget/update/", budget=[one])["code"] == 40002


def test_budgets_change_together_or_not_at_all(client: Smart) -> None:
    """budget/update sets all budgets or none; scheduled ones need an allowlist of their own."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    groups = [client.new_adgroup(campaign, name)["data"]["adgroup_id"] for name in "ab"]
    told = [{"adgroup_id": one, "budget": budget} for one, budget in zip(groups, (70, 1), strict=True)]
    assert client.post("smart_plus/adgroup/budget/update/", budget=told)["code"] == 40002
    assert {row["budget"] for row in client.list_of("adgroup")} == {50}
    told[1]["budget"] = 80
    assert client.post("smart_plus/adgroup/budget/update/", budget=told)["data"] == {}
    assert {row["budget"] for row in client.list_of("adgroup")} == {70, 80}
    later = [{"adgroup_id": groups[0], "scheduled_budget": 90}]
    assert client.post("smart_plus/adgroup/budget/update/", scheduled_budget=later)["code"] == 40118


def test_a_bid_moves_the_whole_campaign(client: Smart) -> None:
    """A bid changed on one ad group is changed on all of its campaign, unless the switch says otherwise."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    bid = {"bid_type": "BID_TYPE_CUSTOM", "bid_price": 1}
    first, _ = (client.new_adgroup(campaign, name, **bid)["data"]["adgroup_id"] for name in "ab")
    client.post("smart_plus/adgroup/update/", adgroup_id=first, bid_price=2)
    assert [row["bid_price"] for row in client.list_of("adgroup")] == [2, 2]
    client.switch(sp_bid_spreads="off")
    client.post("smart_plus/adgroup/update/", adgroup_id=first, bid_price=3)
    assert sorted(row["bid_price"] for row in client.list_of("adgroup")) == [2, 3]


def test_ad_groups_of_a_campaign_agree(client: Smart) -> None:
    """Under CBO goal and bid are everybody's, without it bid_type and budget_mode; or the others follow the new one."""
    for campaign, same, other in (
        ({**CBO}, {"targeting_spec": {"location_ids": ["1"]}}, {"bid_type": "BID_TYPE_CUSTOM", "bid_price": 1}),
        ({}, {"optimization_goal": "TRAFFIC_LANDING_PAGE_VIEW", **OCPM}, {**SPAN, "budget_mode": TOTAL}),
    ):
        client.switch(sp_agree="refuse")
        parent = client.new_campaign(**campaign)["data"]["campaign_id"]
        client.new_adgroup(parent, "a")
        assert client.new_adgroup(parent, "b", **same)["code"] == 0
        told = client.new_adgroup(parent, "c", **other)
        assert told["code"] == 40002
        assert "the campaign's other ad groups" in told["message"]
        client.switch(sp_agree="rewrite")
        assert client.new_adgroup(parent, "c", **other)["code"] == 0
        rows = client.list_of("adgroup", campaign_ids=[parent])
        assert len({(row["bid_type"], row["bid_price"], row["budget_mode"]) for row in rows}) == 1


def test_a_campaign_has_thirty_ad_groups(client: Smart) -> None:
    """The thirty-first is refused, and so is the second where a campaign has a single one."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    assert {client.new_adgroup(campaign, f"{number}")["code"] for number in range(30)} == {0}
    assert client.new_adgroup(campaign, "more")["code"] == 40002
    single = client.new_campaign("Single")["data"]["campaign_id"]
    client.operate("edit", {"id": single, "smart_plus_adgroup_mode": "SINGLE"})
    assert [client.new_adgroup(single, name)["code"] for name in "ab"] == [0, 40002]


def test_a_smart_call_leaves_manual_objects_alone(client: Smart) -> None:
    """Every Smart+ write to a manual campaign, and below it, is 40002."""
    campaign = client.campaign()["data"]["campaign_id"]
    group = client.adgroup(campaign)["data"]["adgroup_id"]
    assert client.post("smart_plus/campaign/update/", campaign_id=campaign, campaign_name="x")["code"] == 40002
    assert client.new_adgroup(campaign)["code"] == client.new_ad(group)["code"] == 40002
    told = client.turn("campaign", "DISABLE", campaign)
    assert (told["code"], told["data"]["campaign_list"]) == (0, [])
    assert client.rows("campaign")[0]["operation_status"] == "ENABLE"


def test_the_currency_of_the_account_holds(client: Smart) -> None:
    """Minima and whole numbers go by the currency of the account."""
    client.operate("account", {"advertiser_id": "7000000000000000001", "currency": "JPY"})
    assert client.new_campaign(**{**CBO, "budget": 4999})["code"] == 40002
    assert client.new_campaign(**{**CBO, "budget": 5000.5})["code"] == 40002
    assert client.new_campaign(**{**CBO, "budget": 5000})["code"] == 0


@pytest.mark.parametrize("number", ["1e400", "1e-99999999", "9" * 5000, "1e99999999999999999999999"])
def test_a_monstrous_number_does_no_harm(client: Smart, number: str) -> None:
    """A number that no float holds is refused or given back, never a crash."""
    campaign = client.new_campaign()["data"]["campaign_id"]
    told = {"advertiser_id": "7000000000000000001", **GROUP, "campaign_id": campaign, "request_id": "1"}
    for name in ("budget", "bid_price", "roas_bid", "min_budget"):
        body = json.dumps({**told, "adgroup_name": name, name: "X"}).replace('"X"', number)
        answer = client.send(
            "POST", "smart_plus/adgroup/create/", data=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 200
    listed = client.send("GET", "smart_plus/adgroup/get/", params={"advertiser_id": "7000000000000000001"})
    assert listed.text.startswith('{"code":0,')
