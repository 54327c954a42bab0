"""A runner that is not ours: nektos/act, in its host mode, on what a team has on GitHub Enterprise Server.

act knows as much of the language as such a server: no `$/`, `queue` and `deployment`. So it is given the repository as
`.github/enterprise-server` fits it, and the workflows as `init --github` writes them beside such a remote; nothing else
is changed. Of others' actions, which cannot be fetched here, checkout is act's own, and those of `stand_ins`
stand in for setup-python and upload-artifact. act keeps no environments and gives every job one token: which
permissions and secrets a job has is seen by `tests/gitops/machine.py` alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.workflow.init_github import Repository, workflows
from tests.gitops.forge import NAME, Forge, git
from tests.gitops.machine import GUARD, ROOT, Job

SERVER, MIRROR = "ghe.example.com", "acme/reconciler"
TOKEN = "token-of-the-account"
_ALL = dict.fromkeys(("actions", "contents", "issues", "pull-requests"), "write")
_PIP = """#!/bin/sh
# The requirements of another interpreter are those that are installed beside this one.
if [ "$1 $2 $3" = "-m pip --python" ]; then
    site=$("$4" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\\n%s\\n' '{purelib}' '{guard}' > "$site/installed.pth"
    exit
fi
exec '{python}' "$@"
"""


@dataclass
class Act:
    """Runs what an event starts. The mirror is made once, below `folder`."""

    forge: Forge
    folder: Path
    jobs: dict[str, Job] = field(default_factory=dict)
    log: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self._mirror = self.folder / "mirror"
        self.commit = mirrored(self._mirror)
        self._actions = git(self._mirror, "rev-parse", "HEAD~1")

    def templates(self) -> dict[str, str]:
        """What a team has below .github, after the two edits that the documentation tells."""
        made = workflows(Repository(Path(), owner="acme", remote=(SERVER, NAME)), "environment", None)
        return {
            name: re.sub(r"OWNER/reconciler/(\S+)@0{40}", rf"{MIRROR}/\1@{self.commit}", text)
            for name, text in made.items()
        }

    def run(self, event: Mapping[str, Any], inputs: Mapping[str, Any] | None = None) -> dict[str, Job]:
        """Every job that was not skipped."""
        number = self.forge.begin(event)
        place = self.folder / str(number)
        source, stand_ins = place / "source", self._stand_ins(place)
        self.forge.check_out(source, event)
        told = place / "event.json"
        told.write_text(json.dumps({**event["body"], "inputs": inputs or {}}), "utf-8")
        command = [str(Path(sys.executable).parent / "act"), event["name"], "--json", "--eventpath", str(told),
                   "--workflows", str(Path(".github", "workflows", event.get("file", ""))),
                   "--platform", "ubuntu-latest=-self-hosted", "--action-cache-path", str(place / "cache"),
                   "--no-cache-server", "--secret", f"GITHUB_TOKEN={self.forge.token(_ALL)}",
                   "--secret", f"TIKTOK_ACCESS_TOKEN={TOKEN}", *self._repositories()]  # fmt: skip
        for name, text in self._variables(event, number, stand_ins).items():
            command += ["--env", f"{name}={text}"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(place)}
        ended = subprocess.run(
            command, cwd=source, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        self.log = ended.stdout + ended.stderr
        self.jobs = jobs_of(ended.stdout)
        assert self.jobs, self.log
        shown = [line for line in self.log.splitlines() if TOKEN in line and '"command":"add-mask"' not in line]
        assert shown == [], "a secret in the log"
        self._keep(stand_ins / "artifacts", number)
        return self.jobs

    def _stand_ins(self, place: Path) -> Path:
        folder = place / "stand-ins"
        (folder / "artifacts").mkdir(parents=True)
        script = folder / "python"
        script.write_text(
            _PIP.format(purelib=sysconfig.get_path("purelib"), guard=GUARD, python=sys.executable), "utf-8"
        )
        script.chmod(0o755)
        return folder

    def _repositories(self) -> list[str]:
        """Where act finds what `uses:` names."""
        found = {f"{MIRROR}@{commit}": self._mirror for commit in (self.commit, self._actions)}
        for path in sorted((ROOT / "tests" / "gitops" / "stand_ins").iterdir()):
            text = "".join(one.read_text("utf-8") for one in self._mirror.glob(".github/actions/*/action.yml"))
            (pinned,) = set(re.findall(rf"actions/{path.name}@[0-9a-f]{{40}}", text))
            found[pinned] = path
        return [f"--local-repository={name}={path}" for name, path in found.items()]

    def _variables(self, event: Mapping[str, Any], number: int, stand_ins: Path) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_GRAPHQL_URL": f"{self.forge.url}/graphql",
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_RUN_ID": str(number),
            "GITHUB_SERVER_URL": "https://forge.example",
            "STAND_INS": str(stand_ins),
            "TMPDIR": str(stand_ins),
        }

    def _keep(self, folder: Path, number: int) -> None:
        for one in sorted(folder.iterdir()):
            files = {path.relative_to(one).as_posix(): path.read_bytes() for path in one.rglob("*") if path.is_file()}
            self.forge.keep(one.name, files, number)


def mirrored(target: Path) -> str:
    """This checkout in a repository of its own, fitted for the server; the commit to name."""
    target.mkdir()
    for name in ("action.yml", ".github", ".ci", "reconciler", "schemas", "examples"):
        subprocess.run(["cp", "-R", str(ROOT / name), str(target)], check=True)
    git(target, "init", "--quiet")
    git(target, "config", "user.name", "Somebody")
    git(target, "config", "user.email", "somebody@example.com")
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--message", "A release")
    ended = subprocess.run(
        [".github/enterprise-server", MIRROR], cwd=target, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()[-1]


def jobs_of(lines: str) -> dict[str, Job]:
    """How each job ended, with what it said, of act's log."""
    found: dict[str, Job] = {}
    ended = set()
    for line in lines.splitlines():
        one = json.loads(line) if line.startswith("{") else {}
        if not (name := one.get("jobID")):
            continue
        job = found.setdefault(name, Job(name))
        job.log += one["msg"] if one["msg"].endswith("\n") else one["msg"] + "\n"
        if "jobResult" in one:
            ended.add(name)
            job.failed = one["jobResult"] != "success"
        if one.get("command") == "set-output":
            job.outputs.setdefault(one["stepID"][-1], {})[one["name"]] = one["arg"]
    return {name: job for name, job in found.items() if name in ended}
