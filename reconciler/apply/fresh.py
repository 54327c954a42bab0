"""An object looked at just before it is written, where the plan's view is not enough.

A call that writes a whole list would undo what somebody has added meanwhile; the id of a creative is never trusted
across an update.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from reconciler.apply.run import Run
from reconciler.contracts.places import Materials
from reconciler.contracts.smart_plus.creatives import content
from reconciler.model import Call, Fields, LiveObject
from reconciler.plan.sending import Action

_LAG = 1 / 6
"""Of the quiet period: how long a listing is given to show a list that was written."""
_FIRST_PAUSE = 0.5
"""Seconds between the first two looks; each later pause is twice as long."""


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
