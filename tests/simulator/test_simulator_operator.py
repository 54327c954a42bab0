"""The operator's side: arrival log, clock, bulk loading and edits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Start

ACCOUNT = "7000000000000000001"


def test_the_log_tells_what_became_of_a_call_and_never_the_token(start: Start) -> None:
    """An entry holds the call and its outcome; a token is nowhere in it."""
    client = start(token="secret-token")
    client.campaign(budget=1.50)
    client.get("campaign/get/", page=1)
    client.get("campaign/get/", page=0)
    first, second, third = client.operate("log")["arrivals"]
    assert first["body"]["campaign_name"] == "Spring"
    assert first.pop("elapsed") >= 0
    assert first | {"body": None} == {
        "sequence": 1,
        "time": 1_750_000_000,
        "method": "POST",
        "path": "campaign/create/",
        "query": {},
        "body": None,
        "code": 0,
        "committed": True,
        "replied": True,
        "fault": None,
        "token_leaked": False,
        "cookie_sent": False,
    }
    assert (second["query"]["page"], second["committed"], third["code"]) == ("1", False, 40002)
    assert client.operate("log?after=2")["arrivals"] == [third]
    text = client.session.get(f"{client.simulator.url}/_simulator/log", timeout=5).text
    assert '"budget":1.5' in text
    assert "secret-token" not in text


def test_the_log_can_be_off_and_emptied(start: Start) -> None:
    """With log=off nothing is kept; reset-log forgets what was."""
    client = start()
    client.campaign()
    assert client.operate("reset-log", {}) == {"forgotten": 1}
    client.operate("switches", {"log": "off"})
    client.campaign()
    assert client.operate("log") == {"arrivals": []}


def test_the_clock_moves_forward_only(start: Start) -> None:
    """advance moves the clock by seconds; anything else is refused."""
    client = start()
    assert client.operate("clock", {"advance": 86400.5}) == {"time": "2025-06-16 15:06:40"}
    refused: list[object] = [{"advance": -1}, {"advance": "1"}, {}, []]
    for wrong in refused:
        assert "error" in client.operate("clock", wrong)


def test_a_load_gives_ids_and_finds_parents(start: Start) -> None:
    """Loaded children name their parent by id or by position, and keep hidden fields and times."""
    client = start()
    ids = client.operate(
        "load",
        {
            "advertiser_id": ACCOUNT,
            "campaigns": [
                {"campaign_name": "a", "budget": 1.10, "status": "DISABLE", "create_time": "2024-01-02 03:04:05"},
                {"campaign_name": "b", "campaign_id": "55"},
            ],
            "adgroups": [{"adgroup_name": "c", "parent": 0}, {"adgroup_name": "d", "campaign_id": "55"}],
            "ads": [{"ad_name": "e", "parent": 1, "creative_type": "CUSTOM"}],
        },
    )
    assert ids["campaigns"][1] == "55"
    first, _ = client.get("campaign/get/")["data"]["list"]
    assert (first["create_time"], first["modify_time"], first["status"]) == (
        "2024-01-02 03:04:05",
        "2024-01-02 03:04:05",
        "DISABLE",
    )
    assert client.names("adgroup/get/", campaign_id="55") == ["d"]
    (ad,) = client.get("ad/get/", adgroup_id=ids["adgroups"][1])["data"]["list"]
    assert ad["creative_type"] == "CUSTOM"


@pytest.mark.parametrize(
    "wrong",
    [
        {"campaigns": []},
        {"advertiser_id": ACCOUNT, "campaign": []},
        {"advertiser_id": ACCOUNT, "campaigns": [{"campaign_name": 1}]},
        {"advertiser_id": ACCOUNT, "campaigns": [{"campaign_name": "a", "joy": 1}]},
        {"advertiser_id": ACCOUNT, "campaigns": [{"campaign_name": "a", "campaign_id": "1"}] * 2},
        {"advertiser_id": ACCOUNT, "campaigns": [{"campaign_name": "a", "create_time": 5}]},
        {"advertiser_id": ACCOUNT, "adgroups": [{"adgroup_name": "a"}]},
        {"advertiser_id": ACCOUNT, "adgroups": [{"adgroup_name": "a", "parent": 0}]},
        {"advertiser_id": ACCOUNT, "campaigns": [{"campaign_name": "a"}], "figures": [{"id": "1"}]},
        [],
    ],
)
def test_a_wrong_load_loads_nothing(start: Start, wrong: object) -> None:
    """A load with one wrong row is refused as a whole."""
    client = start()
    assert "error" in client.operate("load", wrong)
    assert client.operate("state")["campaigns"] == []


def test_the_operator_edits_what_the_api_cannot(start: Start) -> None:
    """edit changes any object as a colleague would, and refuses what no object has."""
    client = start()
    _, adgroup, ad = client.family()
    client.operate("edit", {"id": ad, "status": "DISABLE", "ad_name": "New", "landing_page_url": "z"})
    assert client.get("ad/get/")["data"]["list"][0]["status"] == "DISABLE"
    assert client.names("ad/get/") == ["New"]
    client.operate("edit", {"id": adgroup, "status": "DELETE"})
    assert client.names("adgroup/get/") == client.names("ad/get/") == []
    refused: list[object] = [{"id": "1"}, {"id": ad, "joy": 1}, {"id": ad, "status": "X"}, {"id": []}]
    for wrong in refused:
        assert "error" in client.operate("edit", wrong)


def test_an_account_of_many_rows_is_listed_in_time(start: Start) -> None:
    """Loading and listing 20,000 campaigns takes a moment, not minutes."""
    client = start()
    began = time.monotonic()
    rows = [{"campaign_name": f"c{number}"} for number in range(20_000)]
    client.operate("load", {"advertiser_id": ACCOUNT, "campaigns": rows})
    seen = {
        row["campaign_id"]
        for page in range(1, 21)
        for row in client.get("campaign/get/", page=page, page_size=1000)["data"]["list"]
    }
    assert len(seen) == 20_000
    assert time.monotonic() - began < 10
