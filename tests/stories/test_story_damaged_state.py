"""Lockfile and journal that were damaged or edited: refused with the way out, and nothing is ever paid twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, family
from tests.stories.refresh.scene import SUBMIT, arrivals, ready, refresh, video
from tests.stories.workspace import Workspace

COMMANDS = (["plan"], ["apply", "--auto-approve"], ["status"], ["state", "list"], ["advance"], ["recover"])


@pytest.fixture
def hooks(work: Workspace, account: Account) -> Workspace:
    """Three variants are on the disk; then the machine forgets everything after the intent of the last submit."""
    account.switch(task_seconds="0")
    ready(work)
    work.apply()
    work.forget_that_it_was_set_aside()
    lines = work.journal.read_bytes().splitlines(keepends=True)
    last = max(at for at, line in enumerate(lines) if b'"verb":"submit"' in line)
    work.journal.write_bytes(b"".join(lines[: last + 1]))
    (work.root / "reconciler.lock").unlink()
    return work


def submits(account: Account) -> int:
    """How many tasks were asked for, and paid."""
    return len(arrivals(account, SUBMIT))


@pytest.mark.parametrize("where", ["at its start", "in its middle", "in its checksum", "its line end"])
def test_a_rotten_byte_in_the_last_record_is_damage(hooks: Workspace, account: Account, where: str) -> None:
    """The submit it tells of was sent: every command refuses with R502, none sends anything, nothing is cut."""
    whole = hooks.journal.read_bytes()
    begin = whole.rindex(b"\n", 0, -1) + 1
    at = {"at its start": begin, "in its middle": (begin + len(whole)) // 2, "in its checksum": len(whole) - 5,
          "its line end": len(whole) - 1}[where]  # fmt: skip
    rotten = whole[:at] + bytes([whole[at] ^ 0x04]) + whole[at + 1 :]
    hooks.journal.write_bytes(rotten)
    account.forget_calls()
    for command in COMMANDS:
        ended = hooks.run(*command, "--json")
        assert (ended.code, ended.codes) == (3, ["R502"]), (command, ended.text)
        (found,) = ended.json["errors"]
        assert found["line"] == whole.count(b"\n")
        assert "copy" in found["hint"]
    assert account.calls() == []
    assert hooks.journal.read_bytes() == rotten


def test_after_a_torn_end_submits_look_around_first(hooks: Workspace, account: Account) -> None:
    """The cut record may not be all that is gone: a video nobody claims stops submits until a person has decided."""
    whole = hooks.journal.read_bytes()
    hooks.journal.write_bytes(whole[:-20])
    for _ in range(2):
        ended = hooks.run("apply", "--auto-approve", "--json")
        assert ended.rows["refresh/hooks"]["error"]["code"] == "R718", ended.text
        assert submits(account) == 3
    known = {hooks.lock["refresh/hooks"]["variants"][n]["video_id"] for n in range(2)}
    (stray,) = {one["video_id"] for one in account.operate("state")["videos"]} - known
    assert stray in ended.text
    assert hooks.run("recover", "--ignore-video", stray).code == 0
    hooks.apply()
    assert submits(account) == 4
    assert hooks.in_sync()


def test_a_known_task_that_ended_meanwhile_is_no_stranger(work: Workspace, account: Account) -> None:
    """After a torn end the videos of our own tasks are told from others before anything more is submitted."""
    account.switch(task_seconds="1")
    ready(work, wait=0)
    work.apply("--detach", code=8)
    assert submits(account) == 3
    with work.journal.open("ab") as file:
        file.write(b'{"seq": 99')
    account.operate("clock", {"advance": 30})
    work.manifest(video(), refresh(variants=4))
    ended = work.run("apply", "--auto-approve", "--json")
    assert ended.rows["refresh/hooks"]["error"] is None, ended.text
    assert submits(account) == 4


# ------------------------------------------------------------------------------------------------ the lockfile


@pytest.fixture
def made(work: Workspace, account: Account) -> Workspace:
    """A family that is there and in sync; calls are counted from now on."""
    work.manifest(*family())
    work.apply()
    account.forget_calls()
    return work


def written(work: Workspace) -> dict[str, Any]:
    """The lockfile."""
    found: dict[str, Any] = json.loads((work.root / "reconciler.lock").read_text("utf-8"))
    return found


EDITS = {
    "another id": lambda raw: raw["resources"]["ad/spring-us-hero"].update(id="1800000000000000009"),
    "no protection": lambda raw: raw["resources"]["campaign/spring"].update(on_remove="delete"),
    "another amount": lambda raw: raw["resources"]["campaign/spring"]["applied"].update(budget="50.00"),
    "an entry less": lambda raw: raw["resources"].pop("ad/spring-us-hero"),
    "an older serial": lambda raw: raw.update(serial=0),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_lockfile_that_was_edited_by_hand_is_refused(made: Workspace, account: Account, edit: str) -> None:
    """R501 with the ways out, for every command, `state` too; no call goes out and nothing is repaired."""
    raw = written(made)
    EDITS[edit](raw)
    path = made.write("reconciler.lock", json.dumps(raw, indent=1))
    before = path.read_bytes()
    for command in (*COMMANDS, ["state", "show", "campaign/spring"], ["state", "rm", "ad/spring-us-hero"],
                    ["state", "mv", "campaign/spring", "campaign/autumn"], ["drift"]):  # fmt: skip
        ended = made.run(*command, "--json")
        assert (ended.code, ended.codes) == (3, ["R501"]), (command, ended.text)
        (found,) = ended.json["errors"]
        assert "checksum" in found["message"]
        assert "version control" in found["hint"]
        assert 'take the line "checksum" out' in found["hint"]
    assert account.calls() == []
    assert path.read_bytes() == before


def test_an_edit_that_is_meant_is_taken_without_its_checksum(made: Workspace) -> None:
    """As the hint says: the line is taken out, the file is read, and the next save adds a fresh one."""
    made.edit_lock('"on_remove": "disable"', '"on_remove": "keep"')
    assert "checksum" not in written(made)
    assert made.in_sync()
    made.manifest(ad("more"), file="b.yaml")
    made.apply()
    assert written(made)["checksum"].startswith("sha256:")
    assert made.in_sync()


def test_a_lockfile_of_an_earlier_version_gets_its_checksum_at_the_next_save(made: Workspace) -> None:
    """Reading commands write nothing; `state mv` is a save as well."""
    raw = written(made)
    checksum = raw.pop("checksum")
    path = made.write("reconciler.lock", json.dumps(raw))
    assert made.in_sync()
    assert path.read_text("utf-8") == json.dumps(raw)
    assert made.run("state", "mv", "ad/spring-us-hero", "ad/hero").code == 0
    assert written(made)["checksum"] not in (None, checksum)
    assert made.run("state", "list").code == 0


def test_a_merge_with_conflict_markers_says_how_to_end_it(made: Workspace, account: Account) -> None:
    """Both sides kept, one line an address, without the checksum: that is read again."""
    text = (made.root / "reconciler.lock").read_text("utf-8")
    line = next(one for one in text.splitlines(keepends=True) if '"serial"' in one)
    made.write("reconciler.lock", text.replace(line, f"<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> theirs\n"))
    ended = made.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R501"])
    assert "checksum" in ended.json["errors"][0]["hint"]
    made.write("reconciler.lock", text)
    made.edit_lock(line, line)
    assert made.in_sync()
    assert account.posts() == []
