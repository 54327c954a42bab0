"""How what was planned differs from what would be done now: as text for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import asdict

from reconciler.model import Op
from reconciler.plan.approved import Difference, FieldDifference, RowDifference
from reconciler.render.markdown import LEAST, LIMIT, fence
from reconciler.render.rows import reason, value, words
from reconciler.text import clean

_GLYPHS = {"gone": "-", "new": "+", "other": "~"}
_LONGEST = 500
"""Characters of one line of Markdown."""


def text(found: Difference) -> str:
    """A few lines a row."""
    lines = ["What was planned differs from what would be done now:"]
    for row in found.rows:
        first, *more = _row_lines(row, found.currency)
        lines += [f"  {_GLYPHS[row.kind]} {first}", *(f"      {one}" for one in more)]
    lines += [f"  ~ {one}" for one in _allowances(found)]
    return "\n".join(lines)


def markdown(found: Difference, *, limit: int = LIMIT) -> str:
    """The same in a fence of kind diff; what does not fit into the limit (from LEAST on) is counted."""
    blocks = []
    for row in found.rows:
        first, *more = _row_lines(row, found.currency)
        blocks.append(
            [f"{_GLYPHS[row.kind]} {_bounded(first)}", *(f"{_GLYPHS[row.kind]}     {_bounded(one)}" for one in more)]
        )
    blocks += [[f"~ {_bounded(one)}"] for one in _allowances(found)]
    opened, closed = fence([line for block in blocks for line in block], "diff")
    head = "**What was planned differs from what would be done now:**\n\n"
    room = max(limit, LEAST) - len(head) - len(opened) - len(closed) - 200
    kept: list[str] = []
    for block in blocks:
        shown = "\n".join(block) + "\n"
        if len(shown) > room:
            break
        room -= len(shown)
        kept.append(shown)
    left = len(blocks) - len(kept)
    rest = f"\n**Only {len(kept)} of {len(blocks)} differences are shown here; {left} are cut.**\n" if left else ""
    return head + opened + "".join(kept) + closed + rest


def document(found: Difference) -> dict[str, Any]:
    """For scripts: every row that differs, with `planned` and `now`, and what changed in the account."""
    return {
        "rows": [
            {
                "address": str(row.address),
                "kind": row.kind,
                "planned": row.planned.op if row.planned else None,
                "now": row.now.op if row.now else None,
                "reason": row.now.reason if row.now else None,
                "fields": [
                    {"path": one.path, "planned": _pair(one.planned), "now": _pair(one.now), "live": _pair(one.live)}
                    for one in row.fields
                ],
                "vanished": row.vanished,
                "modified_at": row.modified,
            }
            for row in found.rows
        ],
        "allowances": {
            word: [asdict(one) for one in given]
            for word, given in zip(("planned", "now"), found.allowances, strict=True)
        }
        if found.allowances
        else None,
    }


def _pair(values: tuple[Any, Any] | None) -> dict[str, Any] | None:
    return {"old": values[0], "new": values[1]} if values else None


def _row_lines(row: RowDifference, currency: str | None) -> Iterator[str]:
    """The row in words, then its fields; cleaned."""
    yield f"{row.address} {_what(row)}"
    for one in row.fields:
        yield from _field_lines(one, row, currency)
    if row.vanished:
        yield "it was in the account when this was planned, and is no longer there"


def _what(row: RowDifference) -> str:
    was = _planned(row.planned.op) if row.planned else ""
    if row.now is None:
        return f"{was}; now there is nothing to do"
    now = f"{words(row.now.op)} ({clean(reason(row.now.reason))})"
    if row.kind == "new":
        return f"{now}; this was not planned"
    if row.now.op == "blocked":
        return f"{was}; now it {now}: {clean(row.now.hint or '')}"
    if row.planned and row.planned.op == row.now.op:
        return f"{was}; now it would be done differently"
    return f"{was}; now it {now}"


def _planned(op: Op) -> str:
    return words(op).replace("will be", "was to be")


def _field_lines(one: FieldDifference, row: RowDifference, currency: str | None) -> Iterator[str]:
    path = clean(one.path)
    for word, pair in (("planned", one.planned), ("now    ", one.now)):
        if pair:
            yield f"{path}  {word} {_arrow(pair, currency)}"
    if one.live:
        when = f", modified {clean(row.modified)} UTC" if row.modified else ""
        yield f"{path}  changed in the account: {_arrow(one.live, currency)}{when}"


def _arrow(pair: tuple[Any, Any], currency: str | None) -> str:
    return f"{clean(value(pair[0], currency))} → {clean(value(pair[1], currency))}"


def _allowances(found: Difference) -> list[str]:
    if not found.allowances:
        return []
    then, now = (
        ", ".join(clean(f"{one.text} ({one.reason})") for one in given) or "nothing" for given in found.allowances
    )
    return [f"what was allowed: {then}; now: {now}"]


def _bounded(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
