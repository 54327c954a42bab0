"""Processes of the command that need not load it: copies of one that has loaded it, which is there for a whole run.

Loading it, and taking it apart at the end, takes six times as long as what most stories let a process do. A copy is a
process as any other: it has its own number, environment, folder and streams, hears signals and is killed. It differs in
who its parent is, and in what the system tells as its command line and its first environment: a story about that, or
about how a process starts and ends, asks for one that is started anew.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

import reconciler

POSSIBLE = sys.platform == "linux"
"""Elsewhere a library of the system may refuse to work in a copy."""
ORDER = 1 << 20
"""Bytes of an order at most: arguments, folder, environment."""
NUMBER = 4
"""Bytes of a process's number, and of its status, on the pipe on which they are reported."""
ALSO = ("procrastinate.worker", "psycopg_pool", "rich.progress")
"""What the product imports of others' when it needs it."""


class Copy(subprocess.Popen[str]):
    """A process of the command. `outputs`: where stdout and stderr go; None for a pipe."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *outputs: IO[str] | None
    ) -> None:
        self.args, self.stdin, self.returncode = arguments, None, None
        pipes = [None if one else os.pipe() for one in outputs]
        self._report, report = os.pipe()
        theirs = [one.fileno() if one else pipe[1] if pipe else -1 for one, pipe in zip(outputs, pipes, strict=True)]
        order = {"arguments": arguments, "folder": str(folder), "environment": environment}
        with _ASKING:
            socket.send_fds(_original()[0], [json.dumps(order).encode()], [*theirs, report])
        for one in (report, *(pipe[1] for pipe in pipes if pipe)):
            os.close(one)
        self.stdout, self.stderr = (os.fdopen(pipe[0], errors="replace") if pipe else None for pipe in pipes)
        self._looking, self._readers, self._said = threading.Lock(), list[threading.Thread](), ["", ""]
        self.pid = self._reported()

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """What it has said when it has ended."""
        assert input is None
        if not self._readers:
            streams = enumerate((self.stdout, self.stderr))
            self._readers = [threading.Thread(target=self._hear, args=one, daemon=True) for one in streams]
            for one in self._readers:
                one.start()
        self.wait(timeout)
        for one in self._readers:
            one.join(timeout)
            assert not one.is_alive(), "whoever it has started holds its output"
        return self._said[0], self._said[1]

    def _hear(self, number: int, stream: IO[str] | None) -> None:
        if stream and not stream.closed:
            with stream:
                self._said[number] = stream.read()

    def _ended(self, timeout: float | None) -> int | None:
        with self._looking:
            if self.returncode is None:
                looked = select.poll()
                looked.register(self._report, select.POLLIN)
                if looked.poll(None if timeout is None else timeout * 1000):
                    self.returncode = os.waitstatus_to_exitcode(self._reported())
                    os.close(self._report)
            return self.returncode

    def _reported(self) -> int:
        told = os.read(self._report, NUMBER)
        assert told, "the process that is copied is gone"
        return int.from_bytes(told, sys.byteorder)


_ASKING = threading.Lock()


@cache
def _original() -> tuple[socket.socket, object]:
    """The connection to the process that is copied, which ends with it; and that process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        kept = [theirs.fileno()]
        made = subprocess.Popen(command, cwd=Path(__file__).parents[2], pass_fds=kept, stdin=subprocess.DEVNULL)

    @atexit.register
    def end() -> None:
        ours.close()
        made.kill()
        made.wait()

    return ours, made


# ------------------------------------------------------------------ the process that is copied


class Original:
    """Makes copies of itself, and reports how each ended."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._reports: dict[int, int] = {}
        self._woken, self._wake = os.pipe()
        for one in (self._woken, self._wake):
            os.set_blocking(one, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake)

    def serve(self) -> Sequence[str]:
        """Until nobody can ask any more. Returns in each copy: the arguments of its command."""
        while True:
            ready, _, _ = select.select([self._asked.fileno(), self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, ORDER)
                self._bury()
            if self._asked.fileno() in ready:
                told, descriptors, _, _ = socket.recv_fds(self._asked, ORDER, 3)
                if not told:
                    os._exit(0)
                if (pid := os.fork()) == 0:
                    return self._live(json.loads(told), descriptors)
                self._reports[pid] = descriptors.pop()
                os.write(self._reports[pid], pid.to_bytes(NUMBER, sys.byteorder))
                for one in descriptors:
                    os.close(one)

    def _bury(self) -> None:
        while self._reports:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            report = self._reports.pop(pid)
            os.write(report, status.to_bytes(NUMBER, sys.byteorder))
            os.close(report)

    def _live(self, order: dict[str, Any], descriptors: list[int]) -> Sequence[str]:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, one in enumerate(descriptors[:2], 1):
            os.dup2(one, number)
        self._asked.close()
        for one in (*descriptors, *self._reports.values(), self._woken, self._wake):
            os.close(one)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        tempfile.tempdir = None
        arguments: Sequence[str] = order["arguments"]
        return arguments


def main(descriptor: int) -> None:
    """Loads what a command may need, and is copied."""
    found = pkgutil.walk_packages(reconciler.__path__, "reconciler.")
    for name in (*(one.name for one in found if not one.name.endswith(".__main__")), *ALSO):
        importlib.import_module(name)
    # No collection need look at what is loaded.
    gc.freeze()
    sys.argv[1:] = Original(socket.socket(fileno=descriptor)).serve()
    try:
        runpy.run_module("reconciler", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        # As the interpreter ends, but for taking every module apart.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(int(end.code or 0))


if __name__ == "__main__":
    main(int(sys.argv[1]))
