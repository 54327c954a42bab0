"""One method: a request goes out, a reply or a failure comes back. Everything that guards the wire is here.

No redirects are followed and no proxy, netrc or certificate setting of the environment is used (ours are in
`route.py`): the access token is a header of our own, which every HTTP library would carry along to a second host. The
token is opened here only, sent in the header only, to the one host given at construction, and removed from every reply
before anybody sees it.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from msgspec import Struct, field

from reconciler.api.form import Attached, Form
from reconciler.api.limits import never
from reconciler.api.route import DIRECT, CalledOff, Route, trouble
from reconciler.api.secret import Secret
from reconciler.canonical import wire
from reconciler.model import Number
from reconciler.world import World

if TYPE_CHECKING:
    import socket

    import requests

    from reconciler.api.watch import WatchedResponse

_REPLY_LIMIT = 32 * 1024 * 1024
_ROOT = "/open_api/v1.3/"


class Request(Struct, frozen=True):
    """`path` is relative to the API's root and ends with a slash; `body` is JSON text.

    With a file attached the body's members, which are texts then, go as the other fields of the form.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    attached: Attached | None = None
    ready: Callable[[], None] | None = None
    """Asked when the connection stands, at the last moment before anything is sent; what it raises is not sent."""


class Reply(Struct, frozen=True):
    """HTTP status and the whole body, at most 32 MiB, free of the token."""

    status: int
    body: bytes
    date: float | None = None
    """The server's clock as it told it, in whole seconds since the epoch."""


_LOOK_SECONDS = 0.1
"""Between two looks at whether the run was asked to end."""
_MOMENT = 1.0
"""Seconds for a reply after that: one that comes at once may be what an effect under way is recorded with."""


class Failure(Exception):
    """No reply. `sent` says whether the request may have reached the server; `hint` what to do about it."""

    def __init__(self, why: str, *, sent: bool, hint: str | None = None) -> None:
        self.why, self.sent, self.hint = why, sent, hint
        super().__init__(why)


class TooLate(Failure, CalledOff):
    """Not sent: so many seconds have passed since this run was told that it may send."""

    def __init__(self, seconds: float) -> None:
        why = f"too late to send: {seconds:.1f} s passed between the last look at the shared state and the sending"
        super().__init__(why, sent=False)


class Transport(Protocol):
    """The seam: the real network, a read-only view of it, and a test's own world are siblings."""

    def send(self, request: Request) -> Reply:
        """Raises Failure."""


