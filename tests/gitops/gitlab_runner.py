"""GitLab's pipelines and a runner: jobs that the rules start, in their order, with exactly the variables they may have.

Each job is a fresh clone over HTTP with the job's own token, and one script of bash with what the file says, stopping
at the first command that fails. The image of a job is this machine, with `reconciler` on its path, as in an image of
ours; where a job installs it from its source, pip alone is stood in for.
"""

from __future__ import annotations

import contextlib
import fnmatch
import io
import os
import re
import secrets
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.gitops import gitlab_config
from tests.gitops.forge import git
from tests.gitops.gitlab_forge import FORK, ID, PATH, GitLabForge
from tests.gitops.machine import GUARD, ROOT

_PIP = """#!/bin/sh
if [ "$1 $2" = "-m pip" ]; then
  for site in "$(dirname "$4")"/../lib/python*/site-packages; do cp "$(dirname "$0")/installed.pth" "$site"; done
else
  exec {python} "$@"
fi
"""


@dataclass
class Variable:
    """A CI/CD variable of the project. `scope`: an environment, or `*`."""

    value: str
    scope: str = "*"
    protected: bool = False


@dataclass
class GitLabJob:
    """`status`: created, manual, blocked, skipped, success or failed."""

    name: str
    id: int
    config: Mapping[str, Any]
    status: str = "created"
    log: str = ""
    folder: Path = Path()
    artifacts: dict[str, bytes] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    """The variables it had."""
    approvals: int = 0

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    @property
    def outputs(self) -> dict[str, str]:
        """What it told later jobs."""
        text = self.artifacts["ads-report/outputs.env"].decode()
        return {
            name.removeprefix("RECONCILER_").lower(): value
            for name, _, value in (line.partition("=") for line in text.splitlines())
        }


@dataclass
class GitLabPipeline:
    """One pipeline with its jobs in their order."""

    id: int
    variables: dict[str, str]
    jobs: dict[str, GitLabJob]
    request: int | None = None

    def __getitem__(self, name: str) -> GitLabJob:
        return self.jobs[f"ads {name}"]

    @property
    def statuses(self) -> dict[str, str]:
        """By the last word of a job's name."""
        return {name.rpartition(" ")[2]: one.status for name, one in self.jobs.items()}


