"""Faults and late commits strike the calls of Smart+ as all others, by their whole path."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.simulator.smart_clients import post

if TYPE_CHECKING:
    from tests.simulator.conftest import Smart, SmartStart


@pytest.fixture
def client(smart: SmartStart) -> Smart:
    """A simulator without the pause between two writes of one ad."""
    return smart({"sp_ad_gap_seconds": "0"})


Ids = tuple[str, str, str]
WRITES: dict[str, tuple[Callable[[Smart, Ids], Any], Callable[[Smart, Ids], Any]]] = {
    "campaign/create/": (lambda one, _: one.new_campaign("More"), lambda one, _: len(one.list_of("campaign"))),
    "campaign/update/": (
        lambda one, ids: one.post("smart_plus/campaign/update/", campaign_id=ids[0], campaign_name="Other"),
        lambda one, _: one.list_of("campaign")[0]["campaign_name"],
    ),
    "campaign/status/update/": (
        lambda one, ids: one.turn("campaign", "DISABLE", ids[0]),
        lambda one, _: one.list_of("campaign")[0]["operation_status"],
    ),
    "adgroup/create/": (lambda one, ids: one.new_adgroup(ids[0], "More"), lambda one, _: len(one.list_of("adgroup"))),
    "adgroup/update/": (
        lambda one, ids: one.post("smart_plus/adgroup/update/", adgroup_id=ids[1], budget=77),
        lambda one, _: one.list_of("adgroup")[0]["budget"],
    ),
    "adgroup/budget/update/": (
        lambda one, ids: one.post("smart_plus/adgroup/budget/update/", budget=[{"adgroup_id": ids[1], "budget": 78}]),
        lambda one, _: one.list_of("adgroup")[0]["budget"],
    ),
    "adgroup/status/update/": (
        lambda one, ids: one.turn("adgroup", "DISABLE", ids[1]),
        lambda one, _: one.list_of("adgroup")[0]["operation_status"],
    ),
    "ad/create/": (lambda one, ids: one.new_ad(ids[1], post("5")), lambda one, _: len(one.list_of("ad"))),
    "ad/update/": (
        lambda one, ids: one.post("smart_plus/ad/update/", smart_plus_ad_id=ids[2], creative_list=[post("5")]),
        lambda one, _: one.list_of("ad")[0]["creative_list"],
    ),
    "ad/status/update/": (
        lambda one, ids: one.turn("ad", "DISABLE", ids[2]),
        lambda one, _: one.list_of("ad")[0]["operation_status"],
    ),
    "ad/material_status/update/": (
        lambda one, ids: one.turn_material(
            ids[2], "DISABLE", one.list_of("ad")[0]["creative_list"][0]["ad_material_id"]
        ),
        lambda one, _: one.list_of("ad")[0]["creative_list"][0]["material_operation_status"],
    ),
}


def struck(client: Smart, path: str, ids: Ids, **fault: Any) -> None:
    """Carries out a write that a fault strikes, whose connection breaks."""
    client.operate("faults", [{"path": f"smart_plus/{path}", **fault}])
    with contextlib.suppress(requests.ConnectionError):
        assert WRITES[path][0](client, ids) == "no answer came"


@pytest.mark.parametrize("path", WRITES)
def test_a_reply_is_lost_after_the_write(client: Smart, path: str) -> None:
    """With lose_reply the write has happened, once, and nobody was told."""
    ids, look = client.line(), WRITES[path][1]
    before = look(client, ids)
    struck(client, path, ids, lose_reply=True)
    assert look(client, ids) != before
    entry = client.operate("log")["arrivals"]
    (lost,) = [one for one in entry if one["fault"]]
    assert (lost["path"], lost["committed"], lost["replied"]) == (f"smart_plus/{path}", True, False)


@pytest.mark.parametrize("path", WRITES)
def test_a_request_is_lost_before_the_write(client: Smart, path: str) -> None:
    """With lose_request nothing has happened."""
    ids, look = client.line(), WRITES[path][1]
    before = look(client, ids)
    struck(client, path, ids, lose_request=True)
    assert look(client, ids) == before


@pytest.mark.parametrize("path", WRITES)
def test_a_write_commits_late(client: Smart, path: str) -> None:
    """With late_commit the write happens so many seconds after its connection broke, and not before."""
    ids, look = client.line(), WRITES[path][1]
    before = look(client, ids)
    struck(client, path, ids, late_commit=40)
    client.wait(33)
    assert look(client, ids) == before
    client.wait(7)
    assert look(client, ids) != before


def test_a_late_commit_may_come_too_soon_after_another_write(smart: SmartStart) -> None:
    """What is carried out late is held to the same pace: within five seconds of another write it never happens."""
    client = smart()
    _, _, ad = client.line()
    client.wait(10)
    client.operate("faults", [{"path": "smart_plus/ad/status/update/", "nth": 1, "late_commit": 20}])
    with contextlib.suppress(requests.ConnectionError):
        client.turn("ad", "DISABLE", ad)
    client.wait(12)
    client.change_ad(ad, ad_name="Between")
    client.wait(30)
    assert (client.the_ad()["operation_status"], client.the_ad()["ad_name"]) == ("ENABLE", "Between")


def test_a_create_sent_twice_makes_one_campaign_and_two_ads(client: Smart) -> None:
    """A request_id keeps a second arrival out; an ad has none, and is made twice."""
    campaign, group, _ = client.line()
    client.operate("faults", [{"path": "smart_plus/*/create/", "duplicate": True}])
    assert client.new_campaign("More")["code"] == client.new_adgroup(campaign, "More")["code"] == 40050
    assert client.new_ad(group, post("5"))["code"] == 0
    assert [len(client.list_of(word)) for word in ("campaign", "adgroup", "ad")] == [2, 2, 3]


def test_a_fault_of_one_family_leaves_the_other(client: Smart) -> None:
    """A path without smart_plus/ is the manual call alone; with a wildcard both are meant."""
    client.operate("faults", [{"path": "campaign/create/", "code": 50000}])
    assert client.new_campaign()["code"] == 0
    assert client.campaign("By hand")["code"] == 50000
    client.operate("faults", [{"path": "*campaign/create/", "code": 50000}])
    assert client.new_campaign()["code"] == client.campaign("By hand")["code"] == 50000


def test_answers_and_lists_may_lie(client: Smart) -> None:
    """Rows are dropped, added and changed, and pages lie, as in every list."""
    _, _, ad = client.line()
    for fault, ids in (
        ({"drop_row": 0}, []),
        ({"edit": {"data.list.0.smart_plus_ad_id": "5"}}, ["5"]),
        ({"empty_data": True}, None),
    ):
        client.operate("faults", [{"path": "smart_plus/ad/get/", **fault}])
        data = client.get("smart_plus/ad/get/")["data"]
        assert ([row["smart_plus_ad_id"] for row in data["list"]] if data else None) == ids
    client.operate("faults", [{"path": "smart_plus/ad/get/", "foreign_row": True}])
    assert len(client.list_of("ad")) == 2
    client.operate("faults", [{"path": "smart_plus/ad/status/update/", "edit": {"data.smart_plus_ad_ids": []}}])
    assert client.turn("ad", "DISABLE", ad)["data"]["smart_plus_ad_ids"] == []
    client.operate("faults", [{"path": "smart_plus/ad/get/", "match": {"page_size": "7"}, "code": 40016}])
    assert client.get("smart_plus/ad/get/", page_size=7)["code"] == 40016
    assert client.the_ad()["operation_status"] == "DISABLE"
