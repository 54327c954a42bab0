"""A whole state moves from a folder of one machine into each of the places that machines share."""

from __future__ import annotations

from pathlib import Path

import obstore.store
import pytest

from reconciler.postgres.connection import opened
from reconciler.postgres.folder import PostgresFolder
from reconciler.state.bucket.folder import BucketFolder
from reconciler.state.bucket.objects import Bucket
from reconciler.state.folder import SharedFolder
from reconciler.state.moving import move_in, of_folder, of_store
from reconciler.state.shared import SharedStore
from reconciler.state.store import LocalStore
from reconciler.world import SystemFiles, SystemWorld
from tests.postgres import VARIABLE
from tests.unit.remotes import Remote
from tests.unit.test_stores import HOLDER, adopt, code, names
from tests.unit.worlds import VirtualWorld


@pytest.fixture(params=["git", "bucket", "postgres"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> SharedFolder:
    """An empty one."""
    if request.param == "git":
        return Remote(tmp_path).branch("one")
    if request.param == "bucket":
        return BucketFolder(Bucket(obstore.store.MemoryStore(), "s3://test"), "a", SystemWorld(), 600.0)
    request.getfixturevalue("dsn")
    return PostgresFolder(opened(VARIABLE), "a", SystemWorld())


def local(root: Path) -> LocalStore:
    """Another folder of this machine."""
    root.mkdir(exist_ok=True)
    return LocalStore(SystemFiles(), root)


def shared(folder: SharedFolder, root: Path) -> SharedStore:
    """A machine that works there."""
    return SharedStore(VirtualWorld(), local(root), folder, 0.0, lambda _: None)


def test_it_moves_and_moves_again(folder: SharedFolder, tmp_path: Path) -> None:
    """Journals that were set aside and the one in use; what has come since the first time is all that is added."""
    store = local(tmp_path / "here")
    for number in range(2):
        adopt(store, f"c{number}", str(number + 1), ends=True)
    adopt(store, "open", "8")
    assert move_in(folder, of_store(store))
    assert of_folder(folder) == of_store(store)
    assert not move_in(folder, of_store(store))
    adopt(store, "more", "9")
    assert move_in(folder, of_store(store))
    for number in range(2, 4):
        adopt(store, f"c{number}", str(number + 1), ends=True)
    assert move_in(folder, of_store(store))
    assert of_folder(folder) == of_store(store)
    there = shared(folder, tmp_path / "clean")
    assert names(there) == {"c0", "c1", "c2", "c3", "open", "more"}
    adopt(there, "last", "10", ends=True)
    folder.fetch()
    before = of_folder(folder)
    assert not move_in(folder, of_store(store))
    assert of_folder(folder) == before


def test_two_histories_do_not_become_one(folder: SharedFolder, tmp_path: Path) -> None:
    """Each has what the other lacks; or the one is of another workspace, whatever little it holds. Neither changes."""
    store = local(tmp_path / "here")
    adopt(store, "a", "1", ends=True)
    assert move_in(folder, of_store(store))
    adopt(shared(folder, tmp_path / "clean"), "b", "2")
    adopt(store, "c", "3")
    folder.fetch()
    before = of_folder(folder)
    assert code(lambda: move_in(folder, of_store(store))) == "R508"
    other = local(tmp_path / "other")
    adopt(other, "x", "1")
    assert code(lambda: move_in(folder, of_store(other))) == "R508"
    assert of_folder(folder) == before


def test_nobody_moves_into_what_is_locked(folder: SharedFolder, tmp_path: Path) -> None:
    """Whoever holds it is named by the lock's id."""
    store = local(tmp_path / "here")
    adopt(store, "a", "1")
    with shared(folder, tmp_path / "clean").lock(HOLDER):
        assert code(lambda: move_in(folder, of_store(store))) == "R509"
