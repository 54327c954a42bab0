"""The line beside a figure: heights follow the figures, gaps stay gaps, and it stays inside its box."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from reconciler.render.sparkline import HEIGHT, WIDTH, path


def line(*values: str) -> str:
    """The path of these figures; `-` is a gap."""
    return path([None if one == "-" else Decimal(one) for one in values])


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ((), ""), (("-", "-"), ""), (("1", "0.5", "0"), "M2 2L60 14L118 26"), (("1", "-", "1"), "M2 2h0M118 2h0"),
        (("0", "0"), "M2 26L118 26"), (("3",), "M2 2h0"), (("1", "1", "-", "1", "1"), "M2 2L31 2M89 2L118 2"),
    ],
)  # fmt: skip
def test_what_is_drawn(values: tuple[str, ...], drawn: str) -> None:
    """From nothing at the bottom to the largest at the top."""
    assert line(*values) == drawn


def test_it_stays_inside() -> None:
    """Whatever the figures are: no exponent, nothing beside the box."""
    drawn = path([Decimal(1) / Decimal(7**number) for number in range(90)])
    points = re.fullmatch(r"M(?:[0-9.]+ [0-9.]+L)+[0-9.]+ [0-9.]+", drawn)
    assert points
    for across, down in re.findall(r"([0-9.]+) ([0-9.]+)", drawn):
        assert 0 <= float(across) <= WIDTH
        assert 0 <= float(down) <= HEIGHT
