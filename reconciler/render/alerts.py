"""What a reader of a plan must not miss, as alerts of Markdown: what is refused, blocked, asked, and to be known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from reconciler.model import Address, Change, Plan
from reconciler.plan.about import About
from reconciler.plan.guards import wording
from reconciler.render import alike, plain
from reconciler.render.deciding import numbered
from reconciler.render.facts import Audience
from reconciler.render.inline import code, prose, unbroken
from reconciler.render.links import Links
from reconciler.render.portions import Portion

_ITEMS = 20
"""Lines of one alert, so that warnings leave room for the rows."""
_NAMES = 12
"""Names of one line."""
Called = Callable[[Address], str]
"""What an object is called on this page, as Markdown."""


def refused(made: Plan, before: AbstractSet[Address], *, typed: bool) -> Portion:
    """Guard rails that hold. `before`: what is on the base already; `typed`: whether who reads it has a terminal."""
    items = []
    for one in sorted(made.violations, key=lambda one: one.address in before):
        over = f"{code(str(one.address))}{_mark(one.address, before)}: "
        over += unbroken(prose(wording.words(one, made.currency)))
        option = code(wording.option(one)) if typed else f"the inputs {code(f'allow: {one.allow}')} and `reason`"
        items.append(f"> - {over}. To allow it once: {option}\n")
    head = "> [!CAUTION]\n> **Refused: nothing of this plan can be applied as it is.**\n>\n"
    return Portion(head, items, "\n", _more("refusals", alone="[!CAUTION]"), _ITEMS)


def blocked(made: Plan, audience: Audience, before: AbstractSet[Address], called: Called) -> Portion:
    """Rows that are skipped, alike ones in one line."""
    stopped = [change for change in made.changes if change.op == "blocked"]
    items = []
    for rows, hint in _alike(sorted(stopped, key=lambda one: one.address in before), before):
        first = rows[0]
        about = f"{plain.thing(first.address.kind)} {called(first.address)}"
        if len(rows) > 1:
            about = f"{plain.many(first.address.kind, len(rows))} {listed([called(one.address) for one in rows])}"
        what = (f" ({code(first.code)})" if first.code else "") + _mark(first.address, before)
        items.append(f"> - {about}{what}{': ' + unbroken(prose(hint)) if hint else ''}\n")
    count = f"{len(stopped)} row{'s are' if len(stopped) != 1 else ' is'} blocked"
    if audience == "marketer":
        count = f"{len(stopped)} of these cannot be changed now"
    head = f"> [!WARNING]\n> **{count}:** skipped, with what depends on it; everything else can be done.\n>\n"
    return Portion(head, items, "\n", _more("blocked rows", alone="[!WARNING]"), _ITEMS)


def _alike(stopped: Iterable[Change], before: AbstractSet[Address]) -> Iterable[tuple[list[Change], str | None]]:
    """Rows with what is to be done about all of them."""
    groups: dict[object, list[Change]] = {}
    for one in stopped:
        hint = one.hint and alike.shape(one.hint)
        groups.setdefault((one.address.kind, one.code, hint, one.address in before), []).append(one)
    for rows in groups.values():
        yield rows, alike.hints(row.hint for row in rows)


def asked(made: Plan, links: Links) -> Portion:
    """Variants that wait for a decision, with the way to watch them."""
    waiting = made.about.asked if isinstance(made.about, About) else ()
    watch = f" · [watch]({links.gallery})" if links.gallery else ""
    items = [
        f"> - {code(str(one.refresh))}, generation {one.generation}: {variants(one.slots)}{watch}\n" for one in waiting
    ]
    count = sum(len(one.slots) for one in waiting)
    waits = "1 variant waits" if count == 1 else f"{count} variants wait"
    head = f"> [!IMPORTANT]\n> **{waits} for a decision:** watch, then approve or reject.\n>\n"
    return Portion(head, items, "\n", _more("refreshes", alone="[!IMPORTANT]"), _ITEMS)


def variants(slots: Sequence[int]) -> str:
    """`variants 1, 2 and 5`."""
    return f"variant{'s' if len(slots) != 1 else ''} {numbered(slots)}"


def warnings(made: Plan, called: Called) -> Portion:
    """What to know; alike sentences in one line."""
    items = []
    for one in alike.sentences(made.warnings):
        about = f": {listed([called(Address.parse(each)) for each in one.addresses])}" if one.addresses else ""
        items.append(f"> - {unbroken(prose(one.sentence))}{about}\n")
    return Portion("> [!NOTE]\n", items, "\n", _more("warnings", alone="[!NOTE]"), _ITEMS)


def listed(names: Sequence[str]) -> str:
    """Some of them, and how many more there are."""
    rest = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _mark(address: Address | str, before: AbstractSet[Address]) -> str:
    return " (on the base already)" if address in before else ""


def _more(what: str, *, alone: str) -> Callable[[int, int], str]:
    def rest(shown: int, total: int) -> str:
        return f"> {alone}\n> {total - shown} more {what} of {total} are not shown here.\n\n"

    return rest
