"""The tables: made or brought up to this version, one file of `migrations/` after the other. They only add."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, Any

from reconciler.errors import Finding, Invalid
from reconciler.postgres.connection import Database
from reconciler.postgres.engine import install, missing_steps

if TYPE_CHECKING:
    from psycopg import Connection

_FOLDER, _ROLES = "migrations", "roles.sql"
_LOCK = 0x7265636F6E63
"""Of two that migrate at once, one waits. "reconc" in ASCII."""


def files() -> list[tuple[int, str, str]]:
    """(number, name, SQL) of every step, in their order."""
    found = (resources.files("reconciler.postgres") / _FOLDER).iterdir()
    steps = sorted((one for one in found if one.name[:4].isdecimal()), key=lambda one: one.name)
    return [(int(one.name[:4]), one.name.removesuffix(".sql"), one.read_text()) for one in steps]


def version(database: Database) -> int:
    """The last step that was taken; 0: none. Raises as the database."""
    with database.transaction() as connection:
        there = connection.execute("SELECT to_regclass('reconciler_schema') IS NOT NULL").fetchone()
        if not (there and there[0]):
            return 0
        row = connection.execute("SELECT coalesce(max(version), 0) FROM reconciler_schema").fetchone()
        return int(row[0]) if row else 0


def missing(database: Database) -> list[str]:
    """The steps that have not been taken. Raises Invalid (R504)."""
    last = version(database)
    if last > newest():
        raise _newer(database.where, last)
    return [*(name for number, name, _ in files() if number > last), *missing_steps(database)]


def require_tables(connection: Connection[Any], where: str) -> None:
    """Inside a transaction. Raises Invalid for tables of a later version (R504) or an earlier one (R523)."""
    row = connection.execute("SELECT coalesce(max(version), 0) FROM reconciler_schema").fetchone()
    last, wanted = int(row[0]) if row else 0, newest()
    if last > wanted:
        raise _newer(where, last)
    if last < wanted:
        message = f"{where} has tables of version {last}, and this reconciler works with {wanted}"
        raise Invalid(Finding("R523", message, hint="run `reconciler fleet migrate`"))


@functools.cache
def newest() -> int:
    """The number of the last step there is."""
    return max(number for number, _, _ in files())


def _newer(where: str, last: int) -> Invalid:
    hint = "install the version of reconciler that made them, or a later one"
    return Invalid(Finding("R504", f"{where} has tables of version {last}", hint=hint))


def migrate(database: Database) -> list[str]:
    """Take the steps that are missing, ours in one transaction, then the engine's; which. Raises Invalid (R504)."""
    taken = []
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS reconciler_schema"
            " (version int PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        row = connection.execute("SELECT coalesce(max(version), 0) FROM reconciler_schema").fetchone()
        last = int(row[0]) if row else 0
        if last > newest():
            raise _newer(database.where, last)
        for number, name, sql in files():
            if number > last:
                connection.execute(sql.encode())
                connection.execute("INSERT INTO reconciler_schema (version) VALUES (%s)", (number,))
                taken.append(name)
    taken += install(database)
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        # Each time: an administrator may have made the roles since.
        connection.execute((resources.files("reconciler.postgres") / _FOLDER / _ROLES).read_text().encode())
    return taken
