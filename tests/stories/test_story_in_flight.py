"""Creates that are under way together: at most four, each written down before it is sent, and one unknown stops them.

The server holds every create of an ad group back until its clock is moved: what has come by then is all that comes.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories import manifests
from tests.stories.account import Account
from tests.stories.marketing import scene
from tests.stories.marketing.scene import settle_in
from tests.stories.refresh.scene import NO_LIMITS
from tests.stories.smart_plus import scene as smart
from tests.stories.workspace import TOKEN, Run, finish, until

CONTRACTS = ("openapi", "marketing", "smart_plus")
HELD = 20.0
"""Seconds on the server's clock."""
GROUPS = [f"g{number}" for number in range(9)]
AT_ONCE = 4
APPLY = ("apply", "--auto-approve", "--json")


class Scene:
    """An account that holds ad groups back, and a campaign with nine of them."""

    def __init__(self, root: Path, account: Account) -> None:
        self.account = account
        self.path = {"smart_plus": "smart_plus/"}.get(account.contract, "") + "adgroup/create/"
        self.work = settle_in(root / "workspace", account, quiet=2)
        made: Any = {"openapi": manifests, "marketing": scene, "smart_plus": smart}[account.contract]
        self.work.manifest(made.campaign("c"), *(made.adgroup(one, "c") for one in GROUPS))

    def hold(self, *faults: dict[str, Any]) -> None:
        """Every create of an ad group waits, but for some that go wrong at once."""
        self.account.faults(*({"path": self.path, **one} for one in faults), {"path": self.path, "delay": HELD})

    def arrived(self) -> list[dict[str, Any]]:
        """Creates of ad groups that have come, in order."""
        return [one for one in self.account.calls("POST") if one["path"] == self.path]

    def names(self) -> list[str]:
        """The names of their bodies."""
        return [one["body"]["adgroup_name"] for one in self.arrived()]

    def let_go(self) -> None:
        """What is held back is carried out and answered now."""
        self.account.operate("clock", {"advance": HELD})

    def records(self, kind: str) -> int:
        """How many records of a kind, about ad groups, the journal holds: of one that is being written, too."""
        groups = {one["seq"] for one in self.journal() if one.get("address", "").startswith("adgroup/")}
        return sum(one["kind"] == kind and one.get("of", one["seq"]) in groups for one in self.journal())

    def journal(self) -> list[dict[str, Any]]:
        """Whole lines only: its process may be at the next."""
        data = self.work.journal.read_bytes() if self.work.journal.exists() else b""
        return [json.loads(line) for line in data.split(b"\n")[:-1]]

    def start_as(self, program: str) -> subprocess.Popen[str]:
        """An apply by a program of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", program, *APPLY], cwd=self.work.root, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, "TIKTOK_ACCESS_TOKEN": TOKEN},
        )  # fmt: skip

    def ends(self, process: subprocess.Popen[str]) -> Run:
        """The run, whose creates are let go four by four."""
        seen = 0
        while seen < len(GROUPS):
            most = min(seen + AT_ONCE, len(GROUPS))
            until(lambda most=most: len(self.arrived()) >= most)  # type: ignore[misc]
            seen = len(self.arrived())
            self.let_go()
        return finish(process)


Made = Callable[[str], Scene]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Makes the scene of a contract."""
    open_ones: list[Account] = []

    def make(contract: str) -> Scene:
        account = Account(contract=contract) if contract == "openapi" else Account.of_production(contract)
        open_ones.append(account.__enter__())
        return Scene(tmp_path, account)

    yield make
    for one in open_ones:
        one.__exit__(None, None, None)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_four_at_most_are_under_way(made: Made, contract: str) -> None:
    """Four come, each written down before; the fifth comes when one of them is answered. All end in the plan's
    order."""
    story = made(contract)
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == AT_ONCE)
    assert (story.records("intent"), story.records("reply")) == (AT_ONCE, 0)
    ended = story.ends(process)
    assert ended.code == 0, ended.text
    moments = [float(one["time"]) for one in story.arrived()]
    assert len(moments) == len(GROUPS)
    assert moments[AT_ONCE - 1] - moments[0] < HELD
    assert all(later - one >= HELD for one, later in zip(moments, moments[AT_ONCE:], strict=False))
    assert [row["address"] for row in ended.json["outcomes"]] == ["campaign/c", *(f"adgroup/{one}" for one in GROUPS)]
    assert story.records("intent") == 0, "the journal is set aside"
    assert story.work.in_sync()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_one_unknown_stops_the_stage(made: Made, contract: str) -> None:
    """The fourth gets no answer while three are under way: those are taken and recorded, nothing more is begun, and
    the next run finds out and makes the rest, each once."""
    story = made(contract)
    story.hold({"nth": 4, "lose_reply": True})
    process = story.work.start(*APPLY)
    until(lambda: story.records("reply") == 1)
    assert len(story.arrived()) == AT_ONCE
    story.let_go()
    ended = finish(process)
    lost = story.names()[3]
    assert ended.code == 8, ended.text
    assert len(story.arrived()) == AT_ONCE
    assert [address for address, one in ended.ended.items() if one == "unknown"] == [f"adgroup/{lost}"]
    assert sorted(ended.ended.values()) == ["done"] * 4 + ["skipped"] * 5 + ["unknown"]
    rest = [one for one in ended.json["outcomes"] if one["outcome"] == "skipped"]
    assert {one["error"]["code"] for one in rest} == {"R710"}
    story.account.faults()
    story.work.apply()
    assert story.account.names("adgroup") == GROUPS
    assert story.work.in_sync()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_killed_with_four_under_way(made: Made, contract: str) -> None:
    """Four open intents under one parent: the next run finds each by its name, and makes nothing twice."""
    story = made(contract)
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == AT_ONCE)
    process.kill()
    process.communicate()
    story.let_go()
    until(lambda: len(story.account.objects("adgroup")) == AT_ONCE)
    assert (story.records("intent"), story.records("reply")) == (AT_ONCE, 0)
    story.account.faults()
    story.work.apply()
    assert story.account.names("adgroup") == GROUPS
    assert len(story.account.objects("adgroup")) == len(GROUPS)
    assert story.work.in_sync()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_throttled_in_the_middle(made: Made, contract: str) -> None:
    """The fourth is throttled while three are under way: once those are back it is looked for and sent again, alone;
    then the others go on."""
    story = made(contract)
    story.hold({"nth": 4, "code": 40100})
    process = story.work.start(*APPLY)
    until(lambda: story.records("reply") == 1)
    assert len(story.arrived()) == AT_ONCE
    story.let_go()
    until(lambda: len(story.arrived()) == AT_ONCE + 1)
    assert story.records("reply") == AT_ONCE
    assert story.names()[AT_ONCE] == story.names()[3]
    assert story.records("intent") - story.records("reply") == 1, "it is alone"
    story.let_go()
    while process.poll() is None:
        story.let_go()
    ended = finish(process)
    assert ended.code == 0, ended.text
    assert len(story.arrived()) == len(GROUPS) + 1
    assert story.account.names("adgroup") == GROUPS
    assert len(story.account.objects("adgroup")) == len(GROUPS)


