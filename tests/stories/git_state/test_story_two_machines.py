"""State on a branch: what one machine applied, the next one knows; one lock for both; the users' files stay theirs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.git_state.clones import REF, Remote, git
from tests.stories.manifests import ad, adgroup, campaign, family
from tests.stories.workspace import TOKEN, finish


def test_what_one_machine_applied_a_clean_one_knows(remote: Remote, account: Account) -> None:
    """The second clone plans nothing, lists the same state, and its apply sends nothing."""
    first, second = remote.clone("first"), remote.clone("second")
    for work in (first, second):
        work.manifest(*family())
    first.apply()
    assert remote.lock() is None
    assert second.in_sync()
    listed = second.run("state", "list", "--json").json["resources"]
    assert {one["address"] for one in listed} == {"campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"}
    assert "R5" not in second.run("history").text
    assert [one["command"] for one in second.run("history", "--json").json["runs"]] == ["apply"]
    assert second.run("doctor").code == 0
    assert second.run("validate").code == 0
    account.forget_calls()
    second.apply()
    assert account.posts() == []
    second.replace("500.00", "400.00")
    second.apply()
    assert account.one("campaign", "spring")["budget"] == "400.00"
    assert first.plan().rows["campaign/spring"]["fields"][0]["side"] == "ours"


def test_the_users_repository_is_not_touched(remote: Remote, account: Account) -> None:
    """Index, work tree, HEAD, branches and refs are as they were; reading leaves no file but what ignores itself."""
    work = remote.clone("first")
    work.manifest(*family())
    (work.root / "staged.txt").write_text("x", "utf-8")
    git(work.root, "add", "staged.txt")

    def seen() -> tuple[str, ...]:
        return (git(work.root, "status", "--porcelain"), git(work.root, "for-each-ref"), git(work.root, "log", "--all"))

    before = seen()
    work.plan()
    assert not (work.root / ".reconciler").exists()
    work.apply()
    assert seen() == before
    assert not (work.root / "reconciler.lock").exists()


def test_hooks_of_the_user_do_not_run(remote: Remote, tmp_path: Path) -> None:
    """Neither those of the clone nor those a global setting names; the remote's own are its own affair."""
    work = remote.clone("first")
    work.manifest(campaign())
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\npwd >> {tmp_path}/ran\n", "utf-8")
        (hooks / name).chmod(0o755)
    git(work.root, "config", "core.hooksPath", str(hooks))
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(f"[core]\nhooksPath = {hooks}\n", "utf-8")
    work.apply()
    ran = (tmp_path / "ran").read_text("utf-8").split() if (tmp_path / "ran").exists() else []
    assert set(ran) <= {str(remote.folder)}


