"""Which metrics of a report can be added up, and which are quotients of others. *Pure*.

A mean of daily rates is wrong, and the API's own are rounded: rates of several rows come from the sums of their counts.
Names: the page of metrics that reports support; `conversion_rate` is by click. People (`reach`) cannot be added up:
whoever saw two ads is one of each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

COUNTS = frozenset((
    "spend", "impressions", "clicks", "conversion", "real_time_conversion", "result", "real_time_result",
    "video_play_actions", "video_watched_2s", "video_watched_6s", "video_views_p25", "video_views_p50",
    "video_views_p75", "video_views_p100", "engaged_view", "likes", "shares", "comments", "follows", "profile_visits",
))  # fmt: skip
MISSING = "-"
"""What stands for a figure that does not apply."""
_CENT = Decimal("0.01")


class Quotient(NamedTuple):
    """One count times a factor by another."""

    above: str
    factor: int
    below: str


RATIOS: Mapping[str, Quotient] = {
    "ctr": Quotient("clicks", 100, "impressions"),
    "cpc": Quotient("spend", 1, "clicks"),
    "cpm": Quotient("spend", 1000, "impressions"),
    "conversion_rate": Quotient("conversion", 100, "clicks"),
    "cost_per_conversion": Quotient("spend", 1, "conversion"),
}


def needed(metrics: Iterable[str]) -> tuple[str, ...]:
    """The counts that tell these metrics, in their order."""
    counts: dict[str, None] = {}
    for name in metrics:
        ratio = RATIOS.get(name)
        counts.update(dict.fromkeys((ratio.above, ratio.below) if ratio else (name,)))
    return tuple(counts)


def unsummable(metrics: Collection[str]) -> list[str]:
    """Those that cannot be told of several rows together."""
    return [name for name in metrics if name not in COUNTS and name not in RATIOS]


def summed(rows: Iterable[Mapping[str, str | None]], counts: Iterable[str]) -> dict[str, Decimal | None]:
    """Each count over all rows; None for one that no row tells. Raises ValueError for what is no number."""
    totals: dict[str, Decimal | None] = dict.fromkeys(counts)
    for row in rows:
        for name, total in totals.items():
            value = row.get(name)
            if value is not None and value != MISSING:
                totals[name] = (total or Decimal(0)) + _number(name, value)
    return totals


def quotient(above: Decimal | None, below: Decimal | None, factor: int = 1, step: Decimal = _CENT) -> str | None:
    """A rate as text, rounded half up to `step`; None where there is nothing to divide by."""
    if above is None or not below:
        return None
    return format((above * factor / below).quantize(step, ROUND_HALF_UP), "f")


def told(totals: Mapping[str, Decimal | None], metrics: Iterable[str]) -> dict[str, str]:
    """The metrics as texts, as a report shows them."""
    found: dict[str, str] = {}
    for name in metrics:
        if ratio := RATIOS.get(name):
            text = quotient(totals[ratio.above], totals[ratio.below], ratio.factor)
        else:
            total = totals[name]
            text = None if total is None else format(total, "f")
        found[name] = MISSING if text is None else text
    return found


def _number(name: str, text: str) -> Decimal:
    """A count as it is written: ASCII digits, perhaps with a point."""
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit() and whole) or (point and not fraction) or len(digits) > 40:
        raise ValueError(f'{name} is "{text[:40]}", which is no count')
    return Decimal(text)
