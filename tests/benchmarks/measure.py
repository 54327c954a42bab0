"""What a process costs, and the simulator in a process of its own."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import requests

CHECKOUT = Path(__file__).resolve().parents[2]
"""What is measured is the code beside the benchmarks, whatever is installed."""
TOKEN = "token-of-the-benchmarks"


class Cost(NamedTuple):
    """Of one finished process: CPU (user and system) and wall in seconds, peak memory in KiB."""

    cpu: float
    wall: float
    rss: int


def environment(cache: Path) -> dict[str, str]:
    """For every process that is measured: compiled files go to one place, so that both sides find theirs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ours = {"PYTHONPATH": str(CHECKOUT), "PYTHONPYCACHEPREFIX": str(cache)}
    return {**kept, **ours, "TIKTOK_ACCESS_TOKEN": TOKEN, "NO_COLOR": "1"}


_APART = """\
import json, os, sys, time
began = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
cost = [used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss, os.waitstatus_to_exitcode(status)]
os.write(int(sys.argv[1]), json.dumps(cost).encode())
"""
"""Starts a command and tells its cost. Until its program is loaded a process counts the memory of whoever started it
as its own peak, so that is somebody small."""


def run(command: Sequence[str], env: Mapping[str, str], folder: Path, *, expect: int = 0) -> Cost:
    """One process from its start to its end, its output thrown away."""
    reading, writing = os.pipe()
    with open(reading, "rb") as told:
        apart = [sys.executable, "-I", "-S", "-c", _APART, str(writing), *command]
        streams: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        ended = subprocess.run(apart, env=dict(env), cwd=folder, pass_fds=[writing], check=False, **streams)
        os.close(writing)
        *cost, code = json.loads(told.read() or b"[0, 0, 0, null]")
    if code != expect:
        raise RuntimeError(f"{' '.join(command)} ended with {code}: {ended.stderr.decode()[-2000:]}")
    return Cost(*cost)


def in_turn(
    commands: Sequence[Sequence[str]],
    env: Mapping[str, str],
    folder: Path,
    rounds: int,
    codes: Sequence[int] | None = None,
) -> list[list[Cost]]:
    """A B A B …, after one round that is not counted; the costs of each command. `codes`: what they end with, if it
    is not 0."""
    costs: list[list[Cost]] = [[] for _ in commands]
    for number in range(rounds + 1):
        for command, found, code in zip(commands, costs, codes or [0] * len(commands), strict=True):
            cost = run(command, env, folder, expect=code)
            if number:
                found.append(cost)
    return costs


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """`median (least-most)`."""
    return f"{middle(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def ratios(ours: Sequence[float], floor: Sequence[float]) -> list[float]:
    """Round by round, so that what slows the machine for a while slows both sides."""
    return [one / other for one, other in zip(ours, floor, strict=True)]


def growth(small: tuple[int, float], large: tuple[int, float]) -> float:
    """The exponent by which a cost grows between two (size, cost)."""
    return math.log(large[1] / small[1], large[0] / small[0])


class Server:
    """The simulator, as its command starts it."""

    def __init__(self, env: Mapping[str, str], folder: Path, *switches: str, contract: str = "openapi") -> None:
        command = [sys.executable, "-m", "reconciler", "simulate", "--contract", contract, "--set", "rate=off"]
        for switch in switches:
            command += ["--set", switch]
        self._process = subprocess.Popen(command, env=dict(env), cwd=folder, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        self.url = str(json.loads(line)["url"])
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()
        self._process.terminate()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def operate(self, name: str, body: object = None) -> Any:
        """One call of the operator."""
        method = "GET" if body is None else "POST"
        told = None if body is None else json.dumps(body)
        answer = self._session.request(method, f"{self.url}/_simulator/{name}", data=told, timeout=600)
        answer.raise_for_status()
        return answer.json()

    def arrivals(self) -> list[Mapping[str, Any]]:
        """What reached the API since the log was reset."""
        found: list[Mapping[str, Any]] = self.operate("log")["arrivals"]
        return found
