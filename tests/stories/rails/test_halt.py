"""`halt` and `resume` from outside: what is under way stops before its next write, and nothing is sent twice after."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.rails.scene import SCENES, limit
from tests.stories.refresh.scene import ready
from tests.stories.smart_plus import scene as smart_plus
from tests.stories.workspace import Workspace, finish, until

CREATE = "campaign/create/"
STATUS = {"marketing": "campaign/status/update/", "smart_plus": "smart_plus/campaign/status/update/"}


LONG = 20
"""Seconds on the server's clock, more than anything here takes: the story moves it when it is time."""


def go_on(account: Account) -> None:
    """The call that waits is answered."""
    account.operate("clock", {"advance": LONG})


def arrived(account: Account, path: str, count: int = 1) -> None:
    """Until so many calls of this path have come."""
    until(lambda: len([one for one in account.calls() if one["path"] == path]) >= count)


def test_a_run_under_way_stops_before_its_next_write(work: Workspace, account: Account) -> None:
    """The create that is on its way ends, with the pause that belongs to it; no other goes out: 9, then 5 for all."""
    work.manifest(*(campaign(f"c{number}") for number in range(5)))
    account.faults({"path": CREATE, "nth": 2, "delay": LONG, "commit": True})
    process = work.start("apply", "--auto-approve", "--json")
    arrived(account, CREATE, 2)
    assert work.run("halt", "--reason", "wrong page").code == 0
    go_on(account)
    ended = finish(process)
    assert ended.code == 9, ended.text
    assert (ended.codes, ended.json["summary"]["skipped"]) == (["R838"], 3)
    assert "wrong page" in ended.json["errors"][0]["message"]
    made = account.objects("campaign")
    assert [one["status"] for one in made] == ["DISABLE", "DISABLE"]
    assert len(account.posts()) == 4
    account.faults()
    for command in ("apply", "advance"):
        later = work.run(command, "--json", *(["--auto-approve"] if command == "apply" else []))
        assert (later.code, later.codes) == (5, ["R838"])
    assert any("halted since" in one for one in work.plan().json["warnings"])
    assert len(account.posts()) == 4
    assert work.run("status", "--json").json["intents"] == []
    assert work.run("resume").code == 0
    work.apply()
    assert account.names("campaign") == [f"c{number}" for number in range(5)]
    assert len(account.objects("campaign")) == 5
    assert work.in_sync()


def test_nothing_is_left_enabled_by_a_halt(work: Workspace, account: Account) -> None:
    """What was to be enabled last is not; what was made before it stays paused."""
    work.manifest(*family(status="ENABLE"))
    account.faults({"path": "ad/create/", "delay": LONG, "commit": True})
    process = work.start("apply", "--auto-approve", "--json")
    arrived(account, "ad/create/")
    assert work.run("halt").code == 0
    go_on(account)
    assert finish(process).code == 9
    assert account.one("campaign", "spring")["status"] == "DISABLE"
    assert work.run("resume").code == 0
    account.faults()
    work.apply()
    assert account.one("campaign", "spring")["status"] == "ENABLE"
    assert len(account.objects("ad")) == 1


def test_a_halt_before_the_first_write_is_a_refusal(work: Workspace, account: Account) -> None:
    """5, nothing sent, nothing read; `resume` where nothing is halted says so."""
    work.manifest(campaign())
    halted = work.run("halt", "--reason", "lunch", "--json").json["halted"]
    assert halted["reason"] == "lunch"
    ended = work.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes, account.calls()) == (5, ["R838"], [])
    assert work.run("resume", "--json").json["was"] == halted
    again = work.run("resume")
    assert (again.code, again.stdout) == (0, "Nothing was halted.\n")


def test_a_run_that_reads_while_it_is_halted_has_done_nothing(work: Workspace, account: Account) -> None:
    """Halted between its listing and its first write: 5, and the account is as it was."""
    work.manifest(campaign())
    account.faults({"path": "campaign/get/", "nth": 1, "delay": LONG})
    process = work.start("apply", "--auto-approve", "--json")
    arrived(account, "campaign/get/")
    assert work.run("halt").code == 0
    go_on(account)
    ended = finish(process)
    assert (ended.code, ended.ended) == (5, {"campaign/spring": "skipped"})
    assert account.posts() == []


