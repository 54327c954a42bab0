"""All actions of one plan, in their order: each sent once, looked at again, and the outcome of its row said.

Each effect: intent (durable) → one call → raw reply (durable) → its meaning → ledger. A write is sent again only when
the API has said that it did not look at it (throttled) or no connection ever stood. What may have been done and is not
known stays an open intent; what depends on it is not sent, and nothing that raises spend is sent after it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby

from msgspec.structs import replace

from reconciler.account.listing import Listing
from reconciler.api.client import described
from reconciler.apply.effects import Filler
from reconciler.apply.flight import Flight
from reconciler.apply.fresh import Lookout, Recheck, switched
from reconciler.apply.outcomes import HALTS, Outcomes
from reconciler.apply.readback import Differences, Readback
from reconciler.apply.reply import Reading, candidates
from reconciler.apply.run import Run
from reconciler.apply.send import Effect, Sender
from reconciler.apply.uploads import Uploads
from reconciler.errors import Credentials, Halted, ReconcilerError
from reconciler.model import Address, Call, Entry
from reconciler.plan import sending as stages
from reconciler.plan.actions import foreseen
from reconciler.plan.batches import batched
from reconciler.plan.edges import is_object
from reconciler.plan.sending import Action
from reconciler.state.fold import Intent


@dataclass(slots=True)
class Executor:
    """One apply. `progress` hears of every action that ended, and when the first of its row was begun (monotonic)."""

    run: Run
    sender: Sender
    uploads: Uploads
    outcomes: Outcomes
    listings: dict[str, Listing]
    progress: Callable[[Action, float], None]
    recheck: Recheck
    error: ReconcilerError | None = None  # Why nothing could be recorded any more, or was to be sent.
    halt: str | None = None
    """Why nothing more is sent at all."""
    _left: Counter[Address] = field(default_factory=Counter)
    """Actions of a row that have not ended."""
    _hold: bool = False
    """Something is unknown, or could not be lowered: nothing that raises spend is sent."""
    _doubted: set[int] = field(default_factory=set)
    """Stages in which a create is unknown: no other of them is begun."""
    _since: dict[Address, float] = field(default_factory=dict)
    """When the first action of a row was begun."""
    _flight: Flight = field(init=False)

    def __post_init__(self) -> None:
        self._flight = Flight(self.sender, self._may_begin, self._made_after_all, self._ended)

    @property
    def filler(self) -> Filler:
        """What puts ids into what is sent."""
        return Filler(self.run, self.uploads, self.listings)

    @property
    def readback(self) -> Readback:
        """What looks again."""
        return Readback(self.run)

    @property
    def lookout(self) -> Lookout:
        """What looks before."""
        return Lookout(self.run, self.outcomes, self.listings, self.sender.written)

    def begin(self, actions: Sequence[Action]) -> None:
        """Hear of all the actions there will be."""
        # What an earlier run left unknown holds back raises like what this one does.
        self._hold = any(is_object(intent.address) for intent in self.run.ledger.intents.values())
        self._left.update(action.address for action in actions)

    def carry_out(self, actions: Sequence[Action], entries: Mapping[Address, Entry | None]) -> None:
        """Send the actions, stage by stage; then bring in `entries`, which need no call."""
        try:
            for stage, group in groupby(actions, key=lambda action: action.stage):
                self._stage(stage, list(group))
            if self.halt is None:
                self.run.ledger.change(entries, "metadata")
            self.run.ledger.save()
        except ReconcilerError as error:
            # The journal or the lockfile cannot be written any more: nothing else may be sent.
            self.error, self.halt = error, str(error)
            self._flight.rescue()
        except KeyboardInterrupt:
            self.halt = "the run was interrupted twice"
            self._flight.rescue(waits=False)
        except Exception:
            self._flight.rescue()
            raise
        with suppress(ReconcilerError):
            self.run.ledger.withdraw()

    def finish(self) -> None:
        """Give every row an outcome."""
        for intent in self.run.ledger.intents.values():
            if intent.address in self.outcomes.rows and intent.run == self.run.ledger.run and not intent.accepted:
                self.outcomes.end(intent.address, "unknown", "R709", "the run ended before its reply was read")
        why = self.halt or "the run stopped before its turn"
        self.outcomes.close(self.run.ledger.lock.resources, why)

    def _stage(self, stage: int, group: list[Action]) -> None:
        raising = [one for one in group if one.raises]
        if raising and self.halt is None and not self._hold:
            self.lookout.before_raising(raising, self.recheck)
        calls = batched(group, self.run.contracts)
        known = {id(one) for one in foreseen(group, self.run.ledger.lock.resources)} if self.run.ledger.batch else {}
        ahead = deque(one for one in calls if all(id(action) in known for action in one))
        for actions in calls:
            beside = actions[0].verb == "create" and (not self.run.ledger.batch or id(actions[0]) in known)
            if not beside or not self._flight.is_apart(actions[0]):
                self._flight.land()
            if not self._goes_on():
                break
            ready = [action for action in actions if self._ready(action)]
            for one in ready:
                self._since.setdefault(one.address, self.run.world.monotonic())
            self._hold = self._hold or any(one.lowers for one in actions if one not in ready)
            if ahead and ahead[0] is actions:
                if ready:
                    self._flight.land()
                    self._announce(ahead)
                else:
                    ahead.popleft()
            if len(ready) > 1:
                self._send_together(ready)
            elif ready and beside and ready[0].call:
                self._send_beside(ready[0], ready[0].call)
            elif ready:
                self._perform(ready[0])
            # A save may take long where the state is shared: nothing that came back is to wait for it.
            self.run.ledger.checkpoint(self._flight.await_all)
        self._flight.land()
        self.run.ledger.withdraw()
        if self.halt is None:
            self._look_back(stage, group)

    def _look_back(self, stage: int, group: list[Action]) -> None:
        for kind, contract in sorted({(one.address.kind, self._spoken(one)) for one in group if one.call}):
            mine = [
                # What was sent, with the ids it was sent with.
                replace(one, sent=self.filler.value(one.sent, one.address))
                if self.outcomes.going_well(one.address)
                else one
                for one in group
                if (one.address.kind, self._spoken(one)) == (kind, contract)
            ]
            missing: list[Address] = []
            if stages.CREATE <= stage < stages.CHANGE:
                made = [
                    action for action in mine if action.verb == "create" and self.outcomes.going_well(action.address)
                ]
                if made:
                    missing, wrong, live = self.readback.created(kind, made, self.listings[kind])
                    wrong += self._births(kind, [one for one in made if one.address not in missing], live)
                    self.readback.remember(made, live)
                else:
                    wrong = []
            else:
                done = [
                    one for one in mine if one.verb != "delete" and one.sent and self.outcomes.going_well(one.address)
                ]
                wrong = self.readback.changed(kind, done) if done else []
            for address in missing:
                self._hold = True
                self.outcomes.end(address, "unknown", "R711", "created, but the list does not show it yet")
            for address, text in wrong:
                self._hold = True
                self.outcomes.end(address, "failed", "R712", text)

    def _spoken(self, action: Action) -> str:
        """The name of the contract that an action's call is of."""
        return self.run.contracts.of(action.contract).name

    def _births(self, kind: str, made: Sequence[Action], listing: Listing | None) -> Differences:
        """What was asked to be born paused: known to be so, or paused now, before anything is made below it."""
        asked = [one for one in made if one.born and self.outcomes.going_well(one.address)]
        paused: dict[Address, Entry | None] = {}
        late: list[Action] = []
        wrong: Differences = []
        for action in asked:
            entry = self.run.ledger.lock.resources[action.address]
            live = listing.objects.get(entry.id) if listing else None
            born = self.filler.entry(action.born, action.address)
            if born is None or live is None:
                wrong.append((action.address, f"{entry.id} is made, but no list shows that it is paused"))
            elif live.fields.get("status") == "DISABLE":
                paused[action.address] = replace(
                    born, id=entry.id, born=entry.born, unlisted_since=entry.unlisted_since
                )
            else:
                call = self.run.contracts.of(action.contract).status(action.address, self.run.advertiser, "DISABLE")
                sent = {"status": "DISABLE"}
                late.append(
                    replace(
                        action, verb="pause", call=call, after=(), sent=sent, entries={action.address: born}, born=None
                    )
                )
        self.run.ledger.change(paused, "born paused")
        for action in late:
            self._left[action.address] += 1
            self._perform(action)
        late = [one for one in late if self.outcomes.going_well(one.address)]
        return wrong + (self.readback.changed(kind, late) if late else [])

    def _ready(self, action: Action) -> bool:
        """Whether the action may be sent; if not, its row's outcome says why."""
        if not self.follows(action):
            return False
        if action.raises and self._hold:
            text = "nothing that raises spend is sent while an earlier write is unknown or failed"
            self.outcomes.end(action.address, "skipped", "R710", text)
            return False
        return self._may_begin(action) and self.lookout.as_planned(action)

    def _goes_on(self) -> bool:
        """Whether anything may be sent at all."""
        if self.run.stopped():
            self.halt = "the run was interrupted"
        return self.halt is None

    def _may_begin(self, action: Action) -> bool:
        """Whether it may be begun now, for all that is back; where no other create may, its row's outcome says why."""
        if action.verb == "create" and action.stage in self._doubted:
            text = "nothing more of this kind is created while the outcome of another create is unknown"
            self.outcomes.end(action.address, "skipped", "R710", text)
            return False
        return self._goes_on()

    def follows(self, action: Action) -> bool:
        """Whether all that it depends on is done; if not, its row's outcome says why."""
        if action.address in self.outcomes.ended:
            return False
        for above in action.after:
            if self.outcomes.waits(above):
                self.outcomes.end(action.address, "pending", None, f"it waits for {above}")
                return False
            if above != action.address and not (
                self.outcomes.going_well(above) and above in self.run.ledger.lock.resources
            ):
                text, hint = f"it depends on {above}, which is not done", f"settle {above} first, then run apply again"
                self.outcomes.end(action.address, "skipped", "R707", text, hint=hint)
                return False
        return True

    def _perform(self, action: Action) -> None:
        if action.call is None:
            self._unsent(action)
        else:
            self._send(action, action.call)

    def _unsent(self, action: Action) -> None:
        entries = {one: self.filler.entry(entry, action.address) for one, entry in action.entries.items()}
        self.run.ledger.change(entries, action.verb)
        self._finish(action)

    def _announce(self, ahead: deque[tuple[Action, ...]]) -> None:
        """Where the state is shared: the next intents of the stage leave this machine before the first is sent."""
        effects: list[Effect] = []
        while ahead and len(effects) < self.run.ledger.batch and self.halt is None and not self.run.stopped():
            actions = [one for one in ahead.popleft() if self._promising(one)]
            pairs = self._effects(actions)
            effects += self.filler.together(pairs) if pairs else []
        self.sender.announce(effects)

    def _promising(self, action: Action) -> bool:
        """Whether nothing that is known already keeps it from being sent."""
        above = [one for one in action.after if one != action.address]
        held = action.raises and self._hold
        ready = all(self.outcomes.going_well(one) and one in self.run.ledger.lock.resources for one in above)
        ready = ready and not (action.verb == "create" and action.stage in self._doubted)
        return ready and not held and action.address not in self.outcomes.ended

    def _effects(self, actions: Sequence[Action]) -> list[tuple[Action, Effect]]:
        """What can be sent of them."""
        made = [(one, self._effect(one, one.call) if one.call else None) for one in actions]
        return [(one, effect) for one, effect in made if effect is not None]

    def _effect(self, action: Action, call: Call) -> Effect | None:
        """What is sent, its videos brought into the library; None when one of them could not be."""
        try:
            return self.filler.effect(action, call)
        except ReconcilerError as error:
            # Its video could not be brought into the library; the next row may need another one.
            if isinstance(error, Halted):
                raise
            if isinstance(error, Credentials):
                self.halt = str(error)
            self.outcomes.failed(action.address, error)
            return None

    def _send(self, action: Action, call: Call) -> None:
        try:
            action, call, idle = switched(self.run, action, call, lambda one: self.filler.value(one, action.address))
        except ReconcilerError as error:
            self.outcomes.failed(action.address, error)
            return
        if idle:
            self._unsent(action)
            return
        effect = self._effect(action, call)
        if effect is None:
            return
        self._ended(action, self.sender.send(effect, lambda intent: self._made_after_all(action, intent)))

    def _send_beside(self, action: Action, call: Call) -> None:
        """A create, beside others. What it needs in the library is brought there while nothing is under way."""
        at_hand = self.filler.at_hand(call.body, action.address)
        if not at_hand:
            self._flight.await_all()
        effect = self._effect(action, call)
        if effect is not None:
            self._flight.add(action, effect, more=not at_hand)

    def _send_together(self, actions: Sequence[Action]) -> None:
        """One call, and what it came to for each. A call that was refused as a whole is taken apart: one object that
        cannot be changed keeps no other from it."""
        pairs = self._effects(actions)
        readings = self.sender.together(self.filler.together(pairs)) if pairs else []
        if len(pairs) > 1 and all(one.verdict == one.envelope.verdict == "rejected" for one in readings):
            self._take_apart([action for action, _ in pairs])
            return
        for (action, _), reading in zip(pairs, readings, strict=True):
            self._ended(action, reading)

    def _take_apart(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if self.halt is not None or self.run.stopped():
                return
            if self._ready(action):
                self._perform(action)
            else:
                self._hold = self._hold or action.lowers

    def _ended(self, action: Action, reading: Reading) -> None:
        if reading.verdict in ("done", "accepted"):
            self._finish(action)
            return
        text = described(reading.envelope)
        if action.verb == "pause":
            text = f"it exists ({self.run.ledger.lock.resources[action.address].id}) and could not be paused: {text}"
        if reading.verdict == "unknown":
            text = f"no usable answer: {text}"
        self._hold = self._hold or reading.verdict == "unknown" or (reading.verdict == "rejected" and action.lowers)
        if reading.verdict == "unknown" and action.verb == "create":
            self._doubted.add(action.stage)
        self.halt = HALTS.get(reading.verdict, self.halt)
        self.outcomes.refused(action.address, reading, text)

    def _made_after_all(self, action: Action, intent: Intent) -> bool:
        """After a throttle, the cheap look before a create is sent again; if it is there now, a person must look."""
        if action.verb != "create":
            return False
        try:
            listing = self.run.reader.listing(
                action.address.kind, parent=self.filler.parent(action), of=[self._spoken(action)]
            )
        except ReconcilerError as error:
            self.outcomes.failed(action.address, error)
            return True
        found = candidates(intent, self.run.contracts, listing)
        if found:
            text = f"throttled, yet an object of that name is there now: {', '.join(found)}"
            self.outcomes.end(
                action.address, "failed", "R701", text, hint="look at it; adopt it, or remove it, and plan again"
            )
        return bool(found)

    def _finish(self, action: Action) -> None:
        self.progress(action, self._since[action.address])
        self._left[action.address] -= 1
        if self._left[action.address] == 0:
            self.outcomes.end(action.address, "done")
