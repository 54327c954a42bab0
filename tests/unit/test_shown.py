"""What an ad shows since when, however its entry comes into the lockfile."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.canonical import stamp
from reconciler.model import Address, Entry, Generation, LockEntry, RefreshEntry, Variant
from reconciler.state.entries import entry_json, parse_entry
from reconciler.state.lockfile import Lock
from reconciler.state.shown import noted
from tests.unit.builders import NOON, at, entry

AD, HOOKS = at("ad/hero"), at("refresh/hooks")
G1, G2 = (Generation(number, "x", variants=(Variant(1, "ready", library_video_id=f"v{number}"),)) for number in (1, 2))
FIRST = {"refresh": "refresh/hooks", "generation": 1, "variant": 1, "since": stamp(NOON)}


def lock(*, shown: tuple[dict[str, object], ...] = (FIRST,)) -> Lock:
    """An ad that shows the only variant of the first of two generations."""
    return Lock(
        "lineage",
        resources={AD: entry("5", {"video": "v1"}, shown=shown)},
        refreshes={HOOKS: RefreshEntry(G2, 1, past=(G1,))},
    )


def put(state: Lock, entries: Mapping[Address, Entry | None], later: float = 60) -> LockEntry:
    """The ad's entry as it is put, a minute later."""
    found = noted(state, entries, NOON + later)[AD]
    assert isinstance(found, LockEntry)
    return found


def test_a_new_video_is_a_new_line() -> None:
    """In front, with the moment it was sent."""
    told = put(lock(), {AD: entry("5", {"video": "v2"}, shown=(FIRST,))}).shown
    assert told == ({**FIRST, "generation": 2, "since": stamp(NOON + 60)}, FIRST)


def test_an_entry_of_before_the_run_forgets_nothing() -> None:
    """The second call of a row knows only what was before the first: what the first showed stays."""
    after = put(lock(), {AD: entry("5", {"video": "v1", "status": "ENABLE"})})
    assert after.shown == (FIRST,)


def test_an_entry_without_a_video_shows_nothing() -> None:
    """What it has shown until then is kept; what never showed a variant has no line."""
    assert put(lock(), {AD: entry("5", {})}).shown[0] == {**dict.fromkeys(FIRST), "since": stamp(NOON + 60)}
    assert put(lock(shown=()), {AD: entry("5", {"video": "other"})}).shown == ()


def test_another_object_of_the_same_name_begins_anew() -> None:
    """A replacement has not shown what the first one has."""
    assert put(lock(), {AD: entry("6", {"video": "v2"}, shown=(FIRST,))}).shown == (
        {**FIRST, "generation": 2, "since": stamp(NOON + 60)},
    )


def test_a_refresh_that_moves_with_its_ads_renames_what_they_show() -> None:
    """All in one change: the old name is nowhere, the moment is the same."""
    to, renamed = at("refresh/better"), {**FIRST, "refresh": "refresh/better"}
    moved = {HOOKS: None, to: lock().refreshes[HOOKS], AD: entry("5", {"video": "v1"}, shown=(renamed,))}
    assert put(lock(), moved).shown == (renamed,)


def test_five_are_kept() -> None:
    """The newest."""
    state = lock()
    for number in range(8):
        after = put(state, {AD: entry("5", {"video": f"v{number % 2 + 1}"})}, later=number)
        state.put(AD, after)
    assert len(after.shown) == 5
    assert after.shown[0]["since"] == stamp(NOON + 7)


def test_the_lockfile_holds_it() -> None:
    """Read as it was written; what is no such line is refused."""
    one = entry("5", {"video": "v1"}, shown=(FIRST,))
    assert parse_entry(AD, entry_json(one)) == one
    for wrong in ({**FIRST, "since": "yesterday"}, {**FIRST, "why": 1}, "x"):
        with pytest.raises((ValueError, TypeError)):
            parse_entry(AD, {**entry_json(one), "shown": [wrong]})
