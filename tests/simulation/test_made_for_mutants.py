"""Stories made for mutants that random ones seldom show: the product comes through them, the mutant is seen."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.simulation.account import Profile
from tests.simulation.api import Faults
from tests.simulation.declared import Campaign, Manifests
from tests.simulation.machine import Machine
from tests.simulation.mutants import MUTANTS

EARLY = {one.name: one.put for one in MUTANTS if one.name in ("no wait before looking", "a wait that is too short")}


def broken(chance: int) -> set[str]:
    """What is broken where the answer to a create is lost, it is carried out up to 110 s after it was sent, and people
    run apply again at once."""
    made = Manifests()
    made.campaigns["c0"] = Campaign("c0", "c0", 20, "ENABLE", "disable", {})
    machine = Machine(Profile(), Random(chance), Faults(), made)
    machine.api.script = lambda _, request: "late" if request.path == "campaign/create/" else None
    machine.apply()
    machine.api.script = None
    machine.apply()
    machine.clock.pass_by(200)
    machine.account.settle(machine.clock.moment)
    machine.leave()
    return {one.name for one in machine.judge.broken}


def test_a_late_create_is_made_once() -> None:
    """Whenever it comes."""
    assert not set().union(*(broken(chance) for chance in range(20)))


@pytest.mark.parametrize("put", EARLY.values(), ids=EARLY)
def test_looking_early_is_seen(put: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wait, and with one that is too short, it is made twice."""
    put(monkeypatch)
    assert set().union(*(broken(chance) for chance in range(20))) == {"I1"}


def test_both_are_there() -> None:
    """None of the two is played by its name alone."""
    assert len(EARLY) == 2


@pytest.mark.parametrize(("mutated", "wrong"), [(False, set()), (True, {"I14"})])
def test_a_raise_after_an_unknown_write(mutated: bool, wrong: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One budget is lowered and nobody knows whether it was; another is to be raised."""
    made = Manifests()
    for name in ("c0", "c1"):
        made.campaigns[name] = Campaign(name, name, 60, "ENABLE", "disable", {})
    machine = Machine(Profile(), Random(1), Faults(), made)
    assert machine.apply().code == 0
    machine.clock.pass_by(1000)
    made.campaigns["c0"].budget, made.campaigns["c1"].budget = 40, 80
    machine.api.script = lambda _, request: "lost" if '"budget":40' in (request.body or "") else None
    if mutated:
        next(one for one in MUTANTS if one.name == "raises after an unknown write").put(monkeypatch)
    assert machine.apply().code == 8
    assert {one.name for one in machine.judge.broken} == wrong
    machine.leave()
