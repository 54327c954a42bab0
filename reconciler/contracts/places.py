"""What stands in a call of a contract for values that are known only when it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model import Address, Deferred, Fields


@dataclass(frozen=True)
class Token(Deferred):
    """In a create the number by which the API knows that it has had it already: one an intent."""

    words = "a number made when it is sent"


@dataclass(frozen=True)
class Materials(Deferred):
    """The ids of those creatives of an ad that do not have the status they are to have."""

    address: Address
    status: str
    creatives: tuple[Fields, ...]
    words = "the ids of the creatives that do not have that status"
