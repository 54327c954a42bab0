"""`unmanaged`: the live objects that no manifest declares, of every family that lives in the account."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.account.listing import read_all
from reconciler.apply.reply import settle_recorded
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, LiveObject
from reconciler.workflow.session import Session

_SHOWN = frozenset({"status", "budget"})


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """One of them. `holder`: the address of what it belongs to, where a manifest declares that."""

    kind: str
    live: LiveObject
    holder: Address | None

    def document(self) -> dict[str, str | None]:
        """As in `unmanaged --json`; money is text in the currency's minor units."""
        fields = self.live.fields
        status, budget = (str(fields[name]) if fields.get(name) is not None else None for name in ("status", "budget"))
        return {
            "kind": self.kind,
            "id": self.live.id,
            "name": self.live.name,
            "parent": self.live.parent,
            "status": status,
            "budget": budget,
        }


def unmanaged(session: Session) -> list[Unmanaged]:
    """Parents first, then by name. Sends nothing but GET. Raises ReconcilerError when a listing is not complete."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
    desired = session.desired(ledger, births=False)
    reader = session.reader(session.client(read_only=True), ledger, whole=True)
    reader.extra = dict.fromkeys(reader.contracts.kinds, _SHOWN)
    listings = read_all(reader, reader.contracts.kinds)
    bound = {(one.kind, entry.id): one for one, entry in ledger.lock.resources.items()}
    bound |= {(one.kind, found.adopt): one for one, found in desired.items() if found.adopt}
    return [
        Unmanaged(kind, live, bound.get((KINDS[kind].parent or "", live.parent or "")))
        for kind, listing in listings.items()
        for live in sorted(listing.objects.values(), key=lambda one: (one.name, one.id))
        if (kind, live.id) not in bound
    ]
