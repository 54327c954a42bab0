"""Guard rails: pure functions over a plan and the live account. A violation stops an apply before its first write.

Guards hold raises of what is or becomes ENABLED only: pausing, lowering and leaving alone always pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from reconciler.canonical import minor_digits, money
from reconciler.contracts.registry import Contracts
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, LiveObject, LockEntry, Plan, Violation
from reconciler.plan.basis import Basis

RULE = "max_daily_spend"
VANISHED = "vanished_share"
_OFF = ("disable", "delete")


@dataclass(frozen=True, slots=True)
class _Campaign:
    """One campaign as it may spend: its own fields and the ad groups under it."""

    fields: Mapping[str, Any]
    children: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Its ad groups by id, those to be created by address."""
    capped: bool = False
    """Whether its own budget only limits those of its ad groups, where they do not share it."""

    @property
    def worst(self) -> Decimal | None:
        """The most it can spend on one day; None when nothing limits it.

        A total budget may be spent on one day. A campaign without a budget is limited by its ad groups' budgets if
        every one has one.
        """
        if self.fields.get("status") not in (None, "ENABLE"):
            return Decimal(0)
        own, below = _amount(self.fields), self._below
        if self.capped and self.fields.get("budget_optimize_on") is False and own is not None and below is not None:
            return min(own, below)
        return own if own is not None else below

    @property
    def _below(self) -> Decimal | None:
        """What its running ad groups may spend together, nothing where all are paused; None where one of them is
        without a limit, or there is none yet."""
        amounts = [_amount(child) for child in self.children.values() if child.get("status") in (None, "ENABLE")]
        known = bool(self.children) and None not in amounts
        return sum((one for one in amounts if one is not None), Decimal(0)) if known else None


def _amount(fields: Mapping[str, Any]) -> Decimal | None:
    budget = fields.get("budget")
    if budget is None or Decimal(budget) <= 0:
        return None
    # A dynamic daily budget may be exceeded by a quarter on one day.
    dynamic = fields.get("budget_mode") == "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"
    return Decimal(budget) * Decimal("1.25") if dynamic else Decimal(budget)


def check(
    plan: Plan,
    live: Mapping[str, Mapping[str, LiveObject]],
    entries: Mapping[Address, LockEntry],
    limit: Decimal | None,
    allowed: Iterable[str],
    contracts: Contracts,
) -> Plan:
    """The plan with its worst case a day (before, after) and what it violates.

    `allowed`: `RULE=ADDRESS` or `RULE=ADDRESS=AMOUNT`, as given to `--allow`.
    """
    before = _account(live, contracts)
    after = _changed(before, plan, entries, contracts)
    digits = minor_digits(plan.currency)
    total_before, total_after = _total(before.values()), _total(after.values())
    shown = (_text(total_before, digits), _text(total_after, digits))
    raising = _raising(plan, before, after, entries)
    violations = []
    used = []
    exceeded = limit is None or total_after is None or total_after > limit
    if raising and exceeded:
        for change in raising:
            permitted = {f"{RULE}={change.address}", f"{RULE}={change.address}={shown[1]}"}
            grant = next((one for one in allowed if one in permitted), None)
            if grant:
                used.append(grant)
                continue
            violations.append(_violation(change, shown[1], limit, digits))
    running = (_running(before), _running(after))
    permits = tuple(sorted(used))
    return replace(plan, worst_case=shown, running=running, violations=tuple(violations), allowances=permits)


def _raising(
    plan: Plan, before: Mapping[str, _Campaign], after: Mapping[str, _Campaign], entries: Mapping[Address, LockEntry]
) -> list[Change]:
    """The rows after which a campaign may spend more."""
    found = [
        change
        for change in plan.changes
        if _spends(change.address)
        and _raises(before.get(_key(change, entries)), after.get(_key(change, entries)))
        and not _only_back(change)
    ]
    return found + _raising_children(plan, before, after, entries)


