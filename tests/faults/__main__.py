"""`python -m tests.faults --scenarios N [--from SEED]`: N killed processes, each converged; a failing seed is named."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.faults.scenarios import drawn, play
from tests.hands import hands


def one(seed: int) -> str | None:
    """What went wrong with a seed, or None."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            play(drawn(seed), Path(folder) / "w")
        except Exception:
            return traceback.format_exc()
    return None


def main() -> int:
    """Runs the scenarios on every core and prints how many there were."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--scenarios", type=int, default=200)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    chosen = parser.parse_args()
    # The command in a process of its own is that of this checkout, as everything else here.
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    began, failed = time.monotonic(), 0
    seeds = range(chosen.first, chosen.first + chosen.scenarios)
    with hands(0) as many:
        for seed, trouble in zip(seeds, many(one, seeds, 1), strict=True):
            if trouble:
                failed += 1
                sys.stdout.write(f"seed {seed} ({drawn(seed)}):\n{trouble}\n")
    took = time.monotonic() - began
    sys.stdout.write(f"{chosen.scenarios} scenarios, {failed} failed, {took:.0f} s\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
