"""Real processes, threads and files: together they never call too often, whoever of them is killed whenever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

from reconciler.api.window import SharedWindow
from reconciler.world import SystemWorld
from tests.stories.workspace import until

WINDOWS = {0.05: 4, 0.5: 25}
THREADS = 3
SLACK = 1e-3


def call(path: str, share: str) -> None:
    """Calls from several threads, for as long as the test lives: a line with the moment of each."""
    limit = SharedWindow(Path(path), "default", WINDOWS, SystemWorld(), 5.0, share=float(share) if share else None)
    parent = os.getppid()

    def thread() -> None:
        while True:
            with limit.place():
                os.write(1, f"{time.time()!r}\n".encode())

    for _ in range(THREADS):
        threading.Thread(target=thread, daemon=True).start()
    while os.getppid() == parent:
        time.sleep(0.1)


class Caller:
    """A process that calls until it is killed."""

    def __init__(self, path: Path, out: Path, share: str = "") -> None:
        self._out = out
        arguments = [sys.executable, "-m", "tests.refresh.test_window_processes", str(path), share]
        with out.open("wb") as file:
            self._process = subprocess.Popen(arguments, stdout=file)

    def calls(self) -> list[float]:
        """When it called."""
        return [float(line) for line in self._out.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]

    def goes_on(self) -> None:
        """It has called three times more, or the test ends."""
        known = len(self.calls())
        until(lambda: len(self.calls()) > known + 3)

    def kill(self) -> None:
        """In the middle of whatever it does."""
        self._process.kill()
        self._process.wait()


def test_processes_are_killed_while_others_call(tmp_path: Path) -> None:
    """Three at a time, one of which keeps to a part; one after the other is killed, and another comes. All go on, and
    the folder is made where there is none."""
    path, chance = tmp_path / "not" / "there" / "rate.json", Random(7)
    looks = Caller(path, tmp_path / "looks", "0.5")
    writes = [Caller(path, tmp_path / str(number)) for number in range(2)]
    try:
        for number in range(2, 6):
            victim = writes[-2]
            victim.goes_on()
            time.sleep(chance.uniform(0.0, 0.1))
            victim.kill()
            writes.append(Caller(path, tmp_path / str(number)))
        for one in (looks, *writes[-2:]):
            one.goes_on()
    finally:
        for one in (looks, *writes):
            one.kill()
    for made, part in (([looks, *writes], 1.0), ([looks], 0.5)):
        moments = sorted(moment for one in made for moment in one.calls())
        for seconds, most in WINDOWS.items():
            for first, last in zip(moments, moments[int(most * part) :], strict=False):
                assert last - first >= seconds - SLACK, (seconds, last - first)
    assert SharedWindow(path, "default", WINDOWS, SystemWorld()).used() >= 0


if __name__ == "__main__":
    call(*sys.argv[1:])
