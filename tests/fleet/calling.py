"""`python -m tests.fleet.calling JSON`: a process that calls a simulator from several accounts under one limit.

What it is told: `url`, `app`, `accounts`, `calls` of each, `windows` as pairs, `call_seconds`. The address of the
database stands in the environment. It goes on when the database is away for a while, and never waits out of turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from reconciler.api.client import Client
from reconciler.api.secret import Secret
from reconciler.api.transport import Network
from reconciler.errors import ReconcilerError
from reconciler.postgres.connection import opened
from reconciler.postgres.places import Caller, PostgresPlaces
from reconciler.world import SystemWorld
from tests.postgres import VARIABLE
from tests.stories.account import ADVERTISER
from tests.stories.workspace import TOKEN

PATH = "campaign/get/"
QUERY = {"advertiser_id": ADVERTISER, "page": "1", "page_size": "1"}


def started(told: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Such a process."""
    return subprocess.Popen([sys.executable, "-m", "tests.fleet.calling", json.dumps(told)], env=os.environ)


def _work(told: Mapping[str, Any], account: str) -> None:
    world, longest = SystemWorld(), float(told["call_seconds"])
    caller = Caller(told["app"], account, longest)
    windows = {float(seconds): int(most) for seconds, most in told["windows"]}
    places = PostgresPlaces(opened(VARIABLE), caller, "default", windows, world)
    network = Network(told["url"], Secret(TOKEN, "the test"), (longest / 2, longest / 2), world)
    client = Client(network, {"default": places}, world, lambda _: "default")
    left = int(told["calls"])
    while left:
        try:
            client.read(PATH, QUERY)
            left -= 1
        except ReconcilerError as error:
            if [one.code for one in error.findings] != ["R511"]:
                raise
            world.sleep(0.2)


def main() -> None:
    """One thread an account."""
    told = json.loads(sys.argv[1])
    with ThreadPoolExecutor(len(told["accounts"])) as pool:
        for one in [pool.submit(_work, told, account) for account in told["accounts"]]:
            one.result()


if __name__ == "__main__":
    main()
