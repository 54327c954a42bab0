"""Where lockfile, journal and run lock live. `LocalStore` is the workspace folder; the engine sees `StateStore`."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from reconciler.errors import Finding, Locked
from reconciler.state import halt, journal, lockfile
from reconciler.world import Files

_FOLDER = ".reconciler"
_LOCK = ".reconciler/lock"
_ASIDE = re.compile(r"journal-([1-9][0-9]{0,8})\.jsonl", re.ASCII)


class StateStore(Protocol):
    """load, save, append, publish, lock."""

    batch: int
    """How many intents leave this machine in one go before the first of them is sent; 0: what is kept here is enough.
    With another number the journal is shared with other machines, whose clocks are theirs."""

    def load(self) -> tuple[bytes | None, bytes]:
        """(lockfile or None, journal)."""

    def save(self, data: bytes) -> None:
        """Replace the lockfile atomically and durably."""

    def append(self, line: bytes, *, sync: bool) -> None:
        """Add one line to the journal."""

    def cut(self, size: int) -> None:
        """Drop the journal's bytes from `size` on (a torn last line)."""

    def rotate(self, first: bytes) -> None:
        """Set the journal aside, kept under a numbered name, and go on with one that begins so: at every instant the
        one or the other is what `load` tells."""

    def set_aside(self) -> list[tuple[str, bytes]]:
        """(name, content) of every journal that was set aside, oldest first."""

    def lock(self, holder: str) -> contextlib.AbstractContextManager[None]:
        """Hold the workspace for writing. Raises Locked, naming who holds it."""

    def publish(self) -> None:
        """Make known outside of this machine what was appended and saved. Raises ReconcilerError: then stop."""

    def confirm(self) -> None:
        """Before a write that was announced: raises ReconcilerError when this run does not hold the state any more."""

    def promptness(self) -> Callable[[], None]:
        """What to ask just before that write is sent, in any thread: it raises TooLate when the `confirm` for it is too
        long ago to be believed."""

    def halted(self) -> bytes | None:
        """What `halt` has left, if no run may send anything; no older than the last `confirm`."""

    def halt(self, data: bytes | None) -> None:
        """Leave it for every run on this state, or take it away: durable on return, and no lock is needed."""

    def holder(self) -> str | None:
        """Who holds the state now, or None."""

    def in_use(self) -> tuple[str, str] | None:
        """Who has it, or has written to it since it was loaded, and what to do; as far as nobody has to be asked."""

    def unlock(self, lock_id: str | None) -> None:
        """Forget a holder that is gone. Raises Locked while it lives, or when `lock_id` is not the lock's."""


