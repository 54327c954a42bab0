"""What a release is made of: one version, a tag that does nothing by itself, a package that knows its commit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import release
from tests.gitops.act import jobs_of
from tests.gitops.forge import git
from tests.release import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"


def copy(folder: Path) -> Path:
    """What a release is prepared in."""
    for name in ("reconciler/__init__.py", "CHANGELOG.md", *_templates()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def _templates() -> list[str]:
    return [one.relative_to(ROOT).as_posix() for one in ROOT.glob("examples/gitops/.github/workflows/*.yml")]


def jobs() -> dict[str, Any]:
    """The jobs of the release."""
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    return found


def test_version_changelog_and_templates_agree() -> None:
    """Released: all three name one version. Before: what is new stands under Unreleased, and the templates name one
    version that no section of the changelog has."""
    told, named = release.sections(), release.templates()
    assert len(named) == 1
    assert next(name for name in told if name != "Unreleased") == release.version()
    if told["Unreleased"]:
        assert named.isdisjoint(told)
    else:
        assert named == {release.version()}


def test_one_place_holds_the_version() -> None:
    """Pyproject.toml names it and does not repeat it."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in text
    assert 'path = "reconciler/__init__.py"' in text
    assert not re.search(r"^version\s*=", text, re.MULTILINE)


def test_a_version_is_prepared_in_every_place(tmp_path: Path) -> None:
    """One command writes it; then its tag agrees, any other does not, and it cannot be prepared twice."""
    root = copy(tmp_path)
    before = release.sections(root)["Unreleased"]
    assert release.check("v7.8.9", root) != []
    release.prepare("7.8.9", root, today=date(2026, 11, 27))
    assert release.check("v7.8.9", root) == []
    assert release.sections(root)["7.8.9"] == before
    assert "## 7.8.9 (2026-11-27)" in (root / "CHANGELOG.md").read_text("utf-8")
    assert all("says 7.8.9, the tag says 7.9.0" in one for one in release.check("v7.9.0", root))
    assert len(release.check("v7.9.0", root)) == 3
    with pytest.raises(AssertionError, match="already"):
        release.prepare("7.8.9", root)


def test_a_tag_does_nothing_until_the_owner_says_so() -> None:
    """The first job asks for the repository's variable, and every other one needs it, at most over others."""
    found = jobs()
    assert found["build"]["if"] == "${{ vars.RELEASES == 'on' }}"
    for name, job in found.items():
        needed = {name}
        while "build" not in needed:
            wanted = {one for each in needed for one in _needs(found[each])}
            assert wanted, f"{name} runs without build"
            needed = wanted
        assert "if" not in job or name == "build", "a condition of its own could run after a skipped build"
    pages = yaml.safe_load((WORKFLOW.parent / "docs.yml").read_text("utf-8"))["jobs"]
    assert "vars.DOCS == 'on'" in pages["deploy"]["if"]


def _needs(job: dict[str, Any]) -> list[str]:
    given = job.get("needs", [])
    return [given] if isinstance(given, str) else list(given)


def test_rights_are_where_they_are_used() -> None:
    """The job that runs our code and the build's packages may read alone; each right to publish is in a job that runs
    none of it, PyPI's in an environment."""
    found = jobs()
    assert found["build"]["permissions"] == {"contents": "read"}
    may = {right: {name for name, job in found.items() if job["permissions"].get(right) == "write"}
           for right in ("contents", "packages", "id-token", "attestations")}  # fmt: skip
    assert may == {
        "contents": {"release"}, "packages": {"image"}, "id-token": {"attest", "pypi", "image"},
        "attestations": {"attest", "image"},
    }  # fmt: skip
    assert found["pypi"]["environment"] == {"name": "pypi"}
    assert not any(
        "make " in step.get("run", "") for name in ("attest", "pypi", "release") for step in found[name]["steps"]
    )
    assert "secrets." not in WORKFLOW.read_text("utf-8")


