"""What a long past costs: commands with very many records that the lockfile holds already, in turn with none."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.state import journal, lockfile
from reconciler.state.ledger import Ledger
from reconciler.world import SystemWorld
from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, Server, environment, in_turn, ratios, spread
from tests.unit.worlds import MemoryStore

SIZE = 1000
COMMANDS = ("plan", "status")


@dataclass(frozen=True, slots=True)
class Folded:
    """Costs of one command with so many records, and without."""

    command: str
    records: int
    ours: Sequence[Cost]
    bare: Sequence[Cost]


def measure(counts: Sequence[int], rounds: int, folder: Path) -> list[Folded]:
    """The tree of a plan, bound; its objects were updated over and over."""
    folder.mkdir()
    env = environment(folder.parent / "cache")
    found = []
    with Server(env, folder) as server:
        ids = server.operate("load", tree.load_body(SIZE))
        roots = {count: folder / str(count) for count in (0, *counts)}
        for count, root in roots.items():
            tree.write_manifests(SIZE, root)
            tree.write_workspace(root, server.url)
            tree.write_lockfile(SIZE, root, ids)
            _past(root, count)
        for command, count in itertools.product(COMMANDS, counts):
            commands = [[sys.executable, "-m", "reconciler", "-C", str(roots[one]), command] for one in (count, 0)]
            ours, bare = in_turn(commands, env, folder, rounds)
            found.append(Folded(command, count, ours, bare))
    return found


class _Store(MemoryStore):
    """Takes very many lines: they are joined once."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._lines: list[bytes] = []

    def append(self, line: bytes, *, sync: bool) -> None:
        """One line more."""
        self._lines.append(line)

    def rotate(self, first: bytes) -> None:
        """Set the journal aside."""
        self.log = b"".join(self._lines)
        super().rotate(first)


def _past(root: Path, count: int) -> None:
    """A run of so many records: intent, reply and result of one update after the other, then saved and ended."""
    store = _Store((root / lockfile.FILE).read_bytes())
    account = {"advertiser_id": tree.ADVERTISER, "currency": "USD"}
    run = Ledger.read(store, SystemWorld(), account, "apply")
    objects = itertools.cycle(run.lock.resources.items())
    for address, entry in itertools.islice(objects, count // 3):
        body = f'{{"advertiser_id":"{tree.ADVERTISER}","budget":50.00}}'
        intent = run.intent(address, "update", f"{address.kind}/update/", body, seen=[], entries={address: entry})
        run.reply(
            intent, {"status": 200, "body": '{"code":0,"message":"OK","request_id":"' + "2" * 34 + '","data":{}}'}
        )
        run.done(intent)
    run.save()
    run.end(0)
    (root / lockfile.FILE).write_bytes(store.data or b"")
    (root / ".reconciler").mkdir()
    for name, log in (*store.set_aside(), (journal.FILE, store.log)):
        (root / name).write_bytes(log)


def report(found: Sequence[Folded]) -> list[str]:
    """Rows of the table of goals."""
    return [
        f"{one.command} with {one.records} folded records / with none: "
        f"{spread(ratios([cost.cpu for cost in one.ours], [cost.cpu for cost in one.bare]))}, goal ≤ 1.2"
        for one in found
    ]
