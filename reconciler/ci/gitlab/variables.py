"""What a GitLab job tells about itself in its variables, read once.

Source: GitLab's reference of predefined variables. In a pipeline of a merge request CI_COMMIT_SHA is the head of its
source branch, but for pipelines of merged results, where it is a merge that only GitLab has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from reconciler.api.secret import Secret
from reconciler.errors import Finding, Invalid

FOLDER = "ads-report"
"""In the checkout, since a job keeps nothing from elsewhere."""
_NEEDED = (
    "CI_API_V4_URL", "CI_COMMIT_SHA", "CI_DEFAULT_BRANCH", "CI_JOB_URL", "CI_PIPELINE_ID", "CI_PROJECT_DIR",
    "CI_PROJECT_ID", "CI_PROJECT_URL", "CI_SERVER_URL",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variables:
    """One job of one pipeline. Paths are absolute."""

    api_url: str
    server_url: str
    project_id: str
    project_url: str
    branch: str
    """The default branch."""
    sha: str
    head: str
    """The commit people look at: the merge request's own, else the one that is checked out."""
    base: str | None
    """The commit that a merge request is merged into, or its branch; None outside of one."""
    own_pull_request: int | None
    """The number of the merge request, where it comes from a branch of this project."""
    run_id: str
    run_url: str
    workflow_url: str
    """The form in which a person starts a pipeline."""
    checkout: Path
    temporary: Path
    token: Secret | None
    """For the API. A job's own token may write neither notes nor issues."""
    job_token: Secret | None
    """For git: it may read, and push where the project allows that."""
    gate: str

    @property
    def sources_url(self) -> str:
        """Where the files of that commit can be looked at."""
        return f"{self.project_url}/-/blob/{self.head}"

    @property
    def artifacts_url(self) -> str:
        """Where the files that the job keeps can be opened."""
        return f"{self.run_url}/artifacts/browse"


def variables(given: Mapping[str, str]) -> Variables:
    """Raises Invalid in what is no job of GitLab CI."""
    missing = [name for name in _NEEDED if not given.get(name)]
    if given.get("GITLAB_CI") != "true" or missing:
        what = f"{', '.join(missing)} not set" if missing else "GITLAB_CI is not true"
        hint = "leave --ci out, or run it in a job of GitLab CI"
        raise Invalid(Finding("R820", f"this is not a job of GitLab CI: {what}", hint=hint))
    project, checkout = given["CI_PROJECT_ID"], Path(given["CI_PROJECT_DIR"]).resolve()
    number = given.get("CI_MERGE_REQUEST_IID")
    places = {given.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), given.get("CI_MERGE_REQUEST_PROJECT_ID")}
    base = given.get("RECONCILER_BASE") or given.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    return Variables(
        api_url=given["CI_API_V4_URL"].rstrip("/"),
        server_url=given["CI_SERVER_URL"].rstrip("/"),
        project_id=project,
        project_url=given["CI_PROJECT_URL"],
        branch=given["CI_DEFAULT_BRANCH"],
        sha=given["CI_COMMIT_SHA"],
        head=given.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or given["CI_COMMIT_SHA"],
        base=base if number else None,
        own_pull_request=int(number) if number and places == {project} else None,
        run_id=given["CI_PIPELINE_ID"],
        run_url=given["CI_JOB_URL"],
        workflow_url=f"{given['CI_PROJECT_URL']}/-/pipelines/new?ref={quote(given['CI_DEFAULT_BRANCH'], safe='')}",
        checkout=checkout,
        temporary=checkout / FOLDER,
        token=_secret(given, "GITLAB_TOKEN"),
        job_token=_secret(given, "CI_JOB_TOKEN"),
        gate=given.get("RECONCILER_GATE") or "environment",
    )


def _secret(given: Mapping[str, str], name: str) -> Secret | None:
    value = given.get(name, "").strip()
    return Secret(value) if value else None
