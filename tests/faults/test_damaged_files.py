"""Lockfile and journal cut, flipped, swapped, spliced: refused with file and next step, or folded right; no write."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError
from reconciler.state.journal import Journal, read
from reconciler.state.ledger import Ledger
from reconciler.state.lockfile import dump
from reconciler.state.store import LocalStore
from reconciler.world import SystemFiles, SystemWorld
from tests.faults.stage import APPLY, set_up
from tests.stories.account import ADVERTISER, Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Workspace

FAMILY = (campaign("a", status="ENABLE", budget="70"), adgroup("g", "a"), ad("d", "g"))
BIRTH = (campaign("lone", status="ENABLE", budget="70"), *FAMILY)
LOCK, JOURNAL = "reconciler.lock", ".reconciler/journal.jsonl"
FLIPS = 500


@pytest.fixture
def stage(account: Account, tmp_path: Path) -> Workspace:
    """Two campaigns, one with ad group and ad, enabled and in sync after three runs; calls are counted from now on."""
    work = set_up(tmp_path / "w", account.url, quiet=0.1)
    work.manifest(*BIRTH[:2])
    work.apply()
    work.manifest(*BIRTH[:3])
    work.apply()
    work.manifest(*BIRTH)
    work.apply()
    account.forget_calls()
    return work


def load(work: Workspace) -> bytes | str:
    """What a command would know: the lockfile's bytes with the journal folded in, or why it is refused."""
    known = {"advertiser_id": ADVERTISER, "currency": "USD"}
    try:
        ledger = Ledger.read(LocalStore(SystemFiles(), work.root), SystemWorld(), known, None)
    except ReconcilerError as error:
        return named(error)
    ledger.lock.journal_head = None
    return dump(ledger.lock)


def named(error: ReconcilerError) -> str:
    """The code of a refusal, which must name the file and the next step."""
    (finding,) = error.findings
    assert error.exit_code == 3
    assert finding.place is not None
    assert finding.place.file in (LOCK, JOURNAL)
    assert finding.hint
    return finding.code


def judge(work: Workspace, account: Account, before: bytes | str) -> str | None:
    """None when the damage is refused, folded right, or leads to no write; else what was sent."""
    found = load(work)
    if isinstance(found, str) or found == before:
        return None
    files = work.files()
    ended = work.run(*APPLY)
    assert ended.code != 70, ended.text
    sent = account.posts()
    for name, data in files.items():
        (work.root / name).write_bytes(data)
    account.forget_calls()
    return f"exit {ended.code}, sent {sent}" if sent else None


def damaged(work: Workspace, name: str, data: bytes) -> None:
    """Put these bytes there."""
    (work.root / name).write_bytes(data)


@pytest.mark.parametrize("name", [LOCK, JOURNAL])
def test_every_cut_is_refused_or_folded_right(stage: Workspace, account: Account, name: str) -> None:
    """Every length of the lockfile, and a sample of the journal's: no bug, no write that came of it."""
    before, whole = load(stage), (stage.root / name).read_bytes()
    chosen = range(len(whole)) if name == LOCK else random.Random(1).sample(range(1, len(whole)), 400)
    for size in chosen:
        damaged(stage, name, whole[:size])
        assert judge(stage, account, before) is None, f"cut at {size} of {len(whole)}"


