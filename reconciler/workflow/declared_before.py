"""Which rows of a pull request's plan its base declares already: those are somebody else's, still to be applied.

The runner checks out what a merge would be; that commit's first parent is the base as it is now. A row is the base's
when it and all it refers to are declared there in the same words, in the same workspace. Where that cannot be told, no
row is called so.
"""

from __future__ import annotations

import dataclasses
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from reconciler.errors import ReconcilerError
from reconciler.model import Address, Resource
from reconciler.state.git.command import Git
from reconciler.workflow.plan import Planned
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session


def declared_before(session: Session, planned: Planned) -> frozenset[Address]:
    """Addresses of the plan's rows that come from the base."""
    git = Git(session.root, session.workspace.file.state.remote)
    with tempfile.TemporaryDirectory(prefix="reconciler-base-") as folder:
        try:
            root = _taken_out(git, Path(folder))
            return _same(session, dataclasses.replace(session, root=root, base=None), planned) if root else frozenset()
        except (ReconcilerError, OSError, tarfile.TarError):
            return frozenset()


def _taken_out(git: Git, folder: Path) -> Path | None:
    """The workspace as the base has it; None where the commit at hand is no merge."""
    told = git.here("cat-file", "commit", "HEAD").out.decode(errors="replace").partition("\n\n")[0]
    parents = [line.removeprefix("parent ") for line in told.splitlines() if line.startswith("parent ")]
    inside = git.here("rev-parse", "--show-prefix")
    if len(parents) != 2 or inside.code:
        return None
    fetched = git.here("fetch", "--quiet", "--no-tags", "--depth=1", git.remote, parents[0], network=True)
    packed = folder / "base.tar"
    top = Path(git.here("rev-parse", "--show-toplevel").out.decode().strip())
    kept = Git(top, git.remote).here("archive", "--format=tar", f"--output={packed}", parents[0])
    if fetched.code or kept.code:
        return None
    with tarfile.open(packed) as archive:
        archive.extractall(folder / "tree", filter="data")
    return (folder / "tree" / inside.out.decode().strip()).resolve()


def _same(here: Session, there: Session, planned: Planned) -> frozenset[Address]:
    if _workspace(here) != _workspace(there) or load_approvals(here) != load_approvals(there):
        return frozenset()
    currency = planned.plan.currency
    ours = here.desired(planned.ledger, currency=currency)
    theirs = there.desired(planned.ledger, currency=currency)
    found: dict[Address, bool] = {}
    return frozenset(one.address for one in planned.plan.changes if _alike(one.address, ours, theirs, found))


def _workspace(session: Session) -> Any:
    """What of the workspace file says what rows there are: all but the limits."""
    return session.workspace.file.model_dump(exclude={"guardrails"})


def _alike(
    address: Address, ours: Mapping[Address, Resource], theirs: Mapping[Address, Resource], found: dict[Address, bool]
) -> bool:
    """Whether both say the same of it, and of all it refers to; that neither declares it is the same, too."""
    if address not in found:
        one, other = ours.get(address), theirs.get(address)
        found[address] = one == other or (
            one is not None and other is not None and one == replace(other, source=one.source)
        )
        found[address] = found[address] and all(
            _alike(ref, ours, theirs, found) for ref in (one.refs.values() if one else ())
        )
    return found[address]
