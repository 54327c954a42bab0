"""State in a bucket: runners without a disk of their own apply one workspace, die, fight for the lock, and converge."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.account import ADVERTISER, Account
from tests.stories.buckets.machines import Machines
from tests.stories.buckets.server import KEYS, Fault
from tests.stories.marketing.scene import adgroup, campaign
from tests.stories.workspace import Run, Workspace, finish, until

TREE = (campaign("a", status="ENABLE"), campaign("b"), *(adgroup(f"g{n}", parent="a") for n in range(4)))
HEAD = f"ads/{ADVERTISER}/head.json"


def runner(machines: Machines, name: str, **how: float) -> Workspace:
    """A clean machine with the tree."""
    work = machines.clean(name, **how)
    work.manifest(*TREE)
    return work


def killed(work: Workspace, market: Account, nth: int, when: str) -> None:
    """An apply that is killed at its n-th write: before the server does it, or after, the reply never read."""
    market.forget_calls()
    market.faults({"path": "*", "method": "POST", "nth": nth, "delay": 600, "commit": when == "done"})
    process = work.start("apply", "--auto-approve", "--json")
    until(lambda: len(market.calls("POST")) >= nth or process.poll() is not None)
    assert process.poll() is None, finish(process)
    time.sleep(0.05)
    process.kill()
    process.communicate()
    market.faults()


def taken_over(work: Workspace) -> Run:
    """The next runner is refused as long as the lease runs; the apply that comes through, and says why."""
    while True:
        ended = work.process("apply", "--auto-approve", "--json")
        if ended.code != 7:
            assert "has run out: this run takes the lock over" in ended.stderr
            return ended
        assert ended.codes == ["R509"]
        time.sleep(1)


def converged(work: Workspace, market: Account) -> None:
    """One object a name, enabled what should be, nothing left to send."""
    for _ in range(4):
        ended = work.run("apply", "--auto-approve", "--json")
        assert ended.code in (0, 8), ended.text
        if ended.code == 0:
            break
    assert market.names("campaign") == ["a", "b"]
    assert market.names("adgroup") == ["g0", "g1", "g2", "g3"]
    assert market.one("campaign", "a")["status"] == "ENABLE"
    assert work.in_sync()


def test_clean_machines_go_on_from_each_other(bucketed: Machines, market: Account) -> None:
    """The second knows everything without a file of the first, its commands read the bucket, and nothing secret is
    there or anywhere else."""
    first = runner(bucketed, "first")
    ended = first.apply()
    bucketed.thrown_away(first)
    second = runner(bucketed, "second")
    assert second.in_sync()
    listed = second.run("state", "list", "--json").json["resources"]
    assert sorted(one["address"] for one in listed) == sorted(ended.ended)
    assert second.run("state", "show", "campaign/a").code == 0
    assert second.run("history", "--json").code == 0
    assert second.run("status").code == 0
    second.replace("budget: 100", "budget: 90")
    second.apply()
    assert market.one("campaign", "a")["budget"] == "90.00"
    assert not (second.root / "reconciler.lock").exists()
    held = b"".join(bucketed.s3.get(bucketed.bucket, key) for key in bucketed.s3.keys(bucketed.bucket))
    for secret in (KEYS["AWS_SECRET_ACCESS_KEY"], "story-token"):
        assert secret.encode() not in held
        assert secret not in ended.text


def test_a_workspace_moves_in_from_its_folder(bucketed: Machines, market: Account) -> None:
    """The first writing command takes lockfile and journal over, and says so; the folder's copy counts no more."""
    work = runner(bucketed, "first")
    settings = (work.root / "reconciler.yaml").read_text("utf-8")
    work.write("reconciler.yaml", settings.replace(bucketed.settings, ""))
    work.apply()
    work.write("reconciler.yaml", settings)
    market.forget_calls()
    ended = work.run("apply", "--auto-approve")
    assert "reconciler.lock was taken over" in ended.stderr
    assert market.posts() == []
    assert runner(bucketed, "second").in_sync()


def test_what_an_apply_asks_of_the_bucket(bucketed: Machines) -> None:
    """Six objects in three campaigns' stages: some tens of requests, not some for each write; a plan writes nothing."""
    work = runner(bucketed, "first")
    bucketed.s3.asked.clear()
    work.apply()
    assert bucketed.s3.counts()["PUT"] <= 24
    bucketed.s3.asked.clear()
    work.plan()
    assert set(bucketed.s3.counts()) == {"GET"}
    assert len(bucketed.s3.asked) <= 24


EVERY = [(nth, when) for nth in (1, 2, 3, 5, 7) for when in ("done", "not done")]


@pytest.mark.parametrize(("nth", "when"), rotating(EVERY, 10))
def test_a_killed_runner_is_taken_over_and_nothing_is_made_twice(
    bucketed: Machines, market: Account, nth: int, when: str
) -> None:
    """At a create, a pause, an ad group, an enable: the next clean machine waits for the end of the lease."""
    first = runner(bucketed, "first", quiet=0.6)
    killed(first, market, nth, when)
    bucketed.thrown_away(first)
    second = runner(bucketed, "second", quiet=0.6)
    assert taken_over(second).code in (0, 8)
    converged(second, market)


def test_two_runners_fight_for_the_lock(bucketed: Machines, market: Account) -> None:
    """One wins, the other ends with 7 and is told who and what to do; one object a name."""
    first, second = runner(bucketed, "first", quiet=5), runner(bucketed, "second", quiet=5)
    market.faults({"path": "campaign/create/", "to": 2, "delay": 0.5})
    processes = [work.start("apply", "--auto-approve", "--json") for work in (first, second)]
    ended = [finish(process) for process in processes]
    assert sorted(one.code for one in ended) == [0, 7]
    (loser,) = [one for one in ended if one.code == 7]
    (error,) = loser.json["errors"]
    assert (error["code"], "10 s after its last sign of life" in error["hint"]) == ("R509", True)
    market.faults()
    converged(second, market)


