"""The account in production: advertisers, audiences, reports; and rates, faults, lag and persistence there."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Produce, Production

ACCOUNT = "7000000000000000001"


def report(client: Production, **more: Any) -> dict[str, Any]:
    """A report of ads by day."""
    told = {
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": '["ad_id", "stat_time_day"]',
        "metrics": '["spend", "clicks", "impressions", "cost_per_conversion"]',
        "start_date": "2025-06-15",
        "end_date": "2025-07-14",
        "page_size": 1000,
        **more,
    }
    return client.get("report/integrated/get/", **told)


def test_an_advertiser_is_what_switches_and_operator_say(produce: Produce) -> None:
    """currency and timezone come from switches, or from the operator for one account."""
    client = produce()
    assert client.call("GET", "oauth2/advertiser/get/", {"app_id": "1", "secret": "s"})["data"]["list"] == [
        {"advertiser_id": ACCOUNT, "advertiser_name": "Advertiser 0001"}
    ]
    client.operate("account", {"advertiser_id": "8", "currency": "JPY", "timezone": "Asia/Tokyo", "name": "Shop"})
    ids = json.dumps([ACCOUNT, "8"])
    first, second = client.call("GET", "advertiser/info/", {"advertiser_ids": ids})["data"]["list"]
    assert (first["currency"], first["timezone"], first["status"]) == ("USD", "America/New_York", "STATUS_ENABLE")
    assert (second["currency"], second["timezone"], second["name"]) == ("JPY", "Asia/Tokyo", "Shop")
    asked = {"advertiser_ids": ids, "fields": '["currency"]'}
    assert client.call("GET", "advertiser/info/", asked)["data"]["list"][0] == {"currency": "USD"}
    for wrong in ({"advertiser_id": "x"}, {"advertiser_id": "8", "joy": "1"}, {"advertiser_id": "8", "name": 1}):
        assert "error" in client.operate("account", wrong)


def test_the_secret_of_an_app_is_not_logged(produce: Produce) -> None:
    """The arrival log hides the secret of oauth2/advertiser/get."""
    client = produce()
    client.call("GET", "oauth2/advertiser/get/", {"app_id": "1", "secret": "very-secret"})
    assert client.operate("log")["arrivals"][0]["query"] == {"app_id": "1", "secret": "***"}


def test_a_foreign_advertiser_is_a_matter_of_permission(produce: Produce) -> None:
    """40001 for an account of somebody else, in every call; 40105 and 40104 for tokens."""
    client = produce({"advertisers": ACCOUNT, "tokens": "simulator"})
    assert client.get("campaign/get/", advertiser_id="8")["code"] == 40001
    told = client.call("GET", "advertiser/info/", {"advertiser_ids": '["8"]'})
    assert (told["code"], "doesn't exist or has been deleted" in told["message"]) == (40001, True)
    client.session.headers["Access-Token"] = "wrong"
    assert client.get("campaign/get/")["code"] == 40105
    del client.session.headers["Access-Token"]
    assert client.get("campaign/get/")["code"] == 40104


def test_identities_are_made_and_found(produce: Produce) -> None:
    """A new identity is in the list, by type and keyword."""
    client = produce()
    identity = client.post("identity/create/", display_name="Flower shop")["data"]["identity_id"]
    told = client.get("identity/get/", identity_type="CUSTOMIZED_USER", filtering='{"keyword": "flow"}')["data"]
    assert [row["identity_id"] for row in told["identity_list"]] == [identity]
    assert told["page_info"]["page_size"] == 20
    assert client.get("identity/get/", identity_type="TT_USER")["data"]["identity_list"] == []


def test_audiences_have_cover_num_and_pages(produce: Produce) -> None:
    """Audiences tell cover_num, not size; every fifth is not valid; they can be asked for by id."""
    client = produce({"audiences": "12"})
    data = client.get("dmp/custom_audience/list/", page=2, page_size=5)["data"]
    assert data["page_info"] == {"page": 2, "page_size": 5, "total_number": 12, "total_page": 3}
    assert [row["is_valid"] for row in data["list"]] == [True, True, True, True, False]
    assert all("size" not in row and row["cover_num"] >= 0 for row in data["list"])
    wanted = json.dumps([data["list"][0]["audience_id"]])
    assert client.get("dmp/custom_audience/list/", custom_audience_ids=wanted)["data"]["list"] == data["list"][:1]


# --- reports ---------------------------------------------------------------------------------------------------------


def test_metrics_are_texts_and_nothing_is_a_dash(produce: Produce) -> None:
    """Every metric is a string; a quotient without a divisor is "-"; totals come on demand."""
    client = produce()
    campaign = client.campaign()["data"]["campaign_id"]
    figure = {"id": campaign, "date": "2025-06-15", "metrics": {"spend": 12.5, "impressions": 1000}}
    client.operate("load", {"advertiser_id": ACCOUNT, "figures": [figure]})
    told = {
        "data_level": "AUCTION_CAMPAIGN",
        "dimensions": '["campaign_id"]',
        "metrics": '["campaign_name", "spend", "impressions", "cpm", "cpc", "cost_per_conversion"]',
        "end_date": "2025-06-15",
        "enable_total_metrics": "true",
    }
    data = report(client, **told)["data"]
    (row,) = data["list"]
    numbers = {"spend": "12.50", "impressions": "1000", "cpm": "12.50", "cpc": "-", "cost_per_conversion": "-"}
    assert row == {"dimensions": {"campaign_id": campaign}, "metrics": {"campaign_name": "Spring", **numbers}}
    assert data["total_metrics"] == numbers
    assert data["page_info"]["page_size"] == 1000
    assert report(client, **{**told, "page_size": None})["data"]["page_info"]["page_size"] == 10


@pytest.mark.parametrize(
    ("dimensions", "end", "good"),
    [
        ('["ad_id", "stat_time_day"]', "2025-07-14", True), ('["ad_id", "stat_time_day"]', "2025-07-15", False),
        ('["ad_id", "stat_time_hour"]', "2025-06-15", True), ('["ad_id", "stat_time_hour"]', "2025-06-16", False),
        ('["ad_id"]', "2026-06-14", True), ('["ad_id"]', "2026-06-15", False),
    ],
)  # fmt: skip
def test_a_report_has_a_longest_span(production: Production, dimensions: str, end: str, good: bool) -> None:
    """30 days by day, one day by hour, else 365."""
    assert report(production, dimensions=dimensions, end_date=end)["code"] == (0 if good else 40002)


@pytest.mark.parametrize(("share", "tired"), [("1", True), ("0", False)])
def test_creatives_tire_over_the_days(produce: Produce, share: str, tired: bool) -> None:
    """An ad that tires has a smaller share of clicks in its fourth week than in its first; others have not."""
    client = produce({"tiring": share})
    client.family()
    days = [row["metrics"] for row in report(client)["data"]["list"]]
    first, last = (
        sum(Decimal(day["clicks"]) for day in part) / sum(Decimal(day["impressions"]) for day in part)
        for part in (days[:7], days[21:28])
    )
    assert (last < first / 2) == tired


def test_a_report_is_filtered_and_sorted(produce: Produce) -> None:
    """Filters hold JSON in a string; order_field sorts all rows, not a page's."""
    client = produce()
    ids = [client.campaign(name)["data"]["campaign_id"] for name in "abc"]
    told: dict[str, Any] = {"data_level": "AUCTION_CAMPAIGN", "dimensions": '["campaign_id"]', "end_date": "2025-06-16"}
    one = {"field_name": "campaign_ids", "filter_type": "IN", "filter_value": json.dumps(ids[:2])}
    rows = report(client, **told, filtering=json.dumps([one]))["data"]["list"]
    assert [row["dimensions"]["campaign_id"] for row in rows] == ids[:2]
    told |= {"order_field": "spend", "order_type": "ASC", "page_size": 2}
    spends = [
        Decimal(row["metrics"]["spend"]) for page in (1, 2) for row in report(client, **told, page=page)["data"]["list"]
    ]
    assert spends == sorted(spends)
    other = {"field_name": "ad_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}
    assert report(client, **told, filtering=json.dumps([other]))["data"]["page_info"]["total_number"] == 3
    for wrong in ({**one, "filter_value": "x"}, {**one, "filter_value": "[1]"}, {"field_name": "ad_ids"}):
        assert report(client, **told, filtering=json.dumps([wrong]))["code"] == 40002


def test_a_report_knows_hours_and_whole_lives(produce: Produce) -> None:
    """A day has 24 hours; query_lifetime needs no dates; without it they are needed."""
    client = produce()
    client.campaign()
    told = {"data_level": "AUCTION_CAMPAIGN", "dimensions": '["campaign_id", "stat_time_hour"]'}
    rows = report(client, **told, end_date="2025-06-15")["data"]["list"]
    assert [row["dimensions"]["stat_time_hour"] for row in rows][-1] == "2025-06-15 23:00:00"
    life = {"dimensions": '["campaign_id"]', "data_level": "AUCTION_CAMPAIGN", "start_date": None, "end_date": None}
    assert len(report(client, **life, query_lifetime="true")["data"]["list"]) == 1
    assert report(client, **life)["message"] == "start_date: Missing data for required field."


def test_days_are_those_of_the_account_where_it_is_tomorrow(produce: Produce) -> None:
    """In Tokyo a whole life has today's figures, and an ad has lost nothing on its first day."""
    client = produce({"timezone": "Asia/Tokyo", "tiring": "0"})
    ad = client.family()[-1]
    first = {"start_date": "2025-06-16", "end_date": "2025-06-16"}
    fresh = report(client, **first)["data"]["list"]
    client.operate("switches", {"tiring": "1"})
    assert report(client, **first)["data"]["list"] == fresh
    life = {"dimensions": '["ad_id"]', "start_date": None, "end_date": None, "query_lifetime": "true"}
    before = report(client, **life)["data"]["list"][0]["metrics"]["impressions"]
    figure = {"id": ad, "date": "2025-06-16", "metrics": {"impressions": 10**9}}
    client.operate("load", {"advertiser_id": ACCOUNT, "figures": [figure]})
    after = report(client, **life)["data"]["list"][0]["metrics"]["impressions"]
    assert int(after) > 10**9 > int(before)


# --- what every contract has -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tier", "calls"), [("basic", 10), ("advanced", 20), ("premium", 30), ("ultimate", 50)])
def test_a_tier_sets_the_rates_of_the_app(produce: Produce, tier: str, calls: int) -> None:
    """So many calls a second pass, whatever their token; ad/create has a class of its own."""
    client = produce({"rate": "on", "tier": tier})
    for number in range(calls):
        client.session.headers["Access-Token"] = f"token-{number}"
        assert client.get("campaign/get/")["code"] == 0
    assert client.get("campaign/get/")["code"] == 40100
    assert client.post("ad/create/")["code"] == 40002
    client.wait(1)
    assert client.get("campaign/get/")["code"] == 0


def test_a_tier_leaves_what_is_set_beside_it(produce: Produce) -> None:
    """A rate given together with a tier wins."""
    settings = produce({"tier": "premium", "rate_per_second": "3"}).simulator.world.settings
    assert (settings.rate_limit("default"), settings.rate_limit("ad_create")) == ((3, 1800), (10, 300))


def test_past_a_minute_the_app_may_have_to_pause(produce: Produce) -> None:
    """With minute_pause a call past the minute's limit keeps the app out for five minutes; by default it does not."""
    client = produce({"rate": "on", "rate_per_minute": "3"})
    for expected in (0, 0, 0, 40100):
        assert client.get("campaign/get/")["code"] == expected
        client.wait(1)
    client.wait(60)
    client.operate("switches", {"minute_pause": "on"})
    for expected in (0, 0, 0, 40100):
        assert client.get("campaign/get/")["code"] == expected
    client.wait(299)
    assert client.get("campaign/get/")["code"] == 40100
    client.wait(1)
    assert client.get("campaign/get/")["code"] == 0


def test_new_objects_may_lag_in_lists(produce: Produce) -> None:
    """With list_lag a new campaign, ad group, ad or video is in no list at first, by whatever filter."""
    client = produce({"list_lag": "20"})
    campaign, group, ad = client.family()
    found = {"campaign": {"campaign_ids": [campaign]}, "adgroup": {"campaign_ids": [campaign]}, "ad": {"ad_ids": [ad]}}
    for word, asked in found.items():
        assert client.rows(word) == client.rows(word, **asked) == []
    assert client.get("file/video/ad/search/")["data"]["list"] == []
    client.wait(20)
    assert all(len(client.rows(word)) == len(client.rows(word, **asked)) == 1 for word, asked in found.items())
    assert client.rows("adgroup", adgroup_ids=[group])[0]["secondary_status"] == "ADGROUP_STATUS_DELIVERY_OK"


def test_a_lost_create_commits_late(produce: Produce) -> None:
    """A lost reply of a create is carried out after late_commit; a duplicate with a request_id is 40050."""
    faults = [
        {"path": "campaign/create/", "nth": 1, "lose_reply": True},
        {"path": "campaign/create/", "nth": 2, "duplicate": True},
        {"path": "adgroup/status/update/", "edit": {"data.error_list": []}},
    ]
    client = produce({"late_commit": "30"}, faults=faults)
    with pytest.raises(OSError, match=r"Remote end closed|Connection"):
        client.campaign("Late")
    assert client.rows("campaign") == []
    client.wait(30)
    (row,) = client.rows("campaign")
    assert client.campaign("Twice", request_id="1")["code"] == 40050
    group = client.adgroup(row["campaign_id"])["data"]["adgroup_id"]
    told = client.status("adgroup", "DISABLE", group, "1", allow_partial_success=True)
    assert (told["code"], told["data"]["error_list"]) == (20001, [])


def test_everything_outlives_the_server(produce: Produce, tmp_path: Path) -> None:
    """A restarted server has the same objects, videos, covers, names and account facts."""
    data = tmp_path / "world.db"
    client = produce(data=data)
    _, group, ad = client.family()
    client.clip(file_name="kept")
    client.operate("account", {"advertiser_id": ACCOUNT, "currency": "EUR"})
    client.post("adgroup/update/", adgroup_id=group, budget=33.5)
    before = client.operate("state")
    client.simulator.stop()
    again = produce(data=data)
    assert again.operate("state") == before
    (row,) = again.rows("ad")
    assert row["ad_id"] == ad
    patch = {"ad_id": ad, "image_ids": [again.cover(row["video_id"])]}
    assert again.post("ad/update/", adgroup_id=group, patch_update=True, creatives=[patch])["code"] == 0
    told = {"upload_type": "UPLOAD_BY_URL", "video_url": "https://example.com/b.mp4", "file_name": "kept"}
    assert again.post("file/video/ad/upload/", **told)["code"] == 40911
    asked = {"advertiser_ids": json.dumps([ACCOUNT])}
    assert again.call("GET", "advertiser/info/", asked)["data"]["list"][0]["currency"] == "EUR"


def test_errors_may_come_with_an_http_status_but_partial_success_does_not(produce: Produce) -> None:
    """With errors_as=http 20001 is still HTTP 200."""
    client = produce({"errors_as": "http"})
    _, group, _ = client.family()
    told = {"advertiser_id": ACCOUNT, "adgroup_ids": [group, "1"], "operation_status": "DISABLE"}
    path = "adgroup/status/update/"
    assert client.send("POST", path, json=told).status_code == 400
    assert client.send("POST", path, json={**told, "allow_partial_success": True}).status_code == 200


def test_a_load_of_production_takes_its_fields(produce: Produce) -> None:
    """Loaded rows may hold any field of production, and one that nobody knows is refused."""
    client = produce()
    group = {"adgroup_name": "g", "parent": 0, "placement_type": "PLACEMENT_TYPE_AUTOMATIC", "budget": 20}
    told = {"advertiser_id": ACCOUNT, "campaigns": [{"campaign_name": "c", "po_number": "7"}], "adgroups": [group]}
    ids = client.operate(
        "load", {**told, "library_videos": [{"file_name": "v"}], "ads": [{"ad_name": "a", "parent": 0}]}
    )
    assert set(ids) == {"campaigns", "adgroups", "ads", "library_videos"}
    assert client.rows("campaign")[0]["po_number"] == "7"
    assert len(client.rows("adgroup")[0]["placements"]) == 3
    for wrong in ({"campaigns": [{"campaign_name": "c", "placements": []}]}, {"images": [{"file_name": 1}]}):
        assert "error" in client.operate("load", {"advertiser_id": ACCOUNT, **wrong})
