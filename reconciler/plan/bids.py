"""Bids that are the campaign's: one that is changed on an ad group is changed on all of them. Pure.

One row of a campaign says so, whichever ad groups the manifests were edited for; the others differ in it no more once
that is done. Where manifests want several bids there is none that could be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from reconciler.model import Address, Change, FieldChange, Resource
from reconciler.plan.basis import Basis, Draft


def gather(basis: Basis, draft: Draft) -> None:
    """Leave each bid in the first row of its campaign."""
    told: dict[tuple[Address, str], Address] = {}
    family = _Family(basis.desired)
    rows: list[Change] = []
    for row in draft.changes:
        moved = list(_bids(row, basis))
        if other := next((found for one in moved if (found := family.other(row.address, one))), None):
            hint = f"the bid of an ad group is that of all in its campaign, and {other}: write the same there"
            rows.append(replace(row, op="blocked", reason="refused", fields=(), code="R216", hint=hint))
            continue
        parent = basis.desired[row.address].parent if moved else None
        again = [one for one in moved if parent and told.setdefault((parent, one.path), row.address) != row.address]
        for one in moved:
            if parent and one not in again:
                draft.warnings += _said(row, one, parent, family)
        if again:
            row = replace(row, fields=tuple(one for one in row.fields if one not in again))
            entry = basis.entries[row.address]
            applied = {**entry.applied, **{one.path: one.new for one in again}}
            draft.entries[row.address] = replace(entry, applied=applied)
        if again and not row.fields:
            draft.unchanged += 1
        else:
            rows.append(row)
    draft.changes = rows


def _bids(row: Change, basis: Basis) -> Iterator[FieldChange]:
    if row.op != "update" or row.address not in basis.desired or row.address.kind not in basis.contracts.kinds:
        return
    spread = basis.contract_of(row.address).spread
    yield from (one for one in row.fields if one.path in spread and one.old != one.new)


class _Family:
    """What belongs to one campaign, looked up once for all rows."""

    def __init__(self, desired: Mapping[Address, Resource]) -> None:
        self._desired = desired
        self._wanted: dict[tuple[Address | None, str], dict[Any, Address]] = {}

    @cached_property
    def children(self) -> Mapping[Address | None, list[Address]]:
        """Address → what the manifests declare directly below it."""
        found: dict[Address | None, list[Address]] = {}
        for one, each in self._desired.items():
            found.setdefault(each.parent, []).append(one)
        return found

    def other(self, address: Address, bid: FieldChange) -> str | None:
        """What another manifest of the campaign wants instead, in words."""
        parent = self._desired[address].parent
        if (parent, bid.path) not in self._wanted:
            first: dict[Any, Address] = {}
            for one in self.children[parent]:
                first.setdefault(self._desired[one].fields.get(bid.path), one)
            self._wanted[parent, bid.path] = first
        found = self._wanted[parent, bid.path].items()
        return next((f"{one} wants {wanted}" for wanted, one in found if wanted not in (None, bid.new)), None)


def _said(row: Change, bid: FieldChange, parent: Address, family: _Family) -> list[str]:
    others = sorted(str(one) for one in family.children[parent] if one != row.address)
    if not others:
        return []
    return [f"{row.address}: {bid.path} becomes {bid.new} in every ad group of {parent}: {', '.join(others)}"]
