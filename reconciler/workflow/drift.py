"""`drift`: only what others changed since the last apply (live − applied)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.kinds.registry import KINDS
from reconciler.model import Address
from reconciler.plan import sort_key
from reconciler.workflow.plan import Choices, make
from reconciler.workflow.session import Session


class DriftedField(NamedTuple):
    """`desired` is None where no manifest sets the field any more."""

    path: str
    applied: Any
    live: Any
    desired: Any


@dataclass(frozen=True, slots=True)
class Drifted:
    """One object that is not as it was last applied. `gone`: no complete listing shows it."""

    address: Address
    id: str
    fields: tuple[DriftedField, ...]
    modified_at: str | None
    gone: bool = False


def drift(session: Session) -> list[Drifted]:
    """Every object that others changed or deleted, in the plan's order. Sends nothing but GET."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    ledger = session.ledger()
    desired = session.desired(ledger)
    reader = session.reader(session.client(read_only=True))
    basis = make(session, ledger, desired, reader, Choices()).basis
    found = []
    for address in sorted(basis.entries, key=sort_key):
        entry = basis.entries[address]
        if address in basis.open:
            continue
        live = basis.object_of(address)
        if live is None:
            if not entry.removed_at:
                found.append(Drifted(address, entry.id, (), None, gone=True))
            continue
        wanted = desired[address].fields if address in desired else {}
        unordered = KINDS[address.kind].unordered
        fields = []
        for path, applied in sorted(entry.applied.items()):
            now = live.fields.get(path)
            if path in unordered and isinstance(now, tuple):
                now = tuple(sorted(now, key=str))
            if path in live.fields and now != applied:
                fields.append(DriftedField(path, applied, now, wanted.get(path)))
        if fields:
            found.append(Drifted(address, entry.id, tuple(fields), live.modified))
    return found
