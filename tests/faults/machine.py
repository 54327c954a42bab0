"""A state machine over the real command: edits, plans, applies, crashes, faults, strangers, lost files; invariants."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.state import lockfile
from tests.faults.healing import PARENT, Healer, entries, ours
from tests.faults.stage import APPLY, set_up, wait
from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign
from tests.stories.workspace import Run

NAMES = ("a", "b")
BUDGETS = ("20", "30", "55.50")
QUIET, LATE = 15, 5
"""Seconds, which nobody waits for: a machine that stands still for a moment uses up none of what is between the two."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"lose_request": True},
    {"lose_reply": True},
    {"late_commit": LATE},
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
        self.work = set_up(Path(self._folder.name) / "w", self.account.url, quiet=QUIET, days=0)
        self.wanted: dict[str, tuple[str, str, bool]] = {}
        self.removed: dict[str, tuple[str, str, bool]] = {}
        self.strange: set[str] = set()
        self.adopted: set[str] = set()
        self.reviewed: list[str] = []
        self.forgotten = False

    def teardown(self) -> None:
        """With the faults gone and every question answered, it converges; then nothing more is sent."""
        try:
            self.account.faults()
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
        """Two campaigns are wanted, one of them with an ad group."""
        self.wanted.update(a=("20", "DISABLE", True), b=("30", "ENABLE", False))
        self._write()

    @rule(name=st.sampled_from(NAMES), budget=st.sampled_from(BUDGETS), on=st.booleans(), child=st.booleans())
    def edit(self, name: str, budget: str, on: bool, child: bool) -> None:
        """Somebody edits a manifest; an ad group that is there stays wanted, as it cannot be removed alone."""
        before = self.wanted.get(name) or self.removed.pop(name, None)
        self.wanted[name] = (budget, "ENABLE" if on else "DISABLE", child or bool(before and before[2]))
        self._write()

    @precondition(lambda self: len(self.wanted) > 1)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """Somebody removes a manifest, with the ad group that belongs to it; the last one is not let go (R304)."""
        name = data.draw(st.sampled_from(sorted(self.wanted)))
        self.removed[name] = self.wanted.pop(name)
        self._write()

    @precondition(lambda self: self.removed)
    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        """The manifest comes back as it was."""
        name = data.draw(st.sampled_from(sorted(self.removed)))
        self.wanted[name] = self.removed.pop(name)
        self._write()

    @rule()
    def plan(self) -> None:
        """A plan sends nothing but GET and writes nothing."""
        posts, files = len(self.account.posts()), self.work.files()
        self.reviewed.append(self._run("plan", "--json").json["digest"])
        assert len(self.account.posts()) == posts
        assert self.work.files() == files

    @rule()
    def apply(self) -> None:
        """One apply."""
        self._run(*APPLY)

    @precondition(lambda self: self.reviewed)
    @rule(data=st.data())
    def apply_an_old_plan(self, data: st.DataObject) -> None:
        """A plan that was reviewed earlier is carried out only while it is still the plan; else nothing is sent."""
        old = data.draw(st.sampled_from(self.reviewed))
        pending = self.work.run("recover", "--json").json["open"]
        now, posts = self._run("plan", "--json").json["digest"], len(self.account.posts())
        ended = self._run("apply", "--expect-digest", old, "--json")
        if ended.code == 6:
            assert now != old or pending, ended.text
            assert len(self.account.posts()) == posts
        else:
            # What was open may have been settled first, and then the plan is another than the one shown before.
            assert now == old or pending, ended.text
            assert len(self.account.posts()) == posts or ended.json["plan_digest"] == old

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

    @rule(kind=st.sampled_from(tuple(PARENT)), number=st.integers(0, 3))
    def a_stranger_deletes(self, kind: str, number: int) -> None:
        """A colleague deletes an object of ours."""
        # What there is depends on when a late write came: what is drawn must not.
        found = ours(self.account, kind, self.strange)
        if found:
            one = found[number % len(found)]
            self.account.operate("edit", {"id": one[f"{kind}_id"], "status": "DELETE"})

    @rule(name=st.sampled_from((*NAMES, "z")), child=st.booleans())
    def a_stranger_creates(self, name: str, child: bool) -> None:
        """A colleague makes a campaign, or an ad group in the campaign that is there, of our name or another."""
        day = {"budget_mode": "BUDGET_MODE_DAY", "budget": 40}
        living = [one for one in self.account.objects("campaign") if one["status"] != "DELETE"]
        if child and living:
            row = {"adgroup_name": f"g-{name}", "campaign_id": living[0]["campaign_id"], **day, "budget": 20}
            made = self.account.load(adgroups=[{**row, "placement_type": "PLACEMENT_TYPE_AUTOMATIC"}])
        else:
            made = self.account.load(campaigns=[{"campaign_name": name, "objective_type": "TRAFFIC", **day}])
        self.strange |= {one for ids in made.values() for one in ids}

    @rule(seconds=st.sampled_from((1, 600, 40 * 86400)))
    def the_clock_jumps(self, seconds: int) -> None:
        """The server's clock is suddenly ahead of ours."""
        self.account.operate("clock", {"advance": seconds})

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

    @precondition(lambda self: not self.forgotten)
    @rule()
    def the_journal_is_lost(self) -> None:
        """What was under way is unknown for good; what was made then is a twin, and stays one object."""
        if not (self.work.root / lockfile.FILE).exists():
            return
        wait(self.account, 2 * LATE)  # No write that is late arrives after it.
        shutil.rmtree(self.work.root / ".reconciler", ignore_errors=True)
        self.forgotten = True

    @invariant()
    def the_lockfile_can_be_read(self) -> None:
        """At any moment."""
        path = self.work.root / lockfile.FILE
        if path.exists():
            lockfile.parse(path.read_bytes())

    @invariant()
    def one_object_a_name(self) -> None:
        """Of what strangers did not make, no two living objects have one name and parent."""
        for kind, parent in PARENT.items():
            names = [(one.get(parent), one[f"{kind}_name"]) for one in ours(self.account, kind, self.strange)]
            assert len(set(names)) == len(names), names

    @invariant()
    def nothing_spends_that_is_not_wanted(self) -> None:
        """No child was sent under a campaign between its birth and its first pause."""
        paused = {body["campaign_id"] for path, body in self.account.posts() if body.get("status") == "DISABLE"}
        for path, body in self.account.posts():
            if path == "adgroup/create/":
                assert body["campaign_id"] in paused | self.adopted

    def _heal(self) -> None:
        healer = Healer(self.work, self.account, self.strange, self.adopted)
        healer.heal()
        self.nothing_spends_that_is_not_wanted()
        self.one_object_a_name()
        healer.settled()
        known = entries(self.work)
        campaigns = {one["campaign_id"]: one for one in self.account.objects("campaign")}
        for name, (budget, status, child) in self.wanted.items():
            entry = known[f"campaign/{name}"]
            found = campaigns[entry["id"]]
            assert (found["campaign_name"], float(found["budget"]), found["status"]) == (name, float(budget), status)
            assert (f"adgroup/g-{name}" in known) == child
        for name in self.removed:
            entry = known.get(f"campaign/{name}")
            assert entry is None or campaigns[entry["id"]]["status"] == "DISABLE"
