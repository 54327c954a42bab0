"""The record of runs: what the journals tell, and where their chain breaks."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.state import history
from reconciler.state.history import History
from reconciler.state.journal import Journal, read
from reconciler.state.ledger import Ledger
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.worlds import MemoryStore, VirtualWorld

NOW = ".reconciler/journal.jsonl"
OLD = ".reconciler/journal-1.jsonl"
WHO = {"actor": "ana", "host": "build-7", "pid": 7}
WORLD = VirtualWorld()
"""One for all runs: each gets an id of its own."""


def ledger(store: MemoryStore, **about: Any) -> Ledger:
    """A run that may write."""
    return Ledger.read(store, WORLD, {"advertiser_id": ADVERTISER}, "apply", {**WHO, **about})


def creates(store: MemoryStore, name: str, identity: str, *, reply: bool = True) -> Ledger:
    """A run that creates one campaign, and is not ended yet."""
    run = ledger(store)
    address = at(f"campaign/{name}")
    intent = run.intent(address, "create", "campaign/create/", '{"budget":5}', seen=[], entries={address: entry("")})
    if reply:
        run.reply(intent, {"status": 200, "body": '{"code":0,"request_id":"r-1","data":{}}'})
        run.done(intent, identity)
        run.save()
    return run


def files(store: MemoryStore) -> list[tuple[str, bytes]]:
    """What `history` reads."""
    return [*store.set_aside(), (NOW, store.log)]


def told(store: MemoryStore) -> History:
    """What it tells."""
    return history.read(files(store))


def places(found: History) -> list[tuple[str, str, int]]:
    """Code, file and line of every finding."""
    return [(one.code, one.place.file, one.place.line) for one in found.findings if one.place]


def rotated() -> MemoryStore:
    """Two runs in a file that was set aside, and one after it; a test may damage them."""
    return deepcopy(_rotated())


@cache
def _rotated() -> MemoryStore:
    store = MemoryStore()
    unsettled(creates(store, "a", "5")).end(0, {"done": 1})
    run = creates(store, "b", "6")
    for one in list(run.intents.values()):
        run.rejected(one, "40002", "no")
    run.end(0)
    unsettled(creates(store, "c", "7")).end(9)
    assert len(store.aside) == 1
    return store


def unsettled(run: Ledger) -> Ledger:
    """The same run, with a write whose outcome nobody knows: its journal stays in use."""
    run.unknown(run.intent(at("campaign/z"), "create", "campaign/create/", "{}", seen=[], entries={}), "no answer")
    return run


def test_a_run_tells_who_what_and_how_it_ended() -> None:
    """Its facts, its calls by outcome, the exit code and the counts of its rows."""
    store = MemoryStore()
    run = creates(store, "a", "5")
    run.about(plan="sha256:1", approval="asked")
    run.end(0, {"done": 1, "failed": 0})
    run.end(70)
    (one,) = told(store).runs
    assert (one.command, one.facts["actor"], one.facts["plan"]) == ("apply", "ana", "sha256:1")
    assert one.end is not None
    assert (one.end.code, one.end.counts) == (0, {"done": 1, "failed": 0})
    assert one.counts["done"] == 1
    (effect,) = one.effects
    assert (effect.verb, effect.id, effect.request_id, effect.outcome) == ("create", "5", "r-1", "done")
    assert effect.fields == {"budget": 5}


def test_what_is_known_before_the_first_record_stands_in_begin() -> None:
    """No record more than needed."""
    store = MemoryStore()
    run = ledger(store)
    run.about(plan="sha256:1")
    run.change({at("campaign/a"): entry("5")}, "adopt")
    kinds = [json.loads(line)["kind"] for line in store.log.splitlines()]
    assert kinds == ["begin", "entry"]
    assert told(store).runs[0].facts["plan"] == "sha256:1"


def test_a_run_that_records_nothing_leaves_nothing() -> None:
    """No begin, no end."""
    store = MemoryStore()
    run = ledger(store)
    run.about(plan="sha256:1")
    run.save()
    run.end(0)
    assert store.log == b""


@pytest.mark.parametrize(("leave", "syncs"), [(unsettled, 0), (lambda run: run, 1)])
def test_the_end_is_synced_only_before_the_journal_is_set_aside(leave: Callable[[Ledger], Ledger], syncs: int) -> None:
    """Else it is written, and waited for by nobody."""
    store = MemoryStore()
    run = leave(creates(store, "a", "5"))
    before = store.synced
    run.end(0)
    assert store.synced == before + syncs
    assert told(store).runs[0].end is not None


def test_a_full_disk_does_not_end_a_run_anew() -> None:
    """The end tells about the run and changes nothing, so nobody fails for it."""
    store = MemoryStore()
    run = creates(store, "a", "5")
    store.full = True
    run.end(0)
    store.full = False
    assert told(store).runs[0].end is None


class StuckStore(MemoryStore):
    """A store whose torn end cannot be cut."""

    def cut(self, size: int) -> None:
        raise OSError(5, "Input/output error")


def test_nothing_is_written_behind_a_torn_end_that_could_not_be_cut() -> None:
    """Neither by a second try of the same process nor by its end."""
    whole = MemoryStore()
    creates(whole, "a", "5").end(0)
    store = StuckStore(whole.data, whole.log[:-10])
    run = ledger(store)
    for _ in range(2):
        with pytest.raises(ReconcilerError):
            run.change({at("campaign/b"): entry("6")}, "adopt")
    run.about(plan="sha256:1")
    run.end(1)
    assert store.log == whole.log[:-10]


def test_a_killed_run_has_no_end_and_its_effect_is_settled_by_the_next() -> None:
    """The effect belongs to the run that sent it; who found out is told."""
    store = MemoryStore()
    creates(store, "a", "5", reply=False)
    assert [one.outcome for one in told(store).effects] == ["open"]
    second = ledger(store)
    (intent,) = second.intents.values()
    second.done(intent, "5", listed=True)
    second.save()
    second.end(0)
    first, next_one = told(store).runs
    assert (first.end, first.tells_its_end) == (None, True)
    assert first.effects[0].outcome == "done"
    assert first.effects[0].settled_by == next_one.id
    assert next_one.effects == []


def test_runs_of_an_older_version_tell_no_end() -> None:
    """That is not the same as being killed."""
    store = MemoryStore()
    run = Ledger.read(store, VirtualWorld(), {"advertiser_id": ADVERTISER}, "apply")
    run.change({at("campaign/a"): entry("5")}, "adopt")
    assert not told(store).runs[0].tells_its_end


def test_files_that_were_set_aside_are_one_record_with_the_one_in_use() -> None:
    """Oldest first, and no gap between them."""
    found = told(rotated())
    assert found.findings == []
    assert [(one.end.code if one.end else None, one.gap) for one in found.runs] == [(0, False), (0, False), (9, False)]


def test_a_crash_directly_after_setting_aside_loses_nothing() -> None:
    """The new file names the lockfile as it is stored: what it holds beyond that is folded in."""
    store = MemoryStore()
    creates(store, "a", "5").end(0)
    run = ledger(store)
    run.change({at("campaign/b"): entry("6")}, "adopt")
    assert len(store.aside) == 1
    assert set(ledger(store).lock.resources) == {at("campaign/a"), at("campaign/b")}


def test_a_lockfile_written_elsewhere_is_a_gap() -> None:
    """Another machine applied between two runs of this one."""
    store, other = MemoryStore(), MemoryStore()
    creates(store, "a", "5").end(0)
    other.data = store.data
    creates(other, "b", "6").end(0)
    store.data = other.data
    creates(store, "c", "7").end(0)
    found = told(store)
    assert [one.gap for one in found.runs] == [False, True]
    assert found.findings == []


def test_a_torn_last_line_is_no_damage() -> None:
    """It was never acted on."""
    store = rotated()
    store.log = store.log[:-10]
    found = told(store)
    assert found.findings == []
    assert found.runs[-1].end is None


def _flip(line: bytes) -> bytes:
    return line.replace(b'"ts":', b'"ts" :', 1)


def _forge(line: bytes) -> bytes:
    """Altered, with a checksum that fits."""
    body = line.rpartition(b',"crc":"')[0].replace(b'"run":"0', b'"run":"1')
    return body + f',"crc":"{zlib.crc32(body):08x}"}}\n'.encode()


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda lines: [*lines[:2], _flip(lines[2]), *lines[3:]], 3),
        (lambda lines: [_forge(lines[0]), *lines[1:]], 2),
        (lambda lines: [*lines[:2], *lines[3:]], 3),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:2], b"garbage\n", *lines[2:]], 3),
        (lambda lines: [*lines[:2], b"\xff\xfe\n", *lines[2:]], 3),
        (lambda lines: [*lines[:1], *lines], 2),
        (lambda lines: lines[1:], 1),
    ],
    ids=["flipped", "forged", "removed", "swapped", "inserted", "no text", "doubled", "first gone"],
)
@pytest.mark.parametrize("name", [OLD, NOW])
def test_damage_is_found_where_it_is(damage: Callable[[list[bytes]], list[bytes]], line: int, name: str) -> None:
    """In the file in use as in one that was set aside; runs before it are shown, and so are other files."""
    store = rotated()
    broken = [(one, data if one != name else b"".join(damage(data.splitlines(True)))) for one, data in files(store)]
    found = history.read(broken)
    assert places(found)[0] == ("R906", name, line)
    assert len([run for run in found.runs if run.end]) < 3
    assert len(found.runs) >= (2 if name == NOW else 1)


def test_a_cut_file_that_was_set_aside_is_damage() -> None:
    """At a line or inside one: the next file says what its last record was."""
    store = rotated()
    (old, data), now = files(store)[0], files(store)[1]
    lines = data.splitlines(True)
    assert places(history.read([(old, data[:-10]), now]))[0] == ("R906", OLD, len(lines))
    assert places(history.read([(old, b"".join(lines[:-1])), now])) == [("R907", NOW, 1)]


def test_a_file_that_is_missing_or_in_another_place_is_found() -> None:
    """Removed, replaced by an empty one, or two exchanged."""
    store = rotated()
    old, now = files(store)
    assert places(history.read([now])) == [("R907", NOW, 1)]
    assert places(history.read([(OLD, b""), now])) == [("R907", NOW, 1)]
    assert ("R907", NOW, 1) in places(history.read([(OLD, now[1]), (NOW, old[1])]))


def test_a_journal_that_was_lost_after_one_was_set_aside_is_found() -> None:
    """The next run starts a new file that follows nothing that is here."""
    store = rotated()
    store.log = b""
    unsettled(creates(store, "d", "8")).end(0)
    assert places(told(store)) == [("R907", NOW, 1)]


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "end", "code": "x", "counts": None},
        {"kind": "end", "code": 0, "counts": {"done": "x"}},
        {"kind": "intent", "address": "campaign/a"},
        {"kind": "done", "of": 99},
        {"kind": "entry", "set": None, "unset": []},
        {"kind": "begin", "run": "x"},
        {"kind": "intent", "address": "a/b", "verb": "x", "path": "x", "body": "{", "meta": {}},
    ],
    ids=lambda record: record["kind"],
)
def test_a_record_that_makes_no_sense_is_a_finding(record: dict[str, Any]) -> None:
    """Whoever can write a fitting hash can write anything; nobody gets a traceback for it."""
    store = MemoryStore()
    run = creates(store, "a", "5")
    run.end(0)
    last = json.loads(store.log.splitlines()[-1])
    records = read(store.log)[0]
    journal = Journal(store, VirtualWorld(), records)
    journal.run = last["run"]
    kind = record["kind"]
    journal.append(kind, **{key: value for key, value in record.items() if key not in ("kind", "run")})
    found = told(store)
    assert places(found) == [("R906", NOW, len(records) + 1)]
    assert len(found.runs) == 1


def test_a_record_without_its_own_fields_is_damage() -> None:
    """A line with a fitting checksum that is no record at all."""
    body = b'{"seq":1,"prev":""'
    line = body + f',"crc":"{zlib.crc32(body):08x}"}}\n'.encode()
    assert places(history.read([(NOW, line)])) == [("R906", NOW, 1)]


def test_a_newer_format_is_named() -> None:
    """Not read as something it is not."""
    store = MemoryStore()
    journal = Journal(store, VirtualWorld(), [])
    journal.append("begin", format=99)
    assert places(told(store)) == [("R504", NOW, 1)]
