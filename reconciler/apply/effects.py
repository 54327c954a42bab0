"""An action as it is sent: ids in the places of objects, videos and tokens, once they are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from reconciler.account.listing import Listing
from reconciler.apply.run import Run
from reconciler.apply.send import Effect
from reconciler.apply.uploads import Uploads
from reconciler.canonical import normal_text
from reconciler.contracts.places import Token
from reconciler.model import Address, Asset, Call, Cover, Entry, LockEntry, Ref
from reconciler.plan.batches import together
from reconciler.plan.sending import Action

AnyEntry = TypeVar("AnyEntry", Entry, None, Entry | None, LockEntry | None)


class Filler(Struct, frozen=True):
    """What knows the ids."""

    run: Run
    uploads: Uploads
    listings: Mapping[str, Listing]

    def effect(self, action: Action, call: Call) -> Effect:
        """The write, its videos brought into the library. Raises ReconcilerError when one could not be."""
        return Effect(
            action.address,
            action.verb,
            call.path,
            self.value(call.body, action.address),
            tuple(self._seen(action)),
            {one: self.entry(entry, action.address) for one, entry in action.entries.items()},
            self._meta(action),
            gap_seconds=self.run.contracts.binding(action.contract, action.address.kind).gap_seconds,
        )

    def together(self, pairs: Sequence[tuple[Action, Effect]]) -> list[Effect]:
        """The writes as one call, each with the object that the answer is looked up for."""
        if len(pairs) == 1:
            return [pairs[0][1]]
        body = self.value(together([one.call for one, _ in pairs if one.call]).body, pairs[0][0].address)
        known = self.run.ledger.lock.resources
        return [
            replace(effect, body=body, meta={**effect.meta, "id": action.id or known[action.address].id})
            for action, effect in pairs
        ]

    def value(self, value: Any, address: Address) -> Any:
        """A value with ids in the places of objects and videos; `address` is what it is for."""
        if isinstance(value, Ref):
            return self.run.ledger.lock.resources[value.address].id
        if isinstance(value, Token):
            return self.run.token(address)
        if isinstance(value, Asset):
            return self.uploads.held(value)
        if isinstance(value, Cover):
            return self.uploads.cover(self.value(value.video, address), address)
        if isinstance(value, Mapping):
            return {key: self.value(item, address) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self.value(item, address) for item in value)
        return value

    def at_hand(self, value: Any, address: Address) -> bool:
        """Whether `value` needs no call to fill in: what it names is in the library."""
        if isinstance(value, Asset):
            return self.uploads.is_held(value)
        if isinstance(value, Cover):
            return self.at_hand(value.video, address) and self.uploads.has_cover(self.value(value.video, address))
        if isinstance(value, Mapping):
            value = tuple(value.values())
        return not isinstance(value, list | tuple) or all(self.at_hand(one, address) for one in value)

    def entry(self, entry: AnyEntry, address: Address) -> AnyEntry:
        """A lockfile entry with ids in the places of videos."""
        if isinstance(entry, LockEntry):
            return replace(entry, applied=self.value(entry.applied, address))
        return entry

    def parent(self, action: Action) -> str | None:
        """The id of what a create is to belong to."""
        return self.run.ledger.lock.resources[action.parent].id if action.parent else None

    def _meta(self, action: Action) -> dict[str, Any]:
        """What the journal keeps with it, so that its reply can be understood after a crash."""
        told = {"id": action.id, "contract": action.contract}
        return {"sent": self.value(action.sent, action.address), **{key: one for key, one in told.items() if one}}

    def _seen(self, action: Action) -> list[str]:
        """Ids that already have the name and parent a create is about to use."""
        if action.verb != "create":
            return []
        name = normal_text(action.sent[self.run.contracts.binding(action.contract, action.address.kind).name_field])
        return list(self.listings[action.address.kind].by_name.get((self.parent(action), name), []))
