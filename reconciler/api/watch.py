"""Connections whose replies end with a clock: a status line or a body that drips is as bounded as one that stays away.

The libraries' own time limit begins anew with every byte that comes; here the clock runs inside every read of the
socket, from the status line to the last byte.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import urllib3

READY: ContextVar[Callable[[], None] | None] = ContextVar("ready", default=None)
"""What is asked before the request that this thread sends next."""
Left = Callable[[], float]
"""How many seconds are left."""


class WatchedResponse(http.client.HTTPResponse):
    """Reads its head and body while there is time left; no single read waits longer than `stall` seconds."""

    def __init__(self, left: Left, sock: socket.socket, *rest: Any, stall: float = math.inf, **options: Any) -> None:
        super().__init__(sock, *rest, **options)
        self.fp = io.BufferedReader(_Watched(sock, self.fp.detach(), left, stall))


class _Watched(io.RawIOBase):
    """The socket's file. Every read waits for what is left of the time."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, left: Left, stall: float) -> None:
        self._sock, self._raw, self._left, self._stall = sock, raw, left, stall

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if (left := self._left()) <= 0:
            raise TimeoutError
        self._sock.settimeout(min(self._stall, left))
        return self._raw.readinto(buffer)

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

    class PlainPool(urllib3.HTTPConnectionPool):
        """Of those without."""

        ConnectionCls = PlainConnection

    class SecurePool(urllib3.HTTPSConnectionPool):
        """Of those with."""

        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _before_sending(connection: http.client.HTTPConnection, data: Any, seconds: float) -> None:
    if connection.sock is None:
        connection.connect()
    connection.sock.settimeout(seconds)
    # A proxy is asked for a way before the request, and on the same connection.
    if (ready := READY.get()) is not None and not (isinstance(data, bytes) and data.startswith(b"CONNECT ")):
        READY.set(None)
        ready()
