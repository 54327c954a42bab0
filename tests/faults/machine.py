"""A state machine over the real command: edits, plans, applies, crashes, faults, strangers, lost files; invariants."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.state import lockfile
from tests.faults.stage import APPLY, answers, set_up, settled
from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign
from tests.stories.workspace import Run

NAMES = ("a", "b")
BUDGETS = ("20", "30", "55.50")
FAULTS: tuple[dict[str, Any], ...] = (
    {"lose_request": True},
    {"lose_reply": True},
    {"late_commit": 0.05},
    {"status": 502, "commit": True},
    {"garbage": "oops", "commit": True},
    {"code": 51000, "commit": True},
    {"code": 40100},
    {"code": 40002},
)


class Machine(RuleBasedStateMachine):
    """Two campaigns, each with an ad group or none, and a person who answers every question by the truth."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.account = Account()
        self.work = set_up(Path(self._folder.name) / "w", self.account.url, quiet=0.15, days=0)
        self.wanted: dict[str, tuple[str, str, bool]] = {}
        self.forgotten = False

    def teardown(self) -> None:
        """With the faults gone and every question answered, it converges; then nothing more is sent."""
        try:
            self.account.faults()
            if self.wanted:
                self._heal()
        finally:
            self.account.__exit__(None, None, None)
            self._folder.cleanup()

    def _write(self) -> None:
        documents = []
        for name, (budget, status, child) in self.wanted.items():
            documents.append(campaign(name, budget=budget, status=status))
            documents += [adgroup(f"g-{name}", name, budget="20")] if child else []
        self.work.manifest(*documents)

    def _run(self, *arguments: str) -> Run:
        ended = self.work.run(*arguments)
        assert ended.code in (0, 1, 3, 5, 6, 8, 9, 10), ended.text
        assert "Traceback" not in ended.text
        return ended

    @initialize()
    def begin(self) -> None:
        """One campaign is wanted."""
        self.wanted["a"] = ("20", "DISABLE", True)
        self._write()

    @rule(name=st.sampled_from(NAMES), budget=st.sampled_from(BUDGETS), on=st.booleans(), child=st.booleans())
    def edit(self, name: str, budget: str, on: bool, child: bool) -> None:
        """Somebody edits a manifest; an ad group that is there stays wanted, as it cannot be removed alone."""
        before = self.wanted.get(name)
        self.wanted[name] = (budget, "ENABLE" if on else "DISABLE", child or bool(before and before[2]))
        self._write()

    @rule()
    def plan(self) -> None:
        """A plan sends nothing but GET and writes nothing."""
        posts, files = len(self.account.posts()), self.work.files()
        self._run("plan", "--json")
        assert len(self.account.posts()) == posts
        assert self.work.files() == files

    @rule()
    def apply(self) -> None:
        """One apply."""
        self._run(*APPLY)

    @rule(fault=st.sampled_from(FAULTS), nth=st.integers(1, 3))
    def apply_with_a_fault(self, fault: dict[str, Any], nth: int) -> None:
        """One of its writes goes wrong."""
        self.account.faults({"path": "*", "method": "POST", "nth": nth, **fault})
        self._run(*APPLY)
        self.account.faults()

    @rule(nth=st.integers(1, 3), done=st.booleans())
    def crash(self, nth: int, done: bool) -> None:
        """The process ends in the middle of a write, with nothing of it recorded but the intent."""
        from unittest import mock

        from reconciler.api.transport import Network, Reply, Request

        real, count = Network.send, 0

        class Crash(BaseException):
            """The process is gone."""

        def send(network: Network, request: Request) -> Reply:
            nonlocal count
            count += request.method == "POST"
            if count == nth and request.method == "POST":
                if done:
                    real(network, request)
                raise Crash
            return real(network, request)

        with mock.patch.object(Network, "send", send):
            try:
                self.work.run(*APPLY)
            except Crash:
                return

    @rule(name=st.sampled_from(NAMES), budget=st.sampled_from(BUDGETS))
    def a_stranger_edits(self, name: str, budget: str) -> None:
        """A colleague sets another budget."""
        for row in self.account.objects("campaign"):
            if row["campaign_name"] == name and row["status"] != "DELETE":
                self.account.operate("edit", {"id": row["campaign_id"], "budget": float(budget)})

    @rule()
    def a_second_runner(self) -> None:
        """While one holds the workspace, another sends nothing."""
        from reconciler.world import SystemFiles

        (self.work.root / ".reconciler").mkdir(exist_ok=True)
        with SystemFiles().lock(self.work.root / ".reconciler" / "lock") as won:
            assert won
            posts = len(self.account.posts())
            assert self.work.run(*APPLY).code == 7
            assert len(self.account.posts()) == posts

    @precondition(lambda self: not self.forgotten)
    @rule()
    def the_lockfile_is_lost(self) -> None:
        """It is a fold of the journal: nothing is lost with it."""
        (self.work.root / lockfile.FILE).unlink(missing_ok=True)

    @precondition(lambda self: not self.forgotten and (self.work.root / lockfile.FILE).exists())
    @rule()
    def the_journal_is_lost(self) -> None:
        """What was under way is unknown for good; what was made then is a twin, and stays one object."""
        self.work.journal.unlink(missing_ok=True)
        self.forgotten = True

    @invariant()
    def the_lockfile_can_be_read(self) -> None:
        """At any moment."""
        path = self.work.root / lockfile.FILE
        if path.exists():
            lockfile.parse(path.read_bytes())

    @invariant()
    def one_object_a_name(self) -> None:
        """Nobody else creates here: a second object of a name would be ours."""
        names = [(one.get("campaign_id"), one["adgroup_name"]) for one in self.account.objects("adgroup")]
        assert len(set(names)) == len(names), names
        campaigns = [one["campaign_name"] for one in self.account.objects("campaign")]
        assert len(set(campaigns)) == len(campaigns), campaigns

    @invariant()
    def nothing_spends_that_is_not_wanted(self) -> None:
        """No child was sent under a campaign between its birth and its first pause."""
        paused = {body["campaign_id"] for path, body in self.account.posts() if body.get("status") == "DISABLE"}
        for path, body in self.account.posts():
            if path == "adgroup/create/":
                assert body["campaign_id"] in paused

    def _heal(self) -> None:
        end = time.monotonic() + 20
        while True:
            ended = self._run(*APPLY)
            if ended.code == 0 or (self.forgotten and ended.code == 5):
                break
            if ended.code == 10:
                for decision in answers(self.work, self.account):
                    self.work.run("recover", "--json", decision)
            assert time.monotonic() < end, ended.text
            time.sleep(0.05)
        if ended.code == 5:
            return
        settled(self.work, self.account)
        for name, (budget, status, child) in self.wanted.items():
            found = self.account.one("campaign", name)
            assert (float(found["budget"]), found["status"]) == (float(budget), status)
            assert (f"g-{name}" in self.account.names("adgroup")) == child
