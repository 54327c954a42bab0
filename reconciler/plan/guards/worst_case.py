"""The account as it may spend on one day, before and after a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from reconciler.contracts.registry import Contracts
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, LiveObject, LockEntry, Plan

_OFF = ("disable", "delete")


@dataclass(frozen=True, slots=True)
class Spender:
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


def spends(address: Address) -> bool:
    """Whether it is an object whose budget limits everything below it."""
    kind = KINDS[address.kind]
    return "budget" in kind.types and kind.parent is None


def shares(address: Address) -> bool:
    """Whether it is one that spends what an object above it allows."""
    kind = KINDS[address.kind]
    return "budget" in kind.types and kind.parent is not None


def running(campaigns: Mapping[str, Spender]) -> int:
    """How many may spend."""
    return sum(one.fields.get("status") in (None, "ENABLE") for one in campaigns.values())


def total(campaigns: Iterable[Spender]) -> Decimal | None:
    """What all of them may spend; None where one of them is without a limit."""
    amounts = [one.worst for one in campaigns]
    return None if None in amounts else sum((one for one in amounts if one is not None), Decimal(0))


def account(live: Mapping[str, Mapping[str, LiveObject]], contracts: Contracts) -> dict[str, Spender]:
    """Live campaigns by id, with their ad groups."""
    groups: dict[str, dict[str, Mapping[str, Any]]] = {}
    for group in live.get("adgroup", {}).values():
        groups.setdefault(group.parent or "", {})[group.id] = group.fields
    return {
        one.id: Spender(one.fields, groups.get(one.id, {}), contracts.of(one.contract or None).caps)
        for one in live.get("campaign", {}).values()
    }


def changed(
    before: Mapping[str, Spender], plan: Plan, entries: Mapping[Address, LockEntry], contracts: Contracts
) -> dict[str, Spender]:
    """The account after the plan."""
    after = dict(before)
    moved = successors(plan, entries)
    for change in plan.changes:
        new = {one.path: one.new for one in change.fields}
        if change.op in _OFF:
            new = {"status": "DISABLE"}
        elif change.op in ("create", "replace"):
            governs = contracts.binding(change.contract, change.address.kind).governs
            key = key_of(change, entries)
            successor = change.op == "replace" and (key in after or any(key in one.children for one in after.values()))
            if not successor:
                new = {**new, "status": new.get("status", "DISABLE" if governs else None)}
            _retire(after, change)
        elif change.op != "update":
            continue
        if spends(change.address):
            caps = contracts.of(change.contract).caps
            old = after.get(key_of(change, entries), Spender({}, capped=caps))
            after[key_of(change, entries)] = replace(old, fields={**old.fields, **new})
        elif shares(change.address):
            above = spender_of(change, entries, moved)
            if above in after:
                group = {**after[above].children.get(key_of(change, entries), {}), **new}
                after[above] = replace(after[above], children={**after[above].children, key_of(change, entries): group})
    return after


def _retire(after: dict[str, Spender], change: Change) -> None:
    """What is replaced is paused before its successor is enabled."""
    if change.op != "replace" or change.id is None:
        return
    if change.id in after:
        after[change.id] = replace(after[change.id], fields={**after[change.id].fields, "status": "DISABLE"})
    for key, campaign in after.items():
        if change.id in campaign.children:
            old = {**campaign.children[change.id], "status": "DISABLE"}
            after[key] = replace(campaign, children={**campaign.children, change.id: old})


def successors(plan: Plan, entries: Mapping[Address, LockEntry]) -> dict[Address, str]:
    """The keys of campaigns that are replaced: their ad groups get successors under them."""
    return {
        change.address: key_of(change, entries)
        for change in plan.changes
        if change.op == "replace" and spends(change.address)
    }


def spender_of(change: Change, entries: Mapping[Address, LockEntry], moved: Mapping[Address, str]) -> str:
    """The key of an ad group's campaign; `moved`: see `successors`."""
    entry = entries.get(change.address)
    named = next((str(one.new) for one in change.fields if one.path == "campaign"), None)
    above = Address("campaign", named) if named else entry.parent if entry else None
    known = entries.get(above) if above else None
    if above and above in moved:
        return moved[above]
    return known.id if known else str(above)


def key_of(change: Change, entries: Mapping[Address, LockEntry]) -> str:
    """The live id, also of what this very plan has just created; the address of what is not there yet."""
    entry = entries.get(change.address)
    if change.op == "replace":
        # The successor: it has another id than the row, once it is there.
        return entry.id if entry and entry.id != change.id else str(change.address)
    return entry.id if entry else change.id or str(change.address)
