"""A call for several objects that was refused as a whole is taken apart; what lowers spend still comes before what
raises it."""

from __future__ import annotations

from random import Random

import pytest

from reconciler.api.transport import Request
from reconciler.model import Address
from tests.simulation.account import Profile
from tests.simulation.ads import GROUP, Ads, Node
from tests.simulation.api import Faults
from tests.simulation.declared import money
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
