"""Every guard rail, held against one plan: on what it was planned from, and again on live values when it is applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from reconciler.allowance import Allowance, parse
from reconciler.model import Plan, Violation
from reconciler.plan.guards import budgets, counts, daily_spend, freeze, landing, submits
from reconciler.plan.guards.rails import Scene

GUARDS: Final = (daily_spend.check, budgets.check, counts.check, submits.check, landing.check, freeze.check)


def assess(scene: Scene, granted: Sequence[Allowance]) -> Plan:
    """The plan with its worst case a day, what it violates, and of what is `granted` that which lifts something."""
    violations: list[Violation] = []
    used: set[Allowance] = set()
    for found in (one for guard in GUARDS for one in guard(scene)):
        grant = lifting(found, granted)
        if grant is None:
            violations.append(found)
        else:
            used.add(grant)
    return replace(daily_spend.counted(scene), violations=tuple(violations), allowances=tuple(sorted(used)))


def lifting(found: Violation, granted: Sequence[Allowance]) -> Allowance | None:
    """What allows exactly this, its amount in normal form."""
    exact = parse(found.allow, "").amount
    worst = found.value if found.rule == daily_spend.RULE and found.value != "unlimited" else None
    for one in granted:
        if one.lifts(found.rule, str(found.address), exact or worst):
            return replace(one, amount=exact or (worst if one.amount is not None else None))
    return None
