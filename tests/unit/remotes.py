"""Bare repositories on this disk as remotes, for what talks to git."""

from __future__ import annotations

import subprocess
from pathlib import Path

from reconciler.state.git.branch import Branch
from reconciler.state.git.command import Git
from reconciler.state.shared import SharedStore
from reconciler.state.store import LocalStore
from reconciler.world import SystemFiles
from tests.unit.worlds import VirtualWorld

REF = "refs/heads/reconciler-state"


def git(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    """One git command that must come out well; what it printed."""
    ended = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


class Remote:
    """A bare repository; `machine` makes a work tree that has it as its origin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "remote.git"
        self._root = folder
        git(folder, "init", "--bare", "--quiet", str(self.folder))

    def machine(self, name: str) -> Path:
        """A folder under version control."""
        root = self._root / name
        if not root.exists():
            git(self._root, "init", "--quiet", str(root))
            git(root, "remote", "add", "origin", str(self.folder))
        return root

    def branch(self, machine: str, folder: str = "a") -> Branch:
        """One machine's view, fetched."""
        found = Branch(Git(self.machine(machine), "origin"), VirtualWorld(), REF, folder)
        found.fetch()
        return found

    def store(self, machine: str, told: list[str] | None = None, fence: float = 0.0) -> SharedStore:
        """One machine's store."""
        world, root = VirtualWorld(), self.machine(machine)
        branch = Branch(Git(root, "origin"), world, REF, "a")
        notes = told if told is not None else []
        return SharedStore(world, LocalStore(SystemFiles(), root), branch, fence, notes.append)

    def hook(self, name: str, text: str) -> None:
        """A hook of the server."""
        path = self.folder / "hooks" / name
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)

    def pushes(self) -> int:
        """Commits on the branch."""
        return int(git(self.folder, "rev-list", "--count", REF))
