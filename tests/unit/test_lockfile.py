"""The lockfile: reads back as it was written, one line an entry, and refuses everything it cannot trust."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.canonical import digest
from reconciler.errors import Invalid, Place
from reconciler.model import Address, LockEntry, Number, Source
from reconciler.state.lockfile import Lock, dump, parse
from tests.unit.builders import ADVERTISER, at, entry

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}", fullmatch=True)
leaves = st.text(max_size=10) | st.integers() | st.booleans() | st.none()
fields = st.dictionaries(st.text(min_size=1, max_size=8), leaves | st.lists(leaves, max_size=3).map(tuple), max_size=4)


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    """A lock of campaigns and ad groups below them."""
    lock = Lock("lineage", draw(st.integers(0, 9)), {"advertiser_id": ADVERTISER}, draw(st.none() | st.just("ab")))
    campaigns = draw(st.lists(names, unique=True, max_size=4))
    for number, name in enumerate(campaigns):
        lock.resources[Address("campaign", name)] = draw(entries(str(number + 1), None))
    for number, name in enumerate(draw(st.lists(names, unique=True, max_size=4)) if campaigns else []):
        parent = Address("campaign", draw(st.sampled_from(campaigns)))
        lock.resources[Address("adgroup", name)] = draw(entries(str(number + 1), parent))
    return lock


@st.composite
def entries(draw: st.DrawFn, identity: str, parent: Address | None) -> LockEntry:
    """Any entry."""
    return LockEntry(
        identity,
        parent,
        draw(fields),
        draw(st.sampled_from(("disable", "delete", "keep"))),
        draw(st.booleans()),
        draw(st.none() | st.builds(Source, st.text(min_size=1, max_size=9), st.integers(1, 99))),
        draw(st.sampled_from(("created", "adopted", "pulled"))),
        draw(st.none() | st.just("2026-05-28T20:26:40Z")),
        draw(st.none() | st.just("2026-05-29T20:26:40Z")),
        draw(st.booleans()),
    )


@settings(max_examples=100)
@given(locks())
def test_round_trip(lock: Lock) -> None:
    """What is written reads back equal, and writes again as the same bytes."""
    data = dump(lock)
    assert parse(data) == lock
    assert dump(parse(data)) == data


def test_one_line_an_entry_sorted() -> None:
    """So that it diffs and merges like text."""
    lock = Lock("l")
    for name in ("b", "a", "c"):
        lock.resources[Address("campaign", name)] = entry(str(ord(name)))
    lines = [text for text in dump(lock).decode().splitlines() if '"campaign/' in text]
    assert [text.split('"')[1] for text in lines] == ["campaign/a", "campaign/b", "campaign/c"]
    assert dump(lock).endswith(b"}\n")
    assert json.loads(dump(lock))["version"] == 1


def test_equal_locks_are_equal_bytes() -> None:
    """The order of insertion and of fields leaves no trace."""
    one, other = Lock("l"), Lock("l")
    one.resources.update({at("campaign/a"): entry("1", {"x": "1", "y": "2"}), at("campaign/b"): entry("2")})
    other.resources.update({at("campaign/b"): entry("2"), at("campaign/a"): entry("1", {"y": "2", "x": "1"})})
    assert dump(one) == dump(other)


def test_money_is_text() -> None:
    """No amount passes through a float."""
    lock = Lock("l", resources={at("campaign/a"): entry("1", {"budget": Number("0.10")})})
    assert b'"budget": "0.10"' in dump(lock)
    assert parse(dump(lock)) == lock


def test_mappings_with_lists_inside_read_back_as_they_were() -> None:
    """`extra` may hold them; read back otherwise they would differ from the manifest for ever."""
    lock = Lock("l", resources={at("campaign/a"): entry("1", {"x": {"ids": ("1", "2"), "y": {"z": ("3",)}}})})
    assert parse(dump(lock)) == lock


def good() -> dict[str, Any]:
    """A lockfile as JSON."""
    lock = Lock("l", 1, {"advertiser_id": ADVERTISER})
    lock.resources[at("campaign/c")] = entry("1")
    lock.resources[at("adgroup/g")] = entry("2", parent="campaign/c")
    found: dict[str, Any] = json.loads(dump(lock))
    return found


def with_entry(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """Change the campaign's entry."""
    return lambda raw: raw["resources"]["campaign/c"].update(changes)


