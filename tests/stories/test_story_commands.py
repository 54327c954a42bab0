"""The commands around plan and apply: targets, adopt, state, drift, init, schema, explain, and how they are called."""

from __future__ import annotations

import json

import pytest

from tests.stories.account import ADVERTISER, Account
from tests.stories.manifests import ad, adgroup, campaign, family
from tests.stories.workspace import Workspace


@pytest.fixture
def made(work: Workspace, account: Account) -> Workspace:
    """A family that is there and in sync; calls are counted from now on."""
    work.manifest(*family())
    work.apply()
    account.forget_calls()
    return work


def two_families(work: Workspace) -> None:
    """Spring with a label on its ad, and summer."""
    work.manifest(campaign(), adgroup(), ad(top="labels: {team: growth}"))
    work.manifest(campaign("summer"), adgroup("summer-us", "summer"), ad("summer-ad", "summer-us"), file="b.yaml")


@pytest.mark.parametrize("target", ["ad/spring-*", "label:team=growth", "ad/spring-us-hero"])
def test_a_target_takes_the_parents_it_needs_and_nothing_else(work: Workspace, account: Account, target: str) -> None:
    """Ad, ad group and campaign of spring; summer is counted as untargeted, and left for a full apply."""
    two_families(work)
    planned = work.plan("--target", target)
    assert set(planned.ops) == {"campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"}
    assert planned.json["summary"]["untargeted"] == 3
    work.apply("--target", target)
    assert account.names("campaign") == ["spring"]
    assert set(work.plan().ops) == {"campaign/summer", "adgroup/summer-us", "ad/summer-ad"}


def test_a_target_never_takes_what_depends_on_it(work: Workspace) -> None:
    """A campaign alone is a campaign alone; several targets add up."""
    two_families(work)
    assert set(work.plan("--target", "campaign/*").ops) == {"campaign/spring", "campaign/summer"}
    both = work.plan("--target", "campaign/spring", "--target", "adgroup/summer-us")
    assert set(both.ops) == {"campaign/spring", "campaign/summer", "adgroup/summer-us"}
    assert both.json["summary"]["untargeted"] == 3


def test_an_exclude_takes_what_needs_it_along(work: Workspace, account: Account) -> None:
    """Without the campaign its ad group and ad cannot be made."""
    two_families(work)
    planned = work.plan("--exclude", "campaign/spring")
    assert set(planned.ops) == {"campaign/summer", "adgroup/summer-us", "ad/summer-ad"}
    assert planned.json["summary"]["untargeted"] == 3
    work.apply("--exclude", "campaign/spring")
    assert account.names("campaign") == ["summer"]


@pytest.mark.parametrize("option", ["--target", "--exclude", "--recreate"])
@pytest.mark.parametrize("value", ["campaign/typo", "label:team=nobody", "nonsense", ""])
def test_a_pattern_that_matches_nothing_is_a_typing_mistake(made: Workspace, option: str, value: str) -> None:
    """Exit 3 instead of silently doing nothing, or everything."""
    assert made.run("plan", "--json", option, value).code == 3


def test_adopt_binds_a_live_object_and_the_next_plan_shows_what_differs(work: Workspace, account: Account) -> None:
    """At once, with GET alone; then the family below it, parents first; nothing is created."""
    ids = account.load(
        campaigns=[{
            "campaign_name": "Old", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 9,
        }],
        adgroups=[{
            "adgroup_name": "US", "parent": 0, "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
            "budget_mode": "BUDGET_MODE_DAY", "budget": 50,
        }],
        ads=[{"ad_name": "Hero", "parent": 0, "ad_format": "SINGLE_VIDEO"}],
    )  # fmt: skip
    work.manifest(campaign(campaign_name="Old", budget="9"), adgroup(adgroup_name="US"), ad(ad_name="Hero"))
    assert work.run("adopt", "adgroup/spring-us", ids["adgroups"][0]).code == 3
    for address, one in zip(("campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"),
                            (*ids["campaigns"], *ids["adgroups"], *ids["ads"]), strict=True):  # fmt: skip
        assert work.run("adopt", address, one, "--json").json["id"] == one
        assert work.lock[address]["born"] == "adopted"
    assert account.posts() == []
    assert work.in_sync()
    work.replace("budget: 9", "budget: 8")
    assert work.plan().ops == {"campaign/spring": "update"}