@pytest.mark.parametrize("name", [LOCK, JOURNAL])
def test_flipped_bits_never_lead_to_a_write(stage: Workspace, account: Account, name: str) -> None:
    """Random single bits: each is refused, or changes nothing that is known and nothing that is sent."""
    before, whole = load(stage), (stage.root / name).read_bytes()
    chance, wrong = random.Random(2), []
    for _ in range(FLIPS // 2):
        at, bit = chance.randrange(len(whole)), chance.randrange(8)
        damaged(stage, name, whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        found = load(stage)
        if found != before and found not in ("R501", "R502", "R504"):
            wrong.append(f"bit {bit} of byte {at} is believed")
        trouble = judge(stage, account, before)
        if trouble:
            wrong.append(f"bit {bit} of byte {at} in …{whole[max(0, at - 25) : at + 15]!r}…: {trouble}")
    assert wrong == []


def test_swapped_lines_of_the_journal_are_refused(stage: Workspace) -> None:
    """Every pair of neighbours: R502, for each command."""
    lines = stage.journal.read_bytes().splitlines(keepends=True)
    for at in range(len(lines) - 1):
        damaged(stage, JOURNAL, b"".join([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]))
        assert load(stage) == "R502"


@pytest.fixture
def other(account: Account, tmp_path: Path) -> Workspace:
    """A second workspace of the same account with a life of its own."""
    work = set_up(tmp_path / "other", account.url, quiet=0.1)
    work.manifest(campaign("z"))
    work.apply()
    account.forget_calls()
    return work


@pytest.mark.parametrize("name", [LOCK, JOURNAL])
def test_files_of_two_lineages_are_not_mixed(stage: Workspace, other: Workspace, account: Account, name: str) -> None:
    """The lockfile of one beside the journal of the other: 3, naming the file and the next step; nothing is sent."""
    damaged(stage, name, (other.root / name).read_bytes())
    for command in (["plan", "--json"], APPLY, ["advance", "--json"], ["recover", "--json"]):
        ended = stage.run(*command)
        assert (ended.code, ended.codes) == (3, ["R502"]), ended.text
        assert ended.json["errors"][0]["hint"]
    assert account.posts() == []


def test_a_journal_spliced_of_two_lineages_is_refused(stage: Workspace, other: Workspace) -> None:
    """Records of the other appended, or put in front: R502."""
    ours, theirs = stage.journal.read_bytes(), other.journal.read_bytes()
    for data in (ours + theirs, theirs + ours):
        damaged(stage, JOURNAL, data)
        assert load(stage) == "R502"


def test_conflict_markers_and_newer_versions_are_refused(stage: Workspace, account: Account) -> None:
    """R501 and R504, for every command that reads the lockfile; the text names the file."""
    text = (stage.root / LOCK).read_text("utf-8")
    lines = text.splitlines(keepends=True)
    merged = [*lines[:7], "<<<<<<< ours\n", lines[7], "=======\n", lines[7], ">>>>>>> theirs\n", *lines[8:]]
    for data, code in (("".join(merged), "R501"), (text.replace('"version": 1', '"version": 7'), "R504")):
        damaged(stage, LOCK, data.encode())
        for command in (["plan"], ["apply", "--auto-approve"], ["status"], ["recover"], ["advance"]):
            ended = stage.run(*command, "--json")
            assert (ended.code, ended.codes) == (3, [code]), ended.text
            assert LOCK in stage.run(*command).stderr
    assert account.posts() == []


def test_a_flipped_bit_in_the_last_whole_line_is_refused(stage: Workspace) -> None:
    """A line with its line end was written whole and may have been acted on: cutting an intent would forget a write."""
    lines = stage.journal.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if b'"kind":"intent"' in line or b'"kind":"reply"' in line:
            damaged(stage, JOURNAL, b"".join(lines[:number]) + line.replace(b'"seq":', b'"sEq":'))
            assert load(stage) == "R502", f"record {number + 1} is forgotten in silence"


def test_an_entry_that_the_journal_knows_under_another_name_leads_to_no_write(
    stage: Workspace, account: Account
) -> None:
    """One letter of an address in the lockfile is another one: the live object must not be disabled for it."""
    before, whole = load(stage), (stage.root / LOCK).read_bytes()
    damaged(stage, LOCK, whole.replace(b"campaign/lone", b"campaign/mone"))
    assert judge(stage, account, before) is None


def test_a_lost_lockfile_comes_back_and_a_lost_pair_makes_no_twins(stage: Workspace, account: Account) -> None:
    """Without the lockfile the journal tells all; without both, every name is a blocked twin and nothing is sent."""
    known = json.loads((stage.root / LOCK).read_text("utf-8"))["resources"]
    (stage.root / LOCK).unlink()
    stage.apply()
    assert account.posts() == []
    assert stage.in_sync()
    assert {address: entry["id"] for address, entry in known.items()} == {
        address: entry["id"] for address, entry in load_lock(stage).items()
    }
    (stage.root / LOCK).unlink(missing_ok=True)
    stage.journal.unlink()
    assert stage.run(*APPLY).code == 5
    assert account.posts() == []


def test_a_record_of_a_newer_version_is_refused(stage: Workspace, account: Account) -> None:
    """A whole record holds an entry with a field that this version does not know: 3 with file and next step, no bug."""
    known = {"generation": 1, "inputs": "", "tasks": [], "variants": [], "wanted": 1, "keep": 3, "past": []}
    task = {"task_id": "1", "slots": [1], "status": "SUBMITTED", "submitted_at": "2026-11-21T10:00:00Z"}
    entry = {**known, "waiting": None, "source": None, "tasks": [{**task, "video_ids": [], "of_tomorrow": 1}]}
    records, _ = read(stage.journal.read_bytes())
    writer = Journal(LocalStore(SystemFiles(), stage.root), SystemWorld(), records)
    writer.append("entry", set={"refresh/x": entry}, unset=[], why="tasks")
    for command in (["plan", "--json"], APPLY, ["status", "--json"]):
        ended = stage.run(*command)
        assert ended.code == 3, ended.text
        assert ended.json["errors"][0]["file"] == JOURNAL
    assert account.posts() == []


def load_lock(work: Workspace) -> dict[str, dict[str, str]]:
    """Lockfile entries as a command sees them."""
    found = load(work)
    assert isinstance(found, bytes), found
    entries: dict[str, dict[str, str]] = json.loads(found)["resources"]
    return entries
