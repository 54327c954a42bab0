"""Listings that lie: what does not add up is read again or refused, and never decides anything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign, family
from tests.stories.workspace import Workspace

LIES: dict[str, dict[str, Any]] = {
    "a total that is too large": {"wrong_total": 9},
    "a total that is too small": {"wrong_total": 1},
    "a row that is missing": {"drop_row": 0},
    "a row of another account": {"foreign_row": True},
    "no list": {"empty_data": True},
    "a list of nothing": {"edit": {"data.list": None}},
    "rows that are none": {"edit": {"data.list.0": "row"}},
    "a row without its id": {"edit": {"data.list.0.campaign_id": None}},
    "an id that is no id": {"edit": {"data.list.0.campaign_id": "-5"}},
    "a page_info of texts": {"edit": {"data.page_info.total_number": "3"}},
    "no page_info": {"edit": {"data.page_info": {}}},
    "no data": {"edit": {"data": None}},
    "a gateway": {"status": 502},
    "no JSON": {"garbage": "\x00\x01"},
    "half an answer": {"truncate": 60},
    "no answer": {"lose_request": True},
    "a system error": {"code": 50000, "message": "system error"},
    "a redirect": {"redirect": "http://127.0.0.1:9/"},
}


@pytest.fixture
def three(work: Workspace) -> Workspace:
    """Three campaigns that are there and in sync; what vanishes is believed at once."""
    work.manifest(campaign("a"), campaign("b"), campaign("c"))
    work.apply()
    work.configure(quiet=0)
    return work


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_one_listing_that_lies_is_read_again(three: Workspace, account: Account, lie: dict[str, Any]) -> None:
    """The second reading tells the truth, and the plan is empty."""
    account.faults({"path": "campaign/get/", "nth": 1, **lie})
    ended = three.run("plan", "--json")
    assert (ended.code, ended.rows) == (0, {}), ended.text


@pytest.mark.parametrize("lie", [LIES["a row that is missing"], LIES["a total that is too large"]])
def test_a_listing_that_goes_on_lying_ends_the_command(three: Workspace, account: Account, lie: dict[str, Any]) -> None:
    """Exit 1 with the listing's name; nothing is called vanished, nothing is sent, nothing is changed."""
    account.faults({"path": "campaign/get/", **lie})
    before = three.lock
    ended = three.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (1, ["R605"])
    assert "campaign/get/" in ended.stdout
    account.faults()
    assert len(account.posts()) == 6
    assert three.lock == before


@pytest.mark.parametrize("amount", ["a lot", True, [5], {"value": 5}, "NaN", "1e400", "-Infinity"], ids=str)
def test_an_amount_that_cannot_be_read_decides_nothing(three: Workspace, account: Account, amount: object) -> None:
    """Exit 1, naming the listing: money is never guessed."""
    account.faults({"path": "campaign/get/", "edit": {"data.list.0.budget": amount}})
    ended = three.run("plan", "--json")
    assert (ended.code, ended.codes) == (1, ["R604"])
    assert "campaign/get/" in ended.stdout


@pytest.mark.parametrize(
    "lie", [{"wrong_total": 9}, {"drop_row": 0}, {"empty_data": True}, {"foreign_row": True}, {"garbage": "?"}]
)
def test_a_lie_while_ids_are_looked_for_makes_no_second_object(
    work: Workspace, account: Account, lie: dict[str, Any]
) -> None:
    """Ad groups tell no id at their create: a listing that lies once leaves the ids to the next reading."""
    work.manifest(*family(), adgroup("spring-ca"))
    account.faults({"path": "adgroup/get/", "nth": 2, **lie})
    assert set(work.apply().ended.values()) == {"done"}
    for name in ("spring-us", "spring-ca"):
        assert work.lock[f"adgroup/{name}"]["id"] == account.one("adgroup", name)["adgroup_id"]
    assert work.in_sync()


def test_a_listing_that_fails_while_ids_are_looked_for_is_honest(work: Workspace, account: Account) -> None:
    """The creates were accepted and no list could be read: unknown, what depends on it is skipped, and the next
    apply binds them by name without a second create."""
    work.configure(quiet=600)
    work.manifest(*family())
    account.faults({"path": "adgroup/get/", "from": 2, "code": 40002, "message": "no"})
    applied = work.apply(code=8)
    assert applied.ended == {
        "campaign/spring": "done",
        "adgroup/spring-us": "unknown",
        "ad/spring-us-hero": "skipped",
    }
    account.faults()
    assert work.apply().ended == {"ad/spring-us-hero": "done"}
    assert account.names("adgroup") == ["spring-us"]
    assert work.in_sync()