def test_adopt_refuses_what_is_not_the_object_the_manifest_means(made: Workspace, account: Account) -> None:
    """Another kind, account or parent, what is bound already, what is gone, no id, no manifest: nothing is bound."""
    others = account.load(
        campaigns=[{"campaign_name": "x"}, {"campaign_name": "gone", "status": "DELETE"}],
        adgroups=[{"adgroup_name": "x", "parent": 0}],
    )
    foreign = account.load(advertiser="7000000000000000002", campaigns=[{"campaign_name": "foreign"}])
    made.manifest(campaign("new"), adgroup("new-us"), file="b.yaml")
    bound = made.lock["campaign/spring"]["id"]
    before = made.lock
    for address, one in [
        ("campaign/new", others["adgroups"][0]),
        ("campaign/new", foreign["campaigns"][0]),
        ("campaign/new", others["campaigns"][1]),
        ("campaign/new", bound),
        ("campaign/new", "1"),
        ("campaign/new", "x"),
        ("campaign/new", "١"),
        ("adgroup/new-us", others["adgroups"][0]),
        ("campaign/spring", others["campaigns"][0]),
        ("campaign/nobody", others["campaigns"][0]),
        ("planet/new", others["campaigns"][0]),
        ("new", others["campaigns"][0]),
    ]:
        ended = made.run("adopt", address, one, "--json")
        assert ended.code in (1, 3), (address, one)
        assert ended.json["errors"][0]["hint"]
    assert made.lock == before
    assert account.posts() == []


def test_state_mv_renames_an_entry_and_what_belongs_to_it_follows(made: Workspace, account: Account) -> None:
    """The manifest was renamed: after `state mv` the plan is empty."""
    made.replace("name: spring\n", "name: fall\n")
    made.replace("campaign: spring", "campaign: fall")
    made.replace("objective_type", "campaign_name: spring\n  objective_type")
    assert made.run("state", "mv", "campaign/spring", "campaign/fall").code == 0
    assert made.lock["adgroup/spring-us"]["parent"] == "campaign/fall"
    assert made.in_sync()
    for old, new in [
        ("campaign/nobody", "campaign/x"), ("campaign/fall", "campaign/Not A Name"),
        ("campaign/fall", 'campaign/a"b'), ("campaign/fall", "campaign/a/b"), ("campaign/fall", "x"),
    ]:  # fmt: skip
        assert made.run("state", "mv", old, new, "--json").code == 3, new
    made.manifest(campaign("fall"), campaign("winter"))
    made.apply("--target", "campaign/winter")
    for old, new, hint in [
        ("campaign/fall", "campaign/fall", "write another one"),
        ("campaign/fall", "campaign/winter", "let go of it first: `reconciler state rm campaign/winter`"),
        ("campaign/fall", "adgroup/x", "write the new address as campaign/NAME"),
    ]:
        ended = made.run("state", "mv", old, new, "--json")
        assert (ended.code, ended.json["errors"][0]["hint"]) == (3, hint), new


def test_state_rm_forgets_and_leaves_the_object(made: Workspace, account: Account) -> None:
    """From below; a parent of entries that stay is kept; afterwards the object is a twin."""
    for address, below in (("campaign/spring", "adgroup/spring-us"), ("adgroup/spring-us", "ad/spring-us-hero")):
        ended = made.run("state", "rm", address, "--json")
        assert (ended.code, f"first: `reconciler state rm {below}`" in ended.text) == (3, True)
    assert made.run("state", "rm", "ad/spring-us-hero").code == 0
    assert "ad/spring-us-hero" not in made.lock
    row = made.plan().rows["ad/spring-us-hero"]
    assert (row["op"], row["reason"]) == ("blocked", "twin")
    assert account.names("ad") == ["spring-us-hero"]
    told = made.apply(code=5).json["outcomes"]
    assert [one["error"]["message"] for one in told] == ["blocked: an object of this name already exists"]
    assert "error[R505]: ad/nobody: it is not in" in made.run("state", "rm", "ad/nobody").stderr


