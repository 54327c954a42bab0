"""The simulator on a socket: an HTTP/1.1 server on 127.0.0.1, for a command that blocks and for tests in one process.

It stands on `http.server` and not on a WSGI server: connections must stay open between calls (werkzeug closes each
after one), and faults must be able to drop one, or to cut an answer, at an exact byte.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from reconciler.simulator import control, previews
from reconciler.simulator.app import Application
from reconciler.simulator.clock import Clock
from reconciler.simulator.contracts import contract_of
from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.fault_list import parse as parse_faults
from reconciler.simulator.library import Library
from reconciler.simulator.messages import Reply, Request, text_reply
from reconciler.simulator.sending import send
from reconciler.simulator.settings import Settings
from reconciler.simulator.store import open_store
from reconciler.simulator.studio import Studio
from reconciler.simulator.world import World

HOST = "127.0.0.1"
LARGEST_BODY = 10_000_000
LARGEST_LOAD = 500_000_000
NO_SWITCHES: Mapping[str, str] = {}


def kill() -> None:
    """Ends the process as SIGKILL would: nothing is finished, nobody is told."""
    os._exit(137)


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path, errors="replace")
        body = self._read_body(path)
        if body is None:
            self.close_connection = True
            reply = text_reply(400, "400 bad request: no usable Content-Length")
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = self.server.answer(Request(self.command, path, url.query, headers, body))
        self._send(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _read_body(self, path: str) -> bytes | None:
        """The whole body, or None when its length is not told or past the limit: then nothing of it is read."""
        length = self.headers.get("Content-Length", "0")
        largest = LARGEST_LOAD if path.startswith(control.PREFIX) or path.endswith("/upload/") else LARGEST_BODY
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length[:12]) > largest:
            return None
        return self.rfile.read(int(length))

    def _send(self, reply: Reply) -> None:
        if reply.drop:
            self._drop()
            return
        stopping, head = self.server.stopping, self.command == "HEAD"
        if send(reply, self.wfile.write, stopping, head=head, closing=self.close_connection):
            self._drop()

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle(self) -> None:
        """Serves a connection until either side ends it."""
        self.server.connections.add(self.connection)
        try:
            super().handle()
        except (ConnectionError, OSError):
            self.close_connection = True
        finally:
            self.server.connections.discard(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the arrival log tells more, and never a token."""


class _Server(ThreadingHTTPServer):
    """One thread a connection, on the loopback interface only."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, app: Application) -> None:
        self.connections: set[socket.socket] = set()
        self.stopping = app.stopping
        self._app = app
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Shows what went wrong in the simulator itself, unless it is being stopped under a caller's feet."""
        if not self._app.stopping.is_set():
            super().handle_error(request, client_address)

    def answer(self, request: Request) -> Reply:
        """The reply to any request, with the time of the simulated clock."""
        reply = self._answer(request)
        told = {"Date": formatdate(self._app.clock.now(), usegmt=True), **reply.headers}
        return replace(reply, headers=told)

    def _answer(self, request: Request) -> Reply:
        if request.path.startswith(control.PREFIX):
            return control.handle(self._app, request)
        if request.path.startswith(previews.PREFIXES):
            return previews.handle(self._app, request)
        return self._app.handle(request)


class Simulator:
    """A running simulator. `with Simulator() as simulator:` starts it in a thread; `url` is where it listens.

    `world`, `studio`, `log`, `clock`, `app` are the server's own: hold `app.lock` while looking at them during calls.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        data: Path | None = None,
        seed: int = 0,
        speed: float = 1.0,
        start: float | None = None,
        faults: object = None,
        switches: Mapping[str, str] = NO_SWITCHES,
        contract: str = "openapi",
        die: Callable[[], object] | None = None,
    ) -> None:
        """`faults` is a fault list as data, `start` the first moment of the clock (default: now).

        A clock never starts before the last moment that `data` remembers. SimulatorUsage for input that cannot be used.
        """
        if not 0 <= speed <= 1_000_000:
            raise SimulatorUsage(f"speed takes a number from 0 to 1000000, not {speed}")
        if not 0 <= port <= 65535:
            raise SimulatorUsage(f"port takes a number from 0 to 65535, not {port}")
        spoken, fault_list = contract_of(contract), parse_faults(faults)
        settings = Settings().change(spoken.switches).change(switches)
        self.world = World(random.Random(seed), settings, open_store(data))
        self.clock = Clock(speed, start)
        behind = float(self.world.notes.get("clock", "0")) - self.clock.now()
        self.clock.advance(max(behind, 0))
        self.studio = Studio(self.world, seed)
        self.library = Library(self.world, seed)
        self.app = Application(self.world, self.studio, self.library, self.clock, seed, spoken, die or kill)
        self.app.set_faults(fault_list, resume=True)
        self.log = self.app.log
        try:
            self._server = _Server(port, self.app)
        except OSError as error:
            self.world.close()
            raise SimulatorUsage(
                f"cannot listen on port {port}: {error.strerror}; name another, or 0 for a free one"
            ) from None
        self.url = self.studio.origin = f"http://{HOST}:{self._server.server_address[1]}"
        self.studio.top_up(self.clock.now())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> Simulator:
        """Begins to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends every connection and lets go of port and data file."""
        self.app.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
        for connection in tuple(self._server.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        with self.app.lock:
            self.world.close()

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def read_faults(path: Path) -> object:
    """The fault list of a YAML or JSON file, as data; SimulatorUsage when it cannot be read."""
    try:
        told: object = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SimulatorUsage(f"the fault file {path} cannot be read: {error}") from None
    return told


def run(
    port: int,
    data: Path | None,
    seed: int,
    speed: float,
    faults: Path | None,
    switches: dict[str, str],
    contract: str,
    announce: Callable[[str], None],
) -> None:
    """Serves until SIGTERM or SIGINT. Once it listens, `announce` gets the line `{"url": "http://127.0.0.1:N"}`.

    SimulatorUsage for input that cannot be used. Call it from the main thread: it takes over both signals meanwhile.
    """
    ended = threading.Event()
    told = read_faults(faults) if faults else None
    simulator = Simulator(
        port=port, data=data, seed=seed, speed=speed, faults=told, switches=switches, contract=contract
    )
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with simulator:
            announce(json.dumps({"url": simulator.url}))
            ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