def test_a_run_that_waits_for_tasks_ends_too(work: Workspace, account: Account) -> None:
    """Polling sends nothing, but holds the state: it ends, and goes on after `resume` with the tasks it had."""
    account.switch(task_seconds="3600")
    ready(work, wait=600)
    process = work.start("apply", "--auto-approve", "--json")
    arrived(account, "creative/aigc/refresh_video/task/create/", 3)
    assert work.run("halt").code == 0
    ended = finish(process)
    assert ended.code == 9, ended.text
    account.switch(task_seconds="0")
    assert work.run("resume").code == 0
    account.operate("clock", {"advance": 3601})
    assert work.run("advance", "--max-duration", "30").code == 0
    assert len([one for one in account.calls("POST") if "task/create" in one["path"]]) == 3


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"\xff"])
def test_a_halt_that_cannot_be_read_halts_all_the_same(work: Workspace, damaged: bytes) -> None:
    """Who halted and why is not known; that it is halted is."""
    work.manifest(campaign())
    work.run("halt")
    (work.root / ".reconciler" / "halt.json").write_bytes(damaged)
    assert work.run("apply", "--auto-approve", "--json").codes == ["R838"]
    assert work.run("resume").code == 0
    work.apply()


def test_a_halt_needs_no_token(work: Workspace) -> None:
    """Whoever can reach the folder can stop it."""
    assert work.run("halt", token=None).code == 0
    assert work.run("resume", token=None).code == 0


# ------------------------------------------------------------------------------------------------ --pause-all


@pytest.fixture
def shop(tmp_path: Path, market: Account) -> Workspace:
    """Forty-five campaigns that run, one that is paused, and one of a stranger."""
    work = Workspace(tmp_path / "workspace", market.url)
    scene = SCENES[market.contract]
    own = smart_plus.SHARED if scene is smart_plus else {}
    limit(work, market, "max_changes: {enable: 50}")
    work.manifest(
        *(scene.campaign(f"c{number:02}", status="ENABLE", **own) for number in range(45)),
        scene.campaign("quiet", status="DISABLE", **own),
    )
    work.apply()
    market.forget_calls()
    return work


def enabled(account: Account) -> list[str]:
    """The campaigns that run."""
    return [one["campaign_name"] for one in account.objects("campaign") if one["status"] == "ENABLE"]


def test_everything_managed_is_paused_in_few_calls(shop: Workspace, market: Account) -> None:
    """Twenty a call; the next plan shows each to be enabled again, as a change that counts."""
    ended = shop.run("halt", "--pause-all", "--reason", "x", "--json")
    assert ended.code == 0, ended.text
    assert ended.json["summary"]["done"] == 45
    sent = [body["campaign_ids"] for path, body in market.posts() if path == STATUS[market.contract]]
    assert [len(one) for one in sent] == [20, 20, 5]
    assert len(market.posts()) == 3
    assert enabled(market) == []
    assert shop.run("apply", "--auto-approve", "--json").code == 5
    assert shop.run("resume").code == 0
    made = shop.plan()
    assert set(made.ops.values()) == {"update"}
    assert {row["fields"][0]["side"] for row in made.rows.values()} == {"ours"}
    limit(shop, market, "max_changes: {enable: 44}")
    assert [one["allow"] for one in shop.plan().json["violations"]] == ["max_changes=enable=45"]
    shop.apply("--allow", "max_changes=enable=45", "--reason", "it is right again")
    assert len(enabled(market)) == 45
    assert shop.in_sync()


def test_one_that_cannot_be_paused_keeps_no_other_running(shop: Workspace, market: Account) -> None:
    """A call that is refused as a whole is taken apart: what is refused alone is named, 9, and said to run on."""
    path = STATUS[market.contract]
    first = market.one("campaign", "c00")["campaign_id"]
    refused = {"code": 40002, "message": "no"}
    market.faults({"path": path, "match": {"campaign_ids": f"*{first}*"}, **refused})
    ended = shop.run("halt", "--pause-all", "--json")
    assert ended.code == 9, ended.text
    assert (ended.json["summary"]["done"], ended.json["summary"]["failed"]) == (44, 1)
    assert ended.rows["campaign/c00"]["outcome"] == "failed"
    assert enabled(market) == ["c00"]
    market.faults()
    assert shop.run("halt", "--pause-all", "--json").json["summary"]["done"] == 1
    assert enabled(market) == []


