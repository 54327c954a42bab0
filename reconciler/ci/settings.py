"""`doctor --github`: whether the repository is set up as docs/gitops.md says. GET only.

Source of paths, shapes and permissions: GitHub's REST reference (environments, secrets, rules, branches, runners). What
cannot be read is said to be not known, which is never well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from reconciler.api.secret import Secret
from reconciler.ci.github import GitHub
from reconciler.errors import ReconcilerError

_SECRET = "TIKTOK_ACCESS_TOKEN"  # noqa: S105 - the name of one
_HOW = "see docs/gitops.md, Setting it up"
_SECRETS = "environments=read"
_NAMES = ("plan", "production", "advance")


class Setting(NamedTuple):
    """One line of the answer."""

    name: str
    state: Literal["ok", "warning", "failed"]
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the API of one repository is. `repository`: OWNER/NAME."""

    api_url: str
    repository: str
    token: Secret | None

    @property
    def graphql_url(self) -> str:
        """Not called here."""
        return f"{self.api_url}/graphql"


def endpoint(given: Mapping[str, str], remote: tuple[str, str] | None) -> Endpoint | Setting:
    """From the environment and the remote (host, OWNER/NAME); a line that says why there is none.

    The token goes to github.com, or where GITHUB_API_URL says; never to a host that only a remote names.
    """
    token = (given.get("GH_TOKEN") or given.get("GITHUB_TOKEN") or "").strip()
    repository = given.get("GITHUB_REPOSITORY") or (remote[1] if remote else None)
    url = given.get("GITHUB_API_URL") or ("https://api.github.com" if remote and remote[0] == "github.com" else None)
    if not token:
        return _unknown("GitHub", "there is no token", "set GH_TOKEN: one that may read the repository's settings")
    if not repository or not url:
        return _unknown("GitHub", "no remote origin on github.com", "set GITHUB_API_URL for another server")
    return Endpoint(url.rstrip("/"), repository, Secret(token))


def checks(where: Endpoint, *, by_dispatch: bool) -> Iterator[Setting]:
    """`by_dispatch`: a merge starts no apply, so no reviewer has to be asked."""
    look = _Look(GitHub(where))
    told = look.one("")
    if not isinstance(told, dict):
        yield _unknown("repository", look.why, "give a token that can read the repository")
        return
    kind, branch = str(told.get("visibility") or "private"), str(told["default_branch"])
    yield Setting("repository", "ok", f"{where.repository}, {kind}, default branch {branch}")
    for name in _NAMES:
        yield from _environment(look, f"ads-{name}", kind, branch, by_dispatch=by_dispatch)
    yield _protection(look, branch)
    yield _state_branch(look)
    yield _runners(look, where)


