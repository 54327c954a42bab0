"""The account as it may spend on one day, before and after a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.contracts.registry import Contracts
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, LiveObject, LockEntry, Plan

_OFF = ("disable", "delete")


class Spender(Struct, frozen=True):
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


class _Account:
    """The campaigns while a plan is gone through, row by row: no row copies what the others are about."""

    def __init__(self, before: Mapping[str, Spender]) -> None:
        self.campaigns = dict(before)
        self._groups: dict[str, dict[str, Mapping[str, Any]]] = {}
        """Campaign → all its ad groups, once one of them is another."""
        self._above: dict[str, list[str]] = {}
        """Ad group → the campaigns that have it."""
        for key, one in before.items():
            for child in one.children:
                self._above.setdefault(child, []).append(key)

    def has(self, key: str) -> bool:
        """Whether it is a campaign of the account, or an ad group of one."""
        return key in self.campaigns or key in self._above

    def set_campaign(self, key: str, new: Mapping[str, Any], capped: bool) -> None:
        """Fields of a campaign that is there or is made."""
        old = self.campaigns.get(key, Spender({}, capped=capped))
        self.campaigns[key] = replace(old, fields={**old.fields, **new})

    def set_group(self, above: str, key: str, new: Mapping[str, Any]) -> None:
        """Fields of an ad group; none where its campaign is not known."""
        if above not in self.campaigns:
            return
        if above not in self._groups:
            self._groups[above] = dict(self.campaigns[above].children)
        groups = self._groups[above]
        if key not in groups:
            self._above.setdefault(key, []).append(above)
        groups[key] = {**groups.get(key, {}), **new}

    def retire(self, identity: str) -> None:
        """What is replaced is paused before its successor is enabled."""
        if identity in self.campaigns:
            self.set_campaign(identity, {"status": "DISABLE"}, False)
        for above in self._above.get(identity, ()):
            self.set_group(above, identity, {"status": "DISABLE"})

    def result(self) -> dict[str, Spender]:
        """Campaigns by key."""
        return {
            key: replace(one, children=self._groups[key]) if key in self._groups else one
            for key, one in self.campaigns.items()
        }


def changed(
    before: Mapping[str, Spender], plan: Plan, entries: Mapping[Address, LockEntry], contracts: Contracts
) -> dict[str, Spender]:
    """The account after the plan."""
    after, moved = _Account(before), successors(plan, entries)
    for change in plan.changes:
        new = {one.path: one.new for one in change.fields}
        key = key_of(change, entries)
        if change.op in _OFF:
            new = {"status": "DISABLE"}
        elif change.op in ("create", "replace"):
            governs = contracts.binding(change.contract, change.address.kind).governs
            if not (change.op == "replace" and after.has(key)):
                new = {**new, "status": new.get("status", "DISABLE" if governs else None)}
            if change.op == "replace" and change.id is not None:
                after.retire(change.id)
        elif change.op != "update":
            continue
        if spends(change.address):
            after.set_campaign(key, new, contracts.of(change.contract).caps)
        elif shares(change.address):
            after.set_group(spender_of(change, entries, moved), key, new)
    return after.result()


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
