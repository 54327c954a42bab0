"""What a plan is made from, and the plan while it is being made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct, field

from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Contract
from reconciler.contracts.registry import Contracts
from reconciler.errors import Source
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, Entry, LiveObject, LockEntry, Resource
from reconciler.renewed import Renewed

_FEW = 2
"""So many objects of a kind may be gone at once without anybody wondering."""


def is_implausible(missing: int, bound: int) -> bool:
    """Whether a listing that lacks so many of the bound objects of a kind is no evidence that they are gone."""
    return missing > _FEW and 2 * missing > bound


class Basis(Struct, frozen=True, dict=True):
    """Everything a plan depends on."""

    contracts: Contracts
    advertiser_id: str
    currency: str | None
    now: float
    """Seconds since the epoch."""
    desired: Mapping[Address, Resource]
    entries: Mapping[Address, LockEntry]
    live: Mapping[str, Mapping[str, LiveObject]]
    """Kind → id → object; what was created a moment ago and is not listed yet is in it, as it was sent."""
    names: Mapping[str, Mapping[tuple[str | None, str], list[str]]]
    """Kind → (parent id, name) → ids."""
    deleted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Kind → ids that a listing shows as deleted."""
    open: frozenset[Address] = frozenset()
    """Addresses with an earlier write of unknown outcome."""
    recreate: frozenset[Address] = frozenset()
    replace: frozenset[Address] = frozenset()
    """Addresses whose object may be replaced by a new one, with all that is below them."""
    blocked: Mapping[Address, tuple[str, str, str]] = field(default_factory=dict)
    """Address → (reason, code, hint): what something else than its own fields stands in the way of."""
    renamed: Mapping[Address, Address] = field(default_factory=dict)
    """New address → the removed address that means the same object."""
    adopting: frozenset[Address] = frozenset()
    """Addresses whose entries are not in the lockfile yet: this plan binds them."""
    stuck: frozenset[Address] = frozenset()
    """Addresses that have not moved yet, because a write of unknown outcome knows the old one; both are in `open`."""
    delete_hold_days: int = 7
    renewed: Mapping[Address, Renewed] = field(default_factory=dict)
    """Refreshes whose newest Renewal holds, with what it says."""

    @cached_property
    def _shared(self) -> frozenset[Source]:
        seen = Counter(one.source for one in self.desired.values())
        return frozenset(source for source, count in seen.items() if count > 1)

    def stands_alone(self, resource: Resource) -> bool:
        """Whether its document is of it alone: what is written there is said of no other resource."""
        return resource.source.use is None and resource.source not in self._shared

    def object_of(self, address: Address) -> LiveObject | None:
        """The live object the lockfile binds to the address."""
        entry = self.entries.get(address)
        return self.live.get(address.kind, {}).get(entry.id) if entry else None

    def is_half_listed(self, address: Address) -> bool:
        """Whether the object is bound in one family, and only a list of the other shows it; or it is not listed, and
        that is so of what is above it."""
        entry, live = self.entries.get(address), self.object_of(address)
        if entry is None or entry.id in self.deleted.get(address.kind, ()):
            return False
        if live is None:
            return entry.parent is not None and self.is_half_listed(entry.parent)
        return live.foreign and live.contract not in ("", self.contracts.of(entry.contract).name)

    @cached_property
    def children(self) -> Mapping[Address, list[Address]]:
        """Address → what the lockfile has directly under it, in the order of a plan."""
        found: dict[Address, list[Address]] = {}
        for one in sorted(self.entries, key=sort_key):
            parent = self.entries[one].parent
            if parent is not None:
                found.setdefault(parent, []).append(one)
        return found

    def descendants(self, address: Address) -> list[Address]:
        """Everything the lockfile has below an address, parents first."""
        found = list(self.children.get(address, ()))
        for one in found:
            found += self.children.get(one, ())
        return found

    @cached_property
    def bound(self) -> Mapping[tuple[str, str], Address]:
        """(kind, id) → the address that the lockfile binds it to."""
        return {(address.kind, entry.id): address for address, entry in self.entries.items()}

    @cached_property
    def doubted(self) -> Mapping[str, tuple[int, int]]:
        """Kind → (bound objects that no listing shows, bound objects), where too many are lost to be believed."""
        missing = Counter[str]()
        bound = Counter(address.kind for address in self.entries)
        for address, entry in self.entries.items():
            if entry.id in self.live.get(address.kind, ()):
                continue
            # What is shown as deleted, or what went with its parent, is accounted for.
            told = entry.id in self.deleted.get(address.kind, ())
            orphan = entry.parent is not None and self.object_of(entry.parent) is None
            missing[address.kind] += not (told or orphan)
        return {kind: (few, bound[kind]) for kind, few in missing.items() if is_implausible(few, bound[kind])}

    def doubts(self, address: Address) -> str | None:
        """The kind whose doubted listing is all that speaks for its being gone: its own, or one of what is above it."""
        entry = self.entries.get(address)
        told = entry is not None and entry.id in self.deleted.get(address.kind, ())
        if entry is None or told or self.object_of(address) is not None:
            return None
        if address.kind in self.doubted:
            return address.kind
        return self.doubts(entry.parent) if entry.parent else None

    @cached_property
    def renamed_to(self) -> Mapping[Address, Address]:
        """The inverse of `renamed`."""
        return {old: new for new, old in self.renamed.items()}

    def contract_of(self, address: Address) -> Contract:
        """The contract whose calls write the object: what its manifest says, else what the lockfile remembers."""
        wanted, entry = self.desired.get(address), self.entries.get(address)
        return self.contracts.of(wanted.contract if wanted else entry.contract if entry else None)

    def binding(self, address: Address) -> Binding:
        """The address's kind in that contract."""
        return self.contract_of(address).bindings[address.kind]


class Draft(Struct):
    """A plan while it is being made."""

    changes: list[Change] = field(default_factory=list)
    entries: dict[Address, Entry | None] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    unchanged: int = 0
    replaced: set[Address] = field(default_factory=set)
    """What gets a new object, and so does everything below it."""
    recreated: set[Address] = field(default_factory=set)
    """What is made anew after it vanished, and so does everything below it that vanished with it."""


def sort_key(address: Address) -> tuple[int, str]:
    """Parents first, then by name."""
    return KINDS[address.kind].rank, address.name


def unknown(address: Address, entry: LockEntry | None, resource: Resource | None = None) -> Change:
    """The row of an address whose last write has no known outcome."""
    source = resource.source if resource else None
    hint = (
        "an earlier write has no known outcome: `reconciler apply` settles it, `reconciler recover` shows the evidence"
    )
    if not KINDS[address.kind].name_field:
        hint = "a lost task cannot be told from a stranger's: `reconciler recover` shows what there is, and you decide"
    return Change(address, "blocked", "unknown", entry.id if entry else None, (), source, "R703", hint)
