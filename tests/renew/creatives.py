"""Ads as they are drawn: days of exposures and hits, with noise from day to day, a wave of the week, and a fall."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import Decimal

from reconciler.plan.fatigue import BASELINE_DAYS, Count, Judged, Rule, judge, noise

GROUP = 5
"""Ads of an ad group, whose noise is estimated together."""


@dataclass(frozen=True)
class Cell:
    """What is simulated: exposures a day, hits of one exposure, variation from day to day, the week's wave."""

    volume: int
    rate: float
    noise: float
    week: float
    days: int = 60
    linger: float = 0.0
    """How much of a day's noise the next one keeps."""


@dataclass(frozen=True)
class Fall:
    """From a day (counted after the baseline) on only `left` of the rate is left, `over` so many days to get there."""

    day: int
    left: float
    over: int = 1

    def factor(self, day: int) -> float:
        """What is left on a day."""
        return 1 - (1 - self.left) * min(1.0, max(0.0, (day - self.day + 1) / self.over))


NONE = Fall(10_000, 1.0)


def drawn(draw: random.Random, cell: Cell, fall: Fall = NONE) -> list[Count]:
    """A baseline's days, then `cell.days` more."""
    found, phase, varied = list[Count](), draw.randrange(7), 0.0
    for number in range(-BASELINE_DAYS, cell.days):
        shown = max(1, round(cell.volume * draw.uniform(0.75, 1.25)))
        wave = 1 + cell.week * math.sin(2 * math.pi * (number + phase) / 7)
        varied = _varied(draw, cell, varied)
        mean = min(0.95, cell.rate * wave * varied * fall.factor(number))
        found.append(Count(_binomial(draw, shown, mean), shown))
    return found


def _varied(draw: random.Random, cell: Cell, before: float) -> float:
    """The factor of a day's noise, of mean 1; `before`: of the day before, 0 on the first."""
    if not cell.noise:
        return 1.0
    if not cell.linger:
        return draw.gammavariate(cell.noise**-2, cell.noise**2)
    fresh = draw.gauss(0, cell.noise * math.sqrt(1 - cell.linger**2 if before else 1))
    return max(0.05, 1 + (cell.linger * (before - 1) if before else 0) + fresh)


def _binomial(draw: random.Random, count: int, share: float) -> int:
    """Hits among exposures; by the normal distribution where there are many."""
    mean = count * share
    if mean > 200:
        return min(count, max(0, round(draw.gauss(mean, math.sqrt(mean * (1 - share))))))
    left, hits = math.exp(-mean), 0
    product = draw.random()
    while product > left:
        hits, product = hits + 1, product * draw.random()
    return min(count, hits)


def judged(seed: str, cell: Cell, count: int, fall: Fall = NONE, floor: str = "0.15") -> list[tuple[Judged, int]]:
    """(verdict, the day it was found on counted from the fall's) of so many creatives, in ad groups of five."""
    draw, found = random.Random(seed), list[tuple[Judged, int]]()
    while len(found) < count:
        ads = [drawn(draw, cell, fall) for _ in range(GROUP)]
        rule = Rule(noise([one[:BASELINE_DAYS] for one in ads], Decimal(floor)))
        for days in ads:
            told = judge(days[:BASELINE_DAYS], days[BASELINE_DAYS:], rule)
            found.append((told, _when(days, rule, told) - fall.day))
    return found[:count]


def _when(days: list[Count], rule: Rule, told: Judged) -> int:
    """The day of the verdict: the first after which the history says so."""
    if told.verdict != "tired":
        return 10_000
    base, after = days[:BASELINE_DAYS], days[BASELINE_DAYS:]
    low, high = 1, len(after)
    while low < high:
        middle = (low + high) // 2
        if judge(base, after[:middle], rule).verdict == "tired":
            high = middle
        else:
            low = middle + 1
    return low - 1
