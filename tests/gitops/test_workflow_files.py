"""The workflow and action files: valid, pinned, without holes; checked without a network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gitops import root_action

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "gitops" / ".github"
WORKFLOWS = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *(EXAMPLE / "workflows").glob("*.yml")])
ACTIONS = [ROOT / "action.yml", *sorted((ROOT / ".github" / "actions").glob("*/action.yml"))]
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def name_of(path: Path) -> str:
    """A file as a person names it."""
    return path.relative_to(ROOT).as_posix()


def load(path: Path) -> Any:
    """A file's content."""
    return yaml.safe_load(path.read_text("utf-8"))


def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A tool that is installed beside this Python."""
    command = [str(Path(sys.executable).parent / arguments[0]), *arguments[1:]]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def steps(file: Any) -> Iterator[dict[str, Any]]:
    """Every step, and every job that calls a workflow."""
    for job in file.get("jobs", {}).values():
        yield from ([job] if "uses" in job else job["steps"])
    yield from file.get("runs", {}).get("steps", [])


@pytest.mark.parametrize(
    ("schema", "files"), [("vendor.github-workflows", WORKFLOWS), ("vendor.github-actions", ACTIONS)]
)
def test_files_are_valid(schema: str, files: list[Path]) -> None:
    """The schemas that GitHub's own editor uses, from the package, accept them."""
    assert files
    ended = tool("check-jsonschema", "--builtin-schema", schema, *map(str, files))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_an_auditor_finds_nothing_high() -> None:
    """Zizmor as an auditor: no finding of high severity, and none that calls itself more than low."""
    places = [str(one) for one in (ROOT / "action.yml", ROOT / ".github", EXAMPLE)]
    ended = tool("zizmor", "--offline", "--persona=auditor", "--format=json", *places)
    found = json.loads(ended.stdout)
    bad = [one for one in found if one["determinations"]["severity"] not in ("Informational", "Low")]
    assert [(one["ident"], one["locations"][0]["symbolic"]["key"]) for one in bad] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=name_of)
def test_every_use_is_pinned(path: Path) -> None:
    """By the 40 digits of a commit with its version beside them, or the same commit as the file itself."""
    for step in steps(load(path)):
        used = step.get("uses")
        if used and not used.startswith("$/"):
            assert PINNED.fullmatch(used), used
            assert re.search(rf"{re.escape(used)} # v\d", path.read_text("utf-8")), used


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=name_of)
def test_no_expression_in_a_shell(path: Path) -> None:
    """What a stranger may have written reaches a shell through variables only."""
    assert [step["run"] for step in steps(load(path)) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows_begin_with_no_permission(path: Path) -> None:
    """No job has more than it names, none runs a stranger's code with our rights, none leaves a token on the disk."""
    file = load(path)
    started = file[True]
    assert file["permissions"] == {}
    assert not {"pull_request_target", "workflow_run"} & set(started)
    for job in file["jobs"].values():
        assert "permissions" in job
        assert job.get("secrets") != "inherit"
        for step in job.get("steps", []):
            if str(step.get("uses")).startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_secrets_live_in_environments() -> None:
    """A job that is given the access token runs in an environment; those of plan and drift make no deployment."""
    jobs = load(ROOT / ".github" / "workflows" / "reconciler.yml")["jobs"]
    given = {name for name, job in jobs.items() if "secrets." in json.dumps(job)}
    assert given == {"plan", "apply", "advance", "drift", "renew"}
    quiet = {name for name in given if jobs[name]["environment"].get("deployment") is False}
    assert quiet == {"plan", "drift", "renew"}
    assert {name for name in jobs if "environment" not in jobs[name]} == {"validate", "look"}


def test_only_an_apply_asks_reviewers() -> None:
    """Work that was approved and only waited goes on in an environment of its own, in a job that starts for work."""
    file = load(ROOT / ".github" / "workflows" / "reconciler.yml")
    inputs, jobs = file[True]["workflow_call"]["inputs"], file["jobs"]
    names = {job: jobs[job]["environment"]["name"] for job in ("apply", "advance")}
    assert names == {"apply": "${{ inputs.apply-environment }}", "advance": "${{ inputs.advance-environment }}"}
    assert inputs["apply-environment"]["default"] != inputs["advance-environment"]["default"]
    assert jobs["advance"]["needs"] == "look"
    assert "environment" not in jobs["look"]
    assert jobs["look"]["permissions"] == {"contents": "read"}


def test_writes_wait_for_each_other_and_none_is_dropped() -> None:
    """Apply and advance share one group; a waiting run is neither cancelled nor replaced."""
    jobs = load(ROOT / ".github" / "workflows" / "reconciler.yml")["jobs"]
    group = {"group": "reconciler-write-${{ inputs.workspace }}", "cancel-in-progress": False, "queue": "max"}
    assert jobs["apply"]["concurrency"] == jobs["advance"]["concurrency"] == group


def test_the_own_action_is_made_of_its_parts() -> None:
    """`uses: OWNER/reconciler@COMMIT` takes and tells whatever one of its commands takes and tells."""
    assert (ROOT / "action.yml").read_text("utf-8") == root_action.text()


def test_nothing_names_a_registry() -> None:
    """Where packages come from is the runner's own setting."""
    for path in [*WORKFLOWS, *ACTIONS]:
        text = path.read_text("utf-8")
        assert not re.search(r"index-url|find-links|pypi\.", text, re.IGNORECASE)
    lock = json.loads((ROOT / "tests" / "gitops" / "official" / "package-lock.json").read_text("utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert all("integrity" in one and "resolved" not in one for one in packages.values())
