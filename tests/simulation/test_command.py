"""`python -m tests.simulation` on many cores."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.workspace import until

ROOT = Path(__file__).parents[2]


def hired(parent: int) -> list[int]:
    """The processes that this one has started and that live."""
    shown = subprocess.run(["ps", "-axo", "pid=,ppid=,state="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in shown.splitlines()]
    return [int(one) for one, by, state in rows if int(by) == parent and state[0] != "Z"]


def lives(process: int) -> bool:
    """Whether it is there, and no zombie that somebody has yet to look at."""
    shown = subprocess.run(["ps", "-o", "state=", "-p", str(process)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and shown.stdout.strip()[0] != "Z"


@pytest.mark.parametrize("number", rotating([signal.SIGINT, signal.SIGTERM, signal.SIGKILL], 3, lambda one: one.name))
def test_whatever_ends_it_nothing_works_on(isolated: Path, number: signal.Signals) -> None:
    """Its processes end with it; of its files only SIGKILL leaves any."""
    command = [sys.executable, "-m", "tests.simulation", "--seeds", "100000", "--jobs", "2"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "TMPDIR": str(isolated)}, stderr=subprocess.DEVNULL
    )
    until(lambda: len(hired(process.pid)) == 2 and any(isolated.glob("*/*")))
    both = hired(process.pid)
    process.send_signal(number)
    process.wait(timeout=30)
    until(lambda: not any(map(lives, both)))
    assert number == signal.SIGKILL or list(isolated.iterdir()) == []
