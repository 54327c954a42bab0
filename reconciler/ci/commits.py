"""Files as one commit on a branch, by GitHub's git database: nothing is checked out, no branch is overwritten.

Source of paths, shapes and permissions (contents: write): GitHub's REST reference, Git database. A reference that is
updated without `force` moves forward only, so a commit that somebody pushed meanwhile is never lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from reconciler.ci.github import GitHub
from reconciler.errors import ApiError

_TRIES = 4


def head(github: GitHub, branch: str) -> str | None:
    """The newest commit of a branch; None where there is no such branch."""
    found = github.seen(f"git/ref/heads/{quote(branch)}")
    return str(found["object"]["sha"]) if found else None


def put(
    github: GitHub, branch: str, start: str | None, message: str, missing: Callable[[str], Mapping[str, str]]
) -> str | None:
    """Commit what is missing on a branch; the new commit, None where nothing is.

    `start`: the commit where the branch begins if there is none yet. `missing` takes a commit and tells which files
    (path → text) are to be added to it. When the branch moved meanwhile, it is looked at again.
    """
    for left in reversed(range(_TRIES)):
        there = head(github, branch)
        parent = there or start
        files = missing(parent) if parent else {}
        if not parent or not files:
            return None
        made = _commit(github, parent, files, message)
        try:
            _move(github, branch, made, is_new=there is None)
        except ApiError:
            now = head(github, branch)
            if now == made:
                return made
            if now == there or not left:
                raise
        else:
            return made
    return None


def _commit(github: GitHub, parent: str, files: Mapping[str, str], message: str) -> str:
    """A commit that no branch has yet. GitHub signs it, as it names no author of its own."""
    base = github.get(f"git/commits/{parent}")["tree"]["sha"]
    blobs = [{"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in sorted(files.items())]
    tree = github.post("git/trees", {"base_tree": base, "tree": blobs})["sha"]
    return str(github.post("git/commits", {"message": message, "tree": tree, "parents": [parent]})["sha"])


def _move(github: GitHub, branch: str, commit: str, *, is_new: bool) -> None:
    if is_new:
        github.post("git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})
    else:
        github.patch(f"git/refs/heads/{quote(branch)}", {"sha": commit, "force": False})
