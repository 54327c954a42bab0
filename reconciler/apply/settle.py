"""Settling writes of unknown outcome: wait until nothing can still happen, look twice, then adopt, clear or ask.

A write that was lost may be committed late, and a list may lag behind a commit; so nothing is believed before the quiet
period since its sending has passed, and only what two complete listings agree on. What they show decides:

    create     one object of that parent and name, as it was sent      → ours
               none                                                    → never made; the next plan asks for it again
               another one, or several                                 → a person decides (`reconciler recover`)
    update     the live values are what was sent                       → done
               anything else                                           → not done or overwritten; the next plan tells
    delete     gone                                                    → done
    submit     a task cannot be told from a stranger's                 → a person decides
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.account.listing import Listing
from reconciler.api import replies
from reconciler.api.returned import SEEN
from reconciler.api.transport import Reply
from reconciler.apply.reply import candidates, settle_listed, settle_recorded
from reconciler.apply.run import Run
from reconciler.canonical import normal_text
from reconciler.model import LiveObject, LockEntry
from reconciler.plan.basis import is_implausible
from reconciler.plan.edges import is_object
from reconciler.plan.lists import either, holds
from reconciler.state.entries import parse_entry
from reconciler.state.fold import Intent

_SKEW = 120.0
"""Seconds the server's clock may differ from ours."""
_STRANGE = 30 * 86400.0
"""Seconds after which the time a write was sent is not believed, and the whole period is waited again."""
# Multiples of the quiet period: after a create, after another write, after a submit; and between two looks.
_CREATE, _CHANGE, _SUBMIT, _BETWEEN = 1.0, 2 / 3, 5.0, 1 / 12


def settles_at(intent: Intent, quiet_period: float) -> float:
    """When a write without an answer can no longer take effect, in seconds since the epoch."""
    factor = {"create": _CREATE, "submit": _SUBMIT}.get(intent.verb, _CHANGE)
    return intent.sent_at + quiet_period * factor


