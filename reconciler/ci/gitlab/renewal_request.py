"""The one merge request of an account about renewing, on GitLab: opened, updated in place, closed when nothing is due.

Its branch is pushed with the job's own token, and such a push starts no pipeline; so the pipeline that plans it is
asked for. Source: GitLab's REST API v4, merge requests, "Create merge request pipeline".
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.ci import renewal_words
from reconciler.ci.gitlab.client import GitLab
from reconciler.ci.gitlab.wording import told
from reconciler.workflow.bring_back import Brought


def keep(gitlab: GitLab, run_url: str, advertiser_id: str, brought: Brought, due: Sequence[str]) -> None:
    """Make the merge request say what is due, a line each; without any, close the one there is."""
    asked: dict[str, str | int] = {
        "source_branch": brought.branch,
        "target_branch": brought.base,
        "state": "opened",
    }
    there = next(gitlab.pages("merge_requests", asked), None)
    if brought.commit is None:
        if there is not None:
            gitlab.comment(int(there["iid"]), renewal_words.closed(run_url))
            gitlab.put(f"merge_requests/{there['iid']}", {"state_event": "close"})
        return
    said = {
        "title": renewal_words.title(advertiser_id, due),
        "description": told(renewal_words.body(run_url, advertiser_id, due)),
    }
    if there is None:
        branches = {"source_branch": brought.branch, "target_branch": brought.base, "remove_source_branch": True}
        there = gitlab.post("merge_requests", {**branches, **said})
    else:
        gitlab.put(f"merge_requests/{there['iid']}", said)
    pipelines = f"merge_requests/{there['iid']}/pipelines"
    if not any(one["sha"] == brought.commit for one in gitlab.pages(pipelines)):
        gitlab.post(pipelines, {})
