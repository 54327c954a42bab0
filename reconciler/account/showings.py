"""Which days of an ad are which variant's, as the lockfile has recorded it.

Only whole days count: on the day of a change an ad has shown two videos, and of its first day a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reconciler.account.days import day_of
from reconciler.model import Address, LockEntry


@dataclass(frozen=True, order=True, slots=True)
class VariantName:
    """A variant by its name: `refresh/hero-hooks g2 variant 1`."""

    refresh: str
    generation: int
    variant: int

    def __str__(self) -> str:
        return f"{self.refresh} g{self.generation} variant {self.variant}"


@dataclass(frozen=True, slots=True)
class ShownDays:
    """An ad has shown a variant on whole days: from `first` to `last`, both included; None: until now."""

    ad: Address
    id: str
    what: VariantName
    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day and (self.last is None or day <= self.last)


def showings(entries: Mapping[Address, LockEntry], zone: ZoneInfo) -> list[ShownDays]:
    """What every ad has shown, ads in order, the newest first."""
    return [one for address in sorted(entries) for one in _of_ad(address, entries[address], zone)]


def _of_ad(address: Address, entry: LockEntry, zone: ZoneInfo) -> Iterator[ShownDays]:
    last: date | None = None
    for one in entry.shown:
        since = day_of(one["since"], zone)
        if one["refresh"] is not None:
            what = VariantName(one["refresh"], one["generation"], one["variant"])
            yield ShownDays(address, entry.id, what, since + timedelta(days=1), last)
        last = since - timedelta(days=1)


class ShownCreative(NamedTuple):
    """One creative of a Smart+ ad. It never shows another video: its figures are those of one variant, or of none."""

    ad: Address
    id: str | None
    """Its `ad_id` in reports, where the API tells it."""
    what: VariantName | None


def of_creatives(entries: Mapping[Address, LockEntry]) -> list[ShownCreative]:
    """What the Smart+ ads show now, ads in order."""
    return [
        ShownCreative(address, one.get("creative_id"), _source(one.get("source")))
        for address in sorted(entries)
        for one in entries[address].creatives
    ]


def _source(text: str | None) -> VariantName | None:
    """`refresh/hero-hooks/2/1`."""
    kind, *path = (text or "").split("/")
    return VariantName(f"{kind}/{path[0]}", int(path[1]), int(path[2])) if len(path) == 3 else None
