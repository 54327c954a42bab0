"""One effect on the world, in the only order that survives a crash: intent → call → raw reply → its meaning.

A call is sent again only when no connection ever stood, or when the API has said that it did not look at it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.api.form import Attached
from reconciler.api.replies import Envelope
from reconciler.api.transport import Failure, TooLate
from reconciler.apply.known import KnownIds
from reconciler.apply.reply import Reading, read_own, record
from reconciler.apply.run import Run
from reconciler.canonical import wire
from reconciler.contracts.uploads import TRANSCODING
from reconciler.errors import Finding, ReconcilerError
from reconciler.model import Address, Entry
from reconciler.state.fold import Intent

_THROTTLED_ATTEMPTS = 6
_CONNECT_ATTEMPTS = 4


_TRANSCODING_ATTEMPTS = 20
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


class Sender(Struct):
    """Sends effects, one call at a time."""

    run: Run
    known: KnownIds = field(default_factory=KnownIds)
    """What a new object cannot be."""
    effects: int = 0
    """Writes that were done."""
    written: dict[Address, float] = field(default_factory=dict)
    """When each object was last written in this run, in monotonic seconds."""

    def send(self, effect: Effect, look: Callable[[Intent], bool] = lambda _: False) -> Reading:
        """What came of it. `look`: asked after a throttle, before it is sent again; True means leave it.

        Raises ReconcilerError when the journal cannot be written: then nothing more may be sent.
        """
        return self.together([effect], look)[0]

    def together(self, effects: Sequence[Effect], look: Callable[[Intent], bool] = lambda _: False) -> list[Reading]:
        """The same for effects of one call, on an object each: an intent each, all of them durable at once, and what
        came of each."""
        first, text = effects[0], wire(effects[0].body)
        throttled = unconnected = transcoding = 0
        while True:
            for effect in effects:
                self._keep_apart(effect)
            # The limit is waited for before the intents: their time is when the write may first take effect.
            with self.run.client.place(first.path):
                intents = self._intend(effects, text)
                failure = self._call(first, text, intents)
                self.written.update(dict.fromkeys([one.address for one in effects], self.run.world.monotonic()))
            if failure is None or failure.sent:
                readings = [self._meaning(intent) for intent in intents]
            else:
                for intent in intents:
                    self.run.ledger.rejected(intent, "not sent", failure.why)
                unconnected += 1
                if unconnected >= _CONNECT_ATTEMPTS and isinstance(failure, TooLate):
                    hint = "find out what takes so long: connecting to the API, or a machine that stands still"
                    raise ReconcilerError(Finding("R524", failure.why, hint=hint))
                if unconnected >= _CONNECT_ATTEMPTS or self.run.stopped():
                    return [Reading("unsent", Envelope("rejected", None, failure.why, None, None))] * len(effects)
                self.run.world.sleep(0.25 * 2**unconnected)
                continue
            # Of these two, the answer is one for all.
            reading = readings[0]
            if reading.envelope.code == TRANSCODING and transcoding < _TRANSCODING_ATTEMPTS and not self.run.stopped():
                # Refused because the video is not ready yet: nothing was made.
                transcoding += 1
                self.run.told(f"{first.address}: its video is still being transcoded")
                self.run.world.sleep(min(2.0**transcoding / 2, _TRANSCODING_SECONDS))
                continue
            if reading.verdict != "throttled" or throttled >= _THROTTLED_ATTEMPTS or self.run.stopped():
                return readings
            throttled += 1
            self.run.client.back_off(first.path, throttled)
            if look(intents[0]):
                return [replace(reading, verdict="unknown")]

    def _intend(self, effects: Sequence[Effect], text: str) -> list[Intent]:
        """Raises ReconcilerError: then nothing may be sent, and what was written down so far is known not to be."""
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
        except ReconcilerError:
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

    def _keep_apart(self, effect: Effect) -> None:
        """Some objects may be written once in so many seconds only."""
        before = self.written.get(effect.address)
        left = before + effect.gap_seconds - self.run.world.monotonic() if before is not None else 0
        if left > 0:
            self.run.world.sleep(left)

    def _call(self, effect: Effect, text: str, intents: Sequence[Intent]) -> Failure | None:
        """Send, and record what came back before anything reads it."""
        try:
            reply = self.run.client.write(effect.path, text, effect.attached, self.run.ledger.require_prompt)
        except Failure as failure:
            if failure.sent:
                self.run.ledger.reply(intents[0], {"failure": failure.why}, *intents[1:])
            return failure
        told = {"status": reply.status, "body": reply.body.decode(errors="replace")}
        self.run.ledger.reply(intents[0], told, *intents[1:])
        return None

    def _meaning(self, intent: Intent) -> Reading:
        reading = read_own(self.run.ledger, intent, self.run.contracts, self.known)
        record(self.run.ledger, intent, reading, self.run.world.now())
        self.effects += reading.verdict in ("done", "accepted")
        return reading
