"""`init --gitlab`: the component and the pipeline that includes it, fitted to the project that they are written into.

What git and the installation know is filled in: the group, where in the project the workspace lies, and, where
reconciler was installed from a repository at a commit (PEP 610), that commit. The default branch is known to GitLab
itself. The rest stays a placeholder that is named.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.manifest.paths import opened
from reconciler.state.git.command import Git
from reconciler.workflow.init_github import Gate, Repository

_SOURCES = Path(__file__).resolve().parents[1] / "ci" / "gitlab"
PIPELINE = ".gitlab-ci.yml"
_FILES = {PIPELINE: "pipeline.yml", ".gitlab/ads.yml": "templates/ads.yml", ".gitlab/CODEOWNERS": "CODEOWNERS"}
_REMOTE = re.compile(
    r"^(?:[\w+]+://(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[^@/:]+@)?(?P<short>[\w.-]+):(?!//))"
    r"(?P<path>[\w./-]+/[\w.-]+?)(?:\.git)?/?$"
)


def remote(root: Path) -> tuple[str, str] | None:
    """Host of origin, and the project's path with its groups; None where there is none."""
    found = _REMOTE.search(Git(root, "origin").here("remote", "get-url", "origin").out.decode().strip())
    return (found["host"] or found["short"], found["path"].strip("/")) if found else None


def by_dispatch(there: Repository) -> bool:
    """Whether a person starts each apply, as far as the project's own pipeline tells."""
    path = opened(there.top, PIPELINE)
    return not path.is_file() or "gate: environment" not in path.read_text(encoding="utf-8")


def pipeline(there: Repository, group: str | None, gate: Gate, pinned: tuple[str, str] | None) -> dict[str, str]:
    """Path from the project's top → text. `group`: whose project it is."""
    files = {name: (_SOURCES / source).read_text(encoding="utf-8") for name, source in _FILES.items()}
    text = files[PIPELINE].replace("gate: dispatch", f"gate: {gate}")
    if there.folder:
        text = text.replace("      gate:", f'      workspace: "{there.folder}"\n      gate:')
    if pinned:
        text = text.replace("OWNER/reconciler", pinned[0]).replace("0" * 40, pinned[1])
    owners = files[".gitlab/CODEOWNERS"]
    if there.folder:
        owners = re.sub("^/(?!.gitlab)", f"/{there.folder}/", owners, flags=re.MULTILINE)
    if group:
        owners = owners.replace("@OWNER/", f"@{group}/")
    return {**files, PIPELINE: text, ".gitlab/CODEOWNERS": owners}
