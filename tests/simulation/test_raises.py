"""A stranger raises a budget at any moment of an apply: what he did before we last looked holds our raise back."""

from __future__ import annotations

from random import Random

import pytest

from reconciler.api.transport import Request
from tests.simulation.account import Profile
from tests.simulation.api import Faults
from tests.simulation.declared import Campaign, Manifests
from tests.simulation.machine import Machine

MOMENTS = range(2, 40)
"""Numbers of calls; the first is what the plan sees: it takes that raise back, and then there is room."""


def two(first: int, *more: str) -> Manifests:
    """Two running campaigns, the first of this budget, and new ones with an ad group each."""
    made = Manifests()
    for name, budget in (("c0", first), ("c1", 40)):
        made.campaigns[name] = Campaign(name, name, budget, "ENABLE", "disable", {})
    for name in more:
        made.campaigns[name] = Campaign(name, name, 20, None, "disable", {f"{name}-g": []})
    return made


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_raise_is_held_against_what_was_live_when_we_last_looked(moment: int) -> None:
    """Limit 110: 60 beside 40 is fine, 60 beside 90 is not, once a listing could show it."""
    machine = Machine(Profile(name_guard=False, most_lag=0.0), Random(moment), Faults(slow=3.0), two(40))
    machine.limit = "110.00"
    assert machine.apply().code == 0
    machine.manifests = two(60, "c2", "c3")
    other = next(one for one in machine.account.live() if one.fields["campaign_name"] == "c1")
    raised: list[int] = []
    looked: list[int] = []
    sent: list[int] = []

    def watch(number: int, request: Request) -> None:
        if number == moment:
            machine.account.change(other, {"budget": 90.0}, machine.clock.moment)
            raised.append(number)
        if request.path == "campaign/get/":
            looked.append(number)
        if request.path == "campaign/update/" and "60" in (request.body or ""):
            sent.append(number)

    machine.api.script = watch
    ended = machine.apply()
    last = max((one for one in looked if not sent or one < sent[0]), default=0)
    if raised and raised[0] <= last:
        assert sent == [], (raised, looked)
        assert ended.code in (5, 9), ended
    elif raised and sent:
        assert raised[0] > last
    machine.leave()
