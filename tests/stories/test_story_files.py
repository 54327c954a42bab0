"""Our own files after a crash, a bad merge or a full disk: folded in, refused with their place, never guessed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, family
from tests.stories.workspace import Workspace

COMMANDS = (["plan"], ["apply", "--auto-approve"], ["status"], ["state", "list"], ["validate"], ["drift"])


@pytest.fixture
def made(work: Workspace, account: Account) -> Workspace:
    """A family that is there and in sync; calls are counted from now on."""
    work.manifest(*family())
    work.apply()
    account.forget_calls()
    return work


def refused(work: Workspace, account: Account, code: str, file: str) -> dict[str, Any]:
    """Every command ends with 3 and this finding, and no request goes out; the finding."""
    found: dict[str, Any] = {}
    before = work.files()
    for command in COMMANDS:
        ended = work.run(*command, "--json")
        assert (ended.code, ended.codes) == (3, [code]), (command, ended.text)
        (found,) = ended.json["errors"]
        assert found["file"] == file
        assert found["line"] >= 1
        assert found["hint"]
        assert file in work.run(*command).stderr
    assert account.calls() == []
    after = work.files()
    after[".reconciler/lock"] = before[".reconciler/lock"]
    assert after == before
    return found


@pytest.mark.parametrize("tear", [lambda line: b'{"seq": 99', lambda line: line[:-9], lambda line: b"\x00" * 40])
def test_a_torn_last_line_of_the_journal_is_cut(
    made: Workspace, account: Account, tear: Callable[[bytes], bytes]
) -> None:
    """A crash in the middle of a line loses nothing: the line was never acted on."""
    whole = made.journal.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    made.journal.write_bytes(whole + tear(last))
    assert made.plan().rows == {}
    made.manifest(ad("more"), file="b.yaml")
    made.apply()
    assert made.in_sync()
    assert account.names("ad") == ["more", "spring-us-hero"]


def test_a_flipped_byte_in_the_middle_of_the_journal_stops_everything(made: Workspace, account: Account) -> None:
    """Exit 3 with the line of the damaged record."""
    made.forget_that_it_was_set_aside()
    data = bytearray(made.journal.read_bytes())
    at = data.index(b"\n", len(data) // 2) + 30
    data[at] ^= 1
    made.journal.write_bytes(bytes(data))
    line = bytes(data[:at]).count(b"\n") + 1
    assert refused(made, account, "R502", ".reconciler/journal.jsonl")["line"] == line


def test_a_line_that_is_missing_in_the_journal_stops_everything(made: Workspace, account: Account) -> None:
    """Records name the one before them."""
    made.forget_that_it_was_set_aside()
    lines = made.journal.read_bytes().splitlines(keepends=True)
    made.journal.write_bytes(b"".join(lines[:3] + lines[4:]))
    assert refused(made, account, "R502", ".reconciler/journal.jsonl")["line"] == 4


def _damage(lock: str, how: str) -> str:
    lines = lock.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if '"ad/' in line)
    document = json.loads(lock)
    entries = document["resources"]
    if how == "conflict":
        lines[at:at] = ["<<<<<<< HEAD\n", lines[at], "=======\n"]
        return "".join([*lines[: at + 4], ">>>>>>> other\n", *lines[at + 4 :]])
    if how == "duplicate":
        return "".join([*lines[:at], lines[at], *lines[at:]])
    if how == "cut":
        return lock[: len(lock) // 2]
    if how == "one id twice":
        entries["adgroup/other"] = dict(entries["adgroup/spring-us"])
    elif how == "a parent that is missing":
        del entries["adgroup/spring-us"]
    elif how == "an unknown kind":
        entries["planet/mars"] = dict(entries["campaign/spring"], id="5")
    elif how == "a name that is none":
        entries["campaign/\x1b[31mred"] = dict(entries["campaign/spring"], id="5")
    elif how == "no address":
        entries["spring"] = dict(entries["campaign/spring"], id="5")
    elif how == "a parent of the wrong kind":
        entries["ad/spring-us-hero"]["parent"] = "campaign/spring"
    elif how in ("id", "applied", "protect", "on_remove", "born"):
        entries["campaign/spring"][how] = 5
    elif how in ("removed_at", "unlisted_since"):
        entries["campaign/spring"][how] = "yesterday"
    elif how == "source":
        entries["campaign/spring"][how] = {"file": 1, "line": "x"}
    elif how == "money that is a number":
        entries["campaign/spring"]["applied"]["budget"] = 500.0
    elif how == "a list":
        return "[]\n"
    elif how == "nothing":
        return ""
    return json.dumps(document, indent=1)


@pytest.mark.parametrize(
    "how",
    [
        "conflict", "duplicate", "cut", "one id twice", "a parent that is missing", "an unknown kind",
        "a name that is none", "no address", "a parent of the wrong kind", "id", "applied", "protect", "on_remove",
        "born", "removed_at", "unlisted_since", "source", "money that is a number", "a list", "nothing",
    ],
)  # fmt: skip
def test_a_lockfile_that_cannot_be_trusted_is_refused(made: Workspace, account: Account, how: str) -> None:
    """Merged, cut or edited by hand: exit 3 with file and line, and nothing is repaired silently."""
    path = made.root / "reconciler.lock"
    path.write_text(_damage(path.read_text("utf-8"), how), "utf-8")
    found = refused(made, account, "R501", "reconciler.lock")
    if how in ("conflict", "duplicate"):
        assert found["line"] > 1


def test_a_lockfile_of_a_newer_version_is_refused(made: Workspace, account: Account) -> None:
    """Its own code says to install what wrote it."""
    made.replace('"version": 1', '"version": 2', "reconciler.lock")
    refused(made, account, "R504", "reconciler.lock")


def test_a_lost_lockfile_comes_back_from_the_journal(made: Workspace, account: Account) -> None:
    """Deleted, or an older one restored: what the journal holds is folded in, and nothing is created again."""
    path = made.root / "reconciler.lock"
    first = path.read_bytes()
    before = made.lock
    path.unlink()
    assert made.plan().rows == {}
    made.manifest(ad("more"), file="b.yaml")
    made.apply()
    assert {address: made.lock[address] for address in before} == before
    path.write_bytes(first)
    assert made.plan().rows == {}
    assert "ad/more" in made.run("state", "list").stdout
    made.apply()
    assert "ad/more" in made.lock
    assert len(account.posts()) == 1


def test_a_lost_journal_is_no_loss_once_all_is_saved(made: Workspace) -> None:
    """A fresh checkout has the lockfile alone, and that is enough."""
    shutil.rmtree(made.root / ".reconciler")
    assert made.in_sync()
    made.manifest(ad("more"), file="b.yaml")
    made.apply()
    assert made.in_sync()


def test_a_lockfile_lost_after_a_fresh_checkout_is_not_taken_for_an_empty_one(
    made: Workspace, account: Account
) -> None:
    """The journal began with a lockfile it does not hold: what was in it is not known, so nothing is decided."""
    shutil.rmtree(made.root / ".reconciler")
    made.manifest(ad("more"), file="b.yaml")
    made.apply()
    account.forget_calls()
    (made.root / "reconciler.lock").unlink()
    for command in COMMANDS:
        assert made.run(*command, "--json").code == 3, command
    assert account.posts() == []


def test_a_lockfile_from_elsewhere_beside_results_it_does_not_know_is_refused(
    made: Workspace, account: Account
) -> None:
    """Another machine's lockfile and our unsaved results cannot both be right."""
    shutil.copytree(made.root, made.root.parent / "theirs")
    theirs = Workspace(made.root.parent / "theirs", made.url)
    theirs.manifest(ad("their-ad"), file="b.yaml")
    theirs.apply()
    account.faults({"path": "ad/create/", "nth": 1, "lose_reply": True})
    made.configure(quiet=600)
    made.manifest(ad("our-ad"), file="c.yaml")
    made.apply(code=8)
    shutil.copy(theirs.root / "reconciler.lock", made.root / "reconciler.lock")
    assert made.run("apply", "--auto-approve", "--json").codes == ["R502"]


def test_every_broken_file_is_told_at_once(made: Workspace) -> None:
    """Manifests, consent, approvals and Renewals: whoever mends one does not find the next one behind it."""
    files = ["approvals/a/1.yaml", "approvals/b/2.yaml", "consent.yaml", "manifests/b.yaml", "renewals/c/3.yaml"]
    for name in files:
        made.write(name, "kind: Nonsense\n")
    ended = made.run("validate", "--json")
    assert ended.code == 3
    assert sorted({one["file"] for one in ended.json["errors"]}) == files


def test_a_manifest_that_begins_with_a_conflict_has_one_mistake(made: Workspace, account: Account) -> None:
    """What git wrote above the document is not taken for a document, and what both sides say is not there twice."""
    text = (made.root / "manifests" / "a.yaml").read_text("utf-8")
    made.write("manifests/a.yaml", f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n")
    for command in ("validate", "plan"):
        ended = made.run(command, "--json")
        assert (ended.code, ended.codes) == (3, ["R102"])
        assert ended.json["errors"][0]["line"] == 1
    assert account.calls() == []