def test_killed_in_the_middle_it_is_run_again(shop: Workspace, market: Account) -> None:
    """The second call was on its way; what a later run finds running it pauses, and then nothing is open."""
    path = STATUS[market.contract]
    market.faults({"path": path, "nth": 2, "delay": LONG, "commit": True})
    process = shop.start("halt", "--pause-all", "--json")
    arrived(market, path, 2)
    process.send_signal(signal.SIGKILL)
    finish(process)
    market.faults()
    ended = shop.run("halt", "--pause-all", "--json")
    assert ended.code in (0, 8), ended.text
    assert enabled(market) == []
    assert shop.run("resume").code == 0
    shop.apply()
    assert len(enabled(market)) == 45
    assert shop.run("status", "--json").json["intents"] == []


def test_an_answer_that_is_lost_is_no_matter(shop: Workspace, market: Account) -> None:
    """A listing tells that they are paused; the lost call is settled by the next run."""
    market.faults({"path": STATUS[market.contract], "nth": 1, "lose_reply": True})
    ended = shop.run("halt", "--pause-all", "--json")
    assert (ended.code, ended.json["summary"]["done"]) == (8, 45), ended.text
    assert enabled(market) == []
    assert shop.run("resume").code == 0
    shop.apply()
    assert len(enabled(market)) == 45
    assert shop.run("status", "--json").json["intents"] == []


def test_what_no_manifest_speaks_of_stays_paused(work: Workspace, account: Account) -> None:
    """A campaign that was enabled by hand is paused, too; nothing enables it but a hand, and it is no drift."""
    work.manifest(campaign("mine"))
    work.apply()
    account.edit("campaign", "mine", status="ENABLE")
    account.load(campaigns=[{"campaign_name": "theirs", "budget": 5, "budget_mode": "BUDGET_MODE_DAY"}])
    assert work.run("halt", "--pause-all", "--json").ended == {"campaign/mine": "done"}
    assert account.one("campaign", "theirs")["status"] == "ENABLE"
    assert work.run("resume").code == 0
    assert work.in_sync()
    account.edit("campaign", "mine", status="ENABLE")
    assert work.run("drift", "--detailed-exitcode").code == 0


def test_a_create_whose_pause_was_cut_off_is_paused(work: Workspace, account: Account) -> None:
    """Killed between an openapi create and its DISABLE: the record knows the campaign, and `--pause-all` pauses it."""
    work.manifest(campaign("late"))
    account.faults({"path": "campaign/update/", "delay": 2.0})
    process = work.start("apply", "--auto-approve", "--json")
    arrived(account, "campaign/update/")
    process.send_signal(signal.SIGKILL)
    finish(process)
    account.faults()
    account.edit("campaign", "late", status="ENABLE")
    ended = work.run("halt", "--pause-all", "--json")
    assert ended.ended == {"campaign/late": "done"}, ended.text
    assert account.one("campaign", "late")["status"] == "DISABLE"
    assert work.run("resume").code == 0
    work.apply()
    assert len(account.objects("campaign")) == 1


def test_it_waits_for_the_run_that_it_stops(work: Workspace, account: Account) -> None:
    """A run holds the state while it creates; it stops, lets go, and what it had enabled before is paused."""
    work.manifest(campaign("runs", status="ENABLE"))
    work.apply()
    work.manifest(
        campaign("runs", status="ENABLE"), *(campaign(f"c{number}") for number in range(5)), adgroup("g", "c0")
    )
    account.faults({"path": CREATE, "nth": 2, "delay": LONG, "commit": True})
    process = work.start("apply", "--auto-approve", "--json")
    arrived(account, CREATE, 2)
    halting = work.start("halt", "--pause-all", "--json")
    until((work.root / ".reconciler" / "halt.json").exists)
    go_on(account)
    ended = finish(halting)
    assert ended.code == 0, ended.text
    assert ended.ended == {"campaign/runs": "done"}
    assert finish(process).code == 9
    assert {one["status"] for one in account.objects("campaign")} == {"DISABLE"}


def test_status_and_doctor_say_that_everything_is_halted(work: Workspace) -> None:
    """Since when, by whom and why, and what lifts it; nothing of it once it is lifted."""
    assert "halted" not in work.run("status", "--json").json
    work.run("halt", "--reason", "wrong page")
    told = work.run("status", "--json").json["halted"]
    assert told["reason"] == "wrong page"
    assert "wrong page; nothing is sent until somebody runs `reconciler resume`" in work.run("status").text
    line = next(one for one in work.run("doctor", "--json").json["checks"] if one["name"] == "halt")
    assert (line["state"], line["code"]) == ("warning", "R838")
    assert "wrong page" in line["message"]
    work.run("resume")
    assert "halted" not in work.run("status", "--json").json
    assert all(one["name"] != "halt" for one in work.run("doctor", "--json").json["checks"])
