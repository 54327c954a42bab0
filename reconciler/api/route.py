"""How the calls leave this machine, and what it means when they do not get through.

Proxy and certificates are those of `api.network`. Nothing is taken from the environment: what it names is told where a
connection fails, because other tools would have used it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from reconciler.contracts.hosts import is_loopback_name

_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


class CalledOff(Exception):
    """Raised by who is asked, while the connection stands: nothing of the request has left."""


class Route(Struct, frozen=True):
    """`ca_bundle`: the path of a PEM file; servers are verified against it alone. `proxy`: a URL, which may hold a
    password and is never shown. `ignored`: variables that are set and not used."""

    ca_bundle: str | None = None
    proxy: str | None = None
    ignored: tuple[str, ...] = ()

    @property
    def proxy_host(self) -> str:
        """Host and port of the proxy."""
        return at(self.proxy or "")


DIRECT = Route()


class Trouble(NamedTuple):
    """Why no reply came. `unsent`: certainly before anything reached the server."""

    why: str
    unsent: bool
    hint: str | None = None


def ignored(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables for proxies and certificates that are set."""
    return tuple(name for name in (*_PROXIES, *_BUNDLES) if environment.get(name))


def at(url: str) -> str:
    """Host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def trouble(error: Exception, url: str, route: Route) -> Trouble:
    """What an error of the HTTP library means; its own text, which repeats the URL and its query, is in none of it."""
    import requests

    host = at(url)
    found = _first(error)
    if isinstance(error, requests.exceptions.InvalidURL):
        return Trouble(f"{host} is no host that can be called", True, "correct `api.base_url`")
    if (refused := tunnel_refused(error)) is not None:
        return _by_proxy(f"the proxy {route.proxy_host} does not let calls to {host} through ({refused})", route)
    if isinstance(error, requests.exceptions.ProxyError):
        return _by_proxy(f"the proxy {route.proxy_host} cannot be used: {_reason(found)}", route)
    tried = f"tried through the proxy {route.proxy_host}" if route.proxy else "tried directly, without a proxy"
    return (
        _tls(found, host, route)
        or _not_there(found, host, tried, route)
        or Trouble(
            "no reply within the time limit"
            if isinstance(error, requests.exceptions.Timeout)
            else "the connection broke before a reply came",
            isinstance(error, requests.exceptions.ConnectTimeout),
        )
    )


def _first(error: Exception) -> BaseException:
    """What the pool met, out of what was wrapped around it."""
    import urllib3

    cause: BaseException = error
    for kind in (Exception, urllib3.exceptions.MaxRetryError, urllib3.exceptions.ProxyError):
        if not isinstance(cause, kind):
            continue
        inner = (
            getattr(cause, "reason", None)
            or getattr(cause, "original_error", None)
            or (cause.args[0] if cause is error and cause.args else None)
        )
        cause = inner if isinstance(inner, BaseException) else cause
    return cause


def tunnel_refused(error: Exception) -> str | None:
    """What a proxy answered that opened no way through; the request was not sent."""
    told: list[object] = [error]
    while told:
        one = told.pop()
        if isinstance(one, BaseException):
            told += [*one.args, getattr(one, "reason", None), getattr(one, "original_error", None)]
            text = str(one.args[0]) if isinstance(one, OSError) and one.args else ""
            if text.startswith("Tunnel connection failed: "):
                return f"HTTP {text.removeprefix('Tunnel connection failed: ')[:3]}"
    return None


def _by_proxy(why: str, route: Route) -> Trouble:
    return Trouble(why, True, "check `api.network.proxy` and what that proxy allows")


def _tls(found: BaseException, host: str, route: Route) -> Trouble | None:
    import ssl

    import urllib3

    if not isinstance(found, urllib3.exceptions.SSLError):
        return None
    inner = next((one for one in (*found.args, found.__cause__) if isinstance(one, ssl.SSLError)), None)
    if isinstance(inner, ssl.SSLCertVerificationError):
        against = "the certificates of `api.network.ca_bundle`" if route.ca_bundle else "the public certificates"
        why = getattr(inner, "verify_message", "") or "it cannot be verified"
        hint = "where a company signs with a certificate of its own, set `api.network.ca_bundle` to its PEM file"
        if route.ca_bundle:
            hint = "put the certificate that signs this server's into that file"
        text = f"the certificate of {host} is not trusted: {why} (by {against})"
        return Trouble(text, True, _with(hint, route, _BUNDLES))
    # TLS can also break while the reply is waited for; then the request may have been carried out.
    why = getattr(inner, "reason", None) or "no reason is told"
    hint = "check that `api.base_url` and its port speak TLS"
    return Trouble(f"TLS with {host} failed ({why.replace('_', ' ').lower()})", False, hint)


def _not_there(found: BaseException, host: str, tried: str, route: Route) -> Trouble | None:
    import urllib3

    if isinstance(found, urllib3.exceptions.NameResolutionError):
        name = host.rpartition(":")[0]
        hint = "check `api.base_url` and this machine's DNS; where only a proxy knows outside names, name it in "
        hint += "`api.network.proxy`"
        return Trouble(f"the host name {name} is not known ({tried})", True, _with(hint, route, _PROXIES))
    if isinstance(found, urllib3.exceptions.NewConnectionError):
        hint = "check the network and `api.base_url`; where calls must go through a proxy, set `api.network.proxy`"
        name, _, port = host.rpartition(":")
        if is_loopback_name(name.strip("[]")) and not route.proxy:
            hint = f"start the simulator (`reconciler simulate --port {port}`), or correct `api.base_url`"
        return Trouble(f"{host}: {_reason(found)} ({tried})", True, _with(hint, route, _PROXIES))
    if isinstance(found, urllib3.exceptions.ConnectTimeoutError):
        hint = "check the network and `api.base_url`; where calls must go through a proxy, set `api.network.proxy`"
        return Trouble(f"{host}: no connection within the time limit ({tried})", True, _with(hint, route, _PROXIES))
    return None


def _reason(found: BaseException) -> str:
    import urllib3

    cause = found.__cause__ if isinstance(found, urllib3.exceptions.HTTPError) else found
    if isinstance(found, urllib3.exceptions.NameResolutionError):
        return "its name is not known"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if isinstance(found, urllib3.exceptions.ConnectTimeoutError):
        return "no connection within the time limit"
    return (cause.strerror if isinstance(cause, OSError) else None) or "no connection"


def _with(hint: str, route: Route, names: tuple[str, ...]) -> str:
    """The advice, and what of the environment is not used."""
    unused = [name for name in route.ignored if name in names]
    if not unused or (names is _PROXIES and route.proxy) or (names is _BUNDLES and route.ca_bundle):
        return hint
    return f"{hint} ({', '.join(unused)} {'is' if len(unused) == 1 else 'are'} set, but the environment is not used)"
