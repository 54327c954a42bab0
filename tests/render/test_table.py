"""Tables line up, and no cell of a CSV file does anything in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.table import csv_text, is_number, numeric, table
from reconciler.text import clean


def test_columns_line_up() -> None:
    """Numbers to the right, texts to the left, wide characters by their width, nothing cut."""
    shown = table(["name", "spend"], [["広告", "5.00"], ["spring", "1234.50"]], [False, True], bold=False)
    assert shown.split("\n") == ["name      spend", "広告       5.00", "spring  1234.50"]


def test_a_hostile_name_stays_in_its_cell() -> None:
    """Control and format characters are written out, in a table as in a file."""
    hostile = "\x1b[2K\u202ea\r\nb\u200b"
    for shown in (table(["n"], [[hostile]], [False], bold=False), csv_text(["n"], [[hostile]])):
        assert clean(hostile) in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-2+3", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0", "＝1", "＋1"])
def test_a_formula_is_text(cell: str) -> None:
    """An apostrophe stands before what a spreadsheet would run."""
    (_, (found,)) = csv.reader(io.StringIO(csv_text(["n"], [[cell]]), newline=""))
    assert found == "'" + clean(cell)


@pytest.mark.parametrize("cell", ["-5", "-0.10", "5.00", "-", "a=b", "", "2026-01-01 00:00:00"])
def test_numbers_and_plain_texts_stay_as_they_are(cell: str) -> None:
    """A negative figure is no formula, nor is the dash of what does not apply."""
    (_, found) = csv.reader(io.StringIO(csv_text(["n", "m"], [[cell, "x"]]), newline=""))
    assert found == [cell, "x"]


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_every_cell_comes_back(rows: list[list[str]]) -> None:
    """Quotes, commas and line ends survive; lines end with CR LF; no cell begins a formula."""
    text = csv_text(["a", "b"], rows)
    assert text.endswith("\r\n")
    for given_row, found in zip(rows, list(csv.reader(io.StringIO(text, newline="")))[1:], strict=True):
        for cell, read in zip(given_row, found, strict=True):
            assert read in (clean(cell), "'" + clean(cell))
            assert not read.startswith(("=", "+", "-", "@")) or is_number(read) or read == "-"


def test_what_is_a_column_of_numbers() -> None:
    """Numbers and dashes; one text makes it a column of texts."""
    assert numeric([["1.0"], ["-"], ["-3"]], 0)
    assert not numeric([["1.0"], ["1e5"]], 0)