def test_the_image_is_pinned_and_no_root() -> None:
    """Its base by digest, its packages by hash, the wheel without an index, a user; only those files go in."""
    text = (ROOT / ".github" / "image" / "Dockerfile").read_text("utf-8")
    assert re.search(r"^FROM python:[\w.-]+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert "--require-hashes -r /install/requirements-runtime.txt" in text
    assert "--no-deps --no-index /install/*.whl" in text
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    assert "ENTRYPOINT" not in text
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert kept == ["*", "!.ci/requirements-runtime.txt", "!dist/*.whl"]


def test_hooks_run_commands_that_are_there() -> None:
    """Each hook of pre-commit is a command of ours, over the whole workspace."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {one["entry"] for one in hooks} == {"reconciler validate", "reconciler fmt"}
    for one in hooks:
        assert one["language"] == "python"
        assert one["pass_filenames"] is False


@pytest.mark.proof
def test_a_released_wheel_pins_its_own_commit(tmp_path: Path) -> None:
    """Built as the release builds it, installed by itself: it plays the demo, and `init --github` writes its commit."""
    source = tmp_path / "source"
    kept = shutil.ignore_patterns(".venv", ".git", "dist", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, source, ignore=kept)
    release.note("acme/reconciler", "a" * 40, source)
    build = [str(Path(sys.executable).parent / "hatchling"), "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # Behind what was unpacked, so that the checkout's own package is never the one that is found.
    (site / "requirements.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    command = [str(venv / "bin" / "python"), "-I", "-m", "reconciler"]
    shown = subprocess.run([*command, "demo"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    (tmp_path / "work").mkdir()
    made = subprocess.run(
        [*command, "init", "--github"], cwd=tmp_path / "work", check=False, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    assert "replace OWNER" not in made.stdout
    for path in (tmp_path / "work" / ".github" / "workflows").glob("*.yml"):
        pinned = rf"uses: acme/reconciler/\S+@{'a' * 40} # v{re.escape(release.version())}\n"
        assert len(re.findall(pinned, path.read_text("utf-8"))) == 1
    assert json.loads((site / "reconciler" / "release.json").read_text("utf-8"))["commit"] == "a" * 40
    assert not (ROOT / "reconciler" / "release.json").exists()


@pytest.mark.proof
@pytest.mark.parametrize(("switch", "ran"), [(None, {}), ("off", {}), ("on", {"build": True})])
def test_the_switch_under_act(tmp_path: Path, switch: str | None, ran: dict[str, bool]) -> None:
    """A tag is pushed: without the owner's `on` no job runs; with it, a tag that does not agree ends all in `build`."""
    work = tmp_path / "work"
    (work / ".github" / "workflows").mkdir(parents=True)
    shutil.copyfile(WORKFLOW, work / ".github" / "workflows" / "release.yml")
    (work / "Makefile").write_text("release:\n\t@echo the tag does not agree; exit 1\n", "utf-8")
    git(work, "init", "--quiet")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "A release")
    (tmp_path / "event.json").write_text('{"ref": "refs/tags/v9.9.9"}', "utf-8")
    command = [str(Path(sys.executable).parent / "act"), "push", "--json", "--eventpath", str(tmp_path / "event.json"),
               "--platform", "ubuntu-latest=-self-hosted", "--no-cache-server"]  # fmt: skip
    for name in ("setup-python", "upload-artifact"):
        (pinned,) = set(re.findall(rf"actions/{name}@[0-9a-f]{{40}}", WORKFLOW.read_text("utf-8")))
        command.append(f"--local-repository={pinned}={ROOT / 'tests' / 'gitops' / 'stand_ins' / name}")
    command += ["--var", f"RELEASES={switch}"] if switch else []
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "STAND_INS": str(tmp_path)}
    ended = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    assert {name: job.failed for name, job in jobs_of(ended.stdout).items()} == ran, ended.stdout + ended.stderr
