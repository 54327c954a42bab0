"""A process that dies before one of its writes to the disk: nothing it would have done after that is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reconciler.world import SystemFiles
from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.workspace import Workspace


class _Died(BaseException):
    """Nothing catches it but the end of the process."""


class _Mortal(SystemFiles):
    def __init__(self, writes: int) -> None:
        self.left = writes

    def _beat(self) -> None:
        if self.left <= 0:
            raise _Died
        self.left -= 1

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        self._beat()
        super().append(path, data, sync=sync)

    def write(self, path: Path, data: bytes) -> None:
        self._beat()
        super().write(path, data)

    def truncate(self, path: Path, size: int) -> None:
        self._beat()
        super().truncate(path, size)

    def rename(self, old: Path, new: Path) -> None:
        self._beat()
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        self._beat()
        super().remove(path)


def dies(work: Workspace, writes: int, *arguments: str) -> bool:
    """Runs a command that dies after so many writes; whether it came that far."""
    world = world_of(work.url)
    alive, world.files = world.files, _Mortal(writes)
    try:
        work.run(*arguments)
    except _Died:
        return True
    finally:
        world.files = alive
    return False


def everywhere(root: Path) -> Iterator[tuple[int, Workspace, Account]]:
    """(writes until death, a new workspace, its account), without an end: stop when the command came through."""
    writes = 0
    while True:
        with Account() as account:
            work = Workspace(root / str(writes), account.url)
            work.configure()
            yield writes, work, account
        writes += 1
