"""A plan and the end of an apply as text for a terminal, in the manner of Terraform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reconciler.model import OUTCOMES, Ending, Outcome, Plan
from reconciler.plan.guards import wording
from reconciler.plan.videos import AWAITS_APPROVAL
from reconciler.render import plain
from reconciler.render.facts import facts
from reconciler.render.rows import (
    ChangeRow,
    FieldRow,
    beside,
    counts,
    no_changes,
    refreshes,
    rows,
    short_digest,
    worst_case,
)
from reconciler.text import clean

_COLORS = {"+": "32", "~": "33", "±": "35", "-": "31", "x": "31", "!": "31", ".": "90", "=": "36"}


def plan(made: Plan, *, color: bool, typed: bool = True) -> str:
    """The whole plan. `typed`: whether who reads it has a terminal; else options are inputs of a workflow."""
    paint = _Paint(color)
    lines: list[str] = []
    for row in rows(made):
        lines += _change_lines(row, paint)
    for warning in made.warnings:
        lines.append(f"{paint('33', 'Warning:')} {clean(warning)}")
    if made.warnings:
        lines.append("")
    for violation in made.violations:
        over = clean(f"{violation.address}: {wording.words(violation, made.currency)}")
        way = wording.option(violation) if typed else f"the inputs `allow: {violation.allow}` and `reason`"
        lines += [f"{paint('31', 'Refused:')} {over}", f"  to allow it once: {clean(way)}"]
    lines += [f"{paint('33', 'Allowed:')} {clean(f'{one.text} ({one.reason})')}" for one in made.allowances]
    if made.violations or made.allowances:
        lines.append("")
    if made.changes:
        refresh = refreshes(made)
        lines += [paint("1", counts(made)), *([refresh] if refresh else []), worst_case(made)]
        lines.append(f"Digest: {short_digest(made)}")
    else:
        lines += [f"{paint('1', 'No changes.')} {no_changes(made)}", worst_case(made)]
    lines.append(f"({beside(made)})")
    return "\n".join(lines)


def _change_lines(row: ChangeRow, paint: _Paint) -> list[str]:
    color = _COLORS.get(row.glyph, "36")
    source = f"  {paint('90', clean(row.source))}" if row.source else ""
    lines = [f"  {paint(color, row.glyph)} {paint('1', row.address)} {row.words} ({clean(row.why)}){source}"]
    if row.use:
        lines.append(f"      {paint('90', f'used at {clean(row.use)}')}")
    widths = {
        inner: max((len(field.path) for field in row.fields if field.inner == inner and _is_value(field)), default=0)
        for inner in (False, True)
    }
    lines += [_field_line(field, widths[field.inner], paint, row.op == "blocked") for field in row.fields]
    if row.hint:
        lines.append(f"      → {clean(row.hint)}")
    return [*lines, ""]


def _is_value(field: FieldRow) -> bool:
    return field.old is not None or field.new is not None


def _field_line(field: FieldRow, width: int, paint: _Paint, blocked: bool) -> str:
    note = f"  ({field.note})" if field.note else ""
    # Nothing of a blocked row is done, so it has no signs, but for those that tell an item added from one removed.
    glyph = field.glyph if field.inner else " "
    glyph = glyph if blocked else paint(_COLORS[field.glyph], field.glyph)
    start = f"      {'    ' * field.inner}{glyph} "
    if not _is_value(field):
        return f"{start}{clean(field.path)}{note}"
    path = clean(field.path).ljust(width)
    return f"{start}{path}  {' → '.join(clean(one) for one in (field.old, field.new) if one is not None)}{note}"


def plain_plan(made: Plan, *, color: bool) -> str:
    """The whole plan in plain words."""
    paint = _Paint(color)
    lines = [paint("1", f"Ads in account {made.advertiser_id}: {plain.summary(made)}."), ""]
    for fact in facts(made):
        change = f" ({fact.change})" if fact.change else ""
        lines.append(f"  {fact.label}: {fact.now} → {fact.after}{change}")
    lines.append("")
    for row in plain.rows(made):
        code = f" [{row.code}]" if row.code else ""
        what = f"{row.thing} {paint('1', clean(row.name))} {row.does}{code}"
        lines.append(f"  {paint(_COLORS.get(row.glyph, '36'), row.glyph)} {what}")
        for one in row.fields:
            note = f"  ({one.note})" if one.note else ""
            lines.append(f"      {'    ' * one.inner}{clean(one.label)}:{one.said(clean)}{note}")
        if row.hint:
            lines.append(f"      → {clean(row.hint)}")
    if not made.changes:
        lines.append(plain.no_changes(made))
    for violation in made.violations:
        lines.append(f"{paint('31', 'Refused:')} {clean(plain.refusal(violation, made.currency))}.")
    lines += [f"{paint('33', 'Note:')} {clean(warning)}" for warning in made.warnings]
    return "\n".join(lines).rstrip()


def ending(ended: Ending, *, color: bool) -> str:
    """How an apply ended: what needs attention, then the counts."""
    paint = _Paint(color)
    lines = outcomes(ended.outcomes, color=color)
    for finding in ended.errors:
        lines.append(f"  {paint('31', 'error')}[{finding.code}] {clean(finding.message)}")
        lines.append(f"      → {clean(finding.hint or '')}")
    tally = Counter(row.outcome for row in ended.outcomes)
    head = "Apply complete!" if set(tally) <= {"done"} else "Apply ended:"
    shown = ", ".join(f"{tally[word]} {word}" for word in OUTCOMES)
    lines.append(f"{paint('1', head)} {shown}.")
    pending = [row for row in ended.outcomes if row.outcome == "pending"]
    approvals = sum(row.code == AWAITS_APPROVAL for row in pending)
    if len(pending) > approvals:
        lines.append("Tasks are still on their way: `reconciler advance --max-duration 900` goes on with them.")
    if approvals:
        waits = f"{approvals} ads wait" if approvals != 1 else "1 ad waits"
        then = "look at `reconciler gallery`, decide with `reconciler approve`, then run `reconciler apply` again"
        lines.append(f"{waits} for a variant to be approved: {then}.")
    if not pending and ended.exit_code == 8:
        lines.append("A write has no known outcome yet: run `reconciler apply` again after the quiet period.")
    return "\n".join(lines)


def outcomes(rows: Iterable[Outcome], *, color: bool) -> list[str]:
    """What needs attention, a few lines a row; rows that were skipped for one and the same reason are counted."""
    paint = _Paint(color)
    told = [row for row in rows if row.outcome != "done"]
    alike = Counter(_reason(row) for row in told)
    lines: dict[tuple[str, ...], list[str]] = {}
    for row in told:
        count = alike[_reason(row)] if row.outcome == "skipped" else 1
        key = _reason(row) if count > _FEW else (str(row.address), row.op)
        if key not in lines:
            lines[key] = [*_outcome_lines(row, paint, count if count > _FEW else 1)]
    return [line for some in lines.values() for line in some]


_FEW = 3
"""So many rows that were skipped for one reason are named."""


def _reason(row: Outcome) -> tuple[str, ...]:
    return row.outcome, row.code or "", row.message or "", row.hint or ""


def _outcome_lines(row: Outcome, paint: _Paint, count: int = 1) -> Iterable[str]:
    code = f"[{row.code}]" if row.code else ""
    why = f": {clean(row.message)}" if row.message else ""
    who = f"{paint('1', str(row.address))} ({row.op})" if count == 1 else paint("1", f"{count} rows")
    yield f"  {paint('31', row.outcome)}{code} {who}{why}"
    if row.request_id:
        yield f"      request_id {clean(row.request_id)}"
    if row.hint:
        yield f"      → {clean(row.hint)}"


class _Paint:
    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, color: str, text: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._on else text