class _Look:
    """Asks; keeps why the last question was not answered, and whether it was because there is no such thing."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self.why, self.absent = "", False

    def one(self, path: str) -> Any:
        """The answer; None for none."""
        self.why, self.absent = "", False
        try:
            found = self._github.seen(path)
        except ReconcilerError as error:
            self.why = str(error.findings[0].message)
            return None
        self.absent, self.why = found is None, "GitHub answered HTTP 404"
        return found

    def many(self, path: str, key: str | None = None) -> list[Any] | None:
        """Every page; None for none."""
        try:
            return list(self._github.pages(path, key))
        except ReconcilerError as error:
            self.why = str(error.findings[0].message)
            return None


def _unknown(name: str, why: str, hint: str) -> Setting:
    return Setting(name, "warning", f"not known: {why}", hint)


def _environment(look: _Look, name: str, kind: str, branch: str, *, by_dispatch: bool) -> Iterator[Setting]:
    found = look.one(f"environments/{name}")
    if found is None and look.absent:
        yield Setting(name, "failed", "there is no such environment", f"make it: {_HOW}")
        return
    if found is None:
        yield _unknown(name, look.why, "give a token with the permission actions=read")
        return
    rules = [one for one in found.get("protection_rules", []) if one.get("type") == "required_reviewers"]
    reviewers = sum(len(one.get("reviewers", [])) for one in rules)
    if name == "ads-production" and not by_dispatch:
        yield _reviewers(name, reviewers, kind, own=any(not one.get("prevent_self_review") for one in rules))
    if name == "ads-advance" and reviewers:
        text = "reviewers are required: each advance waits for them, and applies wait for it"
        yield Setting(name, "failed", text, "take them out: what goes on there was approved already")
    if name != "ads-plan":
        yield _branches(look, name, found.get("deployment_branch_policy"), branch)
    yield _token_of(look, name)


def _reviewers(name: str, count: int, kind: str, *, own: bool) -> Setting:
    if not count:
        hint = "require reviewers"
        if kind != "public":
            hint += (
                "; without GitHub Enterprise a private repository cannot: `reconciler init --github --gate dispatch`"
            )
        return Setting(name, "failed", "no reviewers are required: a merge applies at once", hint)
    if own:
        return Setting(name, "warning", "who started an apply may approve it", "set `Prevent self-review`")
    return Setting(name, "ok", f"{count} reviewer{'s' if count != 1 else ''}, none of them for an own apply")


def _branches(look: _Look, name: str, policy: Any, branch: str) -> Setting:
    """Which branches reach the token that may write."""
    name, hint = f"{name} branches", f"deployment branches: {branch} only"
    if not policy:
        return Setting(name, "failed", "every branch can use its token", hint)
    if policy.get("protected_branches"):
        return Setting(name, "warning", "every protected branch can use its token", hint)
    found = look.many(f"environments/{name.removesuffix(' branches')}/deployment-branch-policies", "branch_policies")
    if found is None:
        return _unknown(name, look.why, "give a token with the permission actions=read")
    names = [str(one.get("name")) for one in found]
    if names != [branch]:
        return Setting(name, "failed", f"its token can be used by: {', '.join(names) or 'no branch'}", hint)
    return Setting(name, "ok", f"{branch} only")


def _token_of(look: _Look, name: str) -> Setting:
    found = look.many(f"environments/{name}/secrets", "secrets")
    if found is None:
        return _unknown(f"{name} secret", look.why, f"give a token with the permission {_SECRETS}")
    if not any(one.get("name") == _SECRET for one in found):
        return Setting(f"{name} secret", "failed", f"there is no {_SECRET}", f"set it: {_HOW}")
    return Setting(f"{name} secret", "ok", f"{_SECRET} is set")


def _protection(look: _Look, branch: str) -> Setting:
    name, hint = f"protection of {branch}", "pull requests only, and the check `ads / plan` required"
    rules = look.many(f"rules/branches/{branch}")
    kinds = {str(one.get("type")) for one in rules or ()}
    if {"pull_request", "required_status_checks"} <= kinds:
        return Setting(name, "ok", "pull requests and checks are required by rules")
    # The older kind of protection stands elsewhere, and takes another permission.
    classic = look.one(f"branches/{branch}/protection")
    if isinstance(classic, dict):
        kinds |= {"pull_request"} if classic.get("required_pull_request_reviews") else set()
        kinds |= {"required_status_checks"} if classic.get("required_status_checks") else set()
    elif rules is None or not look.absent:
        return _unknown(name, look.why, "give a token with the permission administration=read")
    missing = [word for key, word in (("pull_request", "pull requests"), ("required_status_checks", "checks"))
               if key not in kinds]  # fmt: skip
    if missing:
        return Setting(name, "failed", f"{' and '.join(missing)} are not required", hint)
    return Setting(name, "ok", "pull requests and checks are required")


def _state_branch(look: _Look) -> Setting:
    name = "state branch"
    rules = look.many("rules/branches/reconciler-state")
    if rules is None:
        return _unknown(name, look.why, "give a token that can read the repository")
    if {"deletion", "non_fast_forward"} <= {str(one.get("type")) for one in rules}:
        return Setting(name, "ok", "cannot be deleted or rewritten")
    text = "no rule keeps reconciler-state from being deleted or rewritten"
    return Setting(name, "warning", text, "a rule set for it: restrict deletions, block force pushes")


def _runners(look: _Look, where: Endpoint) -> Setting:
    """`$/` in `uses:` needs a runner of at least 2.336; GitHub's own are always newer. A server has no `$/`."""
    if where.api_url.endswith("/api/v3"):
        text = "on GitHub Enterprise Server only a fitted mirror of reconciler runs, on runners of 2.327.1 or newer"
        return _unknown("runner", text, "see docs/gitops.md, GitHub Enterprise Server")
    found = look.many("actions/runners", "runners")
    if found is None:
        return _unknown("runner", look.why, "give a token with the permission administration=read")
    if found:
        text = f"GitHub does not tell the versions of your {len(found)} runners"
        return _unknown("runner", text, "each has to be 2.336 or newer, or these jobs have to run on GitHub's own")
    return Setting("runner", "ok", "the repository has none of its own; GitHub's are new enough")
