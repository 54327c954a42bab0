"""Rows that the platform would refuse are blocked before anything is sent. Pure; the rules are the contract's.

Manifests are checked against most rules when they are read. Left are the ones that need more: the clock, and whether an
object is made anew, for which what is there already counts no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reconciler.contracts.contract import Broken
from reconciler.model import Address, Change
from reconciler.plan.basis import Basis, Draft


def hold(basis: Basis, draft: Draft, *, announced: bool) -> None:
    """Block every row that creates or sends what cannot be, and every replacement below a blocked one.

    `announced`: whether what the platform has announced for a day counts from that day on; else the server decides.
    """
    held: set[Address] = set()
    for place, change in enumerate(draft.changes):
        row = _ended(change, basis, draft, announced=announced) or _held(change, basis, held)
        if row is not None:
            held.add(change.address)
            draft.changes[place] = row


def _ended(change: Change, basis: Basis, draft: Draft, *, announced: bool) -> Change | None:
    """The row of a create that the platform no longer takes; a warning, where that is still to come or not certain."""
    if change.op not in ("create", "replace") or change.address.kind not in basis.contracts.kinds:
        return None
    contract, fields = basis.contract_of(change.address), basis.desired[change.address].fields
    told = contract.ends(change.address.kind, fields, basis.now)
    if told is None:
        return None
    if told[1] and announced:
        return replace(change, op="blocked", reason="refused", fields=(), code="R728", hint=told[0])
    draft.warnings.append(f"{change.address}: {told[0]}")
    return None


def _held(change: Change, basis: Basis, held: set[Address]) -> Change | None:
    if change.address.kind not in basis.contracts.kinds or change.op not in ("create", "replace", "update"):
        return None
    above = basis.desired[change.address].parent
    if change.op == "replace" and above in held:
        hint = f"{above}, to which it belongs, cannot be replaced: settle that first"
        return replace(change, op="blocked", reason="refused", fields=(), code="R707", hint=hint)
    for one in _broken(change, basis):
        text = f"{one.message}: {one.hint}"
        return replace(change, op="blocked", reason="refused", fields=(), code=one.code, hint=text)
    return None


def _broken(change: Change, basis: Basis) -> Iterator[Broken]:
    contract, kind = basis.contract_of(change.address), change.address.kind
    if change.op == "update":
        sent = {one.path: one.new for one in change.fields}
        yield from contract.late(kind, sent, {one.path: one.old for one in change.fields}, basis.now)
        return
    resource = basis.desired[change.address]
    above = basis.desired[resource.parent].fields if resource.parent else None
    yield from (one for one in contract.rules(kind, resource.fields, above, basis.currency) if one.only_new)
    yield from contract.late(kind, resource.fields, {}, basis.now)
