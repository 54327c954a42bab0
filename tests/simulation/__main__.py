"""`python -m tests.simulation --seed N -v` replays one story; `--seeds N` plays many."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter

from tests.hands import hands
from tests.simulation import points
from tests.simulation.known import KNOWN
from tests.simulation.smart_story import play, story_of


def _one(seed: int) -> tuple[int, list[str], int, int]:
    try:
        told = play(seed)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return seed, [f"traceback: {type(error).__name__} {str(error)[:150]} at {where.name}:{where.lineno}"], 0, 0
    return seed, [str(one) for one in told.broken], told.runs, told.asked


def _point(point: points.Point) -> tuple[points.Point, list[str]]:
    try:
        return point, [str(one) for one in points.run(point)[0]]
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return point, [f"traceback: {type(error).__name__} {str(error)[:150]} at {where.name}:{where.lineno}"]


def _points(given: list[points.Point], jobs: int) -> int:
    found: Counter[str] = Counter()
    first: dict[str, points.Point] = {}
    with hands(jobs) as many:
        for point, broken in many(_point, given, 8):
            for one in broken[:1]:
                found[one[:120]] += 1
                first.setdefault(one[:120], point)
    for text, count in found.most_common():
        print(f"{count:5} {text}\n        first at {first[text]}")
    print(f"{len(given)} crash points, {sum(found.values())} failed")
    return 1 if found else 0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("-v", action="store_true", help="print the story (always done for one seed)")
    parser.add_argument("--known", default="", help="comma list of what is known to be broken, see known.py")
    parser.add_argument("--points", action="store_true", help="every crash point of the fixed plan")
    parser.add_argument("--every", type=int, default=1, help="with --points: only every n-th of them")
    parser.add_argument("--point", action="append", default=[], help="one crash point; twice: a pair of them")
    parser.add_argument("--jobs", type=int, default=0, help="processes; as many as the machine has by default")
    given = parser.parse_args()
    KNOWN.update(one for one in given.known.split(",") if one)
    if given.point:
        broken, text = points.run(*map(points.Point.parse, given.point))
        print("\n".join([text, *(f"BROKEN {one}" for one in broken)]))
        return 1 if broken else 0
    if given.points:
        return _points(points.singles()[:: given.every], given.jobs)
    if given.seed is not None:
        story = story_of(given.seed)
        try:
            told = story.play()
        except Exception:
            print("\n".join(story.lines))
            print("\n".join(story.machine.api.log))
            raise
        print(told)
        return 1 if told.broken else 0
    began = time.monotonic()
    names: Counter[str] = Counter()
    first: dict[str, list[tuple[int, str]]] = {}
    runs: Counter[int] = Counter()
    asked = 0
    with hands(given.jobs) as many:
        for seed, broken, count, how in many(_one, range(given.first, given.first + given.seeds), 20):
            runs[count] += 1
            asked += how
            for one in broken[:1]:
                name = one.partition(":")[0]
                if name == "traceback":
                    name = one
                names[name] += 1
                first.setdefault(name, []).append((seed, one))
    for name, count in names.most_common():
        print(f"{count:5} {name}")
        for seed, text in sorted(first[name])[:4]:
            print(f"        seed {seed}: {text[:300]}")
    took = time.monotonic() - began
    print(f"{given.seeds} seeds, {sum(names.values())} failed, {took:.1f} s; applies until convergence: {dict(runs)}")
    print(f"somebody was asked {asked} times")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
