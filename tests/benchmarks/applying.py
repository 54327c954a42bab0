"""G11: what an apply writes down, beside a bare append and fsync; and how an apply of many creates grows."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from reconciler.model import Address, LockEntry, Number
from reconciler.state.ledger import Ledger
from reconciler.state.store import LocalStore
from reconciler.world import SystemWorld
from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, Server, environment, growth, in_turn, middle, ratios, run, spread

ACTIONS = 500


@dataclass(frozen=True, slots=True)
class Recorded:
    """Wall seconds an action; `size` entries were in the lockfile before. `written`: journal bytes an action."""

    size: int
    ours: Sequence[float]
    bare: Sequence[float]
    written: float


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply of `size` creates cost, and the plans right after it; `floor` is empty without the yardstick."""

    size: int
    cost: Cost
    plans: Sequence[Cost]
    floor: Sequence[Cost]


def record(sizes: Sequence[int], rounds: int, folder: Path) -> list[Recorded]:
    """Intent, reply and result of one create after the other, with the checkpoints that come due."""
    found = []
    for size in sizes:
        ours, bare, written = [], [], 0.0
        for number in range(rounds + 1):
            seconds, written = _record(size, folder / f"record{size}-{number}")
            plain = _append(int(written), folder / f"bare{size}-{number}")
            if number:
                ours.append(seconds)
                bare.append(plain)
        found.append(Recorded(size, ours, bare, written))
    return found


def _record(size: int, folder: Path) -> tuple[float, float]:
    folder.mkdir()
    world = SystemWorld()
    store = LocalStore(world.files, folder)
    account = {"advertiser_id": tree.ADVERTISER}
    fields = {"campaign_name": "spring", "objective_type": "TRAFFIC", "budget": Number("50.00")}
    with store.lock("{}"):
        ledger = Ledger.read(store, world, account, "apply")
        for number in range(size):
            ledger.lock.resources[Address("campaign", f"old-{number}")] = LockEntry(str(10**18 + number), None, fields)
        began = time.perf_counter()
        for number in range(ACTIONS):
            address = Address("campaign", f"new-{number}")
            entries = {address: LockEntry("", None, fields)}
            body = json.dumps({"advertiser_id": tree.ADVERTISER, **fields})
            intent = ledger.intent(address, "create", "campaign/create/", body, seen=[], entries=entries)
            identity = str(2 * 10**18 + number)
            answer = {"code": 0, "message": "OK", "request_id": "2" * 34, "data": {"campaign_id": identity}}
            ledger.reply(intent, {"status": 200, "body": json.dumps(answer)})
            ledger.done(intent, identity)
            ledger.checkpoint()
        ledger.save()
        seconds = time.perf_counter() - began
    return seconds / ACTIONS, (folder / ".reconciler" / "journal.jsonl").stat().st_size / ACTIONS


def _append(size: int, file: Path) -> float:
    """Two durable appends an action: before a write is sent it must be on disk, and so must its reply be."""
    line = b"x" * (size // 2 - 1) + b"\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    began = time.perf_counter()
    for _ in range(ACTIONS):
        for _ in range(2):
            os.write(descriptor, line)
            os.fsync(descriptor)
    seconds = time.perf_counter() - began
    os.close(descriptor)
    return seconds / ACTIONS


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
        twice = [value / 2 for value in one.bare]
        lines.append(
            f"G11 persistence of an action, {one.size} entries "
            f"/ one bare append+fsync ({middle(twice) * 1000:.2f} ms): "
            f"{spread(ratios(one.ours, twice))}, goal ≤ 2.0 "
            f"(beside two, which is what safety needs: {spread(ratios(one.ours, one.bare))}; "
            f"{one.written:.0f} journal bytes an action)"
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
