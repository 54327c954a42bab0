"""Updates and statuses in production: what may change, what is fixed, what is the end."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Produce, Production


@pytest.fixture
def client(produce: Produce) -> Production:
    """A simulator with every switch at its default."""
    return produce()


def test_a_campaign_update_changes_what_is_sent(client: Production) -> None:
    """campaign/update leaves what was not sent, and answers with the whole campaign."""
    campaign = client.campaign(special_industries=["CREDIT"])["data"]["campaign_id"]
    told = client.post("campaign/update/", campaign_id=campaign, budget=200.5)["data"]
    assert (told["budget"], told["campaign_name"], told["special_industries"]) == (
        Decimal("200.5"),
        "Spring",
        ["CREDIT"],
    )
    assert (
        client.post("campaign/update/", campaign_id=campaign, special_industries=[])["data"]["special_industries"] == []
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("objective_type", "REACH"), ("budget_mode", "BUDGET_MODE_TOTAL"), ("budget_optimize_on", True),
        ("app_promotion_type", "APP_INSTALL"), ("campaign_type", "REGULAR_CAMPAIGN"), ("app_id", "1"),
        ("campaign_product_source", "STORE"), ("catalog_enabled", True), ("operation_status", "DISABLE"),
        ("status", "DISABLE"), ("virtual_objective_type", "SALES"), ("rf_campaign_type", "STANDARD"),
    ],
)  # fmt: skip
def test_what_is_fixed_in_a_campaign_is_refused(production: Production, name: str, value: object) -> None:
    """Fields that cannot change after the create are 40002 in an update, the status among them."""
    told = production.post("campaign/update/", campaign_id="1000000000000000001", **{name: value})
    assert (told["code"], told["message"].split(":")[0]) == (40002, name)


@pytest.mark.parametrize(
    "name",
    [
        "campaign_id", "placement_type", "placements", "promotion_type", "app_id", "pixel_id", "optimization_event",
        "optimization_goal", "billing_event", "budget_mode", "click_attribution_window", "view_attribution_window",
        "attribution_event_count", "vbo_window", "video_download_disabled", "brand_safety_partner",
        "creative_material_mode", "identity_id", "identity_type", "catalog_id", "product_source", "shopping_ads_type",
        "store_id", "skip_learning_phase", "operation_status",
    ],
)  # fmt: skip
def test_what_is_fixed_in_an_ad_group_is_refused(production: Production, name: str) -> None:
    """Fields that cannot change after the create are 40002 in an update, the status among them."""
    told = production.post("adgroup/update/", adgroup_id="1000000000000000002", **{name: "1"})
    assert (told["code"], told["message"].split(":")[0]) == (40002, name)


@pytest.mark.parametrize(("switch", "gender"), [("merge", "GENDER_MALE"), ("replace", "GENDER_UNLIMITED")])
def test_an_ad_group_update_merges_or_replaces(produce: Produce, switch: str, gender: str) -> None:
    """What an update leaves out stays, or with adgroup_update=replace goes back to its default."""
    client = produce({"adgroup_update": switch})
    group = client.adgroup(client.campaign()["data"]["campaign_id"], gender="GENDER_MALE")["data"]["adgroup_id"]
    told = client.post("adgroup/update/", adgroup_id=group, adgroup_name="New")["data"]
    assert (told["adgroup_name"], told["gender"], told["budget"]) == ("New", gender, Decimal("20.0"))
    assert told["location_ids"] == ["6252001"]
    assert client.rows("adgroup") == [told]
    assert client.post("adgroup/update/", adgroup_id=group, gender="GENDER_FEMALE")["data"]["gender"] == "GENDER_FEMALE"


def test_an_ad_group_update_has_limits_of_its_own(client: Production) -> None:
    """No budget under CBO, no new start once begun, no way back from is_hfss, no empty locations."""
    campaign = client.campaign(budget_optimize_on=True)["data"]["campaign_id"]
    group = client.adgroup(campaign, bid_type="BID_TYPE_NO_BID", is_hfss=True)["data"]["adgroup_id"]
    for name, value in (
        ("budget", 30),
        ("bid_type", "BID_TYPE_NO_BID"),
        ("schedule_start_time", "2025-06-20 00:00:00"),
        ("is_hfss", False),
        ("location_ids", []),
    ):
        told = client.post("adgroup/update/", adgroup_id=group, **{name: value})
        assert (told["code"], told["message"].split(":")[0]) == (40002, name)
    assert client.post("adgroup/update/", adgroup_id=group, schedule_start_time="2025-06-15 12:00:00")["code"] == 0


def test_an_update_that_changes_nothing_may_be_refused(produce: Produce) -> None:
    """With no_update such an update is 40012; otherwise it is an update like any other."""
    client = produce({"no_update": "on"})
    campaign = client.campaign()["data"]["campaign_id"]
    assert client.post("campaign/update/", campaign_id=campaign, budget=100)["code"] == 40012
    assert client.post("campaign/update/", campaign_id=campaign, budget=101)["code"] == 0
    client.operate("switches", {"no_update": "off"})
    assert client.post("campaign/update/", campaign_id=campaign, budget=101)["code"] == 0


# --- statuses --------------------------------------------------------------------------------------------------------


def test_a_status_update_is_all_or_nothing_unless_told(client: Production) -> None:
    """One bad id spoils the call; with allow_partial_success the rest is done, code 20001, and listed apart."""
    _, group, _ = client.family()
    told = client.status("adgroup", "DISABLE", group, "1")
    assert (told["code"], client.rows("adgroup")[0]["operation_status"]) == (40007, "ENABLE")
    told = client.status("adgroup", "DISABLE", group, "1", allow_partial_success=True)
    assert (told["code"], told["data"]["adgroup_ids"], told["data"]["status"]) == (20001, [group], "DISABLE")
    (error,) = told["data"]["error_list"]
    assert (error["adgroup_id"], bool(error["error_message"])) == ("1", True)
    assert client.rows("adgroup")[0]["operation_status"] == "DISABLE"
    assert client.status("adgroup", "DISABLE", "1", allow_partial_success=True)["code"] == 40007


def test_a_campaign_status_update_answers_with_a_list(client: Production) -> None:
    """The answer holds ids, status and a campaign_list."""
    campaign = client.campaign()["data"]["campaign_id"]
    row = {"campaign_id": campaign, "status": "DISABLE", "postback_window_mode": None}
    assert client.status("campaign", "DISABLE", campaign)["data"] == {
        "campaign_ids": [campaign],
        "status": "DISABLE",
        "campaign_list": [row],
    }


def test_a_deletion_is_the_end(client: Production) -> None:
    """What is deleted, or under something deleted, takes no status, no update and no child any more."""
    campaign, group, ad = client.family()
    client.status("adgroup", "DELETE", group)
    for status in ("ENABLE", "DISABLE", "DELETE"):
        assert client.status("adgroup", status, group)["code"] == 40007
        assert client.status("ad", status, ad)["code"] == 40007
    assert client.post("adgroup/update/", adgroup_id=group, adgroup_name="x")["code"] == 40007
    assert client.ad(group)["code"] == 40007
    client.status("campaign", "DELETE", campaign)
    assert client.adgroup(campaign)["code"] == 40007


def test_reservations_and_dedicated_campaigns_have_rules(client: Production) -> None:
    """Ad groups of Reach & Frequency can only be deleted, those of a Dedicated Campaign not by themselves."""
    ids = client.operate(
        "load",
        {
            "advertiser_id": "7000000000000000001",
            "campaigns": [
                {"campaign_name": "a", "objective_type": "RF_REACH"},
                {"campaign_name": "b", "is_advanced_dedicated_campaign": True},
            ],
            "adgroups": [
                {"adgroup_name": "c", "parent": 0},
                {"adgroup_name": "d", "parent": 1, "ios14_targeting": "IOS14_PLUS"},
            ],
        },
    )
    reserved, dedicated = ids["adgroups"]
    assert client.status("adgroup", "DISABLE", reserved)["code"] == 40002
    assert client.status("adgroup", "DELETE", reserved)["code"] == 0
    assert client.status("adgroup", "DELETE", dedicated)["code"] == 40002
    assert client.status("adgroup", "DISABLE", dedicated)["code"] == 0
    assert client.post("adgroup/update/", adgroup_id=dedicated, ios14_targeting="UNSET")["code"] == 40002
    assert len(client.rows("adgroup", secondary_status="ADGROUP_STATUS_ALL")) == 2
    assert len(client.rows("adgroup", secondary_status="ADGROUP_STATUS_NOT_DELETE")) == 1
