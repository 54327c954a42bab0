"""What is known of a refresh's variants: which generation is wanted, and which of its slots can be shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct

from reconciler.kinds.media import Origin, origin
from reconciler.model import Address, Generation, RefreshEntry, Resource, Stored, Variant
from reconciler.plan.refreshes import GIVE_UP, inputs_of


class Need(NamedTuple):
    """What an ad waits for: a slot of a generation, or all of them."""

    refresh: Address
    generation: int
    slot: int
    whole: bool


class Wanted(Struct, frozen=True):
    """The generation that a manifest's inputs make."""

    address: Address
    number: int
    made: Generation | None
    count: int
    asked: bool
    """Whether variants must be approved."""
    decisions: Mapping[str, str]

    @classmethod
    def of(
        cls,
        refresh: Resource,
        desired: Mapping[Address, Resource],
        record: RefreshEntry | None,
        decisions: Mapping[str, str],
    ) -> Wanted:
        """`decisions`: SHA-256 → approved or rejected."""
        number, made = wanted_generation(refresh, desired, record)
        asked = refresh.fields.get("require_approval", False)
        return cls(refresh.address, number, made, refresh.fields["variants"], asked, decisions)

    def slot(self, number: int) -> Variant | None:
        """What is known of it."""
        return slot_of(self.made, number)

    def decision(self, number: int) -> str | None:
        """Approved, rejected, or nothing yet."""
        variant = self.slot(number)
        return self.decisions.get(variant.sha256 or "") if variant else None

    def is_ready(self, number: int) -> bool:
        """Whether its file is there."""
        variant = self.slot(number)
        return variant is not None and variant.state == "ready"

    def is_usable(self, number: int) -> bool:
        """Whether an ad may show it."""
        decision = self.decision(number)
        return self.is_ready(number) and decision != "rejected" and (not self.asked or decision == "approved")

    def is_coming(self, number: int) -> bool:
        """Whether it is still to be made."""
        return not self.is_ready(number) and number not in self.lost

    @property
    def lost(self) -> set[int]:
        """Slots that nobody fills any more unless asked."""
        variants = self.made.variants if self.made else ()
        return {
            one.slot
            for one in variants
            if one.state == "expired" or (one.state == "failed" and (one.of > 1 or one.failures >= GIVE_UP))
        }

    def is_settled(self, slots: Iterable[int]) -> bool:
        """Whether each of them is there, and decided where that is asked for; and some of them can be shown."""
        slots = list(slots)
        there = all(self.is_ready(one) or one in self.lost for one in slots)
        decided = not self.asked or all(self.decision(one) is not None for one in slots if one not in self.lost)
        return there and decided and any(self.is_usable(one) for one in slots)


def uploaded(declared: Resource, entry: Stored | None) -> str | None:
    """The id of a Video or an Image in the asset library; None where it is not there, or another one is."""
    if entry is None or Origin(entry.url, entry.sha256) != origin(declared.fields):
        return None
    return entry.library_id


def wanted_generation(
    refresh: Resource, desired: Mapping[Address, Resource], record: RefreshEntry | None
) -> tuple[int, Generation | None]:
    """The generation that the manifest's inputs make: its number, and what there is of it."""
    inputs = inputs_of(refresh, desired[refresh.refs["video"]] if "video" in refresh.refs else None)
    known = [record.current, *record.past] if record else []
    made = next((one for one in known if one.inputs == inputs), None)
    return (made.generation if made else 1 + max((one.generation for one in known), default=0)), made


def is_complete(made: Generation, count: int) -> bool:
    """Whether every slot that is wanted holds a file."""
    ready = {one.slot for one in made.variants if one.state == "ready"}
    return ready >= set(range(1, count + 1))


def is_ready(need: Need, record: RefreshEntry | None) -> bool:
    """Whether what an ad waits for is there."""
    if record is None:
        return False
    made = next((one for one in (record.current, *record.past) if one.generation == need.generation), None)
    variant = slot_of(made, need.slot)
    if made is None or variant is None or variant.state != "ready":
        return False
    return not need.whole or is_complete(made, record.wanted)


def slot_of(made: Generation | None, slot: int) -> Variant | None:
    """A slot of a generation."""
    return next((one for one in made.variants if one.slot == slot), None) if made else None


def variants_of(refreshes: Mapping[Address, RefreshEntry]) -> dict[str, str]:
    """Ids of generated videos in the asset library → refresh/NAME/GENERATION/SLOT."""
    return {
        variant.library_video_id: f"{address}/{made.generation}/{variant.slot}"
        for address, record in refreshes.items()
        for made in (record.current, *record.past)
        for variant in made.variants
        if variant.library_video_id
    }
