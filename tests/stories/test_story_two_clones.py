"""Two clones of one workspace with a local backend: what the other one's run did is not blamed on somebody."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import Workspace

ELSEWHERE = "saved by runs in another clone"
LATER = "may come of a run of this workspace with a later lockfile"


def clone(work: Workspace, path: Path) -> Workspace:
    """What a checkout has: everything but what is this machine's."""
    shutil.copytree(work.root, path, ignore=shutil.ignore_patterns(".reconciler"))
    return Workspace(path, work.url)


def warned(work: Workspace) -> str:
    """The warnings of a plan that wants to put the budget back."""
    plan = work.plan()
    assert plan.rows["campaign/spring"]["reason"] == "drifted"
    text = work.run("plan").stdout
    assert "somebody" not in text
    warnings = " ".join(plan.json["warnings"])
    for one in plan.json["warnings"]:
        assert one in text
    return warnings


@pytest.fixture
def other(work: Workspace, tmp_path: Path) -> Workspace:
    """A clone of a workspace whose campaign is applied; the first one raises the budget after that."""
    work.manifest(campaign())
    work.apply()
    second = clone(work, tmp_path / "other")
    work.manifest(campaign(budget="700.00"))
    work.apply()
    return second


def test_the_second_clone_is_told_whose_change_it_would_put_back(other: Workspace) -> None:
    """Its lockfile came from the first: plan and drift say so, and what to do; nothing of it is in the digest."""
    text = warned(other)
    assert ELSEWHERE in text
    assert "`git pull`" in text
    assert "backend: git" in text
    assert ELSEWHERE in other.run("drift").stderr


def test_it_is_remembered_after_runs_of_its_own(other: Workspace, work: Workspace) -> None:
    """The journal of the second clone began with the first one's lockfile."""
    shutil.copy(work.root / "reconciler.lock", other.root / "reconciler.lock")
    other.manifest(campaign(budget="800.00"))
    other.apply()
    work.manifest(campaign(budget="800.00"))
    shutil.copy(other.root / "reconciler.lock", work.root / "reconciler.lock")
    work.manifest(campaign(budget="900.00"))
    work.apply()
    assert ELSEWHERE in warned(other)


def test_with_the_others_lockfile_there_is_nothing_to_tell(other: Workspace, work: Workspace) -> None:
    """Once lockfile and manifests are the first one's, the second has nothing to do."""
    shutil.copy(work.root / "reconciler.lock", other.root / "reconciler.lock")
    other.manifest(campaign(budget="700.00"))
    assert other.in_sync()
    assert other.plan().json["warnings"] == []


def test_a_strangers_change_is_no_other_clones(work: Workspace, account: Account) -> None:
    """A workspace with one clone is told of the account alone."""
    work.manifest(campaign())
    work.apply()
    account.edit("campaign", "spring", budget=50)
    assert warned(work) == ""
    assert "lockfile" not in work.run("drift").text


def git(folder: Path, *arguments: str) -> None:
    """One git command."""
    who = ("-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_later_lockfile_that_git_knows_of_is_named(work: Workspace, tmp_path: Path) -> None:
    """Fetched and not merged: the serial of the upstream's lockfile tells, also where all runs here are our own."""
    work.manifest(campaign())
    work.apply()
    git(work.root, "init", "--quiet", "--initial-branch=main")
    git(work.root, "add", ".")
    git(work.root, "commit", "--quiet", "-m", "applied")
    git(tmp_path, "clone", "--quiet", "--bare", str(work.root), "remote.git")
    git(tmp_path, "clone", "--quiet", "remote.git", "other")
    other = Workspace(tmp_path / "other", work.url)
    other.manifest(campaign(budget="700.00"))
    other.apply()
    git(other.root, "commit", "--quiet", "-am", "raised")
    git(other.root, "push", "--quiet")
    git(work.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(work.root, "fetch", "--quiet")
    assert warned(work) == ""
    git(work.root, "branch", "--quiet", "--set-upstream-to=origin/main")
    text = warned(work)
    assert LATER in text
    assert "`git pull`" in text
    git(work.root, "pull", "--quiet", "--ff-only")
    assert work.in_sync()
