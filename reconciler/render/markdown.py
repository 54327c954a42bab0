"""A plan as Markdown, for a pull request's comment, a step summary or a chat: business words first, details folded.

A live name or a manifest's text may be an attack: Markdown, HTML, a mention, an issue's number, a link, a formula, an
emoji's short name, a command to the runner that prints it. One rule holds against all of them: what is not this
module's own word stands in a code span or in a fence that is longer than any run of backticks in it, cleaned of control
characters, and never in a table. There it is text to CommonMark and to everything that GitHub does with text after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reconciler.model import Address, Plan
from reconciler.plan.guards import wording
from reconciler.render import plain
from reconciler.render.facts import Audience, facts
from reconciler.render.rows import ChangeRow, FieldRow, beside, counts, no_changes, rows, short_digest
from reconciler.text import clean

LIMIT = 60_000
"""Characters. A comment takes 65,536."""
LEAST = 4_000
"""No limit may be below: the parts that are never cut must fit in it."""
_LONGEST = 1_000
"""Characters of one text that are shown."""
_ITEMS = 20
"""Lines of one alert, so that warnings leave room for the rows."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Items that may be cut, with what stands around them."""

    before: str
    items: Sequence[str]
    after: str
    rest: Callable[[int, int], str]
    """(shown, all) → what says that not all are here."""
    most: int


def plan(
    made: Plan,
    *,
    audience: Audience = "engineer",
    limit: int = LIMIT,
    whole: str = "`reconciler plan` shows all of them",
    next_step: str | None = None,
    before: AbstractSet[Address] = frozenset(),
) -> str:
    """At most `limit` characters (from LEAST on). Counts always stay, so a cut plan never reads as an empty one.

    `whole` says where all rows are, `next_step` what to do now ("": that stands elsewhere); both are Markdown of the
    caller's own. `before`: rows that the base of a pull request declares already; they are kept apart.
    """
    if limit < LEAST:
        raise ValueError(f"{limit} characters are too few, {LEAST} are the least")
    engineer = audience == "engineer"
    head = f"### {_title(made, audience)}\n\n{_table(made)}\n"
    if not made.changes:
        head += f"**No changes.** {no_changes(made) if engineer else plain.no_changes(made)}\n\n"
    head += _whose(made, before)
    groups = [_refused(made, before, typed=next_step is None), _blocked(made, audience, before), _warnings(made)]
    groups += _diffs(made, whole, before) if engineer else [_plain_list(made, whole)]
    tail = _engineer_tail(made, next_step) if engineer else _marketer_tail(made, next_step)
    return head + _fill([one for one in groups if one.items], limit - len(head) - len(tail)) + tail


def code(text: str) -> str:
    """Any text as a code span on one line."""
    shown = _limited(clean(text)) or " "
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) or shown[0] == shown[-1] == " " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fence(lines: Sequence[str], language: str) -> tuple[str, str]:
    """What stands before and after these lines, each cleaned, so that they are nothing but text."""
    ticks = "`" * max(3, max(map(_longest_run, lines), default=0) + 1)
    return f"{ticks}{language}\n", f"{ticks}\n"


def _fill(groups: Sequence[_Group], room: int) -> str:
    """Every group with as many of its items as fit; what is cut is counted."""
    frames = sum(len(one.before) + len(one.after) + len(one.rest(10**9, 10**9)) for one in groups)
    room -= frames
    out = ""
    for one in groups:
        shown = 0
        while shown < min(len(one.items), one.most) and len(one.items[shown]) <= room:
            room -= len(one.items[shown])
            shown += 1
        rest = one.rest(shown, len(one.items)) if shown < len(one.items) else ""
        out += f"{one.before}{''.join(one.items[:shown])}{one.after}{rest}" if shown else rest
    return out


def _title(made: Plan, audience: Audience) -> str:
    if audience == "marketer":
        return f"Ads in account {made.advertiser_id}: {plain.summary(made)}"
    return f"Ads plan · {made.advertiser_id} · {counts(made).removeprefix('Plan: ').removesuffix('.')}"


def _table(made: Plan) -> str:
    lines = ["| | Now | After |", "|---|---|---|"]
    for one in facts(made):
        change = f" (**{one.change}**)" if one.change else ""
        lines.append(f"| {one.label} | {one.now} | {one.after}{change} |")
    return "\n".join(lines) + "\n"


def _whose(made: Plan, before: AbstractSet[Address]) -> str:
    """How many rows a pull request did not bring."""
    theirs = sum(one.address in before for one in made.changes)
    if not theirs:
        return ""
    ours = len(made.changes) - theirs
    own = (
        f"{ours} change{'s are' if ours != 1 else ' is'} of this pull request."
        if ours
        else "None is of this pull request."
    )
    return (
        f"**{own}** {theirs} {'are' if theirs != 1 else 'is'} on the base already and not applied yet; see below.\n\n"
    )


def _last(address: Address | str, before: AbstractSet[Address]) -> tuple[bool, str]:
    """Where a line about it belongs among others, and what marks it."""
    return (True, " (on the base already)") if address in before else (False, "")


def _refused(made: Plan, before: AbstractSet[Address], *, typed: bool) -> _Group:
    """Guard rails that hold. `typed`: whether who reads it has a terminal."""
    items = []
    for one in sorted(made.violations, key=lambda one: _last(one.address, before)[0]):
        over = f"{code(str(one.address))}{_last(one.address, before)[1]}: {code(wording.words(one, made.currency))}"
        option = code(wording.option(one)) if typed else f"the inputs {code(f'allow: {one.allow}')} and `reason`"
        items.append(f"> - {over}. To allow it once: {option}\n")
    head = "> [!CAUTION]\n> **Refused: nothing of this plan can be applied as it is.**\n>\n"
    return _Group(head, items, "\n", _more("refusals", alone="[!CAUTION]"), _ITEMS)


