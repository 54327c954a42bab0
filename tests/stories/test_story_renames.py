"""A rename of an address touches nothing that runs, and names are passed on in the order in which they become free."""

from __future__ import annotations

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign
from tests.stories.workspace import Workspace


def test_a_renamed_address_is_held_back_on_both_sides(work: Workspace, account: Account) -> None:
    """Same kind, name and parent: both rows are blocked with the way out, no call is sent, and the campaign runs on."""
    work.manifest(campaign("live", campaign_name="Live", status="ENABLE"), adgroup("us", "live", adgroup_name="US"))
    work.apply()
    work.manifest(
        campaign("live-26", campaign_name="Live", status="ENABLE"), adgroup("us", "live-26", adgroup_name="US")
    )
    account.forget_calls()
    ended = work.apply(code=5)
    assert set(ended.ended.values()) == {"skipped"}
    assert ended.rows["campaign/live-26"]["error"]["code"] == ended.rows["campaign/live"]["error"]["code"] == "R726"
    assert "state mv campaign/live campaign/live-26" in ended.rows["campaign/live"]["error"]["hint"]
    assert (account.posts(), account.one("campaign", "Live")["status"]) == ([], "ENABLE")
    assert work.run("state", "mv", "campaign/live", "campaign/live-26").code == 0
    assert work.in_sync()


def test_a_whole_tree_that_is_renamed_is_held_back(work: Workspace, account: Account) -> None:
    """The children's new parent is itself a rename: they are recognised by the live parent."""
    work.manifest(campaign("live", campaign_name="Live"), adgroup("us", "live", adgroup_name="US"))
    work.apply()
    work.manifest(campaign("new", campaign_name="Live"), adgroup("new-us", "new", adgroup_name="US"))
    rows = work.plan().rows
    assert set(rows) == {"campaign/live", "campaign/new", "adgroup/us", "adgroup/new-us"}
    assert {row["op"] for row in rows.values()} == {"blocked"}
    assert work.run("state", "mv", "campaign/live", "campaign/new").code == 0
    assert work.run("state", "mv", "adgroup/us", "adgroup/new-us").code == 0
    assert work.in_sync()


def test_whoever_frees_a_name_goes_first(work: Workspace, account: Account) -> None:
    """A chain of names: one apply, each update after the one that makes room for it."""
    names = {"c1": "A", "c2": "B", "c3": "C"}
    work.manifest(*(campaign(one, campaign_name=name) for one, name in names.items()))
    work.apply()
    account.switch(unique_names="on")
    work.manifest(*(campaign(one, campaign_name=name) for one, name in {"c1": "B", "c2": "C", "c3": "D"}.items()))
    account.forget_calls()
    assert set(work.apply().ended.values()) == {"done"}
    assert [body["campaign_name"] for _, body in account.posts()] == ["D", "C", "B"]
    assert work.in_sync()


def test_swapped_names_are_refused_before_anything_is_sent(work: Workspace, account: Account) -> None:
    """Neither can go first: both rows say so, with the two steps; a third name resolves it."""
    work.manifest(campaign("c1", campaign_name="A"), campaign("c2", campaign_name="B"))
    work.apply()
    account.forget_calls()
    work.manifest(campaign("c1", campaign_name="B"), campaign("c2", campaign_name="A"))
    ended = work.apply(code=5)
    assert {row["error"]["code"] for row in ended.rows.values()} == {"R727"}
    assert account.posts() == []
    work.manifest(campaign("c1", campaign_name="B"), campaign("c2", campaign_name="third"))
    assert set(work.apply().ended.values()) == {"done"}
    work.manifest(campaign("c1", campaign_name="B"), campaign("c2", campaign_name="A"))
    assert set(work.apply().ended.values()) == {"done"}
    assert account.names("campaign") == ["A", "B"]


def test_a_name_that_somebody_else_keeps_is_refused_in_the_plan(work: Workspace, account: Account) -> None:
    """An object nobody manages has it: the row is blocked before anything is sent, and names it."""
    ids = account.load(campaigns=[{"campaign_name": "taken", "budget": 100, "budget_mode": "BUDGET_MODE_DAY"}])
    work.manifest(campaign(campaign_name="mine"))
    work.apply()
    work.manifest(campaign(campaign_name="taken"))
    account.forget_calls()
    ended = work.apply(code=5)
    assert ended.rows["campaign/spring"]["error"]["code"] == "R701"
    assert ids["campaigns"][0] in ended.rows["campaign/spring"]["error"]["hint"]
    assert account.posts() == []


def test_a_target_that_leaves_out_who_frees_its_name_is_refused_in_the_plan(work: Workspace, account: Account) -> None:
    """The row says what to name, too; with both targets it is done."""
    work.manifest(campaign("c1", campaign_name="A"), campaign("c2", campaign_name="B"))
    work.apply()
    account.switch(unique_names="on")
    work.manifest(campaign("c1", campaign_name="B"), campaign("c2", campaign_name="C"))
    account.forget_calls()
    ended = work.apply("--target", "campaign/c1", code=5)
    assert ended.rows["campaign/c1"]["error"]["code"] == "R701"
    assert "campaign/c2 has that name" in ended.rows["campaign/c1"]["error"]["hint"]
    assert account.posts() == []
    assert set(work.apply("--target", "campaign/c1", "--target", "campaign/c2").ended.values()) == {"done"}


def test_a_new_object_takes_a_name_that_is_given_up(work: Workspace, account: Account) -> None:
    """Never by `state mv` from an address that its own manifest still declares: the next apply makes it."""
    work.manifest(campaign("c1", campaign_name="A"))
    work.apply()
    account.switch(unique_names="on")
    work.manifest(campaign("c1", campaign_name="B"), campaign("c2", campaign_name="A"))
    ended = work.apply(code=5)
    assert ended.ended == {"campaign/c1": "done", "campaign/c2": "skipped"}
    assert "campaign/c1 has that name until its update is done" in ended.rows["campaign/c2"]["error"]["hint"]
    assert work.apply().ended == {"campaign/c2": "done"}