def test_a_server_that_ignores_filters_changes_nothing(work: Workspace, account: Account) -> None:
    """Rows of other parents and other ids are filtered again here."""
    account.switch(filter="ignored")
    account.load(
        campaigns=[{"campaign_name": "theirs"}],
        adgroups=[{"adgroup_name": "spring-us", "parent": 0}],
        ads=[{"ad_name": "spring-us-hero", "parent": 0}],
    )
    work.manifest(*family(status="ENABLE", budget="5"))
    work.configure(guardrails="{max_daily_spend: 1000}")
    account.edit("campaign", "theirs", status="DISABLE")
    work.apply()
    ours = work.lock["campaign/spring"]["id"]
    (made,) = [one for one in account.objects("adgroup") if one["campaign_id"] == ours]
    assert work.lock["adgroup/spring-us"]["id"] == made["adgroup_id"]
    assert work.in_sync()


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_small_pages_are_all_read(work: Workspace, account: Account, order: str) -> None:
    """The server's own page size counts, whatever was asked for: 10 campaigns in pages of 3."""
    account.switch(max_page_size="3", list_order=order)
    work.manifest(*(campaign(f"c{number}") for number in range(10)), adgroup(parent="c3"), ad())
    work.apply()
    assert work.in_sync()
    account.load(campaigns=[{"campaign_name": f"theirs {number}"} for number in range(5)])
    planned = work.plan()
    assert (planned.rows, planned.json["summary"]["unmanaged"]) == ({}, 5)


@pytest.mark.parametrize("lie", [{"repeat_page": True}, {"drop_row": 1}, {"wrong_total": 1}, {"empty_data": True}])
def test_a_page_in_the_middle_that_lies_is_found_out(three: Workspace, account: Account, lie: dict[str, Any]) -> None:
    """Page 2 of 3 shows page 1 again, misses a row, or another total: the listing is read anew."""
    account.switch(max_page_size="1")
    account.faults({"path": "campaign/get/", "match": {"page": "2"}, "nth": 1, **lie})
    assert three.plan().rows == {}


@pytest.mark.parametrize(
    "switches",
    [
        {"ids_as": "number"},
        {"numbers_as": "string"},
        {"absent_fields": "null"},
        {"errors_as": "http"},
        {"request_id": "off"},
        {"show_deleted": "on"},
        {"unique_names": "on"},
        {"unknown_fields": "ignore"},
    ],
    ids=str,
)
def test_either_answer_to_an_open_question_works(work: Workspace, account: Account, switches: dict[str, str]) -> None:
    """What the documents leave open may be one way or the other: create, sync, drift, repair."""
    account.switch(**switches)
    work.manifest(*family(status="ENABLE", campaign_name="Spring"), adgroup("spring-ca", budget=None, budget_mode=None))
    work.apply()
    assert work.in_sync()
    account.edit("campaign", "Spring", budget=7, status="DISABLE")
    assert [one["path"] for one in work.plan().rows["campaign/spring"]["fields"]] == ["budget", "status"]
    work.apply()
    assert work.in_sync()
    account.edit("campaign", "Spring", status="DELETE")
    work.configure(quiet=0)
    assert set(work.plan().ops.values()) == {"blocked"}


def test_a_reading_command_sends_nothing_but_get_and_writes_nothing(three: Workspace, account: Account) -> None:
    """plan, drift, validate, status and state list leave server and folder as they are, even with work to do."""
    account.edit("campaign", "a", budget=1)
    account.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    three.manifest(campaign("d"), file="b.yaml")
    three.run("apply", "--auto-approve")
    account.edit("campaign", "b", budget=1)
    account.forget_calls()
    before = three.files()
    for command in (["plan"], ["drift"], ["validate"], ["status"], ["state", "list"], ["state", "show", "campaign/a"]):
        assert three.run(*command).code == 0
    assert account.posts() == []
    assert three.files() == before
