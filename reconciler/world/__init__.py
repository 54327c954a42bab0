"""The seam to everything that is not a value: clock, sleep, ids, randomness, files.

Executor, journal and resolver take a `World` and never import time, random, os, socket or threads themselves, so that
a test can run them on a virtual clock and a file layer that loses unsynced writes. `Files` offers the primitives that
matter for durability one by one; what order makes a write atomic is decided by its caller (`state/store.py`).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import random
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from reconciler.world.coming import Coming, NoThread, Result, Threads, nothing

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has one that goes on while the machine sleeps; elsewhere the other one does."""
_NAP_SECONDS = 0.1
"""Between two looks at whether a wait was ended."""
_THREADS = 7
"""Beside the one that waits, which reads along: more gain nothing, for what they read is decoded by one at a time."""
AT_ONCE = 4
"""How many calls of one caller are under way by `at_once`: each of its threads has a connection of its own."""


class Files(Protocol):
    """Paths are absolute. Every method may raise OSError."""

    def read(self, path: Path) -> bytes | None:
        """The whole file, or None when there is none. A link is an error, as for every method that opens a file."""

    def size(self, path: Path) -> int | None:
        """The file's length in bytes, or None when there is none."""

    def read_at(self, path: Path, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset` on."""

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        """One write at the end of the file, made if missing; with `sync` the data is durable on return."""

    def write(self, path: Path, data: bytes) -> None:
        """A new file with this content, durable on return (the name in its folder is not: see `sync_folder`)."""

    def truncate(self, path: Path, size: int) -> None:
        """Cut the file to `size` bytes, durably."""

    def rename(self, old: Path, new: Path) -> None:
        """Atomically, replacing `new`, whose permissions the file then has."""

    def remove(self, path: Path) -> None:
        """Remove the file if it is there."""

    def sync_folder(self, path: Path) -> None:
        """Make renames and new names inside the folder durable."""

    def make_folder(self, path: Path) -> None:
        """With its parents, for the owner only."""

    def names(self, path: Path) -> list[str]:
        """Names inside a folder, sorted; empty when there is none."""

    def lock(self, path: Path) -> contextlib.AbstractContextManager[bool]:
        """Try to hold an exclusive lock on the file while the context lasts; yields whether it was won."""


class World(Protocol):
    """Clock, sleep, ids, randomness, files."""

    @property
    def files(self) -> Files:
        """The file layer."""

    def now(self) -> float:
        """Seconds since the epoch (UTC)."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something. They pass while the machine sleeps, too."""

    def sleep(self, seconds: float) -> None:
        """Wait. An interrupting signal ends the wait early."""

    def uuid(self) -> str:
        """A fresh random UUID."""

    def random(self) -> float:
        """In [0, 1)."""

    def pid(self) -> int:
        """This process."""

    def alive(self, pid: int) -> bool:
        """Whether a process of that number runs on this machine."""

    def beside(self, work: Callable[[], Result]) -> Coming[Result]:
        """Begin to read something. A virtual world begins when it is taken: in one order, whatever the seed."""

    def at_once(self, work: Callable[[], Result], after: Callable[[], None] = nothing) -> Coming[Result]:
        """Begin something that must not wait until others have been read, for whoever reads may wait for what this
        holds: up to AT_ONCE of them for each thread that calls. A virtual world may begin when it is awaited.

        `after`: as of Coming. Raises NoThread where the machine has no thread for it: then it never begins.
        """

    def first(self, coming: Sequence[Coming[Any]], seconds: float | None = None) -> None:
        """Wait until one of these, begun by `at_once`, is there; at most so long, or, with none, for just so long."""


class InOrder:
    """Of a world whose clock is not the real one: what is begun at once is done when it is awaited, one after the
    other, so that whoever tells the same story again finds the same ids."""

    def at_once(self, work: Callable[[], Result], after: Callable[[], None] = nothing) -> Coming[Result]:
        """When it is taken or awaited."""
        return Coming(work, after=after)

    def first(self: World, coming: Sequence[Coming[Any]], seconds: float | None = None) -> None:
        """The oldest, which is done now."""
        if not coming:
            self.sleep(seconds or 0)
        elif not any(one.is_there for one in coming):
            coming[0].run()


class SystemFiles:
    """The real file system. Files are made readable by their owner only where they may hold replies of the API."""

    def read(self, path: Path) -> bytes | None:
        try:
            with _plain(path) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def size(self, path: Path) -> int | None:
        try:
            return path.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            return None

    def read_at(self, path: Path, offset: int, size: int) -> bytes:
        with _plain(path) as file:
            file.seek(offset)
            return file.read(size)

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        descriptor = _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            _write_all(descriptor, data)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write(self, path: Path, data: bytes) -> None:
        descriptor = _opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def truncate(self, path: Path, size: int) -> None:
        descriptor = _opened(path, os.O_WRONLY)
        try:
            os.ftruncate(descriptor, size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            before, mine = new.lstat().st_mode, old.lstat().st_mode
            if stat.S_ISREG(before) and before != mine:
                old.chmod(stat.S_IMODE(before))
        os.replace(old, new)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self, path: Path) -> list[str]:
        try:
            return sorted(os.listdir(path))
        except FileNotFoundError:
            return []

    @contextlib.contextmanager
    def lock(self, path: Path) -> Iterator[bool]:
        descriptor = _opened(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                # The kernel frees it with the process, whatever happens; the file itself is never deleted.
                yield True
        finally:
            os.close(descriptor)


class SystemWorld:
    """The world as it is."""

    def __init__(self) -> None:
        self.files: Files = SystemFiles()
        self._woken = False
        self._news = threading.Condition()
        self._readers = Threads(_THREADS)
        self._callers = threading.local()
        """The threads that send for each caller."""

    def wake(self) -> None:
        """End every wait, soon and from now on. Takes no lock: a signal handler may call it, whatever it interrupts."""
        self._woken = True

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.clock_gettime(_CLOCK)

    def sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._woken and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _NAP_SECONDS))

    def uuid(self) -> str:
        return str(uuid.uuid4())

    def random(self) -> float:
        return random.random()

    def pid(self) -> int:
        return os.getpid()

    def alive(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return pid > 0

    def beside(self, work: Callable[[], Result]) -> Coming[Result]:
        coming = Coming(work)
        # Where there is no thread for it, whoever takes it reads.
        with contextlib.suppress(NoThread):
            self._readers.add(coming)
        return coming

    def at_once(self, work: Callable[[], Result], after: Callable[[], None] = nothing) -> Coming[Result]:
        coming = Coming(work, self._tell, after)
        senders: Threads = self._callers.__dict__.setdefault("senders", Threads(AT_ONCE))
        senders.add(coming)
        return coming

    def first(self, coming: Sequence[Coming[Any]], seconds: float | None = None) -> None:
        if not coming:
            self.sleep(seconds or 0)
            return
        until = None if seconds is None else time.monotonic() + seconds
        with self._news:
            while not any(one.is_there for one in coming):
                left = _NAP_SECONDS if until is None else min(_NAP_SECONDS, until - time.monotonic())
                if left <= 0 or (until is not None and self._woken):
                    return
                self._news.wait(left)

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()


def _plain(path: Path) -> BinaryIO:
    """The file, to be read."""
    return os.fdopen(_opened(path, os.O_RDONLY), "rb")


def _opened(path: Path, flags: int, mode: int = 0) -> int:
    """The file, if it is one: no link is followed, and no pipe or device is waited for. Raises OSError."""
    # A pipe that nobody reads is refused with the number that we give to all that is no file.
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, mode)
    found = os.fstat(descriptor).st_mode
    if stat.S_ISREG(found):
        return descriptor
    os.close(descriptor)
    number = errno.EISDIR if stat.S_ISDIR(found) else errno.ENXIO
    raise OSError(number, os.strerror(number), str(path))


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
