"""What people have decided about the plans of an app's accounts, as rows: every machine finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reconciler.postgres.connection import LET_IN, Database
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.state.shared import unusable

if TYPE_CHECKING:
    from psycopg import Connection

_LOCK = 0x64656369
"""Of two that add a row at once, one waits: its row names the hash of the other's. "deci" in ASCII."""


class DecisionRows:
    """Those of one app. Every method raises ReconcilerError (R511) while the server is away, Credentials (R512) where
    it does not let us in, and Invalid (R523) without the table."""

    def __init__(self, database: Database, app: str) -> None:
        self._database, self._app = database, app
        self.where = f"fleet_approval ({app})"

    def lines(self) -> Sequence[bytes]:
        """All of them, the newest last."""
        with self._transaction() as connection:
            return self._read(connection)

    def newest(self, after: int) -> Sequence[bytes]:
        """Those behind the first so many, the newest last."""
        with self._transaction() as connection:
            return self._read(connection, after)

    def append(self, made: Callable[[Sequence[bytes]], str]) -> None:
        """Put one more behind those there are."""
        with self._transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, self._app))
            before = self._read(connection)
            connection.execute(
                "INSERT INTO fleet_approval (app, n, decision) VALUES (%s, %s, %s)",
                (self._app, len(before) + 1, made(before)),
            )

    def _read(self, connection: Connection[Any], after: int = 0) -> list[bytes]:
        found = connection.execute(
            "SELECT decision::text FROM fleet_approval WHERE app = %s AND n > %s ORDER BY n", (self._app, after)
        )
        return [row[0].encode() for row in found.fetchall()]

    @contextmanager
    def _transaction(self) -> Iterator[Connection[Any]]:
        try:
            with self._database.transaction() as connection:
                yield connection
        except (Unreachable, PushRefused) as error:
            raise unusable(error, self._database.where, LET_IN) from None
