"""`explain ADDRESS`: from the line of the manifest over what was applied and what is live to what a plan decides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, campaign, family
from tests.stories.refresh.scene import ready
from tests.stories.workspace import Workspace

SPEC = {"campaign_name": "Spring", "status": "ENABLE"}


@pytest.fixture
def made(work: Workspace) -> Workspace:
    """A family that is there and in sync."""
    work.manifest(*family(**SPEC))
    work.apply()
    return work


def explained(work: Workspace, address: str) -> dict[str, Any]:
    """`explain --json`."""
    ended = work.run("explain", address, "--json")
    assert ended.code == 0, ended.text
    found: dict[str, Any] = ended.json
    return found


def field(found: dict[str, Any], path: str) -> dict[str, Any]:
    """One field of it."""
    (row,) = [one for one in found["fields"] if one["path"] == path]
    return dict(row)


def test_a_change_is_told_field_by_field(made: Workspace, account: Account) -> None:
    """Line, desired, applied, live, side; the decision is the plan's row, and nothing is written or sent."""
    account.edit("campaign", "Spring", budget=650, status="DISABLE")
    made.replace("500.00", "800.00")
    before, row = made.files(), made.plan().rows["campaign/spring"]
    account.forget_calls()
    found = explained(made, "campaign/spring")
    assert found["manifest"] == {"file": "manifests/a.yaml", "line": 1}
    assert found["lockfile"] == made.lock["campaign/spring"]
    assert found["live"]["id"] == found["lockfile"]["id"]
    assert found["decision"] == {name: row[name] for name in ("op", "reason", "code", "hint")}
    assert field(found, "budget") == {
        "path": "budget", "file": "manifests/a.yaml", "line": 6, "desired": "800.00", "applied": "500.00",
        "live": "650.00", "side": "both", "verdict": "would be sent",
    }  # fmt: skip
    assert field(found, "status")["side"] == "theirs"
    assert field(found, "objective_type")["verdict"] == "in sync"
    assert [(one["verb"], one["path"]) for one in found["sends"]] == [
        ("update", "campaign/update/"), ("enable", "campaign/update/"),
    ]  # fmt: skip
    assert found["sends"][0]["body"]["budget"] == "800.00"
    assert found["last_done"]["verb"] == "enable"
    assert (made.files(), account.posts()) == (before, [])
    text = made.run("explain", "campaign/spring").stdout
    for line in ("budget: would be sent, changed on both sides  manifests/a.yaml:6", "manifest  800.00 USD",
                 "applied   500.00 USD", "live      650.00 USD", "would send: POST campaign/update/"):  # fmt: skip
        assert line in text


def test_what_is_in_sync_and_what_nobody_manages(made: Workspace) -> None:
    """A field the API never shows is told as such; one no manifest sets is not managed."""
    found = explained(made, "ad/spring-us-hero")
    assert found["decision"] == {
        "op": None, "reason": "everything is as the manifest says", "code": None, "hint": None,
    }  # fmt: skip
    assert "never shows it" in field(found, "landing_page_url")["verdict"]
    assert "not managed" in field(found, "status")["verdict"]
    assert found["sends"] == []


def test_an_ignored_field_is_told_with_its_reason(work: Workspace, account: Account) -> None:
    """Whoever wonders reads why it is left alone."""
    work.manifest(campaign(lifecycle="ignore: [status, {field: budget, reason: the bid team sets it}]", **SPEC))
    work.apply()
    account.edit("campaign", "Spring", budget=7)
    found = explained(work, "campaign/spring")
    assert found["ignored"] == [
        {"field": "budget", "reason": "the bid team sets it"}, {"field": "status", "reason": None},
    ]  # fmt: skip
    assert field(found, "budget")["verdict"] == "left to others: the bid team sets it"
    assert field(found, "budget")["live"] == "7.00"


def test_blocked_rows_say_code_and_next_step(made: Workspace, account: Account) -> None:
    """Twin, vanished, not possible in this contract: what the plan says."""
    made.configure(quiet=0)
    account.load(campaigns=[{"campaign_name": "theirs"}])
    made.manifest(campaign("theirs"), ad("other"), file="b.yaml")
    account.edit("adgroup", "spring-us", budget=66)
    account.edit("ad", "spring-us-hero", status="DELETE")
    for address, code in (("campaign/theirs", "R701"), ("ad/spring-us-hero", "R702"), ("adgroup/spring-us", "R705")):
        found, row = explained(made, address), made.plan().rows[address]
        assert (found["decision"]["code"], found["decision"]["hint"]) == (code, row["hint"])
        text = made.run("explain", address).stdout
        assert f"reconciler explain {code}" in text
        assert row["hint"] in text
        assert found["sends"] == []


