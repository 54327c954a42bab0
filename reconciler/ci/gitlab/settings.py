"""`doctor --gitlab`: whether the project is set up as docs/gitlab.md says. GET only.

Source of paths, shapes and roles: GitLab's REST API v4 (projects, project-level variables, protected environments,
protected branches, pipeline schedules). What cannot be read is said to be not known, which is never well. Values of
variables are in an answer that is read here; none is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.api.secret import Secret
from reconciler.ci.gitlab.client import GitLab
from reconciler.ci.settings import Setting
from reconciler.errors import ReconcilerError

_ACCESS, _NOTES = "TIKTOK_ACCESS_TOKEN", "GITLAB_TOKEN"
_HOW = "see docs/gitlab.md, Setting it up"
_MAINTAINER = "give a token with the scope read_api and the role Maintainer"
_NOT_THERE = "GitLab answered HTTP 404"


@dataclass(frozen=True, slots=True)
class ProjectApi:
    """Where the API of one project is. `project_id`: its number, or its path as it stands in a URL."""

    api_url: str
    project_id: str
    token: Secret | None


def endpoint(given: Mapping[str, str], remote: tuple[str, str] | None) -> ProjectApi | Setting:
    """From the environment and the remote (host, path); a line that says why there is none.

    The token goes to gitlab.com, or where CI_API_V4_URL says; never to a host that only a remote names.
    """
    token = given.get(_NOTES, "").strip()
    project = given.get("CI_PROJECT_ID") or (quote(remote[1], safe="") if remote else None)
    url = given.get("CI_API_V4_URL") or ("https://gitlab.com/api/v4" if remote and remote[0] == "gitlab.com" else None)
    if not token:
        return _unknown("GitLab", "there is no token", "set GITLAB_TOKEN: one that may read the project's settings")
    if not project or not url:
        return _unknown("GitLab", "no remote origin on gitlab.com", "set CI_API_V4_URL for another server")
    return ProjectApi(url.rstrip("/"), project, Secret(token))


def checks(where: ProjectApi, *, by_dispatch: bool) -> Iterator[Setting]:
    """`by_dispatch`: a person starts each apply, so no approval has to be required."""
    asked = _Asked(GitLab(where))
    project = asked.one("")
    if not isinstance(project, dict):
        yield _unknown("project", asked.why, "give a token that can read the project")
        return
    branch = str(project["default_branch"])
    said = f"{project['path_with_namespace']}, {project['visibility']}, default branch {branch}"
    yield Setting("project", "ok", said)
    yield from _of_project(project)
    yield from _variables(asked)
    for name in ("ads-production", "ads-advance"):
        yield from _approvals(asked, name, by_dispatch=by_dispatch)
    yield _default_branch(asked, branch)
    yield _state_branch(asked)
    yield _schedules(asked)


class _Asked:
    """Keeps why the last question was not answered."""

    def __init__(self, gitlab: GitLab) -> None:
        self._gitlab, self.why = gitlab, ""

    def one(self, path: str) -> Any:
        """The answer; None for none."""
        try:
            found = self._gitlab.seen(path)
        except ReconcilerError as error:
            self.why = str(error.findings[0].message)
            return None
        self.why = _NOT_THERE
        return found

    def many(self, path: str) -> list[Any] | None:
        """Every page; None for none."""
        try:
            return list(self._gitlab.pages(path))
        except ReconcilerError as error:
            self.why = str(error.findings[0].message)
            return None


def _unknown(name: str, why: str, hint: str) -> Setting:
    return Setting(name, "warning", f"not known: {why}", hint)


def _of_project(project: Mapping[str, Any]) -> Iterator[Setting]:
    """What is told by the project itself; what it does not tell needs another role."""
    push = project.get("ci_push_repository_for_job_token_allowed")
    if push is None:
        yield _unknown("job token", "GitLab does not tell whether it may push", _MAINTAINER)
    elif push:
        yield Setting("job token", "ok", "may push, so that an apply keeps its state")
    else:
        text = "may not push: no apply can keep its state"
        yield Setting("job token", "failed", text, "CI/CD, Job token permissions: allow Git push requests")
    if project.get("only_allow_merge_if_pipeline_succeeds"):
        yield Setting("merges", "ok", "only what was planned well can be merged")
    else:
        text = "a merge request can be merged although its plan failed"
        yield Setting("merges", "warning", text, "Merge requests, Merge checks: pipelines must succeed")
    if project.get("ci_allow_fork_pipelines_to_run_in_parent_project", True):
        text = "a member can start a fork's own pipeline here, with every variable that is not protected"
        hint = "set ci_allow_fork_pipelines_to_run_in_parent_project to false, by the projects API"
        yield Setting("forks", "warning", text, hint)
    else:
        yield Setting("forks", "ok", "their pipelines run in the fork only")


def _variables(asked: _Asked) -> Iterator[Setting]:
    found = asked.many("variables")
    if found is None:
        yield _unknown("variables", asked.why, _MAINTAINER)
        return
    tokens = [one for one in found if one["key"] == _ACCESS]
    for name in ("ads-plan", "ads-production", "ads-advance"):
        yield _access_token(name, [one for one in tokens if one["environment_scope"] in (name, "*")])
    notes = [one for one in found if one["key"] == _NOTES]
    if not notes:
        yield Setting(_NOTES, "failed", "there is none: no plan can be shown", f"set it: {_HOW}")
    elif notes[0]["protected"]:
        yield Setting(_NOTES, "failed", "is protected: merge requests do not have it", "clear Protect variable")
    else:
        yield _masked(_NOTES, notes[0], "is set")


def _access_token(name: str, found: Sequence[Mapping[str, Any]]) -> Setting:
    line, reads = f"{name} token", name == "ads-plan"
    if not found:
        return Setting(line, "failed", f"there is no {_ACCESS} with the scope {name}", f"set it: {_HOW}")
    one = found[0]
    if one["environment_scope"] == "*":
        return Setting(line, "failed", f"{_ACCESS} is for every job", f"one for each environment: {_HOW}")
    if reads and one["protected"]:
        return Setting(line, "failed", "is protected: merge requests do not have it", "clear Protect variable")
    if not reads and not one["protected"]:
        return Setting(line, "failed", "is not protected: every branch can use it", "select Protect variable")
    return _masked(line, one, "is set" if reads else "for protected branches only")


def _masked(line: str, one: Mapping[str, Any], well: str) -> Setting:
    if not one["masked"]:
        return Setting(line, "warning", "is not masked in the log of a job", "select Masked")
    return Setting(line, "ok", well)


def _approvals(asked: _Asked, name: str, *, by_dispatch: bool) -> Iterator[Setting]:
    found = asked.one(f"protected_environments/{name}")
    if found is None and asked.why != _NOT_THERE:
        yield _unknown(name, asked.why, _MAINTAINER)
        return
    rules = (found or {}).get("approval_rules") or []
    count = sum(int(one["required_approvals"]) for one in rules) or int((found or {}).get("required_approval_count", 0))
    if name == "ads-advance":
        if count:
            text = "approvals are required: each advance waits for them"
            yield Setting(name, "failed", text, "take them out: what goes on there was approved already")
    elif count:
        yield Setting(name, "ok", f"{count} approval{'s' if count != 1 else ''} before an apply")
    elif by_dispatch:
        yield Setting(name, "ok", "somebody starts each apply")
    else:
        hint = "protect it and require approvals (Premium); else `gate: dispatch` in .gitlab-ci.yml"
        yield Setting(name, "failed", "no approvals are required: a merge applies at once", hint)


def _default_branch(asked: _Asked, branch: str) -> Setting:
    name, hint = f"protection of {branch}", "Repository, Protected branches: no one may push, merging by maintainers"
    found = asked.one(f"protected_branches/{quote(branch, safe='')}")
    if found is None:
        if asked.why != _NOT_THERE:
            return _unknown(name, asked.why, _MAINTAINER)
        if (asked.one(f"repository/branches/{quote(branch, safe='')}") or {}).get("protected"):
            return _unknown(name, "a rule for several branches protects it", hint)
        return Setting(name, "failed", "it is not protected: everybody can apply, and has the token that writes", hint)
    pushers = [one for one in found["push_access_levels"] if one.get("access_level") != 0]
    if pushers:
        return Setting(name, "failed", "it can be pushed to without a merge request", hint)
    return Setting(name, "ok", "merge requests only")


def _state_branch(asked: _Asked) -> Setting:
    name, hint = "state branch", "protect it: no force push, and Developers and Maintainers may push"
    found = asked.one("protected_branches/reconciler-state")
    if found is None and asked.why != _NOT_THERE:
        return _unknown(name, asked.why, _MAINTAINER)
    if not found or found.get("allow_force_push"):
        return Setting(name, "warning", "nothing keeps reconciler-state from being deleted or rewritten", hint)
    return Setting(name, "ok", "cannot be deleted or rewritten")


def _schedules(asked: _Asked) -> Setting:
    """Inputs are told of a schedule itself, not by the list."""
    found = asked.many("pipeline_schedules")
    if found is None:
        return _unknown("schedules", asked.why, _MAINTAINER)
    runs = set()
    for one in (asked.one(f"pipeline_schedules/{each['id']}") for each in found if each["active"]):
        runs |= {str(each["value"]) for each in (one or {}).get("inputs", []) if each["name"] == "command"}
    missing = [command for command in ("advance", "drift") if command not in runs]
    if missing:
        text = f"none with `command` = {' or '.join(missing)}"
        return Setting("schedules", "warning", text, "Build, Pipeline schedules: advance every hour, drift every day")
    return Setting("schedules", "ok", "advance and drift")
