"""Curves and shocks: what the operator says figures shall do, and the figures drawn from it. *Pure*.

An object with a curve delivers steadily: every figure is a share of another (`OF`), a share that stays what it is
unless a curve moves it, with the chance of counting whole people on top. Noise and chance come from the seed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from reconciler.simulator.wire import Json, Number, decode, encode

SHAPES = ("step", "linear", "half_life")
OF = {
    "impressions": ("", 2_000, 20_000),
    "reach": ("impressions", 0.6, 0.9),
    "video_play_actions": ("impressions", 0.9, 0.99),
    "video_watched_2s": ("impressions", 0.2, 0.4),
    "video_watched_6s": ("video_watched_2s", 0.3, 0.6),
    "video_views_p25": ("video_watched_2s", 0.6, 0.8),
    "video_views_p50": ("video_views_p25", 0.5, 0.7),
    "video_views_p75": ("video_views_p50", 0.5, 0.7),
    "video_views_p100": ("video_views_p75", 0.5, 0.7),
    "clicks": ("impressions", 0.008, 0.02),
    "conversion": ("clicks", 0.02, 0.08),
    "spend": ("impressions", 3.0, 9.0),
}
"""Of which figure each is a share, and between what the share of an object lies that no `base` says; impressions are a
number a day, spend is money for 1,000 impressions. In order: each after the one it is a share of."""
SWING = 0.25
"""How far the impressions of a day are from their curve, at most."""
FEW = 50
"""Up to here a chance count is drawn exactly, beyond as the normal distribution has it."""


class Place(NamedTuple):
    """Whose day is drawn."""

    seed: int
    object_id: str
    day: date


@dataclass(frozen=True)
class Curve:
    """One metric from a day on. `days` is how long a linear fall takes, or half of the way of a half_life.

    `noise` is the coefficient of variation from day to day, `linger` how much of a day's noise the next one keeps,
    `week` the height of the wave over the weekdays, `base` the share before anything happens.
    """

    metric: str
    start: date
    shape: str
    to: float
    days: float = 1.0
    noise: float = 0.0
    week: float = 0.0
    linger: float = 0.0
    base: float | None = None

    def kept(self, day: date) -> float:
        """What is left on a day of what was there before: 1 before the curve begins."""
        passed = (day - self.start).days
        if passed < 0:
            return 1.0
        if self.shape == "step":
            return self.to
        way = min(1.0, passed / self.days) if self.shape == "linear" else 1 - 0.5 ** (passed / self.days)
        return 1 + (self.to - 1) * way


class Shock(NamedTuple):
    """What the whole account keeps of its hits, from one day to another, both included."""

    start: date
    end: date
    factor: float


# --- what the operator says ------------------------------------------------------------------------------------------


def note(object_id: str) -> str:
    """The name of the note that keeps an object's curves."""
    return f"curves/{object_id}"


def shocks_note(owner: str) -> str:
    """The name of the note that keeps an account's shocks."""
    return f"shocks/{owner}"


def with_curve(text: str, told: Mapping[str, Json]) -> str:
    """A note of curves with one more, which replaces that of its metric and day; ValueError for one that cannot be."""
    new = _curve(told)
    held = {(one["metric"], one["from"]): one for one in decode(text.encode())}
    held[new.metric, new.start.isoformat()] = {name: value for name, value in told.items() if name != "id"}
    return encode([held[key] for key in sorted(held)])


def with_shock(text: str, told: Mapping[str, Json]) -> str:
    """A note of shocks with one more; ValueError for one that cannot be."""
    shock = _shock(told)
    if shock.end < shock.start:
        raise ValueError("to must not be before from")
    return encode([*decode(text.encode()), {name: told[name] for name in ("from", "to", "factor")}])


@lru_cache(maxsize=1024)
def read(text: str) -> tuple[Curve, ...]:
    """The curves of a note, by metric and day."""
    return tuple(_curve(one) for one in decode(text.encode()))


def shocked(text: str, day: date) -> float:
    """What an account with this note of shocks keeps of its hits on a day."""
    return math.prod(one.factor for one in map(_shock, decode(text.encode())) if one.start <= day <= one.end)


