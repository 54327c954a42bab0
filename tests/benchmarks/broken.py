"""What is wrong with many documents at once, in turn with the same tree when it is sound."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from reconciler.model import Address, LockEntry
from reconciler.state import lockfile
from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, Server, environment, growth, in_turn, middle, ratios, spread


@dataclass(frozen=True, slots=True)
class Broken:
    """Costs of one size: of the sound tree, and of each that is not, in turn."""

    size: int
    sound: Sequence[Cost]
    costs: dict[str, Sequence[Cost]]


def _files(root: Path) -> list[Path]:
    return sorted((root / "manifests").iterdir())


def _edit(root: Path, change: Callable[[str], str]) -> None:
    for one in _files(root):
        one.write_text(change(one.read_text(encoding="utf-8")), encoding="utf-8")


def _unbound(root: Path) -> list[tuple[Address, LockEntry]]:
    """Every second campaign, and all below it, is live and not in the lockfile: each has a twin. What was taken out."""
    lock = lockfile.parse((root / lockfile.FILE).read_bytes())
    gone = [(one, entry) for one, entry in lock.resources.items() if int(one.name[1:].partition("-")[0]) % 2]
    for one, _ in gone:
        lock.drop(one)
    (root / lockfile.FILE).write_bytes(lockfile.dump(lock))
    return gone


def _orphans(root: Path) -> None:
    """No parent that a document names is declared."""
    _edit(root, lambda text: re.sub(r"^  (campaign|adgroup): c", r"  \1: missing-c", text, flags=re.MULTILINE))


def _removed(root: Path) -> None:
    """Half of the manifests are gone."""
    files = _files(root)
    for one in files[len(files) // 2 :]:
        one.unlink()


def _adopted(root: Path) -> None:
    """Half of what is declared is adopted by this very plan."""
    ids = {str(address): one.id for address, one in _unbound(root)}
    kinds = {"Campaign": "campaign", "AdGroup": "adgroup", "Ad": "ad"}

    def adopting(found: re.Match[str]) -> str:
        known = ids.get(f"{kinds[found[1]]}/{found[2]}")
        return found[0] + (f'adopt: "{known}"\n' if known else "")

    _edit(root, lambda text: re.sub(r"^kind: (\w+)\nname: (\S+)\n", adopting, text, flags=re.MULTILINE))


def _untouched(root: Path) -> None:
    """As it is: what is asked of the plan makes the difference."""


CASES: dict[str, tuple[Callable[[Path], object], int]] = {
    "every parent missing": (_orphans, 3),
    "half removed": (_removed, 0),
    "half twins": (_unbound, 0),
    "half adopted": (_adopted, 0),
    "all replaced": (_untouched, 0),
}
"""Name → (what is done to the tree, the exit code of its plan)."""


def measure(sizes: Sequence[int], rounds: int, folder: Path) -> list[Broken]:
    """One account a size."""
    return [_measure(size, rounds, folder / f"broken{size}") for size in sizes]


def _measure(size: int, rounds: int, folder: Path) -> Broken:
    folder.mkdir(parents=True)
    env = environment(folder.parent / "cache")
    with Server(env, folder) as server:
        ids = server.operate("load", tree.load_body(size))
        commands, codes = [], []
        for name in ("sound", *CASES):
            root = folder / name.replace(" ", "-")
            tree.write_manifests(size, root)
            tree.write_workspace(root, server.url)
            tree.write_lockfile(size, root, ids)
            spoil, code = CASES.get(name, (None, 0))
            if spoil:
                spoil(root)
            asked = [f"--replace=campaign/{one.name}" for one in tree.nodes(size) if one.kind == "campaign"]
            more = asked if name == "all replaced" else []
            commands.append([sys.executable, "-m", "reconciler", "-C", str(root), "plan", *more])
            codes.append(code)
        sound, *others = in_turn(commands, env, folder, rounds, codes)
    return Broken(size, sound, dict(zip(CASES, others, strict=True)))


def report(found: Sequence[Broken]) -> list[str]:
    """Rows of the table of goals."""
    lines = []
    for one in found:
        sound = [cost.cpu for cost in one.sound]
        for name, costs in one.costs.items():
            told = spread(ratios([cost.cpu for cost in costs], sound))
            lines.append(f"{one.size} documents, {name} / sound ({spread(sound)} s): {told}, goal ≤ 3")
    for small, large in pairwise(found):
        for name in CASES:
            grown = growth(
                (small.size, middle([one.cpu for one in small.costs[name]])),
                (large.size, middle([one.cpu for one in large.costs[name]])),
            )
            lines.append(f"growth exponent {small.size} → {large.size}, {name}: {grown:.2f}, goal ≤ 1.1")
    return lines
