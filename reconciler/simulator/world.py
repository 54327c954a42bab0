"""The state of the simulated platform: objects, their ids and names, and what lists show of them.

*Pure* over the moments, the generator of random numbers and the store it is given. The arrival log is beside it, in
`arrivals.py`. Rows are kept in the order they became visible: a page costs its own length, not the account's.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.simulator.failure import ABSENT, BAD_PARAMETER, ApiFailure
from reconciler.simulator.kinds import KINDS, Kind
from reconciler.simulator.settings import Settings
from reconciler.simulator.store import Nowhere, Store
from reconciler.simulator.wire import Json, decode, encode

DELETED = "DELETE"
STATUSES = ("ENABLE", "DISABLE", DELETED)
FIRST_ID = 1_800_000_000_000_000_000
"""Nineteen digits, like the platform's: too long for a float, so whoever reads an id as one is found out."""


@dataclass(slots=True)
class Row:
    """One object. `owner` is the advertiser id, `parent` an id; moments are seconds since the epoch."""

    kind: Kind
    id: str
    owner: str
    parent: str | None
    name: str
    status: str
    created: float
    modified: float
    listed: float
    """When it became part of the account; with the switch `list_lag`, lists show it later."""
    fields: dict[str, Json] = field(default_factory=dict)
    """Values of `kind.fields`; what was never sent is not in it."""
    number: int = 0
    """Its place in the order of lists, given by the world."""


Place = tuple[Kind, str, str | None]
"""What a list is of: a kind, an owner and, unless it is the whole account, a parent id."""


