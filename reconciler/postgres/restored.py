"""After a restore from a backup: whoever still works with what was there before is out, and every account knows that
its journal may have lost its end."""

from __future__ import annotations

from typing import Any

from reconciler import __version__
from reconciler.postgres.connection import Database
from reconciler.postgres.folder import PostgresFolder
from reconciler.postgres.migrate import require_tables
from reconciler.state import fold, journal, lockfile
from reconciler.state.folder import Moved
from reconciler.world import World

_RAISED = 1000
"""More holders than there can have been since the backup."""


def mark(database: Database, world: World) -> list[str]:
    """Every folder that holds something. Raises Invalid, Unreachable, PushRefused; what was marked stays so."""
    with database.transaction() as connection:
        require_tables(connection, database.where)
        connection.execute("UPDATE fleet_state SET epoch = epoch + %s", (_RAISED,))
        rows = connection.execute("SELECT folder FROM fleet_state WHERE folder NOT LIKE '.halt/%%' ORDER BY 1", ())
        folders = [row[0] for row in rows.fetchall()]
    return [one for one in folders if _marked(PostgresFolder(database, one, world), world)]


def _marked(folder: PostgresFolder, world: World) -> bool:
    """Its journal says so, as a run says it that finds one without an end; nobody holds its lock."""
    while True:
        folder.fetch()
        files = folder.files(lambda name: name == lockfile.FILE or name.startswith("journal/"))
        pieces = sorted(name for name in files if name != lockfile.FILE)
        records, _ = journal.read(b"".join(files[name] for name in pieces))
        if not records and lockfile.FILE not in files:
            return False
        last = int(pieces[-1][len("journal/") :].partition(".")[0]) if pieces else 0
        try:
            folder.swap("restored", {f"journal/{last + 1:08d}.jsonl": _said(files, records, world)}, ("lock",))
        except Moved:
            continue
        return True


def _said(files: dict[str, bytes], records: list[journal.Record], world: World) -> bytes:
    data = files.get(lockfile.FILE)
    begun: dict[str, Any] = next((one.data for one in reversed(records) if one.kind in fold.OPENING), {})
    known = lockfile.parse(data) if data is not None else None
    lines = _Lines()
    writer = journal.Journal(lines, world, records)
    writer.append(
        "begin",
        sync=False,
        format=journal.FORMAT,
        lineage=known.lineage if known else begun["lineage"],
        advertiser_id=known.account.get("advertiser_id") if known else begun["advertiser_id"],
        command="fleet migrate",
        version=__version__,
        follows=known.journal_head if known else None,
        lost=True,
    )
    writer.append("end", code=0, counts=None)
    return lines.data


class _Lines:
    """Where they are kept until they are all there."""

    data = b""

    def append(self, line: bytes, *, sync: bool) -> None:
        """One after the other."""
        self.data += line
