"""A branch of our own for what a pull request proposes: rebuilt on the branch people read, pushed only when it differs.

Nobody else writes to it. What is on it already and still says the same stays as it is, so that a reviewed digest is
not another one every morning.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date

from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.kinds.renewal import Renewal
from reconciler.manifest import paths
from reconciler.state.folder import Moved, PushRefused, Unreachable
from reconciler.state.git.branch import Branch
from reconciler.state.git.command import Git
from reconciler.state.renewals import renewals
from reconciler.workflow.bring_back import Brought
from reconciler.workflow.renew import Due
from reconciler.workflow.session import Session

_TRIES = 5


def propose(session: Session, found: Due) -> Brought:
    """The Renewals of this run on their own branch. Raises ReconcilerError; a file is in the workspace all the same."""
    git = Git(session.root, session.workspace.file.state.remote)
    head = git.here("symbolic-ref", "--quiet", "--short", "HEAD")
    if head.code:
        raise _failed("no branch is checked out", "check out the branch that is to be changed")
    current = head.out.decode(errors="replace").strip()
    own = f"reconciler/renew-{session.workspace.file.account.advertiser_id}"
    if not found.steps:
        return Brought(own, current, None)
    folder = os.fsdecode(git.here("rev-parse", "--show-prefix").out).rstrip("\n").rstrip("/")
    base = Branch(git, session.world, f"refs/heads/{current}", folder)
    there = Branch(git, session.world, f"refs/heads/{own}", folder)
    written = {one.file: paths.opened(session.root, one.file).read_bytes() for one in found.steps if one.file}
    try:
        return Brought(own, current, _pushed(git, base, there, written, found))
    except (Unreachable, PushRefused, Moved) as error:
        hint = "the job must be allowed to push (contents: write; GitLab: by its job token), and to this branch"
        raise _failed(str(error), hint) from None


def _pushed(git: Git, base: Branch, there: Branch, written: Mapping[str, bytes], found: Due) -> str:
    for _ in range(_TRIES):
        base.fetch()
        there.fetch()
        files = _kept(git, there, written, found)
        commit = base.commit(f"Renew: {len(files)} due", files)
        if there.tip and _tree(git, there.tip) == _tree(git, commit):
            return there.tip
        lease = f"--force-with-lease={there.ref}:{there.tip or ''}"
        pushed = git.apart(
            "push", "--quiet", "--porcelain", "--no-verify", lease, git.remote, f"{commit}:{there.ref}", network=True
        )
        if pushed.code == 0:
            return commit
        if "stale info" not in pushed.why:
            raise PushRefused(pushed.why)
    raise Unreachable("the branch moved on again and again")


def _tree(git: Git, commit: str) -> bytes:
    return git.apart("rev-parse", f"{commit}^{{tree}}").out


def _kept(git: Git, there: Branch, written: Mapping[str, bytes], found: Due) -> dict[str, bytes]:
    """The files, each as the branch has it where that says the same and has not aged."""
    valid = {str(one.address): one.situation.policy.valid_days for one in found.steps}
    new = {one.told.refresh: one for one in renewals(written)}
    kept: dict[str, bytes] = {}
    for refresh, one in new.items():
        old = _on(git, there, one.file)
        if old is not None and _says_the_same(old[0], one, valid.get(refresh, 0)):
            kept[old[0].file] = old[1]
        else:
            kept[one.file] = written[one.file]
    return kept


def _on(git: Git, there: Branch, file: str) -> tuple[Renewal, bytes] | None:
    """The newest Renewal of the same refresh on the branch."""
    if there.tip is None:
        return None
    folder = f"{there.folder}/" if there.folder else ""
    listed = git.apart("ls-tree", "--name-only", there.tip, f"{folder}{file.rpartition('/')[0]}/")
    names = sorted(os.fsdecode(listed.out).splitlines())
    if listed.code or not names:
        return None
    data = git.apart("cat-file", "blob", f"{there.tip}:{names[-1]}").out
    try:
        (found,) = renewals({names[-1].removeprefix(folder): data})
    except Invalid:
        return None
    return found, data


def _says_the_same(old: Renewal, new: Renewal, days: int) -> bool:
    same = (old.told.step, old.told.theme, old.told.from_.inputs, old.told.because) == (
        new.told.step, new.told.theme, new.told.from_.inputs, new.told.because,
    )  # fmt: skip
    return same and (date.fromisoformat(new.day) - date.fromisoformat(old.day)).days <= days


def _failed(why: str, hint: str) -> ReconcilerError:
    return ReconcilerError(Finding("R518", f"the Renewals are not on a branch of their own: {why}", hint=hint))
