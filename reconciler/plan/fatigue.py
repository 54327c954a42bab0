"""Whether a rate has fallen below its baseline: the test behind `tired`. Pure, and the same digits on every machine.

Hits of exposures a day, against the first whole week of the same ad. The model is gamma-Poisson: a day's hits vary
around their mean by counting and, beyond that, by `noise`, a coefficient of variation from day to day. The evidence is
an e-process (Shiryaev–Roberts sums of exact likelihood ratios, averaged over five falls), so that looking daily costs
nothing: without a fall it reaches the limit within `horizon` days in at most `alpha` of all ads. Every look computes
the whole history anew, so corrected figures need no state. Decimal's ln, exp and sqrt are correctly rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import wraps
from typing import Literal, NamedTuple, ParamSpec, TypeVar

from msgspec import Struct

Verdict = Literal["tired", "not shown"]
Given = ParamSpec("Given")
Found = TypeVar("Found")

VERSION = 1
"""Of this rule; a file made by another is not recomputed."""
BASELINE_DAYS = 7
RECENT_DAYS = 7
LEAST_HITS, LEAST_SHOWN = 50, 1000
"""What a baseline must hold, or there is too little data to judge by."""
_FALLS = tuple(map(Decimal, ("0.9", "0.8", "0.7", "0.6", "0.5")))
"""What may be left of the rate, each as likely as the others."""
_LOWER = Decimal("1.959964")
"""Of the normal distribution: 2.5 % lie below its negative."""
_EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
_ALONE = Decimal("1.3")
_POOL = 3
"""So many ads tell the noise; fewer, and it counts for more."""
_HUNDREDTH = Decimal("0.01")


class Count(NamedTuple):
    """One day: hits of exposures, whole numbers, `shown` above 0."""

    hits: int
    shown: int


class Rule(Struct, frozen=True):
    """How strict the test is. `noise`: day to day, beyond counting; `min_drop`: a smaller fall is none."""

    noise: Decimal
    alpha: Decimal = Decimal("0.05")
    horizon: int = 60
    min_drop: Decimal = Decimal("0.15")

    @property
    def limit(self) -> Decimal:
        """What the evidence must reach: half of alpha is the baseline's."""
        return 2 * self.horizon / self.alpha


class Judged(NamedTuple):
    """`value`: the evidence as a share of the limit, when it was reached or at its highest; the rates are hits per
    exposure: of the baseline, and of the last seven days then."""

    verdict: Verdict
    value: Decimal
    baseline: Decimal
    recent: Decimal | None


def _exactly(compute: Callable[Given, Found]) -> Callable[Given, Found]:
    """Whatever context the caller has."""

    @wraps(compute)
    def inside(*given: Given.args, **named: Given.kwargs) -> Found:
        with localcontext(_EXACT):
            return compute(*given, **named)

    return inside


@_exactly
def rate(days: Sequence[Count]) -> Decimal:
    """Hits per exposure of several days together; there must be exposures."""
    return Decimal(sum(one.hits for one in days)) / sum(one.shown for one in days)


@_exactly
def noise(baselines: Sequence[Sequence[Count]], floor: Decimal) -> Decimal:
    """How much the rates of an ad group vary from day to day beyond counting, to 0.01, by its ads' baselines (each of
    two days at least, with hits). Fewer than three tell little: what they show counts 1.3 times."""
    above = below = Decimal(0)
    for days in baselines:
        mean, count = rate(days), len(days)
        for one in days:
            expected = mean * one.shown
            above += ((one.hits - expected) ** 2 - expected * (count - 1) / count) * count / (count - 1)
            below += expected * expected
    found = (above / below).sqrt() if above > 0 else Decimal(0)
    return max(floor, found if len(baselines) >= _POOL else found * _ALONE).quantize(_HUNDREDTH)


def is_enough(baseline: Sequence[Count]) -> bool:
    """Whether a baseline is one."""
    hits, shown = sum(one.hits for one in baseline), sum(one.shown for one in baseline)
    return len(baseline) >= BASELINE_DAYS and hits >= LEAST_HITS and shown >= LEAST_SHOWN


@_exactly
def kept_share(siblings: Sequence[tuple[Sequence[Count], Count]], spread: Decimal) -> Decimal | None:
    """What other ads kept of their own rate on one day, to 0.01: (baseline, that day) of each; None without any."""
    if not siblings:
        return None
    shape = 1 / (spread * spread)
    expected = sum((rate(base) * day.shown for base, day in siblings), Decimal(0))
    return ((sum(day.hits for _, day in siblings) + shape) / (expected + shape)).quantize(_HUNDREDTH)


@_exactly
def judge(
    baseline: Sequence[Count],
    days: Sequence[Count | None],
    rule: Rule,
    shares: Sequence[Decimal | None] = (),
) -> Judged:
    """The verdict on an ad. `days`: with delivery, after its baseline, oldest first; None: a day whose figures are
    lost. `shares`: what its siblings kept of their own rates on each day, as far as known: only what is below 1 counts.

    A lost day takes all evidence so far away, for it may have spoken against a fall.
    """
    mean, shape = rate(baseline), 1 / (rule.noise * rule.noise)
    hits = sum(one.hits for one in baseline)
    least = mean * (-_LOWER * (Decimal(1) / hits + rule.noise * rule.noise / len(baseline)).sqrt()).exp()
    sums, best, recent = [Decimal(0)] * len(_FALLS), Decimal(0), None
    window: list[Count] = []
    lost_for = 0
    for number, day in enumerate(days[: rule.horizon]):
        if day is None:
            sums, lost_for = [Decimal(0)] * len(_FALLS), RECENT_DAYS
            continue
        share = shares[number] if number < len(shares) else None
        expected = least * day.shown * min(Decimal(1), Decimal(1) if share is None else share)
        sums = [(one + 1) * _ratio(fall, day.hits, expected, shape) for one, fall in zip(sums, _FALLS, strict=True)]
        window = [*window, day][-RECENT_DAYS:]
        lost_for = max(0, lost_for - 1)
        value, recent = sum(sums, Decimal(0)) / len(sums) / rule.limit, rate(window)
        best = max(best, value)
        if value >= 1 and not lost_for and recent <= mean * (1 - rule.min_drop):
            return Judged("tired", value, mean, recent)
    return Judged("not shown", best, mean, recent)


_LOGS = {fall: fall.ln(_EXACT) for fall in _FALLS}


def _ratio(fall: Decimal, hits: int, expected: Decimal, shape: Decimal) -> Decimal:
    """How much likelier a day's hits are with so much left of the rate than with all of it."""
    return (hits * _LOGS[fall] - (hits + shape) * ((shape + fall * expected) / (shape + expected)).ln()).exp()
