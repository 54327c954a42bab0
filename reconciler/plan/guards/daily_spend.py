"""max_daily_spend: the worst case a day of all ENABLED campaigns, ours or not; required before anything is enabled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec.structs import replace

from reconciler.canonical import minor_digits, money
from reconciler.model import Address, Change, LockEntry, Plan, Violation
from reconciler.plan.guards.rails import Scene, violation
from reconciler.plan.guards.worst_case import (
    Spender,
    account,
    changed,
    key_of,
    shares,
    spender_of,
    spends,
    successors,
    total,
)
from reconciler.plan.guards.worst_case import running as running_of

RULE = "max_daily_spend"


def counted(scene: Scene) -> Plan:
    """The plan with its worst case a day and its running campaigns, before and after."""
    before = account(scene.live, scene.contracts)
    after = changed(before, scene.plan, scene.entries, scene.contracts)
    digits = minor_digits(scene.plan.currency)
    shown = (_text(total(before.values()), digits), _text(total(after.values()), digits))
    return replace(scene.plan, worst_case=shown, running=(running_of(before), running_of(after)))


def check(scene: Scene) -> Iterator[Violation]:
    """The rows after which a campaign may spend more, where the account may then spend more than the limit."""
    limit, digits = scene.rails.max_daily_spend, minor_digits(scene.plan.currency)
    before = account(scene.live, scene.contracts)
    after = changed(before, scene.plan, scene.entries, scene.contracts)
    worst = total(after.values())
    if limit is not None and worst is not None and worst <= limit:
        return
    for change in _raising(scene.plan, before, after, scene.entries):
        yield violation(RULE, change.address, _text(worst, digits) or "unlimited", _text(limit, digits))


def would_raise(scene: Scene) -> bool:
    """Whether a campaign may spend more after the plan."""
    before = account(scene.live, scene.contracts)
    return bool(
        _raising(scene.plan, before, changed(before, scene.plan, scene.entries, scene.contracts), scene.entries)
    )


def _raising(
    plan: Plan, before: Mapping[str, Spender], after: Mapping[str, Spender], entries: Mapping[Address, LockEntry]
) -> list[Change]:
    """The rows after which a campaign may spend more."""
    found = [
        change
        for change in plan.changes
        if spends(change.address)
        and _raises(before.get(key_of(change, entries)), after.get(key_of(change, entries)))
        and not _only_back(change)
    ]
    return found + _raising_children(plan, before, after, entries)


def _raising_children(
    plan: Plan, before: Mapping[str, Spender], after: Mapping[str, Spender], entries: Mapping[Address, LockEntry]
) -> list[Change]:
    """Ad groups that raise what a running campaign without a budget of its own can spend."""
    found, moved = [], successors(plan, entries)
    for change in plan.changes:
        if change.op in ("create", "update", "replace") and shares(change.address) and not _only_back(change):
            above = spender_of(change, entries, moved)
            if above in before and _raises(before[above], after[above]):
                found.append(change)
    return found


def _only_back(change: Change) -> bool:
    """Whether the row only goes back to what was last applied, which always passes."""
    spending = [one for one in change.fields if one.path in ("budget", "status")]
    return change.op == "update" and all(one.side == "theirs" for one in spending)


def _raises(old: Spender | None, new: Spender | None) -> bool:
    return _grows(old.worst if old else Decimal(0), new.worst if new else Decimal(0))


def _grows(old: Decimal | None, new: Decimal | None) -> bool:
    if new is None:
        return old is not None
    return old is not None and new > old


def _text(amount: Decimal | None, digits: int) -> str | None:
    return None if amount is None else str(money(amount, digits))
