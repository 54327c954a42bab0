"""When a step is due: at most one in a cool-down, whatever reports say; and a holiday's way back is always open."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.calendar import Season
from reconciler.kinds.renewal import Renewal, RenewalDocument
from reconciler.model import Generation, RefreshEntry
from reconciler.plan.due import Situation, decide_due
from reconciler.plan.policy import Policy
from reconciler.plan.weighing import Weighed
from reconciler.renewed import Renewed

START = date(2026, 9, 1)
TIRED, FRESH = Weighed("tired", "they are"), Weighed("not shown", "they are not")


def policy(*, cooldown: int = 14, month: int | None = None, calendar: tuple[Season, ...] = ()) -> Policy:
    """A policy that repeats for ever."""
    return Policy(None, 30, calendar, ({"hook_type": "COMMENT"},), True, cooldown, month, 7)


def renewal(day: date, step: int, theme: str | None = None) -> Renewal:
    """A step that was decided on a day."""
    told: dict[str, Any] = {"step": step, "theme": theme, "because": "tired", "evidence_sha256": "sha256:0"}
    return Renewal(f"renewals/hooks/{day}.yaml", RenewalDocument.model_construct(**told))


def entry(last: Renewal | None) -> RefreshEntry:
    """The record once that step was applied."""
    made = last.renewed if last else None
    return RefreshEntry(Generation(1, "sha256:1"), 3, renewed=made)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), min_size=60, max_size=60), st.integers(1, 30), st.integers(1, 3))
def test_at_most_one_step_in_a_cool_down(tired: list[bool], cooldown: int, month: int) -> None:
    """Reports that say anything on any day, each step written and applied at once."""
    steps: list[Renewal] = []
    for number, is_tired in enumerate(tired):
        today = START + timedelta(days=number)
        known = entry(steps[-1] if steps else None)
        weighed, first = (TIRED if is_tired else FRESH), today - timedelta(days=40)
        told = policy(cooldown=cooldown, month=month)
        decision = decide_due(Situation(told, known, steps, weighed, first, today))
        if decision.state == "due":
            steps.append(renewal(today, decision.step))
    days = [date.fromisoformat(one.day) for one in steps]
    assert all((later - sooner).days >= cooldown for sooner, later in pairwise(days))
    assert all(sum(one.month == other.month for other in days) <= month for one in days)
    assert [one.told.step for one in steps] == list(range(1, len(steps) + 1))


def test_the_way_back_from_a_holiday_waits_for_no_cool_down() -> None:
    """A hook for Christmas in January is worse than two steps in a fortnight."""
    told = policy(cooldown=60, calendar=(Season("CHRISTMAS_DAY", -28, 0),))
    there = renewal(date(2026, 12, 1), 0, "CHRISTMAS_DAY")
    case = Situation(told, entry(there), [there], FRESH, None, date(2026, 12, 26))
    found = decide_due(case)
    assert (found.state, found.step, found.theme, found.because) == ("due", 0, None, "calendar")


def test_a_holiday_stands_above_figures() -> None:
    """While its hook runs, a tired ad makes no step."""
    told = policy(calendar=(Season("CHRISTMAS_DAY", -28, 0),))
    there = renewal(date(2026, 11, 28), 2, "CHRISTMAS_DAY")
    case = Situation(told, entry(there), [there], TIRED, START, date(2026, 12, 20))
    assert decide_due(case).state == "idle"


def test_learning_holds_what_evidence_asks_for() -> None:
    """The first free day is named, and on it the step is due."""
    free = date(2026, 10, 4)
    case = Situation(policy(), entry(None), [], TIRED, None, date(2026, 10, 3), guarded=free)
    assert decide_due(case).why.endswith(f"guarded: the platform learns, first free on {free}")
    assert decide_due(Situation(policy(), entry(None), [], TIRED, None, free, guarded=free)).state == "due"


def test_what_is_applied_is_the_place_that_counts() -> None:
    """The lockfile says which step runs, not the newest file."""
    known = RefreshEntry(Generation(4, "sha256:1"), 3, renewed=Renewed(4, "tired", "sha256:0"))
    assert decide_due(Situation(policy(), known, [], TIRED, None, START)).step == 5
