"""G11: what an apply writes down, beside a bare append and fsync; and how an apply of many creates grows."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from reconciler.model import Address, LockEntry, Number
from reconciler.state.ledger import Ledger
from reconciler.state.store import LocalStore
from reconciler.world import SystemWorld
from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, Server, environment, growth, in_turn, middle, ratios, run, spread

ACTIONS, TURN = 500, 20
"""So many, so many at a time."""
FIELDS = {"campaign_name": "spring", "objective_type": "TRAFFIC", "budget": Number("50.00")}
NEW = LockEntry("", None, FIELDS)
BODY = json.dumps({"advertiser_id": tree.ADVERTISER, **FIELDS})
ANSWER = json.dumps({"code": 0, "message": "OK", "request_id": "2" * 34, "data": {"campaign_id": "2" * 19}})
BYTES = 1460
"""What the journal takes of an action: this much, whatever the lockfile's size."""


class Spent(NamedTuple):
    """Seconds of wall and of this process's CPU."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """An action each; `size` entries were in the lockfile before. `bare`: two appends of as many bytes."""

    size: int
    ours: Sequence[Spent]
    bare: Sequence[Spent]
    save: Sequence[Spent]
    """The one save of the lockfile when all are done; no action's."""
    written: float
    """Journal bytes."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply of `size` creates cost, and the plans right after it; `floor` is empty without the yardstick."""

    size: int
    cost: Cost
    plans: Sequence[Cost]
    floor: Sequence[Cost]


def record(sizes: Sequence[int], rounds: int, folder: Path) -> list[Recorded]:
    """Intent, reply and result of one create after the other, the sizes in turn. Checkpoints are left out: they come by
    the clock, and take a twentieth of a run's time at most."""
    ended = [[_record(size, folder / f"record{size}-{number}") for size in sizes] for number in range(rounds + 1)][1:]
    found = []
    for size, every in zip(sizes, zip(*ended, strict=True), strict=True):
        ours, bare, save, written = zip(*every, strict=True)
        found.append(Recorded(size, ours, bare, save, written[0]))
    return found


def _record(size: int, folder: Path) -> tuple[Spent, Spent, Spent, float]:
    """Ours and the bare one in turn, some actions at a time: what slows the disk for a while slows both."""
    folder.mkdir()
    world = SystemWorld()
    store = LocalStore(world.files, folder)
    with store.lock("{}"):
        ledger = Ledger.read(store, world, {"advertiser_id": tree.ADVERTISER}, "apply")
        for number in range(size):
            ledger.lock.resources[Address("campaign", f"old-{number}")] = LockEntry(str(10**18 + number), None, FIELDS)
        bare = os.open(folder / "bare", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        ours, theirs = [], []
        for start in range(0, ACTIONS, TURN):
            ours.append(_timed(partial(_act, ledger, range(start, start + TURN))))
            theirs.append(_timed(partial(_append, bare, BYTES)))
        os.close(bare)
        save = _timed(ledger.save)
    written = (folder / ".reconciler" / "journal.jsonl").stat().st_size / ACTIONS
    return _an_action(ours), _an_action(theirs), save, written


def _act(ledger: Ledger, numbers: range) -> None:
    for number in numbers:
        address = Address("campaign", f"new-{number}")
        intent = ledger.intent(address, "create", "campaign/create/", BODY, seen=[], entries={address: NEW})
        ledger.reply(intent, {"status": 200, "body": ANSWER})
        ledger.done(intent, str(2 * 10**18 + number))


def _append(descriptor: int, size: int) -> None:
    """Two durable appends an action: before a write is sent it must be on disk, and so must its reply be."""
    line = b"x" * (size // 2 - 1) + b"\n"
    for _ in range(2 * TURN):
        os.write(descriptor, line)
        os.fsync(descriptor)


def _timed(work: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def _an_action(spent: Sequence[Spent]) -> Spent:
    return Spent(sum(one.wall for one in spent) / ACTIONS, sum(one.cpu for one in spent) / ACTIONS)


def apply(sizes: Sequence[int], floor: Path | None, rounds: int, folder: Path) -> list[Applied]:
    """The tree into an empty account, and the plan of somebody who looks what is left."""
    found = []
    env = environment(folder / "cache")
    for size in sizes:
        workspace = folder / f"apply{size}"
        tree.write_manifests(size, workspace)
        with Server(env, folder) as server:
            tree.write_workspace(workspace, server.url)
            command = [sys.executable, "-m", "reconciler", "-C", str(workspace)]
            cost = run([*command, "-q", "apply", "--auto-approve"], env, folder)
            commands = [[*command, "plan"]]
            if floor is not None:
                bare = folder / f"floor{size}"
                run([sys.executable, str(floor / "gen_manifests.py"), str(size), str(bare)], env, folder)
                commands.append([sys.executable, str(floor / "limit_plan.py"), str(bare), "--events"])
            costs = in_turn(commands, env, folder, rounds)
            found.append(Applied(size, cost, costs[0], costs[1] if floor is not None else ()))
    return found


def report(recorded: Sequence[Recorded], applied: Sequence[Applied]) -> list[str]:
    """Rows of the table of goals."""
    lines = []
    for one in recorded:
        wall, twice = [spent.wall for spent in one.ours], [spent.wall for spent in one.bare]
        lines.append(
            f"G11 persistence of an action, {one.size} entries / one bare append+fsync ({middle(twice) * 500:.2f} ms): "
            f"{spread([value * 2 for value in ratios(wall, twice)])}, goal ≤ 2.0, out of reach, as two are "
            f"needed; / two: {spread(ratios(wall, twice))}, goal ≤ 1.3"
        )
        spent_cpu, least = [spent.cpu * 1000 for spent in one.ours], [spent.cpu * 1000 for spent in one.bare]
        lines.append(
            f"G11 CPU of it, {one.size} entries: {spread(spent_cpu, 3)} ms, of which two appends {spread(least, 3)}; "
            f"{one.written:.0f} journal bytes, goal: the same whatever the lockfile's size; "
            f"the save when all are done: {spread([spent.wall * 1000 for spent in one.save], 0)} ms"
        )
    for few, many in pairwise(recorded):
        more = ratios([spent.cpu for spent in many.ours], [spent.cpu for spent in few.ours])
        lines.append(
            f"G11 CPU of an action, {many.size} entries / {few.size}: {spread(more)}, goal ≤ 1.1; "
            f"bytes: {many.written / few.written:.3f}, goal 1.00"
        )
    for made in applied:
        cpu = [cost.cpu for cost in made.plans]
        told = f"plan right after an apply of {made.size}: CPU {spread(cpu)} s"
        if made.floor:
            told += f"; / floor CPU {spread(ratios(cpu, [cost.cpu for cost in made.floor]))}, goal ≤ 2.0"
        lines.append(told)
    for small, large in pairwise(applied):
        slope = (middle([one.rss for one in large.plans]) - middle([one.rss for one in small.plans])) / (
            large.size - small.size
        )
        lines.append(
            f"memory of a plan right after an apply, {small.size} → {large.size}: {slope:.1f} KiB a resource, goal ≤ 6"
        )
        grown = growth((small.size, small.cost.cpu), (large.size, large.cost.cpu))
        lines.append(
            f"G11 apply of {small.size} → {large.size} creates: CPU {small.cost.cpu:.2f} → {large.cost.cpu:.2f} s, "
            f"wall {small.cost.wall:.1f} → {large.cost.wall:.1f} s, exponent {grown:.2f}, goal ≤ 1.1"
        )
    return lines
