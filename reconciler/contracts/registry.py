"""The explicit list of contracts, and which of them one workspace speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Contract
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.smart_plus.binding import SMART_PLUS

CONTRACTS: Mapping[str, Contract] = {one.name: one for one in (OPENAPI, MARKETING, SMART_PLUS)}
FAMILIES: tuple[frozenset[str], ...] = (frozenset({MARKETING.name, SMART_PLUS.name}),)
"""Contracts whose objects live in one account, side by side."""


class Contracts(Struct, frozen=True, dict=True):
    """The contracts of one workspace: its own, and those whose objects live beside its own in the same account."""

    own: Contract
    beside: tuple[Contract, ...] = ()

    @classmethod
    def of_workspace(cls, name: str) -> Contracts:
        """Those that a workspace of this contract speaks."""
        family = next((one for one in FAMILIES if name in one), frozenset())
        return cls(CONTRACTS[name], tuple(CONTRACTS[one] for one in sorted(family - {name})))

    def used(self, names: Iterable[str | None]) -> Contracts:
        """Those whose objects are looked at, where these are in use: Smart+ is not asked for where nobody has it. The
        classic listings always count, for they show everything that spends."""
        wanted = {one.name for one in self.all if one.pure and one.name in {*names, self.own.name}}
        return Contracts(self.own, tuple(one for one in self.beside if not one.pure or one.name in wanted))

    @cached_property
    def all(self) -> tuple[Contract, ...]:
        """Each of them, the workspace's own first."""
        return (self.own, *self.beside)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that are objects of the account, parents first."""
        return tuple(dict.fromkeys(kind for one in self.all for kind in one.bindings))

    @cached_property
    def spending(self) -> tuple[str, ...]:
        """Kinds whose objects hold budgets."""
        return tuple(
            kind
            for kind in self.kinds
            if any(kind in one.bindings and "budget" in one.bindings[kind].fields for one in self.all)
        )

    def of(self, name: str | None) -> Contract:
        """The contract of that name; the workspace's own where nothing names one."""
        if name is None or name == self.own.name:
            return self.own
        return next((one for one in self.beside if one.name == name), self.own)

    def binding(self, name: str | None, kind: str) -> Binding:
        """One kind in the contract of that name."""
        return self.of(name).bindings[kind]

    def rate_class(self, path: str) -> str:
        """The rate class a path counts in."""
        found = (one.rate_class(path) for one in self.all)
        return next((one for one in found if one != "default"), "default")
