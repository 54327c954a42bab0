"""Every kind of fault, which calls it strikes, and what the ground truth is afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from reconciler.simulator import Simulator, SimulatorUsage
from reconciler.simulator.kinds import KINDS
from reconciler.simulator.server import read_faults

if TYPE_CHECKING:
    from tests.simulator.conftest import Client, Start

ACCOUNT = "7000000000000000001"
CREATE = {"path": "campaign/create/"}
LIST = {"path": "campaign/get/"}
BODY = {
    "advertiser_id": ACCOUNT,
    "campaign_name": "Spring",
    "objective_type": "TRAFFIC",
    "budget_mode": "BUDGET_MODE_DAY",
}


def truth(client: Client) -> list[str]:
    """The names of all campaigns there really are."""
    return [row["campaign_name"] for row in client.operate("state")["campaigns"]]


def last(client: Client) -> dict[str, Any]:
    """The last arrival."""
    entry: dict[str, Any] = client.operate("log")["arrivals"][-1]
    return entry


def test_a_lost_request_leaves_nothing(start: Start) -> None:
    """lose_request drops the connection and carries nothing out."""
    client = start(faults=[{**CREATE, "lose_request": True}])
    with pytest.raises(requests.ConnectionError):
        client.campaign()
    assert truth(client) == []
    assert (last(client)["committed"], last(client)["replied"], last(client)["fault"]) == (False, False, "lose_request")


def test_a_lost_reply_leaves_the_object(start: Start) -> None:
    """lose_reply carries the call out, then drops the connection."""
    client = start(faults=[{**CREATE, "lose_reply": True}])
    with pytest.raises(requests.ConnectionError):
        client.campaign()
    assert truth(client) == ["Spring"]
    assert (last(client)["committed"], last(client)["replied"], last(client)["code"]) == (True, False, 0)


def test_a_late_commit_follows_on_the_clock(start: Start) -> None:
    """late_commit drops the connection now and creates the object later, with that later time."""
    client = start(faults=[{**CREATE, "late_commit": 40}])
    with pytest.raises(requests.ConnectionError):
        client.campaign()
    client.operate("clock", {"advance": 39})
    assert (truth(client), client.names(), client.operate("state")["pending"]) == ([], [], 1)
    assert last(client)["path"] == "campaign/get/"
    client.operate("clock", {"advance": 61})
    (row,) = client.get("campaign/get/")["data"]["list"]
    assert (row["campaign_name"], row["create_time"]) == ("Spring", "2025-06-15 15:07:20")
    assert client.operate("log")["arrivals"][0]["committed"]


def test_late_commits_keep_their_order(start: Start) -> None:
    """What is due is carried out by moment, each call by the rules of its own moment."""
    client = start(
        {"unique_names": "on"},
        faults=[{**CREATE, "nth": 1, "late_commit": 20}, {**CREATE, "nth": 2, "late_commit": 10}],
    )
    for budget in (1, 2):
        with pytest.raises(requests.ConnectionError):
            client.campaign(budget=budget)
    client.operate("clock", {"advance": 30})
    assert [row["budget"] for row in client.operate("state")["campaigns"]] == [2]
    assert [entry["committed"] for entry in client.operate("log")["arrivals"]] == [False, True]


@pytest.mark.parametrize(
    "fault", [{"lose_reply": True}, {"status": 504, "commit": True}, {"garbage": "", "commit": True}]
)
def test_the_switch_late_commit_delays_what_nobody_sees(start: Start, fault: dict[str, Any]) -> None:
    """With the switch, a write whose answer is lost or replaced commits that many seconds later."""
    client = start({"late_commit": "5"}, faults=[{**CREATE, **fault}])
    try:
        client.send("POST", "campaign/create/", json=BODY)
    except requests.ConnectionError:
        assert fault == {"lose_reply": True}
    assert truth(client) == []
    client.operate("clock", {"advance": 5})
    assert truth(client) == ["Spring"]


@pytest.mark.parametrize("commit", [False, True])
@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        ({"status": 500}, 500, "text/html; charset=utf-8"),
        ({"status": 502}, 502, "text/html; charset=utf-8"),
        ({"status": 504}, 504, "text/html; charset=utf-8"),
        ({"code": 50000, "message": "system error"}, 200, "application/json"),
        ({"code": 0}, 200, "application/json"),
        ({"garbage": "<html>log in</html>"}, 200, "application/json"),
        ({"garbage": "/wAA", "encoding": "base64", "http_status": 503}, 503, "application/json"),
        ({"garbage": "x", "headers": {"Content-Type": "a/b"}}, 200, "a/b"),
        ({"redirect": "http://127.0.0.1:9/"}, 302, "text/html"),
        ({"redirect": "http://127.0.0.1:9/", "http_status": 307}, 307, "text/html"),
        ({"echo_token": True}, 200, "application/json"),
    ],
)
def test_made_up_answers(start: Start, fault: dict[str, Any], commit: bool, status: int, content_type: str) -> None:
    """An answer that is made up comes with its status and type, whether or not the call was carried out."""
    client = start(token="secret-token", faults=[{**CREATE, **fault, "commit": commit}])
    response = client.send("POST", "campaign/create/", json=BODY)
    assert (response.status_code, response.headers["Content-Type"]) == (status, content_type)
    assert truth(client) == (["Spring"] if commit else [])
    assert (last(client)["committed"], last(client)["replied"]) == (commit, False)
    if "code" in fault:
        assert (response.json()["code"], response.json()["data"]) == (fault["code"], {})
    assert ("secret-token" in response.text) == ("echo_token" in fault)
    assert response.headers.get("Location") == fault.get("redirect")
    if "encoding" in fault:
        assert response.content == b"\xff\x00\x00"
    elif "garbage" in fault:
        assert response.text == fault["garbage"]


def test_a_duplicate_is_carried_out_twice(start: Start) -> None:
    """duplicate creates two objects and answers with the second."""
    client = start(faults=[{**CREATE, "duplicate": True}])
    made = client.campaign()["data"]["campaign_id"]
    assert [row["campaign_id"] for row in client.operate("state")["campaigns"]][1] == made


@pytest.mark.parametrize("size", [0, 1, 20])
def test_a_truncated_answer_breaks_off(start: Start, size: int) -> None:
    """truncate sends so many bytes of a longer body and drops the connection; the call is carried out."""
    client = start(faults=[{**CREATE, "truncate": size}])
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.campaign()
    assert truth(client) == ["Spring"]


def test_a_delay_passes_on_the_clock(start: Start) -> None:
    """delay holds a call back in simulated time; with commit the call is carried out before the wait."""
    for commit in (False, True):
        client = start(faults=[{**CREATE, "delay": 40, "commit": commit}], speed=1000)
        before = client.simulator.clock.now()
        assert client.campaign()["code"] == 0
        assert client.simulator.clock.now() - before >= 40
        (row,) = client.simulator.world.rows(KINDS["campaign"])
        assert (row.created - before < 40) == commit


def test_a_delay_goes_with_another_fault(start: Start) -> None:
    """delay beside another fault comes before it."""
    client = start(faults=[{**CREATE, "delay": 40, "status": 502}], speed=1000)
    before = client.simulator.clock.now()
    assert client.send("POST", "campaign/create/", json=BODY).status_code == 502
    assert client.simulator.clock.now() - before >= 40


def test_a_stop_ends_a_wait(start: Start) -> None:
    """A simulator that is stopped does not wait for the calls it holds back."""
    client = start({"latency_ms": "9000000"}, speed=1)
    with pytest.raises(requests.ReadTimeout):
        client.session.get(f"{client.simulator.url}/open_api/v1.3/campaign/get/", timeout=0.05)


Damage = Callable[[dict[str, Any], dict[str, Any]], bool]
DAMAGED: list[tuple[dict[str, Any], Damage]] = [
    ({"drop_row": 1}, lambda data, good: data == {**good, "list": [good["list"][0], good["list"][2]]}),
    ({"drop_row": 7}, lambda data, good: data == good),
    (
        {"wrong_total": 50},
        lambda data, good: data["page_info"] == {**good["page_info"], "total_number": 50, "total_page": 17},
    ),
    ({"wrong_total": 0}, lambda data, good: data["page_info"]["total_page"] == 0 and data["list"] == good["list"]),
    ({"empty_data": True}, lambda data, good: data == {}),
    ({"foreign_row": True}, lambda data, good: len(data["list"]) == 4 and data["list"][3]["advertiser_id"] != ACCOUNT),
    ({"edit": {"data.list.0.status": "FROZEN"}}, lambda data, good: data["list"][0]["status"] == "FROZEN"),
    ({"edit": {"data.page_info": None, "data.list.9.x": 1}}, lambda data, good: data == {**good, "page_info": None}),
]


@pytest.mark.parametrize(("fault", "expected"), DAMAGED, ids=[str(fault) for fault, _ in DAMAGED])
def test_lists_are_damaged(start: Start, fault: dict[str, Any], expected: Damage) -> None:
    """Each fault about lists spoils the answer in its own way and leaves the account alone."""
    client = start(faults=[{**LIST, "nth": 2, **fault}])
    for name in "abc":
        client.campaign(name)
    good, bad = (client.get("campaign/get/", page_size=3)["data"] for _ in range(2))
    assert expected(bad, good)
    assert client.get("campaign/get/", page_size=3)["data"] == good


def test_a_repeated_page_passes_for_the_next(start: Start) -> None:
    """repeat_page answers a page with the rows of the one before, under its own number."""
    client = start(faults=[{**LIST, "match": {"page": "2"}, "repeat_page": True}])
    for name in "abcd":
        client.campaign(name)
    first, second = (client.get("campaign/get/", page_size=2, page=page)["data"] for page in (1, 2))
    assert first["list"] == second["list"]
    assert second["page_info"]["page"] == 2


def test_list_faults_leave_other_answers_alone(start: Start) -> None:
    """A fault about lists does nothing to an answer without one."""
    client = start(faults=[{"drop_row": 0}])
    assert client.campaign()["code"] == 0


@pytest.mark.parametrize(
    ("which", "struck"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 2}, [2]),
        ({"every": 3}, [3, 6]),
        ({"from": 5}, [5, 6]),
        ({"to": 2}, [1, 2]),
        ({"from": 2, "to": 4}, [2, 3, 4]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
        ({"method": "POST"}, []),
        ({"path": "ad*"}, []),
        ({"path": "campaign/*/", "match": {"page": "[1-3]"}}, [1, 2, 3]),
        ({"match": {"joy": "*"}}, []),
    ],
)
def test_which_calls_are_struck(start: Start, which: dict[str, Any], struck: list[int]) -> None:
    """A fault strikes the occurrences it names among the calls it matches."""
    client = start(faults=[{**which, "code": 50000}])
    codes = [client.get("campaign/get/", page=page)["code"] for page in range(1, 7)]
    assert [number for number, code in enumerate(codes, 1) if code] == struck


def test_a_body_can_be_matched(start: Start) -> None:
    """match looks into bodies, numbers by their digits."""
    client = start(faults=[{"match": {"campaign_name": "S*", "budget": "1.5"}, "code": 1}])
    assert [client.campaign(name, budget=1.5)["code"] for name in ("Spring", "Autumn")] == [1, 0]
    assert client.campaign("Summer")["code"] == 0


def test_chances_repeat_with_the_seed(start: Start) -> None:
    """The same seed strikes the same calls, another seed others."""
    runs = []
    for seed in (1, 1, 2):
        client = start(faults=[{"probability": 0.5, "code": 50000}], seed=seed)
        runs.append([client.get("campaign/get/")["code"] for _ in range(20)])
    assert runs[0] == runs[1] != runs[2]


def test_the_first_fault_that_strikes_happens(start: Start) -> None:
    """Of several faults the first in the list happens, and the others count the call all the same."""
    client = start(faults=[{"nth": 1, "code": 1}, {"to": 2, "code": 2}])
    assert [client.get("campaign/get/")["code"] for _ in range(3)] == [1, 2, 0]


def test_refused_calls_are_not_counted(start: Start) -> None:
    """A call refused for its rate or token is none of a fault's business."""
    client = start({"rate": "on", "rate_per_second": "1"}, faults=[{"nth": 2, "code": 7}])
    assert [client.get("campaign/get/")["code"] for _ in range(3)] == [0, 40100, 40100]
    client.operate("clock", {"advance": 1})
    assert client.get("campaign/get/")["code"] == 7


