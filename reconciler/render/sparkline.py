"""A line without axes beside a figure: how it went, as the path of an SVG. *Pure*; the same digits everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

WIDTH, HEIGHT = 120, 28
_EDGE = 2
"""So far the line stays from the edge: it has a width of its own."""
_TENTH = Decimal("0.1")


def path(values: Sequence[Decimal | None]) -> str:
    """`M2 9.4L14.5 12L…`, from 0 at the bottom to the largest at the top; None is a gap, a value alone is a dot."""
    known = [one for one in values if one is not None]
    if not known:
        return ""
    top = max(known) or Decimal(1)
    drawn: list[str] = []
    for place, value in enumerate(values):
        if value is None:
            continue
        joins = place > 0 and values[place - 1] is not None
        dot = not joins and (place + 1 == len(values) or values[place + 1] is None)
        drawn.append(f"{'L' if joins else 'M'}{_across(place, len(values))} {_down(value / top)}{'h0' if dot else ''}")
    return "".join(drawn)


def _across(place: int, count: int) -> str:
    return _digits(Decimal(place * (WIDTH - 2 * _EDGE)) / max(1, count - 1) + _EDGE)


def _down(share: Decimal) -> str:
    return _digits((1 - share) * (HEIGHT - 2 * _EDGE) + _EDGE)


def _digits(value: Decimal) -> str:
    return format(value.quantize(_TENTH, ROUND_HALF_EVEN).normalize(), "f")
