"""`init --github`: the workflows of examples/gitops, fitted to the repository that they are written into.

What git and the installation know is filled in: who owns the repository, its default branch, where in it the workspace
lies, and the commit of the installed release (its release.json) or of the repository that it was installed from (PEP
610). The rest stays a placeholder that is named. A GitHub Enterprise Server gets what it understands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from reconciler import __version__
from reconciler.manifest.paths import opened
from reconciler.state.git.command import Git
from reconciler.workflow.demo import examples

Gate = Literal["environment", "dispatch"]

_REMOTE = re.compile(r"(?:^|[@/])(?P<host>[\w.-]+)(?::\d+)?[:/](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?$")
_INSTALLED = re.compile(r"(?:https|ssh|git)://(?:[^@/]*@)?github\.com/(?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_USES = re.compile(r"OWNER/reconciler/(\S+)@0{40} # v\S+")
_APPLY, _PLAN = ".github/workflows/ads-apply.yml", ".github/workflows/ads-plan.yml"
_BY_DISPATCH: Mapping[str, tuple[tuple[str, str], ...]] = {
    _APPLY: (
        (
            "# A merge: exactly the plan that was reviewed in the pull request is applied, after somebody approved the "
            "deployment.\n",
            "# By hand, after a merge: exactly the plan with the reviewed digest is applied. A merge alone applies "
            "nothing.\n",
        ),
        ("  push:\n    branches: [main]\n", ""),
        (
            '        type: string\n        default: ""\n      target:',
            "        type: string\n        required: true\n      target:",
        ),
    ),
    _PLAN: (("      command: plan\n", "      command: plan\n      gate: dispatch\n"),),
}
"""What differs where no reviewer can be required."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What is known of the repository. `top`: its folder; `folder`: of the workspace in it, "" for the top itself."""

    top: Path
    folder: str = ""
    owner: str | None = None
    branch: str = "main"
    remote: tuple[str, str] | None = None
    """Host and OWNER/NAME of origin."""

    @property
    def server(self) -> str | None:
        """The host of a GitHub Enterprise Server; None for github.com, a company's part of it, an alias of ssh's."""
        host = self.remote[0] if self.remote else ""
        known = "." not in host or host.startswith("github.com") or host.endswith((".github.com", ".ghe.com"))
        return None if known else host

    @property
    def by_dispatch(self) -> bool:
        """Whether its own workflow starts no apply at a merge."""
        path = opened(self.top, _APPLY)
        return path.is_file() and "\n  push:" not in path.read_text(encoding="utf-8")


def repository(root: Path) -> Repository:
    """As git tells it; a folder that is in none is the top of one to come."""
    git = Git(root, "origin")
    top = git.here("rev-parse", "--show-toplevel")
    if top.code:
        return Repository(root)
    path = Path(top.out.decode().strip()).resolve()
    folder = root.resolve().relative_to(path).as_posix()
    remote = _REMOTE.search(git.here("remote", "get-url", "origin").out.decode().strip())
    told = [git.here("symbolic-ref", "--quiet", "--short", name) for name in ("refs/remotes/origin/HEAD", "HEAD")]
    branch = next((one.out.decode().strip().removeprefix("origin/") for one in told if not one.code), "main")
    named = (remote["host"], f"{remote['owner']}/{remote['name']}") if remote else None
    return Repository(path, "" if folder == "." else folder, remote["owner"] if remote else None, branch, named)


def installed_from() -> tuple[str, str] | None:
    """`OWNER/NAME` and the commit, of a release or of an installation from a repository; None for any other."""
    released = Path(__file__).resolve().parents[1] / "release.json"
    if released.is_file():
        told = json.loads(released.read_text(encoding="utf-8"))
        return told["repository"], told["commit"]
    try:
        url = metadata.distribution("ads-reconciler").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    return pin(url) if url else None


def pin(told: str) -> tuple[str, str] | None:
    """The same, of a direct_url.json."""
    found = json.loads(told)
    commit, match = found.get("vcs_info", {}).get("commit_id", ""), _INSTALLED.match(found.get("url", ""))
    return (match["name"], commit) if match and re.fullmatch("[0-9a-f]{40}", commit) else None


def workflows(there: Repository, gate: Gate, pinned: tuple[str, str] | None) -> dict[str, str]:
    """Path from the repository's top → text."""
    folder = examples() / "gitops"
    paths = sorted(path for path in (folder / ".github").rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {name: _fitted(name, text, there, gate, pinned) for name, text in files.items()}


def _fitted(name: str, text: str, there: Repository, gate: Gate, pinned: tuple[str, str] | None) -> str:
    for old, new in _BY_DISPATCH.get(name, ()) if gate == "dispatch" else ():
        before, found, after = text.partition(old)
        text = before + new + after if found else text
    if name.endswith("CODEOWNERS"):
        text = re.sub("^/(?!.github)", f"/{there.folder}/", text, flags=re.MULTILINE) if there.folder else text
        return text.replace("@OWNER/", f"@{there.owner}/") if there.owner else text
    if there.server:
        text = text.replace("  queue: max\n", "")
    elif pinned:
        text = _USES.sub(rf"{pinned[0]}/\1@{pinned[1]} # v{__version__}", text)
    if there.folder:
        text = re.sub("^(      )(command: .*)$", rf"\1\2\n\1workspace: {there.folder}", text, flags=re.MULTILINE)
        text = text.replace("      workspace: .\n", f"      workspace: {there.folder}\n")
    return text.replace("branches: [main]", f"branches: [{there.branch}]")
