"""Looking again after writes: ids the API did not tell, and whether what was sent is what is there.

Reads are batched: one listing a kind and stage, not one a resource. A list may lag behind a write, so a difference is
believed only when it stays for the quiet period.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from operator import eq
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.account.listing import Listing, merged
from reconciler.apply.reply import candidates
from reconciler.apply.run import Run
from reconciler.contracts.smart_plus.creatives import words
from reconciler.errors import ReconcilerError
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Asset, Entry, LiveObject
from reconciler.plan.edges import identified
from reconciler.plan.lists import remembered
from reconciler.plan.sending import Action
from reconciler.state.fold import Intent

_LOOK_AGAIN = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between looks at a list that may lag; the last one repeats."""
_IDS_A_CALL = 100

Differences = list[tuple[Address, str]]


class Readback(Struct):
    """What the executor looks with."""

    run: Run

    def created(
        self, kind: str, made: Sequence[Action], known: Listing
    ) -> tuple[list[Address], Differences, Listing | None]:
        """Bind what was accepted without an id, by parent and exact name.

        Returns (addresses whose id was not found, differences between what was sent and what is there, the last
        listing). `known` is the listing from before the creates; it tells what the cheaper way to list is.
        """
        waiting = {one.address: one for one in self._accepted(kind)}
        last: Listing | None = None

        def look() -> tuple[list[Address], Differences]:
            nonlocal last
            last = listing = self._list_created(kind, list(waiting.values()), made, known)
            for address, intent in list(waiting.items()):
                found = candidates(intent, self.run.contracts, listing)
                if len(found) == 1:
                    self.run.ledger.done(intent, found[0], listed=True)
                    del waiting[address]
            self._listed(made, listing)
            # Whether it was born paused can only be seen.
            unseen = [one.address for one in made if one.born and self._id_of(one) not in listing.objects]
            return [*waiting, *unseen], self._differences(made, listing, settled=False)

        try:
            self._until_settled(look, kind)
            return list(waiting), self._differences(made, last) if last else [], last
        except ReconcilerError as error:
            self.run.told(str(error))
            return list(waiting), [], last

    def _listed(self, made: Sequence[Action], listing: Listing) -> None:
        """What a list has shown is believed no longer than the list shows it."""
        known = self.run.ledger.lock.resources
        shown: dict[Address, Entry | None] = {
            action.address: replace(known[action.address], unlisted_since=None)
            for action in made
            if self._bound(action)
            and known[action.address].unlisted_since
            and known[action.address].id in listing.objects
        }
        self.run.ledger.change(shown, "listed")

    def changed(self, kind: str, sent: Sequence[Action]) -> Differences:
        """Compare what updates sent with what is there now."""
        ids = [self._id_of(action) or "" for action in sent]
        last: Listing | None = None

        def look() -> tuple[list[Address], Differences]:
            nonlocal last
            some = ids if len(ids) <= _IDS_A_CALL else ()
            last = listing = self.run.reader.listing(kind, ids=some, of=[self.run.contracts.of(sent[0].contract).name])
            return [], self._differences(sent, listing)

        try:
            wrong = self._until_settled(look, kind)[1]
            keyed = self.run.contracts.binding(sent[0].contract, kind).keyed
            self.remember([action for action in sent if keyed or action.address in dict(wrong)], last)
            return wrong
        except ReconcilerError as error:
            return [(action.address, f"it could not be read back: {error}") for action in sent]

    def _until_settled(
        self, look: Callable[[], tuple[list[Address], Differences]], kind: str
    ) -> tuple[list[Address], Differences]:
        began, attempt = self.run.world.monotonic(), 0
        while True:
            missing, wrong = look()
            left = began + self.run.quiet_period - self.run.world.monotonic()
            if not (missing or wrong) or left <= 0 or self.run.stopped():
                return missing, wrong
            self.run.told(f"{len(missing) + len(wrong)} {kind} rows are not listed as sent yet")
            self.run.world.sleep(min(_LOOK_AGAIN[min(attempt, len(_LOOK_AGAIN) - 1)], left))
            attempt += 1

    def _accepted(self, kind: str) -> list[Intent]:
        return [one for one in self.run.ledger.intents.values() if one.accepted and one.address.kind == kind]

    def _list_created(self, kind: str, waiting: Sequence[Intent], made: Sequence[Action], known: Listing) -> Listing:
        """The cheaper of one complete listing and one a parent."""
        contract = self.run.contracts.of(made[0].contract)
        binding = contract.bindings[kind]
        pages = 1 + (known.rows + len(made)) // binding.page_size
        if binding.parent_key is None:
            ids = [self.run.ledger.lock.resources[action.address].id for action in made]
            some = ids if pages > 1 and len(ids) <= _IDS_A_CALL else ()
            return self.run.reader.listing(kind, ids=some, of=[contract.name])
        parents = {str(json.loads(intent.body)[binding.parent_key]) for intent in waiting}
        above = [self.run.ledger.lock.resources[action.address].parent for action in made if self._bound(action)]
        parents |= {self.run.ledger.lock.resources[one].id for one in above if one}
        if len(parents) < pages:
            of = [contract.name]
            return merged([self.run.reader.listing(kind, parent=parent, of=of) for parent in sorted(parents)])
        return self.run.reader.listing(kind, of=[contract.name])

    def _bound(self, action: Action) -> bool:
        return action.address in self.run.ledger.lock.resources

    def _id_of(self, action: Action) -> str | None:
        entry = self.run.ledger.lock.resources.get(action.address)
        return action.id or (entry.id if entry else None)

    def remember(self, sent: Sequence[Action], listing: Listing | None) -> None:
        """Write down what the platform has made of our texts: the next plans take it for what was sent."""
        known = self.run.ledger.lock.resources
        kept: dict[Address, Entry | None] = {}
        for action in sent if listing else ():
            entry, live = known.get(action.address), self._live(action, listing)
            if entry is None or live is None or action.id not in (None, entry.id):
                continue
            texts = (
                KINDS[action.address.kind].free_text & action.sent.keys() & live.fields.keys() & entry.applied.keys()
            )
            stored = {
                path: (action.sent[path], live.fields[path])
                for path in texts
                if live.fields[path] != action.sent[path] == entry.applied[path]
            }
            binding = self.run.contracts.binding(action.contract, action.address.kind)
            creatives = remembered(entry.applied, live.fields, binding) or entry.creatives
            if stored or creatives != entry.creatives:
                both = {**entry.stored_as, **stored}
                kept[action.address] = replace(entry, stored_as=both, creatives=creatives)
        self.run.ledger.change(kept, "stored otherwise")

    def _live(self, action: Action, listing: Listing | None) -> LiveObject | None:
        return listing.objects.get(self._id_of(action) or "") if listing else None

    def _differences(self, sent: Sequence[Action], listing: Listing, *, settled: bool = True) -> Differences:
        """What reads back otherwise. Without `settled` only what may still come: no list lags behind in the text of an
        object that is new."""
        wrong: Differences = []
        for action in sent:
            live = self._live(action, listing)
            if live is None:
                # Our own record is believed until the list shows it.
                continue
            binding = self.run.contracts.binding(action.contract, action.address.kind)
            free = KINDS[action.address.kind].free_text
            # What is paused by a call of its own is listed after it; what was born paused is looked at by itself.
            governs = binding.governs and not binding.born_paused
            paused = {"status": "DISABLE"} if action.verb == "create" and governs else {}
            for path, planned in {**action.kept, **action.sent, **paused}.items():
                value = identified(planned, self.run.ledger.lock.resources)
                # An update is looked at whole where the platform says that it may replace what it was not sent, and
                # so is everything whose parts the platform may drop without a word.
                looked_at = (
                    isinstance(value, str) or binding.create_token or (action.verb == "update" and binding.resent)
                )
                final = path in free and action.verb == "create"
                if path not in live.fields or not looked_at or isinstance(value, Asset) or (final and not settled):
                    continue
                row = binding.field.get(path)
                if not (row.same if row and row.keyed else eq)(value, live.fields[path]):
                    shown = live.fields[path]
                    if row and row.keyed:
                        value, shown = words(value), words(shown)
                    wrong.append((action.address, _said(path, value, shown, free)))
        return wrong


def _said(path: str, sent: Any, live: Any, free: frozenset[str]) -> str:
    if path in free and isinstance(live, str):
        told = f'{path} was sent as "{sent}" and reads back as "{live}"'
        return f"{told}: the platform has stored it so, or somebody changed it; write it so in the manifest"
    return f"{path} was sent as {sent} and reads back as {live}"
