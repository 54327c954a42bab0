"""The only hand that changes the world: actions × client × ledger → outcomes.

Each effect: intent (durable) → one call → raw reply (durable) → its meaning → ledger. A write is sent again only when
the API has said that it did not look at it (throttled) or no connection ever stood. What may have been done and is not
known stays an open intent; what depends on it is not sent, and nothing that raises spend is sent after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, TypeVar

from reconciler.account.listing import Listing, Reader
from reconciler.api.client import described
from reconciler.apply.readback import Differences, Readback
from reconciler.apply.reply import candidates
from reconciler.apply.send import Effect, Sender
from reconciler.apply.uploads import Library
from reconciler.contracts.contract import Contract
from reconciler.errors import Credentials, ReconcilerError
from reconciler.model import Action, Address, Asset, Call, Change, Cover, Ended, Entry, LockEntry, Outcome, Plan, Ref
from reconciler.plan import actions as stages
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from reconciler.world import World

_HALTS = {
    "credentials": ("R602", "the API refused the credentials"),
    "throttled": ("R607", "the API kept throttling"),
    "unsent": ("R603", "the API could not be reached"),
}
AnyEntry = TypeVar("AnyEntry", Entry, None, Entry | None, LockEntry | None)
_FRESH_SECONDS = 60.0
_HINTS = {
    "R602": "check the access token and its permissions, then run again",
    "R603": "nothing was sent for it; run `reconciler apply` again",
    "R606": "correct what the message names, then run again",
    "R607": "wait a few minutes, then run `reconciler apply` again",
    "R708": "run `reconciler plan` again and review what changed",
    "R709": "run `reconciler apply` again after the quiet period; nothing is sent twice on faith",
    "R710": "run `reconciler apply` again",
    "R711": "run `reconciler apply` again: it is looked for first",
    "R712": "look at the object, then run `reconciler plan`",
    "R801": "run `reconciler plan` again",
}


@dataclass(slots=True)
class Executor:
    """One apply. `stopped` tells that a signal asked to end; `progress` hears of every action that ended."""

    world: World
    reader: Reader
    contract: Contract
    ledger: Ledger
    listings: dict[str, Listing]
    sender: Sender
    readback: Readback
    stopped: Callable[[], bool]
    progress: Callable[[Action], None]
    library: Library
    recheck: Callable[[Mapping[str, Listing]], str | None]
    """Given fresh listings before anything is enabled: why it must not be, or None."""
    outcomes: dict[Address, Outcome] = field(default_factory=dict)
    error: ReconcilerError | None = None
    """Why nothing could be recorded any more."""
    _rows: dict[Address, Change] = field(default_factory=dict)
    _left: dict[Address, int] = field(default_factory=dict)
    """Actions of a row that have not ended."""
    halt: str | None = None
    """Why nothing more is sent at all."""
    _hold: bool = False
    """Something is unknown, or could not be lowered: nothing that raises spend is sent."""

    def begin(self, plan: Plan, actions: Sequence[Action]) -> None:
        """Take the rows of a plan and all the actions there will be; end what is blocked."""
        self._rows = {change.address: change for change in plan.changes if change.op not in ("upload", "refresh")}
        # What an earlier run left unknown holds back raises like what this one does.
        self._hold = any(intent.address.kind in self.contract.bindings for intent in self.ledger.intents.values())
        for action in actions:
            self._left[action.address] = self._left.get(action.address, 0) + 1
        for change in plan.changes:
            if change.op == "blocked":
                self._end(change.address, "skipped", change.code, f"blocked: {change.reason}", hint=change.hint)

    def carry_out(self, actions: Sequence[Action], entries: Mapping[Address, Entry | None]) -> None:
        """Send the actions, stage by stage; then bring in `entries`, which need no call."""
        try:
            for stage, group in groupby(actions, key=lambda action: action.stage):
                self._stage(stage, list(group))
            if self.halt is None:
                self.ledger.change(entries, "metadata")
            self.ledger.save()
        except ReconcilerError as error:
            # The journal or the lockfile cannot be written any more: nothing else may be sent.
            self.error, self.halt = error, str(error)
        except KeyboardInterrupt:
            self.halt = "the run was interrupted twice"
        with suppress(ReconcilerError):
            self.ledger.withdraw()

    def wait(self, address: Address, message: str) -> None:
        """End a row whose variant is still being made; what depends on it waits, too."""
        self._end(address, "pending", None, message)

    def skip(self, address: Address, message: str, hint: str) -> None:
        """End a row whose variant will not come in this run."""
        self._end(address, "skipped", "R707", message, hint=hint)

    def finish(self) -> None:
        """Give every row of the plan an outcome."""
        for intent in self.ledger.intents.values():
            if intent.address in self._rows and intent.run == self.ledger.run and not intent.accepted:
                self._end(intent.address, "unknown", "R709", "the run ended before its reply was read")
        for address in self._rows:
            if address not in self.outcomes:
                self._end(address, "skipped", "R710", self.halt or "the run stopped before its turn")
        for address, row in self.outcomes.items():
            # An id may have been found after the row had ended.
            entry = self.ledger.lock.resources.get(address)
            self.outcomes[address] = replace(row, id=entry.id) if entry else row

    def _stage(self, stage: int, group: list[Action]) -> None:
        if stages.ENABLE <= stage < stages.FORGET and self.halt is None and not self._hold:
            self._look_before_enabling(group)
        ahead = deque(stages.foreseen(group, self.ledger.lock.resources) if self.ledger.batch else ())
        for action in group:
            if self.stopped():
                self.halt = "the run was interrupted"
            if self.halt is not None:
                break
            if self._ready(action):
                if ahead and ahead[0] is action:
                    self._announce(ahead)
                self._perform(action)
            else:
                self._hold = self._hold or action.lowers
                if ahead and ahead[0] is action:
                    ahead.popleft()
            self.ledger.checkpoint()
        self.ledger.withdraw()
        if self.halt is None:
            self._look_back(stage, group)

    def _look_back(self, stage: int, group: list[Action]) -> None:
        for kind in sorted({action.address.kind for action in group if action.call}):
            mine = [action for action in group if action.address.kind == kind]
            missing: list[Address] = []
            if stages.CREATE <= stage < stages.CHANGE:
                made = [action for action in mine if action.verb == "create" and self._going_well(action.address)]
                if made:
                    missing, wrong, live = self.readback.created(kind, made, self.listings[kind])
                    wrong += self._births(kind, [one for one in made if one.address not in missing], live)
                else:
                    wrong = []
            else:
                done = [one for one in mine if one.verb != "delete" and one.sent and self._going_well(one.address)]
                wrong = self.readback.changed(kind, done) if done else []
            for address in missing:
                self._hold = True
                self._end(address, "unknown", "R711", "created, but the list does not show it yet")
            for address, text in wrong:
                self._hold = True
                self._end(address, "failed", "R712", text)

    def _births(self, kind: str, made: Sequence[Action], listing: Listing | None) -> Differences:
        """What was asked to be born paused: known to be so, or paused now, before anything is made below it."""
        asked = [one for one in made if one.born and self._going_well(one.address)]
        paused: dict[Address, Entry | None] = {}
        late: list[Action] = []
        wrong: Differences = []
        for action in asked:
            entry = self.ledger.lock.resources[action.address]
            live = listing.objects.get(entry.id) if listing else None
            born = self._filled_entry(action.born, action.address)
            if born is None or live is None:
                wrong.append((action.address, f"{entry.id} is made, but no list shows that it is paused"))
            elif live.fields.get("status") == "DISABLE":
                paused[action.address] = replace(
                    born, id=entry.id, born=entry.born, unlisted_since=entry.unlisted_since
                )
            else:
                call = self.contract.status(action.address, self.reader.advertiser, "DISABLE")
                sent = {"status": "DISABLE"}
                late.append(
                    Action(action.address, "pause", action.stage, call, sent=sent, entries={action.address: born})
                )
        self.ledger.change(paused, "born paused")
        for action in late:
            self._left[action.address] += 1
            self._perform(action)
        late = [one for one in late if self._going_well(one.address)]
        return wrong + (self.readback.changed(kind, late) if late else [])

    def _ready(self, action: Action) -> bool:
        """Whether the action may be sent; if not, its row's outcome says why."""
        if not self.follows(action):
            return False
        if action.raises and self._hold:
            text = "nothing that raises spend is sent while an earlier write is unknown or failed"
            self._end(action.address, "skipped", "R710", text)
            return False
        return self._as_planned(action)

    def follows(self, action: Action) -> bool:
        """Whether all that it depends on is done; if not, its row's outcome says why."""
        if action.address in self.outcomes:
            return False
        for above in action.after:
            if above in self.outcomes and self.outcomes[above].outcome == "pending":
                self._end(action.address, "pending", None, f"it waits for {above}")
                return False
            if above != action.address and not (self._going_well(above) and above in self.ledger.lock.resources):
                text, hint = f"it depends on {above}, which is not done", f"settle {above} first, then run apply again"
                self._end(action.address, "skipped", "R707", text, hint=hint)
                return False
        return True

    def _as_planned(self, action: Action) -> bool:
        """Whether the live object still is what the plan saw; listings older than a minute are read again."""
        if not action.expects:
            return True
        kind = action.address.kind
        if self.world.monotonic() - self.listings[kind].at > _FRESH_SECONDS:
            try:
                self.listings[kind] = self.reader.listing(kind)
            except ReconcilerError as error:
                self._fail(action, error)
                return False
        live = self.listings[kind].objects.get(action.id or self.ledger.lock.resources[action.address].id)
        for path, seen in action.expects.items():
            if live is None or (path in live.fields and live.fields[path] != seen):
                text = f"{path} is now {live.fields[path]}, the plan saw {seen}" if live else "the object is gone"
                self._end(action.address, "failed", "R708", text)
                return False
        return True

    def _look_before_enabling(self, group: list[Action]) -> None:
        """Fresh listings before spend can rise: the guard rail holds on live values too."""
        try:
            for kind in ("campaign", "adgroup"):
                if self.world.monotonic() - self.listings[kind].at > 1:
                    self.listings[kind] = self.reader.listing(kind)
        except ReconcilerError as error:
            for action in group:
                self._fail(action, error)
            return
        why = self.recheck(self.listings)
        for action in group if why else ():
            self._end(action.address, "failed", "R801", why)

    def _perform(self, action: Action) -> None:
        if action.call is None:
            self.ledger.change(action.entries, action.verb)
            self._finish(action)
        else:
            self._send(action, action.call)

    def _announce(self, ahead: deque[Action]) -> None:
        """Where the state is shared: the next intents of the stage leave this machine before the first is sent."""
        effects: list[Effect] = []
        while ahead and len(effects) < self.ledger.batch and self.halt is None and not self.stopped():
            action = ahead.popleft()
            effect = self._effect(action, action.call) if action.call and self._promising(action) else None
            effects += [effect] if effect else []
        self.sender.announce(effects)

    def _promising(self, action: Action) -> bool:
        """Whether nothing that is known already keeps it from being sent."""
        above = [one for one in action.after if one != action.address]
        held = action.raises and self._hold
        ready = all(self._going_well(one) and one in self.ledger.lock.resources for one in above)
        return ready and not held and action.address not in self.outcomes

    def _effect(self, action: Action, call: Call) -> Effect | None:
        """What is sent, its videos brought into the library; None when one of them could not be."""
        try:
            return Effect(
                action.address,
                action.verb,
                call.path,
                self._filled(call.body, action.address),
                tuple(self._seen(action)),
                {one: self._filled_entry(entry, action.address) for one, entry in action.entries.items()},
                {"sent": self._filled(action.sent, action.address), **({"id": action.id} if action.id else {})},
            )
        except ReconcilerError as error:
            # Its video could not be brought into the library; the next row may need another one.
            if isinstance(error, Credentials):
                self.halt = str(error)
            self._fail(action, error)
            return None

    def _send(self, action: Action, call: Call) -> None:
        effect = self._effect(action, call)
        if effect is None:
            return
        reading = self.sender.send(effect, lambda intent: self._made_after_all(action, intent))
        text, log_id = described(reading.envelope), reading.envelope.request_id
        if reading.verdict in ("done", "accepted"):
            self._finish(action)
            return
        if action.verb == "pause":
            text = f"it exists ({self.ledger.lock.resources[action.address].id}) and could not be paused: {text}"
        if reading.verdict == "unknown":
            self._hold = True
            self._end(action.address, "unknown", "R709", f"no usable answer: {text}", log_id)
        elif reading.verdict == "rejected":
            self._hold = self._hold or action.lowers
            self._end(action.address, "failed", "R606", text, log_id)
        else:
            code, self.halt = _HALTS[reading.verdict]
            self._end(action.address, "failed", code, text, log_id)

    def _made_after_all(self, action: Action, intent: Intent) -> bool:
        """After a throttle, the cheap look before a create is sent again; if it is there now, a person must look."""
        if action.verb != "create":
            return False
        try:
            listing = self.reader.listing(action.address.kind, parent=self._parent_id(action))
        except ReconcilerError as error:
            self._fail(action, error)
            return True
        found = candidates(intent, self.contract, listing)
        if found:
            text = f"throttled, yet an object of that name is there now: {', '.join(found)}"
            self._end(action.address, "failed", "R701", text, hint="look at it; adopt it, or remove it, and plan again")
        return bool(found)

    def _seen(self, action: Action) -> list[str]:
        """Ids that already have the name and parent a create is about to use."""
        if action.verb != "create":
            return []
        name = action.sent[self.contract.bindings[action.address.kind].name_field]
        return list(self.listings[action.address.kind].by_name.get((self._parent_id(action), name), []))

    def _parent_id(self, action: Action) -> str | None:
        above = next((one for one in action.after if one != action.address), None)
        return self.ledger.lock.resources[above].id if above else None

    def _filled(self, value: Any, address: Address) -> Any:
        """A value with ids in the places of objects and videos; `address` is what it is for."""
        if isinstance(value, Ref):
            return self.ledger.lock.resources[value.address].id
        if isinstance(value, Asset):
            return self.library.video(value)
        if isinstance(value, Cover):
            return self.library.cover(self._filled(value.video, address), address)
        if isinstance(value, Mapping):
            return {key: self._filled(item, address) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._filled(item, address) for item in value)
        return value

    def _filled_entry(self, entry: AnyEntry, address: Address) -> AnyEntry:
        """A lockfile entry with ids in the places of videos."""
        if isinstance(entry, LockEntry):
            return replace(entry, applied=self._filled(entry.applied, address))
        return entry

    def _going_well(self, address: Address) -> bool:
        row = self.outcomes.get(address)
        return row is None or row.outcome == "done"

    def _finish(self, action: Action) -> None:
        self.progress(action)
        self._left[action.address] -= 1
        if self._left[action.address] == 0:
            self._end(action.address, "done")

    def _fail(self, action: Action, error: ReconcilerError) -> None:
        first = error.findings[0]
        self._end(action.address, "failed", first.code, first.message, first.request_id, hint=first.hint)

    def _end(
        self,
        address: Address,
        outcome: Ended,
        code: str | None = None,
        message: str | None = None,
        request_id: str | None = None,
        *,
        hint: str | None = None,
    ) -> None:
        """The outcome of one row; what is found later replaces a `done`, nothing else is replaced."""
        before = self.outcomes.get(address)
        if before is not None and before.outcome != "done":
            return
        entry, row = self.ledger.lock.resources.get(address), self._rows[address]
        hint = hint or _HINTS.get(code or "")
        self.outcomes[address] = Outcome(
            address, row.op, outcome, entry.id if entry else row.id, code, message, request_id, hint
        )
