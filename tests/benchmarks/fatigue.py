"""How often the test for tired ads is wrong, and how soon it is right: ads that are drawn, looked at on sixty days.

Everything comes from our own code over `tests/renew/creatives.py`; beside it what simpler rules make of the same ads.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from reconciler.plan.fatigue import BASELINE_DAYS, Count, Rule, judge, kept_share, noise
from tests.renew.creatives import GROUP, NONE, Cell, Fall, drawn, judged

VOLUMES = (1_000, 10_000, 100_000)
NOISES = ((0.0, 0.0), (0.1, 0.1), (0.2, 0.1), (0.3, 0.1))
METRICS = {"CTR 1 %": 0.01, "hook 30 %": 0.3}
FALLS = {"-20 % once": Fall(20, 0.8), "-40 % once": Fall(20, 0.6), "-40 % in 14 d": Fall(20, 0.6, 14)}
SHOCK = range(20, 31)
"""Days on which a whole account keeps 70 %."""
Days = list[Count]


class Share(NamedTuple):
    """So many of all."""

    some: int
    all: int

    def __str__(self) -> str:
        return f"{100 * self.some / self.all:.1f} %"


def report(creatives: int) -> Iterator[str]:
    """Every table, a line when it is known. `creatives`: of each cell."""
    yield f"fatigue: false alarms in 60 daily looks at {creatives} unchanged creatives a cell; 1k · 10k · 100k a day"
    for level, week in NOISES:
        for name, metric in METRICS.items():
            cells = [Cell(volume, metric, level, week) for volume in VOLUMES]
            yield f"  {name}, noise {level} / {week}: " + " · ".join(str(_alarms(one, creatives)) for one in cells)
    yield "fatigue: the same ads (CTR 1 %) by simpler rules"
    for level, week in NOISES[:3]:
        for name, naive in NAIVE.items():
            cells = [Cell(volume, 0.01, level, week) for volume in VOLUMES]
            yield f"  {name}, noise {level} / {week}: " + " · ".join(
                str(_naive(one, naive, creatives)) for one in cells
            )
    yield from _early(creatives)
    yield from _limits(creatives)
    yield "fatigue: days from a fall on day 20 to `tired`, median (found within 40 days), noise 0.1 / 0.1"
    for what, fall in FALLS.items():
        for name, metric in METRICS.items():
            for floor in ("0.15", "0.10"):
                cells = [Cell(volume, metric, 0.1, 0.1) for volume in VOLUMES]
                told = " · ".join(_delay(one, fall, floor, creatives) for one in cells)
                yield f"  {what}, {name}, floor {floor}: {told}"
    yield from _costs(creatives)


def _alarms(cell: Cell, creatives: int, floor: str = "0.15") -> Share:
    told = judged(f"false/{cell}", cell, creatives, floor=floor)
    return Share(sum(one.verdict == "tired" for one, _ in told), creatives)


def _delay(cell: Cell, fall: Fall, floor: str, creatives: int) -> str:
    late = [days for _, days in judged(f"fall/{cell}/{fall}", cell, creatives, fall, floor) if 0 <= days < 40]
    median = f"{statistics.median(late) + 1:.0f}" if late else "–"
    return f"{median} ({Share(len(late), creatives)})"


# --- limits ----------------------------------------------------------------------------------------------------------


def _limits(creatives: int) -> Iterator[str]:
    yield "fatigue: limits (hook 30 %, 10k a day, unless said)"
    for level, _ in NOISES:
        yield f"  a single ad, noise {level}: {_alone(Cell(10_000, 0.3, level, 0.1), creatives)}"
    for level in (0.1, 0.2):
        for name, metric in METRICS.items():
            cells = [Cell(volume, metric, level, 0.0, linger=0.7) for volume in VOLUMES]
            for floor in ("0.15", "0.10"):
                told_lingering = " · ".join(str(_alarms(one, creatives, floor)) for one in cells)
                yield f"  noise {level} that lingers (0.7 from day to day), {name}, floor {floor}: {told_lingering}"
    for metric, volume in ((0.01, 10_000), (0.3, 10_000), (0.3, 100_000)):
        cell = Cell(volume, metric, 0.1, 0.1)
        told = [_shocked(cell, creatives, siblings=siblings) for siblings in (False, True)]
        yield f"  account-wide -30 % for 11 days, {metric:.0%} at {volume}: {told[0]}, with siblings {told[1]}"
    for name, metric in METRICS.items():
        cells = [Cell(volume, metric, 0.2, 0.1) for volume in VOLUMES]
        told_fixed = " · ".join(str(_fixed(one, creatives)) for one in cells)
        yield f"  {name}, tau fixed at 0.10 while 0.2 is true: {told_fixed}"


def _alone(cell: Cell, creatives: int) -> Share:
    """Ads without others in their ad group."""
    draw, found = random.Random(f"alone/{cell}"), 0
    for _ in range(creatives):
        days = drawn(draw, cell)
        base, after = days[:BASELINE_DAYS], days[BASELINE_DAYS:]
        found += judge(base, after, Rule(noise([base], Decimal("0.15")))).verdict == "tired"
    return Share(found, creatives)


def _fixed(cell: Cell, creatives: int) -> Share:
    draw, rule = random.Random(f"fixed/{cell}"), Rule(Decimal("0.10"))
    told = [drawn(draw, cell) for _ in range(creatives)]
    tired = [judge(one[:BASELINE_DAYS], one[BASELINE_DAYS:], rule).verdict == "tired" for one in told]
    return Share(sum(tired), creatives)


def _shocked(cell: Cell, creatives: int, *, siblings: bool) -> Share:
    """Ad groups of five that all keep 70 % for some days."""
    draw, rule, found, count = random.Random(f"shock/{cell}"), Rule(Decimal("0.10")), 0, 0
    while count < creatives:
        group = [_with_shock(drawn(draw, cell)) for _ in range(GROUP)]
        for number, one in enumerate(group):
            others = group[:number] + group[number + 1 :]
            shares = [
                kept_share([(other[:BASELINE_DAYS], other[BASELINE_DAYS + day]) for other in others], rule.noise)
                for day in range(cell.days)
            ]
            told = judge(one[:BASELINE_DAYS], one[BASELINE_DAYS:], rule, shares if siblings else ())
            found, count = found + (told.verdict == "tired"), count + 1
    return Share(found, count)


def _with_shock(days: Days) -> Days:
    return [
        Count(one.hits * 7 // 10, one.shown) if number - BASELINE_DAYS in SHOCK else one
        for number, one in enumerate(days)
    ]


# --- conversions of spend --------------------------------------------------------------------------------------------


def _costs(creatives: int) -> Iterator[str]:
    yield "fatigue: CPA by conversions of spend, noise 0.2, from day 20 on; 5 · 20 · 100 conversions a day"
    for name, left in (("x 1.67", 0.6), ("x 1.25", 0.8), ("unchanged", 1.0)):
        cells = [Cell(100_000, conversions / 100_000, 0.2, 0.0) for conversions in (5, 20, 100)]
        fall = Fall(20, left) if left < 1 else NONE
        told = [_delay(one, fall, "0.15", creatives) if left < 1 else str(_alarms(one, creatives)) for one in cells]
        yield f"  CPA {name}: " + " · ".join(told)


# --- simpler rules ---------------------------------------------------------------------------------------------------


def _naive(cell: Cell, rule: Callable[[Days, Days], bool], creatives: int) -> Share:
    draw = random.Random(f"naive/{cell}")
    told = [drawn(draw, cell) for _ in range(creatives)]
    return Share(sum(rule(one[:BASELINE_DAYS], one[BASELINE_DAYS:]) for one in told), creatives)


def _early(creatives: int) -> Iterator[str]:
    """What the simpler rules say how often, and before anything has happened."""
    yield "fatigue: simpler rules (CTR 1 %), noise 0.1 / 0.1; 1k · 10k · 100k a day"
    cells = [Cell(volume, 0.01, 0.1, 0.1) for volume in VOLUMES]
    days = " · ".join(f"{_alarm_days(one, creatives):.0f}" for one in cells)
    yield f"  1 day below 80 %: days of 60 on which it says so, median: {days}"
    yield "  3 days below 80 %, -40 % on day 20: " + " · ".join(_naive_delay(one, creatives) for one in cells)


def _alarm_days(cell: Cell, creatives: int) -> float:
    """The median over ads to which nothing happens."""
    draw, found = random.Random(f"often/{cell}"), list[int]()
    for _ in range(creatives):
        told = drawn(draw, cell)
        least = 0.8 * _rate(told[:BASELINE_DAYS])
        found.append(sum(one.hits / one.shown < least for one in told[BASELINE_DAYS:]))
    return statistics.median(found)


def _naive_delay(cell: Cell, creatives: int) -> str:
    """Days until the fall is found, and how many had been called tired before it."""
    draw, fall, late, early = random.Random(f"early/{cell}"), FALLS["-40 % once"], list[int](), 0
    for _ in range(creatives):
        told = drawn(draw, cell, fall)
        base, days = told[:BASELINE_DAYS], told[BASELINE_DAYS:]
        first = next((end for end in range(3, len(days) + 1) if _below(base, days[:end], 3)), len(days) + 1)
        if first <= fall.day:
            early += 1
        elif first <= len(days):
            late.append(first - fall.day)
    median = f"{statistics.median(late):.0f}" if late else "–"
    return f"{median} days ({Share(early, creatives)} called tired before)"


def _rate(days: Days) -> float:
    return sum(one.hits for one in days) / sum(one.shown for one in days)


def _below(base: Days, days: Days, count: int, *, peak: bool = False) -> bool:
    """The rate of so many last days below 80 % of the baseline's, or of the best that it was so far."""
    whole, least = [*base, *days], 0.0 if peak else _rate(base)
    for end in range(count if peak else len(base) + count, len(whole) + 1):
        rate = _rate(whole[end - count : end])
        if end >= len(base) + count and rate < 0.8 * least:
            return True
        least = max(least, rate) if peak else least
    return False


def _weekly(base: Days, days: Days) -> bool:
    """A two-sample z test of each week against the baseline, one-sided, 5 %."""
    for start in range(0, len(days) - 6, 7):
        week = days[start : start + 7]
        hits, shown = (sum(getattr(one, name) for one in [*base, *week]) for name in ("hits", "shown"))
        both = hits / shown
        parts = [sum(one.shown for one in part) for part in (base, week)]
        spread = (both * (1 - both) * sum(1 / one for one in parts)) ** 0.5
        if spread and (_rate(week) - _rate(base)) / spread < -1.645:
            return True
    return False


NAIVE: dict[str, Callable[[Days, Days], bool]] = {
    "1 day below 80 %": lambda base, days: _below(base, days, 1),
    "3 days below 80 %": lambda base, days: _below(base, days, 3),
    "3 days below 80 % of the peak": lambda base, days: _below(base, days, 3, peak=True),
    "weekly z test, 5 %": _weekly,
}
