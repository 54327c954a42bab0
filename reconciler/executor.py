"""The only hand that changes the world: actions × client × ledger → outcomes.

Each effect: intent (durable) → one call → raw reply (durable) → its meaning → ledger. A write is sent again only when
the API has said that it did not look at it (throttled) or no connection ever stood. What may have been done and is not
known stays an open intent; what depends on it is not sent, and nothing that raises spend is sent after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from reconciler import actions as stages
from reconciler.api.client import Client, described
from reconciler.api.transport import Failure
from reconciler.canonical import wire
from reconciler.contracts.contract import Contract
from reconciler.errors import ApiError, ReconcilerError
from reconciler.live import Listing, Reader
from reconciler.model import Action, Address, Number, Outcome, Plan, Ref
from reconciler.resolver import Reading, candidates, read_reply, record
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from reconciler.world import World

_THROTTLED_ATTEMPTS = 6
_CONNECT_ATTEMPTS = 4
_FRESH_SECONDS = 60.0
_LOOK_AGAIN = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between looks at a list that may lag; the last one repeats."""


@dataclass(slots=True)
class Executor:
    """One apply. `stopped` tells that a signal asked to end; `progress` hears of every action that ended."""

    world: World
    client: Client
    reader: Reader
    contract: Contract
    ledger: Ledger
    listings: dict[str, Listing]
    quiet_period: float
    stopped: Callable[[], bool]
    progress: Callable[[Action, str], None]
    recheck: Callable[[Mapping[str, Listing]], str | None]
    """Given fresh listings before anything is enabled: why it must not be, or None."""
    outcomes: dict[Address, Outcome] = field(default_factory=dict)
    _done: dict[Address, str] = field(default_factory=dict)
    _pending: dict[Address, int] = field(default_factory=dict)
    _ops: dict[Address, Any] = field(default_factory=dict)
    _halt: str | None = None
    _unknown: bool = False
    _not_lowered: bool = False

    def run(self, plan: Plan, actions: Sequence[Action]) -> None:
        """Carry out the actions; `outcomes` then holds one for every row of the plan."""
        self._ops = {change.address: change for change in plan.changes}
        for action in actions:
            self._pending[action.address] = self._pending.get(action.address, 0) + 1
        for change in plan.changes:
            if change.op == "blocked":
                self._end(change.address, "skipped", code=change.code, message=f"blocked: {change.reason}", hint=change.hint)
        try:
            for stage, group in groupby(actions, key=lambda action: action.stage):
                self._stage(stage, list(group))
            if self._halt is None:
                self.ledger.change(plan.entries, "metadata")
        finally:
            for change in plan.changes:
                if change.address not in self.outcomes:
                    self._end(change.address, "skipped", code="R710", message=self._halt or "the run stopped before its turn",
                              hint="run `reconciler apply` again")  # fmt: skip
            self.ledger.save()

    def _stage(self, stage: int, group: list[Action]) -> None:
        kinds = sorted({action.address.kind for action in group})
        if stage == stages.ENABLE and self._may_start():
            self._look_before_enabling(group)
        for action in group:
            if self.stopped():
                self._halt = "the run was interrupted"
            if self._halt is not None:
                return
            if self._ready(action):
                self._perform(action)
            self.ledger.checkpoint()
        if stages.CREATE <= stage < stages.CHANGE:
            for kind in kinds:
                self._read_back(kind, [action for action in group if action.verb == "create"])
        elif stage in (stages.LOWER, stages.CHANGE, stages.ENABLE):
            self._verify([action for action in group if action.call])

    def _may_start(self) -> bool:
        return self._halt is None and not self._unknown and not self._not_lowered

    def _ready(self, action: Action) -> bool:
        """Whether the action may be sent; if not, its row's outcome says why."""
        if action.address in self.outcomes:
            return False
        for above in action.after:
            row = self.outcomes.get(above)
            if above != action.address and (
                (row is not None and row.outcome != "done") or above not in self.ledger.lock.resources
            ):
                self._end(action.address, "skipped", code="R707", message=f"it depends on {above}, which is not done",
                          hint=f"settle {above} first, then run `reconciler apply` again")  # fmt: skip
                return False
        if action.raises and not self._may_start():
            self._end(action.address, "skipped", code="R710", hint="run `reconciler apply` again",
                      message="nothing that raises spend is sent while an earlier write is unknown or failed")  # fmt: skip
            return False
        return self._as_planned(action)

    def _as_planned(self, action: Action) -> bool:
        """Whether the live object still is what the plan saw; listings older than a minute are read again."""
        if not action.expects or action.verb == "create":
            return True
        listing = self.listings[action.address.kind]
        if self.world.monotonic() - listing.at > _FRESH_SECONDS:
            try:
                listing = self.listings[action.address.kind] = self.reader.listing(action.address.kind)
            except ReconcilerError as error:
                self._fail(action, error)
                return False
        live = listing.objects.get(self.ledger.lock.resources[action.address].id)
        now = live.fields if live else {}
        for path, seen in action.expects.items():
            if live is None or (path in now and now[path] != seen):
                text = "the object is gone" if live is None else f"{path} is now {now[path]}, the plan saw {seen}"
                self._end(action.address, "failed", code="R708", message=text, hint="run `reconciler plan` again")
                return False
        return True

    def _look_before_enabling(self, group: list[Action]) -> None:
        """Fresh listings before spend can rise: the guard rail holds on live values too."""
        try:
            for kind in ("campaign", "adgroup"):
                if kind in self.listings and self.world.monotonic() - self.listings[kind].at > 1:
                    self.listings[kind] = self.reader.listing(kind)
        except ReconcilerError as error:
            for action in group:
                self._fail(action, error)
            return
        why = self.recheck(self.listings)
        if why:
            for action in group:
                self._end(action.address, "failed", code="R801", message=why, hint="run `reconciler plan` again")

    def _perform(self, action: Action) -> None:
        if action.call is None:
            self.ledger.change(self._own(action), action.verb)
            self._finish(action)
            return
        body = wire(self._filled(action.call.body))
        seen = self._seen(action)
        throttled = unconnected = 0
        while True:
            intent = self.ledger.intent(
                action.address, action.verb, action.call.path, body, seen=seen, entries=action.entries
            )
            try:
                reply = self.client.write(action.call.path, body)
            except Failure as failure:
                if failure.sent:
                    self.ledger.reply(intent, {"failure": failure.why})
                    self._lost(action, intent, failure.why)
                    return
                self.ledger.rejected(intent, "not sent", failure.why)
                unconnected += 1
                if unconnected >= _CONNECT_ATTEMPTS or self.stopped():
                    self._halt = "the API could not be reached"
                    self._end(action.address, "failed", code="R603", message=failure.why,
                              hint="nothing was sent for it; run `reconciler apply` again")  # fmt: skip
                    return
                self.world.sleep(0.25 * 2**unconnected)
                continue
            self.ledger.reply(intent, {"status": reply.status, "body": reply.body.decode(errors="replace")})
            reading = read_reply(intent, self.contract)
            record(self.ledger, intent, reading)
            if reading.verdict == "throttled" and throttled < _THROTTLED_ATTEMPTS and not self.stopped():
                throttled += 1
                self.client.back_off(action.call.path, throttled)
                if self._made_after_all(action, intent):
                    return
                continue
            self._conclude(action, intent, reading)
            return

    def _conclude(self, action: Action, intent: Intent, reading: Reading) -> None:
        envelope = reading.envelope
        if reading.verdict in ("done", "accepted"):
            self._finish(action)
        elif reading.verdict == "unknown":
            self._lost(action, intent, described(envelope), envelope.request_id)
        elif reading.verdict == "credentials":
            self._halt = "the API refused the credentials"
            self._end(action.address, "failed", code="R602", message=described(envelope), request_id=envelope.request_id,
                      hint="check the access token and its permissions, then run again")  # fmt: skip
        elif reading.verdict == "throttled":
            self._halt = "the API kept throttling"
            self._end(action.address, "failed", code="R607", message=described(envelope), request_id=envelope.request_id,
                      hint="wait a few minutes, then run `reconciler apply` again")  # fmt: skip
        else:
            self._not_lowered = self._not_lowered or action.lowers
            self._end(action.address, "failed", code="R606", message=described(envelope), request_id=envelope.request_id,
                      hint="correct what the message names, then run again")  # fmt: skip

    def _made_after_all(self, action: Action, intent: Intent) -> bool:
        """After a throttle, the cheap look before a create is sent again. Cannot-tell counts as made: then stop."""
        if action.verb != "create":
            return False
        parent = self._parent_id(action)
        try:
            listing = self.reader.listing(action.address.kind, parent=parent)
        except ReconcilerError as error:
            self._fail(action, error)
            return True
        found = candidates(intent, self.contract, listing)
        if found:
            self._end(action.address, "unknown", code="R709", hint="look at it in Ads Manager, then run plan again",
                      message=f"throttled, yet an object of that name is there now: {', '.join(found)}")  # fmt: skip
        return bool(found)

    def _lost(self, action: Action, intent: Intent, why: str, request_id: str | None = None) -> None:
        if intent.why is None:
            self.ledger.unknown(intent, why)
        self._unknown = True
        self._end(action.address, "unknown", code="R709", message=f"no usable answer: {why}", request_id=request_id,
                  hint="run `reconciler apply` again after the quiet period; nothing is sent twice on faith")  # fmt: skip

    def _read_back(self, kind: str, created: list[Action]) -> None:
        """List the kind once: find the ids the API did not tell, and compare what was sent with what is there."""
        waiting = {one.address: one for one in self.ledger.intents.values() if one.accepted and one.address.kind == kind}
        made = [action for action in created if action.address not in self.outcomes or self._is_done(action.address)]
        if not made and not waiting:
            return
        began = self.world.monotonic()
        for attempt in range(1000):
            listing = self._list_created(kind, waiting.values(), made)
            for address, intent in list(waiting.items()) if listing else ():
                found = candidates(intent, self.contract, listing) if listing else []
                if len(found) == 1:
                    self.ledger.done(intent, found[0])
                    del waiting[address]
            wrong = self._differences(made, listing) if listing else []
            if listing is None or (not waiting and not wrong):
                break
            left = began + self.quiet_period - self.world.monotonic()
            if left <= 0 or self.stopped():
                break
            pause = _LOOK_AGAIN[min(attempt, len(_LOOK_AGAIN) - 1)]
            self.client.on_wait(f"{len(waiting) or len(wrong)} of {kind} not listed as sent yet")
            self.world.sleep(min(pause, left))
        for address in waiting:
            self._unknown = True
            self._end(address, "unknown", code="R711", message="created, but the list does not show it yet",
                      hint="run `reconciler apply` again: it is looked for first")  # fmt: skip
        for address, text in wrong if listing else ():
            self._end(address, "failed", code="R712", message=text, hint="look at the object before going on")

    def _list_created(self, kind: str, waiting: Iterable[Intent], made: list[Action]) -> Listing | None:
        """The cheaper of one complete listing and one a parent."""
        binding = self.contract.bindings[kind]
        parents = {parent for action in made if (parent := self._parent_id(action))}
        parents |= {parent for intent in waiting if (parent := self._parent_of(intent))}
        pages = 1 + (self.listings[kind].rows + len(made)) // self.contract.page_size
        try:
            if binding.parent_key is None:
                ids = [self.ledger.lock.resources[action.address].id for action in made]
                narrow = {"ids": ids} if len(ids) <= 100 and pages > 1 else {}
                return self.reader.listing(kind, **narrow)
            if len(parents) < pages:
                parts = [self.reader.listing(kind, parent=parent) for parent in sorted(parents)]
                return _merged(parts)
            return self.reader.listing(kind)
        except ApiError as error:
            self.client.on_wait(str(error))
            return None

    def _verify(self, sent: list[Action]) -> None:
        """After changes: one listing, and every field sent compared with what it shows; lists may lag, so look again."""
        done = [action for action in sent if action.sent and self._is_done(action.address) and action.verb != "delete"]
        for kind in sorted({action.address.kind for action in done}):
            mine = [action for action in done if action.address.kind == kind]
            began = self.world.monotonic()
            wrong: list[tuple[Address, str]] = []
            for attempt in range(1000):
                ids = [self.ledger.lock.resources[action.address].id for action in mine]
                try:
                    listing = self.reader.listing(kind, ids=ids if len(ids) <= 100 else ())
                except ReconcilerError as error:
                    wrong = [(action.address, f"it could not be read back: {error}") for action in mine]
                    break
                wrong = self._differences(mine, listing)
                left = began + self.quiet_period - self.world.monotonic()
                if not wrong or left <= 0 or self.stopped():
                    break
                self.world.sleep(min(_LOOK_AGAIN[min(attempt, len(_LOOK_AGAIN) - 1)], left))
            for address, text in wrong:
                self._end(address, "failed", code="R712", message=text, hint="run `reconciler plan` and look before going on")

    def _differences(self, sent: list[Action], listing: Listing) -> list[tuple[Address, str]]:
        wrong = []
        for action in sent:
            entry = self.ledger.lock.resources.get(action.address)
            live = listing.objects.get(entry.id) if entry else None
            if live is None:
                # Our own record is believed until the list shows it.
                continue
            # A campaign is listed after its pause; ad groups and ads have no status of their own to set here.
            paused = {"status": "DISABLE"} if action.verb == "create" and "status" in self._updatable(action) else {}
            for path, value in {**action.sent, **paused}.items():
                money = isinstance(value, Number)
                if path in live.fields and live.fields[path] != value and (money or path == "status"):
                    wrong.append((action.address, f"{path} was sent as {value} and reads back as {live.fields[path]}"))
        return wrong

    def _updatable(self, action: Action) -> frozenset[str]:
        return self.contract.bindings[action.address.kind].updatable

    def _seen(self, action: Action) -> list[str]:
        """Ids that already have the name and parent a create is about to use."""
        if action.verb != "create":
            return []
        name = action.sent[self.contract.bindings[action.address.kind].name_field]
        return list(self.listings[action.address.kind].by_name.get((self._parent_id(action), name), []))

    def _parent_id(self, action: Action) -> str | None:
        above = next((one for one in action.after if one != action.address), None)
        entry = self.ledger.lock.resources.get(above) if above else None
        return entry.id if entry else None

    def _parent_of(self, intent: Intent) -> str | None:
        from json import loads

        key = self.contract.bindings[intent.address.kind].parent_key
        return loads(intent.body).get(key) if key else None

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self.ledger.lock.resources[value.address].id
        if isinstance(value, Mapping):
            return {key: self._filled(item) for key, item in value.items()}
        return value

    def _own(self, action: Action) -> dict[Address, Any]:
        return dict(action.entries)

    def _is_done(self, address: Address) -> bool:
        row = self.outcomes.get(address)
        return row is not None and row.outcome == "done"

    def _finish(self, action: Action) -> None:
        self.progress(action, "done")
        self._pending[action.address] -= 1
        if self._pending[action.address] == 0:
            self._end(action.address, "done")

    def _fail(self, action: Action, error: ReconcilerError) -> None:
        first = error.findings[0]
        self._end(action.address, "failed", code=first.code, message=first.message, hint=first.hint)

    def _end(self, address: Address, outcome: Any, **details: Any) -> None:
        """The outcome of one row; a failure found later replaces a `done`, nothing else is replaced."""
        before = self.outcomes.get(address)
        if before is not None and before.outcome != "done":
            return
        entry = self.ledger.lock.resources.get(address)
        row = self._ops[address]
        self.outcomes[address] = Outcome(address, row.op, outcome, entry.id if entry else row.id, **details)


def _merged(parts: Iterable[Listing]) -> Listing:
    objects: dict[str, Any] = {}
    by_name: dict[tuple[str | None, str], list[str]] = {}
    at, rows = 0.0, 0
    for part in parts:
        objects.update(part.objects)
        by_name.update(part.by_name)
        at, rows = part.at, rows + part.rows
    return Listing(objects, at, rows, by_name)
