"""How often a run waits for the disk, counted at the file layer: twice for each call, whatever goes in it, and a fixed
number of times for the run. What only reads never does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from reconciler.model import Address
from tests.simulation.account import Profile
from tests.simulation.ads import GROUP, Ads, Node
from tests.simulation.api import Faults
from tests.simulation.declared import money
from tests.simulation.machine import Ended, Machine

CAMPAIGN = Address("campaign", "c")
JOURNAL = "append+sync journal.jsonl"
HELD = Counter({"write lock": 2})
"""The note of who holds the workspace, and that it is let go."""
RUN = HELD + Counter({
    # The lockfile is saved once, when all that it says is in the journal.
    JOURNAL: 1, "write reconciler.lock.tmp": 1, "sync ROOT": 1,
})  # fmt: skip
ASIDE = Counter({JOURNAL: 1, "write journal-next.jsonl": 1, "sync .reconciler": 3})
"""The journal is set aside, durably at each step."""
FIRST = Counter({"write .gitignore": 1, JOURNAL: 1, "sync .reconciler": 1, "sync ROOT": 1})
"""The folder is made."""
LATER = Counter({"sync .reconciler": 1})
"""A journal was set aside before: its name may not be durable yet."""
LISTED = Counter({JOURNAL: 1})
"""What a list shows of all that a stage has made."""


def declared(campaigns: int = 0, groups: int = 0, status: str = "ENABLE") -> Ads:
    """Campaigns that say nothing of their status, and one that runs with ad groups."""
    fields = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_INFINITE"}
    made = Ads()
    for number in range(campaigns):
        made.nodes[Address("campaign", f"c{number}")] = Node(None, {**fields, "campaign_name": f"c{number}"})
    if groups:
        made.nodes[CAMPAIGN] = Node(None, {**fields, "campaign_name": "c", "status": "ENABLE"})
    for number in range(groups):
        made.nodes[Address("adgroup", f"g{number}")] = Node(CAMPAIGN, {**GROUP, "budget": money(60), "status": status})
    return made


def machine(manifests: Ads) -> Machine:
    """Its lists never lag."""
    return Machine(Profile(most_lag=0.0), Random(1), Faults(), manifests)


def running(groups: int) -> Machine:
    """Ad groups that run since some time, and manifests that pause them."""
    made = machine(declared(groups=groups))
    assert made.apply().code == 0
    made.clock.pass_by(1000)
    made.manifests = declared(groups=groups, status="DISABLE")
    return made


def waits(of: Machine, run: Callable[[], Ended]) -> tuple[int | None, Counter[str]]:
    """(exit code, what the run has waited for: each operation of the disk that is durable on return)."""
    of.disk.trace = []
    ended = run()
    told = [one.replace(of.root.name, "ROOT") for one in of.disk.trace]
    of.leave()
    assert of.judge.broken == []
    return ended.code, Counter(one for one in told if one.startswith(("append+sync ", "write ", "sync ", "truncate ")))


@pytest.mark.parametrize("number", [1, 7])
def test_a_create_waits_twice(number: int) -> None:
    """For its intent and for its reply; its result goes with what is next."""
    new = machine(declared(number))
    assert waits(new, new.apply) == (0, FIRST + RUN + ASIDE + LISTED + Counter({JOURNAL: 2 * number}))


@pytest.mark.parametrize(("number", "calls"), [(1, 1), (20, 1), (41, 3)])
def test_a_call_for_twenty_waits_twice(number: int, calls: int) -> None:
    """For all of its intents together, and for its reply."""
    many = running(number)
    assert waits(many, many.apply) == (0, LATER + RUN + ASIDE + Counter({JOURNAL: 2 * calls}))


def test_a_write_that_is_refused_waits_twice() -> None:
    """As one that is not; nothing has changed, so the lockfile is not saved."""
    many = running(1)
    many.api.script = lambda _, request: "refused" if request.method == "POST" else None
    assert waits(many, many.apply) == (1, LATER + HELD + ASIDE + Counter({JOURNAL: 2}))


def test_a_run_with_nothing_to_do_writes_no_record() -> None:
    """It holds the workspace, and that is all."""
    many = running(3)
    many.manifests = declared(groups=3)
    assert waits(many, many.apply) == (0, LATER + HELD)


@pytest.mark.parametrize("command", ["plan", "status"])
def test_what_reads_waits_for_nothing(command: str) -> None:
    """Neither before anything was written nor after."""
    for many in (machine(declared(3)), running(3)):
        many.disk.trace = []
        assert getattr(many, command)().code == 0
        many.leave()
        assert many.disk.trace == []
