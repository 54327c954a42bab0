"""A small client of GitLab's REST API for one project: the token goes to one host.

Source of paths and shapes: GitLab's REST API v4 (notes, issues, merge requests, commits, pipelines, jobs, job
artifacts, repository files). Lists come in pages of 100 with a `Link` to the next one; every page is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from reconciler.api.secret import Secret
from reconciler.ci.gitlab.wording import told
from reconciler.ci.wire import Answer, Wire
from reconciler.errors import ApiError, Credentials, Finding, ReconcilerError

_PAGE = 100
_ROLE = "GITLAB_TOKEN needs the scope api and a role in this project: see docs/gitlab.md"


class Project(Protocol):
    """Where the API of one project is. `project_id`: its number, or its path with `/` as %2F."""

    @property
    def api_url(self) -> str: ...
    @property
    def project_id(self) -> str: ...
    @property
    def token(self) -> Secret | None: ...


class GitLab:
    """Raises Credentials and ApiError."""

    def __init__(self, place: Project) -> None:
        self._place = place
        self._wire = Wire("GitLab", later=(429, 503))

    def get(self, path: str) -> Any:
        """One answer. `path` is relative to the project."""
        return self._wire.json(self._send("GET", self._url(path)))

    def seen(self, path: str) -> Any:
        """One answer; None where there is no such thing."""
        answer = self._send("GET", self._url(path), absent=True)
        return None if answer.status == 404 else self._wire.json(answer)

    def pages(self, path: str, query: Mapping[str, str | int] | None = None) -> Iterator[Any]:
        """Every item of every page."""
        answer = self._send("GET", self._url(path), query={**(query or {}), "per_page": _PAGE})
        while True:
            yield from self._wire.json(answer)
            if not answer.following:
                return
            if not answer.following.startswith(self._place.api_url + "/"):
                raise self._wire.unusable("the next page of a list is on another host")
            answer = self._send("GET", answer.following)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """One write."""
        return self._wire.json(self._send("POST", self._url(path), body))

    def file_at(self, path: str, commit: str) -> bytes | None:
        """A file of a commit or branch; None where there is none."""
        url = self._url(f"repository/files/{quote(path, safe='')}/raw")
        answer = self._send("GET", url, query={"ref": commit}, absent=True)
        return None if answer.status == 404 else answer.body

    def artifacts(self, job: int) -> bytes | None:
        """All that a job kept, packed; None where it is gone. One redirect elsewhere is followed, without the token."""
        answer = self._send("GET", self._url(f"jobs/{job}/artifacts"), absent=True)
        if answer.status == 404:
            return None
        target = answer.headers.get("Location")
        if answer.status not in (301, 302, 307) or not target:
            return answer.body
        if urlsplit(target).scheme != urlsplit(self._place.api_url).scheme:
            raise self._wire.unusable("the file is offered over an unprotected connection")
        return self._send("GET", target, token=False).body

    # ---------------------------------------------------------------------------------------- notes and issues

    def login(self) -> str:
        """Who writes with this token."""
        return str(self._wire.json(self._send("GET", f"{self._place.api_url}/user"))["username"])

    def comments(self, number: int) -> Iterator[Any]:
        """Notes of a merge request, oldest first."""
        for one in self.pages(f"merge_requests/{number}/notes", {"sort": "asc", "order_by": "created_at"}):
            yield {"id": one["id"], "body": one["body"], "user": {"login": one["author"]["username"]}}

    def comment(self, number: int, body: str) -> int:
        """A new note of a merge request; its id."""
        return int(self.post(f"merge_requests/{number}/notes", {"body": told(body)})["id"])

    def rewrite(self, number: int, comment: int, body: str) -> None:
        """Another text of one that is there."""
        self.put(f"merge_requests/{number}/notes/{comment}", {"body": told(body)})

    def issues(self, label: str) -> Iterator[Any]:
        """Open and closed ones."""
        for one in self.pages("issues", {"labels": label, "state": "all"}):
            state = "open" if one["state"] == "opened" else "closed"
            user = {"login": one["author"]["username"]}
            yield {"number": one["iid"], "body": one["description"], "state": state, "user": user}

    def open_issue(self, title: str, body: str, label: str) -> None:
        """A new one."""
        self.post("issues", {"title": title, "description": told(body), "labels": label})

    def change_issue(self, number: int, title: str, body: str) -> None:
        """Another text; a closed one is opened again."""
        state = self.get(f"issues/{number}")["state"]
        again = {"state_event": "reopen"} if state == "closed" else {}
        self.put(f"issues/{number}", {"title": title, "description": told(body), **again})

    def close_issue(self, number: int, said: str) -> None:
        """With a note that says why."""
        self.post(f"issues/{number}/notes", {"body": told(said)})
        self.put(f"issues/{number}", {"state_event": "close"})

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """One change."""
        self._send("PUT", self._url(path), body)

    def _url(self, path: str) -> str:
        return f"{self._place.api_url}/projects/{self._place.project_id}/{path}".rstrip("/")

    def _send(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        token: bool = True,
        absent: bool = False,
    ) -> Answer:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            if self._place.token is None:
                hint = "set the CI/CD variable GITLAB_TOKEN; a job's own token may write no note: see docs/gitlab.md"
                raise Credentials(Finding("R821", "there is no token for GitLab's API", hint=hint))
            headers["PRIVATE-TOKEN"] = self._place.token.reveal()
        answer = self._wire.send(method, url, headers, body, query)
        if answer.status >= 400 and not (absent and answer.status == 404):
            raise self._refusal(method, urlsplit(url).path, answer)
        return answer

    def _refusal(self, method: str, path: str, answer: Answer) -> ReconcilerError:
        """What GitLab says of itself."""
        try:
            found = self._wire.json(answer)
        except ApiError:
            found = {}
        said = (found.get("message") or found.get("error")) if isinstance(found, dict) else None
        message = f"GitLab answered HTTP {answer.status} to {method} {path}" + (f": {said}" if said else "")
        if answer.status in (401, 403, 404):
            return Credentials(Finding("R821", message, hint=_ROLE))
        return ApiError(Finding("R822", message, hint="run the job again"))
