"""Variants in the database that holds the state, so that a clean machine needs no other place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reconciler.postgres.connection import Database
from reconciler.state.archive import Away
from reconciler.state.folder import PushRefused, Unreachable

if TYPE_CHECKING:
    from psycopg import Connection

_PIECE = 1024 * 1024
"""Bytes of one row."""


class PostgresVault:
    """Files by content. `folder`: the workspace's own, as that of its state."""

    def __init__(self, database: Database, folder: str) -> None:
        self._database, self._folder, self.where = database, folder, database.where

    def names(self) -> dict[str, int]:
        """By SHA-256."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT sha256, size FROM fleet_artifact WHERE folder = %s AND piece = 0", (self._folder,)
            ).fetchall()
        return {name: int(size) for name, size in rows}

    def create(self, name: str, data: bytes) -> None:
        """All of its pieces or none; what is there stays as it is."""
        with self._transaction() as connection:
            for piece, start in enumerate(range(0, max(len(data), 1), _PIECE)):
                connection.execute(
                    "INSERT INTO fleet_artifact (folder, sha256, piece, size, data) VALUES (%s, %s, %s, %s, %s)"
                    " ON CONFLICT DO NOTHING",
                    (self._folder, name, piece, len(data), data[start : start + _PIECE]),
                )

    def read(self, name: str) -> bytes | None:
        """Its pieces, put together."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT data FROM fleet_artifact WHERE folder = %s AND sha256 = %s ORDER BY piece", (self._folder, name)
            ).fetchall()
        return b"".join(bytes(row[0]) for row in rows) if rows else None

    def remove(self, names: Iterable[str]) -> None:
        """The room is free for others once the server has tidied up."""
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM fleet_artifact WHERE folder = %s AND sha256 = ANY(%s)", (self._folder, list(names))
            )

    @contextmanager
    def _transaction(self) -> Iterator[Connection[Any]]:
        try:
            with self._database.transaction() as connection:
                yield connection
        except (Unreachable, PushRefused) as error:
            raise Away(f"{self.where} cannot be used: {error}") from None