def test_interrupted_with_four_under_way(made: Made) -> None:
    """Ctrl-C: nothing more is begun; what is under way is waited for and recorded."""
    story = made("marketing")
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == AT_ONCE)
    process.send_signal(signal.SIGINT)
    story.let_go()
    ended = finish(process)
    assert ended.code == 130, ended.text
    assert sorted(ended.ended.values()) == ["done"] * 5 + ["skipped"] * 5
    assert len(story.arrived()) == AT_ONCE
    assert len(story.work.lock) == 5


def test_what_comes_first_is_recorded_first(made: Made) -> None:
    """One answer is held back: the eight others come and are recorded past it, and all are told in the plan's order."""
    story = made("marketing")
    story.account.faults({"path": story.path, "nth": 1, "delay": HELD})
    process = story.work.start("apply", "--auto-approve")
    until(lambda: story.records("reply") == len(GROUPS) - 1)
    assert story.records("intent") == len(GROUPS)
    story.let_go()
    ended = finish(process)
    assert ended.code == 0, ended.text
    places = [ended.text.index(f"adgroup/{one}") for one in GROUPS]
    assert places == sorted(places)


def test_a_reply_is_recorded_while_the_next_waits_for_its_place(made: Made) -> None:
    """Two a minute may be sent: the third waits, and what comes back meanwhile is durable at once."""
    story = made("marketing")
    story.work.replace(
        NO_LIMITS, "{default: {per_second: 100, per_minute: 1000}, ad_create: {per_second: 2, per_minute: 2}}",
        "reconciler.yaml",
    )  # fmt: skip
    story.work.manifest(scene.campaign("c"), scene.adgroup("g", "c"), *(scene.ad(one, "g") for one in GROUPS[:3]))
    story.path = "ad/create/"
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == 2)

    def replies() -> int:
        ads = {one["seq"] for one in story.journal() if one.get("address", "").startswith("ad/")}
        return sum(one["kind"] == "reply" and one["of"] in ads for one in story.journal())

    assert replies() == 0
    story.let_go()
    until(lambda: replies() == 2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130, ended.text
    assert sorted(ended.ended.values()) == ["done"] * 4 + ["skipped"]
    assert len(story.arrived()) == 2


def test_a_reply_is_recorded_while_another_process_has_the_rate_window(made: Made) -> None:
    """Somebody stands still who has the file: all four replies are durable, and a kill loses none of them."""
    story = made("marketing")
    story.work.replace("api: {", "api: {rate_window: rate.json, ", "reconciler.yaml")
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == AT_ONCE)
    lock = os.open(story.work.root / "rate.json.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    story.let_go()
    until(lambda: story.records("reply") == AT_ONCE)
    process.kill()
    process.communicate()
    os.close(lock)
    story.account.faults()
    story.work.apply()
    assert len(story.account.objects("adgroup")) == len(GROUPS)


def test_a_rate_window_that_is_spoilt_while_four_are_under_way(made: Made) -> None:
    """The run ends with that; what came of the four is recorded and read once each, and told."""
    story = made("marketing")
    story.work.replace("api: {", "api: {rate_window: rate.json, ", "reconciler.yaml")
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == AT_ONCE)
    (story.work.root / "rate.json").write_text("garbage")
    story.let_go()
    ended = finish(process)
    assert [one["code"] for one in ended.json["errors"]] == ["R405"]
    assert sorted(ended.ended.values()) == ["done"] * 5 + ["skipped"] * 5
    groups = {one["seq"] for one in story.work.records if one.get("address", "").startswith("adgroup/")}
    read = [(one["kind"], one["of"]) for one in story.work.records if one.get("of") in groups]
    assert sorted(read) == sorted((kind, one) for kind in ("reply", "done") for one in groups)
    assert len(groups) == AT_ONCE


