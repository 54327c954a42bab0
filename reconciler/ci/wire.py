"""Requests to the API of a service: reads are repeated, writes never; no redirect is followed; answers are bounded."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.errors import ApiError, Finding

if TYPE_CHECKING:
    import requests

_LIMIT = 32 * 1024 * 1024
_TIMEOUT = (5, 30)


class Answer(NamedTuple):
    """`following`: the next page of a list."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    following: str | None


class Wire:
    """`service`: its name in messages. `later`: statuses that say how long to wait."""

    def __init__(self, service: str, later: Collection[int]) -> None:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        class Patient(Retry):
            RETRY_AFTER_STATUS_CODES = frozenset(later)

        self._service = service
        self._session = requests.Session()
        self._session.trust_env = False
        again = Patient(
            total=4, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), allowed_methods=("GET",), redirect=False
        )
        again.raise_on_status = False
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Whatever the status. Raises ApiError where there is no answer."""
        import requests

        data = None if body is None else json.dumps(body).encode()
        headers = {**headers, "User-Agent": "reconciler"}
        try:
            with self._session.request(
                method, url, params=query, data=data, headers=headers, timeout=_TIMEOUT, allow_redirects=False,
                stream=True,
            ) as reply:  # fmt: skip
                following = reply.links.get("next", {}).get("url")
                return Answer(reply.status_code, reply.headers, self._bounded(reply), following)
        except requests.exceptions.RequestException as error:
            raise self.unusable(type(error).__name__) from error

    def json(self, answer: Answer) -> Any:
        """What it says. Raises ApiError."""
        try:
            return json.loads(answer.body)
        except ValueError:
            raise self.unusable(f"HTTP {answer.status} without JSON") from None

    def unusable(self, why: str) -> ApiError:
        """No usable answer."""
        message = f"{self._service}'s API gave no usable answer: {why}"
        return ApiError(Finding("R822", message, hint="run the job again"))

    def _bounded(self, reply: requests.Response) -> bytes:
        parts, size = [], 0
        for part in reply.iter_content(65536):
            parts.append(part)
            size += len(part)
            if size > _LIMIT:
                raise self.unusable("the answer is larger than 32 MiB")
        return b"".join(parts)
