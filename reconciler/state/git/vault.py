"""Variants in the repository that holds the state, each on a ref of its own: `refs/reconciler/artifacts/FOLDER/…`.

Such refs are no branches: no clone and no checkout fetches them, no rule of branches meets them, no workflow starts.
The name holds content and size, so that what is there can be told without fetching it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.errors import ReconcilerError
from reconciler.state.archive import Away, NotTaken, Room
from reconciler.state.folder import Moved, PushRefused, Unreachable
from reconciler.state.git.branch import Branch
from reconciler.state.git.command import Git
from reconciler.world import World

LIMITS = Room(file=95 * 1024 * 1024, total=1024 * 1024 * 1024)
"""GitHub refuses a file of more than 100 MiB, and asks for repositories of few GiB; GitLab.com takes 100 MiB a push."""
_ROOT = "refs/reconciler/artifacts"
_NAME = re.compile(r"([0-9a-f]{64})-([0-9]{1,12})")
_FILE = "variant.mp4"


@dataclass(slots=True)
class GitVault:
    """`folder`: the workspace's own, as on the state branch."""

    git: Git
    world: World
    folder: str
    where: str = ""
    _refs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.where = f"{_ROOT}/{self.folder} of {self.git.remote}"

    def names(self) -> dict[str, int]:
        """By SHA-256, as the remote lists them."""
        ended = self.git.apart("ls-remote", self.git.remote, f"{_ROOT}/{self.folder}/*", network=True)
        if ended.code:
            raise Away(f"{self.where} cannot be listed: {ended.why}")
        sizes: dict[str, int] = {}
        for line in ended.out.decode(errors="replace").splitlines():
            ref = line.partition("\t")[2]
            # The pattern takes folders below, too, which are other workspaces'.
            if found := _NAME.fullmatch(ref.removeprefix(f"{_ROOT}/{self.folder}/")):
                self._refs[found[1]], sizes[found[1]] = ref, int(found[2])
        return sizes

    def create(self, name: str, data: bytes) -> None:
        """A commit without a parent that holds this one file."""
        ref = f"{_ROOT}/{self.folder}/{name}-{len(data)}"
        try:
            Branch(self.git, self.world, ref, "").swap("a variant", {_FILE: data})
        except Moved:
            # Another run has put it there meanwhile, named by the same content.
            pass
        except PushRefused as error:
            # The state was pushed with the same token: it is this kind of ref, or the size, that is not taken.
            raise NotTaken(f"the remote does not take {self.where}: {error}") from None
        except Unreachable as error:
            raise Away(f"{self.where} cannot be reached: {error}") from None
        self._refs[name] = ref

    def read(self, name: str) -> bytes | None:
        """The file on its ref."""
        if name not in self._refs:
            self.names()
        if name not in self._refs:
            return None
        branch = Branch(self.git, self.world, self._refs[name], "")
        try:
            branch.fetch()
            return branch.files(_FILE.__eq__).get(_FILE)
        except (Unreachable, PushRefused, ReconcilerError) as error:
            raise Away(f"{self.where} cannot be read: {error}") from None

    def remove(self, names: Iterable[str]) -> None:
        """The remote forgets the refs; when it frees the room is its own affair."""
        refs = [self._refs[name] for name in names if name in self._refs]
        ended = self.git.apart(
            "push", "--quiet", "--no-verify", self.git.remote, *(f":{ref}" for ref in refs), network=True
        )
        if ended.code:
            raise Away(f"{self.where} cannot be tidied: {ended.why}")
