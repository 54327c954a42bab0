"""Findings as text: what is wrong, the place in the file with a caret under it, and what to do next.

error[R204]: campaign/spring: unknown objective_type "TRAFIC"
  --> manifests/a.yaml:7:20
   |
 6 | spec:
 7 |   objective_type: TRAFIC
   |                   ^^^^^^
   = help: did you mean TRAFFIC?
   = more: reconciler explain R204
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from reconciler.errors import Finding, Place
from reconciler.text import clean

_WIDTH = 160
_BEFORE = 100
"""How much of a line that is too long stays before the column."""
_TAB = 4
_SECRET = frozenset({"R114", "R119"})
_WITHOUT_EXCERPT = frozenset({"R101", "R108", *_SECRET})
"""Files that are no text or too long to look into, and lines that hold the access token."""
_HIDDEN = "(this line holds the access token and is not shown)"

_ERROR = "\x1b[1;31m"
_EDGE = "\x1b[36m"
_END = "\x1b[0m"

Paint = Callable[[str, str], str]


def text(findings: Sequence[Finding], source: Callable[[str], str | None], color: bool) -> str:
    """All findings, sorted by place, and a line that counts them; "" when there are none.

    `source(file)` is the text of a file, or None when it cannot be had: then there is no excerpt.
    """
    if not findings:
        return ""

    def paint(style: str, part: str) -> str:
        return f"{style}{part}{_END}" if color else part

    lines_of: dict[str, list[str]] = {}
    secret = {(one.place.file, one.place.line) for one in findings if one.code in _SECRET and one.place}
    blocks = []
    for finding in sorted(findings, key=lambda one: one.order):
        place = finding.place
        if place and place.file not in lines_of:
            lines_of[place.file] = _lines(source(place.file))
        blocks.append(_block(finding, lines_of[place.file] if place else [], secret, paint))
    return "\n\n".join([*blocks, _count(findings)]) + "\n"


def _lines(content: str | None) -> list[str]:
    return content.removeprefix("\ufeff").replace("\r\n", "\n").split("\n") if content is not None else []


def _count(findings: Sequence[Finding]) -> str:
    files = len({one.place.file for one in findings if one.place})
    errors = f"{len(findings)} error{'s' if len(findings) != 1 else ''}"
    return f"Found {errors} in {files} file{'s' if files != 1 else ''}." if files else f"Found {errors}."


def _block(finding: Finding, lines: Sequence[str], secret: set[tuple[str, int]], paint: Paint) -> str:
    place = finding.place
    subject = f"{clean(finding.address)}: " if finding.address else ""
    out = [f"{paint(_ERROR, f'error[{finding.code}]')}: {subject}{clean(finding.message)}"]
    margin = " " * (len(str(place.line)) + 2) if place else "  "
    if place:
        out.append(f"{margin[:-1]}{paint(_EDGE, '-->')} {clean(place.file)}:{place.line}:{place.column}")
        if finding.use:
            out.append(f"{margin}  used at {clean(finding.use.file)}:{finding.use.line}")
        if finding.code not in _WITHOUT_EXCERPT and place.line <= len(lines):
            out += _excerpt(place, lines, secret, margin, paint)
    for word, value in (("help", finding.hint), ("request id", finding.request_id)):
        if value:
            out.append(f"{margin}{paint(_EDGE, '=')} {word}: {clean(value)}")
    out.append(f"{margin}{paint(_EDGE, '=')} more: reconciler explain {finding.code}")
    return "\n".join(out)


def _excerpt(place: Place, lines: Sequence[str], secret: set[tuple[str, int]], margin: str, paint: Paint) -> list[str]:
    """The line of the place with the line before it, and the caret."""
    out = [margin + paint(_EDGE, "|")]
    start = max(place.column - 1 - _BEFORE, 0) if len(lines[place.line - 1]) > _WIDTH else 0
    for number in range(max(place.line - 1, 1), place.line + 1):
        if (place.file, number) in secret:
            shown = _HIDDEN
        else:
            shown = "".join(cell for cell, _ in _cells(lines[number - 1], start))
        edge = paint(_EDGE, f" {number:>{len(margin) - 2}} |")
        out.append(f"{edge} {shown}".rstrip())
    if (place.file, place.line) not in secret:
        cells = _cells(lines[place.line - 1], start)
        # A line that is cut begins with one cell for the sign of the cut.
        first = place.column - 1 - start + bool(start)
        before = sum(width for _, width in cells[:first])
        under = sum(width for _, width in cells[first : first + place.length])
        out.append(f"{margin}{paint(_EDGE, '|')} {' ' * before}{paint(_ERROR, '^' * max(under, 1))}")
    return out


def _cells(line: str, start: int) -> list[tuple[str, int]]:
    """What is shown for each character from `start` on, and how many columns that takes."""
    cells: list[tuple[str, int]] = [("…", 1)] if start else []
    column = len(cells)
    for character in line[start : start + _WIDTH]:
        if character == "\t":
            width = _TAB - column % _TAB
            cell = " " * width
        else:
            cell = clean(character)
            width = len(cell) if len(cell) > 1 else _columns(character)
        cells.append((cell, width))
        column += width
    if len(line) > start + _WIDTH:
        cells.append(("…", 1))
    return cells


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
