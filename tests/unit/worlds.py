"""Worlds for tests: a clock that moves only when somebody sleeps, a store in memory, an API that is a function."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.api.client import Client
from reconciler.api.limits import Limiter
from reconciler.api.transport import Reply, Request
from reconciler.canonical import wire
from reconciler.errors import ReconcilerError
from reconciler.world import Files, InOrder
from reconciler.world.coming import Coming, Result

START = 1_780_000_000.0


class VirtualWorld(InOrder):
    """Sleeping is free and exact."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []
        self._count = 0

    @property
    def files(self) -> Files:
        """There are none."""
        raise AssertionError("this world has no files")

    def now(self) -> float:
        """Seconds since the epoch."""
        return START + self.passed

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.passed += max(0.0, seconds)

    def uuid(self) -> str:
        """Numbered, not random."""
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012d}"

    def random(self) -> float:
        """The middle."""
        return 0.5

    def pid(self) -> int:
        """This process."""
        return 1

    def alive(self, pid: int) -> bool:
        """Only this process is."""
        return pid == 1

    def beside(self, work: Callable[[], Result]) -> Coming[Result]:
        """When it is taken: in one order."""
        return Coming(work)


class MemoryStore:
    """Lockfile and journal as two byte strings; `full` makes every write fail. With a batch it is a shared one."""

    def __init__(self, data: bytes | None = None, log: bytes = b"") -> None:
        self.data, self.log, self.full = data, log, False
        self.saves = self.synced = 0
        self.aside: list[bytes] = []
        self.batch = 0
        self.published: list[bytes] = []
        self.confirmed = self.asked = 0
        self.lost: ReconcilerError | None = None

    def load(self) -> tuple[bytes | None, bytes]:
        """What is there."""
        return self.data, self.log

    def save(self, data: bytes) -> None:
        """Replace the lockfile."""
        self._fail()
        self.data = data
        self.saves += 1

    def append(self, line: bytes, *, sync: bool) -> None:
        """One line more."""
        self._fail()
        self.log += line
        self.synced += sync

    def cut(self, size: int) -> None:
        """Drop the tail."""
        self.log = self.log[:size]

    def rotate(self, first: bytes) -> None:
        """Set the journal aside."""
        self._fail()
        self.aside.append(self.log)
        self.log = first

    def set_aside(self) -> list[tuple[str, bytes]]:
        """Numbered from 1."""
        return [(f".reconciler/journal-{number}.jsonl", log) for number, log in enumerate(self.aside, 1)]

    @contextlib.contextmanager
    def lock(self, holder: str) -> Iterator[None]:
        """Nobody else is here."""
        yield

    def publish(self) -> None:
        """What another machine sees from now on."""
        if self.lost:
            raise self.lost
        if not self.published or self.published[-1] != self.log:
            self.published.append(self.log)

    def confirm(self) -> None:
        """Asked before each write."""
        self.confirmed += 1
        if self.lost:
            raise self.lost

    def promptness(self) -> Callable[[], None]:
        """Nobody stands still."""
        return lambda: None

    def halted(self) -> bytes | None:
        """Nobody halts anything."""
        self.asked += 1
        return None

    def halt(self, data: bytes | None) -> None:
        """There is nobody to tell."""

    def holder(self) -> str | None:
        """Nobody."""
        return None

    def in_use(self) -> None:
        """By nobody."""

    def unlock(self, lock_id: str | None) -> None:
        """Nothing to clear."""

    def _fail(self) -> None:
        if self.full:
            raise OSError(28, "No space left on device")


class FakeTransport:
    """An API that is a function from a request to a reply; it keeps what was asked."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self._answer = answer
        self.requests: list[Request] = []

    def send(self, request: Request) -> Reply:
        """The one method of the seam."""
        self.requests.append(request)
        return self._answer(request)


def client(transport: FakeTransport, world: VirtualWorld | None = None) -> Client:
    """The real client over a fake API, with limits that are never reached."""
    world = world or VirtualWorld()
    return Client(transport, {"default": Limiter({1.0: 10_000}, world)}, world, lambda path: "default")


def envelope(data: Any = None, code: int = 0, message: str = "OK", status: int = 200) -> Reply:
    """A documented reply."""
    body = {"code": code, "message": message, "request_id": "20260101", "data": data if data is not None else {}}
    return Reply(status, wire(body).encode())


def page(rows: list[Mapping[str, Any]], number: int, size: int, total: int, pages: int) -> Reply:
    """One page of a listing."""
    info = {"page": number, "page_size": size, "total_number": total, "total_page": pages}
    return envelope({"list": rows, "page_info": info})