def test_what_state_and_status_print(made: Workspace) -> None:
    """The shapes people script against."""
    listed = made.run("state", "list", "--json").json
    assert listed["resources"][1] == {
        "address": "adgroup/spring-us", "id": made.lock["adgroup/spring-us"]["id"], "parent": "campaign/spring",
    }  # fmt: skip
    shown = made.run("state", "show", "campaign/spring", "--json").json
    assert shown == made.lock["campaign/spring"]
    assert {"id", "parent", "applied", "on_remove", "protect", "source", "born"} <= shown.keys()
    assert shown["source"] == {"file": "manifests/a.yaml", "line": 1}
    assert shown["applied"]["budget"] == "500.00"
    assert made.run("state", "show", "campaign/nobody", "--json").code == 3
    status = made.run("status", "--json").json
    assert (status["refreshes"], status["intents"]) == ([], [])
    document = json.loads((made.root / "reconciler.lock").read_text("utf-8"))
    assert {"version", "lineage", "serial", "account", "journal_head", "resources"} <= document.keys()
    assert status["serial"] == document["serial"]
    assert (made.root / ".reconciler/.gitignore").read_text("utf-8").strip() == "*"


def test_what_drift_prints(made: Workspace, account: Account) -> None:
    """Applied, live and desired of every field others changed; what is gone is counted; ours is no drift."""
    assert made.run("drift", "--detailed-exitcode").code == 0
    account.edit("campaign", "spring", budget=7)
    made.replace("500.00", "400")
    account.edit("ad", "spring-us-hero", status="DELETE")
    made.configure(quiet=0)
    found = made.run("drift", "--json", "--detailed-exitcode")
    assert found.code == 2
    assert found.json.keys() == {"format_version", "drift", "summary"}
    changed = found.json["drift"][0]
    assert changed["fields"] == [{"path": "budget", "applied": "500.00", "live": "7.00", "desired": "400.00"}]
    assert {"address", "id", "fields", "modified_at"} <= changed.keys()
    assert changed["modified_at"]
    assert found.json["summary"] == {"drifted": 1, "gone": 1}
    assert account.posts() == []


def test_what_plan_and_apply_print(work: Workspace, account: Account) -> None:
    """The promised shapes, with an id for every object that is there."""
    work.manifest(*family(), file="sub/c.yaml")
    planned = work.plan().json
    assert {
        "format_version",
        "digest",
        "account",
        "summary",
        "changes",
        "violations",
        "refresh",
        "warnings",
    } <= planned.keys()
    assert planned["account"] == {"advertiser_id": ADVERTISER, "currency": "USD"}
    assert list(planned["summary"]) == [
        "create", "update", "replace", "disable", "delete", "adopt", "move", "forget", "upload", "refresh", "blocked",
        "unchanged", "untargeted", "unmanaged",
    ]  # fmt: skip
    assert planned["refresh"] == {"tasks": 0, "videos": 0, "eta_seconds": 0}
    for row in planned["changes"]:
        assert {"address", "op", "reason", "id", "fields", "source"} <= row.keys()
        assert row["source"]["file"] == "manifests/sub/c.yaml"
        assert all({"path", "old", "new", "side"} <= one.keys() for one in row["fields"])
    applied = work.apply().json
    assert {"format_version", "plan_digest", "outcomes", "summary"} <= applied.keys()
    assert {one["address"]: one["id"] for one in applied["outcomes"]} == {
        address: entry["id"] for address, entry in work.lock.items()
    }
    assert all(one["error"] is None for one in applied["outcomes"])
    assert work.apply().json["outcomes"] == []


def test_the_digest_is_the_same_for_the_same_work_and_no_other(work: Workspace) -> None:
    """Order and place of files do not enter it; a cent does."""
    work.manifest(*family())
    first = work.plan().json["digest"]
    work.manifest(ad(), adgroup(), file="z.yaml")
    work.manifest("# moved\n" + campaign(budget="500"))
    assert work.plan().json["digest"] == first
    work.manifest(campaign(budget="500.01"))
    assert work.plan().json["digest"] != first


def test_the_text_of_a_plan_is_one_a_terraform_user_reads(work: Workspace, account: Account) -> None:
    """Counts, reasons, units, glyphs and where it is declared."""
    work.manifest(campaign(), campaign("other"))
    work.apply()
    work.manifest(campaign(budget="400"), adgroup(), file="a.yaml")
    text = work.run("plan").stdout
    assert "Plan: 1 to create, 1 to update, 1 to disable." in text
    assert "500.00 USD → 400.00 USD" in text
    assert "~ campaign/spring" in text
    assert "+ adgroup/spring-us" in text
    assert "- campaign/other" in text
    assert "manifests/a.yaml:" in text
    work.apply()
    assert "No changes." in work.run("plan").stdout
    account.edit("campaign", "spring", budget=1)
    assert "1.00 USD → 400.00 USD" in work.run("plan").stdout
