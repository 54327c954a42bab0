"""Procrastinate's own tables: made from its schema, brought up by its migrations, and which of them were taken.

https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html: the schema of a version holds
everything; a later version comes with one file for each change, to be run in the order of their names.
"""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import Finding, Invalid
from reconciler.postgres.connection import Database

_LOCK = 0x7265636F6E64
"""Of two that migrate at once, one waits."""
_INDEX = """
CREATE INDEX IF NOT EXISTS fleet_jobs_lock ON procrastinate_jobs (lock, priority DESC, id)
WHERE status IN ('todo', 'doing')"""
"""Without it a worker reads every waiting job of the queue to see that nothing of the same account comes before one."""


def missing_steps(database: Database) -> list[str]:
    """Which of them have not been taken. Raises Invalid (R522): no package."""
    with database.transaction() as connection:
        there = connection.execute("SELECT to_regclass('fleet_engine') IS NOT NULL").fetchone()
        if not (there and there[0]):
            return _steps()
        known = {row[0] for row in connection.execute("SELECT step FROM fleet_engine").fetchall()}
    return [step for step in _steps() if step not in known]


def install(database: Database) -> list[str]:
    """Take them; which these were. Raises Invalid (R523) where Procrastinate's tables are somebody else's."""
    from procrastinate.schema import SchemaManager

    missing, fresh = missing_steps(database), False
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        known = connection.execute("SELECT count(*) FROM fleet_engine").fetchone()
        there = connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone()
        if there and there[0] and known and not known[0]:
            message = f"{database.where} has a queue of Procrastinate that is another program's"
            raise Invalid(Finding("R523", message, hint="give the fleet a database of its own"))
        if there and not there[0]:
            fresh = True
            connection.execute(SchemaManager.get_schema().encode())
            connection.execute(_INDEX.encode())
            connection.cursor().executemany("INSERT INTO fleet_engine (step) VALUES (%s)", [(one,) for one in missing])
    for step in () if fresh else missing:
        # A value that is added to an enumeration can be used from the next transaction on.
        with database.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            won = connection.execute(
                "INSERT INTO fleet_engine (step) VALUES (%s) ON CONFLICT DO NOTHING RETURNING step", (step,)
            ).fetchone()
            if won:
                connection.execute((_folder() / step).read_bytes())
    return missing


def _folder() -> Path:
    try:
        from procrastinate.schema import SchemaManager
    except ImportError:
        hint = 'install it: `pip install "ads-reconciler[fleet]"`'
        raise Invalid(Finding("R522", "the queue needs a package that is not here", hint=hint)) from None
    return Path(SchemaManager.get_migrations_path())


def _steps() -> list[str]:
    return sorted(one.name for one in _folder().glob("*.sql"))
