"""The one pull request of an account about renewing, on GitHub: opened, updated in place, closed when nothing is due.

A run whose report could not be read closes nothing: only what was read says that nothing is due.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.ci import renewal_words
from reconciler.ci.environment import Environment
from reconciler.ci.github import GitHub
from reconciler.workflow.bring_back import Brought


def keep(github: GitHub, place: Environment, advertiser_id: str, brought: Brought, due: Sequence[str]) -> None:
    """Make the pull request say what is due, a line each; without any, close the one there is."""
    owner = place.repository.partition("/")[0]
    asked = {"head": f"{owner}:{brought.branch}", "base": brought.base, "state": "open"}
    there = next(github.pages("pulls", query=asked), None)
    if brought.commit is None:
        if there is not None:
            github.post(f"issues/{there['number']}/comments", {"body": renewal_words.closed(place.run_url)})
            github.patch(f"pulls/{there['number']}", {"state": "closed"})
        return
    told = {
        "title": renewal_words.title(advertiser_id, due),
        "body": renewal_words.body(place.run_url, advertiser_id, due),
    }
    if there is None:
        github.post("pulls", {**told, "head": brought.branch, "base": brought.base})
    else:
        github.patch(f"pulls/{there['number']}", told)
