"""What the calls of the OpenAPI contract do to objects, and what lists and reports show of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Client, Start

ACCOUNT = "7000000000000000001"
OWNER = {"advertiser_id": ACCOUNT}
# What `Client.fill` loads.
CAMPAIGN, ADGROUP, AD = "1000000000000000001", "1000000000000000002", "1000000000000000003"
REPORT = {
    **OWNER,
    "report_type": "BASIC",
    "data_level": "AUCTION_CAMPAIGN",
    "dimensions": "campaign_id,stat_time_day",
    "metrics": "impressions,clicks,spend",
    "start_date": "2025-06-01",
    "end_date": "2025-06-03",
}


def test_the_reads_of_a_campaign(start: Start) -> None:
    """A campaign is born ENABLE, has a digits id of 16 or more, and times of the clock in UTC."""
    client = start()
    made = client.campaign("Été 夏", budget=20)["data"]
    (row,) = client.get("campaign/get/")["data"]["list"]
    assert row == {
        "campaign_id": made["campaign_id"],
        "campaign_name": "Été 夏",
        "advertiser_id": ACCOUNT,
        "status": "ENABLE",
        "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": 20,
        "create_time": "2025-06-15 15:06:40",
        "modify_time": "2025-06-15 15:06:40",
    }
    assert made["campaign_id"].isdigit()
    assert len(made["campaign_id"]) >= 16


def test_ids_increase(start: Start) -> None:
    """Every id is larger than those before it."""
    client = start()
    ids = [int(client.campaign()["data"]["campaign_id"]) for _ in range(5)]
    assert ids == sorted(set(ids))


def test_the_reads_of_an_ad_group_and_an_ad(start: Start) -> None:
    """Ad groups have a create_time only, ads no times, and the landing page never comes back."""
    client = start()
    campaign, adgroup, ad = client.family()
    assert client.get("adgroup/get/")["data"]["list"] == [
        {
            "adgroup_id": adgroup,
            "adgroup_name": "Adults",
            "campaign_id": campaign,
            "advertiser_id": ACCOUNT,
            "status": "ENABLE",
            "placement_type": "PLACEMENT_TYPE_NORMAL",
            "create_time": "2025-06-15 15:06:40",
        }
    ]
    assert client.get("ad/get/")["data"]["list"] == [
        {"ad_id": ad, "ad_name": "Hook", "adgroup_id": adgroup, "status": "ENABLE", "ad_format": "SINGLE_VIDEO"}
    ]
    assert client.operate("state")["ads"][0]["landing_page_url"] == "x:y"


def test_creates_of_ad_groups_and_ads_answer_no_id(start: Start) -> None:
    """adgroup/create and ad/create answer with empty data."""
    client = start()
    client.fill()
    placement = "PLACEMENT_TYPE_NORMAL"
    told = client.post("adgroup/create/", campaign_id=CAMPAIGN, adgroup_name="x", placement_type=placement)
    assert told["data"] == {}
    assert client.post("ad/create/", adgroup_id=ADGROUP, ad_name="x", ad_format="y")["data"] == {}


@pytest.mark.parametrize("text", ["0.1", "10.00", "1e2", "123456789012345678901234567890.01", "0", "5E-3"])
def test_a_number_keeps_its_digits(start: Start, text: str) -> None:
    """A budget comes back with the very digits it was sent with, after a create and after an update."""
    client = start()
    headers = {"Content-Type": "application/json"}
    body = (
        f'{{"advertiser_id": "{ACCOUNT}", "campaign_name": "a", "objective_type": "REACH", '
        f'"budget_mode": "BUDGET_MODE_DAY", "budget": {text}}}'
    )
    made = client.send("POST", "campaign/create/", data=body, headers=headers).json()["data"]["campaign_id"]
    assert f'"budget":{text},' in client.send("GET", f"campaign/get/?advertiser_id={ACCOUNT}").text
    client.post("campaign/update/", campaign_id=made, budget=7)
    body = f'{{"advertiser_id": "{ACCOUNT}", "campaign_id": "{made}", "budget": {text}}}'
    client.send("POST", "campaign/update/", data=body, headers=headers)
    assert f'"budget":{text},' in client.send("GET", f"campaign/get/?advertiser_id={ACCOUNT}").text


def test_an_update_changes_what_is_sent_and_nothing_else(start: Start) -> None:
    """campaign/update leaves absent fields alone and moves modify_time."""
    client = start()
    made = client.campaign("Spring", budget=20)["data"]["campaign_id"]
    (before,) = client.get("campaign/get/")["data"]["list"]
    client.operate("clock", {"advance": 60})
    assert client.post("campaign/update/", campaign_id=made, status="DISABLE")["data"] == {}
    (after,) = client.get("campaign/get/")["data"]["list"]
    assert after == {**before, "status": "DISABLE", "modify_time": "2025-06-15 15:07:40"}


def test_deletion_is_terminal_and_takes_the_children_along(start: Start) -> None:
    """A deleted campaign and its children leave the lists, and nothing can be done with them any more."""
    client = start()
    campaign, adgroup, _ = client.family()
    client.post("campaign/update/", campaign_id=campaign, status="DELETE")
    for path in ("campaign/get/", "adgroup/get/", "ad/get/"):
        assert client.names(path) == []
    assert client.names("campaign/get/", campaign_ids=campaign) == []
    assert client.post("campaign/update/", campaign_id=campaign, status="ENABLE")["code"] == 40007
    told = client.post(
        "adgroup/create/", campaign_id=campaign, adgroup_name="x", placement_type="PLACEMENT_TYPE_NORMAL"
    )
    assert (told["code"], told["message"].partition(":")[0]) == (40007, "campaign_id")
    assert client.post("ad/create/", adgroup_id=adgroup, ad_name="x", ad_format="y")["code"] == 40007
    assert client.operate("state")["campaigns"][0]["status"] == "DELETE"


def test_a_parent_of_another_account_is_absent(start: Start) -> None:
    """An id of another account is as good as none."""
    client = start()
    campaign, _, _ = client.family()
    told = client.call("POST", "campaign/update/", {"advertiser_id": "2", "campaign_id": campaign, "status": "DISABLE"})
    assert told["code"] == 40007
    assert client.call("GET", "campaign/get/", {"advertiser_id": "2", "campaign_ids": campaign})["data"]["list"] == []


def test_lists_heed_their_filters(start: Start) -> None:
    """campaign_ids, campaign_id and adgroup_id narrow a list to their objects."""
    client = start()
    first, second = client.family(), client.family()
    assert [
        row["campaign_id"] for row in client.get("campaign/get/", campaign_ids=f"{second[0]},9")["data"]["list"]
    ] == [second[0]]
    assert [row["adgroup_id"] for row in client.get("adgroup/get/", campaign_id=first[0])["data"]["list"]] == [first[1]]
    assert [row["ad_id"] for row in client.get("ad/get/", adgroup_id=second[1])["data"]["list"]] == [second[2]]
    assert client.get("ad/get/", adgroup_id="5")["data"]["page_info"]["total_number"] == 0


def test_pages_hold_every_row_once(start: Start) -> None:
    """The pages of a list together hold each object once, ten a page unless told."""
    client = start()
    rows = [{"campaign_name": f"c{number}"} for number in range(25)]
    ids = client.operate("load", {**OWNER, "campaigns": rows})["campaigns"]
    pages = [client.get("campaign/get/", page=page)["data"] for page in (1, 2, 3)]
    assert [row["campaign_id"] for page in pages for row in page["list"]] == ids
    assert pages[2]["page_info"] == {"page": 3, "page_size": 10, "total_number": 25, "total_page": 3}


def test_a_report_is_the_same_twice(shared: Client) -> None:
    """The figures of an object and a day never change, and a page is a part of the whole."""
    whole = shared.call("GET", "report/integrated/get/", REPORT)["data"]
    again = shared.call("GET", "report/integrated/get/", {**REPORT, "page_size": "2", "page": "2"})["data"]
    assert whole["page_info"]["total_number"] >= 3
    assert again["list"] == whole["list"][2:4]
    assert whole["list"][0]["dimensions"] == {"campaign_id": CAMPAIGN, "stat_time_day": "2025-06-01 00:00:00"}
    assert list(whole["list"][0]["metrics"]) == ["impressions", "clicks", "spend"]


def test_a_report_without_days_is_their_sum(start: Start) -> None:
    """Without stat_time_day a row holds the whole span, and rates are those of the sums."""
    client = start()
    client.fill()
    params = {
        **REPORT,
        "metrics": "impressions,clicks,spend,ctr,cpc",
        "data_level": "AUCTION_AD",
    }
    days = client.call("GET", "report/integrated/get/", {**params, "dimensions": "ad_id,stat_time_day"})["data"]["list"]
    (total,) = client.call("GET", "report/integrated/get/", {**params, "dimensions": "ad_id,campaign_id"})["data"][
        "list"
    ]
    assert total["dimensions"] == {"ad_id": AD, "campaign_id": CAMPAIGN}
    for name in ("impressions", "clicks", "spend"):
        assert total["metrics"][name] == sum(day["metrics"][name] for day in days)
    clicks, shown = Decimal(total["metrics"]["clicks"]), total["metrics"]["impressions"]
    assert total["metrics"]["ctr"] == (clicks * 100 / shown).quantize(Decimal("0.01"))
    (account,) = client.call("GET", "report/integrated/get/", {**params, "dimensions": "advertiser_id"})["data"]["list"]
    assert account["dimensions"] == {"advertiser_id": ACCOUNT}


def test_loaded_figures_replace_the_drawn_ones(start: Start) -> None:
    """A report shows what the operator loaded for an object's day."""
    client = start()
    client.fill()
    metrics = {"impressions": 200, "clicks": 3, "spend": 1.25}
    client.operate("load", {**OWNER, "figures": [{"id": CAMPAIGN, "date": "2025-06-02", "metrics": metrics}]})
    rows = client.call("GET", "report/integrated/get/", REPORT)["data"]["list"]
    assert rows[1]["metrics"] == {"impressions": 200, "clicks": 3, "spend": Decimal("1.25")}


def test_audiences_are_paged_without_page_info(shared: Client) -> None:
    """Every account has the same few audiences each time, and their list has no page_info."""
    data = shared.get("dmp/custom_audience/list/", page_size=2, page=3)["data"]
    assert list(data) == ["list"]
    assert list(data["list"][0]) == ["audience_id", "name", "audience_type", "size"]
    assert shared.get("dmp/custom_audience/list/")["data"]["list"][4:] == data["list"]
