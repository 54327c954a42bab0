"""The state machine of `machine.py`: a run of the tests plays a few short stories, the proof all and long ones."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import Machine
from tests.rotation import base, rotating

UNHURRIED = settings(suppress_health_check=list(HealthCheck), database=None, print_blob=True)


@pytest.mark.parametrize("part", rotating(range(6), 6))
def test_short_stories(part: int) -> None:
    """Edits, crashes, faults, strangers and lost files in any order: the invariants hold, and it converges."""
    chosen = settings(UNHURRIED, max_examples=10, stateful_step_count=14)
    run_state_machine_as_test(seed(part)(Machine), settings=chosen)


@pytest.mark.proof
@pytest.mark.parametrize("part", range(8))
def test_long_stories(part: int) -> None:
    """The same with long stories, which no earlier commit has told."""
    chosen = settings(UNHURRIED, max_examples=25, stateful_step_count=30)
    run_state_machine_as_test(seed(base() + part)(Machine), settings=chosen)
