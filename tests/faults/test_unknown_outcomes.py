"""Writes without a usable answer, end to end: settled by looking, or asked about, and answering always converges."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.stage import APPLY, converge, early_children, set_up, settled, wait
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Workspace, in_environment

QUIET, LONG, LATE = 0.5, 60, 20
"""Seconds. Where something comes late, a busy machine must not use up what is between it and the quiet period: they are
not waited for, and cost nothing."""
BIRTH = (campaign("a", status="ENABLE", budget="70"), adgroup("g", "a"), ad("d", "g"))


@pytest.fixture
def stage(account: Account, tmp_path: Path) -> Workspace:
    """A workspace that waits half a second after a write of unknown outcome."""
    return set_up(tmp_path / "w", account.url, quiet=QUIET, days=0)


@pytest.fixture
def patient(account: Account, tmp_path: Path) -> Workspace:
    """One that waits a minute, which nobody feels."""
    return set_up(tmp_path / "w", account.url, quiet=LONG, days=0)


def strike(account: Account, fault: dict[str, Any], nth: int = 1) -> None:
    """The n-th write goes wrong."""
    account.faults({"path": "*", "method": "POST", "nth": nth, **fault})


LOST: dict[str, dict[str, Any]] = {
    "done, reply lost": {"lose_reply": True},
    "never arrived": {"lose_request": True},
    "done late": {"late_commit": LATE},
    "done, gateway error": {"status": 504, "commit": True},
    "done, unknown code": {"code": 51999, "commit": True},
}


@pytest.mark.parametrize("nth", range(1, 6), ids=["create", "pause", "ad group", "ad", "enable"])
@pytest.mark.parametrize("how", rotating(list(LOST), 2))
def test_a_lost_reply_at_each_write_of_a_birth_converges_by_itself(
    patient: Workspace, account: Account, how: str, nth: int
) -> None:
    """No question is asked: one object each, enabled at the end, no child under a campaign that is not paused."""
    patient.manifest(*BIRTH)
    strike(account, LOST[how], nth)
    runs = converge(patient, account)
    assert early_children(account) == []
    settled(patient, account)
    assert account.one("campaign", "a")["status"] == "ENABLE"
    assert "unknown" in {outcome for run in runs for outcome in run.ended.values()}


@pytest.mark.parametrize("how", rotating(list(LOST), 2))
@pytest.mark.parametrize("wanted", ["update", "disable", "delete"])
def test_a_lost_reply_to_a_change_converges_by_itself(
    patient: Workspace, account: Account, how: str, wanted: str
) -> None:
    """The value is the one that was wanted, on one object; a delete is not sent to another one."""
    kept = campaign("kept")
    patient.manifest(kept, campaign("a", status="ENABLE", lifecycle="on_remove: delete"))
    patient.apply()
    if wanted == "update":
        patient.manifest(kept, campaign("a", status="ENABLE", budget="77", lifecycle="on_remove: delete"))
    else:
        patient.manifest(kept)
    if wanted == "delete":
        patient.apply()
    strike(account, LOST[how])
    converge(patient, account)
    if wanted == "disable":
        converge(patient, account)
    settled(patient, account)
    found = account.one("campaign", "a")
    assert found["budget"] == ("77.00" if wanted == "update" else "500.00")
    assert account.one("campaign", "kept")["status"] == "DISABLE"
    if wanted != "update":
        assert found["status"] == "DELETE"


def test_an_unlisted_create_is_believed_until_the_list_shows_it(stage: Workspace, account: Account) -> None:
    """The reply is lost and the list lags by less than the quiet period: still one object."""
    account.switch(list_lag="0.3")
    stage.manifest(*BIRTH)
    strike(account, {"lose_reply": True}, 3)
    converge(stage, account)
    settled(stage, account)


def _two(stage: Workspace, account: Account) -> tuple[str, str]:
    """A create whose reply is lost while a stranger makes the same name: the two ids, ours first."""
    stage.manifest(campaign("a", budget="70"))
    strike(account, {"lose_reply": True})
    first = stage.run(*APPLY)
    assert first.ended == {"campaign/a": "unknown"}
    theirs = account.load(campaigns=[{"campaign_name": "a", "budget": 70, "status": "DISABLE"}])["campaigns"][0]
    account.faults()
    ours = next(one["campaign_id"] for one in account.objects("campaign") if one["campaign_id"] != theirs)
    return ours, theirs


def test_two_candidates_are_a_question_with_evidence(stage: Workspace, account: Account) -> None:
    """10, both are listed with what tells them apart, and nothing is sent until it is answered."""
    ours, theirs = _two(stage, account)
    account.forget_calls()
    wait(account, QUIET)
    assert stage.run(*APPLY).code == 10
    assert account.posts() == []
    told = stage.run("recover", "--json")
    assert told.code == 10
    (case,) = told.json["open"]
    assert {row["id"] for row in case["candidates"]} == {ours, theirs}
    assert all(row["created"] and row["fields"]["budget"] == "70.00" for row in case["candidates"])
    shown = stage.run("recover").text
    assert ours in shown
    assert theirs in shown
    assert f"--adopt {case['address']}=" in shown


def test_an_adopted_candidate_is_ours_from_then_on(stage: Workspace, account: Account) -> None:
    """`recover --adopt` binds the chosen one, the other stays as it is, and the next apply converges."""
    ours, theirs = _two(stage, account)
    wait(account, QUIET)
    assert stage.run(*APPLY).code == 10
    assert stage.run("recover", f"--adopt=campaign/a={ours}").code == 0
    stage.apply()
    assert stage.lock["campaign/a"]["id"] == ours
    stage.replace("budget: 70", "budget: 60")
    stage.apply()
    assert {one["campaign_id"]: one["budget"] for one in account.objects("campaign")} == {ours: "60.00", theirs: "70"}


@pytest.mark.parametrize("wrong", ["1", "7000000000000000001", "", "x", "$ours,$theirs"])
def test_an_adoption_that_cannot_be_is_refused(stage: Workspace, account: Account, wrong: str) -> None:
    """An id that the account does not show for it, none, or two: not taken, and the question stays."""
    ours, theirs = _two(stage, account)
    wait(account, QUIET)
    wrong = wrong.replace("$ours", ours).replace("$theirs", theirs)
    refused = stage.run("recover", "--json", f"--adopt=campaign/a={wrong}")
    assert refused.code in (1, 3), refused.text
    assert refused.codes == ["R508"]
    assert len(stage.run("recover", "--json").json["open"]) == 1


def test_absent_is_taken_once_it_can_no_longer_take_effect(stage: Workspace, account: Account) -> None:
    """A person says that neither is ours: nothing is open, nothing is made, and the name is a twin from then on."""
    _two(stage, account)
    wait(account, QUIET)
    assert stage.run("recover", "--json", "--absent=campaign/a").code == 0
    again = stage.run("recover", "--json", "--absent=campaign/a")
    assert (again.codes, again.json["errors"][0]["hint"]) == (
        ["R508"],
        "no address has one: there is nothing to recover",
    )
    account.forget_calls()
    assert stage.run(*APPLY).code == 5
    assert stage.plan().rows["campaign/a"]["reason"] == "twin"
    assert account.posts() == []


def test_a_stranger_who_edits_after_a_lost_update_is_not_mistaken_for_it(stage: Workspace, account: Account) -> None:
    """The lost update came to nothing that is there now: it is cleared, and the plan shows the stranger's value."""
    stage.manifest(campaign("a", budget="50"))
    stage.apply()
    stage.replace("budget: 50", "budget: 60")
    strike(account, {"lose_reply": True})
    assert stage.run(*APPLY).ended == {"campaign/a": "unknown"}
    account.edit("campaign", "a", budget=99)
    wait(account, QUIET)
    assert stage.run("recover", "--json").json["open"] == []
    assert stage.plan().rows["campaign/a"]["fields"][0]["old"] == "99.00"
    converge(stage, account)
    settled(stage, account)
    assert account.one("campaign", "a")["budget"] == "60.00"


