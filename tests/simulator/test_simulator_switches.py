"""Every switch, the rate limits, the clock and the operator's side."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from reconciler.simulator import Simulator, SimulatorUsage, describe_switches

if TYPE_CHECKING:
    from tests.simulator.conftest import Client, Start

ACCOUNT = "7000000000000000001"


def codes(client: Client, count: int) -> list[int]:
    """The codes of so many list calls in a row."""
    return [client.get("campaign/get/")["code"] for _ in range(count)]


def test_every_switch_has_a_default_that_it_allows(start: Start) -> None:
    """Each described switch can be set to its own default."""
    switches = {one.name: one.default for one in describe_switches()}
    assert all(one.meaning and one.allowed for one in describe_switches())
    assert start(switches).operate("switches")["switches"][0]["name"] == "tokens"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("rte", "on", "no switch is called 'rte'; there are absent_fields, "),
        ("rate", "yes", "switch rate takes on|off, not 'yes'"),
        ("ids_as", "int", "switch ids_as takes string|number, not 'int'"),
        ("list_lag", "-1", "switch list_lag takes seconds, 0 or more, not '-1'"),
        ("list_lag", "nan", "switch list_lag takes seconds"),
        ("max_page_size", "0", "switch max_page_size takes a whole number from 1"),
        ("latency_ms", "9-1", "switch latency_ms takes MS or MIN-MAX"),
        ("tokens", "a,,b", "switch tokens takes * (any) or NAME,NAME"),
    ],
)
def test_a_bad_switch_names_what_is_allowed(name: str, value: str, expected: str) -> None:
    """A switch that does not exist, or a value it does not take, says what it may be."""
    with pytest.raises(SimulatorUsage, match=f"^{re.escape(expected)}"):
        Simulator(switches={name: value})


def test_switches_change_at_run_time(start: Start) -> None:
    """The operator sets switches of a running server; a bad one changes nothing."""
    client = start()
    assert client.operate("switches", {"ids_as": "number"}) == {"ids_as": "number"}
    assert isinstance(client.campaign()["data"]["campaign_id"], int)
    assert "error" in client.operate("switches", {"ids_as": "string", "rate": 5})
    assert isinstance(client.campaign()["data"]["campaign_id"], int)


def test_rate_limits_count_a_sliding_second(start: Start) -> None:
    """Of twelve calls in a second two are refused with HTTP 200; refused calls do not count."""
    client = start({"rate": "on"})
    assert codes(client, 12) == [0] * 10 + [40100] * 2
    client.operate("clock", {"advance": 0.9})
    assert codes(client, 1) == [40100]
    client.operate("clock", {"advance": 0.1})
    assert codes(client, 11) == [0] * 10 + [40100]


def test_rate_limits_count_a_minute(start: Start) -> None:
    """The calls of a minute are limited, too, and a minute later there is room again."""
    client = start({"rate": "on", "rate_per_minute": "3"})
    assert codes(client, 4) == [0, 0, 0, 40100]
    client.operate("clock", {"advance": 59})
    assert codes(client, 1) == [40100]
    client.operate("clock", {"advance": 1})
    assert codes(client, 4) == [0, 0, 0, 40100]


def test_fixed_windows_follow_the_clock_face(start: Start) -> None:
    """With fixed windows a new second has room at once."""
    client = start({"rate": "on", "rate_window": "fixed", "rate_per_second": "2"}, start=1_750_000_000.9)
    assert codes(client, 3) == [0, 0, 40100]
    client.operate("clock", {"advance": 0.2})
    assert codes(client, 3) == [0, 0, 40100]


def test_ad_creation_has_a_limit_of_its_own(start: Start) -> None:
    """ad/create allows five calls a second and leaves the others their ten."""
    client = start({"rate": "on"})
    told = [client.post("ad/create/")["code"] for _ in range(6)]
    assert told == [40002] * 5 + [40100]
    assert codes(client, 10) == [0] * 10


def test_tokens_have_limits_apart(start: Start) -> None:
    """What one token has used is no concern of another."""
    client = start({"rate": "on", "rate_per_second": "1"})
    assert codes(client, 2) == [0, 40100]
    client.session.headers["Access-Token"] = "another"
    assert codes(client, 1) == [0]


def test_a_fast_clock_has_room_sooner(start: Start) -> None:
    """Limits are measured on the simulated clock: a thousandfold speed leaves a thousandfold room."""
    client = start({"rate": "on", "rate_per_second": "1", "rate_per_minute": "1000"}, speed=1_000_000)
    assert codes(client, 5) == [0] * 5


def test_a_lagging_list_shows_objects_later(start: Start) -> None:
    """With list_lag a new object is missing from lists, by filter too, until the time is over."""
    client = start({"list_lag": "30"})
    campaign = client.campaign()["data"]["campaign_id"]
    for _ in range(2):
        assert client.get("campaign/get/")["data"]["page_info"]["total_number"] == 0
        assert client.names("campaign/get/", campaign_ids=campaign) == []
        client.operate("clock", {"advance": 15})
    assert client.names() == ["Spring"]
    assert client.names("campaign/get/", campaign_ids=campaign) == ["Spring"]
    assert client.post("campaign/update/", campaign_id=campaign, status="DISABLE")["code"] == 0


def test_a_lag_does_not_hinder_children(start: Start) -> None:
    """An object that lists do not show yet can already have children."""
    client = start({"list_lag": "30"})
    campaign = client.campaign()["data"]["campaign_id"]
    told = client.post(
        "adgroup/create/", campaign_id=campaign, adgroup_name="x", placement_type="PLACEMENT_TYPE_NORMAL"
    )
    assert told["code"] == 0


def test_unique_names_are_enforced_per_parent(start: Start) -> None:
    """With unique_names a second object of the same name is refused until the first is deleted or renamed."""
    client = start({"unique_names": "on"})
    first = client.campaign()["data"]["campaign_id"]
    told = client.campaign()
    assert (told["code"], told["message"]) == (40002, "campaign_name: the name already exists")
    client.post("campaign/update/", campaign_id=first, campaign_name="Autumn")
    second = client.campaign()["data"]["campaign_id"]
    assert client.post("campaign/update/", campaign_id=first, campaign_name="Spring")["code"] == 40002
    assert client.post("campaign/update/", campaign_id=second, campaign_name="Spring")["code"] == 0
    client.post("campaign/update/", campaign_id=second, status="DELETE")
    assert client.campaign()["code"] == 0
    for parent in (first, first):
        told = client.post(
            "adgroup/create/", campaign_id=parent, adgroup_name="x", placement_type="PLACEMENT_TYPE_NORMAL"
        )
    assert told["message"] == "adgroup_name: the name already exists"


def test_duplicate_names_are_allowed_by_default(start: Start) -> None:
    """Two campaigns may have one name."""
    client = start()
    assert [client.campaign()["code"] for _ in range(2)] == [0, 0]


def test_a_longer_page_than_allowed_is_cut(start: Start) -> None:
    """With max_page_size page_info tells the size that was really used."""
    client = start({"max_page_size": "2"})
    for _ in range(3):
        client.family()
    for path in ("campaign/get/", "adgroup/get/", "ad/get/"):
        data = client.get(path, page_size=50, page=2)["data"]
        assert len(data["list"]) == 1
        assert data["page_info"] == {"page": 2, "page_size": 2, "total_number": 3, "total_page": 2}


def test_ids_and_numbers_can_change_their_type(start: Start) -> None:
    """ids_as=number and numbers_as=string change every id, budget and metric of the answers."""
    client = start({"ids_as": "number", "numbers_as": "string"})
    made = client.campaign(budget=20.50)["data"]["campaign_id"]
    assert isinstance(made, int)
    (row,) = client.get("campaign/get/", campaign_ids=made)["data"]["list"]
    assert (row["campaign_id"], row["advertiser_id"], row["budget"]) == (made, int(ACCOUNT), "20.5")
    (row,) = client.get(
        "report/integrated/get/",
        report_type="BASIC",
        data_level="AUCTION_CAMPAIGN",
        dimensions="campaign_id",
        metrics="spend",
        start_date="2025-06-01",
        end_date="2025-06-01",
    )["data"]["list"]
    assert row["dimensions"] == {"campaign_id": made}
    assert re.fullmatch(r"\d+\.\d\d", row["metrics"]["spend"])


def test_absent_fields_can_be_null(start: Start) -> None:
    """An optional field that was never sent is left out, or null with the switch."""
    client = start()
    client.campaign()
    assert "budget" not in client.get("campaign/get/")["data"]["list"][0]
    client.operate("switches", {"absent_fields": "null"})
    assert client.get("campaign/get/")["data"]["list"][0]["budget"] is None


def test_an_ignored_filter_widens_the_list(start: Start) -> None:
    """With filter=ignored a list shows the whole account whatever it was asked for."""
    client = start({"filter": "ignored"})
    client.family()
    assert client.names("campaign/get/", campaign_ids="1") == ["Spring"]
    assert client.names("adgroup/get/", campaign_id="1") == ["Adults"]
    assert client.names("ad/get/", adgroup_id="1") == ["Hook"]


def test_deleted_objects_can_be_shown(start: Start) -> None:
    """With show_deleted lists hold deleted campaigns and what was below them."""
    client = start({"show_deleted": "on"})
    campaign, _, _ = client.family()
    client.post("campaign/update/", campaign_id=campaign, status="DELETE")
    assert client.get("campaign/get/", campaign_ids=campaign)["data"]["list"][0]["status"] == "DELETE"
    assert client.names("ad/get/") == ["Hook"]
    client.operate("switches", {"show_deleted": "off"})
    assert client.names("ad/get/") == []


def test_lists_can_begin_with_the_newest(start: Start) -> None:
    """With list_order=newest pages count from the latest object, and shift when one is created."""
    client = start({"list_order": "newest"})
    made = [client.campaign(name)["data"]["campaign_id"] for name in "abcde"]
    assert client.names(page_size=2, page=1) == ["e", "d"]
    assert client.names(page_size=2, page=3) == ["a"]
    assert client.names(page_size=2, page=4) == []
    client.campaign("f")
    assert client.names(page_size=2, page=2) == ["d", "c"]
    client.operate("clock", {"advance": 1})
    assert client.names(campaign_ids=f"{made[0]},{made[1]}") == ["b", "a"]


def test_unknown_fields_can_be_ignored(start: Start) -> None:
    """With unknown_fields=ignore a field nobody knows changes nothing."""
    assert start({"unknown_fields": "ignore"}).campaign(operation_status="DISABLE")["code"] == 0


def test_errors_can_come_with_an_http_status(start: Start) -> None:
    """With errors_as=http an error has the status of its kind, and the same envelope."""
    client = start({"errors_as": "http", "tokens": "simulator", "advertisers": "1", "rate": "on"})
    statuses = []
    for params in ({}, {"advertiser_id": "2"}, {"advertiser_id": "1"}):
        response = client.send("GET", "campaign/get/", params=params)
        statuses.append((response.status_code, response.json()["code"]))
    assert statuses == [(400, 40002), (403, 40001), (200, 0)]
    client.operate("switches", {"rate_per_second": "1"})
    assert client.send("GET", "campaign/get/").status_code == 429
    assert client.send("GET", "campaign/get/", headers={"Access-Token": "x"}).status_code == 401


def test_the_request_id_can_be_missing(start: Start) -> None:
    """With request_id=off the envelope has three keys; otherwise the id differs from call to call."""
    client = start()
    assert client.campaign()["request_id"] != client.campaign()["request_id"]
    client.operate("switches", {"request_id": "off"})
    assert list(client.campaign()) == ["code", "message", "data"]


def test_limits_of_names_reports_and_audiences_can_be_set(start: Start) -> None:
    """max_name, report_days and audiences set their limits."""
    client = start({"max_name": "3", "report_days": "1", "audiences": "12"})
    assert [client.campaign(name)["code"] for name in ("abc", "abcd")] == [0, 40002]
    assert len(client.get("dmp/custom_audience/list/", page_size=100)["data"]["list"]) == 12
    told = client.get(
        "report/integrated/get/",
        report_type="BASIC",
        data_level="AUCTION_ADVERTISER",
        dimensions="stat_time_day",
        metrics="spend",
        start_date="2025-06-01",
        end_date="2025-06-02",
    )
    assert told["message"] == "end_date: a report spans at most 1 days"


def test_latency_is_simulated_time(start: Start) -> None:
    """Every reply takes the latency of the simulated clock."""
    client = start({"latency_ms": "50000-60000"}, speed=2000)
    before = client.simulator.clock.now()
    began = time.monotonic()
    client.get("campaign/get/")
    assert client.simulator.clock.now() - before >= 50
    assert time.monotonic() - began >= 0.02
