"""Files that people see: each is there whole or not at all, and of a set of new ones all or none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.world import Files


def put(files: Files, path: Path, data: bytes) -> None:
    """Replace the file, or make it, in a folder that is there.

    Raises OSError: then the file is as it was, or is the new one where only the folder could not be synced.
    """
    fresh = path.with_name(f"{path.name}.tmp")
    try:
        files.write(fresh, data)
        files.rename(fresh, path)
    except BaseException:
        with contextlib.suppress(OSError):
            files.remove(fresh)
        raise
    files.sync_folder(path.parent)


@contextlib.contextmanager
def all_or_none(paths: Iterable[Path]) -> Iterator[None]:
    """What is not there yet of these, and of the folders above them, goes away again if the block cannot do its work:
    a disk is full, somebody interrupts it. What a process that is killed leaves is its next run's to look at."""
    new = sorted({one for path in paths for one in (path, *path.parents) if not os.path.lexists(one)}, reverse=True)
    try:
        yield
    except (OSError, ReconcilerError, KeyboardInterrupt):
        for one in new:
            with contextlib.suppress(OSError):
                one.rmdir() if one.is_dir() else one.unlink()
        raise
