"""The whole state of a workspace, from one place into another: only where one of the two has all that the other has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.errors import Finding, Invalid, Locked
from reconciler.state import journal, lockfile
from reconciler.state.folder import PIECE, SharedFolder, piece_name
from reconciler.state.store import StateStore

_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Whole:
    """Lockfile, the journals that were set aside, oldest first, and the one in use."""

    lockfile: bytes | None
    aside: tuple[bytes, ...]
    journal: bytes

    @property
    def is_nothing(self) -> bool:
        """Whether no run has ever written there."""
        return self.lockfile is None and not self.aside and not self.journal

    @property
    def journals(self) -> Sequence[bytes]:
        """All of them, in their order."""
        return (*self.aside, self.journal)


def of_store(store: StateStore) -> Whole:
    """What lies in a folder of this machine, without a torn end. Raises Invalid."""
    data, log = store.load()
    return Whole(data, tuple(one for _, one in store.set_aside()), log[: journal.read(log)[1]])


def of_folder(folder: SharedFolder) -> Whole:
    """What a folder held when it was last seen. Raises Locked while somebody writes to it, else as its `fetch`."""
    files = folder.files(lambda name: name in (_LOCK, lockfile.FILE) or PIECE.fullmatch(name))
    if _LOCK in files:
        held = json.loads(files[_LOCK])["id"]
        message = f"{folder.folder} on {folder.ref} is locked by another run"
        raise Locked(Finding("R509", message, hint=folder.advice.locked.format(id=held)))
    found: dict[int, bytes] = {}
    for name in sorted(files):
        if match := PIECE.fullmatch(name):
            found[int(match[1] or 0)] = found.get(int(match[1] or 0), b"") + files[name]
    aside = tuple(found[number] for number in sorted(found) if number)
    return Whole(files.get(lockfile.FILE), aside, found.get(0, b""))


def move_in(folder: SharedFolder, given: Whole) -> bool:
    """Make it the folder's, in one change; False: it has all of it. Raises Invalid, Moved, and as `of_folder`."""
    folder.fetch()
    there = of_folder(folder)
    strange = _strange(given, there)
    if not strange and not there.is_nothing and _continues(there.journals, given.journals):
        return False
    if strange or not _continues(given.journals, there.journals):
        message = f"{folder.folder} on {folder.ref} holds what this state does not know, and lacks what it knows"
        hint = "two histories cannot be one: look at both with `reconciler history`, and keep the one that is true"
        raise Invalid(Finding("R508", message, hint=hint))
    put = {} if given.lockfile is None else {lockfile.FILE: given.lockfile}
    found = [PIECE.fullmatch(name) for name in folder.files(lambda name: name.startswith("journal/"))]
    first, last = len(there.aside) + 1, max((int(one[2]) for one in found if one), default=0)
    for number, data in enumerate(given.journals[first - 1 :], first):
        own = number if number <= len(given.aside) else None
        rest = data[len(there.journal) :] if number == first else data
        if rest:
            put[piece_name(last + 1 if number == first else 1, own)] = rest
    moved = len(given.aside) > len(there.aside) and last > 0
    folder.swap("import", put, (), {"journal": f"journal-{first}"} if moved else {})
    return True


def _strange(one: Whole, other: Whole) -> bool:
    """Whether their lockfiles are of two workspaces, or differ though nothing was written since."""
    if one.lockfile is None or other.lockfile is None:
        return False
    kin = lockfile.parse(one.lockfile).lineage == lockfile.parse(other.lockfile).lineage
    return not kin or (one.journals == other.journals and one.lockfile != other.lockfile)


def _continues(longer: Sequence[bytes], shorter: Sequence[bytes]) -> bool:
    """Whether it is the same history, and goes on where the other ends."""
    last = len(shorter) - 1
    return len(longer) > last and longer[:last] == shorter[:last] and longer[last].startswith(shorter[last])
