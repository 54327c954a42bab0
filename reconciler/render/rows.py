"""A plan's rows, made once for every renderer: order, glyphs, words, units. Escaping is each renderer's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from reconciler.model import Asset, Change, Cover, Deferred, FieldChange, Number, Op, Plan, Ref
from reconciler.plan.diff import ABSENT, inner_changes, is_nested
from reconciler.plan.digest import digest, summary
from reconciler.render.facts import UNKNOWN, amount_in_words

GLYPHS: dict[Op, str] = {
    "create": "+", "update": "~", "replace": "±", "disable": "-", "delete": "x", "adopt": "=", "move": ">",
    "forget": ".", "upload": "^", "refresh": "*", "blocked": "!",
}  # fmt: skip
_WORDS: dict[Op, str] = {
    "create": "will be created",
    "update": "will be updated in place",
    "replace": "will be replaced",
    "disable": "will be disabled",
    "delete": "will be deleted, for good",
    "adopt": "will be adopted",
    "move": "will be moved",
    "forget": "will be forgotten (stays live as it is)",
    "upload": "will be uploaded",
    "refresh": "will be refreshed",
    "blocked": "is blocked",
}
_REASONS = {
    "new": "new in the manifests",
    "recreate": "it vanished; a new one is made as you asked",
    "edited": "edited in the manifests",
    "generation": "another generation of its variants takes over",
    "generation and drift": "another generation of its variants takes over; changed in the account, too",
    "choice": "other variants are to be shown",
    "choice and drift": "other variants are to be shown; changed in the account, too",
    "drifted": "changed in the account since the last apply here",
    "both": "edited in the manifests and changed in the account",
    "removed": "its manifest is gone",
    "gone": "its manifest and the live object are gone",
    "unfinished birth": "an earlier create was not followed by its pause",
    "twin": "an object of this name already exists",
    "vanished": "somebody deleted the live object",
    "not listed": "no list shows it, or most others of its kind",
    "unknown": "an earlier write has no known outcome",
    "replace": "fixed after creation",
    "contract": "not possible in this contract",
    "protected": "protected",
    "children": "what belongs to it stays",
    "new inputs": "its inputs are new, so a new generation is made",
    "more variants": "more variants are wanted",
    "kept generation": "back to a generation that is kept; no task is paid",
    "failed": "a task has failed",
    "expired": "a preview died before its download",
    "binding": "not the object the lockfile says",
    "foreign": "made by Smart+",
    "ended": "the platform has ended it for good",
    "refused": "the platform would refuse it",
    "approval": "its variant is not approved",
    "adopt": "its manifest says that it is this live object",
    "not adopted": "it cannot be bound to what `adopt` names",
    "moved": "its manifest says what it was called before",
    "awaited": "its variant is not made yet, and then needs approval",
    "renamed": "another address meant the same object",
    "swapped names": "names would go round in a circle",
    "rejected": "its variant was rejected",
    "replace on demand": "replaced as you asked; the old one is paused, its learning and history stay with it",
    "parent replaced": "what it belongs to is replaced",
    "unfinished replacement": "the one it replaces is not paused yet",
}


class FieldRow(Struct, frozen=True):
    """One line of a field, its texts ready to be escaped.

    A nested value takes several: its headline, which has neither `old` nor `new`, and one for each place inside it.
    """

    glyph: str
    path: str
    old: str | None
    """None for what is new."""
    new: str | None
    """None for what is removed."""
    note: str = ""
    inner: bool = False
    """Whether it belongs to the headline above it."""


class ChangeRow(Struct, frozen=True):
    """One change in words."""

    glyph: str
    op: Op
    address: str
    words: str
    why: str
    source: str
    use: str
    """Where the module is used that the source stands in; else empty."""
    fields: tuple[FieldRow, ...]
    hint: str | None


def rows(plan: Plan) -> Iterator[ChangeRow]:
    """In the plan's order."""
    for change in plan.changes:
        yield ChangeRow(
            GLYPHS[change.op],
            change.op,
            str(change.address),
            _happens(change),
            reason(change.reason),
            str(change.source._replace(use=None)) if change.source else "",
            str(change.source.use) if change.source and change.source.use else "",
            tuple(
                line
                for one in change.fields
                # A replacement is made of all its fields; people look at those that differ.
                if change.op != "replace" or one.old != one.new
                for line in _field_rows(change, one, plan)
            ),
            change.hint,
        )


def _happens(change: Change) -> str:
    if change.moved_from:
        return f"will be what {change.moved_from} was"
    return "will be forgotten" if (change.op, change.reason) == ("forget", "gone") else _WORDS[change.op]


def _field_rows(change: Change, one: FieldChange, plan: Plan) -> Iterator[FieldRow]:
    if change.op in ("create", "upload", "refresh") and one.old is None and not one.path.startswith("creatives["):
        yield FieldRow("+", one.path, None, value(one.new, plan.currency, plan.names))
        return
    note = {"theirs": "changed in the account", "both": "changed on both sides", "ours": ""}[one.side]
    note = LATER if change.op == "adopt" else note
    if one.path.startswith("creatives["):
        yield _creative_row(one, plan, note)
        return
    if one.old == one.new and one.side == "theirs":
        yield FieldRow("~", one.path, None, None, KEPT)
        return
    if one.old == one.new and change.reason == "twin":
        yield FieldRow("~", one.path, None, value(one.new, plan.currency, plan.names), there(change))
        return
    if one.old != one.new and is_nested(one.old, one.new):
        yield FieldRow("~", one.path, None, None, note)
        for path, old, new in inner_changes(one.path, one.old, one.new):
            before, after = (None if each is ABSENT else value(each, plan.currency, plan.names) for each in (old, new))
            glyph = "+" if before is None else "-" if after is None else "~"
            yield FieldRow(glyph, path, before, after, inner=True)
    else:
        before, after = (value(each, plan.currency, plan.names) for each in (one.old, one.new))
        yield FieldRow("~", one.path, before, after, note)


