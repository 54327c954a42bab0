"""Approvals bind to bytes and are files people commit; the documents scripts read have exactly the promised shapes."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stories.account import Account
from tests.stories.refresh.scene import record, refresh, tasks, variants, video
from tests.stories.workspace import Run, Workspace

VARIANT = {
    "refresh", "generation", "variant", "task_id", "video_id", "file", "sha256", "bytes", "duration_seconds",
    "library_video_id", "state", "preview_expires_at", "approval", "performance",
}  # fmt: skip
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def files(work: Workspace) -> dict[str, dict[str, Any]]:
    """Every approval file, read."""
    return {
        name: yaml.load(data, yaml.BaseLoader)  # noqa: S506 - texts only
        for name, data in work.files().items()
        if name.startswith("approvals/")
    }


def approvals(work: Workspace) -> list[str]:
    """The decision on each variant, in their order."""
    return [one["approval"] for one in variants(work)]


def decide(work: Workspace, *arguments: str) -> Run:
    """A decision that is taken."""
    ended = work.run(*arguments)
    assert ended.code == 0, ended.text
    return ended


def test_a_decision_is_a_file_as_promised(made: Workspace) -> None:
    """One file a hash, named by its first twelve digits, with the keys in their order; the lockfile stays as it is."""
    before = (made.root / "reconciler.lock").read_bytes()
    decide(made, "approve", "refresh/hooks", "2", "--by", "Ann", "--note", "nice: #1")
    digest = variants(made)[1]["sha256"]
    (found,) = files(made).items()
    assert found[0] == f"approvals/hooks/{digest[:12]}.yaml"
    assert list(found[1]) == ["kind", "refresh", "sha256", "decision", "by", "at", "note"]
    assert UTC.fullmatch(found[1].pop("at"))
    assert found[1] == {
        "kind": "Approval", "refresh": "refresh/hooks", "sha256": digest, "decision": "approved", "by": "Ann",
        "note": "nice: #1",
    }  # fmt: skip
    assert approvals(made) == ["none", "approved", "none"]
    assert (made.root / "reconciler.lock").read_bytes() == before


def test_a_new_decision_rewrites_the_file(made: Workspace) -> None:
    """Approved, then rejected without a note: one file, the last decision."""
    decide(made, "approve", "refresh/hooks", "1", "--by", "Ann", "--note", "x")
    decide(made, "reject", "refresh/hooks", "1", "--by", "Bob")
    (found,) = files(made).values()
    assert (found["decision"], found["by"], "note" in found) == ("rejected", "Bob", False)
    assert approvals(made) == ["rejected", "none", "none"]


def test_all_are_decided_at_once(made: Workspace) -> None:
    """`--all` writes one file for each; several numbers are several decisions."""
    ended = decide(made, "approve", "refresh/hooks", "--all", "--by", "Ann", "--json")
    assert sorted(ended.json["files"]) == sorted(files(made))
    assert approvals(made) == ["approved"] * 3
    decide(made, "reject", "refresh/hooks", "1", "3", "--by", "Ann")
    assert approvals(made) == ["rejected", "approved", "rejected"]


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1] + b"!", lambda data: data + b"\0", lambda data: data[1:], None]
)
def test_a_changed_byte_voids_the_approval(made: Workspace, change: Any) -> None:
    """Another byte, one more, one less, no file: `none`; the old bytes back: approved again."""
    decide(made, "approve", "refresh/hooks", "1", "--by", "Ann")
    path = made.root / variants(made)[0]["file"]
    data = path.read_bytes()
    path.unlink()
    if change:
        path.write_bytes(change(data))
    assert approvals(made)[0] == "none"
    assert made.run("status", "--json").json["refreshes"][0]["variants"][0]["approval"] == "none"
    path.write_bytes(data)
    assert approvals(made)[0] == "approved"


def test_nobody_approves_bytes_that_are_not_there(made: Workspace) -> None:
    """The file was changed before the decision: what is written, if anything, holds the hash of the file's bytes."""
    path = made.root / variants(made)[0]["file"]
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    ended = made.run("approve", "refresh/hooks", "1", "--by", "Ann")
    hashes = {one["sha256"] for one in files(made).values()}
    assert ended.code != 0 or hashes == {hashlib.sha256(path.read_bytes()).hexdigest()}


