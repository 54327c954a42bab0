"""A small client of GitHub's REST API: the token goes to one host, reads are repeated, writes never.

Source of paths and shapes: GitHub's REST reference. Lists come in pages of 100; every page is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from reconciler.api.secret import Secret
from reconciler.errors import ApiError, Credentials, Finding, ReconcilerError

if TYPE_CHECKING:
    import requests

_LIMIT = 32 * 1024 * 1024
_TIMEOUT = (5, 30)
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


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    following: str | None
    """The next page."""


class GitHub:
    """The API of one repository, with the job's own token. Raises Credentials and ApiError."""

    def __init__(self, place: Reach) -> None:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        class Patient(Retry):
            # The secondary limits answer 403 or 429 and say how long to wait.
            RETRY_AFTER_STATUS_CODES = frozenset({403, 429, 503})

        self._place = place
        self._session = requests.Session()
        self._session.trust_env = False
        again = Patient(
            total=4, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), allowed_methods=("GET",), redirect=False
        )
        again.raise_on_status = False
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        """One answer. `path` is relative to the repository."""
        return _json(self._send("GET", self._url(path), query=query))

    def seen(self, path: str) -> Any:
        """One answer; None where there is no such thing."""
        answer = self._send("GET", self._url(path), absent=True)
        return None if answer.status == 404 else _json(answer)

    def pages(self, path: str, key: str | None = None, query: Mapping[str, str | int] | None = None) -> Iterator[Any]:
        """Every item of every page. `key`: where the list stands in an answer that is not a list itself."""
        answer = self._send("GET", self._url(path), query={**(query or {}), "per_page": _PAGE})
        while True:
            found = _json(answer)
            yield from found[key] if key else found
            if not answer.following:
                return
            if not answer.following.startswith(self._place.api_url + "/"):
                raise _unusable("the next page of a list is on another host")
            answer = self._send("GET", answer.following)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """One write."""
        return _json(self._send("POST", self._url(path), body))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """One change."""
        return _json(self._send("PATCH", self._url(path), body))

    def login(self) -> str:
        """Who writes with this token. REST does not tell it for a workflow's own token, GraphQL does."""
        found = _json(self._send("POST", self._place.graphql_url, {"query": "query { viewer { login } }"}))
        try:
            return str(found["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            raise _unusable("it does not say whose the token is") from None

    def raw(self, path: str, query: Mapping[str, str | int]) -> bytes | None:
        """A file's bytes; None where there is no such file."""
        answer = self._send("GET", self._url(path), query=query, accept="application/vnd.github.raw+json", absent=True)
        return None if answer.status == 404 else answer.body

    def archive(self, path: str) -> bytes:
        """What is stored elsewhere: the one redirect is followed, without the token."""
        answer = self._send("GET", self._url(path))
        target = answer.headers.get("Location")
        if answer.status != 302 or not target:
            raise _unusable(f"HTTP {answer.status} where a redirect to the file was expected")
        if urlsplit(target).scheme != urlsplit(self._place.api_url).scheme:
            raise _unusable("the file is offered over an unprotected connection")
        return self._send("GET", target, token=False).body

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
    ) -> _Answer:
        import requests

        headers = {"Accept": accept, "X-GitHub-Api-Version": "2022-11-28", "User-Agent": "reconciler"}
        if token:
            if self._place.token is None:
                hint = "give the step GITHUB_TOKEN; the shipped actions do"
                raise Credentials(Finding("R821", "there is no token for GitHub's API", hint=hint))
            headers["Authorization"] = f"Bearer {self._place.token.reveal()}"
        data = None if body is None else json.dumps(body).encode()
        try:
            with self._session.request(
                method, url, params=query, data=data, headers=headers, timeout=_TIMEOUT, allow_redirects=False,
                stream=True,
            ) as reply:  # fmt: skip
                following = reply.links.get("next", {}).get("url")
                answer = _Answer(reply.status_code, reply.headers, _bounded(reply), following)
        except requests.exceptions.RequestException as error:
            raise _unusable(type(error).__name__) from error
        if answer.status >= 400 and not (absent and answer.status == 404):
            raise _refusal(method, urlsplit(url).path, answer)
        return answer


def _bounded(reply: requests.Response) -> bytes:
    parts, size = [], 0
    for part in reply.iter_content(65536):
        parts.append(part)
        size += len(part)
        if size > _LIMIT:
            raise _unusable("the answer is larger than 32 MiB")
    return b"".join(parts)


def _json(answer: _Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        raise _unusable(f"HTTP {answer.status} without JSON") from None


def _unusable(why: str) -> ApiError:
    return ApiError(Finding("R822", f"GitHub's API gave no usable answer: {why}", hint="run the job again"))


def _refusal(method: str, path: str, answer: _Answer) -> ReconcilerError:
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
