"""Other shapes of answers, strangers, secrets and neighbours: the variants come out the same."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.refresh.scene import (
    RECOMMENDED,
    SUBMIT,
    UPLOAD,
    arrivals,
    known_tasks,
    refresh,
    tasks,
    truth,
    variants,
    video,
    whole,
)  # fmt: skip
from tests.stories.workspace import TOKEN, Workspace


@pytest.mark.parametrize("switches", [{"upload_answer": "array"}, {"ids_as": "number"}, {"absent_fields": "null"}])
def test_other_shapes_of_an_answer_are_understood(hooks: Workspace, account: Account, switches: dict[str, str]) -> None:
    """Upload as a list, ids as numbers, absent fields as null: the same end."""
    account.switch(**switches)
    hooks.apply()
    assert known_tasks(hooks) == {one["task_id"] for one in tasks(account)}
    assert whole(hooks, account)


def test_strangers_videos_are_harmless(hooks: Workspace, account: Account) -> None:
    """Hundreds of a colleague's videos, before and during the run, change nothing."""
    account.switch(strangers="230", task_seconds="30")
    hooks.apply("--detach", code=8)
    account.operate("stranger", {"videos": 7})
    account.operate("clock", {"advance": 31})
    assert hooks.run("advance", "--max-duration", "10").code == 0
    assert {one["video_id"] for one in variants(hooks)} == set(truth(account))
    assert whole(hooks, account)


def test_the_token_is_written_nowhere(hooks: Workspace, account: Account) -> None:
    """Not in a file, not on the screen, not even when the API says it aloud; and no preview URL is kept."""
    account.faults({"path": SUBMIT, "nth": 2, "echo_token": True})
    text = hooks.run("apply", "--auto-approve", "-v").text + hooks.run("status", "--json").text
    text += hooks.run("apply", "--auto-approve", "--json", "-v").text
    assert TOKEN not in text
    for name, data in hooks.files().items():
        assert TOKEN.encode() not in data, name
        assert b"signature=" not in data, name
    assert "signature=" not in text


def test_two_refreshes_of_one_video_share_its_upload(hooks: Workspace, account: Account) -> None:
    """One upload, and the tasks of each refresh go to its own folder."""
    hook = RECOMMENDED.replace("RECOMMENDED", "BILLO")
    hooks.manifest(video(), refresh("a", 2), refresh("b", 1, strategies="[ADD_HOOK]", add_hook=hook))
    hooks.apply()
    assert len(arrivals(account, UPLOAD)) == 1
    assert {one["file"].split("/")[1] for one in variants(hooks)} == {"a", "b"}
    assert whole(hooks, account)


def test_only_the_target_is_made(hooks: Workspace, account: Account) -> None:
    """`--target` takes the refresh and the video it needs, nothing else."""
    hooks.manifest(
        video(), video("other", "https://cdn.example.com/o.mp4"), refresh("a", 1), refresh("b", 1, video="other")
    )
    ended = hooks.apply("--target", "refresh/a")
    assert set(ended.ended) == {"video/hero", "refresh/a"}
    assert len(tasks(account)) == 1
