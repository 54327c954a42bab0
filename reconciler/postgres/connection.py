"""`Database`: short transactions on one server, from any thread; its failures in our words.

The packages are an extra and are imported here alone. An address may hold a password, so that of what the server or
the driver says only the first line is passed on, and of an address nothing but host, port and name.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reconciler.contracts.hosts import is_loopback_name
from reconciler.errors import Finding, Invalid
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.text import clean

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

_SAFE = "verify-full"
_ANSWER = 5.0
"""Seconds to connect, and to find a free connection."""
_VANISHED = 30_000
"""Milliseconds without a sign of what was sent, after which a host that is gone from the network is given up."""
_AGAIN = 1.0
"""The same, after it did not come."""
_LIMITS = "SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '5s'"
"""In each transaction: a pool between us and the server takes no settings of a connection. Whoever is frozen in the
middle of one lets go of its rows."""
_MOST = 32
"""Connections of one process."""
_NO_TABLE = ("42P01", "42883", "3F000")
"""undefined_table, undefined_function, invalid_schema_name: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_HINT = "see docs/fleet-postgres.md"
_MISSING = "does not exist"
"""How the server says that it has no such database or role; no code comes with it before somebody is let in."""
_WRONG = f"the server answers: check the database and the role that the address names, or make them; {_HINT}"
LET_IN = f"the role of the address must be a member of fleet_worker; {_HINT}"
"""What to do where the server does not take what a run wants to write."""


class Database:
    """One server and database. Every method may raise Unreachable and PushRefused, which do not repeat `where`, and
    Invalid without the tables."""

    def __init__(self, pool: ConnectionPool[Any], where: str) -> None:
        self._pool, self.where = pool, where
        self._patience = _ANSWER
        """Once it is known to be away, nobody waits for it as long again."""

    @contextmanager
    def transaction(self) -> Iterator[Connection[Any]]:
        """Committed when the block ends, rolled back when it raises. After Unreachable nobody knows whether the
        commit was made."""
        with self._connection() as connection:
            connection.execute(_LIMITS.encode())
            yield connection

    def ask(self, statement: str, values: Sequence[Any]) -> Any:
        """One statement, and the first value of its answer. The server commits it by itself: a process that is stopped
        in the middle holds no lock."""
        with self._connection() as connection:
            connection.autocommit = True
            try:
                row = connection.execute(statement.encode(), values).fetchone()
            finally:
                if not connection.closed:
                    connection.autocommit = False
        return row[0] if row else None

    @contextmanager
    def _connection(self) -> Iterator[Connection[Any]]:
        import psycopg
        from psycopg_pool import PoolTimeout

        try:
            with self._pool.connection(self._patience) as connection:
                self._patience = _ANSWER
                yield connection
        except PoolTimeout:
            self._patience = _AGAIN
            why = self._why()
            raise Unreachable(why, _WRONG if _MISSING in why else None) from None
        except psycopg.Error as error:
            raise self._spoken(error) from None

    def _why(self) -> str:
        """The pool says only that no connection came; one more try tells what stands in its way."""
        import psycopg

        try:
            psycopg.connect(**{**self.parameters, "connect_timeout": int(_AGAIN)}).close()
        except psycopg.Error as error:
            return _told(error)
        return "it does not answer"

    @property
    def parameters(self) -> dict[str, Any]:
        """What a connection is opened with, for who has a pool of its own."""
        found = self._pool.kwargs
        return dict(found) if isinstance(found, dict) else {}

    def close(self) -> None:
        """Give the connections back. Nobody waits for what still tries to make one."""
        self._pool.close(timeout=0)

    def _spoken(self, error: Any) -> Exception:
        code = error.sqlstate or ""
        told = _told(error)
        if code in _NO_TABLE:
            message = f"{self.where} has not the tables of this version of reconciler: {told}"
            return Invalid(Finding("R523", message, hint="run `reconciler fleet migrate`"))
        # 08, 53, 57: the connection, the server's resources, an operator. Without a code the driver speaks.
        if not code or code[:2] in ("08", "53", "57", "40", "55", "25"):
            return Unreachable(told)
        return PushRefused(told)


def _told(error: Exception) -> str:
    return clean(str(error).split("\n", 1)[0])[:200]


_opened: dict[str, Database] = {}
_opening = threading.Lock()
"""Of two threads that open one at once, the second finds it: a pool that nobody closes is a leak."""


def opened(variable: str) -> Database:
    """The database whose address stands in this variable of the environment; one for the whole process.

    Raises Invalid (R522): no package, no address, or one that goes over a network unprotected. Nothing is asked yet.
    """
    address = os.environ.get(variable, "")
    with _opening:
        if address not in _opened:
            _opened[address] = _open(variable, address)
            # Left to the interpreter, its threads would end with a traceback on the way out.
            atexit.register(_opened[address].close)
        return _opened[address]


def _open(variable: str, address: str) -> Database:
    try:
        import psycopg
        from psycopg import conninfo
        from psycopg_pool import ConnectionPool
    except ImportError:
        hint = 'install it: `pip install "ads-reconciler[fleet]"`'
        raise Invalid(Finding("R522", "PostgreSQL needs a package that is not here", hint=hint)) from None
    if not address.strip():
        message = f"the variable {variable}, which is to hold the address of the database, is empty"
        raise Invalid(Finding("R522", message, hint="set it to postgresql://USER@HOST/NAME"))
    try:
        parts: dict[str, Any] = dict(conninfo.conninfo_to_dict(address))
    except psycopg.Error:
        message = f"what the variable {variable} holds is no address of a database"
        raise Invalid(Finding("R522", message, hint="set it to postgresql://USER@HOST/NAME")) from None
    _protect(variable, parts)
    parts |= {"connect_timeout": int(_ANSWER), "application_name": "reconciler", "tcp_user_timeout": _VANISHED}
    # What it would tell there is told by the error that comes of it.
    logging.getLogger("psycopg.pool").disabled = True
    pool = ConnectionPool(
        # Nothing is prepared: behind a pool the next transaction has another connection.
        kwargs={**parts, "prepare_threshold": None},
        min_size=0,
        max_size=_MOST,
        timeout=_ANSWER,
        # After that it begins anew, at once and not where its ever longer pauses have come to.
        reconnect_timeout=_ANSWER,
        open=True,
        check=ConnectionPool.check_connection,
    )
    host, name = parts.get("host") or "this machine", parts.get("dbname") or ""
    return Database(pool, clean(f"PostgreSQL on {host} ({name})" if name else f"PostgreSQL on {host}"))


def _protect(variable: str, parts: dict[str, Any]) -> None:
    """Over a network only with TLS, and only to who proves to be that host. Raises Invalid."""
    hosts = [one for one in str(parts.get("hostaddr") or parts.get("host") or "").split(",") if one]
    if all(one.startswith(("/", "@")) or is_loopback_name(one) for one in hosts):
        return
    mode = parts.setdefault("sslmode", _SAFE)
    if mode != _SAFE:
        message = f"the address in {variable} says sslmode={clean(str(mode))}, and leads off this machine"
        raise Invalid(Finding("R522", message, hint=f"write sslmode={_SAFE}; {_HINT}"))
    parts.setdefault("sslrootcert", "system")
