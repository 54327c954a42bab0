"""One effect on the world, in the only order that survives a crash: intent → call → raw reply → its meaning.

A call is sent again only when no connection ever stood, or when the API has said that it did not look at it.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.api.form import Attached
from reconciler.api.replies import Envelope
from reconciler.api.transport import Failure, Reply, TooLate
from reconciler.apply.known import KnownIds
from reconciler.apply.reply import Reading, read_own, record
from reconciler.apply.run import Run
from reconciler.canonical import wire
from reconciler.contracts.uploads import TRANSCODING
from reconciler.errors import Finding, ReconcilerError
from reconciler.model import Address, Entry
from reconciler.state.fold import Intent
from reconciler.world.coming import Coming, NoThread

_ATTEMPTS = {"unconnected": 3, "transcoding": 20, "throttled": 6}
"""How often a call is sent again, by why it was in vain."""
_TRANSCODING_SECONDS = 15.0


class Effect(Struct, frozen=True):
    """One write: what is sent, and what the ledger needs to understand its reply."""

    address: Address
    verb: str
    path: str
    body: Mapping[str, Any]
    seen: tuple[str, ...] = ()
    """For a create: ids that already have its parent and name."""
    entries: Mapping[Address, Entry | None] = field(default_factory=dict)
    """Lockfile entries once it is done; an empty id stands for the object's own."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    attached: Attached | None = None
    """A file sent along; the journal does not hold it."""
    gap_seconds: float = 0
    """Seconds from a write to the same object to this one."""


Came = Reply | Failure
"""What came of one call."""
Start = Callable[[Callable[[], Came], Callable[[], None]], Coming[Came]]
"""Begins a call; what is to follow it leaves its place under the limit."""


class Sending(Struct):
    """One call that was begun."""

    effects: Sequence[Effect]
    intents: list[Intent]
    coming: Coming[Came]
    place: str | None = None
    """Of a call by itself: the path whose place is to be left once the reply is recorded."""
    is_recorded: bool = False
    """Whether what came back is written down."""
    failure: Failure | None = None
    """Why there is no reply."""
    readings: list[Reading] = field(default_factory=list)
    """What came of the effects, as far as they are read."""
    trouble: Exception | None = None
    """Why its place could not be left, until somebody is told."""
    at: float = 0.0
    """When its reply was recorded, in monotonic seconds."""
    vain: Counter[str] = field(default_factory=Counter)
    """How often it was sent in vain before, by why."""