class Settler(Struct):
    """Asked first by every command that sends writes."""

    run: Run

    def settle(self) -> None:
        """Settle what can be settled. Raises ApiError when the account cannot be listed: then nothing is settled."""
        settle_recorded(self.run.ledger, self.run.contracts)
        self._outlast_the_lost()
        accepted = {intent.address.kind for intent in self._open() if intent.accepted}
        if accepted:
            # What was accepted is there for certain; only its id is missing.
            settle_listed(
                self.run.ledger, self.run.contracts, {kind: self.run.reader.listing(kind) for kind in sorted(accepted)}
            )
        waiting = self._open()
        if not waiting or not self._wait(waiting):
            return
        kinds = sorted({intent.address.kind for intent in waiting})
        first = {kind: self.run.reader.listing(kind) for kind in kinds}
        self.run.world.sleep(self.run.quiet_period * _BETWEEN)
        second = {kind: self.run.reader.listing(kind) for kind in kinds}
        for intent in waiting:
            if self._is_doubted(intent.address.kind, second[intent.address.kind]):
                self.run.ledger.unknown(intent, "the listing lost too many bound objects to be believed")
            else:
                self._decide(intent, first[intent.address.kind], second[intent.address.kind])

    def _is_doubted(self, kind: str, listing: Listing) -> bool:
        """Whether a listing that shows no trace of a write would show none of much else, too."""
        ids = [one.id for address, one in self.run.ledger.lock.resources.items() if address.kind == kind]
        missing = sum(one not in listing.objects and one not in listing.deleted for one in ids)
        return is_implausible(missing, len(ids))

    def _open(self) -> list[Intent]:
        """Writes to objects of the account; a submit is for a person, see `recover`."""
        return [one for one in self.run.ledger.intents.values() if is_object(one.address)]

    def _wait(self, intents: Iterable[Intent]) -> bool:
        """Until the last of them can no longer take effect; False when the run was asked to end."""
        now = self.run.world.now()
        left = 0.0
        for intent in intents:
            due = settles_at(intent, self.run.quiet_period)
            if self.run.ledger.batch or not now - _STRANGE < intent.sent_at <= now + 1:
                # The clock cannot be trusted, or was another machine's: wait all of it again.
                due = now + (due - intent.sent_at)
            left = max(left, due - now)
        self._sleep(left, "an earlier write has no known outcome")
        return not self.run.stopped()

    def _outlast_the_lost(self) -> None:
        """Where machines share a journal that has lost its end, as after a restore, another may have sent something
        just before: what that made has to be listed before anything of its name is created."""
        lost_at = self.run.ledger.lost_at
        if self.run.ledger.batch and lost_at is not None:
            left = min(lost_at + self.run.quiet_period * _CREATE - self.run.world.now(), self.run.quiet_period)
            self._sleep(left, "the journal has lost its end, and with it perhaps a write")

    def _sleep(self, seconds: float, why: str) -> None:
        """Until nothing can still take effect, or the run is asked to end."""
        if seconds <= 0:
            return
        self.run.told(f"{why}; waiting {seconds:.0f} s until it can no longer take effect")
        until = self.run.world.monotonic() + seconds
        while not self.run.stopped() and (rest := until - self.run.world.monotonic()) > 0:
            self.run.world.sleep(rest)

    def _decide(self, intent: Intent, first: Listing, second: Listing) -> None:
        if intent.verb == "create":
            self._decide_create(intent, first, second)
            return
        entry = self.run.ledger.lock.resources.get(intent.address)
        identity = intent.meta.get("id") or (entry.id if entry else "")
        live = [listing.objects.get(identity) for listing in (first, second)]
        if intent.verb == "delete":
            gone = live == [None, None]
        elif live[0] is None or live[1] is None:
            gone = False
        else:
            gone = not any(self._differs(intent, one) for one in live if one) and self._shows(intent, live[1])
        if gone:
            self.run.ledger.done(intent)
        else:
            self._claim(intent)
            self.run.ledger.rejected(intent, "absent", "two listings show other values than were sent")

    def _claim(self, intent: Intent) -> None:
        """What an update may have put into a list is ours, though others have changed the list since."""
        entry, later = self.run.ledger.lock.resources.get(intent.address), intent.entries.get(str(intent.address))
        binding = self.run.contracts.binding(intent.contract, intent.address.kind)
        if entry is None or later is None or not binding.merged:
            return
        wanted = parse_entry(intent.address, {**later, "id": entry.id})
        lists = either(binding, entry.applied, wanted.applied) if isinstance(wanted, LockEntry) else {}
        if lists:
            self.run.ledger.change(
                {intent.address: replace(entry, applied={**entry.applied, **lists})}, "may have been added"
            )

    def _differs(self, intent: Intent, live: LiveObject) -> str | None:
        """The first field that is not as it was sent, in words; None when all that can be read are."""
        fields = self.run.contracts.binding(intent.contract, intent.address.kind).field
        for path, value in sorted(sent(intent).items()):
            if path not in live.fields:
                continue
            row, shown = fields.get(path), live.fields[path]
            if row and row.merged and intent.verb == "create":
                # Others may have added to it since.
                same = holds(row, value, shown)
            else:
                same = row.same(value, shown) if row and row.keyed else _as_json(shown) == _as_json(value)
            if not same:
                return f"{path} is {live.fields[path]}, sent was {value}"
        return None

    def _shows(self, intent: Intent, live: LiveObject) -> bool:
        """Whether the live object confirms what an update set: a field that is left out, though it can be shown,
        confirms nothing. Sending it again harms nobody."""
        fields = self.run.contracts.binding(intent.contract, intent.address.kind).field
        return all(
            path in live.fields or (path in fields and fields[path].shown == "never") or _is_nothing(value)
            for path, value in sent(intent).items()
        )

    def _decide_create(self, intent: Intent, first: Listing, second: Listing) -> None:
        found = candidates(intent, self.run.contracts, first)
        if found != candidates(intent, self.run.contracts, second):
            self.run.ledger.unknown(intent, "two listings do not agree on what is there")
        elif not found:
            if intent.accepted:
                self.run.ledger.unknown(intent, "the API said it was created, but no listing shows it")
            elif _was_seen(intent):
                self.run.ledger.unknown(intent, "the API said it has had this create already, but no listing shows it")
            else:
                if token := json.loads(intent.body).get("request_id"):
                    # Should the first one come after all, the second is refused.
                    self.run.tokens[intent.address] = token
                self.run.ledger.rejected(intent, "absent", "two listings do not show it")
        elif len(found) > 1:
            self.run.ledger.unknown(intent, f"several objects could be it: {', '.join(found)}")
        else:
            why = self._differs(intent, second.objects[found[0]]) or self._wrong_time(intent, second.objects[found[0]])
            if why:
                self.run.ledger.unknown(intent, f"{found[0]} has its name, but {why}")
            else:
                self.run.ledger.done(intent, found[0], listed=True)

    def _wrong_time(self, intent: Intent, live: LiveObject) -> str | None:
        if live.created is None:
            return None
        try:
            made = datetime.strptime(live.created, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return None
        if intent.since - _SKEW <= made <= settles_at(intent, self.run.quiet_period) + _SKEW:
            return None
        return f"it was created at {live.created} UTC, not when it was sent"


def _was_seen(intent: Intent) -> bool:
    """Whether the API knew the request_id: then it was made, as far as it says."""
    recorded = intent.reply or {}
    return "body" in recorded and replies.read(Reply(recorded["status"], recorded["body"].encode())).code == SEEN


def sent(intent: Intent) -> Mapping[str, Any]:
    """The fields a write set, under our names."""
    found: Mapping[str, Any] = intent.meta.get("sent", {})
    return found


def _is_nothing(value: Any) -> bool:
    """Whether a value that is left out says the same."""
    return value in (None, "", [], ())


def _as_json(value: Any) -> Any:
    """Tuples and lists alike, as JSON has them; of a text, what a server that trims keeps of it."""
    return normal_text(value) if isinstance(value, str) else json.loads(json.dumps(value))
