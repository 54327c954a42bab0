"""A plan's rows in plain words, for people who buy media and know no API. Escaping is each renderer's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from reconciler.kinds.registry import KINDS
from reconciler.model import Change, FieldChange, Op, Plan, Violation
from reconciler.plan.diff import ABSENT, inner_changes, is_nested
from reconciler.plan.guards import daily_spend, wording
from reconciler.render.rows import GLYPHS, KEPT, LATER, creative, there
from reconciler.render.words import ADDED, REMOVED, is_budget, label, named

_DOES: dict[Op, str] = {
    "create": "will be created",
    "update": "will be changed",
    "replace": "will be made anew; what it has learned is lost",
    "disable": "will be paused",
    "delete": "will be deleted, for good",
    "adopt": "will be looked after here from now on",
    "forget": "will no longer be looked after here; it stays in the account as it is",
    "upload": "will be uploaded",
    "refresh": "will be made",
    "blocked": "cannot be changed now",
}


class PlainField(NamedTuple):
    """What changes, line by line as in `FieldRow`: `old` is None for what is new, `new` for what is removed."""

    label: str
    old: str | None
    new: str | None
    note: str = ""
    inner: bool = False
    path: str = ""
    """The API's own name of the field; "" for one inside another."""

    def said(self, escape: Callable[[str], str]) -> str:
        """What stands after the label and its colon; nothing after that of a headline."""
        known = " → ".join(escape(one) for one in (self.old, self.new) if one is not None)
        sign = "" if not self.inner else "added: " if self.old is None else "removed: " if self.new is None else ""
        return f" {sign}{known}" if known else ""


class PlainRow(Struct, frozen=True):
    """One change: *Campaign* `spring` *will be created and will start*."""

    glyph: str
    op: Op
    thing: str
    name: str
    does: str
    fields: tuple[PlainField, ...]
    code: str | None
    """Only where something is blocked."""
    hint: str | None


def rows(made: Plan) -> Iterator[PlainRow]:
    """In the plan's order."""
    for change in made.changes:
        blocked = change.op == "blocked"
        yield PlainRow(
            GLYPHS[change.op],
            change.op,
            thing(change.address.kind),
            change.address.name,
            _does(change),
            tuple(_plain_fields(change, made)),
            change.code if blocked else None,
            change.hint if blocked else None,
        )


def thing(kind: str) -> str:
    """`Ad group`."""
    return KINDS[kind].noun.one


def many(kind: str, count: int) -> str:
    """`4 ads`."""
    return f"{count} {KINDS[kind].noun.many}"


def summary(made: Plan) -> str:
    """`2 new, 1 changed, 1 paused, 1 cannot be changed now`; only what there is."""
    words: Mapping[str, tuple[Op, ...]] = {
        "new": ("create",),
        "changed": ("update", "replace"),
        "paused": ("disable",),
        "deleted": ("delete",),
        "no longer looked after": ("forget",),
        "uploaded": ("upload",),
        "with new variants": ("refresh",),
        "taken over": ("adopt", "move"),
        "cannot be changed now": ("blocked",),
    }
    counted = {word: sum(change.op in ops for change in made.changes) for word, ops in words.items()}
    return ", ".join(f"{count} {word}" for word, count in counted.items() if count) or "nothing changes"


def no_changes(made: Plan) -> str:
    """What it means that nothing changes."""
    count = made.unmanaged
    others = f"{count} other live objects are" if count != 1 else "1 other live object is"
    return "The account matches what is wanted." + (f" {others} not looked after here." if count else "")


def refusal(one: Violation, currency: str | None) -> str:
    """Why a guard rail stops it, with the name of what it stops."""
    if isinstance(one.address, str):
        told = f"{thing(one.address)}s: " if one.address in KINDS else ""
        return told + wording.words(one, currency)
    if one.rule != daily_spend.RULE:
        return f"{one.address.name}: {wording.words(one, currency)}"
    unit = f" {currency}" if currency else ""
    limit = f"the limit is {one.limit}{unit}" if one.limit else "no limit is set"
    return f"{one.address.name} would bring the worst case to {one.value}{unit} a day, and {limit}"


def _does(change: Change) -> str:
    if change.moved_from:
        return f"was {change.moved_from} until now; nothing changes in the account"
    status = next((one.new for one in change.fields if one.path == "status"), None)
    does = _DOES[change.op]
    if change.op == "create":
        governs = KINDS[change.address.kind].parent is None
        return f"{does} and will start" if status == "ENABLE" else f"{does} paused" if governs or status else does
    if change.op == "update" and status in ("ENABLE", "DISABLE"):
        turned = "will start" if status == "ENABLE" else "will be paused"
        return turned if len(change.fields) == 1 else f"{does} and {turned}"
    if change.work:
        count = change.work.videos
        return f"will be made: {count} new" if count else "will be those that were made before"
    return does


def _plain_fields(change: Change, made: Plan) -> Iterator[PlainField]:
    mode = next((one.new for one in change.fields if one.path == "budget_mode"), None)
    for one in change.fields:
        if one.path == "status" and change.op not in ("blocked", "adopt"):
            continue
        if one.path == "budget_mode" and is_budget(mode) and any(other.path == "budget" for other in change.fields):
            # The budget's own label says it.
            continue
        title, note = _label(change, one, mode), "" if one.side == "ours" else "changed in the account"
        note = LATER if change.op == "adopt" else note
        if one.path.startswith("creatives["):
            title = creative(one.path, made.names).replace("creatives", "creative", 1).replace("].", "] ")
        if one.old == one.new and one.side == "theirs":
            yield PlainField(title, None, None, KEPT, path=one.path)
            continue
        if one.path.startswith("creatives[") and None in (one.old, one.new):
            yield PlainField(title, None, "added" if one.old is None else "removed", note, path=one.path)
            continue
        if one.old != one.new and is_nested(one.old, one.new):
            yield from _inner_fields(title, note, one, made)
            continue
        new = named(one.path, one.new, made)
        if one.old == one.new and change.reason == "twin":
            yield PlainField(title, None, new, there(change), path=one.path)
            continue
        old = (
            None if change.op in ("create", "upload", "refresh") and one.old is None else named(one.path, one.old, made)
        )
        yield PlainField(title, old, new, note, path=one.path)


def _inner_fields(title: str, note: str, one: FieldChange, made: Plan) -> Iterator[PlainField]:
    """What differs inside a value: of a list what came and what went, each in one line."""
    found = list(inner_changes("", one.old, one.new))
    if all(not each.path for each in found):
        gone = tuple(each.old for each in found if each.old is not ABSENT)
        came = tuple(each.new for each in found if each.new is not ABSENT)
        if gone:
            yield PlainField(title + REMOVED, named(one.path, gone, made), None, note, path=one.path)
        if came:
            yield PlainField(title + ADDED, None, named(one.path, came, made), note, path=one.path)
        return
    yield PlainField(title, None, None, note, path=one.path)
    for path, *both in found:
        old, new = (None if each is ABSENT else named(one.path + path, each, made) for each in both)
        inner = f"{title}{path}".replace("_", " ").replace("[", " [").replace(".", " ")
        yield PlainField(inner, old, new, inner=True)


def _label(change: Change, one: FieldChange, mode: Any) -> str:
    return "name" if one.path == KINDS[change.address.kind].name_field else label(one.path, mode)
