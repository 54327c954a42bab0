"""max_changes: how many rows one plan may have that enable or delete, and what share of everything managed it touches.

Shares count from ten managed objects on: of fewer, one is always many.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds.registry import KINDS
from reconciler.model import Violation
from reconciler.plan.guards.rails import Scene, violation
from reconciler.plan.guards.turns import ALWAYS, turns

RULE = "max_changes"
_FEW = 10


def check(scene: Scene) -> Iterator[Violation]:
    """At most one violation for each of enable, update_percent, disable_percent, delete."""
    if not scene.rails.max_changes:
        return
    going = [one for one in turns(scene) if not one.only_back]
    rows = [one for one in scene.plan.changes if KINDS[one.address.kind].name_field]
    counts = {
        "enable": sum("enable" in one.directions and one.starts for one in going),
        "update_percent": sum(
            one.change.op in ("update", "replace") and (one.was_on or one.is_on) and not one.directions <= ALWAYS
            for one in going
        ),
        "disable_percent": sum(one.op == "disable" for one in rows),
        "delete": sum(one.op == "delete" for one in rows),
    }
    managed = {address for address, entry in scene.entries.items() if entry.removed_at is None}
    # What this very plan has let go by now was managed when it began.
    of = len(managed | {one.address for one in rows if one.op in ("disable", "delete")})
    for what, limit in scene.rails.max_changes.items():
        count = counts[what]
        if not what.endswith("_percent"):
            if count > limit:
                yield violation(RULE, what, str(count), str(limit), str(count))
        elif of >= _FEW and 100 * count > limit * of:
            yield violation(RULE, what, f"{count} of {of}", f"{limit}%", str(count))
