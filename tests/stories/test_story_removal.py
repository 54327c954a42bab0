"""Manifests that go away: disable, delete after a hold, keep, protect, and what a campaign takes with it."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign, family
from tests.stories.workspace import Workspace


def settle(work: Workspace, *documents: str) -> None:
    """A campaign that stays, and these manifests, all applied; then only the one that stays is left."""
    work.manifest(campaign("stays"), file="stays.yaml")
    work.manifest(*documents)
    work.apply()
    work.manifest()


def test_a_removed_campaign_is_disabled_and_stays_remembered(work: Workspace, account: Account) -> None:
    """`disable`: one call; the entry keeps its id and tells since when, and the plan is empty from then on."""
    settle(work, campaign(status="ENABLE"))
    row = work.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("disable", "removed")
    assert row["source"] is None
    assert [(one["path"], one["old"], one["new"]) for one in row["fields"]] == [("status", "ENABLE", "DISABLE")]
    account.forget_calls()
    assert work.apply().ended == {"campaign/spring": "done"}
    assert [(path, body["status"]) for path, body in account.posts()] == [("campaign/update/", "DISABLE")]
    assert account.one("campaign", "spring")["status"] == "DISABLE"
    assert work.lock["campaign/spring"]["removed_at"]
    assert work.in_sync()


def test_a_manifest_that_comes_back_takes_the_same_object_up_again(work: Workspace, account: Account) -> None:
    """The campaign, its ad group and its ad are taken up by their ids: nothing is created a second time."""
    settle(work, *family(status="ENABLE"))
    work.apply()
    before = {address: entry["id"] for address, entry in work.lock.items()}
    work.manifest(*family(status="ENABLE"))
    assert work.plan().ops == {"campaign/spring": "update"}
    work.apply()
    assert {address: entry["id"] for address, entry in work.lock.items()} == before
    assert not any("removed_at" in entry for entry in work.lock.values())
    assert account.one("campaign", "spring")["status"] == "ENABLE"
    assert len(account.objects("adgroup")) == len(account.objects("ad")) == 1
    assert work.in_sync()


def test_what_goes_with_its_campaign_gets_no_call_and_is_named_in_the_warnings(
    work: Workspace, account: Account
) -> None:
    """Ad group and ad have no call of their own: the campaign's pause governs them, and their entries stay."""
    settle(work, *family())
    planned = work.plan()
    assert planned.ops == {"campaign/spring": "disable"}
    for address in ("adgroup/spring-us", "ad/spring-us-hero"):
        assert any(address in text for text in planned.json["warnings"])
    account.forget_calls()
    work.apply()
    assert {body.get("campaign_id") for _, body in account.posts()} <= {work.lock["campaign/spring"]["id"]}
    assert all(work.lock[one]["removed_at"] for one in ("campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"))
    assert work.in_sync()
    assert work.plan().json["warnings"] == []


@pytest.mark.parametrize("address", ["adgroup/spring-us", "ad/spring-us-hero"])
def test_an_ad_group_or_ad_removed_alone_is_blocked(work: Workspace, account: Account, address: str) -> None:
    """This contract cannot pause it without its campaign, so the plan names the next best step."""
    work.manifest(campaign(), *([adgroup()] if address.startswith("ad/") else []))
    work.manifest(*([] if address.startswith("ad/") else [adgroup()]), ad(), file="b.yaml")
    work.apply()
    (work.root / "manifests/b.yaml").unlink()
    planned = work.plan()
    assert (planned.rows[address]["op"], planned.rows[address]["reason"]) == ("blocked", "contract")
    assert address in planned.rows[address]["hint"]
    account.forget_calls()
    assert work.apply(code=5).ended[address] == "skipped"
    assert account.posts() == []
    assert "removed_at" not in work.lock[address]


def test_delete_is_a_disable_now_and_a_delete_after_the_hold(work: Workspace, account: Account) -> None:
    """`on_remove: delete` with a hold of no days: the first plan disables, the second deletes, the third is empty."""
    work.configure(guardrails="{max_daily_spend: 1000, delete_hold_days: 0}")
    settle(work, campaign(status="ENABLE", lifecycle="on_remove: delete"), adgroup(), ad())
    assert work.plan().ops == {"campaign/spring": "disable"}
    work.apply()
    assert account.one("campaign", "spring")["status"] == "DISABLE"
    row = work.plan().rows["campaign/spring"]
    assert (row["op"], row["fields"][0]["new"]) == ("delete", "DELETE")
    work.apply()
    assert account.one("campaign", "spring")["status"] == "DELETE"
    assert set(work.lock) == {"campaign/stays"}
    assert work.in_sync()


def test_before_the_hold_is_over_nothing_is_deleted(work: Workspace, account: Account) -> None:
    """With the default of seven days the second plan only says what is to come."""
    settle(work, campaign(lifecycle="on_remove: delete"))
    work.apply()
    planned = work.plan()
    assert planned.rows == {}
    assert any("campaign/spring" in text for text in planned.json["warnings"])
    assert account.one("campaign", "spring")["status"] == "DISABLE"


