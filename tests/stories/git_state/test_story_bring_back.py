"""`apply --commit`: the lockfile back on the branch that people read; and no journal on a disk that goes away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.git_state.clones import REF, Remote, git
from tests.stories.manifests import campaign, family
from tests.stories.workspace import Run, Workspace

OWN = "reconciler/lock-7000000000000000001"


def apply(work: Workspace, how: str, code: int = 0) -> Run:
    """`apply --commit`, which must end with this code."""
    ended = work.run("apply", "--auto-approve", "--json", "--commit", how)
    assert ended.code == code, ended.text
    return ended


@pytest.mark.parametrize("backend", ["git", "local"])
def test_one_commit_of_one_file_on_the_current_branch(remote: Remote, account: Account, backend: str) -> None:
    """Pushed, whatever else is staged or changed; a second apply without changes makes none."""
    work = remote.clone("first", more=f"state: {{backend: {backend}}}\n")
    work.manifest(*family())
    (work.root / "staged.txt").write_text("x", "utf-8")
    git(work.root, "add", "staged.txt")
    assert "committed to main" in apply(work, "commit").stderr
    assert git(work.root, "show", "--name-only", "--format=", "HEAD") == "reconciler.lock"
    assert git(remote.folder, "rev-parse", "main") == git(work.root, "rev-parse", "HEAD")
    assert git(work.root, "diff", "--cached", "--name-only") == "staged.txt"
    if backend == "git":
        assert git(remote.folder, "cat-file", "blob", "main:reconciler.lock").encode() + b"\n" == remote.file(
            "reconciler.lock"
        )
    before = git(remote.folder, "rev-parse", "main")
    assert "up to date" in apply(work, "commit").stderr
    assert git(remote.folder, "rev-parse", "main") == before


def test_a_branch_that_moved_on_gets_it_on_top(remote: Remote, account: Account) -> None:
    """Somebody merged while the apply ran: both changes are there."""
    work, other = remote.clone("first"), remote.clone("other")
    work.manifest(campaign())
    (other.root / "readme").write_text("x", "utf-8")
    git(other.root, "add", "readme")
    git(other.root, "commit", "--quiet", "--message=merged meanwhile")
    git(other.root, "push", "--quiet", "origin", "main")
    apply(work, "commit")
    assert git(remote.folder, "log", "--format=%s", "main").split("\n")[0].startswith("reconciler.lock: serial")
    assert {"readme", "reconciler.lock"} <= set(git(remote.folder, "ls-tree", "--name-only", "main").split())
    git(work.root, "pull", "--quiet", "--rebase", "--autostash")


def test_a_branch_of_our_own_for_a_pull_request(remote: Remote, account: Account) -> None:
    """The current branch stays; ours is rebuilt on top of it each time, one commit ahead."""
    work = remote.clone("first")
    work.manifest(campaign())
    main, head = git(remote.folder, "rev-parse", "main"), git(work.root, "rev-parse", "HEAD")
    assert OWN in apply(work, "pr").stderr
    first = git(remote.folder, "rev-parse", OWN)
    work.replace("500.00", "400.00")
    apply(work, "pr")
    assert git(remote.folder, "rev-parse", OWN) != first
    assert git(remote.folder, "rev-list", "--count", f"main..{OWN}") == "1"
    assert git(remote.folder, "diff", "--name-only", "main", OWN) == "reconciler.lock"
    assert (git(remote.folder, "rev-parse", "main"), git(work.root, "rev-parse", "HEAD")) == (main, head)
    git(remote.folder, "update-ref", "refs/heads/main", OWN)
    assert "up to date" in apply(work, "pr").stderr


def test_a_workspace_in_a_folder_of_the_repository(remote: Remote, account: Account) -> None:
    """The file goes where the workspace is, however the folder is called."""
    clone = remote.clone("first")
    work = Workspace(clone.root / 'ads "us"', account.url)
    work.configure(more="state: {backend: git}\n")
    work.manifest(campaign())
    apply(work, "pr")
    assert git(remote.folder, "-c", "core.quotePath=no", "diff", "--name-only", "-z", "main", OWN).strip("\0") == (
        'ads "us"/reconciler.lock'
    )
    apply(work, "commit")
    assert (work.root / "reconciler.lock").exists()


@pytest.mark.parametrize("how", ["commit", "pr"])
def test_a_copy_that_cannot_be_pushed_is_an_error_beside_the_report(remote: Remote, account: Account, how: str) -> None:
    """The apply is done and says so; R516 says what the branch's rule said, and the state is safe."""
    work = remote.clone("first")
    work.manifest(campaign())
    remote.hook("update", f'test "$1" = {REF} || {{ echo "GH006: Protected branch" >&2; exit 1; }}')
    ended = apply(work, how, code=9)
    assert ended.ended == {"campaign/spring": "done"}
    assert ended.codes == ["R516"]
    assert "GH006" in ended.json["errors"][0]["message"]
    assert remote.resources().keys() == {"campaign/spring"}
    assert work.in_sync()


def test_without_a_branch_there_is_nowhere_to_bring_it(remote: Remote, account: Account) -> None:
    """A detached HEAD, as of a pull request's merge: R516."""
    work = remote.clone("first")
    work.manifest(campaign())
    git(work.root, "checkout", "--quiet", "--detach")
    assert apply(work, "commit", code=9).codes == ["R516"]


@pytest.mark.parametrize("command", [["apply", "--auto-approve"], ["advance"]])
def test_no_apply_with_a_journal_that_goes_with_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """CI, backend local and the real API: 5 before anything is sent, naming backend git; a flag says otherwise."""
    work = Workspace(tmp_path / "w", "https://business-api.tiktok.com")
    work.configure(quiet=180, rate="{tier: basic}")
    work.manifest(campaign())
    monkeypatch.setenv("CI", "true")
    refused = work.run(*command, "--json")
    assert (refused.code, refused.codes) == (5, ["R515"])
    assert "backend: git" in refused.json["errors"][0]["hint"]
    assert not (work.root / ".reconciler").exists()
    allowed = work.run(*command, "--json", "--allow-ephemeral-journal", token=None)
    assert allowed.codes == ["R601"]
    monkeypatch.setenv("CI", "false")
    assert work.run(*command, "--json", token=None).codes == ["R601"]
    monkeypatch.setenv("CI", "true")
    assert work.run(*command, "--json", "--base-url", "http://127.0.0.1:9", token=None).codes == ["R601"]
