"""Which files of a fleet changed since a commit, as git tells."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import Finding, Invalid
from reconciler.state.git.command import Git


def changed_since(root: Path, ref: str) -> set[str]:
    """Every file below the fleet's folder that differs from that commit, also those git does not know yet.

    Raises Invalid where there is no such commit.
    """
    git = Git(root, "origin")
    known = git.here("diff", "--name-only", "--relative", "-z", "--no-renames", "--end-of-options", ref, "--")
    new = git.here("ls-files", "--others", "--exclude-standard", "-z")
    if known.code != 0 or new.code != 0:
        message = f"git cannot tell what changed since {ref}: {known.why if known.code else new.why}"
        raise Invalid(Finding("R413", message, hint="name a commit that this clone has; a shallow one may lack it"))
    return {one.decode("utf-8", "replace") for one in (known.out + new.out).split(b"\0") if one}
