"""What a plan's rows are in Ads Manager: their names there, what they belong to, and what ids among their values mean.

It only explains: nothing of it is decided by, sent, or approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field

from reconciler.model import Address, Change, LiveObject, LockEntry, RefreshEntry, Resource
from reconciler.plan.generations import wanted_generation

SORTS: Mapping[str, str] = {
    "location_ids": "locations",
    "languages": "languages",
    "interest_category_ids": "interests",
    "audiences": "audiences",
    "excluded_audiences": "audiences",
    "pixel_id": "pixels",
    "app_id": "apps",
}
"""Field, without what it stands in → the sort of thing its ids are, as `lookup` calls it."""


class Known(NamedTuple):
    """One object."""

    name: str
    """As Ads Manager shows it now; of one that is not there yet, as it will be."""
    id: str | None
    parent: Address | None
    """What it belongs to: a campaign to nothing, a refresh to its video."""


class Unwatched(NamedTuple):
    """Variants that wait for somebody to watch them and to decide."""

    refresh: Address
    generation: int
    slots: tuple[int, ...]


class About(Struct, frozen=True):
    """All of it."""

    objects: Mapping[Address, Known] = field(default_factory=dict)
    """The rows, and what they belong to."""
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Sort → id → the account's own name for it; only of ids among the values, and only where somebody has asked."""

    asked: tuple[Unwatched, ...] = ()
    """Variants that are made, must be approved, and are neither approved nor rejected."""

    def name_of(self, path: str, given: Any) -> str | None:
        """What an id in the field of that path is called."""
        sort = sort_of(path)
        return self.called.get(sort, {}).get(given) if sort and isinstance(given, str) else None


def last_of(path: str) -> str:
    """The field that a path ends in: `age_groups` of `targeting_spec.age_groups`."""
    return path.rpartition(".")[2].partition("[")[0]


def sort_of(path: str) -> str | None:
    """The sort of thing that the ids of a field are, of one inside another, too."""
    return SORTS.get(last_of(path))


def ids_of(changes: Iterable[Change]) -> dict[str, set[str]]:
    """Sort → every id of it among the values of these rows."""
    found: dict[str, set[str]] = {}
    for change in changes:
        for one in change.fields:
            for path, value in ((one.path, one.old), (one.path, one.new)):
                for sort, identity in _ids(path, value):
                    found.setdefault(sort, set()).add(identity)
    return found


def _ids(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _ids(str(key), inner)
        return
    for one in value if isinstance(value, tuple | list) else (value,):
        if isinstance(one, str) and (sort := sort_of(path)):
            yield sort, one
        elif isinstance(one, Mapping):
            yield from _ids(path, one)


def objects(
    changes: Iterable[Change],
    desired: Mapping[Address, Resource],
    entries: Mapping[Address, LockEntry],
    live: Mapping[str, Mapping[str, LiveObject]],
) -> dict[Address, Known]:
    """Of the rows and of everything above them. `live`: kind → id → object."""
    found: dict[Address, Known] = {}
    for change in changes:
        address: Address | None = change.address
        while address is not None and address not in found:
            found[address] = _known(address, desired.get(address), entries.get(address), live)
            address = found[address].parent
    return found


def asked(
    desired: Mapping[Address, Resource], refreshes: Mapping[Address, RefreshEntry], decisions: Mapping[str, str]
) -> tuple[Unwatched, ...]:
    """Of the generations that the manifests make. `decisions`: SHA-256 → approved or rejected."""
    found = []
    for address, record in sorted(refreshes.items()):
        refresh = desired.get(address)
        if refresh is None or not refresh.fields.get("require_approval", False):
            continue
        number, made = wanted_generation(refresh, desired, record)
        variants = made.variants if made else ()
        open_ = tuple(one.slot for one in variants if one.state == "ready" and (one.sha256 or "") not in decisions)
        found += [Unwatched(address, number, open_)] if open_ else []
    return tuple(found)


def _known(
    address: Address,
    resource: Resource | None,
    entry: LockEntry | None,
    live: Mapping[str, Mapping[str, LiveObject]],
) -> Known:
    there = live.get(address.kind, {}).get(entry.id) if entry else None
    parent = resource.parent if resource else entry.parent if entry else None
    name = (there.name if there else "") or (resource.name if resource else "") or address.name
    return Known(name, entry.id if entry else None, parent)
