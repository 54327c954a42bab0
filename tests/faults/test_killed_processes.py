"""SIGKILL of the real command at its n-th write and at random moments: running apply again converges."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.scenarios import BIRTH, drawn, play
from tests.faults.stage import APPLY, converge, set_up, settled
from tests.rotation import base, rotating
from tests.stories.account import Account
from tests.stories.workspace import finish, until

KNOWN = 60
NEW = 240
"""Scenarios of the proof; which ones moves with the commit."""


def _named(seed: int) -> str:
    return f"{seed}: {drawn(seed)}"


@pytest.mark.parametrize("seed", rotating(range(KNOWN), 10, _named))
def test_a_killed_apply_converges(seed: int, tmp_path: Path) -> None:
    """One object an address, no task lost, budgets right, nothing enabled too early, a second apply sends nothing."""
    play(drawn(seed), tmp_path / "w")


@pytest.mark.proof
@pytest.mark.parametrize("part", range(NEW // 10))
def test_more_killed_applies_converge(part: int, tmp_path: Path) -> None:
    """The same with seeds that no earlier commit has drawn."""
    first = KNOWN + base() % 1_000_000 + part * 10
    for seed in range(first, first + 10):
        play(drawn(seed), tmp_path / str(seed))


class Server:
    """`reconciler simulate` as a process of its own, whose data outlive it."""

    def __init__(self, root: Path) -> None:
        self._data, self._faults, self._port = root / "server.db", root / "faults.json", "0"
        self._process: subprocess.Popen[str] | None = None

    def start(self, *faults: object) -> str:
        """The address it listens on, always the same."""
        self.stop()
        self._faults.write_text(json.dumps(faults), "utf-8")
        command = [sys.executable, "-m", "reconciler", "simulate", "--port", self._port, "--data", str(self._data)]
        command += ["--faults", str(self._faults), "--set", "rate=off"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        url: str = json.loads(self._process.stdout.readline())["url"]
        self._port = url.rsplit(":", 1)[1]
        return url

    def dead(self) -> bool:
        """Whether it has ended."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.kill()
            self._process.communicate()


DEATHS = [(nth, commit) for nth in (1, 2, 4, 7) for commit in (False, True)]


def _death(case: tuple[int, bool]) -> str:
    return f"{'after' if case[1] else 'before'} commit {case[0]}"


@pytest.mark.parametrize(("nth", "commit"), rotating(DEATHS, 12, _death))
def test_a_server_that_dies_and_comes_back(tmp_path: Path, nth: int, commit: bool) -> None:
    """The server's own process ends at the n-th write; it comes back with its data, and an apply converges."""
    server = Server(tmp_path)
    try:
        url = server.start({"path": "*", "method": "POST", "nth": nth, "die": True, "commit": commit})
        work = set_up(tmp_path / "w", url)
        work.manifest(*BIRTH)
        process = work.start(*APPLY)
        until(server.dead)
        process.kill()
        assert "Traceback" not in finish(process).text
        account = Account(server.start())
        converge(work, account)
        settled(work, account)
        assert account.names("campaign") == ["a", "b"]
        assert account.one("campaign", "a")["status"] == "ENABLE"
    finally:
        server.stop()
