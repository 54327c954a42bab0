"""Why an ad changes of which nobody has edited anything: its refresh has other variants to show. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from reconciler.model import Address, Change, Fields, LockEntry, RefreshEntry, Resource
from reconciler.plan.lists import base

GENERATION, CHOICE = "generation", "choice"
"""Reasons: the same slots of another generation; another set of variants."""
WITH_DRIFT = {GENERATION: "generation and drift", CHOICE: "choice and drift"}
"""What each becomes where others have changed the ad besides."""


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
    touched = {base(one.path) for one in change.fields if one.old != one.new and one.side != "theirs"}
    if change.op != "update" or change.reason not in ("edited", "both") or not touched <= {"video", "creatives"}:
        return change
    applied, wanted = entries[change.address].applied, desired[change.address].fields
    old = _leading(applied, {})
    new = _leading(wanted, old)
    before, after = [*_slots(applied, touched, ids, old)], [*_slots(wanted, touched, ids, new)]
    if None in (*before, *after) or not _is_alone(applied, wanted, old, new):
        return change
    same = {(one.refresh, one.number) for one in before if one} == {(one.refresh, one.number) for one in after if one}
    if "video" in touched and not same:
        # The one slot that an ad shows is named by its manifest.
        return change
    cause = GENERATION if same else CHOICE
    return replace(change, reason=WITH_DRIFT[cause] if change.reason == "both" else cause)


def _slots(
    fields: Fields, touched: Iterable[str], ids: Mapping[str, _Slot], leading: Mapping[str, str]
) -> Iterator[_Slot | None]:
    """The variants that are shown by the fields that differ, without what an ad keeps paused of other generations; None
    for a video that is none."""
    if "video" in touched:
        shown = fields.get("video")
        if isinstance(shown, Mapping) and "generation" in shown:
            yield _Slot(f"refresh/{shown['refresh']}", str(shown["generation"]), str(shown["variant"]))
        else:
            yield ids.get(shown) if isinstance(shown, str) else None
    if "creatives" in touched:
        yield from (one for one in map(_source, fields.get("creatives", ())) if one and _leads(one, leading))


def _leading(fields: Fields, before: Mapping[str, str]) -> dict[str, str]:
    """By refresh the generation that an ad shows: the newest that is not paused; where all are, that of before."""
    every, running = defaultdict[str, set[int]](set), defaultdict[str, set[int]](set)
    for one in fields.get("creatives", ()):
        if slot := _source(one):
            every[slot.refresh].add(int(slot.generation))
            if one.get("status") != "DISABLE":
                running[slot.refresh].add(int(slot.generation))
    kept = {refresh: {int(before.get(refresh, 0))} & found for refresh, found in every.items()}
    return {refresh: str(max(running[refresh] or kept[refresh] or found)) for refresh, found in every.items()}


def _leads(slot: _Slot, leading: Mapping[str, str]) -> bool:
    return leading[slot.refresh] == slot.generation


def _source(creative: Mapping[str, Any]) -> _Slot | None:
    source = str(creative.get("source", ""))
    return _Slot(*source.rsplit("/", 2)) if source.startswith("refresh/") else None


def _is_alone(applied: Fields, wanted: Fields, old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether all else in the lists of creatives is as it was: other videos, and the variants that stay."""
    before, after = ([*fields.get("creatives", ())] for fields in (applied, wanted))
    plain = [[one for one in items if not _source(one)] for items in (before, after)]
    stay = {slot: one for one in after if (slot := _source(one))}
    for one in before:
        slot = _source(one)
        # One of a generation that leads no longer, or leads from now on, is paused or woken by that alone.
        if slot in stay and _leads(slot, old) and _leads(slot, new) and stay[slot] != one:
            return False
    return plain[0] == plain[1]
