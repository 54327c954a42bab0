"""A plan as Markdown, for a pull request's comment, a step summary or a chat: business words first, details folded.

One rule holds against whatever a name may hold: what is not this module's own word is set by render/inline.py, as code
or as a sentence's plain words, and never stands in a table. There it is text to CommonMark and to everything that
GitHub does with text after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reconciler.model import Address, Plan
from reconciler.plan.about import About
from reconciler.render import alerts, plain
from reconciler.render.facts import Audience, facts
from reconciler.render.inline import code as code
from reconciler.render.inline import fence as fence
from reconciler.render.inline import limited, unbroken, value
from reconciler.render.links import NOWHERE, Links
from reconciler.render.plain import PlainField
from reconciler.render.portions import Portion, fill
from reconciler.render.rows import ChangeRow, FieldRow, beside, counts, no_changes, rows, short_digest
from reconciler.render.tree import TreeRow, flat, tree
from reconciler.render.words import OWN_LABELS
from reconciler.text import clean

LIMIT = 60_000
"""Characters. A comment takes 65,536."""
LEAST = 4_000
"""No limit may be below: the parts that are never cut must fit in it."""
_BRANCHES = 40
"""Objects of the tree that stand open; the folded rows have all."""


@dataclass(frozen=True, slots=True)
class Framing:
    """Where a plan is shown. The texts are Markdown of the caller's own."""

    whole: str = "`reconciler plan` shows all of them"
    """Where all rows are."""
    next_step: str | None = None
    """What to do now; "": that stands elsewhere, None: who reads it has a terminal."""
    before: AbstractSet[Address] = frozenset()
    """Rows that the base of a pull request declares already; they are kept apart."""
    links: Links = NOWHERE


def plan(made: Plan, *, audience: Audience = "engineer", limit: int = LIMIT, showing: Framing | None = None) -> str:
    """At most `limit` characters (from LEAST on). Money, counts and what is blocked stand first and are cut last, so a
    cut plan never reads as an empty one."""
    if limit < LEAST:
        raise ValueError(f"{limit} characters are too few, {LEAST} are the least")
    showing, engineer = showing or Framing(), audience == "engineer"
    called, before = _Called(made, engineer), showing.before
    head = f"### {_title(made, audience)}\n\n{_table(made)}\n"
    if not made.changes:
        head += f"**No changes.** {no_changes(made) if engineer else plain.no_changes(made)}\n\n"
    head += _pages(showing.links) + _whose(made, before)
    portions = [
        alerts.refused(made, before, typed=showing.next_step is None),
        alerts.blocked(made, audience, before, called),
        # Where the next step stands elsewhere, so does what is asked.
        *([] if showing.next_step == "" else [alerts.asked(made, showing.links)]),
        alerts.warnings(made, called),
    ]
    if engineer:
        portions += [_tree(made, showing), *_diffs(made, showing.whole, before)]
    else:
        portions.append(_plain_tree(made, showing))
    tail = _engineer_tail(made, showing.next_step) if engineer else _marketer_tail(made, showing.next_step)
    return head + fill([one for one in portions if one.items], limit - len(head) - len(tail)) + tail


class _Called:
    """What an object is called: as in Ads Manager, for engineers with its address."""

    def __init__(self, made: Plan, engineer: bool) -> None:
        self._objects = made.about.objects if isinstance(made.about, About) else {}
        self._engineer = engineer

    def __call__(self, address: Address) -> str:
        known = self._objects.get(address)
        return _names(address, known.name if known else address.name, self._engineer)


def _names(address: Address, name: str, engineer: bool) -> str:
    if not engineer:
        return code(name)
    return code(str(address)) if name == address.name else f"{code(name)} {code(str(address))}"


def _title(made: Plan, audience: Audience) -> str:
    account = f"{code(made.account_name)} {made.advertiser_id}" if made.account_name else made.advertiser_id
    if audience == "marketer":
        return f"Ads in account {account}: {plain.summary(made)}"
    return f"Ads plan · {account} · {counts(made).removeprefix('Plan: ').removesuffix('.')}"


def _table(made: Plan) -> str:
    lines = ["| | Now | After |", "|---|---|---|"]
    for one in facts(made):
        change = f" (**{unbroken(one.change)}**)" if one.change else ""
        lines.append(f"| {one.label} | {unbroken(one.now)} | {unbroken(one.after)}{change} |")
    return "\n".join(lines) + "\n"


def _pages(links: Links) -> str:
    """Where the same can be read at leisure."""
    found = [("The plan as a page", links.page), ("Gallery of the variants", links.gallery)]
    shown = " · ".join(f"[{words}]({address})" for words, address in found if address)
    return f"{shown}\n\n" if shown else ""


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


def _tree(made: Plan, showing: Framing) -> Portion:
    """Campaign → ad group → ad: what happens to each, in a buyer's words."""
    own = {one.address for one in made.changes} - showing.before
    items = [_branch(depth, one, showing.links, engineer=True) for depth, one in flat(tree(made, own))]

    def rest(shown: int, total: int) -> str:
        return f"**{total - shown} more of {total} objects are not shown here**; the rows below tell of them.\n\n"

    return Portion("", items, "\n", rest, _BRANCHES)


