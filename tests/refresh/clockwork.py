"""A world on a virtual clock with files in memory, and a stage on which several such processes run side by side."""

from __future__ import annotations

import contextlib
import errno
import heapq
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from reconciler.world import InOrder
from reconciler.world.coming import Coming, Result

START = 1_780_000_000.0


class Killed(BaseException):
    """What SIGKILL is to a process on the stage: nothing of it runs any more."""


class MemoryFiles:
    """Files as a mapping; folders are there by themselves, and no link ever stands on a path."""

    def __init__(self) -> None:
        self.data: dict[Path, bytes] = {}
        self.held: set[Path] = set()

    def read(self, path: Path) -> bytes | None:
        """The whole file."""
        return self.data.get(path)

    def size(self, path: Path) -> int | None:
        """Its length."""
        return len(self.data[path]) if path in self.data else None

    def read_at(self, path: Path, offset: int, size: int) -> bytes:
        """A part of it."""
        if path not in self.data:
            raise FileNotFoundError(errno.ENOENT, "no such file")
        return self.data[path][offset : offset + size]

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        """At its end."""
        self.data[path] = self.data.get(path, b"") + data

    def write(self, path: Path, data: bytes) -> None:
        """Anew."""
        self.data[path] = data

    def truncate(self, path: Path, size: int) -> None:
        """Cut."""
        self.data[path] = self.data[path][:size]

    def rename(self, old: Path, new: Path) -> None:
        """Replacing what is there."""
        self.data[new] = self.data.pop(old)

    def remove(self, path: Path) -> None:
        """If it is there."""
        self.data.pop(path, None)

    def sync_folder(self, path: Path) -> None:
        """Nothing to do."""

    def make_folder(self, path: Path) -> None:
        """Nothing to do."""

    def names(self, path: Path) -> list[str]:
        """Names in a folder."""
        return sorted({one.relative_to(path).parts[0] for one in self.data if one.is_relative_to(path)})

    @contextlib.contextmanager
    def lock(self, path: Path) -> Iterator[bool]:
        """Won unless somebody holds it."""
        if path in self.held:
            yield False
            return
        self.held.add(path)
        try:
            yield True
        finally:
            self.held.discard(path)


class ClockWorld(InOrder):
    """Sleeping is free and exact."""

    def __init__(self, files: MemoryFiles | None = None, pid: int = 100) -> None:
        self.memory = files or MemoryFiles()
        self.moment = START
        self._pid = pid
        self._count = 0

    @property
    def files(self) -> MemoryFiles:
        """In memory."""
        return self.memory

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.moment

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self.now() - START

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        if seconds == float("inf"):
            raise AssertionError("a wait without an end")
        self.moment += max(0.0, seconds)

    def uuid(self) -> str:
        """Numbered, not random; no other process has the same."""
        self._count += 1
        return f"{self._pid:08}-0000-4000-8000-{self._count:012d}"

    def random(self) -> float:
        """The middle."""
        return 0.5

    def pid(self) -> int:
        """The number given."""
        return self._pid

    def alive(self, pid: int) -> bool:
        """Only this process is."""
        return pid == self._pid

    def beside(self, work: Callable[[], Result]) -> Coming[Result]:
        """When it is taken: in one order."""
        return Coming(work)


class Actor(ClockWorld):
    """One process on a stage: when it sleeps, the others go on."""

    def __init__(self, stage: Stage, pid: int) -> None:
        super().__init__(stage.files, pid)
        self.stage, self.turn, self.kill_at = stage, threading.Event(), float("inf")

    def now(self) -> float:
        """The stage's."""
        return self.stage.now

    def sleep(self, seconds: float) -> None:
        """Until then, or until it is killed."""
        until = self.stage.now + max(0.0, seconds)
        self.stage.wake(self, min(until, max(self.kill_at, self.stage.now)))
        self.stage.back.set()
        self.turn.wait()
        self.turn.clear()
        if self.stage.now >= self.kill_at:
            self.stage.dead.add(self._pid)
            raise Killed

    @property
    def files(self) -> MemoryFiles:
        """The stage's; a dead process touches none."""
        if self._pid in self.stage.dead:
            raise Killed
        return self.memory

    def alive(self, pid: int) -> bool:
        """Every process that has not ended."""
        return pid not in self.stage.dead


class Stage:
    """One clock and one disk for several processes, each of them a thread that runs only in its turn."""

    def __init__(self) -> None:
        self.now = START
        self.files = MemoryFiles()
        self.dead: set[int] = set()
        self.back = threading.Event()
        self._due: list[tuple[float, int, Actor]] = []
        self._count = 0
        self._failures: list[Exception] = []

    def wake(self, actor: Actor, moment: float) -> None:
        """Its next turn."""
        self._count += 1
        heapq.heappush(self._due, (moment, self._count, actor))

    def process(self, pid: int, work: Callable[[Actor], None], begins: float = 0.0) -> Actor:
        """A process that begins so many seconds after the start."""
        actor = Actor(self, pid)

        def run() -> None:
            actor.turn.wait()
            actor.turn.clear()
            try:
                work(actor)
            except Killed:
                pass
            except Exception as error:
                self._failures.append(error)
            finally:
                self.dead.add(pid)
                self.back.set()

        threading.Thread(target=run, daemon=True).start()
        self.wake(actor, START + begins)
        return actor

    def play(self, longest: float = 100_000.0) -> None:
        """Until every process has ended; AssertionError when that takes longer than `longest` seconds of the clock."""
        while self._due:
            moment, _, actor = heapq.heappop(self._due)
            self.now = max(self.now, moment)
            assert self.now - START <= longest, "the processes wait for ever"
            self.back.clear()
            actor.turn.set()
            self.back.wait()
            if self._failures:
                raise self._failures[0]
