"""What once grew faster than what it is of: pushes of the state to git, and `status` beside many refreshes."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from reconciler.model import Address, Generation, RefreshEntry, Source, Variant
from reconciler.state.lockfile import FILE, Lock, dump
from reconciler.state.signed import Approval, approval_text
from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, Server, environment, growth, in_turn, middle, run, spread
from tests.stories.git_state.clones import REF, git

_VARIANTS = 4


@dataclass(frozen=True, slots=True)
class Pushed:
    """An apply of so many creates with the state on a branch: a count, and one run's cost."""

    creates: int
    pushes: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Told:
    """`status` of so many refreshes, each with four variants that somebody has approved."""

    refreshes: int
    costs: Sequence[Cost]


def pushes(sizes: Sequence[int], folder: Path) -> list[Pushed]:
    """The tree into an empty account, one run a size."""
    return [_pushes(size, folder / f"git{size}") for size in sizes]


def _pushes(size: int, folder: Path) -> Pushed:
    remote, clone = folder / "remote.git", folder / "clone"
    folder.mkdir(parents=True)
    git(folder, "init", "--bare", "--quiet", "--initial-branch=main", str(remote))
    git(folder, "clone", "--quiet", str(remote), str(clone))
    git(clone, "checkout", "--quiet", "-B", "main")
    tree.write_manifests(size, clone)
    env = environment(folder.parent / "cache")
    with Server(env, folder) as server:
        tree.write_workspace(clone, server.url)
        with (clone / "reconciler.yaml").open("a", encoding="utf-8") as file:
            file.write("state: {backend: git}\n")
        git(clone, "add", "--all")
        git(clone, "commit", "--quiet", "--message=first")
        git(clone, "push", "--quiet", "origin", "main")
        git(clone, "remote", "set-head", "origin", "main")
        command = [sys.executable, "-m", "reconciler", "-C", str(clone), "-q", "apply", "--auto-approve"]
        cost = run(command, env, folder)
    return Pushed(size, int(git(remote, "rev-list", "--count", REF)), cost)


def status(counts: Sequence[int], rounds: int, folder: Path) -> list[Told]:
    """One workspace a count, in turn."""
    env = environment(folder / "cache")
    roots = [folder / f"refreshes{count}" for count in counts]
    for root, count in zip(roots, counts, strict=True):
        root.mkdir(parents=True)
        tree.write_workspace(root, "http://127.0.0.1:9")
        _refreshes(root, count)
    costs = in_turn(
        [[sys.executable, "-m", "reconciler", "-C", str(root), "status"] for root in roots], env, folder, rounds
    )
    return [Told(count, found) for count, found in zip(counts, costs, strict=True)]


def _refreshes(root: Path, count: int) -> None:
    lock = Lock("00000000-0000-4000-8000-000000000000", 1, {"advertiser_id": tree.ADVERTISER, "currency": "USD"})
    for number in range(count):
        address = Address("refresh", f"r{number}")
        hashes = [hashlib.sha256(f"{number}/{slot}".encode()).hexdigest() for slot in range(_VARIANTS)]
        made = tuple(
            Variant(slot, "ready", str(10**18 + number * 10 + slot), f"v{number}{slot}", sha256=one)
            for slot, one in enumerate(hashes, 1)
        )
        source = Source("manifests/refreshes.yaml", 1)
        lock.refreshes[address] = RefreshEntry(Generation(1, "sha256:0", (), made), _VARIANTS, source=source)
        for one in hashes:
            _approve(root, Approval(str(address), one, "approved", "somebody", "2026-11-21T10:00:00Z"))
    (root / FILE).write_bytes(dump(lock))


def _approve(root: Path, one: Approval) -> None:
    path = root / one.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(approval_text(one), encoding="utf-8")


def report(pushed: Sequence[Pushed], told: Sequence[Told]) -> list[str]:
    """Rows of the table of goals."""
    lines = [f"state on a git branch, apply of {one.creates} creates: {one.pushes} pushes" for one in pushed]
    for few, many in pairwise(pushed):
        grown = growth((few.creates, few.pushes), (many.creates, many.pushes))
        lines.append(f"  pushes {few.creates} → {many.creates}: exponent {grown:.2f}, goal ≤ 1.0")
    for one in told:
        lines.append(f"status with {one.refreshes} refreshes: CPU {spread([cost.cpu for cost in one.costs])} s")
    for small, large in pairwise(told):
        cpu = [middle([cost.cpu for cost in one.costs]) for one in (small, large)]
        grown = growth((small.refreshes, cpu[0]), (large.refreshes, cpu[1]))
        lines.append(f"  status {small.refreshes} → {large.refreshes} refreshes: exponent {grown:.2f}, goal ≤ 1.1")
    return lines
