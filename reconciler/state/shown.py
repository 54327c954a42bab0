"""Which variant an ad shows, and since when: what figures need to know whose days are whose. *Pure*.

Every entry of the lockfile passes here on its way into the journal, so that a replay tells the same. The newest comes
first: `{refresh, generation, variant, since}`, the first three None once the ad shows something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from reconciler.canonical import stamp
from reconciler.model import Address, Entry, Fields, LockEntry, RefreshEntry
from reconciler.state.lockfile import Lock

KEPT = 5
WHAT = ("refresh", "generation", "variant")
_NOTHING: Fields = dict.fromkeys(WHAT)


def noted(lock: Lock, entries: Mapping[Address, Entry | None], at: float) -> dict[Address, Entry | None]:
    """The entries as they are to be put into this lock, with what ads show from `at` on (seconds since the epoch)."""
    asked = any(isinstance(entry, LockEntry) and "video" in entry.applied for entry in entries.values())
    known = {**lock.refreshes, **entries} if asked else {}
    refreshes = {address: entry for address, entry in known.items() if isinstance(entry, RefreshEntry)}
    return {
        address: _noted(lock.resources.get(address), entry, refreshes, at) if isinstance(entry, LockEntry) else entry
        for address, entry in entries.items()
    }


def _noted(
    before: LockEntry | None, entry: LockEntry, refreshes: Mapping[Address, RefreshEntry], at: float
) -> LockEntry:
    video, past = entry.applied.get("video"), entry.shown
    if before is not None and before.id == entry.id:
        # An entry that was made before the run has not seen what the run did; one that was renamed has other words.
        past = past if _moments(past) == _moments(before.shown) else before.shown
    elif before is not None:
        past = ()
    if before is None or before.id != entry.id or before.applied.get("video") != video:
        what = _variant(refreshes, video)
        if what != ({name: past[0][name] for name in WHAT} if past else _NOTHING):
            past = ({**what, "since": stamp(at)}, *past)[:KEPT]
    return entry if past == entry.shown else replace(entry, shown=past)


def _moments(shown: Iterable[Fields]) -> list[str]:
    return [one["since"] for one in shown]


def _variant(refreshes: Mapping[Address, RefreshEntry], video: object) -> Fields:
    """The variant that a video of the asset library is."""
    for address, record in refreshes.items() if isinstance(video, str) else ():
        for made in (record.current, *record.past):
            for one in made.variants:
                if one.library_video_id == video:
                    return {"refresh": str(address), "generation": made.generation, "variant": one.slot}
    return _NOTHING
