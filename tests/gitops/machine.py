"""A runner: does what the workflow and action files say, with exactly the env, outputs and `if:` they declare.

`run:` steps are run by bash as GitHub runs them. Actions of others are stood in for: checkout clones, setup-python
gives this Python, upload-artifact keeps what it is given. One step of ours is not run, because a registry is needed for
it: the installation of the requirements; what is installed here already stands in for them. Everything else is the
shipped files themselves, found at the commit that an event names. A machine that is given a place for tools keeps there
what the action `setup` has made, as a runner with a cache does: it is run for real by the first job alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.gitops import expressions
from tests.gitops.forge import NAME, Forge
from tests.gitops.permissions import permits

ROOT = Path(__file__).resolve().parents[2]
GUARD = ROOT / "tests" / "guard"
_OURS = re.compile(r"[\w-]+/reconciler/(\.github/workflows/[\w-]+\.yml)@[0-9a-f]{40}")
_PIP = "Install the pinned requirements"
_SETUP, _TOOL = ".github/actions/setup", "reconciler"


@dataclass
class Job:
    """How one job ended."""

    name: str
    failed: bool = False
    log: str = ""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """Outputs of each action that was used, and of each step with an id, by name."""
    summary: str = ""
    environment: str | None = None
    told: dict[str, Any] = field(default_factory=dict)
    """What `needs` shows of it: the job's own outputs."""
    folder: Path = Path()


