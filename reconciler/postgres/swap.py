"""One change of a folder, inside its transaction: the row first, so that of two changes the second waits and sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reconciler.state.folder import Moved

if TYPE_CHECKING:
    from psycopg import Connection

_ROW = """
SELECT revision::text, epoch, series, coalesce(lease_until >= clock_timestamp(), false)
FROM fleet_state WHERE folder = %s FOR UPDATE"""
_END = """
UPDATE fleet_state SET revision = %(revision)s, epoch = %(epoch)s, series = %(series)s,
    lease_until = CASE WHEN EXISTS (SELECT FROM fleet_file WHERE folder = %(folder)s AND name = 'lock')
                  THEN clock_timestamp() + make_interval(secs => %(lease)s) END,
    changed_at = clock_timestamp()
WHERE folder = %(folder)s"""


class Swap:
    """`take` comes first and `end` last. `epoch`: of whoever holds the lock; `series`: of the journal in use."""

    def __init__(self, connection: Connection[Any], folder: str) -> None:
        self._connection, self._folder = connection, folder
        self.epoch = self.series = 0

    def take(self, mine: set[str | None], seen: str | None, fresh: str, *, leased: bool) -> None:
        """The row, if its revision is one of `mine`: the one last `seen`, or what ours would have left. Raises Moved.

        `leased`: also while its lease runs. `fresh`: the revision of a row that is not there yet.
        """
        if seen is None:
            made = self._connection.execute(
                "INSERT INTO fleet_state (folder, revision, epoch, series) VALUES (%s, %s, 0, 1)"
                " ON CONFLICT (folder) DO NOTHING",
                (self._folder, fresh),
            )
            mine = {*mine, fresh} if made.rowcount else mine
        row = self._connection.execute(_ROW, (self._folder,)).fetchone()
        if row is None or row[0] not in mine:
            raise Moved
        # A lock that is to be taken over may have had a sign of life since it was looked at.
        if row[3] and not leased and row[0] == seen:
            raise Moved
        _, self.epoch, self.series, _ = row

    def set_aside(self, number: int) -> None:
        """The journal in use is kept under this number, and an empty one begins."""
        if self._name(number, self.series):
            self.series = self._free()

    def add(self, number: int, piece: int, data: bytes) -> None:
        """A piece of the journal in use (0), or of one that is set aside. Raises Moved for one that is another there.

        What is there and begins it was ours, and only its answer got lost.
        """
        where = (self._folder, self._series(number) if number else self.series, piece)
        there = self._connection.execute(
            "SELECT data FROM fleet_journal WHERE (folder, series, piece) = (%s, %s, %s) ORDER BY part", where
        ).fetchall()
        before = b"".join(bytes(row[0]) for row in there)
        if not data.startswith(before):
            raise Moved
        if rest := data[len(before) :]:
            self._connection.execute(
                "INSERT INTO fleet_journal (folder, series, piece, part, epoch, data) VALUES (%s, %s, %s, %s, %s, %s)",
                (*where, len(there), self.epoch, rest),
            )

    def replace(self, name: str, data: bytes) -> None:
        """A file that is no piece of a journal."""
        self._connection.execute(
            "INSERT INTO fleet_file (folder, name, data) VALUES (%s, %s, %s)"
            " ON CONFLICT (folder, name) DO UPDATE SET data = excluded.data",
            (self._folder, name, data),
        )

    def remove(self, names: Sequence[str]) -> None:
        """Files that are no pieces of a journal."""
        self._connection.execute(
            "DELETE FROM fleet_file WHERE folder = %s AND name = ANY(%s)", (self._folder, list(names))
        )

    def end(self, revision: str, lease: float) -> None:
        """It is another one now; the lease of a lock that is held begins anew."""
        what = {"folder": self._folder, "revision": revision, "epoch": self.epoch, "series": self.series}
        self._connection.execute(_END, {**what, "lease": lease})

    def _series(self, number: int) -> int:
        """Of a journal that was set aside; a new one where it comes from elsewhere."""
        self._name(number, self._free())
        row = self._connection.execute(
            "SELECT series FROM fleet_aside WHERE (folder, number) = (%s, %s)", (self._folder, number)
        ).fetchone()
        return int(row[0]) if row else 0

    def _name(self, number: int, series: int) -> bool:
        """Whether it had no series yet."""
        made = self._connection.execute(
            "INSERT INTO fleet_aside (folder, number, series) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (self._folder, number, series),
        )
        return made.rowcount == 1

    def _free(self) -> int:
        row = self._connection.execute(
            "SELECT greatest(%s, coalesce(max(series), 0)) + 1 FROM fleet_aside WHERE folder = %s",
            (self.series, self._folder),
        ).fetchone()
        return int(row[0]) if row else 1
