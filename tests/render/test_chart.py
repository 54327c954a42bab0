"""Charts: heights follow the figures, gaps are not zeros, and what is not drawn is said."""

from __future__ import annotations

import pytest

from reconciler.render.chart import Point, Terminal, chart

PLAIN = Terminal(80, True, False)


def days(*figures: str) -> list[Point]:
    """A point a day."""
    return [Point(f"2026-01-{number:02d} 00:00:00", figure) for number, figure in enumerate(figures, 1)]


def columns(picture: str, wide: int) -> list[str]:
    """The drawing area, a text a column, from the ground up."""
    lines = [line.partition("│")[2] for line in picture.split("\n") if "│" in line]
    width = max(len(line) for line in lines)
    padded = [line.ljust(width) for line in lines]
    return ["".join(line[at] for line in reversed(padded)) for at in range(0, width, wide)]


def test_heights_are_those_of_the_figures() -> None:
    """The largest fills its column, half of it half; a zero is a line on the ground, a gap is nothing."""
    found = columns(chart("spend", {"": days("8.00", "4.00", "0.00", "-", "0.01")}, PLAIN), 4)
    assert found == ["█" * 8, "████    ", "_       ", " " * 8, "▁       "]


def test_the_scale_is_exact_and_its_ends_are_named() -> None:
    """The axis shows the very text of the largest figure, and the first and last day."""
    lines = chart("spend", {"": days("1.10", "1234567.89")}, PLAIN).split("\n")
    assert lines[0] == "spend, 2026-01-01 to 2026-01-02, 2 moments"
    assert lines[2].startswith("1234567.89 │")
    assert lines[9].startswith("         0 │")
    assert "2026-01-01" in lines[10]


def test_several_series_share_one_scale() -> None:
    """A small chart each, under its label; the smaller series does not look like the larger one."""
    shown = chart("clicks", {"campaign_id 1": days("90"), "campaign_id 2\x1b[2K": days("30")}, PLAIN)
    assert "\x1b" not in shown
    assert shown.count("90 │") == 2
    assert columns(shown.partition("campaign_id 2")[2], 4)[0] == "█  "


def test_what_is_not_drawn_is_said() -> None:
    """Figures that do not apply, days without a row, series beyond the most, days that share a column."""
    series = {f"s{number:02d}": days("1", "-", "3") for number in range(14)}
    series["s00"] = days("1")
    shown = chart("spend", series, PLAIN)
    assert "13 figures do not apply and are gaps." in shown
    assert "2 moments have no row and are gaps." in shown
    assert "2 more series are not drawn: narrow the report down." in shown
    assert "s12" not in shown
    narrow = chart("spend", {"": days(*[str(number) for number in range(31)])}, Terminal(24, True, False))
    assert "Each column is the highest of 2 moments: the terminal is too narrow for all." in narrow


@pytest.mark.parametrize("width", [1, 24, 40, 80, 200])
@pytest.mark.parametrize("count", [1, 7, 30, 303])
def test_no_line_is_wider_than_the_terminal(width: int, count: int) -> None:
    """Whatever there is to draw; below 24 columns the picture stays at 24."""
    points = [Point(f"{2026 + number // 300}-{number % 300:03d}", str(number)) for number in range(count)]
    shown = chart("spend", {"": points}, Terminal(width, True, False))
    assert max(len(line) for line in shown.split("\n") if "│" in line) <= max(width, 24)


def test_a_terminal_without_blocks_or_colours() -> None:
    """ASCII where the encoding has nothing else; colours only where they are wanted."""
    plain = chart("spend", {"": days("1", "2", "3")}, Terminal(80, False, False))
    assert plain.isascii()
    assert "###" in plain
    assert "\x1b" not in chart("spend", {"": days("1", "2")}, PLAIN)
    assert "\x1b[36m" in chart("spend", {"": days("1", "2")}, Terminal(80, True, True))


@pytest.mark.parametrize(("figures", "text"), [(["-"], "nothing to draw"), (["-5", "5"], "-5 │"), (["0", "0"], "0 │_")])
def test_odd_figures(figures: list[str], text: str) -> None:
    """Nothing at all, below zero, all zero."""
    assert text in chart("spend", {"": days(*figures)}, PLAIN)
