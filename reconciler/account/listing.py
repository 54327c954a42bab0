"""The account as it is: complete listings, decoded to the normal form, filtered again on our side."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Container, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.account.facts import Facts
from reconciler.api.client import Client, Whole
from reconciler.canonical import id_text, live_money, live_value, normal_text
from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Contract
from reconciler.contracts.registry import Contracts
from reconciler.errors import ApiError, Finding
from reconciler.model import LiveObject

if TYPE_CHECKING:
    from reconciler.world.coming import Coming


class Listing(Struct):
    """One kind's objects by id, without deleted ones."""

    objects: Mapping[str, LiveObject]
    at: float
    """Monotonic seconds when it was read."""
    rows: int = 0
    """Rows the API showed, for the cost of reading it again."""
    by_name: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)
    """(parent id, name as `normal_text` has it) → ids: a server may trim what it was sent."""
    deleted: set[str] = field(default_factory=set)
    """Ids that it shows as deleted, themselves or with what they belong to."""


class Reader(Struct):
    """Reads listings of one account. `digits`: of its currency; `extra`: further fields to keep, by kind; `whole`: all
    that a row shows."""

    client: Client
    contracts: Contracts
    advertiser: str
    digits: int
    extra: Mapping[str, frozenset[str]] = field(default_factory=dict)
    whole: bool = False
    coming: dict[tuple[str, str], Coming[Whole]] = field(default_factory=dict)
    """(name of a contract, kind) → the complete listing that was begun, until somebody takes it."""
    facts: Coming[Facts] | None = None
    """What the platform says of the account, once it was asked for, until somebody takes it."""
    _unwanted: bool = False

    @property
    def pure(self) -> frozenset[str]:
        """Contracts whose listings show their own objects alone."""
        return frozenset(one.name for one in self.contracts.all if one.pure)

    def begin(self, kinds: Iterable[str]) -> None:
        """Read the complete listings of these kinds, all at once and beside whatever comes next; the next `listing` of
        each takes what was read, and raises what went wrong. What was begun is not begun again."""
        for contract, kind in itertools.product(() if self._unwanted else self.contracts.all, kinds):
            if kind in contract.bindings and (contract.name, kind) not in self.coming:
                self.coming[contract.name, kind] = self.client.world.beside(partial(self._rows, contract, kind))

    def drop(self) -> None:
        """Nobody will take what was begun, and nothing more is."""
        self._unwanted = True
        for one in (*self.coming.values(), *([self.facts] if self.facts else ())):
            one.drop()

    def _rows(self, contract: Contract, kind: str, ids: Iterable[str] = (), parent: str | None = None) -> Whole:
        binding = contract.bindings[kind]
        path, query = contract.list_query(kind, self.advertiser, ids=sorted(ids), parent=parent)
        return self.client.listed(path, query, binding.id_key, binding.page_size)

    def listing(
        self, kind: str, *, ids: Iterable[str] = (), parent: str | None = None, of: Collection[str] = ()
    ) -> Listing:
        """All live objects of a kind; with `ids` or `parent` only those, with `of` only those of these contracts.

        Raises ApiError when it is not complete.
        """
        spoken = [one for one in self.contracts.all if kind in one.bindings and (not of or one.name in of)]
        # Listings that show their own objects alone come first: of those, what the others show is no second object.
        parts: list[Listing] = []
        known: set[str] = set()
        for contract in sorted(spoken, key=lambda one: not one.pure):
            parts.append(self._listing(contract, kind, set(ids), parent, known))
            known |= parts[-1].objects.keys() | parts[-1].deleted if contract.pure else set()
        return parts[0] if len(parts) == 1 else merged(parts)

    def _listing(
        self, contract: Contract, kind: str, wanted: set[str], parent: str | None, known: Container[str]
    ) -> Listing:
        """What the calls of one contract show, without what is, or belongs to, an object that is `known` already."""
        binding = contract.bindings[kind]
        coming = None if wanted or parent else self.coming.pop((contract.name, kind), None)
        rows, at, log_id = coming.take() if coming else self._rows(contract, kind, wanted, parent)
        keep = binding.listed | self.extra.get(kind, frozenset())
        objects: dict[str, LiveObject] = {}
        by_name: dict[tuple[str | None, str], list[str]] = {}
        deleted: set[str] = set()
        for told in rows:
            if str(told[binding.id_key]) in known or contract.part_of(told) in known:
                continue
            if contract.gone(told):
                deleted.add(str(told[binding.id_key]))
                continue
            try:
                found = self._decode(binding.decode(told), contract, binding, keep)
            except ValueError as error:
                message = f"{binding.list_path} shows a row that cannot be read: {error}"
                advice = "run again; if it stays, report it"
                raise ApiError(Finding("R604", message, hint=advice, request_id=log_id)) from None
            # A server may ignore a filter it does not know, which must not widen what is seen.
            if found is not None and (not wanted or found.id in wanted) and (not parent or found.parent == parent):
                objects[found.id] = found
                by_name.setdefault((found.parent, normal_text(found.name)), []).append(found.id)
        return Listing(objects, at, len(rows), by_name, deleted)

    def _decode(
        self, row: Mapping[str, Any], contract: Contract, binding: Binding, keep: frozenset[str]
    ) -> LiveObject | None:
        """One row; None for another advertiser's."""
        owner = row.get("advertiser_id")
        if owner is not None and str(owner) != self.advertiser:
            return None
        status = row.get(contract.status_field)
        identity = id_text(row[binding.id_key])
        if identity is None:
            raise ValueError(f"its {binding.id_key} is not digits")
        # An amount that a row always shows is none where it does not.
        fields: dict[str, Any] = {name: None for name in binding.shown_money if name in keep}
        for name, value in row.items():
            if name not in keep and not self.whole:
                continue
            if name in binding.money:
                fields[name] = live_money(value, self.digits)
            else:
                value = value if type(value) is str else live_value(value)
                ordered = name not in binding.unordered or not isinstance(value, tuple)
                fields[name] = value if ordered else tuple(sorted(value, key=str))
        if "status" in keep or "status" in fields:
            fields["status"] = status
        title = row.get(binding.name_field)
        parent = row.get(binding.parent_key) if binding.parent_key else None
        modified = row.get(binding.modified_key) if binding.modified_key else None
        created = row.get(binding.created_key) if binding.created_key else None
        return LiveObject(
            identity,
            title if isinstance(title, str) else "",
            str(parent) if parent is not None else None,
            fields,
            modified if isinstance(modified, str) else None,
            created if isinstance(created, str) else None,
            contract.foreign(row),
            contract.name,
        )