def _curve(told: Mapping[str, Json]) -> Curve:
    known = ("id", "metric", "from", "shape", "to", "days", "noise", "week", "linger", "base")
    if unknown := told.keys() - set(known):
        raise ValueError(f"{min(unknown)} is not known; there are {', '.join(known)}")
    metric, shape = told.get("metric"), told.get("shape", SHAPES[0])
    if metric not in OF or shape not in SHAPES:
        raise ValueError(f"metric is one of {', '.join(OF)}; shape one of {', '.join(SHAPES)}")
    if shape != SHAPES[0] and "days" not in told:
        raise ValueError(f"a curve that is {shape} needs days")
    most = {"noise": 2.0, "week": 1.0, "linger": 0.95}
    numbers = {name: _number(told, name, most) for name in ("to", "days", "base", *most) if name in told}
    if "to" not in numbers or numbers.get("days") == 0:
        raise ValueError("a curve needs to; days must be more than 0")
    if numbers.get("base", 0.0) > 1 and metric not in ("impressions", "spend"):
        raise ValueError(f"base of {metric} is a share of {OF[metric][0]}, from 0 to 1")
    return Curve(metric, _day(told, "from"), shape, **numbers)


def _shock(told: Mapping[str, Json]) -> Shock:
    if unknown := told.keys() - {"from", "to", "factor"}:
        raise ValueError(f"{min(unknown)} is not known; there are from, to, factor")
    return Shock(_day(told, "from"), _day(told, "to"), _number(told, "factor", {}))


def _day(told: Mapping[str, Json], name: str) -> date:
    value = told.get(name)
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError(f"{name} must be a day, YYYY-MM-DD")
    return date.fromisoformat(value)


def _number(told: Mapping[str, Json], name: str, most: Mapping[str, float]) -> float:
    value, limit = told.get(name), most.get(name, 1e9)
    if not isinstance(value, Number) or not 0 <= value.value <= limit:
        raise ValueError(f"{name} must be a number from 0 to {limit:g}")
    return float(value.value)


# --- what follows from it --------------------------------------------------------------------------------------------


def kept(curves: Sequence[Curve], metric: str, day: date) -> float:
    """What is left of a metric on a day, noise aside."""
    ruling = _ruling(curves, metric, day)
    return ruling.kept(day) if ruling else 1.0


def drawn(curves: Sequence[Curve], place: Place) -> Counter[str]:
    """All figures of an object's day; spend in cents."""
    figures: Counter[str] = Counter()
    for metric, (source, low, high) in OF.items():
        ruling = _ruling(curves, metric, place.day)
        base = Random(f"{place.seed}/{place.object_id}/{metric}").uniform(low, high)
        mean = next((one.base for one in curves if one.metric == metric and one.base is not None), base)
        if ruling:
            mean *= ruling.kept(place.day) * _noise(ruling, place) * _wave(ruling, place.day)
        chance = Random(f"{place.seed}/{place.object_id}/{metric}/{place.day}")
        if metric == "impressions":
            figures[metric] = round(mean * chance.uniform(1 - SWING, 1 + SWING))
        elif metric == "spend":
            # Cents, out of money for 1,000 impressions.
            figures[metric] = round(mean * figures[source] / 10)
        else:
            figures[metric] = min(_people(chance, mean * figures[source]), figures[source])
    return figures


def _ruling(curves: Sequence[Curve], metric: str, day: date) -> Curve | None:
    """The curve that holds on a day: the last that has begun, or else the first that will."""
    mine = [one for one in curves if one.metric == metric]
    begun = [one for one in mine if one.start <= day]
    return begun[-1] if begun else mine[0] if mine else None


def _wave(curve: Curve, day: date) -> float:
    return 1 + curve.week * math.sin(2 * math.pi * day.weekday() / 7)


def _noise(curve: Curve, place: Place) -> float:
    """The noise of a day: with a mean of 1, and so much of the days before in it as lingers."""
    if not curve.noise:
        return 1.0
    width, linger = math.sqrt(math.log1p(curve.noise**2)), curve.linger
    back = math.ceil(math.log(0.001) / math.log(linger)) if linger else 0
    normal = sum(linger**number * _normal(curve, place, number) for number in range(back + 1))
    return math.exp(width * math.sqrt(1 - linger**2) * normal - width**2 / 2)


def _normal(curve: Curve, place: Place, back: int) -> float:
    day = place.day - timedelta(days=back)
    return Random(f"{place.seed}/{place.object_id}/{curve.metric}/{day}/noise").gauss(0, 1)


def _people(chance: Random, mean: float) -> int:
    """How many come where so many are expected: a Poisson draw."""
    if mean > FEW:
        return max(0, round(mean + math.sqrt(mean) * chance.gauss(0, 1)))
    left, count = math.exp(-mean), 0
    product = chance.random()
    while product > left:
        product *= chance.random()
        count += 1
    return count
