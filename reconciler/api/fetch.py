"""Downloading a preview: a URL somebody else wrote is fetched without becoming a way into this machine's network.

Nothing of ours goes along: no token, cookie or login, no proxy or certificate setting of the environment. A host name
is resolved once, all its addresses must be public, and the connection goes to one of those very addresses while
certificate and Host stay those of the name; a redirect is checked like the first URL. The clock runs inside every read
of the socket, so that a header that drips is as bounded as a body that does. With `api.network.proxy` it is the proxy
that connects: a name is checked here where it can be resolved here, and what the proxy may reach is the proxy's rule.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import ipaddress
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from reconciler.api.route import DIRECT, Route, tunnel_refused
from reconciler.api.watch import Left, WatchedResponse, watched
from reconciler.contracts.hosts import is_loopback
from reconciler.world import World

if TYPE_CHECKING:
    import urllib3

_CHUNK = 64 * 1024
_STALL_SECONDS = 30.0
_REDIRECTS = 3
_ADDRESSES = 4
"""How many addresses of one name are tried."""
_MOVED = (301, 302, 303, 307, 308)
_GONE = (403, 404, 410)
_PLAIN_URL = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,8192}", re.ASCII)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,252})", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
# `is_global` says yes to these: protocol assignments, the 6to4 relays, the host agent of a cloud, documentation.
_NOT_PUBLIC = [ipaddress.ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16", "3fff::/20")]
_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `announced` is the Content-Length, None when there was none; lengths in bytes."""

    content_type: str
    announced: int | None
    received: int


class FetchFailed(Exception):
    """No video. `expired`: the preview is gone from its host. `again`: another try may do better."""

    def __init__(self, why: str, *, expired: bool = False, again: bool = False) -> None:
        self.why, self.expired, self.again = why, expired, again
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class _Hop:
    """One URL, checked."""

    secure: bool
    host: str
    port: int
    target: str
    addresses: list[str]