def test_a_state_that_cannot_be_read_while_four_are_under_way(made: Made) -> None:
    """Something lies where a halt would: what is under way is recorded, and the error says which file."""
    story = made("marketing")
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == AT_ONCE)
    (story.work.root / ".reconciler" / "halt.json").mkdir()
    story.let_go()
    ended = finish(process)
    assert ended.code == 9, ended.text
    assert [one["code"] for one in ended.json["errors"]] == ["R506"]
    assert "halt.json" in ended.json["errors"][0]["message"]
    assert sorted(ended.ended.values()) == ["done"] * 5 + ["skipped"] * 5


def test_interrupted_twice_while_the_next_waits_for_its_place(made: Made) -> None:
    """The second Ctrl-C waits for nothing, and the report still comes."""
    story = made("marketing")
    story.work.replace(
        NO_LIMITS, "{default: {per_second: 100, per_minute: 1000}, ad_create: {per_second: 2, per_minute: 2}}",
        "reconciler.yaml",
    )  # fmt: skip
    story.work.manifest(scene.campaign("c"), scene.adgroup("g", "c"), *(scene.ad(one, "g") for one in GROUPS[:3]))
    story.path = "ad/create/"
    story.hold()
    process = story.work.start(*APPLY)
    until(lambda: len(story.arrived()) == 2)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    until(lambda: "Interrupted" in process.stderr.readline())  # type: ignore[union-attr]
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130, ended.text
    assert sorted(ended.ended.values()) == ["done"] * 2 + ["skipped"] + ["unknown"] * 2


IMPATIENT = """
import gc, os, pathlib, signal, sys, time
from reconciler.cli.main import main
from reconciler.world.coming import Coming

real, here = os.open, pathlib.Path.cwd()


def opened(path, *rest, **more):
    journal = here / ".reconciler" / "journal.jsonl"
    if str(path).endswith("halt.json") and journal.exists() and journal.read_text().count('"kind":"reply"') == 2:
        (here / "reached").touch()
        while not all(one.is_there for one in gc.get_objects() if isinstance(one, Coming)):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    return real(path, *rest, **more)


os.open = opened
main(sys.argv[1:])
"""
"""The command, whose user presses Ctrl-C twice just before a fifth create goes out: replies of the others are there."""


def test_interrupted_twice_with_replies_in_hand(made: Made) -> None:
    """One reply is recorded, three have come since: the second Ctrl-C waits for nothing, and records those."""
    story = made("marketing")
    story.hold({"nth": AT_ONCE, "delay": 0})
    process = story.start_as(IMPATIENT)
    until((story.work.root / "reached").exists)
    story.let_go()
    ended = finish(process)
    assert ended.code == 130, ended.text
    assert sorted(ended.ended.values()) == ["done"] * 5 + ["skipped"] * 5
    assert len(story.arrived()) == AT_ONCE
    assert story.work.run("status", "--json").json["intents"] == []


CROWDED = """
import sys, threading, traceback
from reconciler.cli.main import main

real, senders = threading.Thread.start, []


def start(thread):
    if any(one.name == "at_once" for one in traceback.extract_stack()):
        senders.append(thread)
        if len(senders) > 2:
            raise RuntimeError("can't start new thread")
    real(thread)


threading.Thread.start = start
main(sys.argv[1:])
"""
"""The command on a machine that has two more threads for what is sent, and no third."""


def test_a_machine_without_another_thread(made: Made) -> None:
    """The third cannot be sent beside: it is known not to be sent, and goes alone once the two are back; so do the
    others."""
    story = made("marketing")
    story.hold()
    process = story.start_as(CROWDED)
    until(lambda: len(story.arrived()) == 2 and story.records("intent") == 3)
    while process.poll() is None:
        story.let_go()
    ended = finish(process)
    assert ended.code == 0, ended.text
    assert sorted(story.names()) == GROUPS
    assert len(story.account.objects("adgroup")) == len(GROUPS)
    unsent = [one for one in story.work.records if one["kind"] == "rejected"]
    assert [(one["code"], one["message"]) for one in unsent] == [("not sent", "can't start new thread")]
    assert story.work.in_sync()
