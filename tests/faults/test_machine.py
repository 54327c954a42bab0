"""The state machine of `machine.py`, a few short stories in the suite and many long ones in the soak."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import Machine

UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None, print_blob=True)


def test_short_stories() -> None:
    """Edits, crashes, faults, strangers and lost files in any order: the invariants hold, and it converges."""
    chosen = settings(UNHURRIED, max_examples=60, stateful_step_count=14, derandomize=True)
    run_state_machine_as_test(Machine, settings=chosen)


@pytest.mark.soak
def test_long_stories() -> None:
    """The same, many and long, with new ones each time."""
    chosen = settings(UNHURRIED, max_examples=300, stateful_step_count=30)
    run_state_machine_as_test(Machine, settings=chosen)