DAMAGE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no version": lambda raw: raw.pop("version"),
    "old version": lambda raw: raw.update(version=0),
    "no lineage": lambda raw: raw.pop("lineage"),
    "empty lineage": lambda raw: raw.update(lineage=""),
    "serial is text": lambda raw: raw.update(serial="1"),
    "no account": lambda raw: raw.pop("account"),
    "resources is a list": lambda raw: raw.update(resources=[]),
    "head is a number": lambda raw: raw.update(journal_head=5),
    "no slash": lambda raw: raw["resources"].update({"campaign": raw["resources"]["campaign/c"]}),
    "unknown kind": lambda raw: raw["resources"].update({"pixel/p": {**raw["resources"]["campaign/c"], "id": "9"}}),
    "no id": lambda raw: raw["resources"]["campaign/c"].pop("id"),
    "id is a number": with_entry(id=1),
    "id is no digits": with_entry(id="x1"),
    "empty id": with_entry(id=""),
    "applied is a list": with_entry(applied=[]),
    "protect is text": with_entry(protect="true"),
    "on_remove": with_entry(on_remove="destroy"),
    "born": with_entry(born="found"),
    "source": with_entry(source={"file": "a.yaml"}),
    "removed_at is no time": with_entry(removed_at="yesterday"),
    "unlisted_since is no time": with_entry(unlisted_since="yesterday"),
    "an entry is a text": lambda raw: raw["resources"].update({"campaign/c": "1"}),
    "one id twice": lambda raw: raw["resources"].update({"campaign/d": raw["resources"]["campaign/c"]}),
    "no parent": lambda raw: raw["resources"].pop("campaign/c"),
    "parent is no address": lambda raw: raw["resources"]["adgroup/g"].update(parent="campaign"),
    "parent is a number": lambda raw: raw["resources"]["adgroup/g"].update(parent=1),
    "stored_as is a list": with_entry(stored_as=["ad_text"]),
    "stored_as is a number": with_entry(stored_as=1),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_refused(damage: Callable[[dict[str, Any]], Any]) -> None:
    """A lockfile that cannot be trusted is never repaired in silence."""
    raw = good()
    damage(raw)
    with pytest.raises(Invalid) as caught:
        parse(json.dumps(raw).encode())
    assert caught.value.findings[0].code == "R501"


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_that_the_checksum_knows_is_refused_just_so(damage: Callable[[dict[str, Any]], Any]) -> None:
    """A file as it is saved is read a faster way than others, and is trusted no more: same message, same line."""
    raw = good()
    damage(raw)
    raw.pop("checksum", None)
    told = []
    for checksum in ({}, {"checksum": digest(raw)}):
        with pytest.raises(Invalid) as caught:
            parse(json.dumps({**raw, **checksum}, indent=1).encode())
        told.append(caught.value.findings)
    assert told[0] == told[1]


def test_a_line_that_is_there_twice_is_refused_though_the_checksum_fits() -> None:
    """JSON's readers keep the last of two equal keys, so that the checksum of what they read is right."""
    lines = dump(parse(json.dumps(good()).encode())).decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith('  "adgroup/g"'))
    with pytest.raises(Invalid) as caught:
        parse("\n".join([*lines[:at], lines[at], *lines[at:]]).encode())
    (finding,) = caught.value.findings
    assert "there twice" in finding.message
    assert finding.place == Place("reconciler.lock", at + 2)


def said(data: bytes) -> tuple[str, str]:
    """Message and hint of the refusal."""
    with pytest.raises(Invalid) as caught:
        parse(data)
    (finding,) = caught.value.findings
    assert finding.code == "R501"
    return finding.message, finding.hint or ""


def test_the_checksum_is_of_everything_else() -> None:
    """SHA-256 over canonical JSON: sorted keys, no spaces, UTF-8; how the file is laid out does not count."""
    raw = good()
    checksum = raw.pop("checksum")
    canonical = json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert checksum == "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
    assert parse(json.dumps({**raw, "checksum": checksum}, indent=7).encode()).serial == 1


def test_without_a_checksum_it_is_read_and_gets_one() -> None:
    """As an earlier version wrote it, or somebody who has edited it and means it."""
    raw = good()
    checksum = raw.pop("checksum")
    found = parse(json.dumps(raw).encode())
    assert json.loads(dump(found))["checksum"] == checksum


@pytest.mark.parametrize(
    "edit",
    [
        lambda raw: raw.update(serial=2),
        lambda raw: raw.update(lineage="another"),
        lambda raw: raw.update(journal_head="ab"),
        lambda raw: raw["account"].update(currency="JPY"),
        lambda raw: raw["resources"].pop("adgroup/g"),
        lambda raw: raw["resources"]["campaign/c"].update(id="9"),
        lambda raw: raw["resources"]["campaign/c"].update(protect=True),
        lambda raw: raw["resources"]["campaign/c"]["applied"].update(budget="1.00"),
        lambda raw: raw.update(checksum=None),
        lambda raw: raw.update(checksum="sha256:" + "0" * 64),
    ],
)
def test_an_edit_that_the_checksum_does_not_know_is_refused(edit: Callable[[dict[str, Any]], Any]) -> None:
    """Each would be a sound lockfile without it; the hint names the three ways out."""
    raw = good()
    edit(raw)
    message, hint = said(json.dumps(raw).encode())
    assert "checksum" in message
    assert all(way in hint for way in ("version control", "state mv", 'take the line "checksum" out'))
    raw.pop("checksum")
    assert parse(json.dumps(raw).encode()).resources


def test_good_is_good() -> None:
    """The document the damages start from is not refused."""
    assert len(parse(json.dumps(good()).encode()).resources) == 2


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", 1), (b"\xff", 1), (b"[]", 1), (b"null", 1), (b"{", 1), (b"[" * 100_000, 1),
        (b'{\n"version": 1,\n"version": 1}', 3),
        (b'{\n<<<<<<< HEAD\n', 2), (b"{}\n=======\n", 2), (b"{}\n\n>>>>>>> x\n", 3),
    ],
)  # fmt: skip
def test_what_is_no_lockfile_is_refused_with_its_line(data: bytes, line: int) -> None:
    """Not UTF-8, not JSON, a key twice, conflict markers."""
    with pytest.raises(Invalid) as caught:
        parse(data)
    (finding,) = caught.value.findings
    assert finding.code == "R501"
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("reconciler.lock", line)


@pytest.mark.parametrize("name", ["=======", "a\u2028=======", "<<<<<<< HEAD\n======="])
def test_what_looks_like_a_conflict_in_a_name_is_none(name: str) -> None:
    """Only at the start of a line of the file is it one."""
    lock = Lock("lineage", 1, {"advertiser_id": ADVERTISER}, None)
    lock.resources[Address("campaign", "a")] = LockEntry("1", None, {"campaign_name": name})
    data = dump(lock)
    assert dump(parse(data)) == data


def test_a_newer_version_says_so() -> None:
    """The way out is another one than for damage."""
    with pytest.raises(Invalid) as caught:
        parse(json.dumps({**good(), "version": 2}).encode())
    assert caught.value.findings[0].code == "R504"