@dataclass
class Machine:
    """Runs what an event starts. `secrets`: environment → name → value; `own_secrets`: of the repository itself."""

    forge: Forge
    folder: Path
    secrets: Mapping[str, Mapping[str, str]]
    tools: Path | None = None
    on_step: Callable[[str, subprocess.Popen[str]], None] | None = None
    """Called with the name and the process of every step while it runs."""
    jobs: dict[str, Job] = field(default_factory=dict)
    own_secrets: dict[str, str] = field(default_factory=dict)

    def run(self, event: Mapping[str, Any], inputs: Mapping[str, Any] | None = None) -> dict[str, Job]:
        """Every job that the workflows of that commit start for the event; those that were skipped are not in it."""
        self.jobs = {}
        number = self.forge.begin(event)
        pull = event["body"].get("pull_request")
        fork = bool(pull) and pull["head"]["repo"]["full_name"] != NAME
        source = self.folder / f"source-{number}"
        self.forge.check_out(source, event)
        for path in sorted((source / ".github" / "workflows").glob("*.yml")):
            workflow = _load(path)
            started = workflow[True] if True in workflow else workflow["on"]  # YAML 1.1 reads `on` as a boolean
            if not _starts(started, event, path.name):
                continue
            assert workflow["permissions"] == {}
            for name, job in workflow["jobs"].items():
                github = {**self._github(event, number), "file": path.name}
                if "uses" in job:
                    self._call(name, job, github, event, number, fork, dict(inputs or {}))
                else:
                    self._job(name, job, github, dict(inputs or {}), {}, event, number, fork)
        self.jobs = {name: one for name, one in self.jobs.items() if not name.startswith("call ")}
        return self.jobs

    def _call(
        self, name: str, job: Mapping[str, Any], github: dict[str, Any], event: Mapping[str, Any], number: int,
        fork: bool, inputs: Any,
    ) -> None:  # fmt: skip
        """One job of a user's workflow that calls the reusable one."""
        contexts: dict[str, Any] = {"github": github, "inputs": inputs, "secrets": self.own_secrets}
        if not expressions.condition(job.get("if"), contexts, failed=False):
            return
        found = _OURS.fullmatch(job["uses"])
        assert found, job["uses"]
        called = _load(ROOT / found[1])
        declared = called[True]["workflow_call"]
        given = {key: expressions.given(raw, contexts) for key, raw in job.get("with", {}).items()}
        assert set(given) <= set(declared["inputs"])
        assert {key for key, one in declared["inputs"].items() if one.get("required")} <= set(given)
        taken = {key: given.get(key, one.get("default", "")) for key, one in declared["inputs"].items()}
        assert isinstance(job.get("secrets", {}), dict), "secrets are passed by name"
        passed = {key: expressions.given(raw, contexts) or "" for key, raw in job.get("secrets", {}).items()}
        assert set(passed) <= set(declared["secrets"])
        assert called["permissions"] == {}
        for inner, one in called["jobs"].items():
            wanted = [f"{key}:{level}" for key, level in one["permissions"].items()]
            assert all(permits(job["permissions"], needed) for needed in wanted), "a call cannot gain permissions"
            self._job(inner, one, github, taken, passed, event, number, fork)
        needed = {inner: {"outputs": self.jobs[inner].told} for inner in called["jobs"] if inner in self.jobs}
        outputs = called[True]["workflow_call"].get("outputs", {})
        told = {key: expressions.given(one["value"], {"jobs": needed}) for key, one in outputs.items()}
        failed = any(self.jobs[inner].failed for inner in needed)
        self.jobs[f"call {name}"] = Job(name, failed=failed, told=told)

    def _job(
        self, name: str, job: Mapping[str, Any], github: dict[str, Any], inputs: Any, passed: Mapping[str, str],
        event: Mapping[str, Any], number: int, fork: bool,
    ) -> None:  # fmt: skip
        needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        found = {one: self.jobs.get(f"call {one}") or self.jobs.get(one) for one in needs}
        failed = any(one is None or one.failed for one in found.values())
        told = {name: {"outputs": one.told} for name, one in found.items() if one}
        contexts: dict[str, Any] = {"github": github, "inputs": inputs, "needs": told}
        if not expressions.condition(job.get("if"), contexts, failed=failed):
            return
        place = job.get("environment")
        environment = expressions.given(place["name"], contexts) if place else None
        secrets = {} if fork else dict(passed)
        if environment and not fork:
            # A name that is passed is filled with the environment's own value; nothing else of it is.
            secrets |= {key: text for key, text in self.secrets[environment].items() if key in passed}
        permissions = dict.fromkeys(job["permissions"], "read") if fork else job["permissions"]
        folder = self.folder / f"{number}-{name}"
        for part in ("work", "temp", "home", "files"):
            (folder / part).mkdir(parents=True)
        ended = self.jobs[name] = Job(name, environment=environment, folder=folder)
        token = self.forge.token({**permissions, "metadata": "read"})  # Every token may read metadata.
        contexts |= {"secrets": secrets, "steps": {}, "github": {**github, "token": token}}
        runner = _Steps(self, ended, event, self._variables(folder, github, event), number)
        try:
            runner.steps(job["steps"], contexts, {})
        finally:
            runner.end()
        ended.told = {key: expressions.given(raw, contexts) for key, raw in job.get("outputs", {}).items()}
        print(f"== {name}\n{ended.log}")
        for secret in secrets.values():
            assert not secret or secret not in ended.log.replace(f"::add-mask::{secret}", ""), "a secret in the log"

    def _github(self, event: Mapping[str, Any], number: int) -> dict[str, Any]:
        return {
            "event_name": event["name"],
            "event": event["body"],
            "sha": event["sha"],
            "repository": NAME,
            "ref_name": event["ref"],
            "run_id": str(number),
        }

    def _variables(self, folder: Path, github: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, str]:
        """What a runner tells every step."""
        path = folder / "files" / "event.json"
        path.write_text(json.dumps(event["body"]), "utf-8")
        return {
            "PATH": _with_python(folder / "files"),
            "HOME": str(folder / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "somebody",
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_EVENT_NAME": str(github["event_name"]),
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_GRAPHQL_URL": f"{self.forge.url}/graphql",
            "GITHUB_REF": f"refs/heads/{event['ref']}",
            "GITHUB_REF_NAME": str(event["ref"]),
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": str(github["run_id"]),
            "GITHUB_SERVER_URL": "https://forge.example",
            "GITHUB_SHA": str(github["sha"]),
            "GITHUB_WORKFLOW_REF": f"{NAME}/.github/workflows/{github['file']}@refs/heads/{event['ref']}",
            "GITHUB_WORKSPACE": str(folder / "work"),
            "RUNNER_TEMP": str(folder / "temp"),
            "TMPDIR": str(folder / "temp"),
        }


class _Steps:
    """The steps of one job, those of its composite actions too."""

    def __init__(
        self, machine: Machine, job: Job, event: Mapping[str, Any], variables: Mapping[str, str], number: int
    ) -> None:
        self._machine, self._job, self._event, self._number = machine, job, event, number
        self._variables = variables
        self._groups: list[int] = []

    def end(self) -> None:
        """What a step has left running goes with the job."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def steps(self, steps: list[Mapping[str, Any]], contexts: dict[str, Any], more: Mapping[str, str]) -> None:
        """In order; after one has failed only those that ask for it."""
        for step in steps:
            if not expressions.condition(step.get("if"), contexts, failed=self._job.failed):
                continue
            given = {key: expressions.given(raw, contexts) for key, raw in step.get("with", {}).items()}
            env = {key: expressions.shown(expressions.given(raw, contexts)) for key, raw in step.get("env", {}).items()}
            if "run" in step:
                outputs = self._run(step, {**env, **more})
            elif str(step["uses"]).startswith("$/"):
                outputs = self._action(step["uses"].removeprefix("$/"), given, contexts)
            else:
                outputs = self._stand_in(step["uses"], given)
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs}
                self._job.outputs[step["id"]] = outputs

    def _run(self, step: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, str]:
        if step.get("name") == _PIP:
            site = next((Path(self._variables["RUNNER_TEMP"]) / "reconciler").glob("lib/python*/site-packages"))
            (site / "installed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{GUARD}\n", "utf-8")
            return {}
        count = len(self._groups)
        files = {name: self._job.folder / "files" / f"{count}-{name}" for name in ("run.sh", "output", "summary")}
        files["run.sh"].write_text(step["run"], "utf-8")
        for name in ("output", "summary"):
            files[name].touch()
        variables = {**self._variables, **env}
        variables |= {"GITHUB_OUTPUT": str(files["output"]), "GITHUB_STEP_SUMMARY": str(files["summary"])}
        with subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(files["run.sh"])],
            cwd=self._variables["GITHUB_WORKSPACE"], env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True,
        ) as process:  # fmt: skip
            self._groups.append(process.pid)
            if self._machine.on_step:
                self._machine.on_step(str(step.get("name")), process)
            said, _ = process.communicate(timeout=120)
        self._job.log += said
        self._job.failed = self._job.failed or process.returncode != 0
        summary = files["summary"].read_bytes()
        assert len(summary) <= 1024 * 1024, "GitHub drops a summary this long"
        self._job.summary += summary.decode()
        return _outputs(files["output"].read_text("utf-8"))

    def _action(self, path: str, given: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, str]:
        """One of our composite actions."""
        file = _load(ROOT / path / "action.yml")
        declared = file.get("inputs", {})
        assert set(given) <= set(declared)
        github = outer["github"]
        inputs = {
            key: given.get(key, expressions.given(one.get("default", ""), {"github": github}))
            for key, one in declared.items()
        }
        assert all(inputs[key] not in (None, "") for key, one in declared.items() if one.get("required")), given
        contexts = {"github": github, "inputs": inputs, "steps": {}}
        more = {"GITHUB_ACTION_PATH": str(ROOT / path)}
        tools = self._machine.tools if path == _SETUP else None
        if tools is None:
            self.steps(file["runs"]["steps"], contexts, more)
        else:
            if not (tools / _TOOL).exists():
                mine = self._variables
                self._variables = {**mine, "RUNNER_TEMP": str(tools), "PATH": _with_python(tools)}
                self.steps(file["runs"]["steps"], contexts, more)
                self._variables = mine
            Path(self._variables["RUNNER_TEMP"], _TOOL).symlink_to(tools / _TOOL)
        told = {key: expressions.given(one["value"], contexts) for key, one in file.get("outputs", {}).items()}
        outputs = {key: expressions.shown(text) for key, text in told.items()}
        self._job.outputs[path.rpartition("/")[2]] = outputs
        return outputs

    def _stand_in(self, uses: str, given: Mapping[str, Any]) -> dict[str, str]:
        name = uses.partition("@")[0]
        if name == "actions/checkout":
            assert given == {"persist-credentials": False}
            self._machine.forge.check_out(Path(self._variables["GITHUB_WORKSPACE"]), self._event)
        elif name == "actions/upload-artifact":
            path = Path(self._variables["GITHUB_WORKSPACE"], given["path"])
            found = [path] if path.is_file() else [one for one in sorted(path.rglob("*")) if one.is_file()]
            assert found or given.get("if-no-files-found") != "error"
            start = path.parent if path.is_file() else path
            files = {one.relative_to(start).as_posix(): one.read_bytes() for one in found}
            assert given.get("archive") is not False or len(files) == 1
            self._machine.forge.keep(given.get("name", path.name), files, self._number)
        else:
            assert name == "actions/setup-python", name
        return {}


def _with_python(folder: Path) -> str:
    """The PATH of a job: `python` is what runs these tests."""
    (folder / "python").symlink_to(sys.executable)
    return f"{folder}:{os.environ['PATH']}"


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _starts(started: Mapping[str, Any], event: Mapping[str, Any], file: str) -> bool:
    """Whether a workflow hears of an event. A schedule or a dispatch is of one file."""
    if event["name"] not in started or event.get("file", file) != file:
        return False
    if event["name"] == "issue_comment" and event["body"]["action"] not in started["issue_comment"]["types"]:
        return False
    branches = (started[event["name"]] or {}).get("branches") if event["name"] in ("push", "pull_request") else None
    base = event["body"].get("pull_request", {}).get("base", {}).get("ref", event["ref"])
    return branches is None or base in branches


def _outputs(text: str) -> dict[str, str]:
    """What a step wrote to GITHUB_OUTPUT, in the long form."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        assert end, f"not an output: {line}"
        value = []
        for inner in lines:
            if inner == end:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found