def test_a_holder_that_was_frozen_longer_than_its_lease_writes_nothing_more(
    bucketed: Machines, market: Account
) -> None:
    """Stopped in the middle; another machine takes over and ends; awake again it notices before its next write."""
    first, second = runner(bucketed, "first", quiet=0.6), runner(bucketed, "second", quiet=0.6)
    for work in (first, second):
        work.manifest(*(campaign(f"c{n}") for n in range(30)))
    market.faults({"path": "campaign/create/", "to": 40, "delay": 0.1})
    process = first.start("apply", "--auto-approve", "--json")
    until(lambda: len(market.posts()) >= 4)
    process.send_signal(19)  # SIGSTOP
    market.faults()
    ended = taken_over(second)
    assert ended.code in (0, 8), ended.text
    converged_names = [f"c{n}" for n in range(30)]
    for _ in range(3):
        second.run("apply", "--auto-approve", "--json")
    assert market.names("campaign") == sorted(converged_names)
    market.forget_calls()
    process.send_signal(18)  # SIGCONT
    woken = finish(process)
    assert (woken.code, woken.codes) == (9, ["R513"])
    # What was on its way when it was stopped is all that can still have come.
    assert len(market.posts()) <= 1
    assert market.names("campaign") == sorted(converged_names)
    assert second.in_sync()
    assert json.loads(bucketed.s3.get(bucketed.bucket, HEAD))["epoch"] >= 2


@pytest.mark.parametrize("skip", rotating([0, 1, 2, 3], 2))
def test_the_answer_to_a_change_of_the_head_is_lost(bucketed: Machines, market: Account, skip: int) -> None:
    """The condition fails when it is sent again, and what lies there is recognised as our own."""
    work = runner(bucketed, "first")
    bucketed.s3.faults.append(Fault("PUT", f"*/{HEAD}", "lost", skip=skip))
    assert set(work.apply().ended.values()) == {"done"}
    converged(work, market)


def test_a_bucket_that_is_away_stops_the_run_before_its_next_write(bucketed: Machines, market: Account) -> None:
    """R511; what was announced is found by the next run, on a clean machine."""
    work = runner(bucketed, "first", quiet=0.6)
    bucketed.s3.faults.append(Fault("PUT", "*/objects/*", "away", times=100, skip=3))
    ended = work.run("apply", "--auto-approve", "--json")
    assert "R511" in ended.codes, ended.text
    bucketed.s3.faults.clear()
    second = runner(bucketed, "second", quiet=0.6)
    if second.run("apply", "--auto-approve", "--json").code == 7:
        taken_over(second)
    converged(second, market)


def test_a_bucket_that_does_not_let_us_in(bucketed: Machines, market: Account) -> None:
    """Exit 4 with R512 and what is needed; nothing is sent, and what the server quotes is not repeated."""
    work = runner(bucketed, "first")
    bucketed.s3.faults.append(Fault("*", "*", "denied", times=100))
    bucketed.s3.faults.append(Fault("GET", "*", "denied", times=100))
    ended = work.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (4, ["R512"])
    assert "AccessDenied" in ended.json["errors"][0]["message"]
    assert "story-secret" not in ended.text
    assert market.posts() == []


def test_a_bucket_that_is_not_there(bucketed: Machines, market: Account) -> None:
    """It is not taken for an empty state."""
    work = runner(bucketed, "first")
    work.replace(bucketed.bucket, "no-such-bucket-here", "reconciler.yaml")
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (4, ["R512"])
    assert "there is no such bucket" in ended.json["errors"][0]["message"]


def test_without_the_package(bucketed: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, and how it is installed."""
    work = runner(bucketed, "first")
    monkeypatch.setitem(sys.modules, "obstore", None)
    for name in [one for one in sys.modules if one.startswith("obstore.")]:
        monkeypatch.setitem(sys.modules, name, None)
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R520"])
    assert 'pip install "ads-reconciler[buckets]"' in ended.json["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("state", "words"),
    [("{backend: bucket}", "does not say which"), ("{backend: git, url: 's3://bucket/x'}", "is for buckets")],
)
def test_settings_that_do_not_go_together(bucketed: Machines, state: str, words: str) -> None:
    """A bucket needs its address, and an address needs the backend: nothing falls back to the folder in silence."""
    work = runner(bucketed, "first")
    work.replace(bucketed.settings, f"state: {state}\n", "reconciler.yaml")
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R204"])
    assert words in ended.json["errors"][0]["message"]


def test_a_halt_stops_every_machine(bucketed: Machines, market: Account) -> None:
    """One halts, another may not apply until it is lifted."""
    first, second = runner(bucketed, "first"), runner(bucketed, "second")
    first.apply()
    assert first.run("halt", "--reason", "prices").code == 0
    second.replace("budget: 100", "budget: 90")
    market.forget_calls()
    ended = second.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (5, ["R838"])
    assert market.posts() == []
    assert first.run("resume").code == 0
    second.apply()


def test_a_profile_of_the_machine(bucketed: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of `~/.aws/credentials` are found as AWS's own tools find them; without any it is R521."""
    work = runner(bucketed, "first")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_PROFILE", "ads")
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R521"])
    profile = Path.home() / ".aws" / "credentials"
    profile.parent.mkdir()
    profile.write_text("[ads]\naws_access_key_id = AKIASTORY\naws_secret_access_key = story-secret/9f2c\n", "utf-8")
    work.apply()
    assert bucketed.s3.keys(bucketed.bucket)
