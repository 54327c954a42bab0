"""A PostgreSQL server of the tests' own, on a free port of this machine, in a folder that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from reconciler.postgres.connection import Database, opened
from reconciler.postgres.migrate import migrate

VARIABLE = "RECONCILER_FLEET_DSN"
_TEMPLATE = "migrated"
_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 32MB
"""
_PATIENCE = 60.0


def _program(name: str) -> str:
    """The newest that is installed: Debian keeps all but the client off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(one.parts[-3]))
    return str(found[-1]) if found else shutil.which(name) or name


class Server:
    """Started when made. The server refuses to be root: where we are, it is another user's."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
        self._data = self.folder / "data"
        self._who: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._run(
            "initdb", "-D", str(self._data), "-U", "admin", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        with socket.create_server(("127.0.0.1", 0)) as held:
            self.port = held.getsockname()[1]
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(f"{_SETTINGS}port = {self.port}\n")
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self.execute(f"CREATE DATABASE {_TEMPLATE}")
        made = _database(self.address(_TEMPLATE))
        migrate(made)
        made.close()

    def address(self, name: str, user: str = "admin") -> str:
        """How a client names one of its databases."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}"

    def database(self) -> str:
        """The address of a new database with all tables."""
        self._count += 1
        name = f"fleet{self._count}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.address(name)

    def execute(self, statement: str, name: str = "postgres") -> list[Any]:
        """One statement; its rows."""
        with psycopg.connect(self.address(name), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self, *, standby: bool = False) -> None:
        """Serve, on the port it had before. `standby`: as a replica whose primary has nothing new."""
        signalled = self._data / "standby.signal"
        signalled.touch() if standby else signalled.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_program("postgres"), "-D", str(self._data)], stdout=log, stderr=log, cwd="/", **self._who
            )
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                psycopg.connect(self.address("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def crash(self) -> None:
        """As `pg_ctl stop -m immediate`: no connection ends well, and the next start recovers."""
        self._signal(signal.SIGQUIT)

    def stop(self) -> None:
        """End, and leave nothing."""
        if self._process and self._process.poll() is None:
            self._signal(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        try:
            self._process.wait(_PATIENCE / 3)
        except subprocess.TimeoutExpired:
            # Asked too soon after its start, it may not have heard.
            self._process.kill()
            self._process.wait(_PATIENCE)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([_program(program), *arguments], check=True, capture_output=True, cwd="/", **self._who)


def _database(address: str) -> Database:
    """The product's own way to it."""
    os.environ[VARIABLE] = address
    try:
        return opened(VARIABLE)
    finally:
        del os.environ[VARIABLE]
