"""A folder of a branch is changed by compare-and-swap: what another has written is never written over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.errors import Invalid
from reconciler.state.folder import Moved, PushRefused, Unreachable
from reconciler.state.git.command import Ended, Git
from tests.unit.remotes import REF, Remote, git


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """An empty repository."""
    return Remote(tmp_path)


def test_what_is_written_is_read_by_another(remote: Remote) -> None:
    """Bytes as they are, in folders, and what is dropped is gone."""
    one = remote.branch("one", "ads/us")
    assert (one.tip, one.tree, one.files(bool)) == (None, None, {})
    files = {"x": b"\x00\xff\n", "journal/1": b"", "journal/2": b"line\n" * 1000}
    one.swap("first", files)
    two = remote.branch("two", "ads/us")
    assert two.files(bool) == files
    two.swap("second", {"journal/3": b"3"}, ["journal", "x"])
    one.fetch()
    assert one.files(bool) == {"journal/3": b"3"}
    assert remote.branch("two", "ads/eu").files(bool) == {}


def test_of_two_who_have_seen_the_same_one_wins(remote: Remote) -> None:
    """On an empty branch and on one with a history."""
    for name in ("first", "second"):
        one, two = remote.branch("one"), remote.branch("two")
        one.swap(name, {name: b"1"})
        with pytest.raises(Moved):
            two.swap(name, {name: b"2"})
        assert remote.branch("three").files(bool)[name] == b"1"


def test_another_folder_is_no_rival(remote: Remote) -> None:
    """The change is built again on what is there now, and both are kept."""
    one, two = remote.branch("one", "a"), remote.branch("two", "b")
    for number in range(3):
        one.swap("x", {"file": b"%d" % number})
        two.swap("x", {"file": b"%d" % number})
    assert one.unmoved()
    assert remote.branch("three", "a").files(bool) == remote.branch("three", "b").files(bool) == {"file": b"2"}
    assert remote.pushes() == 6


def test_a_push_whose_answer_got_lost_is_found_again(remote: Remote) -> None:
    """The server has taken it and died before it said so: one commit, and the next one goes on from there."""
    one = remote.branch("one")
    remote.hook("post-receive", "kill -9 $PPID")
    one.swap("lock", {"lock": b"mine"})
    remote.hook("post-receive", "exit 0")
    one.swap("more", {"more": b"1"})
    assert remote.pushes() == 2
    assert remote.branch("two").files(bool) == {"lock": b"mine", "more": b"1"}


def test_a_branch_that_was_set_back_is_not_written_over(remote: Remote) -> None:
    """A plain push would go through: an exact one does not."""
    one = remote.branch("one")
    one.swap("first", {"x": b"1"})
    one.swap("second", {"x": b"2"})
    git(remote.folder, "update-ref", REF, f"{one.tip}^")
    assert not one.unmoved()
    two = remote.branch("two")
    two.swap("third", {"x": b"3"})
    with pytest.raises(Moved):
        one.swap("fourth", {"x": b"4"})


def test_a_refusal_is_told_in_the_servers_words(remote: Remote) -> None:
    """Without control characters, and without a second attempt."""
    one = remote.branch("one")
    remote.hook("pre-receive", f"echo x >> {remote.folder}/asked; printf 'error: GH013 \\033[31mno\\n' >&2; exit 1")
    with pytest.raises(PushRefused) as caught:
        one.swap("first", {"x": b"1"})
    assert "GH013" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert (remote.folder / "asked").read_text("utf-8") == "x\n"


def test_a_remote_that_is_away(remote: Remote) -> None:
    """Unreachable, after some attempts; what could not be pushed is pushed when it is back."""
    one = remote.branch("one")
    one.swap("first", {"x": b"1"})
    away = remote.folder.rename(remote.folder.with_name("away"))
    for call in (one.fetch, one.unmoved, lambda: one.swap("second", {"x": b"2"})):
        with pytest.raises(Unreachable):
            call()
    away.rename(remote.folder)
    one.swap("second", {"x": b"2"})
    assert remote.branch("two").files(bool) == {"x": b"2"}


def test_what_a_lost_push_did_after_all_is_ours(remote: Remote) -> None:
    """Nobody could tell, and later it is seen: the next change goes on from it."""
    one = remote.branch("one")
    one.swap("first", {"x": b"1"})
    # The server takes it, says nothing, and is away for a while.
    remote.hook("post-receive", f"mv {remote.folder} {remote.folder}.away; kill -9 $PPID")
    with pytest.raises(Unreachable):
        one.swap("second", {"x": b"2"})
    remote.folder.with_name("remote.git.away").rename(remote.folder)
    remote.hook("post-receive", "exit 0")
    one.swap("third", {"x": b"2", "y": b"3"})
    assert remote.branch("two").files(bool) == {"x": b"2", "y": b"3"}


def test_what_is_no_plain_file_is_refused(remote: Remote, tmp_path: Path) -> None:
    """A link on the branch is not followed, not even read."""
    hand = remote.machine("hand")
    (hand / "a").mkdir()
    os.symlink("/etc/passwd", hand / "a" / "lock")
    git(hand, "add", "--all")
    git(hand, "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "--quiet", "--message=x")
    git(hand, "push", "--quiet", "origin", f"HEAD:{REF}")
    with pytest.raises(Invalid) as caught:
        remote.branch("one").files(bool)
    assert caught.value.findings[0].code == "R514"


def test_the_users_own_settings_reach_the_remote(remote: Remote, tmp_path: Path) -> None:
    """A remote with a relative path, one rewritten by `insteadOf`, and one told by the environment."""
    root = remote.machine("one")
    git(root, "remote", "set-url", "origin", "../remote.git")
    remote.branch("one").swap("x", {"x": b"1"})
    git(root, "remote", "set-url", "origin", "gh:remote.git")
    git(root, "config", f"url.{tmp_path}/.insteadOf", "gh:")
    assert remote.branch("one").files(bool) == {"x": b"1"}
    git(root, "config", "include.path", "../more")
    git(root, "remote", "remove", "origin")
    (root / "more").write_text(f'[remote "origin"]\nurl = {remote.folder}\n', "utf-8")
    assert remote.branch("one").files(bool) == {"x": b"1"}


def test_a_hook_or_a_trace_of_the_caller_leads_nowhere_else(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from a git hook, the variables of that git are not ours."""
    root = remote.machine("one")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    monkeypatch.setenv("GIT_TRACE", str(root / "trace"))
    remote.branch("one").swap("x", {"x": b"1"})
    assert not (root / "trace").exists()


def test_gits_words_are_shown_without_credentials() -> None:
    """A user name and password of a URL are cut out, whatever scheme it has; long texts are cut."""
    said = b"fatal: unable to access 'https://ana:hush@example.com/x.git/': no\nhint: more\nremote: GH\x1b[1m\n"
    why = Ended(128, b"", said + b"error: " + b"x" * 5000).why
    assert "hush" not in why
    assert why.startswith("unable to access 'https://example.com/x.git/': no; GH\\x1b[1m; xxx")
    assert len(why) < 500


def test_without_git_or_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R510, which says what is wanted."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Invalid) as caught:
        Git(tmp_path, "origin").apart("version")
    assert caught.value.findings[0].code == "R510"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Invalid) as caught:
        Git(tmp_path, "origin").here("version")
    assert "git 2.31" in (caught.value.findings[0].hint or "")
