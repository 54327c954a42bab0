"""SIGINT, SIGTERM, SIGHUP: the first asks to end after the effect under way, a second SIGINT or SIGTERM ends at once.

Handlers only set flags, so that no signal can fall between a reply and its record; what is said of it is said by a
thread of its own. A closed terminal sends SIGHUP more than once (the shell and the kernel both do) and nobody is there
to be impatient: it never ends a run at once. After a second signal the effect under way is left as an open intent,
which the next run resolves.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from reconciler.world import SystemWorld, World

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 0.1


class Signals:
    """Installs the handlers while the context lasts. `told` hears that the run will end."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._count = 0
        self.asking = False
        """While a person is asked, a signal ends the run at once: nothing is under way."""
        self._before: dict[int, Any] = {}
        self._world: World | None = None
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Signals:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        self._teller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        # Where nobody reads a full pipe the thread may never come back.
        self._teller.join(timeout=1.0)

    def world(self, world: World) -> None:
        """The world whose waits a signal ends."""
        self._world = world

    def stopped(self) -> bool:
        """Whether the run was asked to end."""
        return self._count > 0

    def _tell(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            if self._count:
                self._told("\nInterrupted: ending after the effect under way. Once more ends at once.")
                return

    def _handle(self, number: int, frame: FrameType | None) -> None:
        again = self._count > 0 and number != signal.SIGHUP
        self._count += 1
        if isinstance(self._world, SystemWorld):
            self._world.wake()
        if again or self.asking:
            raise KeyboardInterrupt