def test_faults_are_replaced_at_run_time(start: Start) -> None:
    """The operator's list replaces the one in force and counts from the beginning; a wrong one changes nothing."""
    client = start(faults=[{"code": 1}])
    for _ in range(2):
        assert client.operate("faults", [{"nth": 1, "code": 2}]) == {"faults": 1}
        assert [client.get("campaign/get/")["code"] for _ in range(2)] == [2, 0]
    assert "fault 1: " in client.operate("faults", [{"nth": 0, "code": 2}])["error"]
    assert client.operate("faults", []) == {"faults": 0}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, "faults are a list"),
        ([1], "fault 1: must be a mapping"),
        ([{"code": 1}, {"joy": 1}], "fault 2: 'joy' is not known; there are path, method, match"),
        ([{"nth": 1}], "fault 1: needs exactly one of lose_request, "),
        ([{"code": 1, "status": 500}], "fault 1: needs exactly one of"),
        ([{"code": "x"}], "fault 1: code takes a whole number"),
        ([{"lose_reply": 1}], "fault 1: lose_reply takes true or false"),
        ([{"delay": -1}], "fault 1: delay takes a number, 0 or more"),
        ([{"status": 99}], "fault 1: status and http_status take"),
        ([{"lose_reply": True, "commit": True}], "fault 1: commit goes with status, "),
        ([{"code": 1, "nth": 1, "every": 2}], "fault 1: nth, every, probability and from/to exclude"),
        ([{"code": 1, "from": 0}], "fault 1: from takes a whole number from 1"),
        ([{"code": 1, "probability": 2}], "fault 1: probability takes a number from 0 to 1"),
        ([{"code": 1, "match": {"page": 1}}], "fault 1: match takes"),
        ([{"code": 1, "path": 1}], "fault 1: path and method take a text"),
        ([{"garbage": "%", "encoding": "base64"}], "fault 1: garbage is not base64"),
        ([{"garbage": "x", "encoding": "hex"}], "fault 1: encoding takes base64"),
        ([{"endless": 1, "framing": "x"}], "fault 1: framing takes chunked or length"),
        ([{"drip": 1, "framing": "chunked"}], "fault 1: framing goes with endless only"),
        ([{"garbage": "x", "headers": {"a": 1}}], "fault 1: headers takes"),
        ([{"edit": {"data": {1}}}], "fault 1: edit takes what JSON can hold"),
    ],
)
def test_a_wrong_fault_says_why(told: object, expected: str) -> None:
    """A fault list that cannot be used names the fault and what is allowed."""
    with pytest.raises(SimulatorUsage, match=f"^{re.escape(expected)}"):
        Simulator(faults=told)


def test_fault_files_are_yaml_or_json(tmp_path: Path, start: Start) -> None:
    """A file of faults is read as YAML or JSON; an empty one holds none."""
    path = tmp_path / "faults"
    for text in ("- {path: campaign/get/, code: 5}", '[{"path": "campaign/get/", "code": 5}]'):
        path.write_text(text, "utf-8")
        assert start(faults=read_faults(path)).get("campaign/get/")["code"] == 5
    path.write_text("", "utf-8")
    assert start(faults=read_faults(path)).get("campaign/get/")["code"] == 0
    for text in ("{", "\x00"):
        path.write_text(text, "utf-8")
        with pytest.raises(SimulatorUsage, match="cannot be read"):
            read_faults(path)
    with pytest.raises(SimulatorUsage, match="cannot be read"):
        read_faults(tmp_path / "absent")
