"""A job of GitLab CI: its API, and the files that it keeps as reports for the widgets of a merge request.

Sources: GitLab's pages on artifacts reports (terraform, codequality, dotenv), on the Code Quality format, and on merge
request pipelines: those of a fork run in the fork, unless a member starts one here, and then with the fork's own files.
"""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from reconciler.ci import reviewed, summary
from reconciler.ci.environment import header
from reconciler.ci.gitlab import renewal_request
from reconciler.ci.gitlab.client import GitLab
from reconciler.ci.gitlab.variables import Variables
from reconciler.ci.gitlab.wording import told
from reconciler.ci.service import Merged
from reconciler.errors import ApiError, Finding, Place, Refused
from reconciler.text import clean
from reconciler.workflow.bring_back import Brought

_LONGEST = 500
"""Characters of a variable for later jobs; GitLab takes 5 KiB of them together."""


class OnGitLab:
    """See Service."""

    request = "merge request"
    limit = 500_000
    """GitLab takes a million characters, and shows no text beyond a mebibyte as Markdown."""

    def __init__(self, place: Variables) -> None:
        self.place = place
        place.temporary.mkdir(exist_ok=True)

    @cached_property
    def forge(self) -> GitLab:
        """The API of the project."""
        return GitLab(self.place)

    def asking(self, folder: str) -> None:
        """`/approve` in a comment is GitLab's own there: decisions are made with the gallery's commands."""

    def for_git(self, given: Mapping[str, str]) -> dict[str, str]:
        """The job's own token, shown to GitLab's git alone."""
        return header(self.place.server_url, "gitlab-ci-token", self.place.job_token, given)

    def mask(self, value: str) -> Sequence[str]:
        """A job cannot ask for it: the variable itself has to be masked."""
        return []

    def errors(self, findings: Sequence[Finding], folder: str) -> Sequence[str]:
        """The Code Quality report, which GitLab shows on the lines of the changed files."""
        self._report("codequality.json", [_issue(one, one.place, folder) for one in findings if one.place])
        return []

    def warning(self, finding: Finding) -> Sequence[str]:
        """Something that did not stop the job."""
        return [clean(f"warning[{finding.code}]: {_told(finding)}")]

    def tell(self, values: Mapping[str, str]) -> None:
        """Variables for later jobs, and the numbers that a merge request shows of a plan."""
        lines = (f"RECONCILER_{name.upper()}={_plain(text)}\n" for name, text in values.items() if text)
        (self.place.temporary / "outputs.env").write_text("".join(lines), encoding="utf-8")
        if values.get("to_create"):
            numbers = {name: int(values[f"to_{name}"]) for name in ("create", "update", "delete")}
            self._report("terraform.json", numbers)
        if not (self.place.temporary / "codequality.json").exists():
            self._report("codequality.json", [])

    def summarize(self, text: str) -> None:
        """A page among the artifacts."""
        summary.write(self.place.temporary / "summary.md", told(text))

    def by_hand(self, digest: str) -> str:
        """What a person does where a merge applies nothing."""
        return f"start the job *ads apply* in the pipeline of the merge (`{digest}`)"

    def newest(self, number: int) -> str:
        """The head of a merge request as it is now."""
        return str(self.forge.get(f"merge_requests/{number}")["sha"])

    def file_at(self, path: str, commit: str) -> bytes | None:
        """A file of a commit; None where there is none."""
        return self.forge.file_at(path, commit)

    def merged(self) -> Merged | None:
        """The merge request that brought the commit to the default branch: by a merge, by a squash, or as it is."""
        for one in self.forge.pages(f"repository/commits/{self.place.sha}/merge_requests"):
            commits = (one.get("merge_commit_sha"), one.get("squash_commit_sha"), one["sha"])
            if one["state"] == "merged" and one["target_branch"] == self.place.branch and self.place.sha in commits:
                whole: Mapping[str, Any] = self.forge.get(f"merge_requests/{one['iid']}")
                if not whole.get("diff_refs"):
                    message = "GitLab does not tell yet which commit the merge request started from"
                    raise ApiError(Finding("R822", message, hint="run the job again"))
                return Merged(int(one["iid"]), str(whole["sha"]), str(whole["diff_refs"]["start_sha"]))
        return None

    def reviewed(self, advertiser_id: str, pull: Merged) -> bytes | None:
        """The newest plan that was made for the merge request's head, by a pipeline of this project."""
        whole = self.forge.get(f"merge_requests/{pull.number}")
        if whole["source_project_id"] != whole["target_project_id"]:
            return None
        wanted = f"{reviewed.name(advertiser_id, pull.head)}.json"
        found = self.forge.pages(f"merge_requests/{pull.number}/pipelines")
        for pipeline in sorted(found, key=lambda one: int(one["id"]), reverse=True):
            if not self._counts(pipeline, pull):
                continue
            for job in self.forge.pages(f"pipelines/{pipeline['id']}/jobs"):
                packed = self.forge.artifacts(int(job["id"])) if job.get("artifacts_file") else None
                data = _member(packed, wanted) if packed else None
                if data is not None:
                    return data
        return None

    def _counts(self, pipeline: Mapping[str, Any], pull: Merged) -> bool:
        """A pipeline of merged results has a commit of its own; there the name of the file tells the head."""
        ref = f"refs/merge-requests/{pull.number}"
        mine = pipeline["ref"] == f"{ref}/merge" or (pipeline["ref"], pipeline["sha"]) == (f"{ref}/head", pull.head)
        return mine and str(pipeline["project_id"]) == self.place.project_id

    def propose(self, branch: str, base: str, title: str, said: str) -> None:
        """Open a merge request, unless the branch has one."""
        asked: dict[str, str | int] = {"source_branch": branch, "target_branch": base, "state": "opened"}
        if next(self.forge.pages("merge_requests", asked), None) is None:
            body = {"source_branch": branch, "target_branch": base, "title": title, "description": told(said)}
            self.forge.post("merge_requests", body)

    def keep_renewal(self, advertiser_id: str, brought: Brought, due: Sequence[str]) -> None:
        """The account's merge request, and its pipeline."""
        renewal_request.keep(self.forge, self.place.run_url, advertiser_id, brought, due)

    def _report(self, name: str, content: Any) -> None:
        (self.place.temporary / name).write_text(json.dumps(content), encoding="utf-8")


