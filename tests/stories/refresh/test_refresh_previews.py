"""Previews that are cut, false, endless or gone: never a final name, nothing left behind, and the task is named."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.api.fetch import PreviewFetcher
from reconciler.simulator import films
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.refresh.scene import (
    PREVIEW,
    SUBMIT,
    VIDEOS,
    arrivals,
    error,
    parts,
    record,
    refresh,
    tasks,
    variants,
    video,
    whole,
)  # fmt: skip
from tests.stories.workspace import Workspace

SIZE = len(films.template("music-1"))
HTML = {"garbage": "<html>gone</html>", "headers": {"Content-Type": "text/html"}}
BROKEN: dict[str, dict[str, Any]] = {
    **{f"cut after {size}": {"truncate": size} for size in (0, 1, 7, 8, 20, 100, SIZE // 2, SIZE - 1, SIZE + 1)},
    **{f"told to be {size}": {"wrong_length": size} for size in (1, 8, SIZE // 2, SIZE, 99_999)},
    "a page with status 200": HTML,
    "a page called a video": {"garbage": "<html>", "headers": {"Content-Type": "video/mp4"}},
    "an error as JSON": {"garbage": '{"code": 1}', "headers": {"Content-Type": "application/json"}},
    "nothing": {"garbage": "", "headers": {"Content-Type": "video/mp4"}},
    "zeros": {"garbage": "AAAAAAAAAAAAAAAAAAAA", "encoding": "base64", "headers": {"Content-Type": "video/mp4"}},
    "packed": {"garbage": "abc", "headers": {"Content-Type": "video/mp4", "Content-Encoding": "gzip"}},
    "endless": {"endless": 5_000_000},
    "endless with a length": {"endless": 5_000_000, "framing": "length"},
    "a server error": {"status": 500},
    "a connection that breaks": {"lose_reply": True},
    **{
        f"elsewhere: {url}": {"redirect": url}
        for url in (
            "http://10.0.0.1/a.mp4", "https://192.168.0.1/a.mp4", "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd", "https://[::ffff:10.0.0.1]/a.mp4", "//0.0.0.0/a.mp4", "ftp://127.0.0.1/a.mp4", "",
        )
    },
}  # fmt: skip


@pytest.fixture
def one(hooks: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """One variant is declared; a film may have a million bytes; nothing is waited for in vain."""
    defaults: Any = PreviewFetcher.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "most_bytes", 1_000_000)
    hooks.manifest(video(), refresh(variants=1))
    return hooks


@pytest.mark.parametrize("what", rotating(list(BROKEN), 4))
def test_a_broken_preview_never_gets_its_final_name(one: Workspace, account: Account, what: str) -> None:
    """Failed with the task that would have to be paid again; no file and no `.part`; when it is mended, it comes."""
    one.replace("wait_seconds: 20", "wait_seconds: 0.4", "reconciler.yaml")
    account.faults({**PREVIEW, **BROKEN[what]})
    ended = one.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.ended["refresh/hooks"]) == (9, "failed"), ended.text
    (task,) = tasks(account)
    assert task["task_id"] in error(ended)["message"]
    assert (parts(one), variants(one)[0]["file"], variants(one)[0]["state"]) == ([], None, "pending")
    assert "signature=" not in ended.text
    account.faults()
    assert one.run("advance", "--max-duration", "5").code == 0
    assert whole(one, account)
    assert len(arrivals(account, SUBMIT)) == 1


def test_a_left_part_that_cannot_be_removed_harms_nobody(one: Workspace, account: Account) -> None:
    """Tidying is no reason to stop: what is asked for is made."""
    one.apply()
    left = one.root / "artifacts" / "hooks" / "old.mp4.part"
    left.mkdir()
    one.manifest(video(), refresh(variants=1, revision=2))
    assert one.apply().ended["refresh/hooks"] == "done"
    assert left.is_dir()
    assert [made["state"] for made in variants(one)] == ["ready", "superseded"]


@pytest.mark.parametrize("what", ["cut after 100", "told to be 8", "a server error", "a connection that breaks"])
def test_a_preview_that_breaks_once_is_fetched_again(one: Workspace, account: Account, what: str) -> None:
    """The next tick brings a whole one: done."""
    account.faults({**PREVIEW, **BROKEN[what], "nth": 1})
    assert one.apply().ended["refresh/hooks"] == "done"
    assert whole(one, account)


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_one_bad_preview_does_not_hide_behind_the_good_ones(hooks: Workspace, account: Account, bad: int) -> None:
    """One of three is broken for good: the row has failed and names that task; the other two are there."""
    hooks.replace("wait_seconds: 20", "wait_seconds: 0.4", "reconciler.yaml")
    account.switch(task_seconds="30")
    hooks.apply("--detach", code=8)
    account.operate("clock", {"advance": 31})
    state = account.operate("state")
    task = record(hooks)["tasks"][bad - 1]["task_id"]
    (film,) = [found for found in state["videos"] if found["task_id"] == task]
    path = film["preview_url"].removeprefix(account.url).partition("?")[0]
    account.faults({"path": path, "truncate": 100})
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.ended["refresh/hooks"] == "failed", ended.text
    assert task in error(ended)["message"]
    assert sorted(found["state"] for found in variants(hooks)) == ["pending", "ready", "ready"]


@pytest.mark.parametrize("status", ["403", "410"])
def test_an_expired_preview_is_renewed_by_the_list(hooks: Workspace, account: Account, status: str) -> None:
    """Six hours later: the list is asked once, gives a fresh URL, and the files come."""
    account.switch(preview_expired=status, task_seconds="30")
    hooks.apply("--detach", code=8)
    account.operate("clock", {"advance": 31 + 6 * 3600})
    account.switch(preview_renewed="on")
    assert hooks.run("advance", "--max-duration", "10").code == 0
    assert whole(hooks, account)
    assert [found["state"] for found in variants(hooks)] == ["ready"] * 3


@pytest.mark.parametrize("status", ["403", "410"])
def test_an_expired_preview_that_nobody_renews_is_blocked(hooks: Workspace, account: Account, status: str) -> None:
    """Failed at first, then blocked, each naming the task to be paid again; a new revision makes it anew."""
    hooks.manifest(video(), refresh(variants=1))
    account.switch(preview_expired=status, task_seconds="30")
    hooks.apply("--detach", code=8)
    (task,) = tasks(account)
    account.operate("clock", {"advance": 31 + 6 * 3600})
    account.forget_calls()
    ended = hooks.run("advance", "--max-duration", "5")
    assert ended.code not in (0, 8, 70), ended.text
    assert task["task_id"] in ended.text
    assert len(arrivals(account, VIDEOS)) == 1
    assert (variants(hooks)[0]["state"], parts(hooks)) == ("expired", [])
    blocked = hooks.apply(code=5)
    assert task["task_id"] in f"{error(blocked)['message']} {error(blocked)['hint']}"
    assert len(tasks(account)) == 1
    account.switch(task_seconds="0")
    hooks.replace("variants: 1", "variants: 1\n  revision: 2")
    assert hooks.apply().ended["refresh/hooks"] == "done"


def test_the_preview_host_gets_neither_token_nor_cookie(hooks: Workspace, account: Account) -> None:
    """Not at first and not after it has set a cookie."""
    account.faults({**PREVIEW, "cookie": "a=b; Path=/"}, {"cookie": "c=d; Path=/"})
    hooks.apply()
    calls = arrivals(account, "/preview/")
    assert len(calls) >= 3
    assert not any(call["token_leaked"] or call["cookie_sent"] for call in calls)


def test_a_redirect_on_the_same_host_is_followed(one: Workspace, account: Account) -> None:
    """A redirect is checked like the first address, and the film behind it is taken."""
    account.faults({**PREVIEW, "redirect": "/source/hero.mp4"})
    assert one.apply().ended["refresh/hooks"] == "done"
    assert (one.root / "artifacts/hooks/g1-001.mp4").read_bytes() == films.template(films.SOURCE)
    assert not any(call["token_leaked"] for call in account.calls())


def test_a_folder_that_is_a_link_is_not_written_through(hooks: Workspace, account: Account) -> None:
    """`artifacts/hooks` leads elsewhere: failed, and nothing is written there."""
    hooks.replace("wait_seconds: 20", "wait_seconds: 0.4", "reconciler.yaml")
    other = hooks.root.parent / "other"
    other.mkdir()
    (hooks.root / "artifacts").mkdir()
    (hooks.root / "artifacts/hooks").symlink_to(other)
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert ended.ended["refresh/hooks"] == "failed"
    assert list(other.iterdir()) == []
