"""The one issue of an account about variants that wait for a decision: for runs that belong to no pull request.

Opened, updated in place, closed when nothing waits, opened again; people answer with comments in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.ci import marker
from reconciler.ci.environment import Environment
from reconciler.ci.github import GitHub
from reconciler.ci.question import Question, placed

LABEL = "reconciler-variants"
"""By it the issue is found without reading all of them."""
_LIMIT = 60_000


def keep(github: GitHub, place: Environment, advertiser_id: str, asked: Question, *, opens: bool) -> None:
    """Make the issue say what waits. `opens`: whether one is opened where none is open."""
    login = github.login()
    listed = github.pages("issues", query={"labels": LABEL, "state": "all"})
    mine = [one for one in listed if marker.ours(one, login, "variants", advertiser_id)]
    open_ = next((one for one in mine if one["state"] == "open"), None)
    if not asked.is_open:
        if open_:
            github.patch(f"issues/{open_['number']}", {"state": "closed", "state_reason": "completed"})
        return
    last = open_ or next(iter(mine), None)
    if open_ is None and not opens:
        return
    title = f"Variants wait for a decision: account {advertiser_id}"
    status = f"Made for account {advertiser_id}. This text is kept up to date, and the issue is closed when none waits."
    text = f"{marker.line('variants', advertiser_id)}\n{status}\n"
    body = placed(text, str(last["body"]) if last else "", asked, _LIMIT)
    if last:
        github.patch(f"issues/{last['number']}", {"title": title, "body": body, "state": "open"})
    else:
        github.post("issues", {"title": title, "body": body, "labels": [LABEL]})


def galleries(github: GitHub, place: Environment) -> Iterator[str]:
    """Where the newest gallery can be downloaded, if there is one: an artifact of a run on the default branch of this
    repository. One of a pull request or a fork may have the same name."""
    branch = (place.event.get("repository") or {}).get("default_branch")
    for one in github.pages("actions/artifacts", "artifacts", {"name": "gallery"}):
        run = one["workflow_run"]
        here = run["head_repository_id"] == run["repository_id"]
        if here and run["head_branch"] == branch and not one["expired"]:
            yield f"{place.repository_url}/actions/runs/{run['id']}/artifacts/{one['id']}"
            return
