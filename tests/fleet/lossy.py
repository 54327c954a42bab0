"""A way to PostgreSQL on which the answer to a commit gets lost."""

from __future__ import annotations

import contextlib
import socket
import threading


class Lossy:
    """Passes everything on; `lose`: the next commit is made, and the connection ends before anybody hears of it."""

    def __init__(self, port: int) -> None:
        self._port, self.lose = port, False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Nobody comes through any more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            back = threading.Thread(target=self._back, args=(server, client), daemon=True)
            back.start()
            threading.Thread(target=self._there, args=(client, server, back), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket, back: threading.Thread) -> None:
        with client, server:
            while data := _received(client):
                if self.lose and b"COMMIT\x00" in data:
                    self.lose = False
                    # First of all: the answer finds nobody.
                    client.shutdown(socket.SHUT_RDWR)
                # It may have gone before us.
                with contextlib.suppress(OSError):
                    server.sendall(data)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)
            back.join()

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        while data := _received(server):
            with contextlib.suppress(OSError):
                client.sendall(data)


def _received(one: socket.socket) -> bytes:
    try:
        return one.recv(65536)
    except OSError:
        return b""
