"""Rows as an aligned table for a terminal, and as CSV for a spreadsheet. Every cell is made safe to show."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from reconciler.text import clean

# What a spreadsheet takes for a formula when a cell begins with it; the wide forms count in some of its languages.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_NOTHING = "-"
LEFT_OUT = "\u2013"
"""What stands in a table for a figure that the API's row leaves out."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], *, bold: bool) -> str:
    """Columns two spaces apart, as wide as they must be; those of `right` end in line. No line is cut or wrapped."""
    from rich.cells import cell_len

    lines = [[clean(cell) for cell in row] for row in (head, *rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(head))]

    def line_of(cells: Sequence[str]) -> str:
        padded = []
        for cell, width, is_right in zip(cells, widths, right, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if is_right else cell + space)
        return "  ".join(padded).rstrip()

    first, *rest = (line_of(line) for line in lines)
    return "\n".join([f"\x1b[1m{first}\x1b[0m" if bold else first, *rest])


def numeric(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column holds nothing but numbers, and dashes for what does not apply."""
    return all(is_number(row[column]) or row[column] in (_NOTHING, LEFT_OUT) for row in rows)


def is_number(text: str) -> bool:
    """Whether it is a plain decimal number."""
    return _NUMBER.fullmatch(text) is not None


def csv_text(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """RFC 4180: CRLF, quotes where needed. A cell that a spreadsheet would run gets an apostrophe in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_inert(cell) for cell in head])
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def _inert(cell: str) -> str:
    if cell.startswith(_FORMULA) and cell != _NOTHING and not is_number(cell):
        cell = "'" + cell
    return clean(cell)