def read_all(reader: Reader, kinds: Iterable[str]) -> dict[str, Listing]:
    """One complete listing a kind, all read at once; what only some rows of a family say of it, all of them know."""
    kinds = tuple(kinds)
    reader.begin(kinds)
    return families({kind: reader.listing(kind) for kind in kinds}, reader.pure)


def families(listings: dict[str, Listing], own: Container[str]) -> dict[str, Listing]:
    """The listings, parents first, with every object marked foreign that is above or below a foreign one.

    A row need not say who made it; the rows of its children or of its parent may. `own`: contracts whose listings show
    their own objects alone.
    """
    marked = {kind: {one.id for one in listing.objects.values() if one.foreign} for kind, listing in listings.items()}
    if not any(marked.values()):
        return listings
    pairs = list(itertools.pairwise(listings))
    for above, below in reversed(pairs):
        marked[above] |= {one.parent or "" for one in listings[below].objects.values() if one.id in marked[below]}
    for above, below in pairs:
        marked[below] |= {one.id for one in listings[below].objects.values() if one.parent in marked[above]}
    return {
        kind: replace(
            listing,
            objects={
                one.id: one._replace(foreign=True)
                if one.id in marked.get(kind, ()) and one.contract not in own
                else one
                for one in listing.objects.values()
            },
        )
        for kind, listing in listings.items()
    }


def merged(parts: Iterable[Listing]) -> Listing:
    """Several narrow listings as one."""
    objects: dict[str, LiveObject] = {}
    by_name: dict[tuple[str | None, str], list[str]] = {}
    deleted: set[str] = set()
    at, rows = 0.0, 0
    for part in parts:
        deleted |= part.deleted
        objects.update(part.objects)
        for name, ids in part.by_name.items():
            by_name.setdefault(name, []).extend(ids)
        at, rows = part.at, rows + part.rows
    return Listing(objects, at, rows, by_name, deleted)