def hold_vanished(plan: Plan, basis: Basis, allowed: Iterable[str]) -> Plan:
    """The plan with what an implausible listing forbids: removals, forgets and objects made anew of that kind.

    The worst case a day is not computed from such a listing, so nothing that raises it passes either.
    """
    used, violations, warnings = list(plan.allowances), list(plan.violations), list(plan.warnings)
    doubts = False
    for kind, (missing, bound) in sorted(basis.doubted.items()):
        grant = f"{VANISHED}={kind}"
        if grant in allowed:
            used.append(grant)
            continue
        counts = "budget" in KINDS[kind].types
        doubts = doubts or counts
        said = (
            f"{missing} of {bound} bound {kind} objects are no longer listed, which does not prove that they are gone"
        )
        if any(_lets_go(one, kind, basis) for one in plan.changes) or (counts and _would_raise(plan, basis)):
            allow = f"--allow {grant} --reason TEXT"
            violations.append(Violation(VANISHED, kind, f"{missing} of {bound}", "half", allow))
        else:
            warnings.append(said)
    return replace(
        plan,
        allowances=tuple(sorted(used)),
        violations=tuple(violations),
        warnings=tuple(warnings),
        worst_case=(None, None) if doubts else plan.worst_case,
        is_counted=not doubts,
    )


def _lets_go(change: Change, kind: str, basis: Basis) -> bool:
    """Whether a row acts on it that an object of a doubted kind is gone, or that its manifest is.

    What is listed below an object that no list shows is not gone either.
    """
    if kind not in (change.address.kind, basis.doubts(change.address)):
        return False
    anew = change.op == "create" and change.address in basis.entries
    return anew or (change.address not in basis.desired and change.op in ("disable", "delete", "forget"))


def _would_raise(plan: Plan, basis: Basis) -> bool:
    before = _account(basis.live, basis.contracts)
    return bool(_raising(plan, before, _changed(before, plan, basis.entries, basis.contracts), basis.entries))


def incomplete(
    seen: Basis, now: Mapping[str, Mapping[str, LiveObject]], deleted: Mapping[str, frozenset[str]]
) -> str | None:
    """Why fresh listings cannot tell the worst case a day: too much of what the plan saw is in them no more.

    `deleted`: kind → ids that they show as deleted.
    """
    known = {address: entry for address, entry in seen.entries.items() if seen.object_of(address) is not None}
    fresh = replace(seen, entries=known, live=now, deleted=deleted)
    for kind, (missing, bound) in sorted(fresh.doubted.items()):
        if "budget" in KINDS[kind].types:
            return f"{missing} of {bound} bound {kind} objects are not listed any more"
    return None


def words(violation: Violation, currency: str | None) -> str:
    """What is wrong, as one sentence without its address."""
    if violation.rule == VANISHED:
        return f"{violation.value} bound objects are no longer listed, which does not prove that they are gone"
    unit = f" {currency}" if currency else ""
    limit = f"above the limit of {violation.limit}{unit}" if violation.limit else f"and guardrails.{RULE} is not set"
    return f"worst case {violation.value}{unit} a day, {limit}"


def _spends(address: Address) -> bool:
    """Whether it is an object whose budget limits everything below it."""
    kind = KINDS[address.kind]
    return "budget" in kind.types and kind.parent is None


def _shares(address: Address) -> bool:
    """Whether it is one that spends what an object above it allows."""
    kind = KINDS[address.kind]
    return "budget" in kind.types and kind.parent is not None


def _running(campaigns: Mapping[str, _Campaign]) -> int:
    return sum(one.fields.get("status") in (None, "ENABLE") for one in campaigns.values())


def _violation(change: Change, value: str | None, limit: Decimal | None, digits: int) -> Violation:
    text = money(limit, digits) if limit is not None else None
    allow = f"--allow {RULE}={change.address} --reason TEXT"
    return Violation(RULE, change.address, value or "unlimited", text, allow)


def _account(live: Mapping[str, Mapping[str, LiveObject]], contracts: Contracts) -> dict[str, _Campaign]:
    groups: dict[str, dict[str, Mapping[str, Any]]] = {}
    for group in live.get("adgroup", {}).values():
        groups.setdefault(group.parent or "", {})[group.id] = group.fields
    return {
        one.id: _Campaign(one.fields, groups.get(one.id, {}), contracts.of(one.contract or None).caps)
        for one in live.get("campaign", {}).values()
    }


