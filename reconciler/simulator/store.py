"""Where a world is kept: nowhere, or in a SQLite file that outlives the server, even one that is killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from reconciler.simulator.failure import SimulatorUsage

VERSION = 1
_TABLES = """
create table object (seq integer primary key, id text not null unique, body text not null);
create table note (name text primary key, body text not null);
"""
_SAVE_OBJECT = "insert into object (id, body) values (?, ?) on conflict (id) do update set body = excluded.body"


class Store(Protocol):
    """Two tables of JSON texts: objects by id, in the order they were born, and notes by name."""

    def objects(self) -> Iterator[str]:
        """Every object's text, oldest first."""

    def notes(self) -> dict[str, str]:
        """Every note's text, by name."""

    def save(self, objects: Iterable[tuple[str, str]], notes: Iterable[tuple[str, str]]) -> None:
        """Writes (id, text) and (name, text) pairs in one transaction, durable against the death of the process."""

    def close(self) -> None:
        """Lets go of the file."""


class Nowhere:
    """A world that ends with its server."""

    def objects(self) -> Iterator[str]:
        """None."""
        return iter(())

    def notes(self) -> dict[str, str]:
        """None."""
        return {}

    def save(self, objects: Iterable[tuple[str, str]], notes: Iterable[tuple[str, str]]) -> None:
        """Does nothing; the pairs are not even made."""

    def close(self) -> None:
        """Nothing to let go of."""


class SqliteFile:
    """A world in a file. One server at a time: a second one is refused."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.5)
        except sqlite3.Error as error:
            raise SimulatorUsage(f"the data file {path} cannot be used: {error}") from None
        try:
            self._open()
        except (sqlite3.Error, ValueError) as error:
            self._db.close()
            raise SimulatorUsage(f"the data file {path} cannot be used: {error}") from None

    def _open(self) -> None:
        # A write-ahead log without a sync per commit survives the process, which is what is simulated;
        # it is not meant to survive the machine.
        for pragma in ("locking_mode=exclusive", "journal_mode=wal", "synchronous=normal"):
            self._db.execute(f"pragma {pragma}")
        self._db.execute("begin immediate")
        (version,) = self._db.execute("pragma user_version").fetchone()
        if version == 0 and not self._db.execute("select 1 from sqlite_master").fetchone():
            for statement in _TABLES.split(";"):
                self._db.execute(statement)
            self._db.execute(f"pragma user_version={VERSION}")
        elif version != VERSION:
            raise ValueError("it is not one of this simulator")
        self._db.execute("commit")

    def objects(self) -> Iterator[str]:
        """Every object's text, oldest first."""
        return (body for (body,) in self._db.execute("select body from object order by seq"))

    def notes(self) -> dict[str, str]:
        """Every note's text, by name."""
        return dict(self._db.execute("select name, body from note").fetchall())

    def save(self, objects: Iterable[tuple[str, str]], notes: Iterable[tuple[str, str]]) -> None:
        """Writes all pairs in one transaction."""
        self._db.execute("begin immediate")
        with self._db:
            self._db.executemany(_SAVE_OBJECT, objects)
            self._db.executemany("insert or replace into note (name, body) values (?, ?)", notes)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()


def open_store(path: Path | None) -> Store:
    """The store of `--data FILE`, or of none."""
    return Nowhere() if path is None else SqliteFile(path)
