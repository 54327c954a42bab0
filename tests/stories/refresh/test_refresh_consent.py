"""The notice is shown before every upload, and without recorded consent nothing is uploaded."""

from __future__ import annotations

import hashlib
import os
import pty

import pytest
import yaml

from reconciler.state.notice import NOTICE
from tests.stories.account import ADVERTISER, Account
from tests.stories.refresh.scene import UPLOAD, arrivals, refresh, video
from tests.stories.workspace import TOKEN, Run, Workspace, finish

NOTICE_SHA256 = "35c793dbadc6a836618da20d6371ba5aaa0b67a7c795b8c9b304d12542e7b3ae"


def test_the_notice_is_the_documents_word_for_word() -> None:
    """One line of 320 bytes with the promised hash."""
    assert len(NOTICE.encode()) == 320
    assert hashlib.sha256(NOTICE.encode()).hexdigest() == NOTICE_SHA256


@pytest.mark.parametrize("how", [[], ["--json"], ["-q"], ["--json", "-q"]])
def test_plan_and_apply_show_the_notice_every_time(hooks: Workspace, how: list[str]) -> None:
    """Whatever was recorded, with `--json` and `-q` too: by each plan and apply that may upload, and by no other."""
    for _ in range(2):
        assert hooks.run("plan", *how).text.count(NOTICE) == 1
    hooks.manifest(video(url="https://cdn.example.com/broken.mp4"), refresh())
    for _ in range(2):
        assert hooks.run("apply", "--auto-approve", *how).text.count(NOTICE) == 1
    hooks.manifest(video(), refresh())
    assert NOTICE in hooks.run("apply", "--auto-approve", *how).text
    for command in (["plan"], ["apply", "--auto-approve"], ["advance"]):
        assert NOTICE not in hooks.run(*command, *how).text


def test_a_saved_or_shown_document_stays_one_document(hooks: Workspace) -> None:
    """With `--json` the notice goes to stderr and stdout stays one document."""
    ended = hooks.run("plan", "--json")
    assert ended.json["refresh"]["tasks"] == 3
    assert NOTICE in ended.stderr


def forgotten(work: Workspace) -> None:
    (work.root / "consent.yaml").unlink()


def declined(work: Workspace) -> None:
    work.replace(NOTICE_SHA256, "0" * 64, "consent.yaml")


def of_another(work: Workspace) -> None:
    work.replace(ADVERTISER, "7000000000000000002", "consent.yaml")


@pytest.mark.parametrize("spoil", [forgotten, declined, of_another])
def test_without_consent_nothing_is_uploaded(hooks: Workspace, account: Account, spoil: object) -> None:
    """No consent, another notice's or another account's: the notice is shown, exit 5, outcomes empty, no write."""
    spoil(hooks)  # type: ignore[operator]
    ended = hooks.apply(code=5)
    assert (ended.json["outcomes"], ended.codes) == ([], ["R804"])
    assert "reconciler consent" in ended.json["errors"][0]["hint"]
    assert NOTICE in ended.stderr
    assert account.posts() == []
    assert not (hooks.root / "reconciler.lock").exists()
    assert hooks.run("plan").code == 0


def test_consent_for_several_accounts_stands_in_one_file(hooks: Workspace) -> None:
    """Several documents: one that fits is enough."""
    text = (hooks.root / "consent.yaml").read_text("utf-8")
    hooks.write("consent.yaml", text.replace(ADVERTISER, "7000000000000000002") + "---\n" + text)
    hooks.apply()


def test_a_refresh_of_a_stock_video_uploads_nothing(hooks: Workspace, account: Account) -> None:
    """`video_id` names a video that is there: no notice, no consent, no upload."""
    (hooks.root / "consent.yaml").unlink()
    made = account.operate("upload", {"video_url": "https://cdn.example.com/a.mp4", "video_id": "77", "usable": True})
    assert made
    hooks.manifest(refresh(video=None, video_id='"77"'))
    ended = hooks.apply()
    assert NOTICE not in ended.text
    assert arrivals(account, UPLOAD) == []
    assert len(ended.rows["refresh/hooks"]["task_ids"]) == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("kind: Consent\n", 1), ("- a\n", 1), ("", 1), ("kind: Approval\n", 1),
        ('kind: Consent\nnotice_sha256: abc\nadvertiser_id: "1"\naccepted_by: A\naccepted_at: 2026-01-01\n', 2),
        ("kind: Consent\nkind: Consent\n", 2),
    ],
)  # fmt: skip
def test_a_consent_file_that_cannot_be_read_is_exit_3(hooks: Workspace, account: Account, text: str, line: int) -> None:
    """With file and line, and nothing is uploaded."""
    hooks.write("consent.yaml", text)
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.code == 3, ended.text
    assert {(one["file"], one["line"]) for one in ended.json["errors"]} >= {("consent.yaml", line)}
    assert account.posts() == []


def test_consent_without_a_terminal_needs_both_options(hooks: Workspace) -> None:
    """Neither one nor none of `--by` and `--accept` writes anything: 3, and the notice is shown all the same."""
    forgotten(hooks)
    for options in ([], ["--by", "Ann"], ["--accept"], ["--no-input"]):
        ended = hooks.run("consent", *options)
        assert (ended.code, NOTICE in ended.text) == (3, True), options
    assert not (hooks.root / "consent.yaml").exists()


def test_the_consent_file_is_as_promised(hooks: Workspace) -> None:
    """Five keys in their order, the hash of the notice, the account as quoted text, and a time in UTC."""
    ended = hooks.run("consent", "--by", "Ann: #1", "--accept", "--json")
    assert (ended.code, NOTICE in ended.stderr) == (0, True)
    text = (hooks.root / "consent.yaml").read_text("utf-8")
    found = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - texts only
    assert list(found) == ["kind", "notice_sha256", "advertiser_id", "accepted_by", "accepted_at"]
    assert found["notice_sha256"] == NOTICE_SHA256
    assert (found["advertiser_id"], found["accepted_by"]) == (ADVERTISER, "Ann: #1")
    assert f'advertiser_id: "{ADVERTISER}"' in text
    assert found["accepted_at"].endswith("Z")


def typed(work: Workspace, text: str) -> Run:
    """`consent` at a terminal, and what somebody types there."""
    ours, theirs = pty.openpty()
    try:
        process = work.start("consent", stdin=theirs, token=TOKEN)
        os.write(ours, text.encode())
        return finish(process)
    finally:
        os.close(ours)
        os.close(theirs)


def test_at_a_terminal_only_yes_is_a_yes(hooks: Workspace) -> None:
    """`y` records nothing and ends with 1; a name and `yes` record it."""
    forgotten(hooks)
    ended = typed(hooks, "Ann\ny\n")
    assert (ended.code, NOTICE in ended.stdout) == (1, True), ended
    assert not (hooks.root / "consent.yaml").exists()
    assert typed(hooks, "Ann\nyes\n").code == 0
    assert 'accepted_by: "Ann"' in (hooks.root / "consent.yaml").read_text("utf-8")
