"""Who approved or rejected which plans: one record a line, each with the hash of the one before it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reconciler.canonical import canonical_json, digest, stamp
from reconciler.errors import Finding, Invalid
from reconciler.fleet.history import FOLDER
from reconciler.world import World

FILE = f"{FOLDER}/approvals.jsonl"
APPROVED = "approved"
REJECTED = "rejected"
_APART = 0.05


def add(world: World, root: Path, told: Mapping[str, Any]) -> None:
    """Record one decision, durably. `told`: verdict, by, identity, reason, digest, accounts.

    Raises Invalid (R419) for a record that is damaged.
    """
    path = root / FILE
    world.files.make_folder(path.parent)
    with held(world, path):
        before = load(world, root)
        raw = {**told, "at": stamp(world.now()), "prev": before[-1]["hash"] if before else None}
        line = canonical_json({**raw, "hash": digest(raw)})
        fresh = path.with_name(f"{path.name}.tmp")
        world.files.write(fresh, (world.files.read(path) or b"") + f"{line}\n".encode())
        world.files.rename(fresh, path)
        world.files.sync_folder(path.parent)


@contextlib.contextmanager
def held(world: World, path: Path) -> Iterator[None]:
    """While this lasts nobody else writes the file."""
    while True:
        with world.files.lock(path.with_name(f"{path.name}.lock")) as won:
            if won:
                yield
                return
        world.sleep(_APART)


def load(world: World, root: Path) -> Sequence[Mapping[str, Any]]:
    """Every decision, the newest last. Raises Invalid (R419) where one does not follow on the one before it."""
    data = world.files.read(root / FILE) or b""
    found: list[Mapping[str, Any]] = []
    previous = None
    for number, line in enumerate(data.splitlines(), 1):
        try:
            one = json.loads(line)
            raw = {key: value for key, value in one.items() if key != "hash"}
            sound = raw["prev"] == previous and one["hash"] == digest(raw) and isinstance(raw["accounts"], list)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            sound = False
        if not sound:
            message = f"{FILE}:{number} does not follow on the line before it"
            raise Invalid(Finding("R419", message, hint="bring the file back from a copy, or set it aside"))
        previous = one["hash"]
        found.append(one)
    return found