def test_children_are_never_sent_under_a_campaign_whose_pause_was_lost(stage: Workspace, account: Account) -> None:
    """The pause never arrived and the campaign spends: nothing is made under it until it is paused."""
    stage.manifest(*BIRTH)
    account.faults({"path": "campaign/update/", "to": 2, "lose_request": True})
    converge(stage, account)
    assert early_children(account) == []
    settled(stage, account)


def test_a_late_old_value_never_overwrites_a_newer_one(patient: Workspace, account: Account) -> None:
    """60 is on its way late; 55 is wanted meanwhile and is sent only when 60 can no longer come."""
    patient.manifest(campaign("a", budget="50"))
    patient.apply()
    patient.replace("budget: 50", "budget: 60")
    strike(account, {"late_commit": LATE})
    patient.run(*APPLY)
    account.faults()
    patient.replace("budget: 60", "budget: 55")
    converge(patient, account)
    wait(account, LATE)
    assert account.one("campaign", "a")["budget"] == "55.00"
    settled(patient, account)


def test_a_person_is_asked_only_after_the_account_was_looked_at(stage: Workspace, account: Account) -> None:
    """The quiet period ends while the same run goes on: still 8, for the next run settles it by itself."""
    stage.manifest(campaign("b"))
    stage.apply()
    stage.manifest(campaign("a"), campaign("b", campaign_name="Another"))
    account.faults(
        {"path": "campaign/create/", "nth": 1, "lose_reply": True},
        {"path": "campaign/update/", "nth": 1, "delay": 2 * QUIET},
    )
    ended = stage.run(*APPLY)
    assert ended.ended == {"campaign/a": "unknown", "campaign/b": "done"}
    assert ended.code == 8
    account.faults()
    assert stage.run(*APPLY).code == 0


def terminal(work: Workspace, typed: Callable[[str], str | None], *arguments: str) -> tuple[int, str]:
    """The real command on a terminal; `typed` is given what was shown and answers what to type, once."""
    ours, theirs = pty.openpty()
    with in_environment("story-token/4b2f9c7e"):
        command = [sys.executable, "-m", "reconciler", *arguments]
        process = subprocess.Popen(command, cwd=work.root, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, answered = "", False
    while True:
        try:
            data = os.read(ours, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data.decode(errors="replace")
        answer = None if answered else typed(shown)
        if answer is not None:
            os.write(ours, answer.encode())
            answered = True
    os.close(ours)
    return process.wait(timeout=60), shown


def test_recover_asks_on_a_terminal(stage: Workspace, account: Account) -> None:
    """It shows both objects and asks; the id that is typed is bound."""
    ours, theirs = _two(stage, account)
    time.sleep(QUIET)
    code, shown = terminal(stage, lambda text: f"{ours}\n" if "An id to adopt" in text else None, "recover")
    assert code == 0, shown
    assert theirs in shown
    assert stage.lock["campaign/a"]["id"] == ours


def test_an_empty_answer_on_a_terminal_leaves_it_open(stage: Workspace, account: Account) -> None:
    """Return alone decides nothing: 10."""
    _two(stage, account)
    time.sleep(QUIET)
    code, shown = terminal(stage, lambda text: "\n" if "An id to adopt" in text else None, "recover")
    assert code == 10, shown
    assert len(stage.run("recover", "--json").json["open"]) == 1
