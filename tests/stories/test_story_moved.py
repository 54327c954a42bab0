"""`moved: {from: OLD}`: a manifest gets another name in a pull request, and nothing is sent for what runs."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Workspace


def test_a_campaign_is_moved_with_all_that_belongs_to_it(work: Workspace, account: Account) -> None:
    """The plan is one row without a call; the lockfile has the new address, its ad group follows."""
    work.manifest(campaign("live", campaign_name="Live", status="ENABLE"), adgroup("us", "live"))
    work.apply()
    before = work.lock
    work.manifest(
        campaign("live-26", campaign_name="Live", status="ENABLE", top="moved: {from: live}"), adgroup("us", "live-26")
    )
    account.forget_calls()
    (row,) = work.plan().json["changes"]
    assert (row["address"], row["op"], row["from"]) == ("campaign/live-26", "move", "campaign/live")
    assert row["id"] == before["campaign/live"]["id"]
    ended = work.apply()
    assert (ended.ended, account.posts()) == ({"campaign/live-26": "done"}, [])
    assert work.lock["campaign/live-26"]["id"] == before["campaign/live"]["id"]
    assert work.lock["adgroup/us"]["parent"] == "campaign/live-26"
    assert "campaign/live" not in work.lock
    assert work.in_sync()
    work.replace("moved: {from: live}\n", "")
    assert work.in_sync()


def test_what_moves_and_changes_has_two_rows(work: Workspace, account: Account) -> None:
    """The move comes first and is in the digest with its `from`; the update is sent under the new address, once."""
    work.manifest(campaign("live", campaign_name="Live"), adgroup("us", "live"))
    work.apply()
    work.manifest(
        campaign("new", campaign_name="Live", budget="600.00", top="moved: {from: campaign/live}"),
        adgroup("us", "new"),
        adgroup("uk", "new"),
    )
    account.forget_calls()
    made = work.plan()
    rows = [(one["address"], one["op"]) for one in made.json["changes"]]
    assert rows == [("campaign/new", "move"), ("campaign/new", "update"), ("adgroup/uk", "create")]
    assert made.json["summary"]["move"] == 1
    work.replace("from: campaign/live", "from: live")
    assert work.plan().json["digest"] == made.json["digest"]
    ended = work.apply("--expect-digest", made.json["digest"])
    assert [one["outcome"] for one in ended.json["outcomes"]] == ["done"] * 3
    assert len(account.posts()) == 2
    assert work.in_sync()


def test_a_saved_plan_of_a_move_is_applied_and_shown(work: Workspace, account: Account) -> None:
    """The file holds `from`; `show` says it in words; applied it is the very same plan."""
    work.manifest(campaign("live", campaign_name="Live"))
    work.apply()
    work.manifest(campaign("new", campaign_name="Live", budget="600.00", top="moved: {from: [other, live]}"))
    assert work.run("plan", "--out", "p.json").code == 0
    shown = work.run("show", "p.json").stdout
    assert "> campaign/new will be what campaign/live was" in shown
    for how in ("markdown", "html"):
        assert "campaign/live" in work.run("show", "p.json", "--format", how).stdout
    ended = work.run("apply", "p.json", "--json")
    assert ended.code == 0, ended.text
    assert [one["op"] for one in ended.json["outcomes"]] == ["move", "update"]
    assert work.in_sync()


def test_a_move_that_is_no_longer_there_is_another_plan(work: Workspace, account: Account) -> None:
    """Somebody ran `state mv` since: the saved plan is stale and says which row is gone."""
    work.manifest(campaign("live", campaign_name="Live"))
    work.apply()
    work.manifest(campaign("new", campaign_name="Live", budget="600.00", top="moved: {from: live}"))
    work.run("plan", "--out", "p.json")
    assert work.run("state", "mv", "campaign/live", "campaign/new").code == 0
    ended = work.run("apply", "p.json", "--json")
    assert (ended.code, set(ended.codes)) == (6, {"R803", "R809"})


def test_a_whole_tree_is_moved_at_once(work: Workspace, account: Account) -> None:
    """Campaign, ad group and ad get new names together, and every parent follows."""
    work.manifest(campaign("a", campaign_name="A"), adgroup("b", "a", adgroup_name="B"), ad("c", "b", ad_name="C"))
    work.apply()
    work.manifest(
        campaign("a2", campaign_name="A", top="moved: {from: a}"),
        adgroup("b2", "a2", adgroup_name="B", top="moved: {from: b}"),
        ad("c2", "b2", ad_name="C", top="moved: {from: c}"),
    )
    account.forget_calls()
    made = work.plan().json["changes"]
    assert [(one["address"], one["op"]) for one in made] == [
        ("campaign/a2", "move"), ("adgroup/b2", "move"), ("ad/c2", "move"),
    ]  # fmt: skip
    work.apply()
    parents = {address: entry["parent"] for address, entry in work.lock.items()}
    assert parents == {"campaign/a2": None, "adgroup/b2": "campaign/a2", "ad/c2": "adgroup/b2"}
    assert account.posts() == []
    assert work.in_sync()


def test_a_target_leaves_no_move_out(work: Workspace, account: Account) -> None:
    """What is not targeted goes by the new addresses as well, so a move always comes along."""
    work.manifest(campaign("a", campaign_name="A"), adgroup("b", "a"), campaign("z"))
    work.apply()
    work.manifest(
        campaign("a2", campaign_name="A", top="moved: {from: a}", budget="700.00"),
        adgroup("b", "a2"),
        campaign("other"),
    )
    made = work.plan("--target", "adgroup/b")
    assert [(one["address"], one["op"]) for one in made.json["changes"]] == [("campaign/a2", "move")]
    work.apply("--target", "adgroup/b")
    assert work.lock["adgroup/b"]["parent"] == "campaign/a2"


def test_a_key_that_is_misspelt_is_guessed(work: Workspace) -> None:
    """As people write it: `from`."""
    work.manifest(campaign("a", top="moved: {form: b}"))
    hints = [one["hint"] for one in work.run("validate", "--json").json["errors"]]
    assert "did you mean `from`?" in hints


MISTAKES = {
    "itself": ("from: new", "which is this manifest"),
    "another kind": ("from: adgroup/us", "of another kind"),
    "nothing": ("from: []", "one name at least"),
    "no name": ('from: "a b"', "not a name or an address"),
    "twice": ("from: [live, live]", "twice"),
    "declared": ("from: other", "which a manifest still declares"),
    "two in the lockfile": ("from: [live, older]", "campaign/live and campaign/older are all in the lockfile"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_move_that_cannot_be_is_an_error_of_the_manifest(work: Workspace, account: Account, mistake: str) -> None:
    """Exit 3 with the place, before anything is read; the lockfile is as it was."""
    work.manifest(campaign("live", campaign_name="L"), campaign("older", campaign_name="O"), campaign("other"))
    work.apply()
    written, said = MISTAKES[mistake]
    work.manifest(campaign("new", campaign_name="L", top=f"moved: {{{written}}}"), campaign("other"))
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R215" if mistake == "nothing" else "R310"])
    (error,) = ended.json["errors"]
    assert said in error["message"]
    assert (error["file"], error["line"]) == ("manifests/a.yaml", 3)


def test_one_old_name_is_of_one_manifest(work: Workspace, account: Account) -> None:
    """Two that were moved from the same: the second is told where the first is."""
    work.manifest(campaign("a", campaign_name="A", top="moved: {from: x}"), campaign("b", top="moved: {from: x}"))
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R310"])
    assert "manifests/a.yaml:1" in ended.json["errors"][0]["message"]


def test_a_move_waits_for_a_write_of_unknown_outcome(work: Workspace, account: Account) -> None:
    """The create of an ad group below it got no answer, and the journal knows the campaign by its old name: nothing
    moves, nothing is made or paused; the apply that finds the ad group moves everything."""
    work.configure(quiet=60)
    work.manifest(campaign("a", campaign_name="A", status="ENABLE"))
    work.apply()
    work.manifest(campaign("a", campaign_name="A", status="ENABLE"), adgroup("b", "a"))
    account.faults({"path": "adgroup/create/", "nth": 1, "late_commit": 1})
    work.apply(code=8)
    work.manifest(campaign("a2", campaign_name="A", status="ENABLE", top="moved: {from: a}"), adgroup("b", "a2"))
    account.forget_calls()
    rows = work.plan().rows
    assert {address: (row["op"], row["code"]) for address, row in rows.items()} == dict.fromkeys(
        ("campaign/a", "campaign/a2", "adgroup/b"), ("blocked", "R703")
    )
    assert work.run("state", "mv", "campaign/a", "campaign/a2").code == 3
    work.apply()
    assert account.posts() == []
    assert work.in_sync()
    assert work.lock["adgroup/b"]["parent"] == "campaign/a2"
    assert (account.one("campaign", "A")["status"], account.names("adgroup")) == ("ENABLE", ["b"])