class Sender(Struct):
    """Sends effects: what is begun is received, and recorded, by the thread that began it."""

    run: Run
    known: KnownIds = field(default_factory=KnownIds)
    """What a new object cannot be."""
    effects: int = 0
    """Writes that were done."""
    written: dict[Address, float] = field(default_factory=dict)
    """When each object was last written in this run, in monotonic seconds."""
    throttled_at: float = -math.inf
    """When a pause after a throttle was last begun."""
    _leaving: list[Coming[Came]] = field(default_factory=list)
    """Calls beside of which nobody has heard yet how their places were left."""

    def send(self, effect: Effect, look: Callable[[Intent], bool] = lambda _: False) -> Reading:
        """What came of it. `look`: asked after a throttle, before it is sent again; True means leave it.

        Raises ReconcilerError when the journal cannot be written: then nothing more may be sent.
        """
        return self.together([effect], look)[0]

    def together(self, effects: Sequence[Effect], look: Callable[[Intent], bool] = lambda _: False) -> list[Reading]:
        """The same for effects of one call, on an object each: an intent each, all of them durable at once, and what
        came of each."""
        sending = self.begin(effects)
        return self.finish(sending, self.receive(sending), look)

    def begin(
        self, effects: Sequence[Effect], start: Start | None = None, wait: Callable[[float], None] | None = None
    ) -> Sending:
        """Take a place under the limit, write down what is sent, and begin the call by `start`.

        By itself it is sent when it is received; by `World.at_once` beside whatever happens until then.

        `wait`: what to do until there is a place, instead of sleeping. Raises what that raises, NoThread where `start`
        does, and ReconcilerError when the journal cannot be written: then nothing was sent.
        """
        first, text = effects[0], wire(effects[0].body)
        for effect in effects:
            if (left := self.gap(effect)) > 0:
                self.run.world.sleep(left)
        # The limit is waited for before the intents: their time is when the write may first take effect.
        self.run.client.enter(first.path, wait)
        try:
            intents = self._intend(effects, text)
        except BaseException:
            self._leave(first.path)
            raise
        call = partial(self._call, first, text, self.run.ledger.promptness())
        if start is None:
            return Sending(effects, intents, Coming(call), place=first.path)
        try:
            coming = start(call, partial(self.run.client.leave, first.path))
        except NoThread as error:
            self._leave(first.path)
            for intent in intents:
                self.run.ledger.rejected(intent, "not sent", str(error))
            raise
        self._leaving.append(coming)
        return Sending(effects, intents, coming)

    def gap(self, effect: Effect) -> float:
        """Seconds until it may be begun: some objects may be written once in so many seconds only."""
        before = self.written.get(effect.address)
        return before + effect.gap_seconds - self.run.world.monotonic() if before is not None else 0

    def _call(self, effect: Effect, text: str, ready: Callable[[], None]) -> Came:
        """Send, in whatever thread: nothing here touches the ledger."""
        try:
            return self.run.client.write(effect.path, text, effect.attached, ready)
        except Failure as failure:
            return failure

    def receive(self, sending: Sending) -> list[Reading]:
        """Wait for what comes back, record it before anything reads it, and then read it: what came of each effect.

        Raises ReconcilerError when the journal, or the limit's own record, cannot be written. Called again, it goes on
        where it was: `sending.readings` has what is read.
        """
        if not sending.is_recorded:
            self._record(sending)
        failure = sending.failure
        for intent in sending.intents[len(sending.readings) :]:
            if failure is not None and not failure.sent:
                self.run.ledger.rejected(intent, "not sent", failure.why)
                reading = Reading("unsent", Envelope("rejected", None, failure.why, None, None))
            else:
                reading = self._meaning(intent)
            sending.readings.append(reading)
        if sending.trouble is not None:
            trouble, sending.trouble = sending.trouble, None
            raise trouble
        self.heed([one for one in self._leaving if one.is_over])
        return sending.readings

    def _record(self, sending: Sending) -> None:
        """What came back is durable before anything else is waited for: not even the limit's own record comes first."""
        try:
            came, intents = sending.coming.take(), sending.intents
            if isinstance(came, Reply):
                told = {"status": came.status, "body": came.body.decode(errors="replace")}
                self.run.ledger.reply(intents[0], told, *intents[1:])
            else:
                sending.failure = came
                if came.sent:
                    self.run.ledger.reply(intents[0], {"failure": came.why}, *intents[1:])
            sending.is_recorded, sending.at = True, self.run.world.monotonic()
        finally:
            if (path := sending.place) is not None:
                sending.place = None
                sending.trouble = self._leave(path)
        self.written.update(dict.fromkeys([one.address for one in sending.effects], sending.at))
        self.run.client.on_left()

    def _leave(self, path: str) -> Exception | None:
        """Give a place back; why that could not be."""
        try:
            self.run.client.leave(path)
        except Exception as error:
            return error
        return None

    def heed(self, calls: Sequence[Coming[Came]] | None = None) -> None:
        """Wait until these calls beside, or all, have left their places. Raises what kept one from it."""
        for one in self._leaving[:] if calls is None else calls:
            self._leaving.remove(one)
            one.follow()

    def finish(
        self, sending: Sending, readings: list[Reading], look: Callable[[Intent], bool] = lambda _: False
    ) -> list[Reading]:
        """What came of it in the end: nothing else is under way, and what was in vain is sent again.

        `look` and what it raises as in `send`.
        """
        while why := self.in_vain(sending, readings[0]):
            sending.vain[why] += 1
            self._pause(sending, why)
            if self.run.stopped():
                return readings
            if why == "throttled" and look(sending.intents[0]):
                return [replace(readings[0], verdict="unknown")]
            again = self.begin(sending.effects)
            again.vain = sending.vain
            sending, readings = again, self.receive(again)
        if isinstance(sending.failure, TooLate) and sending.vain["unconnected"] >= _ATTEMPTS["unconnected"]:
            hint = "find out what takes so long: connecting to the API, or a machine that stands still"
            raise ReconcilerError(Finding("R524", sending.failure.why, hint=hint))
        return readings

    def in_vain(self, sending: Sending, reading: Reading) -> str | None:
        """Why nothing was made of the call, so that it is sent again; None: it stays as it is."""
        why = "unconnected" if reading.verdict == "unsent" else "throttled" if reading.verdict == "throttled" else None
        if reading.envelope.code == TRANSCODING:
            # Refused because the video is not ready yet.
            why = "transcoding"
        return why if why and sending.vain[why] < _ATTEMPTS[why] and not self.run.stopped() else None

    def _pause(self, sending: Sending, why: str) -> None:
        """Before it is sent again."""
        first, often = sending.effects[0], sending.vain[why]
        if why == "throttled":
            # What was throttled together waits once.
            if sending.at > self.throttled_at:
                self.throttled_at = self.run.world.monotonic()
                self.run.client.back_off(first.path, often)
        elif why == "transcoding":
            self.run.told(f"{first.address}: its video is still being transcoded")
            self.run.world.sleep(min(2.0**often / 2, _TRANSCODING_SECONDS))
        else:
            self.run.world.sleep(0.25 * 2**often)

    def _intend(self, effects: Sequence[Effect], text: str) -> list[Intent]:
        """Raises ReconcilerError: nothing may be sent, and what was written down so far is known not to be."""
        intents: list[Intent] = []
        try:
            for effect in effects:
                intents.append(
                    self.run.ledger.intent(
                        effect.address,
                        effect.verb,
                        effect.path,
                        text,
                        seen=list(effect.seen),
                        entries=effect.entries,
                        meta=effect.meta,
                        sync=effect is effects[-1],
                    )
                )
        except BaseException:
            with contextlib.suppress(ReconcilerError):
                for intent in intents:
                    self.run.ledger.rejected(intent, "not sent", "what goes with it could not be")
            raise
        return intents

    def announce(self, effects: Sequence[Effect]) -> None:
        """Where the state is shared: the intents of these effects leave this machine, all in one go.

        Raises ReconcilerError when they cannot: then nothing more may be sent.
        """
        if not self.run.ledger.batch or not effects:
            return
        for effect in effects:
            self.run.ledger.announce(
                effect.address, effect.verb, effect.path, wire(effect.body),
                seen=list(effect.seen), entries=effect.entries, meta=effect.meta,
            )  # fmt: skip
        self.run.ledger.publish()

    def _meaning(self, intent: Intent) -> Reading:
        reading = read_own(self.run.ledger, intent, self.run.contracts, self.known)
        record(self.run.ledger, intent, reading, self.run.world.now())
        self.effects += reading.verdict in ("done", "accepted")
        return reading
