"""The wall time of a plan over a slow line: the account is read while the manifests are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Cost, Server, environment, in_turn, ratios, run, spread
from tests.benchmarks.plans import prepared

SECONDS = 0.2
"""What every request takes longer."""
_AT_ONCE = 8
"""Requests that a plan has under way, at most."""


@dataclass(frozen=True, slots=True)
class Waited:
    """Plans of one size, in turn with the same over a line that takes no time. `trips`: so many requests must follow
    one another, the first pages and then all the others."""

    size: int
    trips: int
    near: Sequence[Cost]
    far: Sequence[Cost]

    @property
    def bounds(self) -> list[float]:
        """Seconds, round by round: the longer of computing and waiting, and two trips."""
        return [max(one.wall, self.trips * SECONDS) + 2 * SECONDS for one in self.near]


def measure(sizes: Sequence[int], rounds: int, folder: Path) -> list[Waited]:
    """Two accounts a size; every plan reads every manifest."""
    return [_measure(size, rounds, folder / str(size)) for size in sizes]


def _measure(size: int, rounds: int, folder: Path) -> Waited:
    env = environment(folder.parent / "cache")
    folder.mkdir(parents=True)
    with Server(env, folder) as near, Server(env, folder) as far:
        commands = [prepared(size, folder / "near", near), prepared(size, folder / "far", far)]
        near.operate("reset-log", {})
        run(commands[0], env, folder)
        pages = Counter(one["path"] for one in near.arrivals())
        far.operate("faults", [{"delay": SECONDS}])
        costs = in_turn(commands, env, folder, rounds)
    return Waited(size, 1 + -(-sum(count - 1 for count in pages.values()) // _AT_ONCE), *costs)


def report(found: Sequence[Waited]) -> list[str]:
    """A row a size."""
    lines = []
    for one in found:
        near, far = ([cost.wall for cost in costs] for costs in (one.near, one.far))
        what = f"plan of {one.size} at {SECONDS * 1000:.0f} ms a request: wall {spread(far)} s"
        bound = f"the longer of its wall at 0 ms, {spread(near)} s, and {one.trips} trips, and two trips"
        lines.append(f"{what} / ({bound}): {spread(ratios(far, one.bounds))}, goal ≤ 1.0")
    return lines
