"""An object looked at just before it is written: whether it still is what the plan saw, and where that is not enough.

A call that writes a whole list would undo what somebody has added meanwhile; the id of a creative is never trusted
across an update.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.account.listing import Listing
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.run import Run
from reconciler.contracts.places import Materials
from reconciler.contracts.smart_plus.creatives import content
from reconciler.errors import ReconcilerError
from reconciler.model import Address, Call, Fields, LiveObject
from reconciler.plan.sending import Action

Recheck = Callable[[Mapping[str, Listing]], tuple[str, str] | None]
"""Given fresh listings before anything is enabled: why it must not be (code, text), or None."""
_FRESH_SECONDS = 60.0

_LAG = 1 / 6
"""Of the quiet period: how long a listing is given to show a list that was written."""
_FIRST_PAUSE = 0.5
"""Seconds between the first two looks; each later pause is twice as long."""


class Lookout(Struct, frozen=True):
    """Whether what is about to be written still is what was planned; if not, its row's outcome says why."""

    run: Run
    outcomes: Outcomes
    listings: dict[str, Listing]
    """By kind; read again where they are too old."""
    written: Container[Address]
    """What this run wrote itself."""

    def as_planned(self, action: Action) -> bool:
        """Whether the live object still is what the plan saw; listings older than a minute are read again."""
        if not action.expects:
            return True
        if action.unmodified is not None:
            return self._untouched(action)
        kind = action.address.kind
        if self.run.world.monotonic() - self.listings[kind].at > _FRESH_SECONDS:
            try:
                self.listings[kind] = self.run.reader.listing(kind)
            except ReconcilerError as error:
                self.outcomes.failed(action.address, error)
                return False
        live = self.listings[kind].objects.get(action.id or self.run.ledger.lock.resources[action.address].id)
        return self._as_seen(action, live)

    def _untouched(self, action: Action) -> bool:
        """The same, looked at just before: the call writes a whole list."""
        try:
            live = look(self.run, action)
        except ReconcilerError as error:
            self.outcomes.failed(action.address, error)
            return False
        if not self._as_seen(action, live):
            return False
        # What this run wrote itself was changed by nobody else.
        if live is not None and live.modified != action.unmodified and action.address not in self.written:
            text = f"somebody changed it at {live.modified} UTC; the plan saw it as of {action.unmodified}"
            self.outcomes.end(action.address, "failed", "R708", text)
            return False
        return True

    def _as_seen(self, action: Action, live: LiveObject | None) -> bool:
        for path, seen in action.expects.items():
            # What is already as it is to be was moved by a sibling, as bids are.
            if live is None or (path in live.fields and live.fields[path] not in (seen, action.sent.get(path, seen))):
                text = f"{path} is now {live.fields[path]}, the plan saw {seen}" if live else "the object is gone"
                self.outcomes.end(action.address, "failed", "R708", text)
                return False
        return True

    def before_raising(self, group: Sequence[Action], recheck: Recheck) -> None:
        """Fresh listings before spend can rise: the guard rail holds on live values, too, whoever changed them."""
        try:
            for kind in self.run.contracts.spending:
                if self.run.world.monotonic() - self.listings[kind].at > 1:
                    self.listings[kind] = self.run.reader.listing(kind)
        except ReconcilerError as error:
            for action in group:
                self.outcomes.failed(action.address, error)
            return
        why = recheck(self.listings)
        for action in group if why else ():
            self.outcomes.end(action.address, "failed", *(why or ()))


def look(run: Run, action: Action) -> LiveObject | None:
    """The object as it is at this moment. Raises ReconcilerError."""
    identity = action.id or run.ledger.lock.resources[action.address].id
    contract = run.contracts.of(action.contract).name
    return run.reader.listing(action.address.kind, ids=[identity], of=[contract]).objects.get(identity)


def switched(run: Run, action: Action, call: Call, filled: Callable[[Any], Any]) -> tuple[Action, Call, bool]:
    """The call with the ids of the creatives that do not have their status yet; and whether there are none, so that
    nothing is to be sent. Any other call comes back as it is. Raises ReconcilerError."""
    wanted = next((one for one in call.body.values() if isinstance(one, Materials)), None)
    if wanted is None:
        return action, call, False
    live, is_shown = _after_the_list(run, action)
    contents = {content(filled(one)) for one in wanted.creatives}
    shown: tuple[Fields, ...] = live.fields.get("creatives", ()) if live else ()
    off = [one for one in shown if content(one) in contents and one.get("status") != wanted.status]
    ids = tuple(one["ad_material_id"] for one in off if "ad_material_id" in one)
    call = replace(call, body={key: ids if one is wanted else one for key, one in call.body.items()})
    # Where the list lags behind, nobody knows yet what the write has woken: what was paused stays written down.
    return action if ids or is_shown else replace(action, entries={}), call, not ids


def _after_the_list(run: Run, action: Action) -> tuple[LiveObject | None, bool]:
    """The ad once a listing shows the list that was written just before, or after a while; and whether it does."""
    until, pause = run.world.monotonic() + run.quiet_period * _LAG, _FIRST_PAUSE
    while True:
        live = look(run, action)
        is_shown = action.unmodified is None or live is None or live.modified != action.unmodified
        left = until - run.world.monotonic()
        if is_shown or left <= 0 or run.stopped():
            return live, is_shown
        run.world.sleep(min(pause, left))
        pause *= 2
