"""Whether a step of a refresh is due, which one, and what holds it back: policy × Renewals × evidence × day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from reconciler.kinds.calendar import Opening, open_on
from reconciler.kinds.renewal import Because, Renewal
from reconciler.model import RefreshEntry
from reconciler.plan.policy import Policy
from reconciler.plan.weighing import Weighed

State = Literal["due", "held", "idle"]


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of one refresh. `first`: the first day the running generation had impressions; `underway`: why
    nothing new is begun, whatever is due; `guarded`: until when learning forbids a swap."""

    policy: Policy
    entry: RefreshEntry
    renewals: Sequence[Renewal]
    weighed: Weighed | None
    first: date | None
    today: date
    underway: str | None = None
    guarded: date | None = None
    silent: bool = False
    """Whether no ad that shows it delivers."""

    @property
    def place(self) -> tuple[int, str | None]:
        """The step and the holiday that run."""
        return self.entry.renewed.place if self.entry.renewed else (0, None)

    @property
    def age(self) -> int | None:
        """Days since the running generation first had impressions."""
        return (self.today - self.first).days if self.first else None


@dataclass(frozen=True, slots=True)
class Decision:
    """`why`: in words, what makes it due or what holds it; empty where nothing is due."""

    state: State
    why: str = ""
    because: Because | None = None
    step: int = 0
    theme: str | None = None


def decide_due(case: Situation) -> Decision:
    """What is due of this refresh today."""
    if case.underway:
        return Decision("idle", case.underway)
    step, theme = case.place
    window = open_on(case.policy.calendar, case.today)
    if theme is not None and window is None:
        return _free(case, Decision("due", f"{theme} is over; back to step {step}", "calendar", step))
    if window is not None:
        return _of_calendar(case, window)
    found = _of_figures(case)
    if found is None:
        return Decision("idle")
    because, why = found
    if not case.policy.has_step(step + 1):
        told = f"{why}; `next` is at its end: bring a new source video, or add a hook"
        return Decision("held", told, because, step)
    return _held(case, Decision("due", why, because, step + 1))


def _of_calendar(case: Situation, window: Opening) -> Decision:
    step, theme = case.place
    if window.theme == theme:
        return Decision("idle", f"{theme} until {window.last}")
    why = f"{window.theme} is on {window.feast.first}, its hook from {window.first} to {window.last}"
    return _held(case, Decision("due", why, "calendar", step, window.theme))


def _of_figures(case: Situation) -> tuple[Because, str] | None:
    if case.weighed is not None and case.weighed.verdict == "tired":
        return "tired", "its ads are tired"
    age, limit = case.age, case.policy.age
    if age is not None and limit is not None and age >= limit and not case.silent:
        return "age", f"{age} days since {case.first}, of {limit}"
    return None


def _held(case: Situation, found: Decision) -> Decision:
    """The same, or what holds it: a cool-down, the count of the month, learning."""
    days = [date.fromisoformat(one.day) for one in case.renewals]
    if days and (free := max(days) + timedelta(days=case.policy.cooldown)) > case.today:
        return _stopped(found, f"at most one step in {case.policy.cooldown} days: not before {free}")
    used = sum((one.year, one.month) == (case.today.year, case.today.month) for one in days)
    if case.policy.month is not None and used >= case.policy.month:
        return _stopped(found, f"{used} of {case.policy.month} steps of this month are used")
    return _free(case, found)


def _free(case: Situation, found: Decision) -> Decision:
    """The same, or guarded: what evidence and calendar ask for waits until the platform has learned."""
    if any(one.day == case.today.isoformat() for one in case.renewals):
        return _stopped(found, "a step was decided today already")
    if case.guarded and case.guarded > case.today:
        return _stopped(found, f"guarded: the platform learns, first free on {case.guarded}")
    return found


def _stopped(found: Decision, why: str) -> Decision:
    return Decision("held", f"{found.why}; {why}", found.because, found.step, found.theme)


def conditions(case: Situation) -> list[str]:
    """Each condition of the policy with its number, and what is missing until it fires."""
    lines = []
    if (tired := case.policy.tired) is not None:
        of = "any ad" if tired.is_any else "all ads"
        told = case.weighed.words if case.weighed else "no figures were read"
        lines.append(f"tired, {tired.metric} of {of}: {told}")
    if case.policy.age is not None:
        left = max(0, case.policy.age - (case.age or 0))
        told = "no impressions yet" if case.age is None else f"{case.age} of {case.policy.age} days, {left} to go"
        lines.append(f"age: {told}")
    for season in case.policy.calendar:
        following = [
            one for one in season.windows(range(case.today.year, case.today.year + 2)) if one.last >= case.today
        ]
        if not following:
            lines.append(f"calendar, {season.theme}: over, its `day` is past")
        else:
            one = min(following, key=lambda window: window.first)
            lines.append(f"calendar, {season.theme}: {one.first} to {one.last}")
    return lines


def bounds(case: Situation) -> list[str]:
    """How far the order of hooks has got, and how soon the next step may come."""
    policy, (step, theme) = case.policy, case.place
    end = "then repeat" if policy.repeats else "then stop"
    at = f"step {step} of {len(policy.next)}, {end}" + (f"; for now {theme}" if theme else "")
    days = [date.fromisoformat(one.day) for one in case.renewals]
    free = f", free from {max(days) + timedelta(days=policy.cooldown)} on" if days else ""
    used = sum((one.year, one.month) == (case.today.year, case.today.month) for one in days)
    month = f", {used} of {policy.month} this month" if policy.month is not None else ""
    return [at, f"at most one step in {policy.cooldown} days{free}{month}"]
