"""What is done beside, by threads: its result, and what follows once the result is there."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

_IDLE_SECONDS = 5.0
"""How long a thread waits for more to do: as long, its connection stays."""

Result = TypeVar("Result")


class NoThread(Exception):
    """The machine has no thread for what was to begin: it never does."""


def nothing() -> None:
    """Nobody is told, and nothing follows."""


class Coming(Generic[Result]):
    """Something that is done beside whatever else happens. Whoever wants it before it was begun does it himself."""

    def __init__(
        self, work: Callable[[], Result], told: Callable[[], None] = nothing, after: Callable[[], None] = nothing
    ) -> None:
        """`told`: called once it is there. `after`: called then, by the thread that did it; who takes it does not wait
        for that, and where he did it himself leaves that to `follow`."""
        self._work, self._told, self._after = work, told, after
        self._lock, self._ended, self._followed = threading.Lock(), threading.Event(), threading.Event()
        self._begun = False
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self._trouble: BaseException | None = None
        self._is_left_over = False
        """Whether what follows is left to `follow`."""

    def run(self) -> None:
        """Do it, and what follows, unless somebody has begun."""
        if self._claim():
            self._do()
            self._go_on()

    @property
    def is_there(self) -> bool:
        """Whether `take` waits no longer."""
        return self._ended.is_set()

    @property
    def is_over(self) -> bool:
        """Whether `follow` waits for no other thread."""
        return self._followed.is_set() or self._is_left_over

    def take(self) -> Result:
        """Its result, once it is there; raises what it raised."""
        if self._claim():
            self._is_left_over = True
            self._do()
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def follow(self) -> None:
        """Until what follows it has ended; raises what that raised."""
        if self._is_left_over:
            self._is_left_over = False
            self._go_on()
        self._followed.wait()
        if self._trouble is not None:
            raise self._trouble

    def drop(self) -> None:
        """Nobody wants it any more: what has not begun never does."""
        self._claim()

    def _do(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()
            self._told()

    def _go_on(self) -> None:
        try:
            self._after()
        except BaseException as error:
            self._trouble = error
        finally:
            self._followed.set()

    def _claim(self) -> bool:
        with self._lock:
            first, self._begun = not self._begun, True
        return first


class Threads:
    """At most so many, that end with the process and keep nobody waiting."""

    def __init__(self, most: int) -> None:
        self._most, self._count, self._free = most, 0, 0
        self._jobs: deque[Coming[Any]] = deque()
        self._more = threading.Condition()

    def add(self, job: Coming[Any]) -> None:
        """Begin it as soon as a thread is free. Raises NoThread where one is needed and cannot be had."""
        with self._more:
            self._jobs.append(job)
            if len(self._jobs) > self._free and self._count < self._most:
                self._count += 1
                try:
                    threading.Thread(target=self._work, daemon=True).start()
                except (RuntimeError, MemoryError) as error:
                    self._count -= 1
                    self._jobs.remove(job)
                    raise NoThread(str(error)) from error
            self._more.notify()

    def _work(self) -> None:
        while True:
            with self._more:
                self._free += 1
                there = self._more.wait_for(lambda: self._jobs, _IDLE_SECONDS)
                self._free -= 1
                if not there:
                    self._count -= 1
                    return
                job = self._jobs.popleft()
            job.run()
            # A thread that waits must not keep what the job was about, connections among it.
            del job
