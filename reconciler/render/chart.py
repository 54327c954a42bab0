"""One metric over time, drawn with blocks in a terminal: a chart a series, on one scale, and what could not be drawn.

A chart is a picture of texts: heights are rounded, the figures beside it are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from reconciler.render.table import is_number
from reconciler.text import clean

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:#"
_MOST_SERIES = 12
_TALL, _LOW = 8, 3
"""Lines of a chart that is alone, and of one among several."""
_WIDEST = 4
"""Most columns of one moment."""
_NARROWEST = 24


class Point(NamedTuple):
    """A moment, as the API writes it, and the figure there as text."""

    time: str
    figure: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the output can show."""

    columns: int
    blocks: bool
    """Whether its encoding has the block characters."""
    color: bool


def chart(metric: str, series: Mapping[str, Sequence[Point]], terminal: Terminal) -> str:
    """The picture. `series` by label, in the order to be drawn; each is sorted here."""
    times = sorted({point.time for points in series.values() for point in points})
    figures = {
        label: {point.time: Decimal(point.figure) for point in points if is_number(point.figure)}
        for label, points in series.items()
    }
    shown = dict(list(figures.items())[:_MOST_SERIES])
    values = [value for one in shown.values() for value in one.values()]
    if not values:
        return f"{metric}: there is nothing to draw."
    low, high = min(Decimal(0), *values), max(Decimal(0), *values)
    edge = max(len(f"{value:f}") for value in (low, high))
    columns = max(terminal.columns, _NARROWEST) - edge - 2
    buckets = _buckets(times, columns)
    wide = max(1, min(_WIDEST, columns // len(buckets)))
    tall = _TALL if len(shown) == 1 else _LOW
    lines = [f"{metric}, {_span(times)}"]
    for label, known in shown.items():
        heights = [max((known[time] for time in bucket if time in known), default=None) for bucket in buckets]
        lines += ["", *([clean(label)] if label else [])]
        lines += _picture(heights, (low, high), (tall, wide, edge), terminal)
    lines += [_axis(times, edge, wide * len(buckets)), *_notes(series, figures, times, buckets)]
    return "\n".join(lines)


def _buckets(times: Sequence[str], columns: int) -> list[Sequence[str]]:
    """Moments, as many to a column as needed for the width."""
    size = -(-len(times) // max(1, columns))
    return [times[start : start + size] for start in range(0, len(times), size)]


def _picture(
    heights: Sequence[Decimal | None], scale: tuple[Decimal, Decimal], size: tuple[int, int, int], terminal: Terminal
) -> list[str]:
    (low, high), (tall, wide, edge) = scale, size
    glyphs = _BLOCKS if terminal.blocks else _ASCII
    steps = len(glyphs) - 1
    levels = [None if one is None else _level(one, scale, tall * steps) for one in heights]
    lines = []
    for row in range(tall - 1, -1, -1):
        # Broad bars stand apart; narrow ones need every column.
        cells = "".join(
            (_bar_cell(level, row * steps, glyphs) * max(1, wide - 1)).ljust(wide) for level in levels
        ).rstrip()
        name = f"{high:f}" if row == tall - 1 else f"{low:f}" if row == 0 else ""
        bar = "\u2502" if terminal.blocks else "|"
        drawn = f"\x1b[36m{cells}\x1b[0m" if terminal.color and cells else cells
        lines.append(f"{name.rjust(edge)} {bar}{drawn}".rstrip())
    return lines


def _level(value: Decimal, scale: tuple[Decimal, Decimal], full: int) -> int:
    """How high a figure stands. What is not nothing is at least one step: zero, a little and a gap all differ."""
    low, high = scale
    if value <= low:
        return 0
    return max(1, int((value - low) / (high - low) * full + Decimal("0.5")))


def _bar_cell(level: int | None, below: int, glyphs: str) -> str:
    if level is None:
        return " "
    if level == 0:
        return " " if below else "_"
    return glyphs[max(0, min(len(glyphs) - 1, level - below))]


def _axis(times: Sequence[str], edge: int, width: int) -> str:
    first, last = _short_time(times[0]), _short_time(times[-1])
    space = width - len(first) - len(last)
    names = first if len(times) == 1 else f"{first}{' ' * space}{last}" if space > 0 else f"{first} to {last}"
    return f"{' ' * edge}  {clean(names)}"


def _short_time(time: str) -> str:
    """`2026-01-31 00:00:00` → `2026-01-31`; an hour keeps its hour."""
    day, _, clock = time.partition(" ")
    return day if clock in ("", "00:00:00") else f"{day} {clock[:5]}"


def _span(times: Sequence[str]) -> str:
    moments = f"{len(times)} moment{'s' if len(times) != 1 else ''}"
    return f"{clean(_short_time(times[0]))} to {clean(_short_time(times[-1]))}, {moments}"


def _notes(
    series: Mapping[str, Sequence[Point]],
    figures: Mapping[str, Mapping[str, Decimal]],
    times: Sequence[str],
    buckets: Sequence[Sequence[str]],
) -> list[str]:
    """What the picture does not show, or shows in another way."""
    notes = []
    missing = sum(not is_number(point.figure) for points in series.values() for point in points)
    absent = sum(len(times) - len({point.time for point in points}) for points in series.values())
    if missing:
        notes.append(f"{missing} figures do not apply and are gaps.")
    if absent:
        notes.append(f"{absent} moments have no row and are gaps.")
    if len(buckets[0]) > 1:
        notes.append(f"Each column is the highest of {len(buckets[0])} moments: the terminal is too narrow for all.")
    if len(figures) > _MOST_SERIES:
        notes.append(f"{len(figures) - _MOST_SERIES} more series are not drawn: narrow the report down.")
    return notes
