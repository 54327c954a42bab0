"""G6: what it costs to start, in turn with a Python that does nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, environment, in_turn, ratios, spread

SMALL = 26
"""One campaign with all that is below it."""


@dataclass(frozen=True, slots=True)
class Started:
    """Costs of the commands, beside the empty Python's."""

    nothing: Sequence[Cost]
    help: Sequence[Cost]
    version: Sequence[Cost]
    validate: Sequence[Cost]
    status: Sequence[Cost]


def measure(rounds: int, folder: Path) -> Started:
    """Each command `rounds` times."""
    workspace = folder / "small"
    tree.write_manifests(SMALL, workspace)
    tree.write_workspace(workspace, "http://127.0.0.1:9")
    program = [sys.executable, "-m", "reconciler"]
    commands = [
        [sys.executable, "-c", "pass"],
        [*program, "--help"],
        [*program, "--version"],
        [*program, "-C", str(workspace), "validate"],
        [*program, "-C", str(workspace), "status"],
    ]
    return Started(*in_turn(commands, environment(folder / "cache"), folder, rounds))


def report(found: Started) -> list[str]:
    """Rows of the table of goals."""
    nothing = [cost.cpu for cost in found.nothing]
    lines = [f"`python -c pass`: CPU {spread(nothing, 3)} s"]
    for name, costs, goal in (
        ("--help", found.help, 6),
        ("--version", found.version, 6),
        (f"validate of {SMALL}", found.validate, 20),
        (f"status of {SMALL}", found.status, 20),
    ):
        cpu = [cost.cpu for cost in costs]
        lines.append(f"G6 {name} / `python -c pass`: {spread(ratios(cpu, nothing), 1)}, goal ≤ {goal}")
    return lines
