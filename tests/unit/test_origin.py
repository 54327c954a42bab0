"""Who runs a command: what the environment of a pipeline tells, and nothing that it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.api.secret import Secret
from reconciler.workflow.origin import login, origin
from reconciler.world import SystemWorld

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ana",
    "GITHUB_SHA": "3fa9c1d2e0b7" + "0" * 28,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/ads",
    "GITHUB_RUN_ID": "77",
}


def asked(tmp_path: Path, event: object, **more: str) -> str | None:
    """The pull request of a workflow that this event started."""
    file = tmp_path / "event.json"
    file.write_text(event if isinstance(event, str) else json.dumps(event), "utf-8")
    found: str | None = origin({**GITHUB, "GITHUB_EVENT_PATH": str(file), **more}, SystemWorld(), None)["pull_request"]
    return found


def test_on_a_machine_of_ones_own_it_is_the_login() -> None:
    """No commit, no run: nothing is guessed, and variables that happen to be set mean nothing."""
    found = origin({"GITHUB_SHA": "x", "CI_COMMIT_SHA": "y"}, SystemWorld(), None)
    assert found["actor"] == login()
    assert [found[name] for name in ("commit", "branch", "pull_request", "run_url")] == [None] * 4
    assert found["host"]
    assert found["pid"]


def test_github_tells_actor_commit_branch_and_run() -> None:
    """As its documentation names them."""
    found = origin(GITHUB, SystemWorld(), None)
    assert (found["actor"], found["commit"][:12], found["branch"]) == ("ana", "3fa9c1d2e0b7", "main")
    assert found["run_url"] == "https://github.com/acme/ads/actions/runs/77"


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ({"pull_request": {"number": 12}}, "12"),
        ({"head_commit": {"message": "Merge pull request #13 from acme/raise\n\nRaise"}}, "13"),
        ({"head_commit": {"message": "Raise spring (#14)\n\n* more (#15)"}}, "14"),
        ({"head_commit": {"message": "Raise spring\n\n(#14)"}}, None),
        ({"head_commit": {"message": 5}}, None),
        ({"pull_request": {"number": "12"}}, None),
        ({"pull_request": None, "head_commit": None}, None),
        ([], None),
        ("not JSON", None),
        ("[" * 100_000, None),
    ],
)
def test_the_pull_request_is_the_events_or_the_one_that_was_merged(
    tmp_path: Path, event: object, number: str | None
) -> None:
    """By GitHub's own titles of a merge and a squash; anything else is not a number."""
    assert asked(tmp_path, event) == number


def test_an_event_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    """A folder, or no file."""
    for path in (tmp_path, tmp_path / "none"):
        found = origin({**GITHUB, "GITHUB_EVENT_PATH": str(path)}, SystemWorld(), None)
        assert found["pull_request"] is None


def test_a_pull_requests_branch_is_its_own() -> None:
    """Not the ref of the merge."""
    found = origin({**GITHUB, "GITHUB_REF": "refs/pull/7/merge", "GITHUB_HEAD_REF": "raise"}, SystemWorld(), None)
    assert found["branch"] == "raise"


def test_gitlab_tells_the_same() -> None:
    """Under its own names."""
    told = {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "ana", "CI_COMMIT_SHA": "abc", "CI_COMMIT_REF_NAME": "main",
            "CI_MERGE_REQUEST_IID": "3", "CI_JOB_URL": "https://gitlab.example.com/-/jobs/1"}  # fmt: skip
    found = origin(told, SystemWorld(), None)
    assert (found["actor"], found["commit"], found["branch"], found["pull_request"]) == ("ana", "abc", "main", "3")
    assert found["run_url"] == "https://gitlab.example.com/-/jobs/1"
    said = "Merge branch 'x' into 'main'\n\nEdit\n\nSee merge request acme/media/ads!12\n"
    merged = {**told, "CI_MERGE_REQUEST_IID": "", "CI_COMMIT_MESSAGE": said}
    assert origin(merged, SystemWorld(), None)["pull_request"] == "12"


def test_the_token_is_in_none_of_it_and_nothing_is_endless() -> None:
    """Whatever a pipeline puts into its variables."""
    found = origin({**GITHUB, "GITHUB_ACTOR": "x-value-of-a-token-y", "GITHUB_SHA": "a" * 10_000}, SystemWorld(),
                   Secret("value-of-a-token"))  # fmt: skip
    assert found["actor"] == "x-[access token]-y"
    assert len(found["commit"]) == 300
