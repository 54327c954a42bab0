"""The product's World on a virtual clock: sleeping is free, chance comes from the seed, every process has a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from reconciler.world.coming import Coming, Result, nothing
from tests.simulation.files import Crash, Disk

START = 1_780_000_000.0


class Endless(AssertionError):
    """A run that does not end: more calls or more time than any run needs."""


@dataclass
class Clock:
    """True time, in seconds since the epoch: the server's, and the only one that never lies."""

    moment: float = START

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += max(0.0, seconds)


class Sky(Protocol):
    """Who watches what is made beside."""

    def flying(self, coming: Flying[Any]) -> AbstractContextManager[None]:
        """While it is made."""

    def taken(self, coming: Flying[Any]) -> None:
        """The process has what came."""


class Flying(Coming[Result]):
    """One call beside."""

    def __init__(self, work: Callable[[], Result], after: Callable[[], None], sky: Sky | None) -> None:
        super().__init__(work, after=after)
        self._sky = sky

    def run(self) -> None:
        """Made."""
        with self._sky.flying(self) if self._sky else nullcontext():
            super().run()

    def take(self) -> Result:
        """Taken."""
        try:
            return super().take()
        finally:
            if self._sky:
                self._sky.taken(self)


class SimWorld:
    """One process on the machine. Its wall clock may be wrong by `skew`; its monotonic clock began with it."""

    def __init__(
        self, clock: Clock, disk: Disk, random: Random, pid: int, skew: float = 0.0, sky: Sky | None = None
    ) -> None:
        """`sky`: of a world in which calls are under way beside one another, in orders that the seed chooses."""
        self.clock, self.disk, self.chance, self.number, self.skew = clock, disk, random, pid, skew
        # Of its own: how calls interleave changes no other fate of the story.
        self.sky, self.luck = sky, Random(f"{random.getstate()[1][0]} {pid}")
        self.begun = clock.moment
        self.longest = 100_000.0

    @property
    def files(self) -> Disk:
        """The machine's disk."""
        return self.disk

    def now(self) -> float:
        """What the wall clock shows."""
        return self.clock.moment + self.skew

    def monotonic(self) -> float:
        """Seconds since the process began."""
        return self.clock.moment - self.begun + 1000.0

    def sleep(self, seconds: float) -> None:
        """Jump."""
        self.clock.pass_by(seconds)
        if self.clock.moment - self.begun > self.longest:
            raise Endless(f"the run lasts longer than {self.longest} s")

    def uuid(self) -> str:
        """From the seed."""
        return f"{self.chance.getrandbits(128):032x}"

    def random(self) -> float:
        """From the seed."""
        return self.chance.random()

    def pid(self) -> int:
        """This process."""
        return self.number

    def alive(self, pid: int) -> bool:
        """Only this process is."""
        return pid == self.number

    def beside(self, work: Callable[[], Result]) -> Coming[Result]:
        """When it is taken: in one order."""
        return Coming(work)

    def at_once(self, work: Callable[[], Result], after: Callable[[], None] = nothing) -> Coming[Result]:
        """At once, or when it is taken or awaited: both may happen."""
        coming = Flying(work, after, self.sky)
        if self.sky and self.luck.random() < 0.5:
            self._run(coming)
        return coming

    def first(self, coming: Sequence[Coming[Any]], seconds: float | None = None) -> None:
        """Any of them."""
        if not coming:
            self.sleep(seconds or 0)
        elif not any(one.is_there for one in coming):
            self._run(self.luck.choice(coming))

    def _run(self, coming: Coming[Any]) -> None:
        coming.run()
        if self.disk.dead:
            raise Crash