def _plain_tree(made: Plan, showing: Framing) -> Portion:
    items = [_branch(depth, one, showing.links, engineer=False) for depth, one in flat(tree(made))]
    head = f"<details><summary>Show {_changes(len(made.changes))}</summary>\n\n"
    return Portion(head, items, "\n</details>\n\n", _cut_objects(made, showing.whole), len(items))


def _cut_objects(made: Plan, whole: str) -> Callable[[int, int], str]:
    """Alike rows are one object of the tree, and what stands above others is one without a row."""

    def rest(shown: int, total: int) -> str:
        return (
            f"**Only {shown} of {total} lines about {_changes(len(made.changes))} are shown here; "
            f"{total - shown} are cut.** {whole}.\n\n"
        )

    return rest


def _branch(depth: int, one: TreeRow, links: Links, *, engineer: bool) -> str:
    names = alerts.listed([_names(each.address, each.name, engineer) for each in one.all])
    row = one.row
    does = f" **{row.does}**" if row else ""
    why = f" ({code(row.code)})" if row and row.code else ""
    told = [
        f"[{code(f'{place.file}:{place.line}')}]({links.source(place)})"
        for place in (one.change.source if one.change else None,)
        if engineer and place and links.sources
    ]
    if live := links.live(one.address, one.id):
        told.append(f"[Ads Manager]({live})")
    line = f"{'  ' * depth}- {one.title} {names}{does}{why}{''.join(f' · {each}' for each in told)}\n"
    return line + "".join(_fields(one, "  " * (depth + 1), joined=engineer))


def _fields(one: TreeRow, indent: str, *, joined: bool) -> Iterator[str]:
    """A line for each; those of a new object, which are many, in one line."""
    said = [(each.inner, _field(each)) for each in one.fields]
    if joined and one.row and one.row.op in ("create", "upload", "refresh"):
        if said:
            yield f"{indent}- {' · '.join(text for _, text in said)}\n"
        return
    for inner, text in said:
        yield f"{indent}{'  ' * inner}- {text}\n"


def _field(one: PlainField) -> str:
    label = one.label if one.label in OWN_LABELS else code(one.label)
    note = f" ({one.note})" if one.note else ""
    return f"{label}:{one.said(value)}{note}"


def _diffs(made: Plan, whole: str, before: AbstractSet[Address]) -> list[Portion]:
    """The rows of a pull request, then those of its base."""
    theirs = {str(one) for one in before}
    found = list(rows(made))
    own = [row for row in found if row.address not in theirs]
    other = [row for row in found if row.address in theirs]
    title = " of this pull request" if other else ""
    return [_diff(own, title, whole), _diff(other, " that the base has already", whole)]


def _diff(found: Sequence[ChangeRow], title: str, whole: str) -> Portion:
    blocks = [_diff_lines(row) for row in found]
    open_, close = fence([line for block in blocks for line in block], "diff")
    head = f"<details><summary>Show {_changes(len(blocks))}{title}</summary>\n\n{open_}"
    items = ["\n".join(block) + "\n" for block in blocks]
    return Portion(head, items, f"{close}\n</details>\n\n", _cut_changes(whole), len(items))


def _changes(count: int) -> str:
    return f"{count} change{'s' if count != 1 else ''}"


def _cut_changes(whole: str) -> Callable[[int, int], str]:
    def rest(shown: int, total: int) -> str:
        return f"**Only {shown} of {total} changes are shown here; {total - shown} are cut.** {whole}.\n\n"

    return rest


def _diff_lines(row: ChangeRow) -> list[str]:
    source = f"  {clean(row.source)}" if row.source else ""
    # The sign is the one of a terminal, whatever colour a diff gives to the line.
    lines = [f"{row.glyph} {clean(row.address)} {row.words} ({limited(clean(row.why))}){source}"]
    if row.use:
        lines.append(f"#     used at {clean(row.use)}")
    for field in row.fields:
        lines += _field_diff(field, "#" if row.op == "blocked" else "")
    if row.hint:
        lines.append(f"#     → {limited(clean(row.hint))}")
    return lines


def _field_diff(field: FieldRow, sign: str) -> list[str]:
    """A line for each of old and new; both on one where the row has a sign of its own."""
    path = f"{'    ' * (1 + field.inner)} {clean(field.path)}"
    note = f"  ({field.note})" if field.note else ""
    shown = [(mark, limited(clean(one))) for mark, one in (("-", field.old), ("+", field.new)) if one is not None]
    if not shown:
        return [f"{sign or field.glyph}{path}{note}"]
    if sign:
        what = "" if not field.inner or len(shown) > 1 else "added: " if field.old is None else "removed: "
        return [f"{sign}{path}  {what}{' → '.join(one for _, one in shown)}{note}"]
    (mark, one), *more = shown
    return [f"{mark}{path}  {one}{note}", *(f"{mark}{path}  {one}" for mark, one in more)]


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
