"""Which live objects become manifests, and under which names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from reconciler.canonical import normal_text
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, LiveObject, LockEntry, Resource

_LONGEST = 63
_GAPS = re.compile(r"[^a-z0-9]+")
Key = tuple[str, str]
"""(kind, id)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the account is asked for: everything, unless told."""

    match: str | None = None
    """A glob over API names; what it matches brings its parents and everything below it."""
    kind: str | None = None
    """Only objects of this kind, with their parents."""
    under: str | None = None
    """The id of the one campaign."""


@dataclass(frozen=True, slots=True)
class Left:
    """A live object that stays unmanaged, and why."""

    kind: str
    id: str
    name: str
    reason: str


@dataclass(slots=True)
class Takeover:
    """All that is live, by kind, parents first; ids that are shown as deleted; what is bound already; what a manifest
    is going to adopt."""

    live: Mapping[str, Mapping[str, LiveObject]]
    deleted: Mapping[str, Collection[str]]
    bound: Mapping[Key, Address]
    adopted: Mapping[Key, Address] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)

    def take(self, asked: Scope) -> list[Key]:
        """What can be taken over of what is asked for, parents first, in the order of ids; the rest goes to `left`."""
        wanted = self._wanted(asked)
        taken: dict[Key, None] = {}
        for kind, objects in self.live.items():
            for one in sorted(objects, key=lambda one: (len(one), one)):
                key = (kind, one)
                if key in self.bound or key in self.adopted or key not in wanted:
                    continue
                if why := self._obstacle(kind, objects[one], taken):
                    self.left.append(Left(kind, one, objects[one].name, why))
                else:
                    taken[key] = None
        return list(taken)

    def _obstacle(self, kind: str, live: LiveObject, taken: Collection[Key]) -> str | None:
        """Why an object cannot be taken over."""
        above = KINDS[kind].parent
        if live.foreign:
            return "foreign type"
        if above is None:
            return None
        key = (above, live.parent or "")
        if key in taken or key in self.bound:
            return None
        if key in self.adopted:
            return f"{self.adopted[key]} is to adopt its parent: apply that first"
        if key[1] in self.live[above]:
            return "its parent is left"
        return "parent deleted" if key[1] in self.deleted.get(above, ()) else "parent not listed"

    def _wanted(self, asked: Scope) -> Collection[Key]:
        """Everything that is asked for, with what it belongs to."""
        found: set[Key] = set()
        matched: set[Key] = set()
        inside: set[Key] = set()
        for key, live in self._all():
            above = (KINDS[key[0]].parent or "", live.parent or "")
            if asked.match is None or fnmatchcase(live.name, asked.match) or above in matched:
                matched.add(key)
            if asked.under in (None, key[1] if not above[0] else None) or above in inside:
                inside.add(key)
            if key in matched and key in inside and asked.kind in (None, key[0]):
                found.add(key)
        for key, live in reversed(list(self._all())):
            parent = KINDS[key[0]].parent
            if key in found and parent and live.parent:
                found.add((parent, live.parent))
        return found

    def _all(self) -> Iterator[tuple[Key, LiveObject]]:
        for kind, objects in self.live.items():
            for one, live in objects.items():
                yield (kind, one), live


def declared_too(
    desired: Mapping[Address, Resource], bound: Mapping[Address, LockEntry], pulled: Iterable[tuple[str, LiveObject]]
) -> list[Address]:
    """Manifests that no live object is bound to, and that have the name and parent of one that is pulled: its twins.

    So it is where the lockfile was lost. `pulled`: (kind, object).
    """
    live: dict[tuple[str, str], set[str | None]] = {}
    for kind, one in pulled:
        live.setdefault((kind, normal_text(one.name)), set()).add(one.parent)
    found: dict[Address, None] = {}
    for address, resource in desired.items():
        above = resource.parent
        parents = live.get((address.kind, normal_text(resource.name)))
        if parents is None or address in bound or resource.adopt:
            continue
        if above is None or above in found or (above in bound and bound[above].id in parents):
            found[address] = None
    return list(found)


class Names:
    """Names of manifests that nobody has yet, made from the names in the account."""

    def __init__(self, taken: Collection[Address]) -> None:
        self._taken = set(taken)
        self._next: dict[Address, int] = {}

    def of(self, kind: str, name: str) -> str:
        """A slug of the API name: the first free one of `spring`, `spring-2`, …"""
        slug = _slug(name) or kind
        number = self._next.get(Address(kind, slug), 1)
        while Address(kind, found := _numbered(slug, number)) in self._taken:
            number += 1
        self._next[Address(kind, slug)] = number + 1
        self._taken.add(Address(kind, found))
        return found


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return _GAPS.sub("-", plain).strip("-")[:_LONGEST].strip("-")


def _numbered(slug: str, number: int) -> str:
    if number == 1:
        return slug
    ending = f"-{number}"
    return slug[: _LONGEST - len(ending)].rstrip("-") + ending