@dataclass
class GitLabRunner:
    """`approvals`: protected environment → approvals that a deployment needs (Premium)."""

    forge: GitLabForge
    folder: Path
    tools: Path
    variables: dict[str, list[Variable]]
    approvals: dict[str, int] = field(default_factory=dict)
    on_job: Callable[[str, subprocess.Popen[str]], None] | None = None

    # -------------------------------------------------------------------------------------------- what starts one

    def request(self, iid: int, *, parent: bool = True) -> GitLabPipeline:
        """A merge request was opened or pushed to. `parent`: false for a pipeline of a fork, which runs in the fork."""
        one = self.forge.requests[iid]
        more = {
            "CI_MERGE_REQUEST_IID": str(iid),
            "CI_MERGE_REQUEST_PROJECT_ID": str(ID),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(one["source_project_id"]),
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": one["source_branch"],
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": one["target_branch"],
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": one["diff_refs"]["base_sha"],
            "CI_COMMIT_REF_SLUG": "edit",
        }
        project = ID if parent else FORK
        return self._run("merge_request_event", one["sha"], more, {}, project=project, request=iid)

    def push(self) -> GitLabPipeline:
        """Main has a new commit."""
        return self._run("push", self.forge.sha("main"), self._on_main(), {})

    def start(self, command: str, source: str = "web", **inputs: str) -> GitLabPipeline:
        """A person fills in the form of a new pipeline on main, or a schedule does."""
        return self._run(source, self.forge.sha("main"), self._on_main(), {"command": command, **inputs})

    def play(self, pipeline: GitLabPipeline, name: str) -> GitLabJob:
        """A person starts a manual job, or one whose deployment was approved; then what waited for it goes on."""
        job = pipeline[name]
        assert job.status in ("manual", "blocked"), job.status
        needed = self.approvals.get(str(_environment(job)), 0)
        assert job.approvals >= needed, "the deployment is not approved"
        self._job(pipeline, job)
        self._go_on(pipeline)
        return job

    def retry(self, pipeline: GitLabPipeline, name: str) -> GitLabJob:
        """A person runs one job again: of the same commit, as another job."""
        old = pipeline[name]
        job = pipeline.jobs[old.name] = GitLabJob(old.name, self.forge.number(), old.config)
        self._job(pipeline, job)
        return job

    def _on_main(self) -> dict[str, str]:
        return {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_SLUG": "main", "CI_COMMIT_REF_PROTECTED": "true"}

    def _run(
        self, source: str, sha: str, more: Mapping[str, str], inputs: Mapping[str, str], *, project: int = ID,
        request: int | None = None,
    ) -> GitLabPipeline:  # fmt: skip
        number = self.forge.number()
        variables = {
            "CI": "true", "GITLAB_CI": "true", "CI_API_V4_URL": f"{self.forge.url}/api/v4",
            "CI_SERVER_URL": self.forge.url, "CI_COMMIT_SHA": sha, "CI_DEFAULT_BRANCH": "main",
            "CI_PIPELINE_ID": str(number), "CI_PIPELINE_SOURCE": source, "CI_PROJECT_ID": str(project),
            "CI_PROJECT_PATH": PATH, "CI_PROJECT_URL": f"https://gitlab.example/{PATH}", "GITLAB_USER_LOGIN": "ana",
            **more,
        }  # fmt: skip
        found = gitlab_config.pipeline(lambda path: self.forge.read(sha, path), inputs)
        pipeline = GitLabPipeline(number, variables, {}, request)
        for name, config in sorted(found.items(), key=lambda one: gitlab_config.STAGES.index(one[1]["stage"])):
            when = gitlab_config.starts(config, variables)
            if when:
                pipeline.jobs[name] = GitLabJob(name, self.forge.number(), config, _first(when))
        head = f"refs/merge-requests/{request}/head" if request else "main"
        self.forge.pipelines[number] = {
            "id": number, "project_id": project, "sha": sha, "ref": head, "source": source, "request": request
        }  # fmt: skip
        self._go_on(pipeline)
        return pipeline

    # -------------------------------------------------------------------------------------------- jobs

    def _go_on(self, pipeline: GitLabPipeline) -> None:
        """Runs what can run, in its order."""
        for name, job in pipeline.jobs.items():
            if job.status != "created":
                continue
            before = self._before(pipeline, name)
            if any(one.status in ("failed", "skipped") for one in before):
                job.status = "skipped"
            elif all(one.status == "success" for one in before):
                if self.approvals.get(str(_environment(job)), 0):
                    job.status = "blocked"
                else:
                    self._job(pipeline, job)

    def _before(self, pipeline: GitLabPipeline, name: str) -> list[GitLabJob]:
        config = pipeline.jobs[name].config
        if "needs" in config:
            for one in config["needs"]:
                assert one["job"] in pipeline.jobs or one.get("optional"), f"{name} needs {one['job']}"
            return [pipeline.jobs[one["job"]] for one in config["needs"] if one["job"] in pipeline.jobs]
        stage = gitlab_config.STAGES.index(config["stage"])
        return [one for one in pipeline.jobs.values() if gitlab_config.STAGES.index(one.config["stage"]) < stage]

    def _job(self, pipeline: GitLabPipeline, job: GitLabJob) -> None:
        job.folder = self.folder / str(job.id)
        work, token = job.folder / "work", f"glcbt-{secrets.token_hex(10)}"
        for part in ("home", "temp"):
            (job.folder / part).mkdir(parents=True)
        self.forge.job_tokens.add(token)
        url = self.forge.url.replace("//", f"//gitlab-ci-token:{token}@")
        git(job.folder, "init", "--quiet", "work")
        git(work, "remote", "add", "origin", f"{url}/{PATH}.git")
        git(work, "fetch", "--quiet", "origin", pipeline.variables["CI_COMMIT_SHA"])
        git(work, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        job.given = self._given(pipeline, job) | {"CI_JOB_TOKEN": token, "CI_PROJECT_DIR": str(work)}
        try:
            self._script(job, work)
        finally:
            self.forge.job_tokens.discard(token)
        self._keep(pipeline, job, work)
        print(f"== {job.name}: {job.status}\n{job.log}")
        hidden = [*(one.value for found in self.variables.values() for one in found), token]
        assert not any(value in job.log for value in hidden), "a secret in the log"

    def _given(self, pipeline: GitLabPipeline, job: GitLabJob) -> dict[str, str]:
        """The predefined variables, the project's where they may be seen, and the job's own."""
        given = {**pipeline.variables, "CI_JOB_ID": str(job.id), "CI_JOB_NAME": job.name}
        given["CI_JOB_URL"] = f"https://gitlab.example/{PATH}/-/jobs/{job.id}"
        protected = given.get("CI_COMMIT_REF_PROTECTED") == "true"
        if given["CI_PROJECT_ID"] == str(ID):
            for name, found in self.variables.items():
                for one in found:
                    scoped = one.scope == "*" or fnmatch.fnmatch(str(_environment(job)), one.scope)
                    if scoped and (protected or not one.protected):
                        given[name] = one.value
        for name, raw in job.config.get("variables", {}).items():
            kept = isinstance(raw, dict) and raw.get("expand") is False
            text = raw["value"] if isinstance(raw, dict) else raw
            assert isinstance(text, str), f"{name} is a string"
            given[name] = text if kept else gitlab_config.expanded(text, given)
        return given

    def _script(self, job: GitLabJob, work: Path) -> None:
        lines = [*job.config.get("before_script", []), *job.config["script"]]
        path = job.folder / "script.sh"
        path.write_text("\n".join(lines), "utf-8")
        tools = tools_in(self.tools)
        image = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(job.folder / "home")}
        variables = {**image, "TMPDIR": str(job.folder / "temp"), **job.given}
        with subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(path)], cwd=work, env=variables,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        ) as process:  # fmt: skip
            if self.on_job:
                self.on_job(job.name, process)
            job.log, _ = process.communicate(timeout=120)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        job.status = "success" if process.returncode == 0 else "failed"

    def _keep(self, pipeline: GitLabPipeline, job: GitLabJob, work: Path) -> None:
        """What the job keeps; reports have to be what GitLab reads."""
        asked = job.config["artifacts"]
        assert asked["when"] == "always"
        for path in (work / one for one in asked["paths"]):
            for one in sorted(path.rglob("*")) if path.is_dir() else []:
                if one.is_file():
                    job.artifacts[one.relative_to(work).as_posix()] = one.read_bytes()
        for kind, name in asked["reports"].items():
            assert kind in ("dotenv", "terraform", "codequality"), kind
            assert name in job.artifacts or job.failed or kind == "terraform", f"no {name}"
        for line in job.artifacts.get("ads-report/outputs.env", b"").decode().splitlines():
            assert re.fullmatch(r"[A-Za-z_]\w*=\S+", line), line
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in job.artifacts.items():
                archive.writestr(name, data)
        kept = {"artifacts_file": {"filename": "artifacts.zip"}, "packed": packed.getvalue()} if job.artifacts else {}
        self.forge.jobs[job.id] = {"id": job.id, "name": job.name, "pipeline": pipeline.id, **kept}


def tools_in(folder: Path) -> Path:
    """The commands of the image: `python`, and `reconciler` from this checkout."""
    place = folder / "gitlab"
    if not place.exists():
        venv.create(place / "venv", with_pip=False)
        (place / "installed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{GUARD}\n", "utf-8")
        (site,) = (place / "venv").glob("lib/python*/site-packages")
        (site / "ours.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n{GUARD}\n", "utf-8")
        commands = {
            "python": _PIP.replace("{python}", sys.executable),
            "reconciler": f'#!/bin/sh\nexec {place}/venv/bin/python -I -m reconciler "$@"\n',
        }
        for name, text in commands.items():
            (place / name).write_text(text, "utf-8")
            (place / name).chmod(0o755)
    return place


def _first(when: str) -> str:
    assert when in ("on_success", "manual"), when
    return "manual" if when == "manual" else "created"


def _environment(job: GitLabJob) -> str | None:
    found = job.config.get("environment")
    if found is None:
        return None
    assert found.get("action", "start") in ("start", "access")
    return str(found["name"])
