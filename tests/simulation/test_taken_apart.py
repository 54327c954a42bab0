"""Calls for several objects: taken apart when they are refused as a whole, and died in at every step. What lowers spend
comes before what raises it, whatever happens."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from reconciler.api.transport import Request
from reconciler.model import Address
from tests.rotation import rotating
from tests.simulation.account import Profile
from tests.simulation.ads import GROUP, Ads, Node
from tests.simulation.api import Faults
from tests.simulation.declared import money
from tests.simulation.files import Cut, Kind, Trouble
from tests.simulation.machine import Machine

CAMPAIGN = Address("campaign", "c")
BUDGETS = "adgroup/budget/update/"


def groups(*budgets: int) -> Ads:
    """A running campaign with running ad groups of these budgets."""
    whole = {"campaign_name": "c", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_INFINITE"}
    made = Ads(nodes={CAMPAIGN: Node(None, {**whole, "status": "ENABLE"})})
    for number, budget in enumerate(budgets):
        fields = {**GROUP, "budget": money(budget), "status": "ENABLE"}
        made.nodes[Address("adgroup", f"g{number}")] = Node(CAMPAIGN, fields)
    return made


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_lowered_budget_that_cannot_be_sent_holds_back_raises(meanwhile: bool) -> None:
    """Two are lowered together and refused; before the second goes by itself somebody has changed it: it is left, and
    the third is not raised."""
    machine = Machine(Profile(most_lag=0.0), Random(1), Faults(), groups(60, 60, 60))
    assert machine.apply().code == 0
    machine.clock.pass_by(1000)
    machine.manifests = groups(40, 40, 80)
    second = next(one for one in machine.account.live() if one.address == "adgroup/g1")
    sent: list[str] = []

    def watch(_: int, request: Request) -> str | None:
        if request.path != BUDGETS:
            return None
        sent.append(request.body or "")
        if len(sent) == 1 and meanwhile:
            machine.clock.pass_by(100)
            machine.account.change(second, {"budget": 55.0}, machine.clock.moment)
        return "refused" if len(sent) == 1 else None

    machine.api.script = watch
    ended = machine.apply()
    assert machine.judge.broken == []
    assert ended.code == (6 if meanwhile else 0)
    assert any('"budget":80' in one for one in sent) is not meanwhile
    assert [one.count("adgroup_id") for one in sent[:2]] == [2, 1]
    machine.leave()


def edited() -> Machine:
    """Two budgets to be lowered in one call, three to be raised in another, and two ad groups to be paused in a third;
    more than a minute after all was made."""
    machine = Machine(Profile(most_lag=5.0), Random(5), Faults(), groups(60, 60, 60, 60, 60, 60, 60))
    assert machine.apply().code == 0
    machine.clock.pass_by(1000)
    made = machine.manifests = groups(40, 40, 80, 80, 80, 60, 60)
    for name in ("g5", "g6"):
        made.nodes[Address("adgroup", name)].fields["status"] = "DISABLE"
    return machine


def heals(machine: Machine) -> None:
    """People apply until nothing is left to do; everything is as declared, once."""
    machine.api.script = None
    for _ in range(4):
        ended = machine.apply()
        if ended.code == 0 and ended.plan is not None and not ended.plan.changes:
            break
        machine.clock.pass_by(200)
    assert machine.judge.broken == []
    assert ended.code == 0
    assert ended.plan is not None
    assert not ended.plan.changes
    shown = sorted((str(one.address), float(one.fields["budget"]), one.fields["status"])
                   for one in machine.account.live() if one.kind == "adgroup")  # fmt: skip
    paid = [40.0, 40.0, 80.0, 80.0, 80.0, 60.0, 60.0]
    status = ["ENABLE"] * 5 + ["DISABLE"] * 2
    assert shown == [(f"adgroup/g{one}", paid[one], status[one]) for one in range(7)]
    assert not machine.judge.open_intents()
    machine.leave()


def steps() -> tuple[int, list[bool]]:
    """(operations of the disk, which calls are writes) of that plan without a crash."""
    machine, writes = edited(), list[bool]()
    machine.api.script = lambda _, request: writes.append(request.method == "POST")
    before = machine.disk.count
    assert machine.apply().code == 0
    sizes = [len(one.body.get("budget", one.body.get("adgroup_ids", ()))) for one in machine.account.sent[-7:]]
    assert sizes == [1] * 7, "each object is one write of its own for the judge"
    machine.leave()
    return machine.disk.count - before, writes


OPERATIONS, WRITES = steps()


def test_it_goes_in_three_calls() -> None:
    """Or the crashes below are not in calls for several."""
    assert sum(WRITES) == 3
    assert OPERATIONS > 20


@pytest.mark.parametrize(
    ("kind", "cut"), rotating(list(product(("crash", "half"), ("none", "unsynced", "torn"))), 3, "-".join)
)
def test_dying_at_any_operation_of_the_disk(kind: Kind, cut: Cut) -> None:
    """Before each and half-way, with three kinds of loss: the next runs settle every object by itself."""
    for number in range(1, OPERATIONS + 1):
        machine = edited()
        machine.apply(trouble=Trouble(number, kind))
        machine.power(cut)
        machine.clock.pass_by(100)
        heals(machine)


@pytest.mark.parametrize(
    "fate",
    rotating([
        "crash", "crash-ok", "crash-committed-lost", "lost", "committed-lost", "late", "5xx-late", "code-committed",
        "cut", "unsaid", "nameless", "refused", "throttled", "unsent", "interrupt-committed",
    ], 3),
)  # fmt: skip
def test_every_fate_of_every_write(fate: str) -> None:
    """Of each of the three calls."""
    for number in [at for at, is_write in enumerate(WRITES, 1) if is_write]:
        machine = edited()
        machine.api.script = lambda call, _, at=number: fate if call == at else None
        machine.apply()
        machine.power("none")
        machine.clock.pass_by(5)
        heals(machine)
