"""max_budget, max_raise_percent, typo_factor: the budget of one object, as far as it is raised while it runs.

An amount is held as it is written, a day's or a whole life's. What has no budget of its own is `max_daily_spend`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal

from reconciler.canonical import minor_digits, money
from reconciler.model import Violation
from reconciler.plan.guards.rails import Scene, violation
from reconciler.plan.guards.turns import Turn, turns

BUDGET, RAISE, TYPO = "max_budget", "max_raise_percent", "typo_factor"
_SHIFTS = 13
"""An amount has at most so many digits before its point."""


def check(scene: Scene) -> Iterator[Violation]:
    """Rows whose budget is above a limit, rises too far at once, or looks like a slip of the finger."""
    rails, digits = scene.rails, minor_digits(scene.plan.currency)
    is_set = rails.max_budget or rails.max_raise_percent is not None or rails.typo_factor is not None
    for turn in turns(scene) if is_set else ():
        if turn.budget is not None and turn.is_raise:
            yield from _held(turn, turn.budget, scene, digits)


def _held(turn: Turn, new: Decimal, scene: Scene, digits: int) -> Iterator[Violation]:
    rails, address, value = scene.rails, turn.address, str(money(new, digits))
    most = rails.max_budget.get(address.kind)
    if most is not None and new > most:
        yield violation(BUDGET, address, value, str(money(most, digits)), value)
    old = turn.old_budget
    if old is None or new <= old:
        return
    if rails.max_raise_percent is not None:
        exact = old * (100 + rails.max_raise_percent) / 100
        if new > exact:
            limit = exact.quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR)
            yield violation(RAISE, address, value, str(money(limit, digits)), value)
    if rails.typo_factor is not None and (new > old * rails.typo_factor or is_slip(old, new)):
        yield violation(TYPO, address, value, str(money(old, digits)), value)


def is_slip(old: Decimal, new: Decimal) -> bool:
    """Whether the new amount is the old one with its point moved to the right, or with one digit before it twice."""
    if any(new == old.scaleb(places) for places in range(1, _SHIFTS)):
        return True
    whole, _, rest = f"{old:f}".partition(".")
    doubled = (f"{whole[: at + 1]}{whole[at:]}" for at in range(len(whole)))
    return any(new == Decimal(f"{one}.{rest or 0}") for one in doubled)