class World:
    """All accounts. Not thread-safe: the application holds one lock around every call."""

    def __init__(self, rng: random.Random, settings: Settings, store: Store | None = None) -> None:
        self._rng = rng
        self._settings = settings
        self._store = store or Nowhere()
        self._rows: dict[str, Row] = {}
        self._order: dict[Place, list[Row]] = {}
        self._views: dict[Place, list[Row]] = {}
        self._names: Counter[tuple[Place, str]] = Counter()
        self._last_id = FIRST_ID + rng.randrange(10**9)
        self.notes: dict[str, str] = self._store.notes()
        """Small durable facts that are no objects, by name; set them with `note`."""
        for text in self._store.objects():
            self._enter(_from_text(text))

    @property
    def settings(self) -> Settings:
        """The switches in force."""
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._settings = settings
        self._views.clear()

    # --- reading -----------------------------------------------------------------------------------------------------

    def rows(self, kind: Kind, owner: str | None = None) -> list[Row]:
        """The ground truth: every row of a kind, deleted ones too, of one account or of all."""
        return [row for row in self._rows.values() if row.kind is kind and owner in (None, row.owner)]

    def find(self, kind: Kind, owner: str, row_id: str) -> Row:
        """The living object of this account with this id; ApiFailure 40007 when there is none."""
        row = self._rows.get(row_id)
        if row is None or row.kind is not kind or row.owner != owner or not self.alive(row):
            raise ApiFailure(ABSENT, f"{kind.id_field}: {kind.word} {row_id} doesn't exist or has been deleted")
        return row

    def slice(self, place: Place, start: int, count: int, now: float) -> tuple[list[Row], int]:
        """`count` rows of a list from the one at `start` (counted from 0), and how many the whole list holds."""
        view = self._view(place)
        lag = self._settings.list_lag
        total = bisect_right(view, now - lag, key=lambda row: row.listed) if lag else len(view)
        if self._settings.list_order == "newest":
            return view[max(total - start - count, 0) : max(total - start, 0)][::-1], total
        return view[start : min(start + count, total)], total

    def pick(self, kind: Kind, owner: str, ids: Iterable[str], now: float) -> list[Row]:
        """Those of the given ids that a list would show, in the list's order."""
        latest = now - self._settings.list_lag
        found = (self._rows.get(row_id) for row_id in dict.fromkeys(ids))
        rows = [row for row in found if row and row.kind is kind and row.owner == owner]
        rows = [row for row in rows if row.listed <= latest and (self._settings.show_deleted or self.alive(row))]
        return sorted(rows, key=lambda row: row.number, reverse=self._settings.list_order == "newest")

    def visible(self, place: Place, now: float, *, deleted: bool) -> list[Row]:
        """All that a list holds at this moment, oldest first; with `deleted` also what is no longer alive."""
        rows = self._order.get(place, []) if deleted else self._view(place)
        return rows[: bisect_right(rows, now - self._settings.list_lag, key=lambda row: row.listed)]

    def owners(self) -> list[str]:
        """The advertisers that have objects."""
        return list(dict.fromkeys(owner for _, owner, parent in self._order if parent is None))

    def _view(self, place: Place) -> list[Row]:
        if place not in self._views:
            rows = self._order.get(place, [])
            shown = rows if self._settings.show_deleted else filter(self.alive, rows)
            self._views[place] = list(shown)
        return self._views[place]

    def alive(self, row: Row) -> bool:
        """Whether neither it nor what it belongs to is deleted."""
        while row.status != DELETED:
            if row.parent is None:
                return True
            row = self._rows[row.parent]
        return False

    # --- writing -----------------------------------------------------------------------------------------------------

    def create(
        self,
        kind: Kind,
        owner: str,
        parent: str | None,
        name: str,
        fields: Mapping[str, Json],
        now: float,
        *,
        status: str = STATUSES[0],
        guarded: bool = True,
    ) -> Row:
        """A new object under a living parent. ApiFailure when the parent is absent, or the name, if guarded, taken."""
        if kind.parent is not None:
            self.find(kind.parent, owner, parent or "")
        if guarded:
            self._check_name(kind, owner, parent, name)
        row = Row(kind, self.new_id(), owner, parent, name, status, now, now, now, dict(fields))
        self._enter(row)
        self._save([row], now)
        return row

    def change(
        self,
        row: Row,
        now: float,
        *,
        name: str | None,
        status: str | None,
        fields: Mapping[str, Json],
        guarded: bool = True,
    ) -> None:
        """Sets what is given (None: not given) and the time of modification; works on deleted rows, too."""
        if name is not None and name != row.name and guarded:
            self._check_name(row.kind, row.owner, row.parent, name)
        self._count_name(row, -1)
        row.name = row.name if name is None else name
        if status is not None and status != row.status:
            row.status = status
            self._views.clear()
        row.fields.update(fields)
        row.modified = now
        self._count_name(row, 1)
        self._save([row], now)

    def add(self, rows: Sequence[Row], now: float) -> None:
        """Takes in ready-made rows, parents before children, in one transaction and without the API's checks."""
        for row in rows:
            self._enter(row)
        self._save(rows, now)

    def note(self, notes: Mapping[str, str]) -> None:
        """Keeps small facts by name."""
        self.notes.update(notes)
        self._store.save((), notes.items())

    def new_id(self) -> str:
        """An id never given before, larger than all of them."""
        self._last_id += self._rng.randrange(1, 1000)
        return str(self._last_id)

    def knows(self, row_id: str) -> bool:
        """Whether an object of any kind and account has this id."""
        return row_id in self._rows

    def row(self, row_id: str) -> Row:
        """The object with this id, deleted or not; KeyError when there is none."""
        return self._rows[row_id]

    def close(self) -> None:
        """Lets go of the store."""
        self._store.close()

    def _enter(self, row: Row) -> None:
        row.number = len(self._rows)
        self._rows[row.id] = row
        # Ids of any length may be loaded; those of the same length and larger must not be given again.
        if len(row.id) == len(str(FIRST_ID)):
            self._last_id = max(self._last_id, int(row.id))
        for place in dict.fromkeys(((row.kind, row.owner, None), (row.kind, row.owner, row.parent))):
            self._order.setdefault(place, []).append(row)
            view = self._views.get(place)
            if view is not None and (self._settings.show_deleted or self.alive(row)):
                view.append(row)
        self._count_name(row, 1)

    def _check_name(self, kind: Kind, owner: str, parent: str | None, name: str) -> None:
        if self._settings.unique_names and self.taken((kind, owner, parent), name):
            raise ApiFailure(BAD_PARAMETER, f"{kind.name_field}: the name already exists")

    def taken(self, place: Place, name: str) -> bool:
        """Whether an object in this place, not deleted itself, has the name."""
        return bool(self._names[place, name])

    def _count_name(self, row: Row, by: int) -> None:
        if row.status != DELETED:
            self._names[(row.kind, row.owner, row.parent), row.name] += by

    def _save(self, rows: Sequence[Row], now: float) -> None:
        self._store.save(((row.id, _to_text(row)) for row in rows), [("clock", repr(now))])


def _to_text(row: Row) -> str:
    return encode(
        {
            "kind": row.kind.word,
            "id": row.id,
            "owner": row.owner,
            "parent": row.parent,
            "name": row.name,
            "status": row.status,
            "moments": [row.created, row.modified, row.listed],
            "fields": row.fields,
        }
    )


def _from_text(text: str) -> Row:
    told = decode(text.encode())
    created, modified, listed = (float(number.text) for number in told["moments"])
    return Row(
        kind=KINDS[told["kind"]],
        id=told["id"],
        owner=told["owner"],
        parent=told["parent"],
        name=told["name"],
        status=told["status"],
        created=created,
        modified=modified,
        listed=listed,
        fields=told["fields"],
    )
