"""The real command in a process that stops itself, as by `kill -STOP`, at one place: `python -m … SEAM NTH ARGUMENT…`.

The places are those at which the product asks the World for something: after the state was published, after it was
confirmed before a write, before the lockfile is saved. `sleeps`: it never stops, but from the NTH confirmation on the
machine sleeps for ten seconds after each.
"""

from __future__ import annotations

import os
import signal
import sys

from reconciler.cli.main import main
from reconciler.state import lockfile
from reconciler.world import SystemWorld


class Freezing(SystemWorld):
    """Stops at the `nth` time that the seam is passed."""

    def __init__(self, seam: str, nth: int) -> None:
        super().__init__()
        self._seam, self._left = seam, nth
        self._slept = 0.0

    def monotonic(self) -> float:
        """The clock goes on while the process does not."""
        caller = sys._getframe(1)
        self._pass("publish", caller.f_code.co_name == "_push")
        confirmed = caller.f_code.co_name == "confirm" and "unmoved" in caller.f_locals
        self._pass("confirm", confirmed)
        if confirmed and self._seam == "sleeps":
            self._left -= 1
            self._slept += 10 if self._left <= 0 else 0
        return super().monotonic() + self._slept

    def uuid(self) -> str:
        """Of a revision, too, before it is made."""
        told = sys._getframe(1).f_locals
        self._pass("save", lockfile.FILE in (told.get("put") or ()) and "change" not in told)
        return super().uuid()

    def _pass(self, seam: str, here: bool) -> None:
        if here and seam == self._seam:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    main(sys.argv[3:], Freezing(sys.argv[1], int(sys.argv[2])))