@pytest.mark.parametrize(
    "arguments",
    [
        ["refresh/hooks"], ["refresh/hooks", "4"], ["refresh/hooks", "0"], ["refresh/hooks", "1", "9"],
        ["refresh/other", "1"], ["video/hero", "1"], ["hooks", "1"], ["refresh/hooks", "1", "--all"],
        ["refresh/hooks", "one"], ["refresh/hooks", "-1"],
    ],
)  # fmt: skip
def test_a_decision_that_means_nothing_is_exit_3(made: Workspace, arguments: list[str]) -> None:
    """Nothing is written, not even for the variants there are."""
    assert made.run("approve", *arguments, "--by", "Ann").code == 3
    assert files(made) == {}


def test_the_name_defaults_to_gits(made: Workspace) -> None:
    """`user.name` of the workspace's git."""
    subprocess.run(["git", "init", "-q"], cwd=made.root, check=True)
    subprocess.run(["git", "config", "user.name", "Zoë: O'Neil"], cwd=made.root, check=True)
    decide(made, "approve", "refresh/hooks", "1")
    assert [one["by"] for one in files(made).values()] == ["Zoë: O'Neil"]


@pytest.mark.parametrize(
    "text",
    ["é – 日本", 'a "b" \\ c', "tab\there", "two\nlines", "yes", "12", "\u202e", "\x07", "\x85", "😀", "- a: {b}", " "],
)
def test_any_name_and_note_can_be_read_again(made: Workspace, text: str) -> None:
    """Whatever somebody writes: taken and read back as it was, or refused at once; never a file that stops the rest."""
    ended = made.run("approve", "refresh/hooks", "1", "--by", text, "--note", text)
    shown = made.run("variants", "--json")
    assert shown.code == 0, shown.text
    assert shown.json["variants"][0]["approval"] == ("approved" if ended.code == 0 else "none")
    if ended.code == 0:
        (found,) = files(made).values()
        assert (found["by"], found["note"]) == (text, text)


