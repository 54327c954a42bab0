"""Deliberate breakages of what only Smart+ has: request ids, whole lists, creatives, pace."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from reconciler.apply import reply, settle
from reconciler.apply.run import Run
from reconciler.apply.send import Sender
from reconciler.contracts.smart_plus.binding import SMART_PLUS
from reconciler.model import Address
from reconciler.plan import decide, updates
from reconciler.plan.lists import MergedList
from tests.simulation.mutants import Mutant, Patch


def _blind(patch: Patch) -> None:
    """A create that got lost is made again, whatever the listings show."""
    patch.setattr(settle, "candidates", lambda *_: [])
    patch.setattr(decide, "_confusable", lambda *_: False)


def _awake(patch: Patch) -> None:
    """ENABLE by omission: no create says that it is to be paused, and nobody pauses it afterwards."""
    for kind, one in SMART_PLUS.bindings.items():
        patch.setitem(SMART_PLUS.bindings, kind, replace(one, born_paused=False))


def _ours_alone(patch: Patch) -> None:
    """A list is written without what colleagues have put into it."""
    patch.setattr(MergedList, "theirs", {})


def _woken(patch: Patch) -> None:
    """What a written list has woken is not paused again."""
    patch.setattr(updates, "_switches", lambda *_, **__: [])


def _a_creative(patch: Patch) -> None:
    """The id of a creative is taken for that of its ad."""
    real = reply._made_ids

    def made(data: Any, key: str) -> list[str]:
        if key != "smart_plus_ad_id" or not isinstance(data, dict):
            return real(data, key)
        return [str(one["smart_plus_creative_id"]) for one in data["creative_list"][:1]]

    patch.setattr(reply, "_made_ids", made)


def _one_token(patch: Patch) -> None:
    """Every create of a run has the same request_id."""

    def token(self: Run, address: Address) -> str:
        return self.tokens.setdefault(Address("campaign", "any"), "7")

    patch.setattr(Run, "token", token)


def _new_token(patch: Patch) -> None:
    """A create that is sent again has another request_id."""
    patch.setattr(Run, "token", lambda self, address: str(int(self.world.uuid()[:15], 16)))


def _no_pause(patch: Patch) -> None:
    """One ad is written as fast as it can be."""
    patch.setattr(Sender, "gap", lambda *_: 0)


SMART_MUTANTS = (
    Mutant("a blind second create of Smart+", _blind, "I1", under="smart_plus"),
    Mutant("ENABLE by omission", _awake, "I13", under="smart_plus"),
    Mutant("a whole list without the colleague's", _ours_alone, "I41", 155, under="smart_plus"),
    Mutant("a creative that is woken", _woken, "I42", 75, under="smart_plus"),
    Mutant("ad_id for smart_plus_ad_id", _a_creative, "I16", under="smart_plus"),
    Mutant("one request_id for all creates", _one_token, "I39", under="smart_plus"),
    Mutant("another request_id for the same create", _new_token, "I39", under="smart_plus"),
    Mutant("no pause between writes of one ad", _no_pause, "I40", under="smart_plus"),
)
