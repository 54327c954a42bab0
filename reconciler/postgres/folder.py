"""`PostgresFolder`: a folder in tables, changed in one transaction that first takes its row as it was last seen.

Row locks alone keep changes apart, so it works through a pool that gives every transaction another connection. The
lock has a lease by the server's clock; whoever holds it has it renewed, and whoever is frozen loses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from reconciler.postgres.connection import LET_IN, Database
from reconciler.postgres.lease import renewed
from reconciler.postgres.migrate import require_tables
from reconciler.postgres.swap import Swap
from reconciler.state.folder import PIECE, PROMPT, Advice, piece_name
from reconciler.world import World

LEASE = 30.0
"""Seconds without a sign of life after which another may take the lock over."""
_LOCK = "lock"
_READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SEEN = """
SELECT s.revision::text, s.epoch, s.series, a.number
FROM fleet_state s, (SELECT coalesce(max(number), 0) AS number FROM fleet_aside WHERE folder = %(folder)s) a
WHERE s.folder = %(folder)s"""
_NAMES = """
SELECT a.number, j.series, j.piece
FROM fleet_journal j LEFT JOIN fleet_aside a ON (a.folder, a.series) = (j.folder, j.series)
WHERE j.folder = %(folder)s AND (j.series = %(series)s OR a.number <= %(aside)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
_PIECES = """
SELECT series, piece, data FROM fleet_journal
WHERE folder = %(folder)s AND series = ANY(%(wanted)s) ORDER BY series, piece, part"""


class PostgresFolder:
    """`lease`: seconds after the last sign of life when another may take the lock over."""

    def __init__(self, database: Database, folder: str, world: World, lease: float = LEASE) -> None:
        self._database, self.folder, self._world, self._lease = database, folder, world, lease
        self.ref, self.prompt = database.where, min(PROMPT, lease / 6)
        self.tip: str | None = None
        self.advice = Advice(
            let_in=LET_IN,
            foreign="only reconciler may write there: bring the row back from a backup",
            locked=f"wait until that run ends; if it is gone, the lock is free {lease:.0f} s after its last sign of "
            "life; only if you know that it is gone: `reconciler state unlock {id}`",
        )
        self._revision: str | None = None
        self._epoch = self._series = self._aside = self._looks = 0
        self._files: dict[str, bytes] = {}
        """Those that are replaced as a whole."""
        self._maybe: set[str] = set()
        """Revisions of our own whose outcome is not known."""

    def beside(self, folder: str) -> PostgresFolder:
        """Another folder of the database, as it is now."""
        other = PostgresFolder(self._database, folder, self._world, self._lease)
        other.fetch()
        return other

    def fetch(self) -> None:
        """See what is there now."""
        with self._database.transaction() as connection:
            connection.execute(_READING)
            require_tables(connection, self.ref)
            row = connection.execute(_SEEN, {"folder": self.folder}).fetchone()
            files = connection.execute("SELECT name, data FROM fleet_file WHERE folder = %s", (self.folder,)).fetchall()
        self._revision, self._epoch, self._series, self._aside = row or (None, 0, 0, 0)
        self._files = {name: bytes(data) for name, data in files}
        self.tip = self._revision

    def unmoved(self) -> bool:
        """Whether it is as it was last seen; the lease begins anew."""
        with self._database.transaction() as connection:
            told = connection.execute(
                "UPDATE fleet_state SET lease_until = clock_timestamp() + make_interval(secs => %s)"
                " WHERE folder = %s AND revision = %s AND lease_until IS NOT NULL",
                (self._lease, self.folder, self._revision),
            )
        # What lies beside it may have changed, whatever this row says.
        self._looks += 1
        self.tip = f"{self._revision}/{self._looks}"
        return told.rowcount == 1

    def lapsed(self) -> bool:
        """Whether the lease has run out, by the server's clock."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT lease_until < clock_timestamp() FROM fleet_state WHERE folder = %s AND revision = %s",
                (self.folder, self._revision),
            ).fetchone()
        return bool(row and row[0])

    @contextmanager
    def kept(self) -> Iterator[None]:
        """The lock of this epoch is renewed meanwhile, until somebody else has it."""
        with renewed(self._database, self.folder, self._epoch, self._lease):
            yield

    def files(self, wanted: Callable[[str], object]) -> dict[str, bytes]:
        """Of journals what had been there when it was last seen: nobody takes any of it away."""
        found = {name: data for name, data in self._files.items() if wanted(name)}
        if self._revision is None:
            return found
        seen = {"folder": self.folder, "series": self._series, "aside": self._aside}
        with self._database.transaction() as connection:
            connection.execute(_READING)
            rows = connection.execute(_NAMES, seen).fetchall()
            names = {(series, piece): piece_name(piece, number) for number, series, piece in rows}
            chosen = {where: name for where, name in names.items() if wanted(name)}
            asked = {**seen, "wanted": sorted({series for series, _ in chosen})}
            for series, piece, data in connection.execute(_PIECES, asked) if chosen else ():
                if name := chosen.get((series, piece)):
                    found[name] = found.get(name, b"") + bytes(data)
        return found

    def swap(
        self, message: str, put: Mapping[str, bytes], drop: Sequence[str] = (), move: Mapping[str, str] | None = None
    ) -> None:
        """In one transaction. What an earlier one of ours has done already is not done twice."""
        revision = self._world.uuid()
        mine = {self._revision, *self._maybe}
        self._maybe.add(revision)
        with self._database.transaction() as connection:
            change = Swap(connection, self.folder)
            change.take(mine, self._revision, self._world.uuid(), leased=_LOCK not in put)
            for new in (move or {}).values():
                change.set_aside(int(new.rpartition("-")[2]))
            change.epoch += _LOCK in put
            for name, data in put.items():
                if match := PIECE.fullmatch(name):
                    change.add(int(match[1] or 0), int(match[2]), data)
                else:
                    change.replace(name, data)
            change.remove(drop)
            change.end(revision, self._lease)
            row = connection.execute(_SEEN, {"folder": self.folder}).fetchone()
        self._maybe.clear()
        self._revision, self._epoch, self._series, self._aside = row or (None, 0, 0, 0)
        self._files = {name: data for name, data in self._files.items() if name not in drop}
        self._files |= {name: data for name, data in put.items() if not PIECE.fullmatch(name)}
        self.tip = self._revision
