"""The seeds and the crash points that every run of the tests plays; `-m soak` plays more of both."""

from __future__ import annotations

from functools import cache

import pytest

from tests.simulation import points
from tests.simulation.known import SEEDS as SKIPPED
from tests.simulation.story import play

SEEDS = 4000
SOAK = 50_000
"""More, under the marker `soak`."""
CHUNK = 100
PARTS = 12
PAIRS = 100
SOAK_PAIRS = 5000

REPLAY = "python -m tests.simulation"


def _chunks(first: int, last: int, size: int) -> list[object]:
    return [
        pytest.param(range(one, one + size), id=f"seeds-{one}-to-{one + size - 1}-of-{last}")
        for one in range(first, last, size)
    ]


def _seeds(seeds: range) -> tuple[list[str], int, int]:
    """(what was broken, each with the command that replays it; stories that were healed; applies they took)."""
    wrong, healed, runs = [], 0, 0
    for seed in (one for one in seeds if one not in SKIPPED):
        told = play(seed)
        healed, runs = healed + bool(told.runs), runs + told.runs
        wrong += [f"{REPLAY} --seed {seed} -v    # {one}" for one in told.broken[:1]]
    return wrong, healed, runs


@pytest.mark.parametrize("seeds", _chunks(0, SEEDS, CHUNK))
def test_seeds(seeds: range) -> None:
    """Every invariant holds in every story, and every story converges."""
    wrong, healed, runs = _seeds(seeds)
    assert not wrong, "\n" + "\n".join(wrong)
    # Each story takes the run that carries out what is left and the one that finds nothing to do, or the latter alone.
    assert healed == len(seeds) - len(SKIPPED.keys() & set(seeds))
    assert len(seeds) < runs < 4 * len(seeds)


@pytest.mark.soak
@pytest.mark.parametrize("seeds", _chunks(SEEDS, SOAK, 10 * CHUNK))
def test_more_seeds(seeds: range) -> None:
    """Every invariant holds in every one of many more stories."""
    wrong, healed, _ = _seeds(seeds)
    assert not wrong, "\n" + "\n".join(wrong)
    assert healed == len(seeds)


@cache
def _singles() -> list[points.Point]:
    return points.singles()


def _die(*where: points.Point) -> str | None:
    """What was broken, with the command that replays it."""
    broken, _ = points.run(*where)
    command = " ".join([REPLAY, *(f"--point {one}" for one in where)])
    return f"{command}    # {broken[0]}" if broken else None


@pytest.mark.parametrize("part", range(PARTS), ids=lambda part: f"{len(_singles())}-points-part-{part + 1}-of-{PARTS}")
def test_crash_points(part: int) -> None:
    """Whatever operation of the disk or call the process dies at, and whatever is lost with it, apply converges."""
    mine = _singles()[part::PARTS]
    wrong = [text for one in mine if (text := _die(one))]
    assert not wrong, "\n" + "\n".join(wrong)
    assert len(mine) >= 90


@pytest.mark.parametrize("marketing", [False, True], ids=["openapi", "marketing"])
def test_the_plan_of_the_crash_points(marketing: bool) -> None:
    """Each fixed plan has twelve effects or more and a refresh; the points are before, in and after every one."""
    operations, methods = points.count(marketing)
    assert methods.count("POST") >= 12
    mine = [one for one in _singles() if one.marketing == marketing]
    assert len(mine) == (2 if marketing else 10) * operations + 4 * methods.count("POST") + 2 * methods.count("GET")
    every = [one for one in points.singles(whole=True) if one.marketing == marketing]
    assert len(every) == 10 * operations + 4 * methods.count("POST") + 2 * methods.count("GET")


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS), ids=lambda part: f"part-{part + 1}-of-{PARTS}")
def test_every_crash_point(part: int) -> None:
    """Every operation of the disk of both plans, with every loss."""
    wrong = [text for one in points.singles(whole=True)[part::PARTS] if (text := _die(one))]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("part", range(2), ids=lambda part: f"{PAIRS}-pairs-part-{part + 1}-of-2")
def test_pairs_of_crash_points(part: int) -> None:
    """The run after a crash may die, too."""
    wrong = [text for pair in points.pairs(PAIRS)[part::2] if (text := _die(*pair))]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10), ids=lambda part: f"{SOAK_PAIRS}-pairs-part-{part + 1}-of-10")
def test_more_pairs_of_crash_points(part: int) -> None:
    """The run after a crash may die, too, at many more pairs of places."""
    wrong = [text for pair in points.pairs(SOAK_PAIRS)[part::10] if (text := _die(*pair))]
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_seed_is_one_story() -> None:
    """The same seed tells the same story, line by line."""
    for seed in range(20):
        assert str(play(seed)) == str(play(seed))
