"""G12: how long so many variants take on a virtual clock, beside the least time that the limit allows."""

from __future__ import annotations

from collections.abc import Iterator

from tests.refresh.clockwork import START
from tests.refresh.studio import rig, rows

GENERATION = 60
"""Seconds that each task takes."""
DELAYS = (0.02, 0.2)
"""Seconds from a call to its answer."""


def least(count: int) -> int:
    """Seconds until the last of so many is there, by one submit a second and five in sixty seconds."""
    return 60 * ((count - 1) // 5) + (count - 1) % 5 + GENERATION


def report() -> Iterator[str]:
    """A row a number of variants."""
    for count in (5, 10, 50, 100):
        found, rejected = [], 0
        for delay in DELAYS:
            made = rig(delay=delay)
            made.driver.make(rows(count), wait_seconds=900)
            found.append((made.world.now() - START) / least(count))
            rejected += made.studio.rejected
        goal = "1.05" if count >= 10 else "1.10"
        yield (
            f"G12 {count} variants / the least time, at {DELAYS[0]} and {DELAYS[1]} s a call: {found[0]:.3f}, "
            f"{found[1]:.3f}, goal ≤ {goal}; {rejected} submits rejected, goal 0"
        )
