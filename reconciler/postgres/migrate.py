"""The tables: made or brought up to this version, one file of `migrations/` after the other. They only add."""

from __future__ import annotations

from importlib import resources

from reconciler.errors import Finding, Invalid
from reconciler.postgres.connection import Database
from reconciler.postgres.engine import install

_FOLDER = "migrations"
_LOCK = 0x7265636F6E63
"""Of two that migrate at once, one waits. "reconc" in ASCII."""


def files() -> list[tuple[int, str]]:
    """(number, SQL) of every step, in their order."""
    found = (resources.files("reconciler.postgres") / _FOLDER).iterdir()
    steps = sorted(one.name for one in found if one.name.endswith(".sql"))
    return [(int(name[:4]), (resources.files("reconciler.postgres") / _FOLDER / name).read_text()) for name in steps]


def version(database: Database) -> int:
    """The last step that was taken; 0: none. Raises as the database."""
    with database.transaction() as connection:
        there = connection.execute("SELECT to_regclass('reconciler_schema') IS NOT NULL").fetchone()
        if not (there and there[0]):
            return 0
        row = connection.execute("SELECT coalesce(max(version), 0) FROM reconciler_schema").fetchone()
        return int(row[0]) if row else 0


def migrate(database: Database) -> list[int | str]:
    """Take the steps that are missing, all in one transaction; which these were. Raises Invalid (R504)."""
    taken: list[int | str] = []
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS reconciler_schema"
            " (version int PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        row = connection.execute("SELECT coalesce(max(version), 0) FROM reconciler_schema").fetchone()
        last = int(row[0]) if row else 0
        if last > max((number for number, _ in files()), default=0):
            hint = "install the version of reconciler that made them, or a later one"
            raise Invalid(Finding("R504", f"{database.where} has tables of version {last}", hint=hint))
        for number, sql in files():
            if number > last:
                connection.execute(sql.encode())
                connection.execute("INSERT INTO reconciler_schema (version) VALUES (%s)", (number,))
                taken.append(number)
    return [*taken, *install(database)]
