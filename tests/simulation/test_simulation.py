"""The seeds and the crash points: a run of the tests plays a share, which moves with the commit, the proof all."""

from __future__ import annotations

from functools import cache

import pytest

from tests import rotation
from tests.simulation import points
from tests.simulation.known import SEEDS as SKIPPED
from tests.simulation.smart_story import CONTRACTS, play

SEEDS = 4000
CHUNK = 50
SHARES = 32
"""A run plays 125 seeds: two or three chunks, all over."""
NEW = 4000
"""Seeds of the proof that nobody has played before; which ones moves with the commit."""
PARTS = 48
QUARTERS = 4
PAIRS = 5000
PAIRED = 25
"""Pairs of crash points a part: a run plays one part of two hundred."""

REPLAY = "python -m tests.simulation"


def _chunks(first: int, last: int, size: int) -> list[range]:
    return [range(one, one + size) for one in range(first, last, size)]


def _named(seeds: range) -> str:
    return f"seeds-{seeds[0]}-to-{seeds[-1]}"


def _new() -> int:
    """The first of the new seeds."""
    return SEEDS + rotation.base() % 1_000_000 * 2


def _wrong(seeds: range) -> tuple[list[str], int, int]:
    """(what was broken, each with the command that replays it; stories that were healed; applies they took)."""
    wrong, healed, runs = [], 0, 0
    for seed in (one for one in seeds if one not in SKIPPED):
        told = play(seed)
        healed, runs = healed + bool(told.runs), runs + told.runs
        wrong += [f"{REPLAY} --seed {seed} -v    # {one}" for one in told.broken[:1]]
    return wrong, healed, runs


@pytest.mark.parametrize("seeds", rotation.rotating(_chunks(0, SEEDS, CHUNK), SHARES, _named))
def test_seeds(seeds: range) -> None:
    """Every invariant holds in every story, and every story converges."""
    wrong, healed, runs = _wrong(seeds)
    assert not wrong, "\n" + "\n".join(wrong)
    # Each story takes the run that carries out what is left and the one that finds nothing to do, or the latter alone.
    assert healed == len(seeds) - len(SKIPPED.keys() & set(seeds))
    assert len(seeds) < runs < 4 * len(seeds)


@pytest.mark.proof
@pytest.mark.parametrize("part", range(NEW // 100))
def test_new_seeds(part: int) -> None:
    """Every invariant holds in stories that no earlier commit has told."""
    seeds = range(_new() + part * 100, _new() + (part + 1) * 100)
    wrong, healed, _ = _wrong(seeds)
    assert not wrong, "\n" + "\n".join(wrong)
    assert healed == len(seeds)


@cache
def _singles() -> list[points.Point]:
    return points.singles()


@cache
def _others() -> list[points.Point]:
    """The points that only the proof plays."""
    known = set(_singles())
    return [one for one in points.singles(whole=True) if one not in known]


def _die(*where: points.Point) -> str | None:
    """What was broken, with the command that replays it."""
    broken, _ = points.run(*where)
    command = " ".join([REPLAY, *(f"--point {one}" for one in where)])
    return f"{command}    # {broken[0]}" if broken else None


def _part(number: int) -> str:
    return f"part-{number + 1}-of-{PARTS}"


@pytest.mark.parametrize("part", rotation.rotating(range(PARTS), 4 * QUARTERS, _part))
def test_crash_points(part: int) -> None:
    """Whatever operation of the disk or call the process dies at, and whatever is lost with it, apply converges."""
    mine = _singles()[part::PARTS]
    wrong = [text for one in mine if (text := _die(one))]
    assert not wrong, "\n" + "\n".join(wrong)
    assert len(mine) >= 90 * 12 // PARTS


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS), ids=_part)
def test_the_other_crash_points(part: int) -> None:
    """Every operation of the disk of the plan of marketing, with every loss that the points above leave out."""
    mine = _others()[part::PARTS]
    wrong = [text for one in mine if (text := _die(one))]
    assert not wrong, "\n" + "\n".join(wrong)
    assert mine


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_plan_of_the_crash_points(contract: str) -> None:
    """Each fixed plan has nine effects or more, two of them twelve; the points are before, in and after every one."""
    operations, methods = points.count(contract)
    assert methods.count("POST") >= (9 if contract == "smart_plus" else 12)
    calls = 4 * methods.count("POST") + 2 * methods.count("GET")
    mine = [one for one in _singles() if one.contract == contract]
    assert len(mine) == (10 if contract == "openapi" else 2) * operations + calls
    every = [one for one in points.singles(whole=True) if one.contract == contract]
    assert len(every) == 10 * operations + calls
    assert len({*_singles(), *_others()}) == len(_singles()) + len(_others()) == len(points.singles(whole=True))


@pytest.mark.parametrize("first", rotation.rotating(range(0, PAIRS, PAIRED), PAIRS // PAIRED, "pairs-from-{}".format))
def test_pairs_of_crash_points(first: int) -> None:
    """The run after a crash may die, too."""
    wrong = [text for pair in points.pairs(PAIRS)[first : first + PAIRED] if (text := _die(*pair))]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("seed", rotation.rotating(range(20), QUARTERS))
def test_a_seed_is_one_story(seed: int) -> None:
    """The same seed tells the same story, line by line."""
    assert str(play(seed)) == str(play(seed))