def test_a_strangers_enable_during_the_hold_is_taken_back_first(work: Workspace, account: Account) -> None:
    """What is enabled again is never deleted at once: it is disabled, and deleted by a later plan."""
    work.configure(guardrails="{max_daily_spend: 1000, delete_hold_days: 0}")
    settle(work, campaign(lifecycle="on_remove: delete"))
    work.apply()
    account.edit("campaign", "spring", status="ENABLE")
    assert work.plan().ops == {"campaign/spring": "disable"}
    work.apply()
    assert work.plan().ops == {"campaign/spring": "delete"}


def test_keep_forgets_and_leaves_the_object_as_it_is(work: Workspace, account: Account) -> None:
    """`on_remove: keep`: no call, no entry; the object is unmanaged from then on."""
    settle(work, campaign(status="ENABLE", lifecycle="on_remove: keep"))
    assert work.plan().ops == {"campaign/spring": "forget"}
    account.forget_calls()
    work.apply()
    assert account.posts() == []
    assert account.one("campaign", "spring")["status"] == "ENABLE"
    assert set(work.lock) == {"campaign/stays"}
    assert work.plan().json["summary"]["unmanaged"] == 1


def test_a_kept_campaign_whose_children_stay_is_blocked(work: Workspace, account: Account) -> None:
    """Forgetting the parent of entries that stay would leave them without one."""
    settle(work, campaign(lifecycle="on_remove: keep"), adgroup())
    assert work.plan().ops == {"campaign/spring": "blocked", "adgroup/spring-us": "blocked"}
    account.forget_calls()
    work.apply(code=5)
    assert account.posts() == []
    assert set(work.lock) == {"campaign/stays", "campaign/spring", "adgroup/spring-us"}


def test_a_whole_family_can_be_kept(work: Workspace, account: Account) -> None:
    """With `keep` on all three, all are forgotten, children first, and live on."""
    keep = "on_remove: keep"
    settle(work, campaign(lifecycle=keep), adgroup(lifecycle=keep), ad(lifecycle=keep))
    assert set(work.plan().ops.values()) == {"forget"}
    work.apply()
    assert set(work.lock) == {"campaign/stays"}
    assert account.names("ad") == ["spring-us-hero"]


def test_what_is_gone_from_manifests_and_account_is_forgotten(work: Workspace, account: Account) -> None:
    """Neither declared nor live: the entry goes, without a call."""
    settle(work, campaign())
    account.edit("campaign", "spring", status="DELETE")
    work.configure(quiet=0)
    row = work.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("forget", "gone")
    account.forget_calls()
    work.apply()
    assert account.posts() == []
    assert set(work.lock) == {"campaign/stays"}


def test_protect_is_remembered_when_the_manifest_is_gone(work: Workspace, account: Account) -> None:
    """A protected campaign is not disabled; to let it go the manifest comes back without `protect` first."""
    settle(work, campaign(status="ENABLE", lifecycle="protect: true"))
    row = work.plan().rows["campaign/spring"]
    assert (row["op"], row["reason"]) == ("blocked", "protected")
    work.apply(code=5)
    assert account.one("campaign", "spring")["status"] == "ENABLE"
    work.manifest(campaign(status="ENABLE", lifecycle="protect: false"))
    work.apply()
    work.manifest()
    assert work.plan().ops == {"campaign/spring": "disable"}


def test_protect_and_on_remove_added_later_are_remembered_without_a_call(work: Workspace, account: Account) -> None:
    """Only the lockfile changes: the plan is empty, and the next apply writes them down."""
    work.manifest(campaign())
    work.apply()
    work.manifest(campaign(lifecycle="protect: true, on_remove: delete"))
    assert work.in_sync()
    account.forget_calls()
    work.apply()
    assert account.posts() == []
    assert work.lock["campaign/spring"]["protect"] is True
    assert work.lock["campaign/spring"]["on_remove"] == "delete"


def test_an_ad_removed_with_a_campaign_that_is_protected_gets_no_call_either(work: Workspace, account: Account) -> None:
    """Where the campaign stays as it is, what belongs to it is blocked as well, not forgotten."""
    settle(work, campaign(lifecycle="protect: true"), adgroup(), ad())
    assert set(work.plan().ops.values()) == {"blocked"}
    account.forget_calls()
    work.apply(code=5)
    assert account.posts() == []
    assert len(work.lock) == 4


def test_no_manifest_at_all_with_a_lockfile_that_knows_something_is_refused(work: Workspace, account: Account) -> None:
    """An empty folder must not remove everything: exit 3, no request."""
    work.manifest(campaign())
    work.apply()
    (work.root / "manifests/a.yaml").unlink()
    account.forget_calls()
    for command in (["plan"], ["apply", "--auto-approve"], ["validate"], ["drift"]):
        assert work.run(*command, "--json").code == 3
    assert account.calls() == []


def test_removal_by_target_takes_only_what_is_named(work: Workspace, account: Account) -> None:
    """A target never removes what it does not name."""
    settle(work, campaign(status="ENABLE"), campaign("summer", status="ENABLE", budget="1"))
    planned = work.plan("--target", "campaign/stays")
    assert planned.rows == {}
    assert planned.json["summary"]["untargeted"] == 2
    work.apply("--target", "campaign/summer")
    assert account.one("campaign", "summer")["status"] == "DISABLE"
    assert account.one("campaign", "spring")["status"] == "ENABLE"
