"""Why an ad changes of which nobody has edited anything: its refresh has other variants to show. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from reconciler.model import Address, Change, Fields, LockEntry, RefreshEntry, Resource
from reconciler.plan.lists import base

GENERATION, CHOICE = "generation", "choice"
"""Reasons: the same slots of another generation; another set of variants."""


class _Slot(NamedTuple):
    """Where a variant comes from."""

    refresh: str
    generation: str
    number: str


def told(
    changes: Iterable[Change],
    desired: Mapping[Address, Resource],
    entries: Mapping[Address, LockEntry],
    refreshes: Mapping[Address, RefreshEntry],
) -> list[Change]:
    """The rows; those that count as edited although only their variants are others say so as their reason.

    `desired`: with the variants looked up. Whether an approval or the manifest has brought another set about is
    remembered nowhere, so the reason claims neither.
    """
    ids = {
        one.library_video_id: _Slot(str(address), str(made.generation), str(one.slot))
        for address, record in refreshes.items()
        for made in (record.current, *record.past)
        for one in made.variants
        if one.library_video_id
    }
    return [_told(one, desired, entries, ids) for one in changes]


def _told(
    change: Change, desired: Mapping[Address, Resource], entries: Mapping[Address, LockEntry], ids: Mapping[str, _Slot]
) -> Change:
    touched = {base(one.path) for one in change.fields if one.old != one.new}
    if (change.op, change.reason) != ("update", "edited") or not touched <= {"video", "creatives"}:
        return change
    applied, wanted = entries[change.address].applied, desired[change.address].fields
    before, after = ([*_slots(fields, touched, ids)] for fields in (applied, wanted))
    if None in (*before, *after) or not _is_alone(applied, wanted):
        return change
    same = {(one.refresh, one.number) for one in before if one} == {(one.refresh, one.number) for one in after if one}
    if "video" in touched and not same:
        # The one slot that an ad shows is named by its manifest.
        return change
    return replace(change, reason=GENERATION if same else CHOICE)


def _slots(fields: Fields, touched: Iterable[str], ids: Mapping[str, _Slot]) -> Iterator[_Slot | None]:
    """The variants that are shown by the fields that differ; None for a video that is none."""
    if "video" in touched:
        shown = fields.get("video")
        if isinstance(shown, Mapping) and "generation" in shown:
            yield _Slot(f"refresh/{shown['refresh']}", str(shown["generation"]), str(shown["variant"]))
        else:
            yield ids.get(shown) if isinstance(shown, str) else None
    if "creatives" in touched:
        yield from (_source(one) for one in fields.get("creatives", ()) if _source(one))


def _source(creative: Mapping[str, Any]) -> _Slot | None:
    source = str(creative.get("source", ""))
    return _Slot(*source.rsplit("/", 2)) if source.startswith("refresh/") else None


def _is_alone(applied: Fields, wanted: Fields) -> bool:
    """Whether all else in the lists of creatives is as it was: other videos, and the variants that stay."""
    before, after = ([*fields.get("creatives", ())] for fields in (applied, wanted))
    plain = [[one for one in items if not _source(one)] for items in (before, after)]
    stay = {slot: one for one in after if (slot := _source(one))}
    newest = {slot.refresh: max(int(one.generation) for one in stay if one.refresh == slot.refresh) for slot in stay}
    for one in before:
        slot = _source(one)
        if slot is None or slot not in stay or int(slot.generation) < newest[slot.refresh]:
            # One of an older generation that stays is paused because there is a newer one.
            continue
        if stay[slot] != one:
            return False
    return plain[0] == plain[1]
