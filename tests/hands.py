"""Work for every core: processes that end with the command that started them, and leave no file behind."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any


@contextlib.contextmanager
def hands(jobs: int) -> Iterator[Callable[..., Iterable[Any]]]:
    """`map`, one after the other, for one job; otherwise that of so many processes, or one a core for 0.

    Meanwhile temporary files lie in one folder, which is gone afterwards.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="reconciler-tests-") as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        if jobs == 1:
            yield lambda work, given, _: map(work, given)
        else:
            with multiprocessing.Pool(jobs or None, _begin) as pool:
                yield pool.imap


def _begin() -> None:
    """A process of ours: signals are for the command, which ends it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_command, daemon=True).start()


def _end_with_the_command() -> None:
    """Even with one that was killed and could end nothing."""
    command = multiprocessing.parent_process()
    assert command
    command.join()
    os._exit(1)