def _changed(
    before: Mapping[str, _Campaign], plan: Plan, entries: Mapping[Address, LockEntry], contracts: Contracts
) -> dict[str, _Campaign]:
    """The account after the plan."""
    after = dict(before)
    moved = _successors(plan, entries)
    for change in plan.changes:
        new = {one.path: one.new for one in change.fields}
        if change.op in _OFF:
            new = {"status": "DISABLE"}
        elif change.op in ("create", "replace"):
            governs = contracts.binding(change.contract, change.address.kind).governs
            key = _key(change, entries)
            successor = change.op == "replace" and (key in after or any(key in one.children for one in after.values()))
            if not successor:
                new = {**new, "status": new.get("status", "DISABLE" if governs else None)}
            _retire(after, change)
        elif change.op != "update":
            continue
        if _spends(change.address):
            caps = contracts.of(change.contract).caps
            old = after.get(_key(change, entries), _Campaign({}, capped=caps))
            after[_key(change, entries)] = replace(old, fields={**old.fields, **new})
        elif _shares(change.address):
            above = _campaign_of(change, entries, moved)
            if above in after:
                group = {**after[above].children.get(_key(change, entries), {}), **new}
                after[above] = replace(after[above], children={**after[above].children, _key(change, entries): group})
    return after


def _retire(after: dict[str, _Campaign], change: Change) -> None:
    """What is replaced is paused before its successor is enabled."""
    if change.op != "replace" or change.id is None:
        return
    if change.id in after:
        after[change.id] = replace(after[change.id], fields={**after[change.id].fields, "status": "DISABLE"})
    for key, campaign in after.items():
        if change.id in campaign.children:
            old = {**campaign.children[change.id], "status": "DISABLE"}
            after[key] = replace(campaign, children={**campaign.children, change.id: old})


def _successors(plan: Plan, entries: Mapping[Address, LockEntry]) -> dict[Address, str]:
    """The keys of campaigns that are replaced: their ad groups get successors under them."""
    return {
        change.address: _key(change, entries)
        for change in plan.changes
        if change.op == "replace" and _spends(change.address)
    }


def _campaign_of(change: Change, entries: Mapping[Address, LockEntry], moved: Mapping[Address, str]) -> str:
    """The key of an ad group's campaign; `moved`: see `_successors`."""
    entry = entries.get(change.address)
    named = next((str(one.new) for one in change.fields if one.path == "campaign"), None)
    above = Address("campaign", named) if named else entry.parent if entry else None
    known = entries.get(above) if above else None
    if above and above in moved:
        return moved[above]
    return known.id if known else str(above)


def _key(change: Change, entries: Mapping[Address, LockEntry]) -> str:
    """The live id, also of what this very plan has just created; the address of what is not there yet."""
    entry = entries.get(change.address)
    if change.op == "replace":
        # The successor: it has another id than the row, once it is there.
        return entry.id if entry and entry.id != change.id else str(change.address)
    return entry.id if entry else change.id or str(change.address)


def _raising_children(
    plan: Plan, before: Mapping[str, _Campaign], after: Mapping[str, _Campaign], entries: Mapping[Address, LockEntry]
) -> list[Change]:
    """Ad groups that raise what a running campaign without a budget of its own can spend."""
    found, moved = [], _successors(plan, entries)
    for change in plan.changes:
        if change.op in ("create", "update", "replace") and _shares(change.address) and not _only_back(change):
            above = _campaign_of(change, entries, moved)
            if above in before and _raises(before[above], after[above]):
                found.append(change)
    return found


def _only_back(change: Change) -> bool:
    """Whether the row only goes back to what was last applied, which always passes."""
    spending = [one for one in change.fields if one.path in ("budget", "status")]
    return change.op == "update" and all(one.side == "theirs" for one in spending)


def _raises(old: _Campaign | None, new: _Campaign | None) -> bool:
    return _grows(old.worst if old else Decimal(0), new.worst if new else Decimal(0))


def _grows(old: Decimal | None, new: Decimal | None) -> bool:
    if new is None:
        return old is not None
    return old is not None and new > old


def _total(campaigns: Iterable[_Campaign]) -> Decimal | None:
    amounts = [one.worst for one in campaigns]
    return None if None in amounts else sum((one for one in amounts if one is not None), Decimal(0))


def _text(amount: Decimal | None, digits: int) -> str | None:
    return None if amount is None else str(money(amount, digits))
