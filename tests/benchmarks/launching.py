"""Requests of a launch of 1,300 objects, of a pause of 1,000 ads and of 250 budgets, counted at the server.

They do not depend on the machine: `tests/stories/marketing/test_batches.py` asserts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.stories.account import Account
from tests.stories.marketing.scene import LAUNCH_RAILS, configure, launch, settle_in

STEPS = (
    ("1,300 objects made and enabled", "ENABLE", 30, "≤ 1,400"),
    ("1,000 ads paused", "DISABLE", 30, "≤ 54, and one for the account"),
    ("250 budgets lowered", "DISABLE", 20, "≤ 17, and one for the account"),
)


def measure(folder: Path) -> Iterator[tuple[str, int, str]]:
    """(what, requests, goal) of one step after the other."""
    with Account.of_production() as market:
        work = settle_in(folder / "workspace", market)
        configure(work, guardrails=LAUNCH_RAILS)
        for what, status, budget, goal in STEPS:
            work.manifest(*launch(status, budget))
            market.forget_calls()
            work.apply()
            yield what, len(market.calls()), goal


def report(found: Iterator[tuple[str, int, str]]) -> Iterator[str]:
    """Rows of the table of goals."""
    for what, requests, goal in found:
        yield f"requests, {what}: {requests}, goal {goal}"
