"""Machines with clean disks that share one workspace: through a branch, a branch and a bucket, a bucket, a database."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.stories.account import Account
from tests.stories.buckets.server import S3, Fault
from tests.stories.git_state.clones import Remote, git
from tests.stories.marketing.scene import IMAGES, UPRIGHT, VIDEOS, configure
from tests.stories.refresh.scene import consent
from tests.stories.workspace import Workspace

QUICK = "refresh: {poll_seconds: 0.02, wait_seconds: 20}\n"


@dataclass
class Machines:
    """`kind`: git, git and bucket, bucket, postgres. `remote`: a repository, where there is one."""

    kind: str
    root: Path
    account: Account
    s3: S3
    bucket: str
    remote: Remote

    def __post_init__(self) -> None:
        if self.account.operate("state").get("library_videos") == []:
            self.account.load(library_videos=[{**one, **UPRIGHT} for one in VIDEOS], images=IMAGES)

    @property
    def settings(self) -> str:
        """Where state and variants lie."""
        if self.kind == "bucket":
            return f"state: {{backend: bucket, url: 's3://{self.bucket}/ads'}}\n"
        if self.kind == "postgres":
            return "state: {backend: postgres}\n"
        return "state: {backend: git}\n" + (
            f"artifacts: s3://{self.bucket}/films\n" if self.kind == "git and bucket" else ""
        )

    def clean(self, name: str, *, quiet: float = 2, **how: Any) -> Workspace:
        """A machine on which nothing of the workspace lies but what is committed."""
        work = self.remote.clone(name) if "git" in self.kind else Workspace(self.root / name, self.account.url)
        configure(work, quiet=quiet, more=QUICK + self.settings, **how)
        consent(work)
        found: Workspace = work
        return found

    def thrown_away(self, work: Workspace) -> None:
        """The machine goes, with all that was on it."""
        shutil.rmtree(work.root)

    def kept(self) -> dict[str, str]:
        """SHA-256 of every variant that other machines find → where."""
        if self.kind == "postgres":
            with psycopg.connect(os.environ["RECONCILER_FLEET_DSN"]) as connection:
                found = connection.execute("SELECT sha256 FROM fleet_artifact WHERE piece = 0").fetchall()
            return {sha256: "fleet_artifact" for (sha256,) in found}
        if self.kind == "git":
            refs = git(self.remote.folder, "for-each-ref", "--format=%(refname)", "refs/reconciler/artifacts").split()
            return {ref.rpartition("/")[2].partition("-")[0]: ref for ref in refs}
        return {key.rpartition("/")[2]: key for key in self.s3.keys(self.bucket) if "/sha256/" in key}

    def damage(self, sha256: str) -> None:
        """Other bytes under the same name."""
        where = self.kept()[sha256]
        if self.kind == "postgres":
            with psycopg.connect(os.environ["RECONCILER_FLEET_DSN"]) as connection:
                connection.execute("UPDATE fleet_artifact SET data = 'something else' WHERE sha256 = %s", (sha256,))
            return
        if self.kind != "git":
            self.s3.put(self.bucket, where, b"something else")
            return
        blob = git(self.remote.folder, "hash-object", "-w", "--stdin", data="something else")
        tree = git(self.remote.folder, "mktree", data=f"100644 blob {blob}\tvariant.mp4\n")
        git(self.remote.folder, "update-ref", where, git(self.remote.folder, "commit-tree", tree, "-m", "x"))

    def deadly(self, process: Callable[[], int]) -> None:
        """Whoever puts a variant dies before it learns that it lies there. `process`: its number, then."""
        if self.kind != "git":
            self.s3.lost = lambda: os.kill(process(), signal.SIGKILL)
            self.s3.faults.append(Fault("PUT", "*/sha256/*", "lost"))
            return
        note = self.root / "pid"
        self.remote.hook("post-receive", f"grep -q refs/reconciler/artifacts/ && kill -9 $(cat {note}) && rm {note}")
        note.write_text(str(process()), "utf-8")