BAD = {
    "not YAML": ("{", None), "empty": ("", 1), "another kind": ("kind: Consent\n", 1),
    "an unknown decision": ("decision: perhaps\n", 4), "a short hash": ("sha256: abc\n", 3),
    "an unknown key": ("colour: red\n", 7), "another address": ("refresh: video/hero\n", 2),
    "a key twice": ("by: Bob\n", 7), "no decision": ("-decision", 1),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_approval_file_is_exit_3_with_its_place(made: Workspace, what: str) -> None:
    """Every command that goes by approvals names the file, with the line where it can be told."""
    text, line = BAD[what]
    decide(made, "approve", "refresh/hooks", "1", "--by", "Ann")
    (name,) = files(made)
    lines = (made.root / name).read_text("utf-8").splitlines(keepends=True)
    key = text.strip("-\n").partition(":")[0]
    if line is None or what in ("empty", "another kind"):
        lines = [text]
    elif text.startswith("-"):
        lines = [one for one in lines if not one.startswith(f"{key}:")]
    elif what == "a key twice":
        lines.append(text)
    elif any(one.startswith(f"{key}:") for one in lines):
        lines = [text if one.startswith(f"{key}:") else one for one in lines]
    else:
        lines.append(text)
    made.write(name, "".join(lines))
    for command in (["variants"], ["status"], ["gallery"], ["approve", "refresh/hooks", "2", "--by", "Ann"]):
        ended = made.run(*command, "--json")
        assert ended.code == 3, ended.text
        assert {one["file"] for one in ended.json["errors"]} == {name}
        assert line is None or line in {one["line"] for one in ended.json["errors"]}


@pytest.mark.parametrize("command", ["validate", "plan"])
@pytest.mark.parametrize("name", ["approvals/hooks/0123456789ab.yaml", "consent.yaml"])
def test_a_bad_signed_file_is_found_before_it_is_needed(made: Workspace, command: str, name: str) -> None:
    """`validate` checks everything that needs no network, and a plan goes by what was signed: 3 with the place."""
    made.write(name, "kind: Approval\ncolour: red\n")
    ended = made.run(command, "--json")
    assert ended.code == 3, ended.text
    assert {one["file"] for one in ended.json["errors"]} == {name}


def test_status_has_exactly_the_promised_shape(hooks: Workspace, account: Account) -> None:
    """While tasks run, and when everything is there."""
    account.switch(task_seconds="30")
    hooks.apply("--detach", code=8)
    found = hooks.run("status", "--json").json
    assert set(found) == {"format_version", "serial", "refreshes", "intents", "summary"}
    (one,) = found["refreshes"]
    assert set(one) == {"address", "generation", "wanted", "ready", "pending", "failed", "tasks", "variants"}
    assert [one[key] for key in ("address", "generation", "wanted", "ready", "pending", "failed")] == [
        "refresh/hooks", 1, 3, 0, 3, 0,
    ]  # fmt: skip
    for number, task in enumerate(one["tasks"], 1):
        assert set(task) == {"task_id", "slot", "status", "submitted_at", "next_poll_at"}
        assert (task["slot"], task["status"]) == (number, "SUBMITTED")
        assert UTC.fullmatch(task["submitted_at"])
        assert UTC.fullmatch(task["next_poll_at"])
    assert [task["task_id"] for task in one["tasks"]] == [task["task_id"] for task in tasks(account)]
    assert (found["intents"], found["summary"]) == ([], {"pending": 3, "unknown": 0})
    assert "hooks" in hooks.run("status").stdout
    account.operate("clock", {"advance": 31})
    hooks.apply()
    found = hooks.run("status", "--json").json
    assert (found["refreshes"][0]["ready"], found["summary"]) == (3, {"pending": 0, "unknown": 0})
    assert {task["next_poll_at"] for task in found["refreshes"][0]["tasks"]} == {None}
    assert hooks.run("advance", "--json").json == found


def test_variants_and_lockfile_have_exactly_the_promised_shape(made: Workspace) -> None:
    """VARIANT for each, and the entries of video and refresh as the interface names them."""
    found = made.run("variants", "--json").json
    assert set(found) == {"format_version", "variants"}
    for number, one in enumerate(found["variants"], 1):
        assert set(one) == VARIANT
        assert (one["refresh"], one["generation"], one["variant"], one["state"]) == (
            "refresh/hooks",
            1,
            number,
            "ready",
        )
        assert one["duration_seconds"] == 3.0
        assert re.fullmatch(r"[0-9a-f]{64}", one["sha256"])
    assert {"generation", "inputs", "tasks", "variants", "past", "waiting"} <= set(record(made))
    assert {"stock_video_id", "library_video_id", "url"} <= set(made.lock["video/hero"])


@pytest.mark.parametrize("command", ["status", "variants"])
def test_decisions_are_read_once_whatever_the_number_of_refreshes(
    hooks: Workspace, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Three refreshes, three decisions, three files read: not each of them a refresh."""
    hooks.manifest(video(), *(refresh(name, 1) for name in ("a", "b", "c")))
    assert hooks.apply().code == 0
    for name in ("a", "b", "c"):
        decide(hooks, "approve", f"refresh/{name}", "--all", "--by", "Ann")
    read: Counter[str] = Counter()
    plain = Path.read_bytes

    def counted(path: Path) -> bytes:
        read[path.parent.parent.name] += 1
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    assert hooks.run(command, "--json").code == 0
    assert read["approvals"] == 3
