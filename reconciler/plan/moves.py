"""Entries of the lockfile under another address, and the rows that say so. Pure; nothing is sent for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model import Address, Change, Entry, Fields, LockEntry, RefreshEntry, Resource
from reconciler.plan.basis import sort_key

Pair = tuple[Address, Address]
"""(address until now, address from now on)."""


class Moves(Struct, frozen=True):
    """What the manifests say has moved."""

    ready: tuple[Pair, ...] = ()
    stuck: tuple[Pair, ...] = ()
    """Those that a write of unknown outcome still knows by the old address."""

    def rows(self, entries: Mapping[Address, Entry], desired: Mapping[Address, Resource]) -> tuple[Change, ...]:
        """The rows, in the plan's order. `entries`: the lockfile's, as they are now."""
        return tuple(
            Change(new, "move", "moved", getattr(entries[old], "id", None), source=desired[new].source, moved_from=old)
            for old, new in self.ready
        )


def sorted_out(pairs: Iterable[Pair], written: Collection[str]) -> Moves:
    """`written`: what the journal holds of every write without a known outcome, as JSON text."""
    ready: list[Pair] = []
    stuck: list[Pair] = []
    for pair in sorted(pairs, key=lambda one: sort_key(one[1])):
        (stuck if any(names(text, pair[0]) for text in written) else ready).append(pair)
    return Moves(tuple(ready), tuple(stuck))


def names(written: str, address: Address) -> bool:
    """Whether a JSON text names the address, or something of it: `refresh/hero/1/2`."""
    quoted = json.dumps(str(address))[:-1]
    return f'{quoted}"' in written or f"{quoted}/" in written


def moved(entries: Mapping[Address, Entry], pairs: Sequence[Pair]) -> dict[Address, Entry | None]:
    """What changes in the lockfile: the entries themselves, and whatever names them. None removes one."""
    if not pairs:
        return {}
    to = dict(pairs)
    found: dict[Address, Entry | None] = {old: None for old, _ in pairs}
    for address, entry in entries.items():
        after = _renamed(entry, to)
        if address in to or after != entry:
            found[to.get(address, address)] = after
    return found


def _renamed(entry: Entry, to: Mapping[Address, Address]) -> Entry:
    """An entry that names others by the addresses they will have."""
    if isinstance(entry, LockEntry):
        return replace(
            entry,
            parent=to.get(entry.parent, entry.parent) if entry.parent else None,
            applied={
                path: _sources(value, to) if path == "creatives" else value for path, value in entry.applied.items()
            },
            creatives=_sources(entry.creatives, to),
            paused=_sources(entry.paused, to),
            shown=tuple({**one, "refresh": one["refresh"] and _text(one["refresh"], to)} for one in entry.shown),
        )
    if isinstance(entry, RefreshEntry) and entry.waiting:
        steps = [{**one, "address": _text(one["address"], to)} for one in entry.waiting["steps"]]
        return replace(entry, waiting={**entry.waiting, "steps": steps})
    return entry


def _sources(creatives: Sequence[Fields], to: Mapping[Address, Address]) -> tuple[Fields, ...]:
    """Creatives that tell by their new names what they were made of."""
    return tuple({**one, "source": _text(one["source"], to)} if "source" in one else one for one in creatives)


def _text(text: Any, to: Mapping[Address, Address]) -> Any:
    """An address, or a slot of one: `refresh/hero/1/2`. A creative that was never ours tells of none."""
    kind, *path = str(text).split("/")
    new = to.get(Address(kind, path[0])) if path else None
    return "/".join([str(new), *path[1:]]) if new else text
