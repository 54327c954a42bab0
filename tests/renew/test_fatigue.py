"""The test behind `tired`: digits, what it must never do, and how often it is wrong."""

from __future__ import annotations

import decimal
import math
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.plan.fatigue import BASELINE_DAYS, Count, Judged, Rule, is_enough, judge, kept_share, noise
from tests.renew.creatives import Cell, Fall, drawn, judged

FLOOR = Decimal("0.15")
HOOK = Cell(10_000, 0.3, 0.1, 0.1)
HALVED = Fall(20, 0.6)
GOLDEN = Judged(
    "tired",
    Decimal("1.765564313517948968529165719"),
    Decimal("0.3150329407067278897983629467"),
    Decimal("0.2225214442449630959505286256"),
)
"""As another implementation of the same formulas has them, to the last digit."""


def history(seed: int, fall: Fall = HALVED, cell: Cell = HOOK) -> tuple[list[Count], list[Count]]:
    """A baseline, and what came after it."""
    days = drawn(random.Random(seed), cell, fall)
    return days[:BASELINE_DAYS], days[BASELINE_DAYS:]


def test_the_digits_are_the_same_everywhere() -> None:
    """Every digit of verdict, evidence and rates: a plan's digest hangs on them, whatever context a caller has."""
    baseline = [Count(3105 + 17 * day, 10_021 - day) for day in range(7)]
    days = [Count(3011 - 60 * day, 9_987 + 3 * day) for day in range(20)]
    told = judge(baseline, days, Rule(noise([baseline], FLOOR)))
    with decimal.localcontext(decimal.Context(prec=5, rounding=decimal.ROUND_UP)):
        again = judge(baseline, days, Rule(noise([baseline], FLOOR)))
    assert told == again
    assert told == GOLDEN


