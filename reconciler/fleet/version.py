"""Which fleet a run was begun with: the commit, or the files themselves where no commit tells.

A worker carries out what was asked with the same files, or leaves it to one that has them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.fleet.accounts import CSV
from reconciler.fleet.file import FILE
from reconciler.fleet.load import ACCOUNTS, MODULES, Fleet
from reconciler.manifest import paths
from reconciler.state.git.command import Git

KINDS = ("commit", "files")
_COMMIT, _FILES = (f"{one}:" for one in KINDS)
_TEXTS = (*paths.YAML, CSV)


def version_of(fleet: Fleet) -> str:
    """The commit, where its files are those of the commit; else a digest of them."""
    return _commit(fleet) or _files(fleet)


def same_kind(fleet: Fleet, wanted: str) -> str:
    """That of this fleet, told in the way that another was told."""
    return _files(fleet) if wanted.startswith(_FILES) else version_of(fleet)


def _commit(fleet: Fleet) -> str | None:
    git = Git(fleet.root, "origin")
    changed = git.here("status", "--porcelain", "--untracked-files=all", "--", *map(str, _places(fleet)))
    head = git.here("rev-parse", "--verify", "HEAD")
    if changed.code or changed.out or head.code:
        return None
    return _COMMIT + head.out.decode("ascii", "replace").strip()


def _places(fleet: Fleet) -> Iterator[Path]:
    """Everything that an account is made from."""
    own = filter(None, (one.given.workspace for one in fleet.accounts))
    for name in (FILE, *fleet.file.accounts, MODULES, ACCOUNTS, *own):
        place = Path(os.path.normpath(fleet.root / name))
        if place.exists():
            yield place


def _files(fleet: Fleet) -> str:
    found = {
        Path(os.path.relpath(one, fleet.root)).as_posix(): one
        for place in _places(fleet)
        for one in ([place] if place.is_file() else _texts_below(place))
    }
    whole = hashlib.sha256()
    for name, path in sorted(found.items()):
        whole.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return _FILES + whole.hexdigest()


def _texts_below(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if not one.startswith(".")]
        yield from (Path(top) / one for one in names if one.endswith(_TEXTS) and not one.startswith("."))