def there(twin: Change) -> str:
    """Of the name that a twin has already: whose it is."""
    return f"already there: id {twin.id}" if twin.id else "already there"


LATER = "the next plan's to change"
"""Of what differs in an object that is adopted."""
KEPT = "added by others, and kept"
"""Of what is in a list that an update writes, and was never ours."""


def creative(path: str, names: Mapping[str, str]) -> str:
    """A creative's path, with what the manifests call its video."""
    found = _SHOWN.search(path)
    return path.replace(found[1], f"{found[1]} {names[found[1]]}") if found and found[1] in names else path


_SHOWN = re.compile(r"\[video:([^\] ]+)")


def _creative_row(one: FieldChange, plan: Plan, note: str) -> FieldRow:
    path = creative(one.path, plan.names)
    if one.old == one.new:
        return FieldRow("~", path, None, None, KEPT)
    before, after = (None if each is None else value(each, plan.currency) for each in (one.old, one.new))
    return FieldRow("+" if before is None else "-" if after is None else "~", path, before, after, note)


def value(given: Any, currency: str | None, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A value as people read it: money with its unit, text in quotes, nothing as (not set).

    `names`: ids → what the manifests call them, which stands behind.
    """
    if given is None:
        return "(not set)"
    if isinstance(given, Number):
        return f"{given} {currency}" if currency else str(given)
    if isinstance(given, Mapping) and "identity_type" in given and "identity_id" in given:
        return _creative(given)
    name = f" ({names[given]})" if isinstance(given, str) and given in names else ""
    return json.dumps(given, ensure_ascii=False) + name


def _creative(given: Mapping[str, Any]) -> str:
    """A creative in one line; what it shows stands in its path already."""
    image = given.get("image_id")
    # Not in the library yet: told by what the manifests call it.
    cover = [f"cover {image['image'] if isinstance(image, Mapping) else image}"] if image else []
    told = [given.get("status", "ENABLE"), f"as {given['identity_type']} {given['identity_id']}", *cover]
    return json.dumps(", ".join(told), ensure_ascii=False)


def sent(given: Any) -> Any:
    """A value of a call as JSON has it; what stands for an id that is known only when it is sent is told in words."""
    if isinstance(given, Ref):
        return f"(id of {given.address})"
    if isinstance(given, Asset):
        slot = f", variant {given.slot} of generation {given.generation}" if given.slot else ""
        return f"(id in the asset library of {given.address}{slot})"
    if isinstance(given, Cover):
        return f"(first suggested cover of {sent(given.video)})"
    if isinstance(given, Deferred):
        return f"({given.words})"
    if isinstance(given, Mapping):
        return {str(key): sent(item) for key, item in given.items()}
    if isinstance(given, list | tuple):
        return [sent(item) for item in given]
    return given


def words(op: Op) -> str:
    """What happens to a row of this op."""
    return _WORDS[op]


def reason(text: str) -> str:
    """A row's reason in words."""
    return _REASONS.get(text, text)


def counts(plan: Plan) -> str:
    """`Plan: 2 to create, 1 to update, 0 to disable.` with whatever else there is."""
    count = summary(plan)
    parts = [f"{count[op]} to {op}" for op in ("create", "update", "disable")]
    parts += [
        f"{count[op]} to {op}"
        for op in ("replace", "delete", "adopt", "move", "forget", "upload", "refresh")
        if count[op]
    ]
    if count["blocked"]:
        parts.append(f"{count['blocked']} blocked")
    return f"Plan: {', '.join(parts)}."


def beside(plan: Plan) -> str:
    """`3 unchanged, 2 unmanaged`: what there is beside the rows, and where to look at it."""
    rest = [f"{plan.unchanged} unchanged"]
    if plan.untargeted:
        rest.append(f"{plan.untargeted} untargeted")
    them = "it" if plan.unmanaged == 1 else "them"
    where = f": `reconciler unmanaged` lists {them}, `reconciler pull` takes {them} over" if plan.unmanaged else ""
    return ", ".join([*rest, f"{plan.unmanaged} unmanaged{where}"])


def no_changes(plan: Plan) -> str:
    """What an empty plan means: what it compared, and what it did not."""
    named = "What was targeted" if plan.untargeted else "The account"
    count = plan.unmanaged
    others = f"{count} live objects are" if count != 1 else "1 live object is"
    rest = f" {others} not declared in any manifest and left alone." if count else ""
    return f"{named} matches the manifests.{rest}"


def refreshes(plan: Plan) -> str | None:
    """What the refresh tasks come to, if there are any."""
    works = [change.work for change in plan.changes if change.work]
    tasks, videos = sum(len(work.submits) for work in works), sum(work.videos for work in works)
    if not tasks:
        return None
    minutes, seconds = divmod(plan.eta_seconds, 60)
    return f"Refreshes: {tasks} tasks for {videos} videos, in about {minutes} min {seconds:02d} s by the rate limit."


def worst_case(plan: Plan) -> str:
    """The spend line of every plan."""
    if not plan.is_counted:
        return f"Worst case a day: {UNKNOWN}"
    before, after = (amount_in_words(amount, plan) for amount in plan.worst_case)
    return f"Worst case a day: {before} → {after}" if before != after else f"Worst case a day: {after} (unchanged)"


def short_digest(plan: Plan) -> str:
    """The digest an approval binds to."""
    return digest(plan)
