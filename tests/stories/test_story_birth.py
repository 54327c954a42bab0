"""Birth: a campaign is live the moment it is created, so it is paused before anything else, and enabled last."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.workspace import Workspace

BIG = "{max_daily_spend: 100000}"


def order(account: Account) -> list[str]:
    """The writes in order, in words: `create spring`, `DISABLE spring`, …; a name is that of the campaign's moment."""
    names = {one["campaign_id"]: one["campaign_name"] for one in account.objects("campaign")}
    told = []
    for path, body in account.posts():
        kind, verb, _ = path.split("/")
        name = body.get(f"{kind}_name") or names.get(body.get("campaign_id", ""), "?")
        told.append(f"{body.get('status', verb)} {name}")
    return told


def refuse_the_pause(account: Account) -> None:
    """The first update is looked at and refused: a campaign was made, and it is still ENABLE."""
    account.faults({"path": "campaign/update/", "nth": 1, "code": 40002, "message": "not now"})


def test_a_campaign_is_paused_directly_after_its_create_and_enabled_last(work: Workspace, account: Account) -> None:
    """create, DISABLE, the next campaign, its DISABLE, the children, and ENABLE as the very last effect."""
    work.manifest(*family(status="ENABLE"), campaign("autumn", budget="1"))
    work.apply()
    assert order(account) == [
        "create autumn",
        "DISABLE autumn",
        "create spring",
        "DISABLE spring",
        "create spring-us",
        "create spring-us-hero",
        "ENABLE spring",
    ]
    assert account.one("campaign", "spring")["status"] == "ENABLE"
    assert account.one("campaign", "autumn")["status"] == "DISABLE"
    assert work.in_sync()


def test_no_create_carries_a_status(work: Workspace, account: Account) -> None:
    """This contract's creates have no such field."""
    work.manifest(*family(status="ENABLE"))
    work.apply()
    assert not any("status" in body for path, body in account.posts() if path.endswith("create/"))


def test_without_a_status_a_campaign_is_born_paused_and_then_left_alone(work: Workspace, account: Account) -> None:
    """Whatever others set later is no drift."""
    work.manifest(campaign())
    work.apply()
    assert account.one("campaign", "spring")["status"] == "DISABLE"
    account.edit("campaign", "spring", status="ENABLE")
    assert work.in_sync()


def test_a_status_that_is_set_is_managed(work: Workspace, account: Account) -> None:
    """DISABLE in the manifest takes a stranger's ENABLE back."""
    work.manifest(campaign(status="DISABLE"))
    work.apply()
    account.edit("campaign", "spring", status="ENABLE")
    assert work.plan().rows["campaign/spring"]["reason"] == "drifted"
    work.apply()
    assert account.one("campaign", "spring")["status"] == "DISABLE"


@pytest.mark.parametrize("how", ["lose_reply", "lose_request"])
def test_when_the_pause_has_no_known_outcome_no_child_is_sent(work: Workspace, account: Account, how: str) -> None:
    """The pause got no reply: the campaign is unknown, its children are skipped, nothing is enabled: 8. Once it is
    looked at, the birth goes on with a campaign that is paused."""
    account.faults({"path": "campaign/update/", "nth": 1, how: True})
    work.configure(quiet=600)
    work.manifest(*family(status="ENABLE"))
    applied = work.apply(code=8)
    assert applied.ended == {
        "campaign/spring": "unknown",
        "adgroup/spring-us": "skipped",
        "ad/spring-us-hero": "skipped",
    }
    assert order(account) == ["create spring", "DISABLE spring"]
    work.configure(quiet=0)
    work.apply()
    again = ["DISABLE spring"] if how == "lose_request" else []
    assert order(account)[2:] == [*again, "create spring-us", "create spring-us-hero", "ENABLE spring"]
    assert work.in_sync()


def test_when_the_pause_is_refused_no_child_is_sent_and_the_next_plan_finishes_the_birth(
    work: Workspace, account: Account
) -> None:
    """A refused pause leaves a campaign that may spend: the next apply pauses it before anything is made under it."""
    refuse_the_pause(account)
    work.manifest(*family())
    assert work.apply(code=9).ended == {
        "campaign/spring": "failed",
        "adgroup/spring-us": "skipped",
        "ad/spring-us-hero": "skipped",
    }
    row = work.plan().rows["campaign/spring"]
    assert row["op"] == "update"
    assert ("status", "DISABLE") in [(one["path"], one["new"]) for one in row["fields"]]
    work.apply()
    assert order(account)[-3:] == ["DISABLE spring", "create spring-us", "create spring-us-hero"]
    assert account.one("campaign", "spring")["status"] == "DISABLE"
    assert work.in_sync()