def test_a_second_run_is_told_who_holds_the_state_and_how_it_is_released(
    remote: Remote, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """7, with host, time, command, the page of the run, and the exact command; nothing is sent or written."""
    first, second = remote.clone("first"), remote.clone("second")
    for work in (first, second):
        work.manifest(campaign())
    account.faults({"path": "campaign/create/", "nth": 1, "delay": 3})
    told = {"ACTIONS": "true", "SERVER_URL": "https://github.example", "REPOSITORY": "acme/ads", "RUN_ID": "42"}
    for name, value in told.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    running = first.start("apply", "--auto-approve", "--json")
    while (held := remote.lock()) is None:
        assert running.poll() is None
    before = remote.pushes()
    refused = second.run("apply", "--auto-approve", "--json")
    assert (refused.code, refused.codes) == (7, ["R509"])
    (error,) = refused.json["errors"]
    for part in (held["host"], held["since"], "(apply)", "https://github.example/acme/ads/actions/runs/42"):
        assert part in error["message"]
    assert f"`reconciler state unlock {held['id']}`" in error["hint"]
    for wrong in ((), ("0" * 12,)):
        assert second.run("state", "unlock", *wrong, "--json").code == 7
    assert second.run("plan", "--json").code == 0
    assert second.run("status", "--json").code == 0
    assert first.run("state", "unlock", held["id"], "--json").codes == ["R503"]
    assert remote.pushes() - before <= 3
    assert finish(running).code == 0
    assert account.names("campaign") == ["spring"]


def test_of_two_that_start_together_one_wins(remote: Remote, account: Account) -> None:
    """Every row is made once; the loser ends with 7, or comes after and finds nothing to do."""
    clones = [remote.clone(name) for name in ("first", "second", "third")]
    for work in clones:
        work.manifest(*(campaign(f"c{number}") for number in range(5)))
    account.faults({"path": "campaign/create/", "nth": 1, "delay": 1})
    running = [work.start("apply", "--auto-approve", "--json") for work in clones]
    codes = sorted(finish(one).code for one in running)
    assert codes[0] == 0
    assert set(codes) <= {0, 7}
    assert len(account.objects("campaign")) == 5
    assert remote.lock() is None
    assert clones[2].in_sync()


@pytest.mark.parametrize(
    ("campaigns", "groups", "ads", "announced"), [(1, 5, 20, 3), (10, 50, 200, 4), (30, 130, 120, 5)]
)
def test_hundreds_of_objects_need_few_pushes(
    remote: Remote, account: Account, campaigns: int, groups: int, ads: int, announced: int
) -> None:
    """One push a hundred intents of a stage, not one an object; lock and release come on top, and each time that the
    lockfile is saved: at the end, and now and then in a long run."""
    work = remote.clone("first", quiet=2)
    work.manifest(
        *(campaign(f"c{number}") for number in range(campaigns)),
        *(adgroup(f"g{number}", parent=f"c{number % campaigns}") for number in range(groups)),
        *(ad(f"a{number}", parent=f"g{number % groups}") for number in range(ads)),
    )
    work.apply()
    assert remote.pushes() == 1 + announced + len(remote.records("saved")) + 1
    assert len(remote.records("intent")) == campaigns + campaigns + groups + ads


def test_workspaces_share_a_branch(remote: Remote, account: Account) -> None:
    """Each has its folder; a lock of one is none of the other's, and both can write at the same time."""
    one = remote.clone("one", more="state: {backend: git, path: ads/us}\n")
    two = remote.clone("two", more="state: {backend: git, path: ads/eu}\n")
    one.manifest(*(campaign(f"u{number}") for number in range(12)))
    two.manifest(*(campaign(f"e{number}") for number in range(12)))
    account.faults({"path": "campaign/create/", "to": 24, "delay": 0.02})
    running = [work.start("apply", "--auto-approve", "--json") for work in (one, two)]
    assert [finish(each).code for each in running] == [0, 0]
    assert remote.file("reconciler.lock", "ads/us") is not None
    assert one.in_sync()
    assert two.in_sync()
    assert len(account.objects("campaign")) == 24


def test_a_workspace_moves_to_the_branch_with_what_it_knows(remote: Remote, account: Account) -> None:
    """The lockfile of backend local is taken over once; a copy in the work tree means nothing from then on."""
    work = remote.clone("first", more="")
    work.manifest(*family())
    work.apply()
    old = (work.root / "reconciler.lock").read_bytes()
    work.replace("recovery:", "state: {backend: git}\nrecovery:", "reconciler.yaml")
    account.forget_calls()
    assert work.in_sync()
    moved = work.run("apply", "--auto-approve", "--json")
    assert (moved.code, account.posts()) == (0, [])
    assert "taken over" in moved.stderr
    assert remote.file("reconciler.lock") == old
    other = remote.clone("second")
    other.manifest(*family())
    other.replace("500.00", "450.00")
    other.apply()
    (work.root / "reconciler.lock").write_bytes(b"this is no lockfile")
    work.replace("500.00", "450.00")
    assert work.in_sync()


def test_every_state_command_works_on_the_branch(remote: Remote, account: Account) -> None:
    """show, mv, rm, adopt and recover: each is known to the next machine."""
    first, second = remote.clone("first"), remote.clone("second")
    for work in (first, second):
        work.manifest(campaign())
    first.apply()
    assert first.run("state", "mv", "campaign/spring", "campaign/autumn").code == 0
    assert second.run("state", "show", "campaign/autumn").code == 0
    assert second.run("state", "rm", "campaign/autumn").code == 0
    assert first.run("state", "list", "--json").json["resources"] == []
    identity = account.one("campaign", "spring")["campaign_id"]
    assert first.run("adopt", "campaign/spring", identity).code == 0
    assert second.run("recover", "--json").json["open"] == []
    assert second.in_sync()
    assert second.run("drift", "--json").json["drift"] == []


def test_troubles_with_git_are_told_and_nothing_is_sent(remote: Remote, account: Account, tmp_path: Path) -> None:
    """No repository, no remote, no way to it, no git: an error with its code, what to do, and no credentials."""
    work = remote.clone("first")
    work.manifest(campaign())
    git(work.root, "remote", "set-url", "origin", "https://user:hush-hush@127.0.0.1:9/x.git")
    away = work.run("plan", "--json")
    assert (away.code, away.codes) == (1, ["R511"])
    assert "hush" not in away.text
    git(work.root, "remote", "remove", "origin")
    assert work.run("plan", "--json").codes == ["R510"]
    shutil.rmtree(work.root / ".git")
    gone = work.run("apply", "--auto-approve", "--json")
    assert (gone.code, gone.codes) == (3, ["R510"])
    missing = work.process("plan", "--json", env={**os.environ, "TIKTOK_ACCESS_TOKEN": TOKEN, "PATH": str(tmp_path)})
    assert missing.codes == ["R510"]
    assert account.calls() == []


def test_what_somebody_else_wrote_there_is_refused(remote: Remote, account: Account, tmp_path: Path) -> None:
    """A lock that is none, a link where a file belongs: 3, and nothing is sent."""
    work = remote.clone("first")
    work.manifest(campaign())
    work.apply()
    account.forget_calls()
    hand = tmp_path / "hand"
    git(tmp_path, "clone", "--quiet", "--branch=reconciler-state", str(remote.folder), str(hand))
    (folder,) = [path for path in hand.iterdir() if path.name.isdigit()]
    for make in (lambda: (folder / "lock").write_text("[]"), lambda: os.symlink("/etc/passwd", folder / "link")):
        make()
        git(hand, "add", "--all")
        git(hand, "commit", "--quiet", "--message=by hand")
        git(hand, "push", "--quiet", "--force", "origin", "HEAD")
        assert work.run("apply", "--auto-approve", "--json").codes == ["R514"]
        git(hand, "reset", "--quiet", "--hard", "HEAD^")
    assert account.posts() == []


def test_a_hostile_holder_stays_text(remote: Remote, account: Account, tmp_path: Path) -> None:
    """Control characters of a name on the branch are escaped before they are shown."""
    work = remote.clone("first")
    work.manifest(campaign())
    held = {"id": "x", "who": "ana\x1b[2J\u202e", "host": "h\n::error::x", "pid": 1, "since": "now", "command": "apply"}
    hand = tmp_path / "hand"
    git(tmp_path, "clone", "--quiet", str(remote.folder), str(hand))
    git(hand, "checkout", "--quiet", "--orphan", "reconciler-state")
    (hand / "7000000000000000001").mkdir()
    (hand / "7000000000000000001" / "lock").write_text(json.dumps(held), "utf-8")
    git(hand, "add", "--all")
    git(hand, "commit", "--quiet", "--message=x")
    git(hand, "push", "--quiet", "origin", "HEAD")
    told = work.run("apply", "--auto-approve")
    assert told.code == 7
    assert "\x1b" not in told.text
    assert "\u202e" not in told.text
    assert "\n::error" not in told.text


def test_the_token_does_not_reach_git(remote: Remote, account: Account, tmp_path: Path) -> None:
    """What git is started with holds no access token, and asks nobody anything."""
    work = remote.clone("first")
    work.manifest(campaign())
    real = shutil.which("git")
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "git").write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\necho "$@" >> {tmp_path}/seen\nexec {real} "$@"\n')
    (fake / "git").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{fake}:{os.environ['PATH']}")
        work.apply()
    seen = (tmp_path / "seen").read_text("utf-8")
    assert "story-token" not in seen
    assert "GIT_TERMINAL_PROMPT=0" in seen


def test_the_state_branch_is_what_git_says_it_is(remote: Remote, account: Account) -> None:
    """A repository check of the remote finds nothing wrong; every commit follows the one before it."""
    work = remote.clone("first")
    work.manifest(*family())
    work.apply()
    subprocess.run(["git", "fsck", "--strict"], cwd=remote.folder, check=True, capture_output=True)
    assert git(remote.folder, "rev-list", "--max-parents=0", REF).count("\n") == 0