def test_a_refused_plan_is_told_with_the_way_out(made: Workspace) -> None:
    """The guard rail's own words."""
    made.replace("500.00", "5000.00")
    (broken,) = explained(made, "campaign/spring")["violations"]
    assert broken == {
        key: value for key, value in made.plan().json["violations"][0].items() if key != "address"
    }  # fmt: skip
    assert broken["allow"] in made.run("explain", "campaign/spring").stdout


def test_an_open_write_is_told(work: Workspace, account: Account) -> None:
    """Why nothing is sent: an earlier write has no known outcome."""
    work.configure(quiet=600)
    work.manifest(campaign())
    account.faults({"path": "campaign/create/", "lose_reply": True})
    work.apply(code=8)
    account.faults()
    found = explained(work, "campaign/spring")
    assert (found["intent"]["verb"], found["intent"]["state"]) == ("create", "unknown")
    assert found["decision"]["code"] == "R703"


def test_what_only_the_lockfile_knows(made: Workspace) -> None:
    """No manifest: what will happen to it, and afterwards why nothing does."""
    made.manifest(campaign("other"))
    found = explained(made, "campaign/spring")
    assert (found["manifest"], found["decision"]["op"]) == (None, "disable")
    assert "goes with its campaign" in explained(made, "ad/spring-us-hero")["warnings"][0]
    made.apply()
    assert "left alone" in explained(made, "campaign/spring")["decision"]["reason"]
    assert made.run("explain", "campaign/spring").code == 0


def test_a_video_and_a_refresh(work: Workspace, account: Account) -> None:
    """Before and after: uploads, generation, slots, tasks, approval, and what would be submitted."""
    account.switch(task_seconds="0")
    ready(work)
    assert explained(work, "video/hero")["decision"]["op"] == "upload"
    assert explained(work, "refresh/hooks")["submits"] == [[1], [2], [3]]
    work.apply()
    work.run("approve", "refresh/hooks", "1", "--by", "Ann")
    found = explained(work, "refresh/hooks")
    assert found["refresh"] == work.run("status", "--json").json["refreshes"][0]
    assert [one["approval"] for one in found["refresh"]["variants"]] == ["approved", "none", "none"]
    assert found["decision"]["op"] is None
    work.replace("variants: 3", "variants: 4\n  revision: 2")
    found = explained(work, "refresh/hooks")
    assert (found["decision"]["reason"], field(found, "generation")["desired"]) == ("new inputs", 2)
    text = work.run("explain", "refresh/hooks").stdout
    for line in ("generation 2, 4 tasks to submit for 4 videos", "slot 1: ready, approval approved", "task "):
        assert line in text
    assert explained(work, "video/hero")["lockfile"]["stock_video_id"] in work.run("explain", "video/hero").stdout


@pytest.mark.parametrize("address", ["campaign/sprnig", "video/spring-us-her0"])
def test_an_unknown_address_is_3_with_the_nearest(made: Workspace, account: Account, address: str) -> None:
    """Before anything is asked of the API, and without a token."""
    account.forget_calls()
    ended = made.run("explain", address, "--json", token=None)
    assert (ended.code, ended.codes) == (3, ["R908"])
    assert ended.json["errors"][0]["hint"]
    assert account.calls() == []


def test_a_code_is_still_explained_and_nonsense_is_neither(made: Workspace) -> None:
    """An argument with a slash is an address, any other a code."""
    assert made.run("explain", "R701", "--json").json["title"] == "twin"
    assert made.run("explain", "planet/x", "--json").codes == ["R901"]
    assert made.run("explain", "campaign/spring", token=None).code == 4


def test_hostile_live_names_stay_text(made: Workspace, account: Account) -> None:
    """Nothing moves the cursor."""
    account.edit("campaign", "Spring", campaign_name="x\x1b[2J\u202e")
    assert not {"\x1b", "\u202e"} & set(made.run("explain", "campaign/spring").stdout)
