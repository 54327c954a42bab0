"""freeze: times in which nothing is sent but in the directions that are allowed; pausing and lowering always are."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import Violation
from reconciler.plan.guards.rails import Scene, violation
from reconciler.plan.guards.turns import ALWAYS, directions

RULE = "freeze"


def check(scene: Scene) -> Iterator[Violation]:
    """Every row that does anything else while a window is open. What only changes the lockfile sends nothing."""
    for window in scene.rails.freeze:
        if not window.start <= scene.now < window.end:
            continue
        for change in scene.plan.changes:
            held = directions(change, scene) - ALWAYS - window.allow
            if held:
                yield violation(RULE, change.address, ", ".join(sorted(held)), window.said)
