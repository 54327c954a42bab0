"""Where all machines find variants: once a content, checked on the way back, within limits, nothing that is spare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from reconciler.apply.keeping import Keeping
from reconciler.state.archive import Archive, Away, Damaged, NotTaken, Room
from reconciler.state.git.command import Git
from reconciler.state.git.vault import GitVault
from reconciler.state.variants import Artifact
from reconciler.world import SystemFiles
from tests.unit.remotes import Remote, git
from tests.unit.worlds import VirtualWorld


class Shelves:
    """A vault in memory; `asked` counts listings and writes."""

    where = "the shelves"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []

    def names(self) -> dict[str, int]:
        """What is there."""
        self.asked.append("names")
        return {name: len(data) for name, data in self.files.items()}

    def create(self, name: str, data: bytes) -> None:
        """Once."""
        self.asked.append("create")
        self.files.setdefault(name, data)

    def read(self, name: str) -> bytes | None:
        """The file."""
        return self.files.get(name)

    def remove(self, names: Iterable[str]) -> None:
        """Away."""
        for name in names:
            del self.files[name]


def sha256(data: bytes) -> str:
    """Its name."""
    return hashlib.sha256(data).hexdigest()


def put(archive: Archive, *contents: bytes) -> None:
    """All of them."""
    for data in contents:
        archive.put(sha256(data), data)


def test_a_content_is_put_once() -> None:
    """However often: one listing a run, one write a content."""
    shelves = Shelves()
    put(Archive(shelves), b"a", b"a", b"b", b"a")
    assert shelves.asked == ["names", "create", "create"]
    again = Shelves()
    again.files = shelves.files
    put(Archive(again), b"a", b"b")
    assert again.asked == ["names"]


def test_what_comes_back_is_what_its_name_says() -> None:
    """Damaged is not missing, and neither is used."""
    shelves = Shelves()
    archive = Archive(shelves)
    put(archive, b"a")
    assert archive.fetch(sha256(b"a")) == b"a"
    assert archive.fetch(sha256(b"b")) is None
    shelves.files[sha256(b"a")] = b"b"
    with pytest.raises(Damaged, match=sha256(b"a")):
        archive.fetch(sha256(b"a"))


def test_limits_are_of_a_file_and_of_all() -> None:
    """What is past them is refused and not half there; what is taken away makes room."""
    shelves = Shelves()
    archive = Archive(shelves, Room(file=4, total=6))
    put(archive, b"1234")
    with pytest.raises(NotTaken, match="5 bytes are more than the 4"):
        put(archive, b"12345")
    with pytest.raises(NotTaken, match="is full"):
        put(archive, b"123")
    archive.tidy([])
    put(archive, b"123")
    assert list(shelves.files.values()) == [b"123"]


def test_without_limits_nothing_is_taken_away() -> None:
    """Others may share the place."""
    shelves = Shelves()
    archive = Archive(shelves)
    put(archive, b"a")
    archive.tidy([])
    assert list(shelves.files.values()) == [b"a"]


def vault(remote: Remote, machine: str, folder: str = "ads") -> GitVault:
    """One machine's view of the refs."""
    return GitVault(Git(remote.machine(machine), "origin"), VirtualWorld(), folder)


def test_refs_of_a_remote_hold_files(tmp_path: Path) -> None:
    """Found by name and size on another machine; no branch, no tag; a folder below is another workspace's."""
    remote = Remote(tmp_path)
    name, other = sha256(b"film"), sha256(b"another")
    vault(remote, "one").create(name, b"film")
    vault(remote, "two").create(name, b"film")
    vault(remote, "two", "ads/us").create(other, b"another")
    assert vault(remote, "three").names() == {name: 4}
    assert vault(remote, "three").read(name) == b"film"
    assert vault(remote, "three").read(other) is None
    refs = git(remote.folder, "for-each-ref", "--format=%(refname)").split()
    assert refs == [f"refs/reconciler/artifacts/ads/{name}-4", f"refs/reconciler/artifacts/ads/us/{other}-7"]
    tidy = Archive(vault(remote, "three"), Room(file=10, total=10))
    assert tidy.has(name)
    tidy.tidy([])
    assert git(remote.folder, "for-each-ref", "--format=%(refname)").split() == refs[1:]


def test_a_remote_that_takes_no_such_refs(tmp_path: Path) -> None:
    """The file is not taken, now or later; a remote that is away may take it later."""
    remote = Remote(tmp_path)
    remote.hook("pre-receive", "echo 'only branches and tags' >&2; exit 1")
    with pytest.raises(NotTaken, match="declined"):
        vault(remote, "one").create(sha256(b"film"), b"film")
    remote.folder.rename(tmp_path / "gone")
    with pytest.raises(Away):
        vault(remote, "one").names()
    with pytest.raises(Away):
        vault(remote, "one").create(sha256(b"film"), b"film")


@pytest.mark.parametrize("lies", [b"another", None])
def test_what_was_changed_while_it_was_kept_is_never_put_under_its_name(tmp_path: Path, lies: bytes | None) -> None:
    """What lies in the archive stays for ever: bytes that are not those of the name, or no file at all, do not get in.

    The file as it was downloaded does, and is then not read again.
    """
    shelves = Shelves()
    keeping = Keeping(SystemFiles(), tmp_path, "artifacts", Archive(shelves), pytest.fail)
    made = Artifact("artifacts/1.mp4", sha256(b"film"), 4, 1.0)
    file = tmp_path / made.file
    file.parent.mkdir()
    if lies is not None:
        file.write_bytes(lies)
    with pytest.raises(OSError, match="changed or removed while it was kept"):
        keeping.put(made)
    assert not shelves.files
    file.write_bytes(b"film")
    keeping.put(made)
    assert shelves.read(made.sha256) == b"film"
    file.unlink()
    keeping.put(made)
