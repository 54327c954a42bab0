"""`init --gitlab`: what it writes into an empty folder, a workspace, a project, and beside what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.workflow.init_github import Repository
from reconciler.workflow.init_gitlab import pipeline, remote
from tests.gitops.forge import git
from tests.gitops.test_gitlab_files import FILES
from tests.gitops.test_init import empty


def test_it_writes_the_component_and_a_pipeline(tmp_path: Path) -> None:
    """Byte for byte, beside a workspace that is there; again, it shows what it left and writes nothing over."""
    work = empty(tmp_path / "work")
    assert work.run("init").code == 0
    before = work.files()
    made = work.run("init", "--gitlab")
    assert made.code == 0, made.text
    assert {name: data for name, data in work.files().items() if name in FILES} == {
        name: path.read_bytes() for name, path in FILES.items()
    }
    assert {name: data for name, data in work.files().items() if name in before} == before
    assert work.files().keys() - before.keys() == {*FILES, ".gitlab/CODEOWNERS"}
    assert "= reconciler.yaml is there already" in made.text
    assert "replace OWNER" in made.text
    mine = work.root / ".gitlab-ci.yml"
    mine.write_text("test: {script: make}\n", "utf-8")
    (work.root / ".gitlab" / "ads.yml").unlink()
    again = work.run("init", "--gitlab")
    assert again.code == 0
    assert "= .gitlab-ci.yml is there already" in again.text
    assert "In .gitlab-ci.yml: `include` /.gitlab/ads.yml" in again.text
    assert "+ .gitlab/ads.yml" in again.text
    assert mine.read_text("utf-8") == "test: {script: make}\n"
    assert work.run("init", "--gitlab", "--github").code == 3


def test_manifests_that_are_there_get_no_example(tmp_path: Path) -> None:
    """A repository of manifests becomes a workspace that keeps its state in git."""
    work = empty(tmp_path / "work")
    work.write("manifests/mine.yaml", "")
    made = work.run("init", "--gitlab")
    assert made.code == 0, made.text
    assert not (work.root / "manifests" / "first.yaml").exists()
    assert "state: {backend: git}" in (work.root / "reconciler.yaml").read_text("utf-8")


def test_it_is_fitted_to_the_project(tmp_path: Path) -> None:
    """A workspace in a folder of a clone: files at the top, with the group, the gate and the folder."""
    git(tmp_path, "init", "--quiet", "-b", "trunk", "clone")
    top = tmp_path / "clone"
    git(top, "remote", "add", "origin", "git@gitlab.com:acme/media/ads.git")
    work = empty(top / "accounts" / "us")
    made = work.run("init", "--gitlab", "--gate", "environment")
    assert made.code == 0, made.text
    owners = (top / ".gitlab" / "CODEOWNERS").read_text("utf-8")
    assert "/accounts/us/manifests/       @acme/media/ads-approvers" in owners
    assert "\n/.gitlab/" in owners
    text = (top / ".gitlab-ci.yml").read_text("utf-8")
    assert '      workspace: "accounts/us"\n      gate: environment\n' in text


def test_what_is_installed_from_a_commit_is_pinned_to_it() -> None:
    """Repository and commit stand in one place; what is not known stays a placeholder."""
    found = pipeline(Repository(Path()), None, "dispatch", ("acme/reconciler", "a" * 40))[".gitlab-ci.yml"]
    assert f'source: https://github.com/acme/reconciler\n      revision: "{"a" * 40}"\n' in found
    assert "@OWNER/" in pipeline(Repository(Path()), None, "dispatch", None)[".gitlab/CODEOWNERS"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://gitlab.com/acme/media/ads.git", ("gitlab.com", "acme/media/ads")),
        ("git@gitlab.com:acme/ads.git", ("gitlab.com", "acme/ads")),
        ("ssh://git@gitlab.example:2222/acme/ads", ("gitlab.example", "acme/ads")),
        ("https://gitlab-ci-token:secret@gitlab.example/acme/ads.git", ("gitlab.example", "acme/ads")),
        ("/srv/ads.git", None),
    ],
)
def test_a_remote_tells_host_and_path(tmp_path: Path, url: str, found: tuple[str, str] | None) -> None:
    """Groups may lie in groups; a password is no host."""
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", url)
    assert remote(tmp_path) == found
