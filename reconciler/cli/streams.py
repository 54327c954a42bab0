"""stdin, stdout and stderr on which nothing can fail.

What is printed tells about a run and is no part of it: a reader that has gone, a full disk, a closed descriptor or a
dead terminal ends the printing, never what is printed about. Writes go straight to the descriptor, so nothing is left
for the interpreter to flush, and to fail at, when it ends.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import Any


class BestEffort(io.RawIOBase):
    """A descriptor that takes everything; after the first failure it goes nowhere."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.failed: OSError | None = None

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        while left and self.failed is None:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:
                # Somebody else who has this terminal or pipe made it non-blocking: wait until there is room.
                select.select([], [self._descriptor], [], 1.0)
            except OSError as error:
                self.failed = error
        return size


def install() -> None:
    """Put them in place of the interpreter's. Streams that a caller has put there itself stay."""
    for descriptor in (0, 1, 2):
        _fill(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115 - open as long as we are
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None or _is_own(stream, descriptor):
            encoding = stream.encoding if stream is not None else "utf-8"
            # A terminal that cannot show a character gets its code.
            made = io.TextIOWrapper(
                BestEffort(descriptor),  # type: ignore[type-var] # as the interpreter does with -u: no buffer between
                encoding=encoding,
                errors="backslashreplace",
                write_through=True,
            )
            setattr(sys, name, made)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def lost() -> str | None:
    """Why the answer on stdout could not be written; None where it was, or where its reader did not want it."""
    inner = getattr(sys.stdout, "buffer", None)
    failed = inner.failed if isinstance(inner, BestEffort) else None
    if failed is None or failed.errno in (errno.EPIPE, errno.EIO):
        return None
    return failed.strerror or str(failed)


def _fill(descriptor: int) -> None:
    """A closed descriptor would be given to the next file that is opened, and what is printed would go into it."""
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        os.dup2(opened, descriptor)
        if opened != descriptor:
            os.close(opened)


def _is_own(stream: Any, descriptor: int) -> bool:
    """Whether it is the interpreter's stream on that descriptor."""
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() == descriptor
    except (OSError, ValueError):
        return False
