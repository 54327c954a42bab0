"""A full disk, and things that stand where our files belong: an error that says so, no bug, nothing sent in vain."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rotation import in_turn, rotating
from tests.stories.account import Account
from tests.stories.dying import dies
from tests.stories.manifests import ad, campaign, family
from tests.stories.workspace import Workspace

COMMANDS = (["plan"], ["apply", "--auto-approve"], ["status"], ["state", "list"], ["validate"], ["drift"])


@pytest.fixture
def made(work: Workspace, account: Account) -> Workspace:
    """A family that is there and in sync; calls are counted from now on."""
    work.manifest(*family())
    work.apply()
    account.forget_calls()
    return work


def folder_in_place(made: Workspace, name: str) -> None:
    """A folder where a file belongs, or a file where a folder does."""
    path = made.root / name
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("", "utf-8")
    else:
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize(
    "name", [".reconciler", ".reconciler/journal.jsonl", ".reconciler/lock", "reconciler.lock", "manifests"]
)
def test_a_folder_in_place_of_a_file_is_an_error_and_no_bug(made: Workspace, account: Account, name: str) -> None:
    """Whatever stands where our files belong: an error of ours, never code 70, never a write at the server."""
    made.manifest(ad("more"), file="b.yaml")
    folder_in_place(made, name)
    for command in COMMANDS:
        ended = made.run(*command, "--json")
        assert ended.code in (0, 1, 3, 5), (command, ended.text)
        assert "errors" in ended.json or ended.code in (0, 5)
    assert account.posts() == []


PIPE, FOLDER = "it is a pipe, a socket or a device", "it is a folder"


@pytest.mark.parametrize("name", ["reconciler.lock", ".reconciler/journal.jsonl", ".reconciler/lock"])
@pytest.mark.parametrize("what", [PIPE, FOLDER])
def test_what_stands_in_place_of_our_files_is_said(made: Workspace, account: Account, name: str, what: str) -> None:
    """What it is, and what to do; nothing waits for a pipe to be read."""
    path = made.root / name
    path.unlink()
    os.mkfifo(path) if what == PIPE else path.mkdir()
    made.manifest(ad("more"), file="b.yaml")
    ended = made.process("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (1, ["R506"])
    (wrong,) = ended.json["errors"]
    assert wrong["message"] == f"cannot use {name}: {what}"
    assert "move that away" in wrong["hint"]
    assert account.posts() == []


def test_a_file_in_place_of_our_folder_is_said(made: Workspace) -> None:
    """The journal cannot be there."""
    shutil.rmtree(made.root / ".reconciler")
    made.write(".reconciler", "")
    (wrong,) = made.run("status", "--json").json["errors"]
    assert wrong["message"] == "cannot use .reconciler/journal.jsonl: a file stands where its folder belongs"


@pytest.mark.parametrize(("what", "said"), [(os.mkfifo, "a pipe, a socket or a device"), (os.mkdir, "a folder")])
def test_what_stands_in_place_of_the_workspace_file_is_said(
    made: Workspace, what: Callable[[Path], None], said: str
) -> None:
    """It is not called missing."""
    (made.root / "reconciler.yaml").unlink()
    what(made.root / "reconciler.yaml")
    ended = made.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R404"])
    assert ended.json["errors"][0]["message"] == f"reconciler.yaml is {said}"


def limit(size: int) -> Callable[[], None]:
    """Runs in a child: no file of it grows beyond `size` bytes, as on a disk that is full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("room", rotating([0, 200, 1500, 4000, 9000], 3))
def test_a_full_disk_stops_before_the_next_write_and_nothing_is_doubled(
    work: Workspace, account: Account, room: int
) -> None:
    """What cannot be recorded is not sent: an honest end, and with room again the rerun makes no second object."""
    work.configure(quiet=600)
    work.manifest(campaign(), *(campaign(f"c{number}") for number in range(5)))
    ended = work.process("apply", "--auto-approve", "--json", preexec_fn=limit(room))
    assert ended.code in (1, 9), ended
    assert ended.codes == ["R506"]
    assert "Traceback" not in ended.stderr
    assert len(account.names("campaign")) <= 6
    work.configure(quiet=0)
    work.apply()
    assert len(account.objects("campaign")) == 6
    assert {one["status"] for one in account.objects("campaign")} == {"DISABLE"}
    assert work.in_sync()


