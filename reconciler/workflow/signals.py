"""SIGINT, SIGTERM, SIGHUP: the first asks to end after the effect under way, the second ends at once.

Handlers only set a flag, so that no signal can fall between a reply and its record. After the second, the effect under
way is left as an open intent, which the next run resolves.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType, TracebackType
from typing import Any

from reconciler.world import SystemWorld, World

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Installs the handlers while the context lasts."""

    def __init__(self) -> None:
        self._count = 0
        self.asking = False
        """While a person is asked, a signal ends the run at once: nothing is under way."""
        self._before: dict[int, Any] = {}
        self._world: World | None = None

    def __enter__(self) -> Signals:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def world(self, world: World) -> None:
        """The world whose waits a signal ends."""
        self._world = world

    def stopped(self) -> bool:
        """Whether the run was asked to end."""
        return self._count > 0

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self.asking:
            raise KeyboardInterrupt
        if isinstance(self._world, SystemWorld):
            self._world.wake()
        if self._count == 1:
            sys.stderr.write("\nInterrupted: ending after the effect under way. Once more ends at once.\n")
        else:
            raise KeyboardInterrupt