def resolve_all(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError; UnicodeError for what cannot be a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an IP address, and every IPv4 address wrapped in it, belongs to the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.is_multicast or any(ip in network for network in _NOT_PUBLIC):
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global
    if ip.ipv4_mapped:
        return is_public(str(ip.ipv4_mapped))
    if ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    wrapped = [one for one in (ip.sixtofour, *(ip.teredo or ())) if one is not None]
    return ip in _UNICAST and ip.is_global and all(is_public(str(one)) for one in wrapped)


class PreviewFetcher:
    """GETs one URL at a time. Seconds are the World's; `loopback` also lets in this machine itself, for a simulator."""

    def __init__(
        self,
        world: World,
        *,
        loopback: bool,
        connect_seconds: float = 5.0,
        total_seconds: float = 600.0,
        most_bytes: int = 500 * 1024 * 1024,
        resolve: Callable[[str, int], list[str]] = resolve_all,
        route: Route = DIRECT,
    ) -> None:
        self._world, self._loopback, self._resolve, self._route = world, loopback, resolve, route
        self._connect, self._total, self._most = connect_seconds, total_seconds, most_bytes

    def fetch(self, url: str, sink: Callable[[bytes], None]) -> Fetched:
        """Hand the body to `sink` piece by piece, at most 64 KiB each. Raises FetchFailed, and whatever sink raises.

        On a failure the sink may have got a part of the body already.
        """
        deadline = self._world.monotonic() + self._total

        def left() -> float:
            return deadline - self._world.monotonic()

        for _ in range(_REDIRECTS + 1):
            with self._answer(self._checked(url), left) as response:
                if response.status not in _MOVED:
                    return self._take(response, sink, left)
                place = response.headers.get("Location", "")
            if not _PLAIN_URL.fullmatch(place):
                raise FetchFailed("a redirect without a usable address")
            with contextlib.suppress(ValueError):  # what cannot be joined is refused as it stands
                place = urljoin(url, place)
            url = place
        raise FetchFailed(f"more than {_REDIRECTS} redirects")

    def _checked(self, url: str) -> _Hop:
        """Raises FetchFailed for a URL that may not be fetched; the text never repeats its path or query."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise FetchFailed("not a URL") from error
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        if not _PLAIN_URL.fullmatch(url) or "@" in parts.netloc or port == 0:
            raise FetchFailed("not a plain URL: host and path only, no user, no odd characters")
        if not secure and not (parts.scheme == "http" and self._loopback and is_loopback(url)):
            raise FetchFailed("the address is not https")
        port = port or (443 if secure else 80)
        addresses = self._addresses(host, port)
        for one in addresses:
            if not (self._loopback and ipaddress.ip_address(one).is_loopback) and not (secure and is_public(one)):
                raise FetchFailed(f"{host} is not a public host: it has the address {one}")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Hop(secure, host, port, target, addresses)

    def _addresses(self, host: str, port: int) -> list[str]:
        """At least one, each an IP address; none where only the proxy can tell."""
        with contextlib.suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        if not _HOST.fullmatch(host):
            raise FetchFailed("the address has no usable host name")
        try:
            found = [str(ipaddress.ip_address(one)) for one in self._resolve(host, port)]
        except OSError as error:
            if self._route.proxy is not None:
                return []  # only the proxy knows outside names: it looks, and its own rules hold
            raise FetchFailed(f"the name {host} cannot be resolved", again=True) from error
        except ValueError as error:
            raise FetchFailed(f"{host} is not a host name") from error
        if not found:
            raise FetchFailed(f"the name {host} has no address", again=True)
        return found

    @contextlib.contextmanager
    def _answer(self, hop: _Hop, left: Left) -> Iterator[urllib3.BaseHTTPResponse]:
        """The reply, its body unread. A second address of the name is tried only when no connection came to stand."""
        from urllib3 import exceptions

        name = f"[{hop.host}]" if ":" in hop.host else hop.host
        host = name if hop.port == (443 if hop.secure else 80) else f"{name}:{hop.port}"
        headers = {"Host": host, "Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "ads-reconciler"}
        target = hop.target
        if self._route.proxy is not None and not hop.secure:
            target = f"http://{host}{target}"
            headers |= self._proxy_headers()
        for address in hop.addresses[:_ADDRESSES] if self._route.proxy is None else [hop.host]:
            with contextlib.closing(self._pool(hop, address, left)) as pool:
                try:
                    with _explained(left):
                        response = pool.urlopen(
                            "GET", target, headers=headers, retries=False, redirect=False, preload_content=False,
                            assert_same_host=False,
                        )  # fmt: skip
                except FetchFailed as failure:
                    cause = failure.__cause__
                    if isinstance(cause, exceptions.NewConnectionError | exceptions.ConnectTimeoutError) and left() > 0:
                        continue
                    raise
                with contextlib.closing(response):
                    yield response
                return
        raise FetchFailed(f"{hop.host} cannot be reached", again=True)

    def _pool(self, hop: _Hop, address: str, left: Left) -> urllib3.HTTPConnectionPool:
        """A pool for one connection, whose reads end with the time: to the checked address, or through the proxy."""
        import urllib3
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        connect = max(0.001, min(self._connect, left()))
        options: dict[str, Any] = {"timeout": urllib3.Timeout(connect=connect, read=_STALL_SECONDS)}
        if hop.secure:
            options |= {"server_hostname": hop.host, "assert_hostname": hop.host}
            options |= {"cert_reqs": "CERT_REQUIRED", "ca_certs": self._route.ca_bundle or DEFAULT_CA_BUNDLE_PATH}
        scheme = "https" if hop.secure else "http"
        pools = watched(functools.partial(_Response, left, stall=_STALL_SECONDS), _STALL_SECONDS)
        if self._route.proxy is None:
            return pools[scheme](address, hop.port, **options)
        manager = urllib3.ProxyManager(self._route.proxy, proxy_headers=self._proxy_headers(), **options)
        manager.pool_classes_by_scheme = pools
        return manager.connection_from_host(hop.host, hop.port, scheme)

    def _proxy_headers(self) -> dict[str, str]:
        """The login of a proxy whose URL holds one."""
        import urllib3
        from requests.utils import get_auth_from_url

        user, password = get_auth_from_url(self._route.proxy or "")
        return dict(urllib3.make_headers(proxy_basic_auth=f"{user}:{password}")) if user else {}

    def _take(self, response: urllib3.BaseHTTPResponse, sink: Callable[[bytes], None], left: Left) -> Fetched:
        """Check the head, then move the body."""
        status, head = response.status, response.headers
        if status != 200:
            again = status >= 500 or status in (408, 425, 429)
            raise FetchFailed(f"the host answered HTTP {status}", expired=status in _GONE, again=again)
        kind = head.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind.startswith("text/") or kind.endswith(("json", "xml")):
            raise FetchFailed("the host sent a page or a message, not a video", again=True)
        if head.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise FetchFailed("the host sent a packed body, which was not asked for")
        length = head.get("Content-Length")
        if length is not None and not _LENGTH.fullmatch(length):
            raise FetchFailed("the announced length is not a number", again=True)
        announced = int(length) if length is not None else None
        received = 0
        while True:
            if max(received, announced or 0) > self._most:
                raise FetchFailed(f"the video is larger than {self._most} bytes")
            with _explained(left):
                piece = response.read1(_CHUNK, decode_content=False)
            if not piece:
                break
            received += len(piece)
            if received <= self._most:
                sink(piece)
        if received == 0 or announced not in (None, received):
            raise FetchFailed(f"{received} bytes came, {announced or 'more'} were expected", again=True)
        return Fetched(kind, announced, received)


class _Response(WatchedResponse):
    """Whose head must be readable."""

    def begin(self) -> None:
        super().begin()
        if self.headers.defects:  # urllib3 would log them together with the whole URL
            raise http.client.HTTPException("header fields that cannot be read")


@contextlib.contextmanager
def _explained(left: Left) -> Iterator[None]:
    """What the libraries raise becomes FetchFailed, without their texts: those may repeat the URL."""
    from urllib3 import exceptions

    try:
        yield
    except (exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        if isinstance(error, exceptions.SSLError):
            raise FetchFailed("no safe connection: the certificate or TLS is not as it must be") from error
        if isinstance(error, exceptions.ProxyError) or tunnel_refused(error):
            raise FetchFailed("the proxy of `api.network` cannot be used, or lets no call to that host pass") from error
        late = left() <= 0
        why = "the download did not end within its time" if late else f"the connection broke ({type(error).__name__})"
        raise FetchFailed(why, again=True) from error
