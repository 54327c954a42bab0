"""A plan's rows as Ads Manager shows an account: campaign → ad group → ad, what is blocked first, alike rows as one.

The same tree for every page. What is above a row and does not change itself stands in it without a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, Plan
from reconciler.plan.about import About, Known
from reconciler.render import alike, plain
from reconciler.render.plain import PlainField, PlainRow


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One object, with what is below it."""

    address: Address
    thing: str
    """`Ad group`."""
    name: str
    """In Ads Manager."""
    id: str | None
    change: Change | None = None
    row: PlainRow | None = None
    """None for what only stands above others."""
    fields: tuple[PlainField, ...] = ()
    """Those of the row that its place in the tree does not tell."""
    alike: tuple[TreeRow, ...] = ()
    """Others beside it of which the same is to be said."""
    below: tuple[TreeRow, ...] = ()

    @property
    def title(self) -> str:
        """`Ad`, or `4 ads`."""
        return plain.many(self.address.kind, 1 + len(self.alike)) if self.alike else self.thing

    @property
    def hint(self) -> str | None:
        """What to do about it, and those alike."""
        return alike.hints(one.row.hint for one in self.all if one.row)

    @property
    def is_blocked(self) -> bool:
        """Whether it or something below it is."""
        return (self.row is not None and self.row.op == "blocked") or any(one.is_blocked for one in self.below)

    @property
    def all(self) -> tuple[TreeRow, ...]:
        """It, and those alike."""
        return (self, *self.alike)


def tree(made: Plan, of: AbstractSet[Address] | None = None, *, gather: bool = True) -> tuple[TreeRow, ...]:
    """The rows, or only those of these addresses, with what they belong to. `gather`: alike ones as one."""
    known = made.about if isinstance(made.about, About) else About()
    found: dict[Address, TreeRow] = {}
    moved: dict[Address, TreeRow] = {}
    for change, row in zip(made.changes, plain.rows(made), strict=True):
        if of is None or change.address in of:
            # What is above a row stands where the first row below it does.
            for above in _all_above(change.address, known.objects):
                found.setdefault(above, _branch(above, known.objects))
            if (before := found.get(change.address)) and before.change:
                # A moved object that changes, too, has two rows.
                moved[change.address] = before
            found[change.address] = _branch(change.address, known.objects, change, row)
    below: dict[Address | None, list[Address]] = {}
    for address in found:
        below.setdefault(_above(address, known.objects), []).append(address)
    return _grown(below.get(None, ()), found, moved, below, gather=gather)


def flat(branches: Iterable[TreeRow], depth: int = 0) -> Iterator[tuple[int, TreeRow]]:
    """Each with its depth, from the top."""
    for one in branches:
        yield depth, one
        yield from flat(one.below, depth + 1)


def _above(address: Address, objects: Mapping[Address, Known]) -> Address | None:
    return objects[address].parent if address in objects else None


def _all_above(address: Address, objects: Mapping[Address, Known]) -> list[Address]:
    """From the top."""
    above = _above(address, objects)
    return [*_all_above(above, objects), above] if above else []


def _branch(
    address: Address, objects: Mapping[Address, Known], change: Change | None = None, row: PlainRow | None = None
) -> TreeRow:
    known = objects.get(address)
    name, identity = (known.name, known.id) if known else (address.name, change.id if change else None)
    above = KINDS[address.kind].parent_field if known and known.parent else None
    return TreeRow(
        address,
        plain.thing(address.kind),
        name,
        identity,
        change,
        row,
        tuple(one for one in row.fields if not _is_told(one, name, above)) if row else (),
    )


def _is_told(one: PlainField, name: str, above: str | None) -> bool:
    """Whether the tree itself says it: the name that an object will have, what it belongs to."""
    return (one.path == above and one.old is None) or (
        one.label == "name" and (one.old, one.new, one.note) == (None, name, "")
    )


def _grown(
    addresses: Sequence[Address],
    found: Mapping[Address, TreeRow],
    moved: Mapping[Address, TreeRow],
    below: Mapping[Address | None, list[Address]],
    *,
    gather: bool,
) -> tuple[TreeRow, ...]:
    grown = []
    for one in addresses:
        grown += [moved[one]] if one in moved else []
        grown.append(replace(found[one], below=_grown(below.get(one, ()), found, moved, below, gather=gather)))
    return tuple(sorted(_gathered(grown) if gather else grown, key=lambda one: not one.is_blocked))


def _gathered(branches: Iterable[TreeRow]) -> Iterator[TreeRow]:
    """Those of which the same is to be said as one, where the first of them stands."""
    groups: dict[object, list[TreeRow]] = {}
    for one in branches:
        row = one.row
        hint = row.hint and alike.shape(row.hint) if row else None
        same = (one.thing, row.op, row.does, one.fields, row.code, hint) if row and not one.below else one.address
        groups.setdefault(same, []).append(one)
    for first, *rest in groups.values():
        yield replace(first, alike=tuple(rest)) if rest else first
