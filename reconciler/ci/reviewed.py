"""The plan that people looked at: from the artifact of the pull request's plan run, never from the comment.

Whoever may write in the repository can edit a comment of ours. An artifact belongs to the run that made it; it counts
when that run was one for the pull request's own head, in this repository. What it says is compared, never carried out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from reconciler.ci.environment import Environment
from reconciler.ci.github import GitHub
from reconciler.ci.service import Merged
from reconciler.errors import Finding, Refused

_LIMIT = 32 * 1024 * 1024


def merged(github: GitHub, place: Environment) -> Merged | None:
    """The pull request whose merge is the commit at hand; None when it came another way."""
    for one in github.pages(f"commits/{place.sha}/pulls"):
        if one.get("merged_at") and one.get("merge_commit_sha") == place.sha:
            return Merged(int(one["number"]), str(one["head"]["sha"]), str(one["base"]["sha"]))
    return None


def name(advertiser_id: str, head: str) -> str:
    """What the artifact with a plan is called."""
    return f"plan-{advertiser_id}-{head}"


def fetch(github: GitHub, advertiser_id: str, pull: Merged) -> bytes | None:
    """The newest plan that was made for the pull request's head; None when there is none left."""
    found = github.pages("actions/artifacts", "artifacts", {"name": name(advertiser_id, pull.head)})
    for one in sorted(found, key=lambda one: str(one["created_at"]), reverse=True):
        if not one["expired"] and _of(github, one, pull):
            return _content(github.archive(f"actions/artifacts/{one['id']}/zip"))
    return None


def _of(github: GitHub, artifact: Mapping[str, Any], pull: Merged) -> bool:
    """Whether the artifact comes from a run for that head; a fork's run could have given it the same name."""
    run: Mapping[str, Any] = github.get(f"actions/runs/{artifact['workflow_run']['id']}")
    here = run["head_repository"]["id"] == run["repository"]["id"]
    return bool(here and run["event"] == "pull_request" and run["head_sha"] == pull.head)


UNREADABLE = (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError)


def member(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """A small file of an archive. Raises one of UNREADABLE."""
    if one.file_size > _LIMIT:
        raise ValueError("too large")
    return archive.read(one)


def _content(packed: bytes) -> bytes:
    """The only file of a small archive. Raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            (one,) = archive.infolist()
            return member(archive, one)
    except UNREADABLE as error:
        hint = "run the plan of the pull request again, or give expect_digest"
        raise Refused(Finding("R824", "the artifact with the reviewed plan cannot be read", hint=hint)) from error
