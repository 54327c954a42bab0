"""A file is there whole or not at all, and of a set of new files all or none."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from reconciler.manifest.whole import all_or_none, put
from reconciler.world import SystemFiles


class _Full(SystemFiles):
    """A disk on which half of a file has room."""

    def write(self, path: Path, data: bytes) -> None:
        super().write(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


class _Interrupted(SystemFiles):
    """Somebody interrupts in the middle of a file."""

    def write(self, path: Path, data: bytes) -> None:
        super().write(path, data[: len(data) // 2])
        raise KeyboardInterrupt


def test_who_is_interrupted_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    """So that a folder made for it can go away again."""

    def write() -> None:
        with all_or_none([tmp_path / "a" / "b"]):
            (tmp_path / "a").mkdir()
            put(_Interrupted(), tmp_path / "a" / "b", b"22")

    with pytest.raises(KeyboardInterrupt):
        write()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("before", [{}, {"plan.json": b"old"}])
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, before: dict[str, bytes]) -> None:
    """And no half of the new one beside it."""
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(OSError, match="No space"):
        put(_Full(), tmp_path / "plan.json", b"new one")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_set_that_cannot_be_finished_goes_away(tmp_path: Path) -> None:
    """With the folders that were made for it; what was there stays."""
    (tmp_path / "mine").write_bytes(b"")
    paths = [tmp_path / "mine", tmp_path / "a" / "b", tmp_path / "a" / "c" / "d"]

    def write() -> None:
        with all_or_none(paths):
            paths[2].parent.mkdir(parents=True)
            paths[1].write_bytes(b"1")
            _Full().write(paths[2], b"22")

    with pytest.raises(OSError, match="No space"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
