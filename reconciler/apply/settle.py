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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.account.listing import Listing, Reader
from reconciler.apply.reply import candidates, settle_listed, settle_recorded
from reconciler.contracts.contract import Contract
from reconciler.model import LiveObject
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from reconciler.world import World

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


@dataclass(slots=True)
class Settler:
    """Run first by every command that sends writes. `told` hears why it waits."""

    world: World
    reader: Reader
    contract: Contract
    ledger: Ledger
    quiet_period: float
    stopped: Callable[[], bool]
    told: Callable[[str], None]

    def run(self) -> None:
        """Settle what can be settled. Raises ApiError when the account cannot be listed: then nothing is settled."""
        settle_recorded(self.ledger, self.contract)
        accepted = {intent.address.kind for intent in self._open() if intent.accepted}
        if accepted:
            # What was accepted is there for certain; only its id is missing.
            settle_listed(self.ledger, self.contract, {kind: self.reader.listing(kind) for kind in sorted(accepted)})
        waiting = self._open()
        if not waiting or not self._wait(waiting):
            return
        kinds = sorted({intent.address.kind for intent in waiting})
        first = {kind: self.reader.listing(kind) for kind in kinds}
        self.world.sleep(self.quiet_period * _BETWEEN)
        second = {kind: self.reader.listing(kind) for kind in kinds}
        for intent in waiting:
            self._decide(intent, first[intent.address.kind], second[intent.address.kind])

    def _open(self) -> list[Intent]:
        """Writes to objects of the account; a submit is for a person, see `recover`."""
        return [one for one in self.ledger.intents.values() if one.address.kind in self.contract.bindings]

    def _wait(self, intents: Iterable[Intent]) -> bool:
        """Until the last of them can no longer take effect; False when the run was asked to end."""
        now = self.world.now()
        left = 0.0
        for intent in intents:
            due = settles_at(intent, self.quiet_period)
            if self.ledger.batch or not now - _STRANGE < intent.sent_at <= now + 1:
                # The clock cannot be trusted, or was another machine's: wait all of it again.
                due = now + (due - intent.sent_at)
            left = max(left, due - now)
        if left > 0:
            self.told(f"an earlier write has no known outcome; waiting {left:.0f} s until it can no longer take effect")
            until = self.world.monotonic() + left
            while not self.stopped() and (rest := until - self.world.monotonic()) > 0:
                self.world.sleep(rest)
        return not self.stopped()

    def _decide(self, intent: Intent, first: Listing, second: Listing) -> None:
        if intent.verb == "create":
            self._decide_create(intent, first, second)
            return
        entry = self.ledger.lock.resources.get(intent.address)
        identity = intent.meta.get("id") or (entry.id if entry else "")
        live = [listing.objects.get(identity) for listing in (first, second)]
        if intent.verb == "delete":
            gone = live == [None, None]
        elif live[0] is None or live[1] is None:
            gone = False
        else:
            gone = not _differs(intent, live[0]) and not _differs(intent, live[1])
        if gone:
            self.ledger.done(intent)
        else:
            self.ledger.rejected(intent, "absent", "two listings show other values than were sent")

    def _decide_create(self, intent: Intent, first: Listing, second: Listing) -> None:
        found = candidates(intent, self.contract, first)
        if found != candidates(intent, self.contract, second):
            self.ledger.unknown(intent, "two listings do not agree on what is there")
        elif not found:
            if intent.accepted:
                self.ledger.unknown(intent, "the API said it was created, but no listing shows it")
            else:
                self.ledger.rejected(intent, "absent", "two listings do not show it")
        elif len(found) > 1:
            self.ledger.unknown(intent, f"several objects could be it: {', '.join(found)}")
        else:
            why = _differs(intent, second.objects[found[0]]) or self._wrong_time(intent, second.objects[found[0]])
            if why:
                self.ledger.unknown(intent, f"{found[0]} has its name, but {why}")
            else:
                self.ledger.done(intent, found[0], listed=True)

    def _wrong_time(self, intent: Intent, live: LiveObject) -> str | None:
        if live.created is None:
            return None
        try:
            made = datetime.strptime(live.created, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return None
        if intent.since - _SKEW <= made <= settles_at(intent, self.quiet_period) + _SKEW:
            return None
        return f"it was created at {live.created} UTC, not when it was sent"


def _differs(intent: Intent, live: LiveObject) -> str | None:
    """The first field that is not as it was sent, in words; None when all that can be read are."""
    for path, value in sorted(sent(intent).items()):
        if path in live.fields and _plain(live.fields[path]) != _plain(value):
            return f"{path} is {live.fields[path]}, sent was {value}"
    return None


def sent(intent: Intent) -> Mapping[str, Any]:
    """The fields a write set, under our names."""
    found: Mapping[str, Any] = intent.meta.get("sent", {})
    return found


def _plain(value: Any) -> Any:
    """Tuples and lists alike, as JSON has them."""
    return json.loads(json.dumps(value))
