"""max_submits: how many refresh tasks are asked for, in one run and by the record of a day and a month."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import Violation
from reconciler.plan.guards.rails import Scene, violation

RULE = "max_submits"


def check(scene: Scene) -> Iterator[Violation]:
    """Refreshes that do not fit any more beside those before them."""
    limits = scene.rails.max_submits
    asked = {period: scene.rails.submitted.get(period, 0) for period in limits}
    for change in scene.plan.changes:
        count = len(change.work.submits) if change.op == "refresh" and change.work else 0
        if not count:
            continue
        full = next((period for period, limit in limits.items() if asked[period] + count > limit), None)
        if full is not None:
            told = str(asked[full] + count)
            yield violation(RULE, change.address, told, f"{limits[full]} a {full}", str(count))
        else:
            asked = {period: used + count for period, used in asked.items()}
