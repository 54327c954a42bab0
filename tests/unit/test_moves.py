"""Entries under other addresses: whatever names an address by the old one has the new one afterwards."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.manifest.edits import Edit, loses_comment, made
from reconciler.model import Address, Entry, Generation, LockEntry, RefreshEntry, VideoEntry
from reconciler.plan.moves import moved, names, sorted_out

OLD, NEW = Address("refresh", "hooks"), Address("refresh", "better")
SHOWN = ({"video_id": "1", "source": "refresh/hooks/1/2"}, {"video_id": "2", "source": "refresh/hooks-2/1/1"})
STEP = {"address": "ad/hero", "verb": "update", "signature": "s"}


def entries() -> dict[Address, Entry]:
    """A family, its refresh with a step that waits, and a video."""
    waiting = {"digest": "d", "allow": [], "steps": [STEP]}
    return {
        Address("campaign", "a"): LockEntry("1", None, {}),
        Address("adgroup", "b"): LockEntry("2", Address("campaign", "a"), {}),
        Address("ad", "hero"): LockEntry("3", Address("adgroup", "b"), {"creatives": SHOWN}, creatives=SHOWN),
        OLD: RefreshEntry(Generation(1, "x"), 2, waiting=waiting),
        Address("video", "film"): VideoEntry("https://e.com/a.mp4"),
    }


def test_nothing_moves_without_a_move() -> None:
    """No entry is looked at or written."""
    assert moved(entries(), []) == {}


def test_what_is_shown_tells_its_new_source() -> None:
    """The creatives of an ad, as applied and as seen; a name that only begins alike stays."""
    after = moved(entries(), [(OLD, NEW)])
    assert set(after) == {OLD, NEW, Address("ad", "hero")}
    assert (after[OLD], after[NEW]) == (None, entries()[OLD])
    ad = after[Address("ad", "hero")]
    assert isinstance(ad, LockEntry)
    assert [one["source"] for one in ad.creatives] == ["refresh/better/1/2", "refresh/hooks-2/1/1"]
    assert ad.applied["creatives"] == ad.creatives


def test_a_step_that_waits_goes_by_the_new_address() -> None:
    """With everything above it moved at once, parents first or last."""
    pairs = [(Address("ad", "hero"), Address("ad", "z")), (Address("campaign", "a"), Address("campaign", "y"))]
    for order in (pairs, pairs[::-1]):
        after = moved(entries(), order)
        refresh, group, before = after[OLD], after[Address("adgroup", "b")], entries()[Address("adgroup", "b")]
        assert isinstance(before, LockEntry)
        assert isinstance(refresh, RefreshEntry)
        assert refresh.waiting is not None
        assert refresh.waiting["steps"] == [{**STEP, "address": "ad/z"}]
        assert group == replace(before, parent=Address("campaign", "y"))


def test_a_write_names_an_address_wherever_it_stands() -> None:
    """As a whole, or with what is in it; not as the beginning of another."""
    assert names('["campaign/a", {}, {}]', Address("campaign", "a"))
    assert names('{"source": "refresh/hooks/1/2"}', OLD)
    assert not names('["campaign/ab", {"parent": null}]', Address("campaign", "a"))
    moves = sorted_out([(OLD, NEW)], ['["ad/hero", {"x": "refresh/hooks/1"}]'])
    assert (moves.ready, moves.stuck) == ((), ((OLD, NEW),))


def test_a_comment_that_would_go_away_is_noticed() -> None:
    """Among the items of a block list; not one that stays behind the value, nor one of a single line."""
    data = b"a:\n- x  # first\n- y\nb: 1  # kept\n"
    assert loses_comment(data, Edit("f", 1, 3, "replace", "a: [x]"))
    assert not loses_comment(data, Edit("f", 4, 4, "replace", "b: 2  # kept"))
    assert not loses_comment(b"a:\n- x\n- y\n", Edit("f", 1, 3, "replace", "a: [x]"))


def test_an_edit_changes_its_lines_and_no_byte_else() -> None:
    """Replaced, inserted and removed, with the line ends and the mark that the file has."""
    data = b"\xef\xbb\xbfa: 1\r\nb: 2\r\nc: 3"
    assert made(data, Edit("f", 1, 1, "replace", "a: 9")) == b"\xef\xbb\xbfa: 9\r\nb: 2\r\nc: 3"
    assert made(data, Edit("f", 2, 2, "insert", "x: 0")) == b"\xef\xbb\xbfa: 1\r\nx: 0\r\nb: 2\r\nc: 3"
    assert made(data, Edit("f", 2, 2, "remove", "")) == b"\xef\xbb\xbfa: 1\r\nc: 3"
    assert made(data, Edit("f", 3, 3, "insert", "x: 0")) == b"\xef\xbb\xbfa: 1\r\nb: 2\r\nx: 0\r\nc: 3"
    assert made(data, Edit("f", 3, 3, "remove", "")) == b"\xef\xbb\xbfa: 1\r\nb: 2\r\n"
    assert made(data, Edit("f", 1, 2, "replace", "x: 0")) == b"\xef\xbb\xbfx: 0\r\nc: 3"
    assert made(data, Edit("f", 3, 3, "replace", "c: 9")) == b"\xef\xbb\xbfa: 1\r\nb: 2\r\nc: 9"
