"""The one pull request of an account about renewing: opened, updated in place, closed when nothing is due.

A run whose report could not be read closes nothing: only what was read says that nothing is due.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.ci import marker
from reconciler.ci.environment import Environment
from reconciler.ci.github import GitHub
from reconciler.workflow.bring_back import Brought

_LIMIT = 58_000


def keep(github: GitHub, place: Environment, advertiser_id: str, brought: Brought, due: Sequence[str]) -> None:
    """Make the pull request say what is due, a line each; without any, close the one there is."""
    owner = place.repository.partition("/")[0]
    asked = {"head": f"{owner}:{brought.branch}", "base": brought.base, "state": "open"}
    there = next(github.pages("pulls", query=asked), None)
    if brought.commit is None:
        if there is not None:
            said = f"Nothing is due any more, says [this run]({place.run_url})."
            github.post(f"issues/{there['number']}/comments", {"body": said})
            github.patch(f"pulls/{there['number']}", {"state": "closed"})
        return
    title = f"Renew: {len(due)} of account {advertiser_id} due for new variants"
    told = {"title": title, "body": _body(place, advertiser_id, due)}
    if there is None:
        github.post("pulls", {**told, "head": brought.branch, "base": brought.base})
    else:
        github.patch(f"pulls/{there['number']}", told)


def _body(place: Environment, advertiser_id: str, due: Sequence[str]) -> str:
    fence = "```"
    shown = "\n".join(due).replace(fence, "'''")[:_LIMIT]
    return (
        f"{marker.line('renew', advertiser_id)}\n"
        f"Read by [this run]({place.run_url}); kept up to date, and closed when nothing is due.\n\n"
        f"{fence}text\n{shown}\n{fence}\n\n"
        "**What to do:** look at the figures in the files, and at the plan of this pull request. Merging says yes to "
        "the step; each variant is approved for itself where its refresh asks for it. Closing says no until the next "
        "run; to say no for good, change `spec.renew`.\n"
    )