def _blocked(made: Plan, audience: Audience, before: AbstractSet[Address]) -> _Group:
    stopped = [change for change in made.changes if change.op == "blocked"]
    pairs = zip(stopped, (one for one in plain.rows(made) if one.op == "blocked"), strict=True)
    items = []
    for change, row in sorted(pairs, key=lambda pair: _last(pair[0].address, before)[0]):
        name = code(str(change.address)) if audience == "engineer" else f"{row.thing} {code(row.name)}"
        what = (f" ({code(change.code)})" if change.code else "") + _last(change.address, before)[1]
        items.append(f"> - {name}{what}{': ' + code(change.hint) if change.hint else ''}\n")
    count = f"{len(stopped)} row{'s are' if len(stopped) != 1 else ' is'} blocked"
    if audience == "marketer":
        count = f"{len(stopped)} of these cannot be changed now"
    head = f"> [!WARNING]\n> **{count}:** skipped, with what depends on it; everything else can be done.\n>\n"
    return _Group(head, items, "\n", _more("blocked rows", alone="[!WARNING]"), _ITEMS)


def _warnings(made: Plan) -> _Group:
    items = [f"> - {code(one)}\n" for one in made.warnings]
    return _Group("> [!NOTE]\n", items, "\n", _more("warnings", alone="[!NOTE]"), _ITEMS)


def _more(what: str, *, alone: str) -> Callable[[int, int], str]:
    def rest(shown: int, total: int) -> str:
        return f"> {alone}\n> {total - shown} more {what} of {total} are not shown here.\n\n"

    return rest


def _diffs(made: Plan, whole: str, before: AbstractSet[Address]) -> list[_Group]:
    """The rows of a pull request, then those of its base."""
    theirs = {str(one) for one in before}
    found = list(rows(made))
    own = [row for row in found if row.address not in theirs]
    other = [row for row in found if row.address in theirs]
    title = " of this pull request" if other else ""
    return [_diff(own, title, whole), _diff(other, " that the base has already", whole)]


def _diff(found: Sequence[ChangeRow], title: str, whole: str) -> _Group:
    blocks = [_diff_lines(row) for row in found]
    open_, close = fence([line for block in blocks for line in block], "diff")
    count = f"{len(blocks)} change{'s' if len(blocks) != 1 else ''}{title}"
    head = f"<details><summary>Show {count}</summary>\n\n{open_}"
    items = ["\n".join(block) + "\n" for block in blocks]
    return _Group(head, items, f"{close}\n</details>\n\n", _cut_changes(whole), len(items))


def _cut_changes(whole: str) -> Callable[[int, int], str]:
    def rest(shown: int, total: int) -> str:
        return f"**Only {shown} of {total} changes are shown here; {total - shown} are cut.** {whole}.\n\n"

    return rest


def _diff_lines(row: ChangeRow) -> list[str]:
    source = f"  {clean(row.source)}" if row.source else ""
    # The sign is the one of a terminal, whatever colour a diff gives to the line.
    lines = [f"{row.glyph} {clean(row.address)} {row.words} ({_limited(clean(row.why))}){source}"]
    if row.use:
        lines.append(f"#     used at {clean(row.use)}")
    for field in row.fields:
        lines += _field_diff(field, "#" if row.op == "blocked" else "")
    if row.hint:
        lines.append(f"#     → {_limited(clean(row.hint))}")
    return lines


def _field_diff(field: FieldRow, sign: str) -> list[str]:
    """A line for each of old and new; both on one where the row has a sign of its own."""
    path = f"{'    ' * (1 + field.inner)} {clean(field.path)}"
    note = f"  ({field.note})" if field.note else ""
    shown = [(mark, _limited(clean(one))) for mark, one in (("-", field.old), ("+", field.new)) if one is not None]
    if not shown:
        return [f"{sign or field.glyph}{path}{note}"]
    if sign:
        what = "" if not field.inner or len(shown) > 1 else "added: " if field.old is None else "removed: "
        return [f"{sign}{path}  {what}{' → '.join(one for _, one in shown)}{note}"]
    (mark, one), *more = shown
    return [f"{mark}{path}  {one}{note}", *(f"{mark}{path}  {one}" for mark, one in more)]


def _plain_list(made: Plan, whole: str) -> _Group:
    items = []
    for row in plain.rows(made):
        lines = [f"- {row.thing} {code(row.name)} **{row.does}**"]
        for one in row.fields:
            label = one.label if one.label in plain.OWN_LABELS else code(one.label)
            note = f" ({one.note})" if one.note else ""
            lines.append(f"  {'  ' * one.inner}- {label}:{one.said(code)}{note}")
        items.append("\n".join(lines) + "\n")
    return _Group("", items, "\n", _cut_changes(whole), len(items))


def _engineer_tail(made: Plan, next_step: str | None) -> str:
    digest = short_digest(made)
    if next_step == "":
        return f"Digest `{digest}` · {beside(made)}\n"
    step = next_step or (
        "an apply is refused as it is; change the manifests, or allow it"
        if made.violations
        else f"`reconciler apply --expect-digest {digest}` applies exactly this"
        if made.changes
        else "nothing to do"
    )
    return f"Digest `{digest}` · {beside(made)}\n\nNext: {step}\n"


def _marketer_tail(made: Plan, next_step: str | None) -> str:
    if next_step:
        return f"{next_step}\n"
    if not made.changes:
        return "There is nothing to do.\n"
    if made.violations:
        return "Nothing has been changed, and nothing can be until the limit above is settled.\n"
    return "Nothing has been changed yet: it is done once somebody approves it.\n"


def _limited(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text) - _LONGEST} more characters)"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
