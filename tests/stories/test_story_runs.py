"""Runs that meet, hang, are interrupted or lose their server: honest codes, one at a time, nothing lost."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign, family
from tests.stories.marketing.scene import campaign as made
from tests.stories.marketing.scene import settle_in
from tests.stories.workspace import Run, Workspace, finish, until


def writes(account: Account) -> int:
    """How many writes have come."""
    return len(account.posts())


def test_a_second_apply_ends_with_7_and_says_who_holds_the_workspace(work: Workspace, account: Account) -> None:
    """While the first hangs in a call, the second and `state unlock` name its process; reading goes on."""
    work.manifest(campaign())
    account.faults({"path": "campaign/create/", "delay": 60})
    first = work.start("apply", "--auto-approve", "--json")
    until(lambda: writes(account) == 1)
    for command in (["apply", "--auto-approve"], ["state", "unlock"], ["state", "rm", "campaign/spring"]):
        ended = work.run(*command, "--json")
        assert (ended.code, ended.codes) == (7, ["R503"])
        assert f"process {first.pid}" in ended.stdout
        assert ended.json["errors"][0]["hint"]
    assert work.run("plan").code == work.run("status").code == 0
    account.operate("clock", {"advance": 61})
    assert finish(first).code == 0
    assert work.run("state", "unlock").code == 0
    assert work.in_sync()


def test_the_lock_goes_away_with_its_process(work: Workspace, account: Account) -> None:
    """Killed in the middle of a write: the next apply is not locked out, and the write is an open intent."""
    work.configure(quiet=600)
    work.manifest(campaign("a"), campaign("b"))
    account.faults({"path": "campaign/create/", "nth": 1, "delay": 60})
    first = work.start("apply", "--auto-approve", "--json")
    until(lambda: writes(account) == 1)
    first.kill()
    finish(first)
    account.faults()
    status = work.run("status", "--json").json
    assert [(one["address"], one["state"]) for one in status["intents"]] == [("campaign/a", "open")]
    assert work.plan().ops == {"campaign/a": "blocked", "campaign/b": "create"}
    work.configure(quiet=0)
    work.apply()
    assert account.names("campaign") == ["a", "b"]
    assert work.in_sync()


@pytest.mark.parametrize(
    "number", rotating([signal.SIGTERM, signal.SIGHUP, signal.SIGINT], 3, lambda one: str(one.name))
)
def test_an_interrupted_apply_ends_after_the_effect_under_way(
    work: Workspace, account: Account, number: signal.Signals
) -> None:
    """130; the write under way is finished and recorded, the rest is skipped, and the rerun converges."""
    work.manifest(campaign("a", status="ENABLE"), campaign("b"), adgroup(parent="a"))
    account.faults({"path": "campaign/create/", "nth": 2, "delay": 60})
    run = work.start("apply", "--auto-approve", "--json")
    until(lambda: writes(account) == 3)
    run.send_signal(number)
    time.sleep(0.1)
    account.operate("clock", {"advance": 61})
    ended = finish(run)
    assert ended.code == 130, ended.text
    assert ended.ended["adgroup/spring-us"] == "skipped"
    assert ended.json["summary"]["unknown"] == 0
    assert "Traceback" not in ended.stderr
    assert {"campaign/a", "campaign/b"} == set(work.lock)
    account.faults()
    work.apply()
    assert account.names("campaign") == ["a", "b"]
    assert account.one("campaign", "a")["status"] == "ENABLE"
    assert account.one("campaign", "b")["status"] == "DISABLE"
    assert work.in_sync()


def test_interrupted_twice_ends_at_once_and_leaves_an_open_intent(work: Workspace, account: Account) -> None:
    """The second signal does not wait for the call: 130, an honest report, and the row is blocked afterwards."""
    work.configure(quiet=600)
    work.manifest(campaign("a"), campaign("b"))
    account.faults({"path": "campaign/create/", "nth": 1, "delay": 600})
    run = work.start("apply", "--auto-approve", "--json")
    until(lambda: writes(account) == 1)
    run.send_signal(signal.SIGINT)
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    ended = finish(run)
    assert ended.code == 130, ended.text
    assert ended.ended == {"campaign/a": "unknown", "campaign/b": "skipped"}
    assert "Traceback" not in ended.stderr
    assert work.plan().ops == {"campaign/a": "blocked", "campaign/b": "create"}


@pytest.mark.parametrize(
    "number", rotating([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], 3, lambda one: str(one.name))
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_signal_while_the_account_is_read_is_130(
    work: Workspace, account: Account, command: str, number: signal.Signals
) -> None:
    """Nothing was done, nothing was written, no traceback is shown, and no reply is waited for: none ever comes."""
    work.configure(timeout="{connect: 5, read: 600}")
    work.manifest(campaign())
    account.faults({"path": "adgroup/get/", "delay": 6000})
    run = work.start(command, *(["--auto-approve"] if command == "apply" else []))
    until(lambda: any(one["path"] == "adgroup/get/" for one in account.calls()))
    run.send_signal(number)
    ended = finish(run)
    assert ended.code == 130, ended
    assert "Traceback" not in ended.stderr
    assert writes(account) == 0


def test_a_signal_while_a_new_object_is_read_back_ends_with_a_report(tmp_path: Path, market: Account) -> None:
    """No list answers: that is not waited for; what was made is in the report and the lockfile, the rerun goes on."""
    work = settle_in(tmp_path / "workspace", market, timeout="{connect: 5, read: 600}")
    work.manifest(made("a", status="ENABLE"), made("b"))
    market.faults({"path": "campaign/create/", "delay": 60})
    run = work.start("apply", "--auto-approve", "--json")
    until(lambda: writes(market) == 2)
    market.faults({"path": "campaign/get/", "delay": 60_000})
    before = len(market.calls("GET"))
    market.operate("clock", {"advance": 61})
    until(lambda: len(market.calls("GET")) > before)
    run.send_signal(signal.SIGINT)
    ended = finish(run)
    assert ended.code == 130, ended.text
    assert {one["error"]["code"] for one in ended.rows.values()} == {"R712"}
    assert set(work.lock) == {"campaign/a", "campaign/b"}
    assert "Traceback" not in ended.stderr
    assert market.one("campaign", "a")["status"] == "DISABLE"
    market.faults()
    work.apply()
    assert sorted(market.names("campaign")) == ["a", "b"]
    assert market.one("campaign", "a")["status"] == "ENABLE"
    assert work.in_sync()


class Server:
    """The simulator as a process of its own, which keeps everything in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self, faults: list[dict[str, object]] | None = None) -> Account:
        """Starts it on the same port and data as before."""
        self.stop()
        (self.folder / "faults.json").write_text(json.dumps(faults or []), "utf-8")
        command = [sys.executable, "-m", "reconciler", "simulate", "--set", "rate=off", f"--port={self.port}"]
        command += [f"--data={self.folder / 'data'}", f"--faults={self.folder / 'faults.json'}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.folder)
        assert self.process.stdout
        url: str = json.loads(self.process.stdout.readline())["url"]
        self.port = int(url.rpartition(":")[2])
        return Account(url)

    def stop(self) -> None:
        """Ends it, if it has not ended by itself."""
        if self.process:
            self.process.terminate()
            self.process.communicate(timeout=20)
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that may die."""
    one = Server(tmp_path)
    yield one
    one.stop()


@pytest.mark.parametrize(
    ("path", "nth", "lost", "commit"),
    rotating(
        [
            ("campaign/create/", 2, "campaign/b", True),
            ("campaign/update/", 1, "campaign/a", False),
            ("adgroup/create/", 2, "adgroup/a-2", False),
            ("ad/create/", 3, "ad/a-1-3", True),
        ],
        2,
    ),
)
def test_a_server_killed_in_the_middle_is_reported_honestly_and_converges(
    tmp_path: Path, server: Server, path: str, nth: int, lost: str, commit: bool
) -> None:
    """The write is unknown, as are those under way beside it; what did not go out failed or skipped. 9 where something
    failed, 8 where only unknown outcomes are left. After the restart the lost writes are looked for, everything is
    done, and nothing exists twice."""
    account = server.start([{"path": path, "nth": nth, "die": True, "commit": commit}])
    work = Workspace(tmp_path / "workspace", account.url)
    work.configure(quiet=600)
    groups = [adgroup(f"a-{number}", "a") for number in (1, 2)]
    work.manifest(campaign("a"), campaign("b"), *groups, *(ad(f"a-1-{number}", "a-1") for number in range(1, 10)))
    applied = work.run("apply", "--auto-approve", "--json")
    assert applied.code == (9 if {"failed"} & set(applied.ended.values()) else 8), applied.text
    assert applied.ended[lost] == "unknown"
    done = {address for address, how in applied.ended.items() if how == "done"}
    assert done <= set(work.lock) | {one for one in done if one.startswith(("ad/", "adgroup/"))}
    account = server.start()
    assert work.plan().ops[lost] == "blocked"
    work.configure(quiet=0)
    work.apply()
    assert {kind: len(account.objects(kind)) for kind in ("campaign", "adgroup", "ad")} == {
        "campaign": 2, "adgroup": 2, "ad": 9,
    }  # fmt: skip
    assert {one["status"] for one in account.objects("campaign")} == {"DISABLE"}
    assert work.in_sync()


def test_an_api_that_cannot_be_reached_is_1_and_nothing_is_lost(work: Workspace, account: Account) -> None:
    """Nobody listens: `plan` and `apply` end with 1 and say so."""
    work.manifest(campaign())
    for command in (["plan"], ["apply", "--auto-approve"]):
        ended = work.run(*command, "--json", "--base-url", "http://127.0.0.1:9")
        assert (ended.code, ended.codes) == (1, ["R603"])


def answer(work: Workspace, *arguments: str, say: str) -> Run:
    """A command with a terminal as its input, at which somebody types."""
    ours, theirs = pty.openpty()
    try:
        process = work.start(*arguments, stdin=theirs)
        os.write(ours, f"{say}\n".encode())
        return finish(process)
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_person_is_asked_and_only_yes_is_a_yes(work: Workspace, account: Account) -> None:
    """At a terminal: `y` applies nothing and ends with 1, `yes` applies."""
    work.manifest(*family())
    ended = answer(work, "apply", say="y")
    assert (ended.code, account.posts()) == (1, [])
    assert "campaign/spring" in ended.stdout
    assert answer(work, "apply", "--no-input", say="yes").code == 3
    assert answer(work, "apply", say="yes").code == 0
    assert work.in_sync()
