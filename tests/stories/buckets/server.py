"""A server of S3 on this machine, which keeps the conditions of writes; what is asked of it, and what goes wrong there.

It answers one request at a time, so that a condition and its write are one step, as they are at the providers.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

KEYS = {"AWS_ACCESS_KEY_ID": "AKIASTORY", "AWS_SECRET_ACCESS_KEY": "story-secret/9f2c", "AWS_REGION": "us-east-1"}
Reply = Callable[..., Any]


class _Quiet(WSGIRequestHandler):
    """Its log would be another line on stderr a request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Nobody reads it."""


@dataclass(slots=True)
class Fault:
    """What becomes of the next `times` requests of this method to such a path, after `skip` of them."""

    method: str
    path: str
    """As in a shell."""
    how: str
    """lost: done, and no answer; away: neither done nor answered; denied: 403."""
    times: int = 1
    skip: int = 0


@dataclass
class S3:
    """`asked`: (method, path) of every request since the last `forget`."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lost: Callable[[], object] = lambda: None
    """Called when something is done whose answer nobody will get."""

    def __post_init__(self) -> None:
        # A second's work, which whoever only collects the tests need not do.
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=False, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """No more answers."""
        self._server.shutdown()

    @property
    def environment(self) -> Mapping[str, str]:
        """What a machine is told of it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.url}

    def bucket(self, name: str) -> str:
        """An empty bucket; its name."""
        assert requests.put(f"{self.url}/{name}", timeout=10).status_code == 200
        return name

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """A stranger's hand."""
        assert requests.put(f"{self.url}/{bucket}/{key}", data=data, headers=_AUTH, timeout=10).status_code == 200

    def get(self, bucket: str, key: str) -> bytes:
        """What an object holds."""
        answer = requests.get(f"{self.url}/{bucket}/{key}", headers=_AUTH, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.content

    def keys(self, bucket: str) -> list[str]:
        """What is in it."""
        text = requests.get(f"{self.url}/{bucket}?list-type=2", headers=_AUTH, timeout=10).text
        return sorted(part.partition("</Key>")[0] for part in text.split("<Key>")[1:])

    def counts(self) -> Counter[str]:
        """How many requests of each method came."""
        return Counter(method for method, _ in self.asked)

    def _answer(self, environ: dict[str, Any], start: Reply) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append((method, path))
        how = self._fault(method, path)
        if how in ("away", "denied"):
            # The whole of it, or the client waits for us and we for it.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if how == "away":
            raise ConnectionError
        if how == "denied":
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>story-secret/9f2c</Message></Error>"]
        answer: Iterable[bytes] = self._app(environ, start)
        if how == "lost":
            list(answer)
            self.lost()
            raise ConnectionError
        return answer

    def _fault(self, method: str, path: str) -> str | None:
        for one in self.faults:
            if one.method == method and fnmatch(path, one.path) and one.times > 0:
                if one.skip > 0:
                    one.skip -= 1
                    continue
                one.times -= 1
                return one.how
        return None


_AUTH = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIASTORY/20260101/us-east-1/s3/aws4_request"}
