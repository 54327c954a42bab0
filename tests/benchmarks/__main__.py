"""`python -m tests.benchmarks`: run them and print each goal with what was measured.

The goals are ratios, so that they hold on any machine. The yardstick of a plan's CPU lies outside this repository; it
is named by `--floor DIR` or BENCH_FLOOR and run where it lies. Without it that ratio is left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks import (
    applying,
    broken,
    embedded,
    fatigue,
    fetching,
    fleets,
    folded,
    hurt,
    launching,
    limiter,
    loading,
    makespan,
    peers,
    plans,
    queue,
    refreshing,
    rendering,
    scaling,
    slow,
    stages,
    startup,
)

PARTS = (
    "startup",
    "yaml",
    "uses",
    "fleet",
    "stages",
    "plan",
    "peers",
    "slow",
    "fetch",
    "launch",
    "refresh",
    "broken",
    "folded",
    "status",
    "pushes",
    "record",
    "apply",
    "makespan",
    "fatigue",
    "limiter",
    "fleet-queue",
)


def _sizes(text: str) -> list[int]:
    return sorted(int(part) for part in text.split(","))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=_sizes, default=[1000, 10000], help="resources of a plan: 1000,10000,100000")
    parser.add_argument("--creates", type=_sizes, default=[500, 5000], help="resources of an apply")
    parser.add_argument("--rounds", type=int, default=5, help="how often each command is run")
    parser.add_argument("--creatives", type=int, default=200, help="simulated ads of each cell of the test for fatigue")
    parser.add_argument("--accounts", type=int, default=500, help="accounts of the fleet whose plans are queued")
    parser.add_argument("--applied", type=int, default=100, help="accounts that are applied while workers are killed")
    parser.add_argument("--floor", type=Path, default=os.environ.get("BENCH_FLOOR"), help="folder of the yardstick")
    parser.add_argument("--terraform", help="path of terraform, if it is not on the PATH")
    parser.add_argument("--octodns", help="path of octodns-sync, if it is not on the PATH")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; repeatable")
    return parser.parse_args()


def main() -> None:
    """Measure part by part; every line is printed when it is known."""
    given = _options()
    floor = Path(given.floor).resolve() if given.floor else None
    wanted = given.only or PARTS
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} CPUs, {sys.platform}")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        parts: dict[str, Callable[[], Iterable[str]]] = {
            "startup": lambda: startup.report(startup.measure(given.rounds, folder)),
            "yaml": lambda: loading.report(loading.measure(given.sizes, given.rounds, folder)),
            "uses": lambda: rendering.report(rendering.measure(5000, given.rounds, folder)),
            "fleet": lambda: [
                *embedded.report(embedded.measure(given.rounds, folder / "embedded")),
                *fleets.report(fleets.measure(5000, min(given.rounds, 2), folder / "fleets")),
            ],
            "plan": lambda: plans.report(plans.measure(given.sizes, floor, given.rounds, folder)),
            "peers": lambda: peers.report(
                peers.measure(given.sizes, given.terraform, given.octodns, given.rounds, folder / "peers")
            ),
            "slow": lambda: slow.report(slow.measure(given.sizes, given.rounds, folder / "slow")),
            "fetch": lambda: fetching.report(fetching.measure(given.rounds, folder / "fetch")),
            "launch": lambda: launching.report(launching.measure(folder / "launch")),
            "refresh": refreshing.report,
            "broken": lambda: broken.report(broken.measure(given.sizes, given.rounds, folder)),
            "folded": lambda: folded.report(folded.measure([10_000, 100_000], given.rounds, folder / "folded")),
            "stages": lambda: stages.report(stages.measure(given.rounds, folder), stages.compare(given.rounds, folder)),
            "status": lambda: scaling.report([], scaling.status([100, 400], given.rounds, folder / "status")),
            "pushes": lambda: scaling.report(scaling.pushes([260, 1300], folder), []),
            "record": lambda: applying.report(applying.record([0, 10000], given.rounds, folder), []),
            "apply": lambda: applying.report([], applying.apply(given.creates, floor, given.rounds, folder)),
            "makespan": lambda: makespan.report(makespan.measure(min(given.rounds, 3), folder / "makespan")),
            "fatigue": lambda: fatigue.report(given.creatives),
            "fleet-queue": lambda: [
                *queue.report(queue.measure(given.accounts, folder)),
                *hurt.report(hurt.measure(given.applied, folder / "hurt")),
            ],
            "limiter": lambda: limiter.report(limiter.measure(folder)),
        }
        for part in PARTS:
            if part in wanted:
                for line in parts[part]():
                    print(line, flush=True)


if __name__ == "__main__":
    main()
