"""What is due of a refresh, in the lines that `renew` prints. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.plan.due import Decision, Situation, conditions


class Cost(NamedTuple):
    """What a step asks for: tasks, of them on record this month and its limit; ads that change, approved first."""

    tasks: int
    month: int
    most: int | None
    ads: int
    asks: bool

    @property
    def words(self) -> str:
        """`3 tasks (month: 3 of 40); 2 ads change their video (approval first)`."""
        limit = f" of {self.most}" if self.most is not None else ""
        tasks = f"{_many(self.tasks, 'task')} (month: {self.month + self.tasks}{limit})"
        ads = f"{_many(self.ads, 'ad')} change{'' if self.ads != 1 else 's'} their video"
        made = tasks if self.tasks else "no task, its variants are kept"
        return f"{made}; {ads} ({'approval first' if self.asks else 'nobody approves first'})"


def lines(address: str, case: Situation, decision: Decision, hook: str, cost: Cost) -> Iterator[str]:
    """One refresh: what figures say, then what follows."""
    told = f"{address} g{case.entry.current.generation}"
    if case.weighed is None:
        yield f"{told}  {'; '.join(conditions(case))}"
    else:
        age = f" (age: {case.age} of {case.policy.age} days)" if case.policy.age and case.age is not None else ""
        yield f"{told}  {case.weighed.words}{age}"
    if decision.state == "due":
        yield f"    {decision.because}: {decision.why}"
        yield f"    next: step {decision.step}, {hook}; {cost.words}"
    elif decision.why:
        yield f"    {'not now' if decision.state == 'held' else 'nothing to do'}: {decision.why}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
