"""The decision table, row by row: what is wanted, what the lockfile knows and what is live make one op each."""

from __future__ import annotations

import json

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, campaign, family
from tests.stories.workspace import Workspace

FAMILY = ["campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"]


@pytest.fixture
def made(work: Workspace) -> Workspace:
    """A workspace whose campaign, ad group and ad are there and in sync."""
    work.manifest(*family())
    work.apply()
    return work


def test_what_is_only_in_the_manifests_is_created_and_then_in_sync(work: Workspace, account: Account) -> None:
    """Three new manifests are three creates, parents first; after the apply the plan is empty."""
    work.manifest(*family(campaign_name="Spring 2026"))
    planned = work.plan()
    assert [(row["address"], row["op"], row["reason"], row["id"]) for row in planned.json["changes"]] == [
        (address, "create", "new", None) for address in FAMILY
    ]
    assert planned.rows["campaign/spring"]["source"] == {"file": "manifests/a.yaml", "line": 1}
    assert {one["path"]: one["new"] for one in planned.rows["campaign/spring"]["fields"]} == {
        "campaign_name": "Spring 2026",
        "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": "500.00",
    }
    applied = work.apply()
    assert set(applied.ended.values()) == {"done"}
    assert applied.json["plan_digest"] == planned.json["digest"]
    live = account.one("campaign", "Spring 2026")
    assert work.lock["campaign/spring"]["id"] == live["campaign_id"] == applied.rows["campaign/spring"]["id"]
    assert work.lock["adgroup/spring-us"]["id"] == account.one("adgroup", "spring-us")["adgroup_id"]
    assert work.lock["ad/spring-us-hero"]["id"] == account.one("ad", "spring-us-hero")["ad_id"]
    assert work.in_sync()
    assert work.plan().json["summary"]["unchanged"] == 3


def test_an_edit_is_an_update_of_ours_that_sends_only_what_changed(made: Workspace, account: Account) -> None:
    """A new budget and name: one update with side `ours`, one call with the two fields."""
    made.replace("budget: 500.00", "budget: 400.00\n  campaign_name: Spring sale")
    row = made.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("update", "edited")
    assert {one["path"]: (one["old"], one["new"], one["side"]) for one in row["fields"]} == {
        "budget": ("500.00", "400.00", "ours"),
        "campaign_name": ("spring", "Spring sale", "ours"),
    }
    account.forget_calls()
    made.apply()
    ((path, body),) = account.posts()
    assert path == "campaign/update/"
    assert body.keys() == {"advertiser_id", "campaign_id", "budget", "campaign_name"}
    assert made.in_sync()


def test_a_strangers_edit_is_theirs_and_is_taken_back(made: Workspace, account: Account) -> None:
    """Somebody raised the budget in the account: side `theirs`, reason `drifted`, and an apply repairs it."""
    account.edit("campaign", "spring", budget=999)
    row = made.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("update", "drifted")
    assert row["fields"] == [{"path": "budget", "old": "999.00", "new": "500.00", "side": "theirs", "money": True}]
    made.apply()
    assert account.one("campaign", "spring")["budget"] == "500.00"
    assert made.in_sync()


def test_an_edit_on_both_sides_is_shown_as_both(made: Workspace, account: Account) -> None:
    """We want 400, somebody set 999, 500 was applied."""
    account.edit("campaign", "spring", budget=999)
    made.replace("budget: 500.00", "budget: 400.00")
    row = made.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("update", "both")
    assert row["fields"] == [{"path": "budget", "old": "999.00", "new": "400.00", "side": "both", "money": True}]


def test_a_stranger_who_made_the_same_edit_leaves_nothing_to_do(made: Workspace, account: Account) -> None:
    """Our edit is live already: nothing is sent, and the lockfile learns it without a call."""
    account.edit("campaign", "spring", budget=400)
    made.replace("budget: 500.00", "budget: 400")
    assert made.in_sync()
    account.forget_calls()
    made.apply()
    assert account.posts() == []
    assert made.lock["campaign/spring"]["applied"]["budget"] == "400.00"


def test_ignored_fields_are_sent_once_and_never_compared(work: Workspace, account: Account) -> None:
    """`ignore: [budget]`: created with it, then neither our edit nor a stranger's is a change."""
    work.manifest(campaign(lifecycle="ignore: [budget]"))
    work.apply()
    assert account.one("campaign", "spring")["budget"] == "500.00"
    account.edit("campaign", "spring", budget=999)
    work.replace("500.00", "400.00")
    assert work.in_sync()
    assert "budget" not in work.lock["campaign/spring"]["applied"]


def test_an_ignored_field_may_carry_its_reason(work: Workspace) -> None:
    """`ignore: [{field: budget, reason: TEXT}]` is the same with an explanation."""
    work.manifest(campaign(lifecycle="ignore: [{field: budget, reason: set by the bid team}]"))
    work.apply()
    work.replace("500.00", "400.00")
    assert work.in_sync()


def test_a_field_that_leaves_a_manifest_becomes_unmanaged_and_the_plan_says_so(
    made: Workspace, account: Account
) -> None:
    """Without `budget` the live value stays as it is, whoever changes it later."""
    made.replace("  budget: 500.00\n", "")
    planned = made.plan()
    assert planned.rows == {}
    assert any("campaign/spring" in text and "budget" in text for text in planned.json["warnings"])
    made.apply()
    account.edit("campaign", "spring", budget=1)
    planned = made.plan()
    assert planned.rows == {}
    assert planned.json["warnings"] == []


def test_the_landing_page_is_compared_with_what_was_applied(made: Workspace, account: Account) -> None:
    """The API never shows it, so a stranger's edit of it is no drift, and the unchanged manifest is in sync."""
    account.edit("ad", "spring-us-hero", landing_page_url="https://elsewhere.example/")
    assert made.in_sync()
    assert json.loads(made.run("drift", "--json").stdout)["drift"] == []


def test_what_nobody_declared_is_counted_and_left_alone(made: Workspace, account: Account) -> None:
    """Unmanaged objects of every kind are a number in the summary, never a row."""
    account.load(
        campaigns=[{"campaign_name": "theirs", "budget": 5}],
        adgroups=[{"adgroup_name": "theirs", "parent": 0}],
        ads=[{"ad_name": "theirs", "parent": 0}],
    )
    planned = made.plan()
    assert planned.rows == {}
    assert planned.json["summary"]["unmanaged"] == 3


def test_a_new_child_of_a_campaign_that_is_there_is_created_under_it(made: Workspace, account: Account) -> None:
    """Adding an ad later is one POST."""
    made.manifest(ad("second"), file="b.yaml")
    account.forget_calls()
    made.apply()
    ((path, body),) = account.posts()
    assert (path, body["adgroup_id"]) == ("ad/create/", made.lock["adgroup/spring-us"]["id"])
    assert made.in_sync()
