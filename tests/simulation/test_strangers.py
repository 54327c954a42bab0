"""What strangers do at the worst moment: the judge holds nothing against the product that nobody could have known."""

from __future__ import annotations

from random import Random

import pytest

from reconciler.api.transport import Request
from reconciler.plan import sending
from tests.simulation.account import Account, Profile, Thing
from tests.simulation.api import Faults
from tests.simulation.declared import Campaign, Manifests
from tests.simulation.machine import Machine
from tests.simulation.mutants import at_stage


def campaigns(**budgets: int) -> Manifests:
    """Campaigns of these budgets that are to run."""
    made = Manifests()
    for name, budget in budgets.items():
        made.campaigns[name] = Campaign(name, name, budget, "ENABLE", "disable", {})
    return made


def machine_of(manifests: Manifests) -> Machine:
    """A machine in an account whose listings lag behind nothing."""
    return Machine(Profile(most_lag=0.0), Random(1), Faults(), manifests)


def named(account: Account, name: str) -> Thing:
    """The living campaign of this name."""
    return next(one for one in account.live() if one.fields["campaign_name"] == name)


def test_a_budget_that_somebody_lowers_meanwhile() -> None:
    """Both budgets are lowered, and just before our call for the first somebody lowers it still more: what we send is
    more than it has now, yet no raise of ours."""
    machine = machine_of(campaigns(c0=60, c1=60))
    assert machine.apply().code == 0
    first = named(machine.account, "c0")
    machine.manifests = campaigns(c0=50, c1=40)

    def watch(_: int, request: Request) -> None:
        if request.method == "POST" and first.id in (request.body or ""):
            machine.account.change(first, {"budget": 28.0}, machine.clock.moment)

    machine.api.script = watch
    assert machine.apply().code == 0
    assert machine.judge.broken == []
    machine.leave()


def test_a_raise_before_what_is_lowered_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same judge, where the first is raised before the second is lowered, and nobody else is there."""
    at_stage(monkeypatch, "LOWER", sending.ENABLE + 1)
    machine = machine_of(campaigns(c0=60, c1=60))
    assert machine.apply().code == 0
    machine.clock.pass_by(1000)
    machine.manifests = campaigns(c0=70, c1=40)
    machine.apply()
    assert {one.name for one in machine.judge.broken} == {"I14"}
    machine.leave()


@pytest.mark.parametrize(
    ("fate", "budget", "later", "is_taken"),
    [
        ("committed-lost", 60.0, 20, True),
        ("committed-lost", 60.0, 1000, False),
        ("committed-lost", 61.0, 20, False),
        ("ok", 60.0, 20, False),
    ],
)
def test_a_twin_in_place_of_ours(fate: str, budget: float, later: float, is_taken: bool) -> None:
    """A stranger makes the same campaign and deletes ours. Where the answer to our create was lost nothing tells them
    apart; but one that is another, was made later, or stands beside an id we know is not ours."""
    machine = machine_of(campaigns(c0=60))
    machine.api.script = lambda _, request: fate if request.path == "campaign/create/" else None
    machine.apply()
    machine.api.script = None
    ours = named(machine.account, "c0")
    machine.clock.pass_by(later)
    now = machine.clock.moment
    twin = Thing("campaign", machine.account.new_id(), None, None, now, {**ours.fields, "budget": budget})
    twin.foreign, twin.twin_of = True, ours
    machine.account.add(twin, now)
    assert not machine.judge.is_of(twin, "campaign/c0")
    machine.account.change(ours, {"status": "DELETE"}, now)
    assert machine.judge.is_of(twin, "campaign/c0") is is_taken
    machine.clock.pass_by(1000)
    machine.apply()
    assert machine.judge.broken == []
    assert (machine.resources().get("campaign/c0", {}).get("id") == twin.id) is is_taken
    machine.leave()


def test_somebody_is_asked_of_a_change_to_what_is_gone() -> None:
    """Answers to changes of three campaigns are lost, and then somebody deletes all of them, with no trace in any
    listing: a person is asked, says that nothing is to be adopted, and that ends it."""
    machine = machine_of(campaigns(c0=60, c1=60, c2=60))
    assert machine.apply().code == 0
    machine.manifests = campaigns(c0=50, c1=50, c2=50)
    machine.api.script = lambda _, request: "committed-lost" if request.method == "POST" else None
    assert machine.apply().code == 8
    machine.api.script = None
    for one in list(machine.account.things.values()):
        del machine.account.things[one.id]
    machine.clock.pass_by(1000)
    assert machine.apply().code == 10
    assert machine.recover().open == []
    assert [one.partition(": ")[2] for one in machine.told] == ["absent"] * 3
    machine.leave()
