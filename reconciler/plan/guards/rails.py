"""The limits of a workspace as values, and what they are held against."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field

from reconciler.contracts.registry import Contracts
from reconciler.model import Address, LiveObject, LockEntry, Plan, Resource, Violation


class Window(Struct, frozen=True):
    """A time in which nothing is changed but in the directions that are allowed. Seconds since the epoch."""

    start: float
    """Inclusive."""
    end: float
    """Exclusive."""
    said: str
    """As the workspace file says it, in the account's time."""
    allow: frozenset[str] = frozenset()


class Rails(Struct, frozen=True):
    """Every limit; what is None or empty limits nothing, but the first."""

    max_daily_spend: Decimal | None = None
    """Without it nothing is enabled."""
    max_budget: Mapping[str, Decimal] = field(default_factory=dict)
    """Kind → the highest budget of one object."""
    max_raise_percent: int | None = None
    typo_factor: int | None = None
    max_changes: Mapping[str, int] = field(default_factory=dict)
    """enable, delete: rows; update_percent, disable_percent: of what is managed."""
    max_submits: Mapping[str, int] = field(default_factory=dict)
    """run, day, month → submits."""
    submitted: Mapping[str, int] = field(default_factory=dict)
    """day, month → submits that are on record since it began, in the account's time."""
    landing_domains: tuple[str, ...] = ()
    """Lower case, in punycode."""
    freeze: tuple[Window, ...] = ()


class Scene(Struct, frozen=True):
    """A plan, and the account that it would change, as it is now."""

    plan: Plan
    live: Mapping[str, Mapping[str, LiveObject]]
    """Kind → id → object."""
    entries: Mapping[Address, LockEntry]
    desired: Mapping[Address, Resource]
    contracts: Contracts
    rails: Rails
    now: float
    """Seconds since the epoch."""


def violation(rule: str, address: Address | str, value: str, limit: str | None, amount: str | None = None) -> Violation:
    """What is refused. `amount`: how far it would have to be allowed, where the rule takes an amount."""
    allow = f"{rule}={address}" + (f"={amount}" if amount is not None else "")
    return Violation(rule, address, value, limit, allow)
