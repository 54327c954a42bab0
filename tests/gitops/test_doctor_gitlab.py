"""`doctor --gitlab`: what the project has, what it lacks, and what cannot be read, which is never well."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

from tests.gitops.forge import git
from tests.gitops.gitlab_forge import ID, MAINTAINER, PATH, REPORTER, GitLabForge
from tests.stories.workspace import Workspace

SECRET = "the-value-of-a-variable"


def variable(key: str, scope: str, *, protected: bool, masked: bool = True) -> dict[str, Any]:
    """As the API tells it, with its value."""
    return {"key": key, "value": SECRET, "environment_scope": scope, "protected": protected, "masked": masked}


def settings() -> dict[str, Any]:
    """Everything as the documentation asks for it."""
    tokens = [variable("TIKTOK_ACCESS_TOKEN", f"ads-{name}", protected=name != "plan")
              for name in ("plan", "production", "advance")]  # fmt: skip
    return {
        "": {
            "id": ID, "path_with_namespace": PATH, "visibility": "private", "default_branch": "main",
            "ci_push_repository_for_job_token_allowed": True, "only_allow_merge_if_pipeline_succeeds": True,
            "ci_allow_fork_pipelines_to_run_in_parent_project": False,
        },
        "variables": [*tokens, variable("GITLAB_TOKEN", "*", protected=False)],
        "protected_branches/main": {"push_access_levels": [{"access_level": 0}]},
        "protected_branches/reconciler-state": {"push_access_levels": [], "allow_force_push": False},
        "pipeline_schedules": [{"id": 1, "active": True}, {"id": 2, "active": True}, {"id": 3, "active": False}],
        "pipeline_schedules/1": {"inputs": [{"name": "command", "value": "advance"}]},
        "pipeline_schedules/2": {"inputs": [{"name": "command", "value": "drift"}]},
    }  # fmt: skip


def doctor(
    folder: Path, forge: GitLabForge, role: int, gate: str = "dispatch"
) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit code and lines by name, of a clone of the project."""
    work = Workspace(folder, "http://127.0.0.1:9")
    git(work.root, "init", "--quiet")
    git(work.root, "remote", "add", "origin", f"git@gitlab.example:{PATH}.git")
    work.write(".gitlab-ci.yml", f"include:\n- local: /.gitlab/ads.yml\n  inputs:\n    gate: {gate}\n")
    variables = {"GITLAB_TOKEN": forge.token(role), "CI_API_V4_URL": f"{forge.url}/api/v4"}
    with mock.patch.dict(os.environ, variables):
        ended = work.run("doctor", "--gitlab", "--json")
    assert variables["GITLAB_TOKEN"] not in ended.text
    assert SECRET not in ended.text
    found = {one["name"]: (one["state"], one["message"]) for one in json.loads(ended.stdout)["checks"]}
    return ended.code, found


def test_a_project_that_is_set_up(tmp_path: Path, gitlab: GitLabForge) -> None:
    """Every line is well, and nothing but GET was sent; with protected environments, too."""
    gitlab.settings = settings()
    code, found = doctor(tmp_path / "work", gitlab, MAINTAINER)
    assert {name: one for name, one in found.items() if one[0] != "ok"} == {}
    assert code == 0
    gitlab.settings["protected_environments/ads-production"] = {"approval_rules": [{"required_approvals": 2}]}
    _, found = doctor(tmp_path / "premium", gitlab, MAINTAINER, "environment")
    assert found["ads-production"] == ("ok", "2 approvals before an apply")
    assert {method for method, _ in gitlab.calls} == {"GET"}


def test_what_is_missing_fails_with_what_it_means(tmp_path: Path, gitlab: GitLabForge) -> None:
    """A token for every branch, one that merge requests lack, approvals where none may be, an open branch."""
    gitlab.settings = settings()
    gitlab.settings[""]["ci_push_repository_for_job_token_allowed"] = False
    gitlab.settings["variables"] = [
        variable("TIKTOK_ACCESS_TOKEN", "ads-plan", protected=True),
        variable("TIKTOK_ACCESS_TOKEN", "ads-production", protected=False),
    ]
    gitlab.settings["protected_environments/ads-advance"] = {"required_approval_count": 1}
    gitlab.settings["protected_branches/main"]["push_access_levels"] = [{"access_level": 30}]
    code, found = doctor(tmp_path / "work", gitlab, MAINTAINER, "environment")
    assert code == 1
    assert {name: message for name, (state, message) in found.items() if state == "failed"} == {
        "job token": "may not push: no apply can keep its state",
        "ads-plan token": "is protected: merge requests do not have it",
        "ads-production token": "is not protected: every branch can use it",
        "ads-advance token": "there is no TIKTOK_ACCESS_TOKEN with the scope ads-advance",
        "GITLAB_TOKEN": "there is none: no plan can be shown",
        "ads-production": "no approvals are required: a merge applies at once",
        "ads-advance": "approvals are required: each advance waits for them",
        "protection of main": "it can be pushed to without a merge request",
    }


def test_a_branch_that_no_rule_names(tmp_path: Path, gitlab: GitLabForge) -> None:
    """A rule with a wildcard protects it, of which GitLab does not tell here who may push; or none does."""
    gitlab.settings = settings() | {"repository/branches/main": {"protected": True}}
    del gitlab.settings["protected_branches/main"]
    _, found = doctor(tmp_path / "work", gitlab, MAINTAINER)
    assert found["protection of main"] == ("warning", "not known: a rule for several branches protects it")
    gitlab.settings["repository/branches/main"]["protected"] = False
    code, found = doctor(tmp_path / "open", gitlab, MAINTAINER)
    assert (code, found["protection of main"][0]) == (1, "failed")


def test_what_cannot_be_read_is_not_known(tmp_path: Path, gitlab: GitLabForge) -> None:
    """With a token that may only see the project."""
    gitlab.settings = settings()
    del gitlab.settings[""]["ci_push_repository_for_job_token_allowed"]
    _, found = doctor(tmp_path / "work", gitlab, REPORTER)
    unknown = {name for name, (_, message) in found.items() if message.startswith("not known: ")}
    assert unknown == {
        "job token", "variables", "ads-production", "ads-advance", "protection of main", "state branch", "schedules"
    }  # fmt: skip
    assert {found[name][0] for name in unknown} == {"warning"}


def test_the_token_goes_to_no_host_that_only_a_remote_names(tmp_path: Path, gitlab: GitLabForge) -> None:
    """A remote elsewhere, and no word about where its API is: nothing is asked."""
    work = Workspace(tmp_path / "work", "http://127.0.0.1:9")
    git(work.root, "init", "--quiet")
    git(work.root, "remote", "add", "origin", f"{gitlab.url}/{PATH}.git")
    with mock.patch.dict(os.environ, {"GITLAB_TOKEN": gitlab.token()}):
        ended = work.run("doctor", "--gitlab")
    assert "not known: no remote origin on gitlab.com" in ended.text
    assert gitlab.calls == []
