"""A small client of GitHub's REST API: the token goes to one host.

Source of paths and shapes: GitHub's REST reference. Lists come in pages of 100; every page is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from reconciler.api.secret import Secret
from reconciler.ci.wire import Answer, Wire
from reconciler.errors import ApiError, Credentials, Finding, ReconcilerError

_PAGE = 100


class Reach(Protocol):
    """Where the API of one repository is, and the token for it."""

    @property
    def api_url(self) -> str: ...
    @property
    def graphql_url(self) -> str: ...
    @property
    def repository(self) -> str: ...
    @property
    def token(self) -> Secret | None: ...


class GitHub:
    """The API of one repository, with the job's own token. Raises Credentials and ApiError."""

    def __init__(self, place: Reach) -> None:
        self._place = place
        # The secondary limits answer 403 or 429 and say how long to wait.
        self._wire = Wire("GitHub", later=(403, 429, 503))

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        """One answer. `path` is relative to the repository."""
        return self._wire.json(self._send("GET", self._url(path), query=query))

    def seen(self, path: str) -> Any:
        """One answer; None where there is no such thing."""
        answer = self._send("GET", self._url(path), absent=True)
        return None if answer.status == 404 else self._wire.json(answer)

    def pages(self, path: str, key: str | None = None, query: Mapping[str, str | int] | None = None) -> Iterator[Any]:
        """Every item of every page. `key`: where the list stands in an answer that is not a list itself."""
        answer = self._send("GET", self._url(path), query={**(query or {}), "per_page": _PAGE})
        while True:
            found = self._wire.json(answer)
            yield from found[key] if key else found
            if not answer.following:
                return
            if not answer.following.startswith(self._place.api_url + "/"):
                raise self._wire.unusable("the next page of a list is on another host")
            answer = self._send("GET", answer.following)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """One write."""
        return self._wire.json(self._send("POST", self._url(path), body))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """One change."""
        return self._wire.json(self._send("PATCH", self._url(path), body))

    def login(self) -> str:
        """Who writes with this token. REST does not tell it for a workflow's own token, GraphQL does."""
        found = self._wire.json(self._send("POST", self._place.graphql_url, {"query": "query { viewer { login } }"}))
        try:
            return str(found["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            raise self._wire.unusable("it does not say whose the token is") from None

    def raw(self, path: str, query: Mapping[str, str | int]) -> bytes | None:
        """A file's bytes; None where there is no such file."""
        answer = self._send("GET", self._url(path), query=query, accept="application/vnd.github.raw+json", absent=True)
        return None if answer.status == 404 else answer.body

    def archive(self, path: str) -> bytes:
        """What is stored elsewhere: the one redirect is followed, without the token."""
        answer = self._send("GET", self._url(path))
        target = answer.headers.get("Location")
        if answer.status != 302 or not target:
            raise self._wire.unusable(f"HTTP {answer.status} where a redirect to the file was expected")
        if urlsplit(target).scheme != urlsplit(self._place.api_url).scheme:
            raise self._wire.unusable("the file is offered over an unprotected connection")
        return self._send("GET", target, token=False).body

    # ------------------------------------------------------------------------------------ comments and issues

    def comments(self, number: int) -> Iterator[Any]:
        """Those of a pull request or an issue: `id`, `body`, `user.login`."""
        return self.pages(f"issues/{number}/comments")

    def comment(self, number: int, body: str) -> int:
        """A new one; its id."""
        return int(self.post(f"issues/{number}/comments", {"body": body})["id"])

    def rewrite(self, number: int, comment: int, body: str) -> None:
        """Another text of one that is there."""
        self.patch(f"issues/comments/{comment}", {"body": body})

    def issues(self, label: str) -> Iterator[Any]:
        """Open and closed ones: `number`, `body`, `state`, `user.login`."""
        return self.pages("issues", query={"labels": label, "state": "all"})

    def open_issue(self, title: str, body: str, label: str) -> None:
        """A new one."""
        self.post("issues", {"title": title, "body": body, "labels": [label]})

    def change_issue(self, number: int, title: str, body: str) -> None:
        """Another text; a closed one is opened again."""
        self.patch(f"issues/{number}", {"title": title, "body": body, "state": "open"})

    def close_issue(self, number: int, said: str) -> None:
        """With a comment that says why."""
        self.comment(number, said)
        self.patch(f"issues/{number}", {"state": "closed", "state_reason": "completed"})

    def _url(self, path: str) -> str:
        return f"{self._place.api_url}/repos/{self._place.repository}/{path}".rstrip("/")

    def _send(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        accept: str = "application/vnd.github+json",
        token: bool = True,
        absent: bool = False,
    ) -> Answer:
        headers = {"Accept": accept, "X-GitHub-Api-Version": "2022-11-28"}
        if token:
            if self._place.token is None:
                hint = "give the step GITHUB_TOKEN; the shipped actions do"
                raise Credentials(Finding("R821", "there is no token for GitHub's API", hint=hint))
            headers["Authorization"] = f"Bearer {self._place.token.reveal()}"
        answer = self._wire.send(method, url, headers, body, query)
        if answer.status >= 400 and not (absent and answer.status == 404):
            raise _refusal(method, urlsplit(url).path, answer)
        return answer


def _refusal(method: str, path: str, answer: Answer) -> ReconcilerError:
    """What GitHub says of itself, with the permission that is missing where it tells."""
    try:
        said = json.loads(answer.body).get("message", "")
    except (ValueError, AttributeError):
        said = ""
    message = f"GitHub answered HTTP {answer.status} to {method} {path}" + (f": {said}" if said else "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and answer.status in (403, 429):
        return ApiError(Finding("R822", message, hint="the job's token has used up its calls of this hour; wait"))
    if answer.status in (401, 403, 404):
        wanted = answer.headers.get("x-accepted-github-permissions")
        hint = f"the job needs `permissions: {wanted}`" if wanted else "check `permissions:` of the job"
        return Credentials(Finding("R821", message, hint=hint))
    return ApiError(Finding("R822", message, hint="run the job again"))