def _witness(baseline: list[Count], days: list[Count], tau: float, limit: float) -> float:
    """The highest evidence by another road: floating point, and the probabilities of the negative binomial itself."""
    shape, hits = tau**-2, sum(one.hits for one in baseline)
    rate = hits / sum(one.shown for one in baseline)
    rate *= math.exp(-1.959964 * math.sqrt(1 / hits + tau**2 / len(baseline)))

    def log_of(count: int, mean: float) -> float:
        told = math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)
        return told + shape * math.log(shape / (shape + mean)) + count * math.log(mean / (shape + mean))

    sums, best = dict.fromkeys((0.9, 0.8, 0.7, 0.6, 0.5), 0.0), 0.0
    for day in days:
        for fall in sums:
            mean = rate * day.shown
            sums[fall] = (sums[fall] + 1) * math.exp(log_of(day.hits, fall * mean) - log_of(day.hits, mean))
        best = max(best, sum(sums.values()) / len(sums) / limit)
    return best


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["0.15", "0.21", "0.40"]), st.sampled_from([1.0, 0.9, 0.8]))
def test_evidence_is_the_likelihood_ratio_of_the_day_model(seed: int, tau: str, left: float) -> None:
    """Exact decimals agree with the negative binomial's own probabilities in floating point."""
    baseline, days = history(seed, Fall(5, left), Cell(2_000, 0.1, 0.1, 0.1, days=20))
    told = judge(baseline, days, Rule(Decimal(tau), min_drop=Decimal(1)))
    assert told.verdict == "not shown"
    assert float(told.value) == pytest.approx(_witness(baseline, days, float(tau), 2400), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_a_lost_day_never_makes_an_ad_tired(seed: int, data: st.DataObject) -> None:
    """Whatever days are lost, what was `not shown` stays it."""
    baseline, days = history(seed, data.draw(st.sampled_from([Fall(20, 0.8), Fall(20, 0.85, 14), Fall(50, 0.6)])))
    lost = data.draw(st.sets(st.integers(0, len(days) - 1), min_size=1, max_size=5))
    rule = Rule(FLOOR)
    left = [None if number in lost else day for number, day in enumerate(days)]
    if judge(baseline, left, rule).verdict == "tired":
        assert judge(baseline, days, rule).verdict == "tired"


@pytest.mark.parametrize("seed", range(20))
def test_less_exposure_never_makes_more_evidence(seed: int) -> None:
    """Half of all counts, at the same rates, shows no more."""
    baseline, days = history(seed, Fall(20, 0.7))
    even = [[Count(2 * one.hits, 2 * one.shown) for one in part] for part in (baseline, days)]
    rule = Rule(FLOOR, min_drop=Decimal(1))
    assert judge(baseline, days, rule).value <= judge(even[0], even[1], rule).value


@pytest.mark.parametrize("seed", range(20))
def test_siblings_only_prevent(seed: int) -> None:
    """What the siblings kept can take evidence away, never add to it; above 1 it is nothing."""
    baseline, days = history(seed)
    rule, draw = Rule(FLOOR, min_drop=Decimal(1)), random.Random(seed)
    alone = judge(baseline, days, rule)
    shares = [draw.choice([None, Decimal("0.70"), Decimal("0.98"), Decimal("1.40")]) for _ in days]
    assert judge(baseline, days, rule, shares).value <= alone.value
    assert judge(baseline, days, rule, [Decimal("1.40")] * len(days)) == alone


def test_siblings_that_fall_with_an_ad_excuse_it() -> None:
    """An account-wide fall of a third is no fatigue: the siblings' share takes it out of what was to be expected."""
    baseline, days = history(7, Fall(20, 0.6))
    others = [history(seed, Fall(20, 0.6)) for seed in (8, 9, 10)]
    shares = [kept_share([(base, after[day]) for base, after in others], FLOOR) for day in range(len(days))]
    assert judge(baseline, days, Rule(FLOOR)).verdict == "tired"
    assert judge(baseline, days, Rule(FLOOR), shares).verdict == "not shown"


def test_after_the_horizon_the_test_is_over() -> None:
    """A fall after sixty days with delivery is age's to find."""
    baseline, days = history(3, Fall(61, 0.4), Cell(10_000, 0.3, 0.1, 0.1, days=90))
    assert judge(baseline, days, Rule(FLOOR)).verdict == "not shown"
    assert judge(baseline, days, Rule(FLOOR, horizon=90)).verdict == "tired"


def test_a_small_fall_is_none() -> None:
    """However much evidence: less than `min_drop` is not worth a new video."""
    baseline = [Count(30_000, 100_000)] * 7
    days = [Count(27_000, 100_000)] * 60
    told = judge(baseline, days, Rule(Decimal("0.01")))
    assert told.value > 1
    assert told.verdict == "not shown"


@pytest.mark.parametrize(
    ("hits", "days", "enough"), [(8, 7, True), (7, 7, False), (20, 6, False), (8, 8, True)], ids=str
)
def test_what_a_baseline_must_hold(hits: int, days: int, enough: bool) -> None:
    """Seven days, fifty hits, a thousand exposures."""
    assert is_enough([Count(hits, 150)] * days) is enough
    assert not is_enough([Count(hits, 100)] * 7)


def test_noise_is_estimated_and_never_below_its_floor() -> None:
    """Ads that vary by 30 % are seen to; a quiet ad counts as one of 15 %; one or two ads count for more."""
    draw = random.Random(1)
    wild = [drawn(draw, Cell(50_000, 0.3, 0.3, 0.0, days=0)) for _ in range(20)]
    calm = [drawn(draw, Cell(50_000, 0.3, 0.0, 0.0, days=0)) for _ in range(20)]
    assert Decimal("0.24") <= noise(wild, FLOOR) <= Decimal("0.36")
    assert noise(calm, FLOOR) == FLOOR
    assert noise(wild[:2], Decimal("0.01")) > noise(wild[:2] * 2, Decimal("0.01"))


def _most(count: int, share: float) -> int:
    """So many of a count are within the error of a share: more come in one of a thousand draws."""
    below, number = 0.0, -1
    while below < 0.999:
        number += 1
        below += math.comb(count, number) * share**number * (1 - share) ** (count - number)
    return number


@pytest.mark.proof
@pytest.mark.parametrize(
    ("metric", "variation", "share"),
    [(0.3, 0.1, 0.0005), (0.3, 0.2, 0.006), (0.01, 0.1, 0.0005), (0.01, 0.2, 0.005)],
    ids=["hook 0.1/0.1", "hook 0.2/0.1", "ctr 0.1/0.1", "ctr 0.2/0.1"],
)
def test_false_alarms_are_as_rare_as_said(metric: float, variation: float, share: float) -> None:
    """500 creatives at 10,000 impressions a day that change nothing: within the error of the share that docs name."""
    told = judged(f"{metric}/{variation}", Cell(10_000, metric, variation, 0.1), 500)
    assert sum(one.verdict == "tired" for one, _ in told) <= _most(500, share)


@pytest.mark.proof
def test_two_thousand_creatives_that_change_nothing() -> None:
    """At most 5 % are called tired in sixty daily looks, at any noise that the table names."""
    cells = [Cell(volume, 0.3, level, 0.1) for volume in (1_000, 100_000) for level in (0.1, 0.3)]
    told = [one for cell in cells for one, _ in judged(str(cell), cell, 500)]
    assert sum(one.verdict == "tired" for one in told) <= 0.05 * len(told)


@pytest.mark.proof
def test_a_fall_of_two_fifths_is_found_within_ten_days() -> None:
    """Of a hook at 10,000 impressions a day, in at least 95 of 100."""
    told = judged("fall", HOOK, 200, HALVED)
    assert sum(0 <= late < 10 for _, late in told) >= 0.95 * len(told)
