"""`init --github`: what it writes into an empty folder, a workspace, a repository, and beside what is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from reconciler.workflow.init_github import pin
from tests.gitops.forge import git
from tests.gitops.machine import ROOT
from tests.stories.workspace import Workspace

WORKFLOWS = {
    f".github/workflows/ads-{command}.yml" for command in ("plan", "apply", "advance", "decide", "drift", "renew")
}


def empty(folder: Path) -> Workspace:
    """A folder without anything."""
    work = Workspace(folder, "http://127.0.0.1:9")
    (work.root / "manifests").rmdir()
    return work


def load(path: Path) -> Any:
    """A workflow's content."""
    return yaml.safe_load(path.read_text("utf-8"))


def test_it_writes_what_the_example_holds(tmp_path: Path) -> None:
    """Byte for byte, beside a workspace that is there; again, it shows what it left and writes nothing over."""
    work = empty(tmp_path / "work")
    assert work.run("init").code == 0
    before = work.files()
    made = work.run("init", "--github")
    assert made.code == 0, made.text
    example = ROOT / "examples" / "gitops"
    wanted = {name: (example / name).read_bytes() for name in work.files().keys() - before.keys()}
    assert {name for name in wanted if name.startswith(".github/workflows/")} == WORKFLOWS
    assert work.files() == before | wanted
    assert "= reconciler.yaml is there already" in made.text
    assert "replace OWNER" in made.text
    mine = work.root / ".github" / "CODEOWNERS"
    mine.write_text("* @me", "utf-8")
    (work.root / ".github" / "workflows" / "ads-drift.yml").unlink()
    again = work.run("init", "--github")
    assert again.code == 0
    assert "= .github/CODEOWNERS is there already" in again.text
    assert "+ .github/workflows/ads-drift.yml" in again.text
    assert mine.read_text("utf-8") == "* @me"
    assert work.run("init", "--gate", "dispatch").code == 3


def test_manifests_that_are_there_get_no_example(tmp_path: Path) -> None:
    """A repository of manifests becomes a workspace that speaks what production speaks, and keeps its state in git."""
    work = empty(tmp_path / "work")
    (work.root / "manifests").mkdir()
    (work.root / "manifests" / "mine.yaml").write_text("", "utf-8")
    made = work.run("init", "--github")
    assert made.code == 0, made.text
    assert not (work.root / "manifests" / "first.yaml").exists()
    text = (work.root / "reconciler.yaml").read_text("utf-8")
    assert "contract: smart_plus" in text
    assert "state: {backend: git}" in text
    assert "first.yaml" not in made.text


def test_it_is_fitted_to_the_repository(tmp_path: Path) -> None:
    """A workspace in a folder of a clone: files at the top, where GitHub reads them, with owner, branch and folder."""
    git(tmp_path, "init", "--quiet", "-b", "trunk", "clone")
    git(tmp_path / "clone", "remote", "add", "origin", "git@github.com:acme/ads.git")
    work = empty(tmp_path / "clone" / "accounts" / "us")
    made = work.run("init", "--github", "--gate", "dispatch")
    assert made.code == 0, made.text
    top = tmp_path / "clone"
    owners = (top / ".github" / "CODEOWNERS").read_text("utf-8")
    assert "/accounts/us/manifests/       @acme/ads-approvers" in owners
    assert "\n/.github/" in owners
    plan, apply = (load(top / ".github" / "workflows" / f"ads-{name}.yml") for name in ("plan", "apply"))
    assert plan[True]["pull_request"]["branches"] == ["trunk"]
    assert plan["jobs"]["ads"]["with"]["workspace"] == "accounts/us"
    assert plan["jobs"]["ads"]["with"]["gate"] == "dispatch"
    assert "push" not in apply[True]
    assert apply[True]["workflow_dispatch"]["inputs"]["expect_digest"]["required"] is True
    assert apply["jobs"]["ads"]["with"]["workspace"] == "accounts/us"
    decide = load(top / ".github" / "workflows" / "ads-decide.yml")
    assert decide["jobs"]["ads"]["with"] == {"workspace": "accounts/us"}
    tool = str(Path(sys.executable).parent / "check-jsonschema")
    files = [str(top / name) for name in sorted(WORKFLOWS)]
    command = [tool, "--builtin-schema", "vendor.github-workflows", *files]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_what_is_installed_from_a_commit_is_pinned_to_it() -> None:
    """PEP 610 tells repository and commit; a branch, a wheel or another host tell nothing to pin."""
    told = {"url": "https://github.com/acme/reconciler.git", "vcs_info": {"vcs": "git", "commit_id": "a" * 40}}
    assert pin(json.dumps(told)) == ("acme/reconciler", "a" * 40)
    assert pin(json.dumps({**told, "url": "https://git.example/acme/reconciler.git"})) is None
    assert pin(json.dumps({"url": "file:///work", "dir_info": {"editable": True}})) is None
