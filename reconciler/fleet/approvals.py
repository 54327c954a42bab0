"""Who approved or rejected which plans: one record a line, each with the hash of the one before it.

They are rows where the state is in PostgreSQL, so that every machine finds them; else a file of this machine.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from reconciler.canonical import canonical_json, digest, stamp
from reconciler.errors import Finding, Invalid
from reconciler.fleet.load import FOLDER, Fleet, records
from reconciler.world import World

FILE = f"{FOLDER}/approvals.jsonl"
APPROVED = "approved"
REJECTED = "rejected"
WITHDRAWN = "withdrawn"
"""A rejection is taken back by somebody whose approval counts for nothing."""
_APART = 0.05


class DecisionRecord(Protocol):
    """Where decisions stand: lines that are only added to."""

    where: str
    """How people call it."""

    def lines(self) -> Sequence[bytes]:
        """All of them, the newest last."""
        ...

    def newest(self, after: int) -> Sequence[bytes]:
        """Those behind the first so many, the newest last."""
        ...

    def append(self, made: Callable[[Sequence[bytes]], str]) -> None:
        """Put one more behind those there are, durably; nobody else does meanwhile."""
        ...


def add(world: World, fleet: Fleet, told: Mapping[str, Any]) -> None:
    """Record one decision, durably. `told`: verdict, by, identity, reason, digest, accounts.

    Raises Invalid (R419) for a record that is damaged, and R511 or R512 where a database is away or refuses.
    """
    record = _record_of(world, fleet)

    def next_line(before: Sequence[bytes]) -> str:
        known = _followed(record.where, before)
        raw = {**told, "at": stamp(world.now()), "prev": known[-1]["hash"] if known else None}
        return canonical_json({**raw, "hash": digest(raw)})

    record.append(next_line)


def load(world: World, fleet: Fleet) -> Sequence[Mapping[str, Any]]:
    """Every decision, the newest last. Raises as `add` does."""
    record = _record_of(world, fleet)
    return _followed(record.where, record.lines())


def rejected_by(world: World, fleet: Fleet, about: Sequence[str | None], after: int) -> list[str]:
    """Whose last word about exactly this plan, behind the first so many decisions, is against it. Raises as `add` does.

    `about`: the account's name, its advertiser_id and the plan's digest.
    """
    record = _record_of(world, fleet)
    return _against(_followed(record.where, record.newest(after), whole=False), about)


def rejected(world: World, fleet: Fleet, rows: Iterable[list[str]], by: str) -> list[list[str]]:
    """Those of these plans against which the last word of this name is. Raises as `add` does."""
    own = [one for one in load(world, fleet) if one["by"] == by]
    return [one for one in rows if _against(own, one)]


def _against(decisions: Iterable[Mapping[str, Any]], about: Sequence[str | None]) -> list[str]:
    said = {one["by"]: one["verdict"] for one in decisions if list(about) in one["accounts"]}
    return sorted(name for name, verdict in said.items() if verdict == REJECTED)


def _record_of(world: World, fleet: Fleet) -> DecisionRecord:
    state = fleet.file.state
    if state.backend != "postgres":
        return _DecisionFile(world, fleet.root)
    from reconciler.postgres.connection import opened
    from reconciler.postgres.decisions import DecisionRows

    return DecisionRows(opened(state.dsn.env), fleet.file.app.name)


def _followed(where: str, lines: Sequence[bytes], *, whole: bool = True) -> list[Mapping[str, Any]]:
    """What they say; the first has nothing before it, unless they are not the `whole`. Raises Invalid (R419) where one
    does not follow on the one before it."""
    found: list[Mapping[str, Any]] = []
    previous = None
    for number, line in enumerate(lines, 1):
        try:
            one = json.loads(line)
            raw = {key: value for key, value in one.items() if key != "hash"}
            follows = raw["prev"] == previous or not (whole or found)
            sound = follows and one["hash"] == digest(raw) and isinstance(raw["accounts"], list)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            sound = False
        if not sound:
            message = f"{where}:{number} does not follow on the one before it"
            raise Invalid(Finding("R419", message, hint="bring the record back from a copy, or set it aside"))
        previous = one["hash"]
        found.append(one)
    return found


class _DecisionFile:
    """Below the fleet's folder."""

    def __init__(self, world: World, root: Path) -> None:
        self._world, self._root, self._path, self.where = world, root, root / FILE, FILE

    def lines(self) -> Sequence[bytes]:
        return (self._world.files.read(self._path) or b"").splitlines()

    def newest(self, after: int) -> Sequence[bytes]:
        return self.lines()[after:]

    def append(self, made: Callable[[Sequence[bytes]], str]) -> None:
        files, path = self._world.files, self._path
        records(self._world, self._root)
        with held(self._world, path):
            before = files.read(path) or b""
            fresh = path.with_name(f"{path.name}.tmp")
            files.write(fresh, before + f"{made(before.splitlines())}\n".encode())
            files.rename(fresh, path)
            files.sync_folder(path.parent)


@contextlib.contextmanager
def held(world: World, path: Path) -> Iterator[None]:
    """While this lasts nobody else writes the file."""
    while True:
        with world.files.lock(path.with_name(f"{path.name}.lock")) as won:
            if won:
                yield
                return
        world.sleep(_APART)