@pytest.mark.parametrize("name", [".reconciler", "reconciler.lock", "reconciler.yaml", ".reconciler/journal.jsonl"])
def test_a_link_in_place_of_our_files_is_refused(made: Workspace, account: Account, tmp_path: Path, name: str) -> None:
    """A link could make the tool write elsewhere: exit 3, or 1, and what it leads to stays as it was."""
    target = tmp_path / "elsewhere"
    (made.root / name).rename(target)
    (made.root / name).symlink_to(target)
    made.manifest(ad("more"), file="b.yaml")
    before = target.read_bytes() if target.is_file() else sorted(target.iterdir())
    assert made.run("apply", "--auto-approve", "--json").code in (1, 3)
    assert account.posts() == []
    assert (target.read_bytes() if target.is_file() else sorted(target.iterdir())) == before


@pytest.mark.parametrize(
    ("room", "more"), rotating([(10, ()), (4000, ()), (4000, ("--github",)), (12_000, ("--gitlab",))], 4)
)
def test_init_on_a_full_disk_leaves_no_half_of_a_workspace(tmp_path: Path, room: int, more: tuple[str, ...]) -> None:
    """Nothing of what could not be finished is left but the folder itself, and with room again it is made."""
    work = Workspace(tmp_path / "new", "")
    (work.root / "manifests").rmdir()
    work.write(".gitignore", "*.pyc\n")
    ended = work.process("init", *more, preexec_fn=limit(room))
    assert (ended.code, "cannot make a workspace" in ended.stderr, ended.stdout) == (3, True, "")
    left = work.files()
    assert left.pop(".gitignore").startswith(b"*.pyc\n")
    assert not [name for name in left if name.endswith(".tmp")]
    whole = Workspace(tmp_path / "other", "")
    assert whole.run("init", *more).code == 0
    assert left == {name: data for name, data in whole.files().items() if name in left}
    assert not left or more
    ended = work.run("init", *more)
    assert (ended.code, work.files().keys()) == (0, whole.files().keys()), ended


@in_turn(1, 3)
def test_an_init_that_was_killed_is_gone_on_with(tmp_path: Path, account: Account) -> None:
    """Killed before any of its writes: the next one makes the rest, and what it finds is not called somebody's."""
    count = 0
    while dies(work := Workspace(tmp_path / str(count), account.url), count, "init"):
        assert not (work.root / "reconciler.yaml").exists()
        assert work.run("init").code == 0
        count += 7
    assert count > 10
    assert work.run("validate", token=None).code == 0
    files = work.files()
    assert (work.run("init").code, work.files()) == (3, files)


def test_an_init_that_was_killed_does_not_write_over_what_was_edited_since(tmp_path: Path, account: Account) -> None:
    """Files that do not say what it would write are somebody's."""
    work = Workspace(tmp_path / "new", account.url)
    assert dies(work, 9, "init")
    work.write("manifests/first.yaml", "# mine\n")
    ended = work.run("init")
    assert (ended.code, "manifests/first.yaml already exists" in ended.stderr) == (3, True)
    assert (work.root / "manifests/first.yaml").read_text("utf-8") == "# mine\n"


def test_fmt_on_a_full_disk_changes_nothing(work: Workspace) -> None:
    """The file is as it was, and no half of another one lies beside it."""
    work.manifest(
        "kind:   Campaign\nname:   c\nspec:\n      objective_type: TRAFFIC\n      budget_mode: BUDGET_MODE_DAY\n"
    )
    before = work.files()
    ended = work.process("fmt", preexec_fn=limit(10))
    assert (ended.code, work.files()) == (1, before), ended
    assert "make room" in ended.stderr
    assert work.run("fmt").code == 0
    assert work.files() != before
