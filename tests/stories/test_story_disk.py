"""A full disk, and things that stand where our files belong: an error that says so, no bug, nothing sent in vain."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
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
