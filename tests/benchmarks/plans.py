"""G2, G4, G7, G8, G13: the CPU, the requests and the memory of a plan, in turn with the floor."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, Server, environment, growth, in_turn, middle, ratios, run, spread


@dataclass(frozen=True, slots=True)
class Planned:
    """What the plan of one size cost, every manifest read (`ours`) and none (`warm`), with nothing to do (`still`), and
    every manifest read by a parser (`parsed`); `floor` is empty without the yardstick."""

    size: int
    requests: int
    fewest: int
    ours: Sequence[Cost]
    warm: Sequence[Cost]
    still: Sequence[Cost]
    parsed: Sequence[Cost]
    floor: Sequence[Cost]


NAMES = ("workspace", "warm", "still", "parsed")


def prepared(size: int, workspace: Path, server: Server) -> list[str]:
    """The command that plans a workspace whose account is there; every manifest is read each time."""
    tree.write_manifests(size, workspace)
    tree.write_workspace(workspace, server.url)
    tree.write_lockfile(size, workspace, server.operate("load", tree.load_body(size)))
    # A file where the folder of the cache would be: nothing can be remembered.
    (workspace / ".reconciler").mkdir()
    (workspace / ".reconciler" / "cache").touch()
    return [sys.executable, "-m", "reconciler", "-C", str(workspace), "plan"]


def measure(sizes: Sequence[int], floor: Path | None, rounds: int, folder: Path) -> list[Planned]:
    """One account a size."""
    return [_measure(size, floor, rounds, folder / str(size)) for size in sizes]


def _measure(size: int, floor: Path | None, rounds: int, folder: Path) -> Planned:
    env = environment(folder.parent / "cache")
    folder.mkdir(parents=True)
    workspace = folder / "workspace"
    commands = [[sys.executable, "-m", "reconciler", "-C", str(folder / name), "plan"] for name in NAMES]
    if floor is not None:
        run([sys.executable, str(floor / "gen_manifests.py"), str(size), str(folder / "floor")], env, folder)
        commands.append([sys.executable, str(floor / "limit_plan.py"), str(folder / "floor"), "--events"])
    with Server(env, folder) as server:
        prepared(size, workspace, server)
        for name in NAMES[1:]:
            shutil.copytree(workspace, folder / name)
        (folder / "warm" / ".reconciler" / "cache").unlink()
        shutil.rmtree(folder / "still" / "manifests")
        tree.write_manifests(size, folder / "still", changed=False)
        for file in (folder / "parsed" / "manifests").iterdir():
            # One text of a file in block style, which says the same.
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("  tier: gold\n", "  tier: >-\n    gold\n", 1), encoding="utf-8")
        server.operate("reset-log", {})
        run(commands[0], env, folder)
        requests = len(server.arrivals())
        costs = in_turn(commands, env, folder, rounds)
    bare = costs[4] if floor is not None else ()
    return Planned(size, requests, tree.pages(size), costs[0], costs[1], costs[2], costs[3], bare)


def report(found: Sequence[Planned]) -> list[str]:
    """Rows of the table of goals, with the figures behind them."""
    lines = []
    for one in found:
        cpu = [cost.cpu for cost in one.ours]
        shown = f"plan of {one.size}: CPU {spread(cpu)} s, wall {spread([cost.wall for cost in one.ours])} s"
        lines.append(f"{shown}, RSS {middle([cost.rss / 1024 for cost in one.ours]):.0f} MiB")
        warm = [cost.cpu for cost in one.warm]
        lines.append(f"  warm plan CPU {spread(warm)} s / cold: {spread(ratios(warm, cpu))}, goal ≤ 0.5 at 10,000")
        parsed = spread(ratios(warm, [cost.cpu for cost in one.parsed]))
        lines.append(f"  warm / cold where each file needs a parser, for one text in block style: {parsed}, goal ≤ 0.5")
        still = spread(ratios([cost.cpu for cost in one.still], cpu))
        lines.append(f"  G13 nothing to do / 1 % changed: {still}, goal ≤ 1.0")
        if one.floor:
            floor = [cost.cpu for cost in one.floor]
            goal = 1.7 if one.size == 10_000 else 2.0
            told = spread(ratios(cpu, floor))
            lines.append(f"  G2 plan CPU / floor CPU ({spread(floor)} s): {told}, goal ≤ {goal}")
        lines.append(f"  G4 requests: {one.requests}, goal {one.fewest} exactly")
    for small, large in pairwise(found):
        cpu_small, cpu_large = (middle([cost.cpu for cost in one.ours]) for one in (small, large))
        rss_small, rss_large = (middle([cost.rss for cost in one.ours]) for one in (small, large))
        span = f"{small.size} → {large.size}"
        lines.append(
            f"G7 growth exponent {span}: {growth((small.size, cpu_small), (large.size, cpu_large)):.2f}, goal ≤ 1.05"
        )
        lines.append(f"G8 RSS slope {span}: {(rss_large - rss_small) / (large.size - small.size):.1f} KiB, goal ≤ 8")
    return lines
