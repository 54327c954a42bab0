"""The client of GitLab's API against the fake one, and what a job reads of its variables."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from reconciler.ci.comment import Comment
from reconciler.ci.gitlab.client import GitLab
from reconciler.ci.gitlab.on_gitlab import OnGitLab
from reconciler.ci.gitlab.variables import Variables, variables
from reconciler.ci.gitlab.wording import told
from reconciler.ci.service import Merged
from reconciler.errors import ApiError, Credentials, Invalid, Refused
from tests.gitops.gitlab_forge import FORK, ID, GitLabForge

PIPELINE = {
    "GITLAB_CI": "true", "CI_COMMIT_SHA": "a" * 40, "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_ID": "7",
    "CI_JOB_URL": "https://gitlab.example/acme/ads/-/jobs/8", "CI_PROJECT_ID": str(ID),
    "CI_PROJECT_URL": "https://gitlab.example/acme/ads", "CI_SERVER_URL": "https://gitlab.example",
    "CI_JOB_TOKEN": "glcbt-0123456789abcdef",
}  # fmt: skip


def place(forge: GitLabForge, folder: Path, **more: str) -> Variables:
    """A job of the forge's project."""
    told = {"CI_API_V4_URL": f"{forge.url}/api/v4", "CI_PROJECT_DIR": str(folder), "GITLAB_TOKEN": forge.token()}
    return variables(PIPELINE | told | more)


def calls(forge: GitLabForge, method: str) -> int:
    """How many calls of a method came, without the question who we are."""
    return sum(verb == method and path != "/api/v4/user" for verb, path in forge.calls)


def test_every_page_is_read(gitlab: GitLabForge, tmp_path: Path) -> None:
    """Our note is found behind many others, and updated in place; one that says the same is not ours."""
    gitlab.commit({"README.md": "Hello."})
    gitlab.commit({"README.md": "Hello, you."}, branch="edit")
    iid, job = gitlab.open("edit"), place(gitlab, tmp_path)
    for number in range(7):
        gitlab.say("merge_requests", iid, f"note {number}", "somebody")
    Comment(GitLab(job), job, iid, ".").show("planning")
    gitlab.say("merge_requests", iid, gitlab.note_of(iid), "mallory")
    Comment(GitLab(job), job, iid, ".").show("planned", "the plan")
    assert "the plan" in gitlab.note_of(iid)
    assert "the plan" not in gitlab.note_of(iid, "mallory")


def test_a_read_is_repeated_and_a_write_never(gitlab: GitLabForge, tmp_path: Path) -> None:
    """Two failures of a read are survived, and a limit that says how long to wait; one failure of a write is told."""
    client = GitLab(place(gitlab, tmp_path))
    gitlab.broken, gitlab.broken_times = re.compile("^GET"), 2
    assert list(client.issues("x")) == []
    assert calls(gitlab, "GET") == 3
    gitlab.broken_times, gitlab.broken_with = 1, (429, {"Retry-After": "0"})
    assert list(client.issues("x")) == []
    gitlab.broken, gitlab.broken_times, gitlab.broken_with = re.compile("^POST"), 1, (502, {})
    with pytest.raises(ApiError, match="HTTP 502"):
        client.open_issue("x", "y", "z")
    assert (calls(gitlab, "POST"), gitlab.issues) == (1, {})


def test_a_refusal_says_which_token(gitlab: GitLabForge, tmp_path: Path) -> None:
    """No token, one that GitLab does not know, one without the role; it stands nowhere."""
    with pytest.raises(Credentials) as missing:
        GitLab(place(gitlab, tmp_path, GITLAB_TOKEN="")).login()
    assert "a job's own token may write no note" in str(missing.value.findings[0].hint)
    with pytest.raises(Credentials, match="401"):
        GitLab(place(gitlab, tmp_path, GITLAB_TOKEN=PIPELINE["CI_JOB_TOKEN"])).login()
    weak = place(gitlab, tmp_path, GITLAB_TOKEN=gitlab.token(10))
    with pytest.raises(Credentials, match="403") as error:
        GitLab(weak).open_issue("x", "y", "z")
    assert weak.token
    assert weak.token.reveal() not in repr(error.value.findings)


