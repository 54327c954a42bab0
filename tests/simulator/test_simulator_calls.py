"""Every endpoint of the OpenAPI contract: what it takes, what it refuses, what it answers."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Client, Start

ACCOUNT = "7000000000000000001"
# What `Client.fill` loads.
CAMPAIGN, ADGROUP, AD = "1000000000000000001", "1000000000000000002", "1000000000000000003"
OWNER = {"advertiser_id": ACCOUNT}

GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "campaign/get/": ("GET", {**OWNER, "campaign_ids": CAMPAIGN, "page": "1", "page_size": "1000"}),
    "campaign/create/": (
        "POST",
        {
            **OWNER,
            "campaign_name": "A",
            "objective_type": "REACH",
            "budget_mode": "BUDGET_MODE_TOTAL",
            "budget": 12.5,
        },
    ),
    "campaign/update/": (
        "POST",
        {**OWNER, "campaign_id": CAMPAIGN, "campaign_name": "B", "budget": 3, "status": "DISABLE"},
    ),
    "adgroup/get/": ("GET", {**OWNER, "campaign_id": CAMPAIGN, "page": "1", "page_size": "10"}),
    "adgroup/create/": (
        "POST",
        {
            **OWNER,
            "campaign_id": CAMPAIGN,
            "adgroup_name": "A",
            "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
            "budget": 5,
            "budget_mode": "BUDGET_MODE_DAY",
        },
    ),
    "ad/get/": ("GET", {**OWNER, "adgroup_id": ADGROUP, "page": "1", "page_size": "10"}),
    "ad/create/": (
        "POST",
        {
            **OWNER,
            "adgroup_id": ADGROUP,
            "ad_name": "A",
            "ad_format": "SINGLE_VIDEO",
            "landing_page_url": "https://example.com/",
        },
    ),
    "report/integrated/get/": (
        "GET",
        {
            **OWNER,
            "report_type": "BASIC",
            "data_level": "AUCTION_CAMPAIGN",
            "dimensions": "campaign_id,stat_time_day",
            "metrics": "impressions,clicks,spend",
            "start_date": "2025-06-01",
            "end_date": "2025-06-03",
            "page": "1",
            "page_size": "20",
        },
    ),
    "dmp/custom_audience/list/": ("GET", {**OWNER, "page": "1", "page_size": "10"}),
}
OPTIONAL = {
    "campaign_ids", "page", "page_size", "budget", "landing_page_url",
    ("campaign/update/", "campaign_name"), ("campaign/update/", "status"),
    ("adgroup/get/", "campaign_id"), ("ad/get/", "adgroup_id"), ("adgroup/create/", "budget_mode"),
}  # fmt: skip
REQUIRED = [
    (path, name)
    for path, (_, params) in GOOD.items()
    for name in params
    if name not in OPTIONAL and (path, name) not in OPTIONAL
]
WRONG = [
    ("campaign/get/", "campaign_ids", "1,x"),
    ("campaign/get/", "campaign_ids", ""),
    ("campaign/get/", "page", "one"),
    ("campaign/get/", "page", "0"),
    ("campaign/get/", "page_size", "1001"),
    ("campaign/get/", "page_size", "-1"),
    ("campaign/get/", "advertiser_id", "abc"),
    ("campaign/create/", "advertiser_id", 7000000000000000001),
    ("campaign/create/", "campaign_name", 5),
    ("campaign/create/", "campaign_name", ""),
    ("campaign/create/", "campaign_name", None),
    ("campaign/create/", "campaign_name", "n" * 513),
    ("campaign/create/", "objective_type", "SALES"),
    ("campaign/create/", "objective_type", ["REACH"]),
    ("campaign/create/", "budget_mode", "BUDGET_MODE_INFINITE"),
    ("campaign/create/", "budget", "12.5"),
    ("campaign/create/", "budget", True),
    ("campaign/create/", "budget", None),
    ("campaign/create/", "budget", -1),
    ("campaign/update/", "campaign_id", 1),
    ("campaign/update/", "campaign_name", {}),
    ("campaign/update/", "campaign_name", "n" * 513),
    ("campaign/update/", "budget", []),
    ("campaign/update/", "status", "PAUSED"),
    ("adgroup/get/", "campaign_id", "x"),
    ("adgroup/get/", "page_size", "0"),
    ("adgroup/create/", "campaign_id", "x"),
    ("adgroup/create/", "adgroup_name", False),
    ("adgroup/create/", "adgroup_name", "n" * 513),
    ("adgroup/create/", "placement_type", "PLACEMENT_TYPE_SEARCH"),
    ("adgroup/create/", "budget", "5"),
    ("adgroup/create/", "budget_mode", "DAY"),
    ("ad/get/", "adgroup_id", "1.0"),
    ("ad/get/", "page", "1.5"),
    ("ad/create/", "adgroup_id", 1),
    ("ad/create/", "ad_name", "n" * 513),
    ("ad/create/", "ad_format", 1),
    ("ad/create/", "landing_page_url", 1),
    ("report/integrated/get/", "report_type", "TT_SHOP"),
    ("report/integrated/get/", "data_level", "RESERVATION_AD"),
    ("report/integrated/get/", "dimensions", '["campaign_id"]'),
    ("report/integrated/get/", "dimensions", "ad_id"),
    ("report/integrated/get/", "metrics", "spend,joy"),
    ("report/integrated/get/", "start_date", "2025-6-1"),
    ("report/integrated/get/", "start_date", "2025-02-30"),
    ("report/integrated/get/", "end_date", "2025-05-31"),
    ("report/integrated/get/", "end_date", "2027-06-01"),
    ("report/integrated/get/", "page_size", "x"),
    ("dmp/custom_audience/list/", "page", "-1"),
    ("dmp/custom_audience/list/", "page_size", "0"),
]


@pytest.mark.parametrize("path", GOOD)
def test_every_documented_call_succeeds(start: Start, path: str) -> None:
    """A call with every documented field has code 0."""
    client = start()
    client.fill()
    method, params = GOOD[path]
    told = client.call(method, path, params)
    assert (told["code"], told["message"]) == (0, "OK")
    assert list(told) == ["code", "message", "request_id", "data"]


@pytest.mark.parametrize(("path", "name"), REQUIRED)
def test_a_missing_field_is_named(shared: Client, path: str, name: str) -> None:
    """A call without a required field is a parameter error that names it."""
    method, params = GOOD[path]
    told = shared.call(method, path, {key: value for key, value in params.items() if key != name})
    assert (told["code"], told["data"]) == (40002, {})
    assert told["message"] == f"{name}: is required"


@pytest.mark.parametrize(("path", "name", "value"), WRONG)
def test_a_wrong_value_is_named(shared: Client, path: str, name: str, value: object) -> None:
    """A wrong type, a value no enum has and a value past its limit are parameter errors that name the field."""
    method, params = GOOD[path]
    told = shared.call(method, path, {**params, name: value})
    assert (told["code"], told["data"]) == (40002, {})
    assert told["message"].startswith((f"{name}: ", "end_date: "))


@pytest.mark.parametrize("path", [path for path, (method, _) in GOOD.items() if method == "POST"])
def test_an_unknown_body_field_is_refused(shared: Client, path: str) -> None:
    """A body field the document does not have is a parameter error."""
    told = shared.call("POST", path, {**GOOD[path][1], "operation_status": "DISABLE"})
    assert (told["code"], told["message"]) == (40002, "operation_status: is not a field of this call")


@pytest.mark.parametrize("path", [path for path, (method, _) in GOOD.items() if method == "GET"])
def test_an_unknown_query_parameter_is_ignored(shared: Client, path: str) -> None:
    """A query parameter the document does not have changes nothing."""
    assert shared.call("GET", path, {**GOOD[path][1], "fields": "x"})["code"] == 0


@pytest.mark.parametrize("path", [path for path, (method, _) in GOOD.items() if method == "GET"])
def test_a_page_past_the_end_is_empty(shared: Client, path: str) -> None:
    """A page past the end is an empty list whose page_info tells the truth; audiences have none."""
    data = shared.call("GET", path, {**GOOD[path][1], "page": "9"})["data"]
    assert data["list"] == []
    if path.startswith("dmp/"):
        assert "page_info" not in data
    else:
        assert data["page_info"]["page"] == 9
        assert data["page_info"]["total_page"] == 1


BODIES: list[bytes] = [
    b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe{}", b"{" * 5000, b'{"a":' * 900 + b"1" + b"}" * 900, b"[" * 100_000,
    b'{"budget": NaN}', b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}", b"9" * 6000, b'{"a": "\\ud800"}', b"\x00",
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_json_object_is_a_parameter_error(shared: Client, body: bytes) -> None:
    """However broken or deep a body is, the answer is code 40002 with HTTP 200."""
    response = shared.send("POST", "campaign/create/", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (200, 40002)


@pytest.mark.parametrize("number", ["1e400", "9" * 5000, "1e99999999999999999999999"])
def test_a_monstrous_number_does_no_harm(shared: Client, number: str) -> None:
    """A number that no float holds is stored as it is or refused, never a crash."""
    told = '{"advertiser_id":"9","campaign_name":"a","objective_type":"REACH","budget_mode":"BUDGET_MODE_DAY","budget":'
    body = f"{told}{number}}}"
    response = shared.send("POST", "campaign/create/", data=body, headers={"Content-Type": "application/json"})
    assert response.json()["code"] in (0, 40002)
    assert shared.send("GET", "campaign/get/?advertiser_id=9").status_code == 200


def test_the_content_type_must_be_json(shared: Client) -> None:
    """A form is a parameter error; a charset beside the type is fine."""
    assert shared.send("POST", "campaign/create/", data={"advertiser_id": "1"}).json()["code"] == 40002
    headers = {"Content-Type": "application/json; charset=utf-8"}
    message = shared.send("POST", "campaign/create/", data=b"{}", headers=headers).json()["message"]
    assert message == "advertiser_id: is required"


def test_unknown_paths_and_methods_have_no_envelope(shared: Client) -> None:
    """A path without its slash or of no call is a plain 404, a wrong method a 405."""
    for path in ("campaign/get", "campaign/", "campaign/delete/"):
        response = shared.send("GET", path)
        assert (response.status_code, response.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
    response = shared.send("POST", "campaign/get/", json={})
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")
    assert shared.session.get(f"{shared.simulator.url}/", timeout=5).status_code == 404


def test_a_missing_token_is_told_apart_from_a_wrong_one(start: Start) -> None:
    """No token is 40104, a token nobody issued 40105, and an account the token does not own 40001."""
    client = start({"tokens": "right,other", "advertisers": f"{ACCOUNT},2"}, token="right")
    assert client.get("campaign/get/")["code"] == 0
    assert client.get("campaign/get/", advertiser_id="3")["code"] == 40001
    client.session.headers["Access-Token"] = "wrong"
    assert client.get("campaign/get/")["code"] == 40105
    del client.session.headers["Access-Token"]
    assert client.get("campaign/get/")["code"] == 40104


def test_one_connection_serves_many_calls(shared: Client) -> None:
    """Connections stay open between calls, refused and unreadable ones included."""
    connection = http.client.HTTPConnection(shared.simulator.url.removeprefix("http://"), timeout=10)
    headers = {"Access-Token": "x", "Content-Type": "application/json"}
    sockets = set()
    for method, path, body in (("GET", "campaign/get/", None), ("POST", "ad/create/", b"{"), ("PUT", "nowhere/", b"1")):
        connection.request(method, f"/open_api/v1.3/{path}", body, headers)
        connection.getresponse().read()
        sockets.add(connection.sock)
    connection.close()
    assert len(sockets) == 1
    assert None not in sockets