class LocalStore:
    """The workspace folder on this machine."""

    batch = 0

    def __init__(self, files: Files, root: Path) -> None:
        self._files, self._root = files, root
        self._lockfile = root / lockfile.FILE
        self._journal = root / journal.FILE
        self._next = self._journal.with_name("journal-next.jsonl")
        """What the journal is to be, while the one before it is set aside."""
        self._lock = root / _LOCK
        self._halt = root / _FOLDER / halt.FILE
        self._loaded: int | None = None
        """Bytes that the journal had."""

    def load(self) -> tuple[bytes | None, bytes]:
        data = self._files.read(self._lockfile)
        # One that is set aside just now, or was when a run was killed, is gone before the next has its name.
        for name in (self._journal, self._next, self._journal):
            if (log := self._files.read(name)) is not None:
                break
        self._loaded = len(log or b"")
        return data, log or b""

    def save(self, data: bytes) -> None:
        fresh = self._lockfile.with_name(lockfile.FILE + ".tmp")
        self._files.write(fresh, data)
        self._files.rename(fresh, self._lockfile)
        self._files.sync_folder(self._root)

    def append(self, line: bytes, *, sync: bool) -> None:
        self._files.append(self._journal, line, sync=sync)

    def cut(self, size: int) -> None:
        self._files.truncate(self._journal, size)

    def rotate(self, first: bytes) -> None:
        number = max(self._aside(), default=0) + 1
        self._files.write(self._next, first)
        self._files.sync_folder(self._root / _FOLDER)
        self._files.rename(self._journal, self._journal.with_name(f"journal-{number}.jsonl"))
        self._files.sync_folder(self._root / _FOLDER)
        self._files.rename(self._next, self._journal)
        self._files.sync_folder(self._root / _FOLDER)

    def _finish_rotation(self) -> None:
        """What a run that was killed while it set the journal aside has left."""
        if self._files.size(self._next) is None:
            if self._aside():
                # The last step of a rotation may have failed: then the name of the journal is not durable yet.
                self._files.sync_folder(self._root / _FOLDER)
            return
        if self._files.size(self._journal):
            self._files.remove(self._next)
        else:
            self._files.rename(self._next, self._journal)
        self._files.sync_folder(self._root / _FOLDER)

    def set_aside(self) -> list[tuple[str, bytes]]:
        found = [f"{_FOLDER}/journal-{number}.jsonl" for number in self._aside()]
        return [(name, self._files.read(self._root / name) or b"") for name in found]

    def _aside(self) -> list[int]:
        """The numbers of the journals that were set aside, in their order."""
        names = (_ASIDE.fullmatch(name) for name in self._files.names(self._root / _FOLDER))
        return sorted(int(found[1]) for found in names if found)

    @contextlib.contextmanager
    def lock(self, holder: str) -> Iterator[None]:
        self.prepare()
        with self._files.lock(self._lock) as won:
            if not won:
                raise Locked(
                    Finding(
                        "R503",
                        f"the workspace is locked by {self._held_by() or 'another run'}",
                        hint="wait until that run ends and run again; the lock goes away with its process",
                    )
                )
            self._finish_rotation()
            self._files.write(self._lock, holder.encode())
            yield
            # Only a note of who holds it: the lock itself goes away with the descriptor.
            with contextlib.suppress(OSError):
                self._files.write(self._lock, b"")

    def publish(self) -> None:
        """Nobody else is told."""

    def confirm(self) -> None:
        """The kernel's lock cannot be lost."""

    def promptness(self) -> Callable[[], None]:
        """However long ago: nobody takes it over."""
        return lambda: None

    def halted(self) -> bytes | None:
        return self._files.read(self._halt)

    def halt(self, data: bytes | None) -> None:
        self.prepare()
        folder = self._root / _FOLDER
        if data is None:
            self._files.remove(self._halt)
        else:
            fresh = folder / f"{halt.FILE}.tmp"
            self._files.write(fresh, data)
            self._files.rename(fresh, self._halt)
        self._files.sync_folder(folder)

    def holder(self) -> str | None:
        if self._files.read(self._lock) is None:
            return None
        with self._files.lock(self._lock) as won:
            return None if won else self._held_by() or "another run"

    def in_use(self) -> tuple[str, str] | None:
        """The lock is not tried: a run that begins just then would take us for its holder."""
        if self._loaded is None or (self._files.size(self._journal) or 0) == self._loaded:
            return None
        return "another run has written to the state since this plan began", "wait until that run ends"

    def unlock(self, lock_id: str | None) -> None:
        """It has no id: whether its process lives is known here."""
        if self._files.read(self._lock) is None:
            return
        with self._files.lock(self._lock) as won:
            if not won:
                message = f"the workspace is locked by {self._held_by() or 'another run'}, which is alive"
                raise Locked(Finding("R503", message, hint="wait until it ends"))
            self._files.write(self._lock, b"")

    def replace(self, log: bytes, *, keep: bool) -> None:
        """Another journal, durably and at once; the old one is kept under a name of its own."""
        if keep:
            names = self._files.names(self._journal.parent)
            name = next(one for n in range(1, len(names) + 2) if (one := f"left-behind-{n}.jsonl") not in names)
            self._files.rename(self._journal, self._journal.with_name(name))
        fresh = self._journal.with_name(self._journal.name + ".tmp")
        self._files.write(fresh, log)
        self._files.rename(fresh, self._journal)
        self._files.sync_folder(self._journal.parent)

    def prepare(self) -> None:
        """The local folder, which keeps itself out of version control, and a journal whose name is durable."""
        folder = self._root / _FOLDER
        if self._files.size(self._journal) or self._files.size(self._next):
            # It holds something, so its name was durable before that was written.
            return
        self._files.make_folder(folder)
        self._files.write(folder / ".gitignore", b"*\n")
        self._files.append(self._journal, b"", sync=True)
        self._files.sync_folder(folder)
        self._files.sync_folder(self._root)

    def _held_by(self) -> str | None:
        try:
            held = json.loads(self._files.read(self._lock) or b"null")
        except ValueError:
            return None
        if not isinstance(held, dict):
            return None
        who, host, pid, since, command = (held.get(key) for key in ("who", "host", "pid", "since", "command"))
        return f"{who} on {host}, process {pid}, since {since} ({command})"
