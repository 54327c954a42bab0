"""`apply --commit`: a copy of the lockfile for the branch people read; with backend git the state branch is the truth.

`commit` makes one commit of this one file on the current branch and pushes it; when the remote has moved on meanwhile,
the same change goes on top of what is there now. `pr` leaves the current branch alone and pushes a branch of our own,
rebuilt each time, for a pull request that the CI layer opens.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.state import lockfile
from reconciler.state.folder import Moved, PushRefused, Unreachable
from reconciler.state.git.branch import Branch
from reconciler.state.git.command import Ended, Git
from reconciler.state.store import LocalStore
from reconciler.workflow.origin import origin
from reconciler.workflow.session import Session

_MOVED = ("fetch first", "non-fast-forward", "stale info", "cannot lock ref", "failed to update ref")
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Brought:
    """Where the lockfile went. `base`: the current branch; `commit`: None when it was there already."""

    branch: str
    base: str
    commit: str | None


def bring_back(session: Session, how: Literal["commit", "pr"]) -> Brought:
    """Raises ReconcilerError when it cannot be done; the state itself is safe then."""
    data = session.store.load()[0]
    local = LocalStore(session.world.files, session.root)
    if data is not None and data != local.load()[0]:
        local.save(data)
    git = Git(session.root, session.workspace.file.state.remote)
    head = git.here("symbolic-ref", "--quiet", "--short", "HEAD")
    if head.code:
        raise _failed("no branch is checked out", "check out the branch that the copy belongs to")
    current = head.out.decode(errors="replace").strip()
    folder = os.fsdecode(git.here("rev-parse", "--show-prefix").out).rstrip("\n").rstrip("/")
    base = Branch(git, session.world, f"refs/heads/{current}", folder)
    if data is None:
        return Brought(current, current, None)
    url = origin(os.environ, session.world, session.secret)["run_url"]
    message = f"serial {lockfile.parse(data).serial}" + (f"\n\n{url}" if url else "")
    try:
        if how == "pr":
            own = f"reconciler/lock-{session.workspace.file.account.advertiser_id}"
            return Brought(own, current, _own_branch(git, base, own, message, data))
        return Brought(current, current, _current_branch(git, base, current, message, data))
    except (Unreachable, PushRefused) as error:
        hint = "where a rule wants pull requests, use `--commit pr`"
        raise _failed(str(error), hint) from None


def _current_branch(git: Git, base: Branch, current: str, message: str, data: bytes) -> str | None:
    """One commit of the one file, whatever else is staged; pushed."""
    added = git.here("add", "--", lockfile.FILE)
    if added.code:
        raise _failed(added.why, f"{lockfile.FILE} is meant to be committed: see .gitignore")
    if git.here("diff", "--cached", "--quiet", "HEAD", "--", lockfile.FILE).code == 0:
        return None
    known = git.here("config", "user.email").out.strip() or os.environ.get("GIT_AUTHOR_EMAIL")
    who = () if known else ("-c", "user.name=reconciler", "-c", "user.email=reconciler@localhost")
    quiet = ("-c", f"core.hooksPath={os.devnull}", *who)
    title = f"{lockfile.FILE}: {message}"
    made = git.here(*quiet, "commit", "--quiet", "--only", "--no-verify", "-m", title, "--", lockfile.FILE)
    if made.code:
        raise _failed(made.why, "commit it by hand")
    commit = git.here("rev-parse", "HEAD").out.decode().strip()
    pushed = git.here(
        *quiet, "push", "--quiet", "--porcelain", "--no-verify", git.remote, f"HEAD:refs/heads/{current}", network=True
    )
    if pushed.code == 0:
        return commit
    if not _moved(pushed):
        raise PushRefused(pushed.why)
    for _ in range(_TRIES):
        base.fetch()
        if _as_new(git, base, data):
            return None
        try:
            base.swap(message, {lockfile.FILE: data})
        except Moved:
            continue
        return base.tip
    raise Unreachable("the branch moved on again and again")


def _own_branch(git: Git, base: Branch, own: str, message: str, data: bytes) -> str | None:
    """The file on top of the current branch as the remote has it; nobody else writes to our own branch."""
    base.fetch()
    if _as_new(git, base, data):
        return None
    commit = base.commit(message, {lockfile.FILE: data})
    there = Branch(git, base.world, f"refs/heads/{own}", base.folder)
    for _ in range(_TRIES):
        there.fetch()
        lease = f"--force-with-lease={there.ref}:{there.tip or ''}"
        pushed = git.apart(
            "push", "--quiet", "--porcelain", "--no-verify", lease, git.remote, f"{commit}:{there.ref}", network=True
        )
        if pushed.code == 0:
            return commit
        if not _moved(pushed):
            raise PushRefused(pushed.why)
    raise Unreachable("the branch moved on again and again")


def _as_new(git: Git, base: Branch, data: bytes) -> bool:
    """Whether the branch holds this lockfile already, or a later one of its lineage."""
    path = f"{base.folder}/{lockfile.FILE}" if base.folder else lockfile.FILE
    found = git.apart("cat-file", "blob", f"{base.tip}:{path}")
    if found.code or found.out == data:
        return found.code == 0
    try:
        there, here = lockfile.parse(found.out), lockfile.parse(data)
    except Invalid:
        return False
    return there.lineage == here.lineage and there.serial > here.serial


def _moved(ended: Ended) -> bool:
    return any(text in (ended.out + ended.err).decode(errors="replace") for text in _MOVED)


def _failed(why: str, hint: str) -> ReconcilerError:
    message = f"the apply is recorded, but {lockfile.FILE} was not committed: {why}"
    return ReconcilerError(Finding("R516", message, hint=hint))
