"""Connections whose replies end with a clock: a status line or a body that drips is as bounded as one that stays away.

The libraries' own time limit begins anew with every byte that comes; here the clock runs inside every read of the
socket, from the status line to the last byte.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import math
import socket
import ssl
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from reconciler.api.route import CalledOff

if TYPE_CHECKING:
    import urllib3

READY: ContextVar[Callable[[], None] | None] = ContextVar("ready", default=None)
"""What is asked before the request that this thread sends next."""
Left = Callable[[], float]
"""How many seconds are left."""


class WatchedResponse(http.client.HTTPResponse):
    """Reads its head and body while there is time left; no single read waits longer than `stall` seconds.

    What is left is asked every `look` seconds.
    """

    def __init__(
        self,
        left: Left,
        sock: socket.socket,
        *rest: Any,
        stall: float = math.inf,
        look: float = math.inf,
        **options: Any,
    ) -> None:
        super().__init__(sock, *rest, **options)
        self.fp = io.BufferedReader(_Watched(sock, self.fp.detach(), left, stall, look))


class _Watched(io.RawIOBase):
    """The socket's file. Every read waits for what is left of the time."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, left: Left, stall: float, look: float) -> None:
        self._sock, self._raw, self._left, self._stall, self._look = sock, raw, left, stall, look

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        rest = self._stall
        while (left := min(self._left(), rest)) > 0:
            wait = min(left, self._look)
            self._sock.settimeout(wait)
            # Not through its file, from which nothing can be read any more once it has timed out.
            with contextlib.suppress(TimeoutError):
                return self._sock.recv_into(buffer)
            rest -= wait
        raise TimeoutError

    def close(self) -> None:
        self._raw.close()
        super().close()


def watched(
    answer: Callable[..., http.client.HTTPResponse], sending: float
) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Pool classes by scheme. `answer` makes the reply's reader from a socket; `sending`: seconds for the body.

    The libraries would give sending no more time than a connection has to come to stand.
    """
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class PlainConnection(HTTPConnection):
        """Without TLS."""

        response_class = staticmethod(answer)  # type: ignore[assignment] # called, never derived from

        def send(self, data: Any) -> None:
            _before_sending(self, data, sending)
            super().send(data)

    class Secure(HTTPSConnection):
        """With TLS."""

        response_class = staticmethod(answer)  # type: ignore[assignment] # as above

        def send(self, data: Any) -> None:
            _before_sending(self, data, sending)
            super().send(data)

        @property
        def is_connected(self) -> bool:
            return super().is_connected or _has_tickets(self.sock)

    class PlainPool(_Again, urllib3.HTTPConnectionPool):
        """Of those without."""

        ConnectionCls = PlainConnection

    class SecurePool(_Again, urllib3.HTTPSConnectionPool):
        """Of those with."""

        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Again:
    """Of a pool: where a request is called off, the next one finds a connection that stands. It may be that to make
    this one took the time for which it was called off."""

    def urlopen(self: Any, *given: Any, **options: Any) -> Any:
        try:
            return super().urlopen(*given, **options)  # type: ignore[misc] # of the pool that it is mixed into
        except CalledOff:
            self._stand(options["timeout"].connect_timeout)
            raise

    def _stand(self: Any, seconds: float) -> None:
        import urllib3

        # A failure is the next request's to tell.
        with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
            connection = self._get_conn()
            connection.timeout = seconds
            if connection.is_closed and self.proxy and self.scheme == "https":
                self._prepare_proxy(connection)
            elif connection.is_closed:
                connection.connect()
            self._put_conn(connection)


def _has_tickets(sock: Any) -> bool:
    """Whether what there is to be read is neither a reply nor the end: a new connection of TLS 1.3 brings tickets, and
    the libraries would take one that has not been used yet for one that was closed."""
    if not isinstance(sock, ssl.SSLSocket):
        return False
    before = sock.gettimeout()
    sock.settimeout(0)
    try:
        sock.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        return False
    finally:
        sock.settimeout(before)
    return False


def _before_sending(connection: http.client.HTTPConnection, data: Any, seconds: float) -> None:
    if connection.sock is None:
        connection.connect()
    connection.sock.settimeout(seconds)
    # A proxy is asked for a way before the request, and on the same connection.
    if (ready := READY.get()) is not None and not (isinstance(data, bytes) and data.startswith(b"CONNECT ")):
        READY.set(None)
        ready()
