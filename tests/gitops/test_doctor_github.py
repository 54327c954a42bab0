"""`doctor --github`: what the repository has, what it lacks, and what cannot be read, which is never well."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

from tests.gitops.forge import NAME, Forge, git
from tests.stories.workspace import Workspace

ALL = dict.fromkeys(("metadata", "actions", "environments", "administration"), "read")
ENVIRONMENTS = ("ads-plan", "ads-production", "ads-advance")


def settings() -> dict[str, Any]:
    """Everything as the documentation asks for it."""
    reviewed = {"type": "required_reviewers", "reviewers": [{"type": "Team"}], "prevent_self_review": True}
    found: dict[str, Any] = {"": {"visibility": "private", "default_branch": "main"}}
    for name in ENVIRONMENTS:
        rules = [reviewed] if name == "ads-production" else []
        policy = {"protected_branches": False, "custom_branch_policies": True}
        found[f"environments/{name}"] = {"protection_rules": rules, "deployment_branch_policy": policy}
        found[f"environments/{name}/deployment-branch-policies"] = {"branch_policies": [{"name": "main"}]}
        found[f"environments/{name}/secrets"] = {"secrets": [{"name": "TIKTOK_ACCESS_TOKEN"}]}
    found["rules/branches/main"] = [{"type": "pull_request"}, {"type": "required_status_checks"}]
    found["rules/branches/reconciler-state"] = [{"type": "deletion"}, {"type": "non_fast_forward"}]
    found["actions/runners"] = {"runners": []}
    return found


def doctor(
    folder: Path, forge: Forge, permissions: dict[str, str], api: str = ""
) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit code and lines by name, of a clone of the repository; `api`: where on the host its API begins."""
    work = Workspace(folder, "http://127.0.0.1:9")
    git(work.root, "init", "--quiet")
    variables = {"GH_TOKEN": forge.token(permissions), "GITHUB_API_URL": forge.url + api, "GITHUB_REPOSITORY": NAME}
    with mock.patch.dict(os.environ, variables):
        ended = work.run("doctor", "--github", "--json")
    assert variables["GH_TOKEN"] not in ended.text
    found = {one["name"]: (one["state"], one["message"]) for one in json.loads(ended.stdout)["checks"]}
    return ended.code, found


def test_a_repository_that_is_set_up(tmp_path: Path, forge: Forge) -> None:
    """Every line is well, and nothing but GET was sent."""
    forge.settings = settings()
    code, found = doctor(tmp_path / "work", forge, ALL)
    assert {name: one for name, one in found.items() if one[0] != "ok"} == {}
    assert code == 0
    assert {method for method, _ in forge.calls} == {"GET"}


def test_what_is_missing_fails_with_what_it_means(tmp_path: Path, forge: Forge) -> None:
    """No environment, no secret, no reviewers, any branch, reviewers that an advance would wait for, no protection."""
    forge.settings = settings()
    del forge.settings["environments/ads-plan"]
    production, advance = (forge.settings[f"environments/ads-{name}"] for name in ("production", "advance"))
    advance["protection_rules"], production["protection_rules"] = production["protection_rules"], []
    production["deployment_branch_policy"] = None
    forge.settings["environments/ads-advance/deployment-branch-policies"]["branch_policies"] = [{"name": "*"}]
    forge.settings["environments/ads-production/secrets"]["secrets"] = []
    forge.settings["rules/branches/main"] = []
    code, found = doctor(tmp_path / "work", forge, ALL)
    assert code == 1
    assert {name: message for name, (state, message) in found.items() if state == "failed"} == {
        "ads-plan": "there is no such environment",
        "ads-production": "no reviewers are required: a merge applies at once",
        "ads-production branches": "every branch can use its token",
        "ads-production secret": "there is no TIKTOK_ACCESS_TOKEN",
        "ads-advance": "reviewers are required: each advance waits for them, and applies wait for it",
        "ads-advance branches": "its token can be used by: *",
        "protection of main": "pull requests and checks are not required",
    }


def test_what_cannot_be_read_is_not_known(tmp_path: Path, forge: Forge) -> None:
    """With a token that may only see the repository; with own runners, whose versions GitHub does not tell."""
    forge.settings = settings() | {"rules/branches/main": []}
    _, found = doctor(tmp_path / "work", forge, {"metadata": "read"})
    known = {name for name, (_, message) in found.items() if not message.startswith("not known: ")}
    assert known == {"repository", "state branch"}
    assert found["protection of main"][0] == "warning"
    forge.settings["actions/runners"] = {"runners": [{"id": 1}]}
    _, found = doctor(tmp_path / "other", forge, ALL)
    assert found["runner"][0] == "warning"


def test_an_enterprise_server_is_no_failure(tmp_path: Path, forge: Forge) -> None:
    """It is looked at as any other; that only a fitted mirror runs there is said, and cannot be seen from here."""
    forge.settings = settings()
    code, found = doctor(tmp_path / "work", forge, ALL, "/api/v3")
    assert {name for name, (state, _) in found.items() if state != "ok"} == {"runner"}
    assert found["runner"] == (
        "warning",
        "not known: on GitHub Enterprise Server only a fitted mirror of reconciler runs, on runners of 2.327.1 or "
        "newer",
    )
    assert code == 0


def test_the_token_goes_to_no_host_that_only_a_remote_names(tmp_path: Path, forge: Forge) -> None:
    """A remote elsewhere, and no word about where its API is: nothing is asked."""
    work = Workspace(tmp_path / "work", "http://127.0.0.1:9")
    git(work.root, "init", "--quiet")
    git(work.root, "remote", "add", "origin", f"{forge.url}/{NAME}.git")
    with mock.patch.dict(os.environ, {"GH_TOKEN": forge.token(ALL)}):
        ended = work.run("doctor", "--github")
    assert "not known: no remote origin on github.com" in ended.text
    assert forge.calls == []