def packed(name: str, data: bytes = b"{}") -> bytes:
    """Artifacts of a job."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        archive.writestr("ads-report/summary.md", b"")
        archive.writestr(f"ads-report/reconciler-x/{name}", data)
    return found.getvalue()


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, b"{}"),
        ({"sha": "b" * 40}, None),
        ({"ref": "main"}, None),
        ({"project_id": FORK}, None),
        ({"ref": "refs/merge-requests/1/merge", "sha": "c" * 40}, b"{}"),
    ],
)
def test_a_plan_of_another_pipeline_does_not_count(
    gitlab: GitLabForge, tmp_path: Path, changed: dict[str, object], found: bytes | None
) -> None:
    """Of another commit, of a branch, of another project; of merged results it does."""
    gitlab.commit({"README.md": "Hello."})
    gitlab.commit({"README.md": "Hello, you."}, branch="edit")
    iid = gitlab.open("edit")
    head = gitlab.sha("edit")
    ref = f"refs/merge-requests/{iid}/head"
    gitlab.pipelines[1] = {"id": 1, "project_id": ID, "sha": head, "ref": ref, "request": iid, **changed}
    name = f"plan-7-{head}.json"
    gitlab.jobs[2] = {
        "id": 2,
        "name": "other",
        "pipeline": 1,
        "artifacts_file": {"filename": "artifacts.zip"},
        "packed": packed("other.json"),
    }
    gitlab.jobs[3] = {
        "id": 3,
        "name": "ads plan",
        "pipeline": 1,
        "artifacts_file": {"filename": "artifacts.zip"},
        "packed": packed(name),
    }
    job = OnGitLab(place(gitlab, tmp_path))
    assert job.reviewed("7", Merged(iid, head, "base")) == found
    gitlab.requests[iid]["source_project_id"] = FORK
    assert job.reviewed("7", Merged(iid, head, "base")) is None


def test_a_damaged_artifact_is_refused(gitlab: GitLabForge, tmp_path: Path) -> None:
    """It is not taken for one that is not there."""
    gitlab.commit({"README.md": "Hello."})
    gitlab.commit({"README.md": "Hello, you."}, branch="edit")
    iid, head = gitlab.open("edit"), gitlab.sha("edit")
    ref = f"refs/merge-requests/{iid}/head"
    gitlab.pipelines[1] = {"id": 1, "project_id": ID, "sha": head, "ref": ref, "request": iid}
    gitlab.jobs[3] = {
        "id": 3,
        "name": "ads plan",
        "pipeline": 1,
        "artifacts_file": {"filename": "artifacts.zip"},
        "packed": b"PK damaged",
    }
    with pytest.raises(Refused, match="cannot be read"):
        OnGitLab(place(gitlab, tmp_path)).reviewed("7", Merged(iid, head, "base"))


def test_a_merge_to_another_branch_is_none_of_ours(gitlab: GitLabForge, tmp_path: Path) -> None:
    """A commit that came to main some other way may be the head of a merge request that was merged elsewhere."""
    gitlab.commit({"README.md": "Hello."})
    gitlab.commit({"README.md": "Hello, you."}, branch="edit")
    iid = gitlab.open("edit")
    sha = gitlab.merge(iid, "fast-forward")
    found = OnGitLab(place(gitlab, tmp_path, CI_COMMIT_SHA=sha)).merged()
    assert found == Merged(iid, sha, gitlab.requests[iid]["diff_refs"]["start_sha"])
    gitlab.requests[iid]["diff_refs"] = None
    with pytest.raises(ApiError, match="does not tell yet"):
        OnGitLab(place(gitlab, tmp_path, CI_COMMIT_SHA=sha)).merged()
    gitlab.requests[iid]["target_branch"] = "staging"
    assert OnGitLab(place(gitlab, tmp_path, CI_COMMIT_SHA=sha)).merged() is None


def test_what_is_said_for_gitlab() -> None:
    """Its own word, no line that it would do; the marker and what stands in code stay."""
    assert told("A pull request.") == "A merge request."
    assert told("- `a pull request` of a pull request") == "- `a pull request` of a merge request"
    assert told("```\n/close\npull request\n```\n/close") == "```\n/close\npull request\n```\n\\/close"
    assert told("> /merge\n- /close\nand/or") == "> \\/merge\n- \\/close\nand/or"
    head = '<!-- reconciler {"scope": "pull request"} -->'
    assert told(f"{head}\npull request") == f"{head}\nmerge request"


def test_what_is_no_job_of_gitlab_is_refused(tmp_path: Path) -> None:
    """And what is missing is named."""
    with pytest.raises(Invalid, match="CI_PROJECT_DIR not set"):
        variables({**PIPELINE, "CI_API_V4_URL": "https://gitlab.example/api/v4"})
    with pytest.raises(Invalid, match="GITLAB_CI is not true"):
        variables({**PIPELINE, "CI_API_V4_URL": "x", "CI_PROJECT_DIR": str(tmp_path), "GITLAB_CI": ""})


def test_git_shows_the_job_token_to_gitlab_alone(gitlab: GitLabForge, tmp_path: Path) -> None:
    """Not the token for the API, and after the headers that a checkout may have left."""
    found = OnGitLab(place(gitlab, tmp_path)).for_git({})
    assert {found["GIT_CONFIG_KEY_0"], found["GIT_CONFIG_KEY_1"]} == {"http.https://gitlab.example/.extraheader"}
    assert found["GIT_CONFIG_VALUE_0"] == ""
    assert found["GIT_CONFIG_VALUE_1"].startswith("AUTHORIZATION: basic ")


def test_the_head_of_merged_results_is_the_one_that_people_see(gitlab: GitLabForge, tmp_path: Path) -> None:
    """A fork's merge request is not its own, wherever its pipeline runs."""
    more = {
        "CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "d" * 40, "CI_MERGE_REQUEST_PROJECT_ID": str(ID),
    }  # fmt: skip
    mine = place(gitlab, tmp_path, **more, CI_MERGE_REQUEST_SOURCE_PROJECT_ID=str(ID))
    assert (mine.head, mine.base, mine.own_pull_request) == ("d" * 40, "main", 3)
    theirs = place(gitlab, tmp_path, **more, CI_MERGE_REQUEST_SOURCE_PROJECT_ID=str(FORK))
    assert theirs.own_pull_request is None
