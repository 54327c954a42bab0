"""What stands in a call of a contract for values that are known only when it is sent."""

from __future__ import annotations

from msgspec import Struct

from reconciler.model import Address, Deferred, Fields


class Token(Deferred, Struct, frozen=True):
    """In a create the number by which the API knows that it has had it already: one an intent."""

    words = "a number made when it is sent"


class Materials(Deferred, Struct, frozen=True):
    """The ids of those creatives of an ad that do not have the status they are to have."""

    address: Address
    status: str
    creatives: tuple[Fields, ...]
    words = "the ids of the creatives that do not have that status"
