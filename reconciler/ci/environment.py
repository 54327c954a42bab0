"""What a GitHub job tells about itself in its environment, read once, and how its token reaches GitHub's git."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.api.secret import Secret
from reconciler.errors import Finding, Invalid

_NEEDED = (
    "GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_OUTPUT",
    "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_SHA", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE",
    "RUNNER_TEMP",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Environment:
    """One job of one run. Paths are absolute."""

    api_url: str
    graphql_url: str
    server_url: str
    repository: str
    """`owner/name`."""
    sha: str
    """The commit that is checked out; for a pull request the merge of its head into its base."""
    event_name: str
    event: Mapping[str, Any]
    run_id: str
    run_url: str
    workflow_url: str
    """The page of the workflow that runs, from which a person can start it."""
    checkout: Path
    output: Path
    summary: Path
    temporary: Path
    token: Secret | None
    gate: str = "environment"
    """What stands between a merge and the account: the reviewers of an environment, or a person's `dispatch`."""
    commit_token: Secret | None = None
    """Instead of the job's own: for commits that shall start workflows."""

    @property
    def repository_url(self) -> str:
        """Its page."""
        return f"{self.server_url}/{self.repository}"

    @property
    def pull_request(self) -> Mapping[str, Any] | None:
        """The pull request that started the job, as the event tells it."""
        found = self.event.get("pull_request")
        return found if isinstance(found, dict) else None

    @property
    def own_pull_request(self) -> int | None:
        """Its number, where it comes from a branch of this repository: a fork's job may not comment."""
        pull = self.pull_request
        if not pull or (pull["head"].get("repo") or {}).get("full_name") != self.repository:
            return None
        return int(pull["number"])

    @property
    def sources_url(self) -> str:
        """Where the files of that commit can be looked at."""
        return f"{self.repository_url}/blob/{self.head}"

    @property
    def artifacts_url(self) -> str:
        """Where the files that the job keeps can be opened."""
        return f"{self.run_url}#artifacts"

    @property
    def base(self) -> str | None:
        """The commit that the pull request starts from."""
        return str(self.pull_request["base"]["sha"]) if self.pull_request else None

    @property
    def head(self) -> str:
        """The commit people look at: the pull request's own, else the one that is checked out."""
        return str(self.pull_request["head"]["sha"]) if self.pull_request else self.sha


def for_git(place: Environment, given: Mapping[str, str]) -> dict[str, str]:
    """Settings through which git shows the job's token to GitHub and to nobody else.

    A checkout that keeps no credentials leaves git without any. One that keeps them would send its header beside ours,
    which GitHub refuses, so the list of headers is emptied first.
    """
    return header(place.server_url, "x-access-token", place.token, given)


def header(server_url: str, login: str, token: Secret | None, given: Mapping[str, str]) -> dict[str, str]:
    """The same for any server: beside the settings that are there, and for its address alone."""
    if token is None:
        return {}
    number, key = int(given.get("GIT_CONFIG_COUNT") or 0), f"http.{server_url}/.extraheader"
    shown = base64.b64encode(f"{login}:{token.reveal()}".encode()).decode()
    settings = {"GIT_CONFIG_COUNT": str(number + 2)}
    for offset, value in enumerate(("", f"AUTHORIZATION: basic {shown}")):
        settings |= {f"GIT_CONFIG_KEY_{number + offset}": key, f"GIT_CONFIG_VALUE_{number + offset}": value}
    return settings


def environment(given: Mapping[str, str]) -> Environment:
    """Raises Invalid outside a job."""
    missing = [name for name in _NEEDED if not given.get(name)]
    if given.get("GITHUB_ACTIONS") != "true" or missing:
        what = f"{', '.join(missing)} not set" if missing else "GITHUB_ACTIONS is not true"
        hint = "leave --ci out, or run it in a job of GitHub Actions"
        raise Invalid(Finding("R820", f"this is not a job of GitHub Actions: {what}", hint=hint))
    token, commit_token = (given.get(name, "").strip() for name in ("GITHUB_TOKEN", "RECONCILER_COMMIT_TOKEN"))
    run_id, server = given["GITHUB_RUN_ID"], given["GITHUB_SERVER_URL"]
    return Environment(
        api_url=given["GITHUB_API_URL"].rstrip("/"),
        graphql_url=given["GITHUB_GRAPHQL_URL"],
        server_url=server,
        repository=given["GITHUB_REPOSITORY"],
        sha=given["GITHUB_SHA"],
        event_name=given["GITHUB_EVENT_NAME"],
        event=_event(Path(given["GITHUB_EVENT_PATH"])),
        run_id=run_id,
        run_url=f"{server}/{given['GITHUB_REPOSITORY']}/actions/runs/{run_id}",
        workflow_url=_workflow_url(given),
        checkout=Path(given["GITHUB_WORKSPACE"]).resolve(),
        output=Path(given["GITHUB_OUTPUT"]),
        summary=Path(given["GITHUB_STEP_SUMMARY"]),
        temporary=Path(given["RUNNER_TEMP"]),
        token=Secret(token) if token else None,
        gate=given.get("RECONCILER_GATE") or "environment",
        commit_token=Secret(commit_token) if commit_token else None,
    )


def _workflow_url(given: Mapping[str, str]) -> str:
    """GITHUB_WORKFLOW_REF is `OWNER/NAME/.github/workflows/FILE@REF`, of the caller in a reusable workflow."""
    file = given.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].rpartition("/")[2]
    actions = f"{given['GITHUB_SERVER_URL']}/{given['GITHUB_REPOSITORY']}/actions"
    return f"{actions}/workflows/{file}" if file else actions


def _event(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        hint = "GITHUB_EVENT_PATH names the file; it is written by the runner"
        raise Invalid(Finding("R820", "the job's event cannot be read", hint=hint)) from error
    return found if isinstance(found, dict) else {}
