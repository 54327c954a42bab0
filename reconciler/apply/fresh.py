"""An object looked at just before it is written, where the plan's view is not enough.

A call that writes a whole list would undo what somebody has added meanwhile; the id of a creative is never trusted
across an update.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reconciler.apply.run import Run
from reconciler.contracts.places import Materials
from reconciler.contracts.smart_plus.creatives import content
from reconciler.model import Call, Fields, LiveObject
from reconciler.plan.sending import Action


def look(run: Run, action: Action) -> LiveObject | None:
    """The object as it is at this moment. Raises ReconcilerError."""
    identity = action.id or run.ledger.lock.resources[action.address].id
    contract = run.contracts.of(action.contract).name
    return run.reader.listing(action.address.kind, ids=[identity], of=[contract]).objects.get(identity)


def switched(run: Run, action: Action, call: Call, filled: Callable[[Any], Any]) -> tuple[Call, bool]:
    """The call with the ids of the creatives that do not have their status yet; and whether there are none, so that
    nothing is to be sent. Any other call comes back as it is. Raises ReconcilerError."""
    wanted = next((one for one in call.body.values() if isinstance(one, Materials)), None)
    if wanted is None:
        return call, False
    live = look(run, action)
    contents = {content(filled(one)) for one in wanted.creatives}
    shown: tuple[Fields, ...] = live.fields.get("creatives", ()) if live else ()
    off = [one for one in shown if content(one) in contents and one.get("status") != wanted.status]
    ids = tuple(one["ad_material_id"] for one in off if "ad_material_id" in one)
    return replace(call, body={key: ids if one is wanted else one for key, one in call.body.items()}), not ids
