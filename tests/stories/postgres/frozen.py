"""The real command in a process that stops itself, as by `kill -STOP`, at one place: `python -m … SEAM NTH ARGUMENT…`.

The places are those at which the product asks the World for something: after the state was published, after it was
confirmed before a write, before the lockfile is saved.
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

    def monotonic(self) -> float:
        """The clock goes on while the process does not."""
        caller = sys._getframe(1)
        self._pass("publish", caller.f_code.co_name == "_push")
        self._pass("confirm", caller.f_code.co_name == "confirm" and "unmoved" in caller.f_locals)
        return super().monotonic()

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
