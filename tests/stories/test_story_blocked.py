"""Blocked rows of the decision table: twin, vanished, replace, and what the contract cannot do."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.workspace import Workspace

FAMILY = ["campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"]


@pytest.fixture
def made(work: Workspace) -> Workspace:
    """A workspace whose campaign, ad group and ad are there and in sync."""
    work.manifest(*family())
    work.apply()
    return work


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


def test_recreate_of_what_is_live_says_that_it_does_nothing(made: Workspace) -> None:
    """Whoever asks for a new object and gets none is told which option makes one."""
    (warning,) = made.plan("--recreate", "campaign/spring").json["warnings"]
    assert "its object is live; `--replace campaign/spring` makes a new one" in warning
    assert made.plan().json["warnings"] == []


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


def test_a_strangers_edit_of_an_ad_group_is_blocked_as_the_contract_cannot_repair_it(
    made: Workspace, account: Account
) -> None:
    """Drift that no call can take back is shown, side `theirs`, and blocks only its own row."""
    account.edit("adgroup", "spring-us", budget=70)
    row = made.plan().rows["adgroup/spring-us"]
    assert (row["op"], row["reason"]) == ("blocked", "contract")
    assert row["fields"] == [{"path": "budget", "old": "70.00", "new": "50.00", "side": "theirs", "money": True}]


def test_an_object_moved_to_another_parent_in_the_manifests_is_blocked(made: Workspace) -> None:
    """A reference is fixed after creation in this contract."""
    made.manifest(campaign("other"), file="b.yaml")
    made.replace("campaign: spring", "campaign: other")
    row = made.plan().rows["adgroup/spring-us"]
    assert (row["op"], row["reason"]) == ("blocked", "contract")
    assert [(one["path"], one["old"], one["new"]) for one in row["fields"]] == [("campaign", "spring", "other")]