def test_a_target_below_an_unfinished_birth_finishes_the_birth_first(work: Workspace, account: Account) -> None:
    """The pause of the parent is something the target still needs."""
    refuse_the_pause(account)
    work.manifest(*family())
    work.apply(code=9)
    account.forget_calls()
    work.apply("--target", "adgroup/*")
    assert order(account)[:2] == ["DISABLE spring", "create spring-us"]
    assert account.one("campaign", "spring")["status"] == "DISABLE"


def test_what_depends_on_an_excluded_unfinished_birth_is_not_sent(work: Workspace, account: Account) -> None:
    """Without the campaign's pause nothing is made under it."""
    refuse_the_pause(account)
    work.manifest(*family())
    work.apply(code=9)
    account.forget_calls()
    work.run("apply", "--auto-approve", "--json", "--exclude", "campaign/*")
    assert order(account) == []


def test_a_campaign_whose_birth_failed_can_be_removed(work: Workspace, account: Account) -> None:
    """Its manifest goes away before the pause succeeded: it is disabled like any other."""
    refuse_the_pause(account)
    work.manifest(campaign(), campaign("stays"))
    work.apply(code=9)
    work.manifest(campaign("stays"))
    assert work.plan().ops == {"campaign/spring": "disable"}
    work.apply()
    assert account.one("campaign", "spring")["status"] == "DISABLE"


def test_nothing_is_enabled_while_an_earlier_write_is_unknown(work: Workspace, account: Account) -> None:
    """One lost reply anywhere holds back everything that raises spend."""
    account.faults({"path": "adgroup/create/", "nth": 1, "lose_reply": True})
    work.configure(quiet=600, guardrails=BIG)
    work.manifest(campaign(status="ENABLE"), campaign("other"), adgroup(parent="other"))
    applied = work.apply(code=8)
    assert applied.ended == {"campaign/spring": "skipped", "campaign/other": "done", "adgroup/spring-us": "unknown"}
    assert account.one("campaign", "spring")["status"] == "DISABLE"


def test_lowering_comes_before_creating_and_creating_before_raising(work: Workspace, account: Account) -> None:
    """A run that stops in the middle leaves a cheaper account, never a dearer one."""
    work.configure(guardrails=BIG)
    work.manifest(campaign("down", budget="100"), campaign("up", budget="100"), campaign("idle", status="ENABLE"))
    work.apply()
    work.manifest(
        campaign("down", budget="50"), campaign("up", budget="200"), campaign("idle", status="DISABLE"), campaign("new")
    )
    account.forget_calls()
    work.apply()
    told = order(account)
    assert set(told[:2]) == {"update down", "DISABLE idle"}
    assert told[2:] == ["create new", "DISABLE new", "update up"]


def test_a_campaign_is_not_enabled_while_something_planned_below_it_failed(work: Workspace, account: Account) -> None:
    """Half a campaign must not spend: its ad was refused, so its ENABLE is held back."""
    account.faults({"path": "ad/create/", "code": 40002, "message": "no"})
    work.manifest(*family(status="ENABLE"))
    assert work.apply(code=9).ended["ad/spring-us-hero"] == "failed"
    assert account.one("campaign", "spring")["status"] == "DISABLE"
    account.faults()
    work.apply()
    assert account.one("campaign", "spring")["status"] == "ENABLE"
    assert work.in_sync()


def test_an_unfinished_birth_is_finished_although_an_edit_of_its_row_is_blocked(
    work: Workspace, account: Account
) -> None:
    """What was never paused may spend: an edit that cannot be sent is no reason to leave it so."""
    refuse_the_pause(account)
    work.manifest(*family())
    work.apply(code=9)
    work.replace("TRAFFIC", "REACH")
    work.run("apply", "--auto-approve")
    assert account.one("campaign", "spring")["status"] == "DISABLE"


def test_the_report_says_that_a_campaign_was_made_and_not_paused(work: Workspace, account: Account) -> None:
    """A failed birth names the object that is there, and that it is not paused."""
    refuse_the_pause(account)
    work.manifest(campaign())
    row = work.apply(code=9).rows["campaign/spring"]
    assert row["id"] == account.one("campaign", "spring")["campaign_id"]
    assert "pause" in row["error"]["message"] + row["error"]["hint"]
