"""A create that comes late is waited for: whoever looks too early makes it twice, and the judge sees it."""

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
