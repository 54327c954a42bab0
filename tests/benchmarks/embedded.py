"""CPU of a plan in a fleet without a queue, again and again within the minute that a shared limit remembers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.measure import environment, run, spread
from tests.fleet.scene import Fleet, advertiser
from tests.stories.account import Account
from tests.stories.workspace import TOKEN

_ACCOUNTS, _TIMES = 100, 3


def measure(rounds: int, folder: Path) -> list[list[float]]:
    """CPU seconds of one account's plan, of the first hundred accounts in a minute, the second and the third.

    What starting the command costs is taken off, as a plan of one account tells it.
    """
    env = {**environment(folder.parent / "cache"), "TIKTOK_ACCESS_TOKEN": TOKEN}
    own = ",".join(map(advertiser, range(_ACCOUNTS)))
    found: list[list[float]] = [[] for _ in range(_TIMES)]
    for number in range(rounds):
        with Account(contract="marketing", switches={"advertisers": own}) as market:
            fleet = Fleet(folder / str(number), market.url, _ACCOUNTS)
            command = [sys.executable, "-m", "reconciler", "-C", str(fleet.root), "fleet", "plan"]
            run([*command, "--account", "a0"], env, folder)  # The first of all compiles.
            one = run([*command, "--account", "a0"], env, folder).cpu
            for costs in found:
                costs.append((run(command, env, folder).cpu - one) / (_ACCOUNTS - 1))
    return found


def report(found: Sequence[Sequence[float]]) -> list[str]:
    """A row a hundred."""
    return [
        f"fleet: CPU of a plan without a queue, hundred {number} of a minute: "
        f"{spread([cost * 1000 for cost in costs])} ms, goal ≤ 15"
        for number, costs in enumerate(found, 1)
    ]
