"""One mistake in a manifest, and pydantic's errors in our words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from reconciler.kinds.registry import BY_TITLE
from reconciler.manifest.document import Document, Path
from reconciler.manifest.words import MEANT, REMOVED, nearest
from reconciler.model import Address
from reconciler.text import clean


class Problem(Struct, frozen=True):
    """One mistake: where (document and path; `key` for the key itself), what, and what to do."""

    code: str
    message: str
    document: Document
    path: Path = ()
    key: bool = False
    hint: str | None = None
    address: str | None = None
    lacks: Address | None = None
    """What no manifest declares, where that is the mistake."""


def address_of(document: Document) -> str:
    """What a document declares, as far as it says so: `campaign/spring`."""
    kind = BY_TITLE.get(str(document.value.get("kind")))
    return f"{kind.short if kind else '?'}/{document.value.get('name')}"


def unknown_kind(document: Document, title: Any) -> Problem:
    """A `kind` that is missing, or that nobody knows."""
    titles = [*BY_TITLE, "Use"]
    if title is None:
        meant = next((str(key) for key in document.value if nearest(str(key), ["kind"])), None)
        hint = f"write `kind` for `{clean(meant)}`" if meant else f"add `kind:`, one of {', '.join(titles)}"
        return Problem("R202", "the document has no `kind`", document, (), True, hint)
    if not isinstance(title, str):
        return Problem("R215", "`kind` must be one word", document, ("kind",), False, f"one of {', '.join(titles)}")
    hint = nearest(title, titles) or f"one of {', '.join(titles)}"
    return Problem("R210", f'no kind is named "{title}"', document, ("kind",), False, hint)


def schema_problem(
    detail: ErrorDetails, document: Document, model: type[BaseModel], foreign: frozenset[str] = frozenset()
) -> Problem:
    """One pydantic error in our words. `model` is the model the document was checked against, `foreign` are values it
    knows that are not for use here."""
    path = path_of(detail)
    # An item of a list is told by the list's name.
    last = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    error, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if error == "reconciler":
        at = context["at"]
        name = at or last
        where = (*path, at) if at else path
        return Problem(context["code"], f"`{name}`: {context['text']}", document, where, False, context["hint"] or None)
    if error == "missing":
        return Problem("R202", f"`{last}` is missing", document, path[:-1], True, f"add `{last}:` here")
    if error == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        hint = nearest(last, known) or f"known here: {', '.join(known)}"
        return Problem("R201", f"unknown key `{last}`", document, path, True, hint)
    if error == "literal_error":
        return _bad_value(given, str(context["expected"]), foreign, document, path)
    wanted, how = _SHAPES.get(error, ("", None))
    text = f"`{last}`: {wanted} is expected here" if wanted else detail["msg"]
    return Problem("R215", text, document, path, False, how)


_MAPPING = ("a mapping", "write `key: value`, one on each line, or {key: value}")
_SHAPES: dict[str, tuple[str, str | None]] = {
    "list_type": ("a list", "write [VALUE, VALUE], also for one value alone"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
}


def path_of(detail: ErrorDetails) -> Path:
    """Where in the document a pydantic error is."""
    return tuple(part for part in detail["loc"] if part != "[key]")


def _known_keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys a mapping at `path` may have."""
    current: type[BaseModel] = model
    for part in path:
        info = current.model_fields.get(str(part))
        inner = info.annotation if info else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        current = inner
    return [info.alias or name for name, info in current.model_fields.items()]


def _bad_value(given: Any, expected: str, foreign: frozenset[str], document: Document, path: Path) -> Problem:
    listed = [part.strip("' ") for part in expected.replace(" or ", ", ").split(", ")]
    allowed = [one for one in listed if one not in foreign]
    last = next((str(part) for part in reversed(path) if isinstance(part, str)), "value")
    if not isinstance(given, str):
        return Problem("R215", f"`{last}` must be one word", document, path, False, "one of " + ", ".join(allowed))
    meant = _meant(last, given, allowed)
    hint = (f"{meant} " if meant else "") + "allowed: " + ", ".join(allowed)
    shown = f'"{given}"' if given else "nothing"
    return Problem("R204", f"`{last}`: {shown} is not allowed", document, path, False, hint)


def _meant(name: str, given: str, allowed: Sequence[str]) -> str | None:
    """What was probably meant by a value that is not allowed."""
    if name == "status" and (word := MEANT.get(given.upper())) in allowed:
        return f"write {word}."
    if name == "status" and given.upper() in REMOVED:
        return "to get rid of the object, remove its manifest; `lifecycle.on_remove` says what becomes of it."
    return nearest(given, allowed)
