"""A bare repository on this disk, and clones of it: each is a machine with a disk of its own.

What git makes is the same for every story, so git makes it once, and stories start with copies.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.faults.stage import RATE
from tests.stories.account import ADVERTISER
from tests.stories.workspace import Workspace

REF = "refs/heads/reconciler-state"
STATE = "state: {backend: git}\n"
FAST_REFRESH = "refresh: {poll_seconds: 0.1, wait_seconds: 20}\n"


def git(folder: Path, *arguments: str, data: str | None = None) -> str:
    """One git command that must come out well; what it printed."""
    command = ["git", "-c", "user.name=tester", "-c", "user.email=tester@localhost", *arguments]
    ended = subprocess.run(command, cwd=folder, input=data, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def pattern(folder: Path) -> Path:
    """A folder with a bare repository that has one commit, and a clone of it."""
    remote, clone = folder / "remote.git", folder / "clone"
    git(folder, "init", "--bare", "--quiet", "--initial-branch=main", str(remote))
    git(folder, "clone", "--quiet", str(remote), str(clone))
    git(clone, "checkout", "--quiet", "-B", "main")
    Workspace(clone, "http://127.0.0.1:9").configure()
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message=first")
    git(clone, "push", "--quiet", "origin", "main")
    git(clone, "remote", "set-head", "origin", "main")
    return folder


class Remote:
    """The bare repository, and what the state branch holds."""

    def __init__(self, folder: Path, url: str, made: Path) -> None:
        """`made`: what to copy, see `pattern`."""
        self.folder, self.url = folder / "remote.git", url
        self._clones, self._made = folder, made
        shutil.copytree(made / "remote.git", self.folder)

    def clone(self, name: str, *, quiet: float = 0.6, more: str = STATE, **settings: Any) -> Any:
        """A machine with a clean disk: the repository is its workspace."""
        root = self._clones / name
        shutil.copytree(self._made / "clone", root)
        config = root / ".git" / "config"
        config.write_text(config.read_text("utf-8").replace(str(self._made / "remote.git"), str(self.folder)), "utf-8")
        work = Workspace(root, self.url)
        work.configure(quiet=quiet, rate=RATE, more=more + FAST_REFRESH, **settings)
        return work

    def file(self, name: str, folder: str = ADVERTISER) -> bytes | None:
        """A file of the workspace's folder on the state branch."""
        ended = subprocess.run(
            ["git", "cat-file", "blob", f"{REF}:{folder}/{name}"], cwd=self.folder, capture_output=True, check=False
        )
        return ended.stdout if ended.returncode == 0 else None

    def lock(self) -> dict[str, Any] | None:
        """Who holds the state, as the branch says."""
        found = self.file("lock")
        return json.loads(found) if found else None

    def resources(self) -> dict[str, Any]:
        """The lockfile's entries on the branch."""
        found = self.file("reconciler.lock")
        assert found is not None
        entries: dict[str, Any] = json.loads(found)["resources"]
        return entries

    def journal(self, folder: str = "journal") -> bytes:
        """The journal on the branch."""
        names = git(self.folder, "ls-tree", "--name-only", f"{REF}:{ADVERTISER}/{folder}").split()
        return b"".join(self.file(f"{folder}/{name}") or b"" for name in names)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The records of a kind in the journals on the branch, those that were set aside among them."""
        folders = git(self.folder, "ls-tree", "--name-only", f"{REF}:{ADVERTISER}").split()
        logs = b"".join(self.journal(one) for one in sorted(folders) if one.startswith("journal"))
        return [one for line in logs.splitlines() if (one := json.loads(line))["kind"] == kind]

    def pushes(self) -> int:
        """How many commits the state branch has: each came with one push."""
        return int(git(self.folder, "rev-list", "--count", REF))

    def hook(self, name: str, text: str) -> None:
        """A hook of the server: a rule that protects a branch is one."""
        path = self.folder / "hooks" / name
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)
