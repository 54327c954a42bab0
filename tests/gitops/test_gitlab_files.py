"""The component for GitLab: valid, which jobs its rules start, what they may do; checked without a network."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from reconciler.cli.main import cli
from tests.gitops import gitlab_config
from tests.gitops.gitlab_forge import FORK, ID
from tests.gitops.machine import ROOT
from tests.gitops.test_workflow_files import tool

SOURCES = ROOT / "reconciler" / "ci" / "gitlab"
FILES = {".gitlab-ci.yml": SOURCES / "pipeline.yml", ".gitlab/ads.yml": SOURCES / "templates" / "ads.yml"}
MAIN = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event", "CI_DEFAULT_BRANCH": "main", "CI_MERGE_REQUEST_PROJECT_ID": str(ID),
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(ID),
}  # fmt: skip


def jobs(**inputs: str) -> dict[str, dict[str, Any]]:
    """As a project has them, by the last word of their names."""
    found = gitlab_config.pipeline(lambda path: FILES[path].read_text("utf-8"), inputs)
    return {name.rpartition(" ")[2]: job for name, job in found.items()}


def header(name: str) -> dict[str, Any]:
    """The inputs that a file declares."""
    found: dict[str, Any] = next(iter(yaml.safe_load_all(FILES[name].read_text("utf-8"))))["spec"]["inputs"]
    return found


def test_the_files_are_valid(tmp_path: Path) -> None:
    """The schema that GitLab publishes for editors accepts what the inputs make of them."""
    path = tmp_path / ".gitlab-ci.yml"
    path.write_text(yaml.safe_dump({f"ads {name}": job for name, job in jobs().items()}), "utf-8")
    ended = tool("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(path))
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("variables", "inputs", "wanted"),
    [
        (REQUEST, {}, {"validate": "on_success", "plan": "on_success"}),
        (REQUEST | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(FORK)}, {}, {"validate": "on_success"}),
        (MAIN | {"CI_PIPELINE_SOURCE": "push"}, {}, {"apply": "manual", "advance": "on_success"}),
        (MAIN | {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "edit"}, {}, {}),
        (MAIN | {"CI_PIPELINE_SOURCE": "schedule"}, {}, {}),
        (MAIN | {"CI_PIPELINE_SOURCE": "schedule"}, {"command": "advance"}, {"advance": "on_success"}),
        (MAIN | {"CI_PIPELINE_SOURCE": "schedule"}, {"command": "drift"}, {"drift": "on_success"}),
        (MAIN | {"CI_PIPELINE_SOURCE": "schedule"}, {"command": "renew"}, {"renew": "on_success"}),
        (MAIN | {"CI_PIPELINE_SOURCE": "web"}, {"command": "plan"}, {"plan": "on_success"}),
        (MAIN | {"CI_PIPELINE_SOURCE": "web"}, {"command": "apply"},
         {"apply": "on_success", "advance": "on_success"}),
        (MAIN | {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "edit"}, {"command": "apply"}, {}),
    ],
)  # fmt: skip
def test_which_jobs_start(variables: dict[str, str], inputs: dict[str, str], wanted: dict[str, str]) -> None:
    """A merge request, one of a fork, a push to main and to another branch, schedules, and a person's pipelines."""
    found = {name: gitlab_config.starts(job, variables) for name, job in jobs(**inputs).items()}
    assert {name: when for name, when in found.items() if when} == wanted


def test_with_the_gate_environment_a_merge_starts_the_apply() -> None:
    """Then the environment's approvals are what it waits for."""
    text = FILES[".gitlab-ci.yml"].read_text("utf-8").replace("gate: dispatch", "gate: environment")
    read = {".gitlab-ci.yml": text, ".gitlab/ads.yml": FILES[".gitlab/ads.yml"].read_text("utf-8")}
    apply = gitlab_config.pipeline(read.__getitem__, {})["ads apply"]
    assert gitlab_config.starts(apply, MAIN | {"CI_PIPELINE_SOURCE": "push"}) == "on_success"


def test_only_an_apply_is_a_deployment_and_writes_wait_for_each_other() -> None:
    """The other jobs have an environment for its variables alone, validate has none."""
    found = {name: job.get("environment", {}) for name, job in jobs().items()}
    assert {name: one.get("name") for name, one in found.items()} == {
        "validate": None, "plan": "ads-plan", "apply": "ads-production", "advance": "ads-advance", "drift": "ads-plan",
        "renew": "ads-plan",
    }  # fmt: skip
    assert {name for name, one in found.items() if one and one.get("action") != "access"} == {"apply"}
    assert jobs()["apply"]["resource_group"] == jobs()["advance"]["resource_group"]


def test_what_a_person_writes_reaches_a_shell_through_variables_only() -> None:
    """And GitLab expands no `$` in it. The scripts are sound to a shell without anything of bash."""
    free = {name for name, one in header(".gitlab-ci.yml").items() if "options" not in one}
    body = list(yaml.safe_load_all(FILES[".gitlab/ads.yml"].read_text("utf-8")))[1]
    for job in body.values():
        script = "\n".join([*job.get("before_script", []), *job.get("script", [])])
        assert free.isdisjoint(re.findall(r"inputs\.([\w-]+)", script))
        for name, value in job.get("variables", {}).items():
            if free & set(re.findall(r"inputs\.([\w-]+)", str(value))):
                assert value["expand"] is False, name
        ended = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
        assert ended.returncode == 0, ended.stderr


def test_both_files_declare_an_input_alike() -> None:
    """What the form of a new pipeline asks for is what the component takes, all of it handed on."""
    component = header(".gitlab/ads.yml")
    (include,) = list(yaml.safe_load_all(FILES[".gitlab-ci.yml"].read_text("utf-8")))[1]["include"]
    for name, one in header(".gitlab-ci.yml").items():
        assert {**one, "description": ""} == {**component[name], "description": ""}
        assert include["inputs"][name] == f"$[[ inputs.{name} ]]"


def test_nothing_names_a_registry_of_packages() -> None:
    """Where packages come from is the runner's own setting."""
    for path in FILES.values():
        assert not re.search(r"index-url|pypi|find-links", path.read_text("utf-8"), re.IGNORECASE)


@pytest.mark.parametrize("schema", ["vendor.bitbucket-pipelines", "vendor.azure-pipelines"])
def test_pipelines_of_other_systems_are_valid(schema: str, tmp_path: Path) -> None:
    """Those that docs/other-ci.md shows, by the schemas of their vendors; each of its scripts names real options."""
    page = (ROOT / "docs" / "other-ci.md").read_text("utf-8")
    found = re.search(f"<!-- checked: {re.escape(schema)} -->\n```yaml\n(.*?)```", page, re.DOTALL)
    assert found
    path = tmp_path / "pipeline.yml"
    path.write_text(found[1], "utf-8")
    ended = tool("check-jsonschema", "--builtin-schema", schema, str(path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for line in re.findall(r"reconciler (\w+ [^\n|>']*)", found[1]):
        name, *words = line.split()
        command = cli.get_command(click.Context(cli), name)
        assert command
        known = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
