"""Bids that are the campaign's: one that is changed on an ad group is changed on all of them. Pure.

One row of a campaign says so, whichever ad groups the manifests were edited for; the others differ in it no more once
that is done. Where manifests want several bids there is none that could be sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.model import Address, Change, FieldChange
from reconciler.plan.basis import Basis, Draft


def gather(basis: Basis, draft: Draft) -> None:
    """Leave each bid in the first row of its campaign."""
    told: dict[tuple[Address, str], Address] = {}
    rows: list[Change] = []
    for row in draft.changes:
        moved = list(_bids(row, basis))
        if other := next((found for one in moved if (found := _other(row, one, basis))), None):
            hint = f"the bid of an ad group is that of all in its campaign, and {other}: write the same there"
            rows.append(replace(row, op="blocked", reason="refused", fields=(), code="R216", hint=hint))
            continue
        parent = basis.desired[row.address].parent if moved else None
        again = [one for one in moved if parent and told.setdefault((parent, one.path), row.address) != row.address]
        for one in moved:
            if parent and one not in again:
                draft.warnings += _said(row, one, parent, basis)
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


def _siblings(address: Address, basis: Basis) -> Iterator[Address]:
    parent = basis.desired[address].parent
    yield from (one for one, each in basis.desired.items() if each.parent == parent and one != address)


def _other(row: Change, bid: FieldChange, basis: Basis) -> str | None:
    """What another manifest of the campaign wants instead, in words."""
    for one in _siblings(row.address, basis):
        wanted = basis.desired[one].fields.get(bid.path)
        if wanted is not None and wanted != bid.new:
            return f"{one} wants {wanted}"
    return None


def _said(row: Change, bid: FieldChange, parent: Address, basis: Basis) -> list[str]:
    others = sorted(str(one) for one in _siblings(row.address, basis))
    if not others:
        return []
    return [f"{row.address}: {bid.path} becomes {bid.new} in every ad group of {parent}: {', '.join(others)}"]
