"""Which files of a fleet changed since a commit, as git tells."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.errors import Finding, Invalid
from reconciler.state.git.command import Git


def changed_since(root: Path, ref: str) -> set[str]:
    """Every file of the repository that differs from that commit, also those git does not know yet, each named from the
    fleet's folder: modules and workspaces may lie beside it.

    Raises Invalid where there is no such commit.
    """
    git = Git(root, "origin")
    up = git.here("rev-parse", "--show-cdup")
    known = git.here("diff", "--name-only", "-z", "--no-renames", "--end-of-options", ref, "--")
    new = git.here("ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/")
    for one in (up, known, new):
        if one.code != 0:
            message = f"git cannot tell what changed since {ref}: {one.why}"
            raise Invalid(Finding("R413", message, hint="name a commit that this clone has; a shallow one may lack it"))
    above = os.fsdecode(up.out).strip() or "./"
    names = (one.decode("utf-8", "replace") for one in (known.out + new.out).split(b"\0") if one)
    return {_from_fleet(root, above, name) for name in names}


def _from_fleet(root: Path, above: str, name: str) -> str:
    """A path from the top of the repository, which lies `above` the fleet's folder."""
    return os.path.relpath(os.path.normpath(root / above / name), os.path.normpath(root)).replace(os.sep, "/")
