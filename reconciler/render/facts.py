"""What a plan means for the business: money a day, what runs, what is made; the same facts for every renderer."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from reconciler.model import Plan

Audience = Literal["engineer", "marketer"]
"""Who reads it. A marketer gets plain words: no field names of the API, and codes only where something is blocked."""


UNKNOWN = "not known: the listing is not believed"
"""In place of an amount that would be computed from a listing that lost too many objects."""


class Fact(NamedTuple):
    """One line of the table that comes first. All texts are this tool's own words and figures."""

    label: str
    now: str
    after: str
    change: str
    """By how much, in percent; "" where that says nothing."""


def facts(made: Plan) -> list[Fact]:
    """Worst case a day, live campaigns, refresh tasks; what the plan does not tell is left out."""
    before, after = made.worst_case
    now, then = (amount_in_words(amount, made) for amount in made.worst_case)
    found = [Fact("Budget per day, worst case", now, then, _percent(before, after))]
    if made.running is not None:
        found.append(Fact("Live campaigns", str(made.running[0]), str(made.running[1]), ""))
    tasks, videos = made_anew(made)
    if tasks:
        minutes, seconds = divmod(made.eta_seconds, 60)
        eta = f"{tasks} for {videos} videos, in about {minutes} min {seconds:02d} s by the rate limit"
        found.append(Fact("Refresh tasks", "–", eta, ""))
    return found


def amount_in_words(amount: str | None, made: Plan) -> str:
    """One of the two amounts of the worst case a day."""
    if not made.is_counted:
        return UNKNOWN
    if amount is None:
        return "unlimited"
    return f"{amount} {made.currency}" if made.currency else amount


def made_anew(made: Plan) -> tuple[int, int]:
    """(refresh tasks, the videos they promise)."""
    works = [change.work for change in made.changes if change.work]
    return sum(len(work.submits) for work in works), sum(work.videos for work in works)


def _percent(before: str | None, after: str | None) -> str:
    if before is None or after is None or before == after or not Decimal(before):
        return ""
    change = (Decimal(after) - Decimal(before)) * 100 / Decimal(before)
    shown = f"{abs(change):.0f}" if abs(change) >= 1 else f"{abs(change):.1f}"
    return f"{'+' if change > 0 else '−'}{shown} %"
