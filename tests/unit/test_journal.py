"""The journal: what was appended reads back; a torn tail is cut, and damage anywhere else stops everything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import Invalid
from reconciler.state.journal import Journal, read
from tests.unit.worlds import MemoryStore, VirtualWorld

keys = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=5).map(lambda key: "x" + key)
values = st.recursive(
    st.text(max_size=20) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
quick = settings(max_examples=60)


def written(*records: dict[str, Any]) -> bytes:
    """A journal of these records."""
    store = MemoryStore()
    journal = Journal(store, VirtualWorld(), [])
    for record in records:
        journal.append("entry", **record)
    return store.log


THREE = written({"why": "one"}, {"why": "two"}, {"why": "three"})
LINES = THREE.splitlines(keepends=True)


@quick
@given(st.lists(st.dictionaries(keys, values, max_size=4), max_size=6))
def test_round_trip(records: list[dict[str, Any]]) -> None:
    """Any data comes back as it was given, numbered and chained."""
    data = written(*records)
    found, good = read(data)
    assert good == len(data)
    assert [one.seq for one in found] == list(range(1, len(records) + 1))
    for one, given_data in zip(found, records, strict=True):
        assert {key: one.data[key] for key in given_data} == given_data
        assert one.kind == "entry"


def test_nothing_is_an_empty_journal() -> None:
    """A workspace that was never written to."""
    assert read(b"") == ([], 0)


def test_writing_goes_on_where_reading_ended() -> None:
    """The chain and the numbers continue over processes."""
    records, _ = read(THREE)
    store = MemoryStore(log=THREE)
    journal = Journal(store, VirtualWorld(), records)
    assert journal.head == records[-1].hash
    assert journal.append("saved", serial=1) == 4
    again, good = read(store.log)
    assert good == len(store.log)
    assert again[-1].data["prev"] == records[-1].hash


def believed(data: bytes) -> int | None:
    """How many records are read; None when the journal is refused."""
    try:
        found, good = read(data)
    except Invalid:
        return None
    assert good == len(b"".join(LINES[: len(found)]))
    return len(found)


def flipped(position: int, bits: int) -> bytes:
    """The three records with one byte changed."""
    data = bytearray(THREE)
    data[position] ^= bits
    return bytes(data)


def test_torn_at_any_byte() -> None:
    """Whole records before the tear are kept, and the tail is known not to be good."""
    for size in range(len(THREE)):
        assert believed(THREE[:size]) == THREE[:size].count(b"\n"), size


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80])
def test_a_flipped_byte_before_the_last_line_stops_everything(bits: int) -> None:
    """What was durable and acted on must never be read as something else, or skipped."""
    durable = range(len(LINES[0]) + len(LINES[1]))
    assert [position for position in durable if believed(flipped(position, bits)) is not None] == []


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80])
def test_a_flipped_byte_in_the_last_line_stops_everything(bits: int) -> None:
    """It was written to its end, its line end too, so it may have been acted on: to cut it could be to pay twice."""
    last = range(len(LINES[0]) + len(LINES[1]), len(THREE))
    assert [position for position in last if believed(flipped(position, bits)) is not None] == []


@pytest.mark.parametrize("byte", [0x00, 0x0A, 0x0D, 0xFF])
def test_a_byte_of_the_last_line_that_became_another_stops_everything(byte: int) -> None:
    """NUL and a line end of its own as well."""
    last = range(len(LINES[0]) + len(LINES[1]), len(THREE))
    rotten = (THREE[:at] + bytes([byte]) + THREE[at + 1 :] for at in last if THREE[at] != byte)
    assert [data for data in rotten if believed(data) is not None] == []


def test_nuls_after_a_torn_record_are_torn_with_it() -> None:
    """A power loss may leave the length of a file without its content."""
    for size in range(len(LINES[2]) - 1):
        assert believed(LINES[0] + LINES[1] + LINES[2][:size] + b"\0" * 40) == 2, size


@pytest.mark.parametrize(
    "lines",
    [LINES[1:], [LINES[0], LINES[2]], [LINES[1], LINES[0], LINES[2]], [LINES[0], LINES[0], LINES[1], LINES[2]]],
    ids=["first gone", "middle gone", "swapped", "doubled"],
)
def test_lines_that_do_not_follow_each_other_are_refused(lines: list[bytes]) -> None:
    """Each line names the hash of the one before it."""
    with pytest.raises(Invalid):
        read(b"".join([*lines, LINES[0]]))


def test_the_finding_names_the_line() -> None:
    """So that somebody can look at it."""
    with pytest.raises(Invalid) as caught:
        read(LINES[0] + b"garbage\n" + LINES[1])
    place = caught.value.findings[0].place
    assert place is not None
    assert (place.file, place.line) == (".reconciler/journal.jsonl", 2)


def test_sync_is_asked_for() -> None:
    """A record that must be durable is; the others cost no fsync."""
    store = MemoryStore()
    journal = Journal(store, VirtualWorld(), [])
    journal.append("intent")
    journal.append("done", sync=False)
    assert store.synced == 1


def test_hostile_text_stays_one_line() -> None:
    """Line breaks and checksums inside a value cannot fake a record."""
    data = written({"why": 'x"}\n{"seq":9,"crc":"00000000"}\n\u2028\x00\ud800'})
    assert data.count(b"\n") == 1
    assert len(read(data)[0]) == 1
