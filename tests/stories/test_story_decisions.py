"""The decision table, row by row: what is wanted, what the lockfile knows and what is live make one op each."""

from __future__ import annotations

import json

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign, family
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
    assert row["fields"] == [{"path": "budget", "old": "999.00", "new": "500.00", "side": "theirs"}]
    made.apply()
    assert account.one("campaign", "spring")["budget"] == "500.00"
    assert made.in_sync()


def test_an_edit_on_both_sides_is_shown_as_both(made: Workspace, account: Account) -> None:
    """We want 400, somebody set 999, 500 was applied."""
    account.edit("campaign", "spring", budget=999)
    made.replace("budget: 500.00", "budget: 400.00")
    row = made.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("update", "both")
    assert row["fields"] == [{"path": "budget", "old": "999.00", "new": "400.00", "side": "both"}]


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


def test_a_twin_is_blocked_and_never_becomes_a_duplicate(work: Workspace, account: Account) -> None:
    """An object of the same name that is not ours blocks its row and what depends on it; the rest is done."""
    theirs = account.load(campaigns=[{"campaign_name": "spring"}])["campaigns"][0]
    work.manifest(*family(), campaign("summer"))
    row = work.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("blocked", "twin")
    applied = work.apply(code=5)
    assert applied.ended == {
        "campaign/spring": "skipped",
        "campaign/summer": "done",
        "adgroup/spring-us": "skipped",
        "ad/spring-us-hero": "skipped",
    }
    error = applied.rows["campaign/spring"]["error"]
    assert theirs in error["hint"]
    assert account.names("campaign") == ["spring", "summer"]
    assert account.names("adgroup") == []


def test_a_twin_of_an_ad_group_counts_under_the_same_parent_only(made: Workspace, account: Account) -> None:
    """The same name under another campaign is no twin; under ours it is."""
    other = account.load(campaigns=[{"campaign_name": "other"}], adgroups=[{"adgroup_name": "new", "parent": 0}])
    made.manifest(adgroup("new"), file="b.yaml")
    assert made.plan().ops == {"adgroup/new": "create"}
    ours = made.lock["campaign/spring"]["id"]
    account.load(adgroups=[{"adgroup_name": "new", "campaign_id": ours}])
    assert made.plan().ops == {"adgroup/new": "blocked"}
    assert other["adgroups"]


def test_a_deleted_object_of_that_name_is_no_twin(work: Workspace, account: Account) -> None:
    """A row with status DELETE counts as not live, even where lists show it."""
    account.switch(show_deleted="on")
    account.load(campaigns=[{"campaign_name": "spring", "status": "DELETE"}])
    work.manifest(campaign())
    assert work.plan().ops == {"campaign/spring": "create"}
    work.apply()
    assert work.in_sync()


def test_a_vanished_object_is_blocked_until_recreate_names_it(made: Workspace, account: Account) -> None:
    """Somebody deleted the campaign: nothing is made anew by itself; --recreate makes it, children follow by name."""
    account.edit("campaign", "spring", status="DELETE")
    made.configure(quiet=0)
    planned = made.plan()
    assert {(row["op"], row["reason"]) for row in planned.rows.values()} == {("blocked", "vanished")}
    assert made.apply(code=5).ended == dict.fromkeys(FAMILY, "skipped")
    chosen = [f"--recreate={address}" for address in FAMILY]
    assert made.plan(*chosen).ops == dict.fromkeys(FAMILY, "create")
    made.apply(*chosen)
    assert made.in_sync()
    assert account.names("campaign") == ["spring"]
    assert len(account.objects("campaign")) == 2


def test_one_listing_that_misses_an_object_does_not_make_it_vanished(made: Workspace, account: Account) -> None:
    """Absence is believed only when two complete listings agree."""
    made.configure(quiet=0)
    gap = {"data.list": [], "data.page_info": {"page": 1, "page_size": 1000, "total_number": 0, "total_page": 0}}
    account.faults({"path": "campaign/get/", "nth": 1, "edit": gap})
    assert made.plan().rows == {}


def test_a_replace_is_blocked_and_never_implicit(made: Workspace, account: Account) -> None:
    """An edit of the objective cannot be sent: the row is blocked and nothing of it is done."""
    made.replace("TRAFFIC", "REACH")
    row = made.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("blocked", "replace")
    account.forget_calls()
    applied = made.apply(code=5)
    assert "objective_type" in applied.rows["campaign/spring"]["error"]["hint"]
    assert account.posts() == []


@pytest.mark.parametrize(
    ("old", "new", "address", "named"),
    [
        ("budget: 50\n", "budget: 60\n", "adgroup/spring-us", "budget"),
        ("PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL", "adgroup/spring-us", "placement_type"),
        ("example.com/spring", "example.com/summer", "ad/spring-us-hero", "landing_page_url"),
        ("SINGLE_VIDEO", "SINGLE_IMAGE", "ad/spring-us-hero", "ad_format"),
    ],
)
def test_what_the_contract_cannot_change_is_a_blocked_row_with_the_next_step(
    made: Workspace, old: str, new: str, address: str, named: str
) -> None:
    """No call updates an ad group or an ad: the plan says so, with the field and what to do instead."""
    made.replace(old, new)
    row = made.plan().rows[address]
    assert (row["op"], row["reason"]) == ("blocked", "contract")
    assert [one["path"] for one in row["fields"]] == [named]
    assert "Ads Manager" in made.apply(code=5).rows[address]["error"]["hint"]


def test_the_landing_page_is_compared_with_what_was_applied(made: Workspace, account: Account) -> None:
    """The API never shows it, so a stranger's edit of it is no drift, and the unchanged manifest is in sync."""
    account.edit("ad", "spring-us-hero", landing_page_url="https://elsewhere.example/")
    assert made.in_sync()
    assert json.loads(made.run("drift", "--json").stdout)["drift"] == []


def test_a_strangers_edit_of_an_ad_group_is_blocked_as_the_contract_cannot_repair_it(
    made: Workspace, account: Account
) -> None:
    """Drift that no call can take back is shown, side `theirs`, and blocks only its own row."""
    account.edit("adgroup", "spring-us", budget=70)
    row = made.plan().rows["adgroup/spring-us"]
    assert (row["op"], row["reason"]) == ("blocked", "contract")
    assert row["fields"] == [{"path": "budget", "old": "70.00", "new": "50.00", "side": "theirs"}]


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


def test_an_object_moved_to_another_parent_in_the_manifests_is_blocked(made: Workspace) -> None:
    """A reference is fixed after creation in this contract."""
    made.manifest(campaign("other"), file="b.yaml")
    made.replace("campaign: spring", "campaign: other")
    row = made.plan().rows["adgroup/spring-us"]
    assert (row["op"], row["reason"]) == ("blocked", "contract")
    assert [(one["path"], one["old"], one["new"]) for one in row["fields"]] == [("campaign", "spring", "other")]


def test_a_new_child_of_a_campaign_that_is_there_is_created_under_it(made: Workspace, account: Account) -> None:
    """Adding an ad later is one POST."""
    made.manifest(ad("second"), file="b.yaml")
    account.forget_calls()
    made.apply()
    ((path, body),) = account.posts()
    assert (path, body["adgroup_id"]) == ("ad/create/", made.lock["adgroup/spring-us"]["id"])
    assert made.in_sync()