class ReadOnly:
    """Plan mode: nothing but GET leaves, whatever the code above believes it is doing."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def send(self, request: Request) -> Reply:
        if request.method != "GET":
            raise AssertionError(f"a read-only command tried to send {request.method} {request.path}")
        return self._inner.send(request)


class Logged:
    """Notes every request and how it ended, never a header or a body; `tell` says it.

    Nothing is said while a call is under way: between a write's reply and its record nothing may come that can wait,
    or be interrupted.
    """

    def __init__(self, inner: Transport, told: Callable[[str], None], world: World) -> None:
        self._inner, self._told, self._world = inner, told, world
        self._noted: deque[str] = deque()

    def tell(self) -> None:
        """Say what calls came to since the last time."""
        with contextlib.suppress(IndexError):
            while True:
                self._told(self._noted.popleft())

    def send(self, request: Request) -> Reply:
        began = self._world.monotonic()
        try:
            reply = self._inner.send(request)
        except Failure as failure:
            self._noted.append(f"{request.method} {request.path}: {failure.why}")
            raise
        took = self._world.monotonic() - began
        self._noted.append(
            f"{request.method} {request.path}: HTTP {reply.status}, {len(reply.body)} bytes, {took:.2f} s"
        )
        return reply


def _answering(world: World, seconds: float, stopped: Callable[[], bool]) -> Callable[..., WatchedResponse]:
    """What makes a response whose whole reply must come within so many seconds, or, once the run is asked to end, a
    read's within a moment.

    It knows no transport: connections outlive one in urllib3's registry, and would keep it and themselves for ever.
    """

    from reconciler.api.watch import WatchedResponse

    def answer(sock: socket.socket, *rest: Any, **options: Any) -> WatchedResponse:
        end = world.monotonic() + seconds
        if options.get("method") != "GET":
            return WatchedResponse(lambda: end - world.monotonic(), sock, *rest, **options)

        def left() -> float:
            nonlocal end
            if stopped():
                end = min(end, world.monotonic() + _MOMENT)
            return end - world.monotonic()

        return WatchedResponse(left, sock, *rest, look=_LOOK_SECONDS, **options)

    return answer


class Network:
    """The API over HTTP, through requests. One session a thread: sessions are not documented as thread-safe.

    `timeout`: seconds until a connection stands, and seconds for the whole reply from when the request is sent. Once
    the run is asked to end (`stopped`), no reply of a read is waited for: what a read brings can be read again.
    """

    def __init__(
        self,
        base_url: str,
        token: Secret,
        timeout: tuple[float, float],
        world: World,
        route: Route = DIRECT,
        stopped: Callable[[], bool] = never,
    ) -> None:
        self._base, self._token, self._timeout = base_url.rstrip("/"), token, timeout
        self._route, self._answer = route, _answering(world, timeout[1], stopped)
        self._local = threading.local()

    def send(self, request: Request) -> Reply:
        import requests

        from reconciler.api.watch import READY

        url = self._base + _ROOT + request.path
        if request.query:
            url += "?" + urlencode(request.query)
        if self._token.within(url) or self._token.within(request.body or ""):
            raise Failure("the access token is in the data to be sent; remove it there", sent=False)
        headers = {"Access-Token": self._token.reveal(), "Accept": "application/json", "Accept-Encoding": "identity"}
        body: bytes | Form | None = None
        if request.attached is not None:
            body = Form(json.loads(request.body or "{}"), request.attached)
            headers["Content-Type"] = body.content_type
        elif request.body is not None:
            headers["Content-Type"] = "application/json"
            body = request.body.encode()
        noted = READY.set(request.ready)
        try:
            response = self._session().request(
                request.method,
                url,
                data=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
        except requests.exceptions.RequestException as error:
            found = trouble(error, self._base, self._route)
            raise Failure(found.why, sent=not found.unsent, hint=found.hint) from error
        finally:
            READY.reset(noted)
        with contextlib.closing(response):
            return Reply(response.status_code, self._body(response), _date(response.headers.get("Date")))

    def _body(self, response: requests.Response) -> bytes:
        import urllib3

        chunks: list[bytes] = []
        size = 0
        try:
            while chunk := response.raw.read1(65536):
                chunks.append(chunk)
                size += len(chunk)
                if size > _REPLY_LIMIT:
                    raise Failure("the reply is larger than 32 MiB", sent=True)
        except (urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise Failure("the reply did not end within the time limit", sent=True) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Failure(f"the reply was cut ({type(error).__name__})", sent=True) from error
        return _without(self._token, b"".join(chunks))

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            import requests

            from reconciler.api.watch import watched

            session = requests.Session()
            session.trust_env = False
            session.headers.clear()
            session.verify = self._route.ca_bundle or True
            pools = watched(self._answer, self._timeout[1])
            adapter = requests.adapters.HTTPAdapter(max_retries=0)
            adapter.poolmanager.pool_classes_by_scheme = pools
            if self._route.proxy:
                session.proxies = {"all": self._route.proxy}
                # Made here, and found again by the adapter under the same name.
                name = requests.utils.prepend_scheme_if_needed(self._route.proxy, "http")  # type: ignore[no-untyped-call]
                adapter.proxy_manager_for(name).pool_classes_by_scheme = pools
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
        return session


def _date(text: str | None) -> float | None:
    """The seconds of a Date header; None for what is none."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None


def _without(token: Secret, body: bytes) -> bytes:
    """The body without the token, also where JSON escapes hide it."""
    body = token.remove(body)
    if b"\\" not in body:
        return body
    try:
        data = json.loads(body, parse_float=Number)
    except (ValueError, RecursionError):
        return body
    cleaned = _cleaned(token, data)
    return wire(cleaned).encode(errors="surrogatepass") if cleaned != data else body


def _cleaned(token: Secret, value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Number):
        return token.remove(value.encode(errors="surrogatepass")).decode(errors="surrogatepass")
    if isinstance(value, list):
        return [_cleaned(token, item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(token, key): _cleaned(token, item) for key, item in value.items()}
    return value
