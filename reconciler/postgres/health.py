"""What a database is and whether it can be trusted with a state, in a few words."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.postgres.connection import Database
from reconciler.postgres.migrate import require_tables

_OLDEST = 130_000
"""As the server counts: 13.0."""
_ASKED = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int,
    current_setting('synchronous_commit'), pg_is_in_recovery(), (SELECT max(version) FROM reconciler_schema)"""


class Health(NamedTuple):
    """`failed`: no run can work there; `doubt`: it can, and something may be lost. Each with what to do."""

    text: str
    failed: str | None = None
    doubt: str | None = None


def health(database: Database) -> Health:
    """Raises Invalid, Unreachable, PushRefused."""
    with database.transaction() as connection:
        require_tables(connection, database.where)
        row = connection.execute(_ASKED).fetchall()[0]
    return judged(database.where, *row)


def judged(where: str, version: str, number: int, commit: str, standby: bool, tables: int) -> Health:
    """What its answer comes to. `number`: its version as it counts; `commit`: its setting `synchronous_commit`."""
    text = f"{where}: version {version}, tables of version {tables}"
    if number < _OLDEST:
        return Health(f"{text}; older than 13", failed="move to a later version of PostgreSQL")
    if standby:
        return Health(f"{text}; a standby, which takes no writes", failed="name the primary in the address")
    if commit == "off":
        advice = "set synchronous_commit = on: what is lost in a crash may have been sent"
        return Health(f"{text}; a commit does not wait for the disk", doubt=advice)
    return Health(text)