def _issue(one: Finding, place: Place, folder: str) -> dict[str, Any]:
    """A finding in the Code Quality format; two of one fingerprint would be shown as one."""
    path = posixpath.normpath(f"{folder}/{place.file}" if folder else place.file)
    text = clean(f"{_told(one)}; help: {one.hint}" if one.hint else _told(one))
    print_ = hashlib.sha256(f"{path}:{place.line}:{place.column}:{one.code}:{one.message}".encode())
    return {
        "description": text,
        "check_name": f"reconciler {one.code}",
        "fingerprint": print_.hexdigest(),
        "severity": "blocker",
        "location": {"path": path, "lines": {"begin": place.line}},
    }


def _told(one: Finding) -> str:
    """What it is about, and where a module is used that the place stands in: GitLab shows one text and one line."""
    used = f", used at {one.use.file}:{one.use.line}" if one.use else ""
    return (f"{one.address}: " if one.address else "") + one.message + used


def _plain(text: str) -> str:
    """As a dotenv file of GitLab takes it: without spaces, and quoting is not known there."""
    return "_".join(text.split())[:_LONGEST]


def _member(packed: bytes, name: str) -> bytes | None:
    """The file of that name in an archive; None where it is not in it. Raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            found = [one for one in archive.infolist() if posixpath.basename(one.filename) == name]
            return reviewed.member(archive, found[0]) if found else None
    except reviewed.UNREADABLE as error:
        hint = "run the plan of the merge request again, or give expect_digest"
        raise Refused(Finding("R824", "the artifact with the reviewed plan cannot be read", hint=hint)) from error
