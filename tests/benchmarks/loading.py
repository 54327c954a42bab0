"""G9: reading YAML, in turn with PyYAML's C loader on the same files, each in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import tree
from tests.benchmarks.measure import environment, ratios, run, spread

# Both keep what they read, as a plan does. Ours runs without the collector, as `workflow/load.py` runs it; PyYAML runs
# as Python has it by default, which is what people would write.
_FILES = "import sys, time, pathlib\nfiles = [p.read_bytes() for p in sorted(pathlib.Path(sys.argv[1]).iterdir())]\n"
_TIMED = "began = time.process_time()\nkept = {}\nprint(time.process_time() - began, file=open(sys.argv[2], 'w'))\n"
OURS = (
    _FILES
    + "import gc\nfrom reconciler.manifest.yaml import read\ngc.disable()\n"
    + _TIMED.format("[read('f', data) for data in files]")
)
THEIRS = _FILES + "import yaml\n" + _TIMED.format("[list(yaml.load_all(data, yaml.CSafeLoader)) for data in files]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """CPU seconds for all files of one size, reading the bytes and importing not counted."""

    size: int
    ours: Sequence[float]
    theirs: Sequence[float]


def measure(sizes: Sequence[int], rounds: int, folder: Path) -> list[Loaded]:
    """The files of the plan benchmark."""
    return [_measure(size, rounds, folder / f"yaml{size}") for size in sizes]


def _measure(size: int, rounds: int, folder: Path) -> Loaded:
    env = environment(folder.parent / "cache")
    tree.write_manifests(size, folder)
    times: list[list[float]] = [[], []]
    answer = folder / "seconds"
    for number in range(rounds + 1):
        for program, found in zip((OURS, THEIRS), times, strict=True):
            run([sys.executable, "-c", program, str(folder / "manifests"), str(answer)], env, folder)
            if number:
                found.append(float(answer.read_text(encoding="utf-8")))
    return Loaded(size, times[0], times[1])


def report(found: Sequence[Loaded]) -> list[str]:
    """Rows of the table of goals."""
    return [
        f"G9 reading YAML of {one.size} / CSafeLoader ({spread(one.theirs)} s): "
        f"{spread(ratios(one.ours, one.theirs))}, goal ≤ 0.5"
        for one in found
    ]
