"""Names in the account that a spec gives instead of ids: what they stand for, where they are written, what they become.

Pure. In a resource a `Sought` stands in every field that a name stands for, until the account has told its values;
lists in which names and ids are mixed (`audiences`) hold the names themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from reconciler.canonical import id_text
from reconciler.kinds.fields import ByName, Sought
from reconciler.kinds.registry import EACH, KINDS, Kind
from reconciler.manifest.document import Path
from reconciler.model import Fields

Values = Mapping[str, str]
"""The API's keys → values of what a name belongs to."""


class Use(NamedTuple):
    """One name that a spec gives: of which sort, and where it stands in the document."""

    what: str
    name: str
    path: Path
    instead: tuple[str, ...]
    """The fields that it stands for."""


def sought(kind: Kind, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a spec with a `Sought` in place of each name."""
    if kind.named_at.isdisjoint(fields):
        return fields

    def change(held: Fields, key: str, mark: ByName) -> Fields:
        if not mark.instead or key not in held:
            return held
        rest = {name: value for name, value in held.items() if name != key}
        return {**dict.fromkeys(mark.instead, Sought(held[key])), **rest}

    return _changed(kind, fields, change)


def wanted(kind: Kind, fields: Fields) -> list[tuple[str, str]]:
    """(sort, name) of everything that has to be looked up before the fields can be used."""
    if _looked_at(kind.short).isdisjoint(fields):
        return []
    found: list[tuple[str, str]] = []

    def look(held: Fields, key: str, mark: ByName) -> Fields:
        if not mark.instead:
            found.extend((mark.what, one) for one in held.get(key, ()) if not _is_id(one))
        elif isinstance(name := held.get(mark.instead[0]), Sought):
            found.append((mark.what, name))
        return held

    _changed(kind, fields, look)
    return found


@cache
def _looked_at(short: str) -> frozenset[str]:
    """The fields of a resource of that kind in which something that is sought may stand."""
    marks = KINDS[short].named.items()
    return frozenset(
        path[0] if EACH in path else mark.instead[0] if mark.instead else ".".join(path) for path, mark in marks
    )


def resolved(kind: Kind, fields: Fields, found: Callable[[str, str], Values]) -> dict[str, Any]:
    """The fields with what is sought. `found`: (sort, name) → its values; of a list's item the first is the id."""

    def change(held: Fields, key: str, mark: ByName) -> Fields:
        if not mark.instead:
            if key not in held:
                return held
            ids = {one if _is_id(one) else next(iter(found(mark.what, one).values())) for one in held[key]}
            return {**held, key: tuple(sorted(ids))}
        name = held.get(mark.instead[0])
        if not isinstance(name, Sought):
            return held
        values = found(mark.what, name)
        rest = {one: value for one, value in held.items() if one not in mark.instead}
        return {**rest, **{one: values[one] for one in mark.instead if one in values}}

    return _changed(kind, fields, change)


def uses(kind: Kind, spec: Mapping[str, Any]) -> Iterator[Use]:
    """Every name in the spec of a document, as it is written there."""
    for path, mark in kind.named.items():
        if path[0] not in spec:
            continue
        for where, held in _holders(path, spec):
            value = held.get(path[-1])
            if mark.instead and isinstance(value, str):
                yield Use(mark.what, str(value), (*where, path[-1]), mark.instead)
            elif not mark.instead and isinstance(value, list):
                for index, one in enumerate(value):
                    if isinstance(one, str) and not _is_id(str(one)):
                        yield Use(mark.what, str(one), (*where, path[-1], index), ())


def clashes(kind: Kind, spec: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """(where, the name's field, the field beside it that says the same) for each that is given twice."""
    if kind.named_at.isdisjoint(spec):
        return
    for path, mark in kind.named.items():
        if path[0] not in spec:
            continue
        for where, held in _holders(path, spec):
            if path[-1] in held:
                yield from (((*where, path[-1]), path[-1], one) for one in mark.instead if one in held)


def provided(kind: Kind, spec: Mapping[str, Any]) -> frozenset[str]:
    """The fields of the spec that names stand for."""
    if kind.named_at.isdisjoint(spec):
        return frozenset()
    given = ((path, mark) for path, mark in kind.named.items() if len(path) == 1 and path[0] in spec)
    return frozenset(one for _, mark in given for one in mark.instead)


def written(kind: Kind, spec: Mapping[str, Any], field: str) -> Path | None:
    """Where in a document a field is said, by its own key or by a name; None where it is not."""
    inside: Any = spec
    for part in (parts := field.split(".")):
        if not isinstance(inside, Mapping) or part not in inside:
            break
        inside = inside[part]
    else:
        return ("spec", *parts)
    named = (path for path, mark in kind.named.items() if len(path) == 1 and field in mark.instead)
    return next((("spec", *path) for path in named if path[0] in spec), None)


def _changed(kind: Kind, fields: Fields, change: Callable[[Fields, str, ByName], Fields]) -> dict[str, Any]:
    """The fields with each mapping that may hold a name changed. Fields of a nested one are flat by now."""
    found = fields
    for path, mark in kind.named.items():
        if EACH not in path:
            found = change(found, ".".join(path), mark)
        elif path[0] in found:
            found = {**found, path[0]: tuple(change(item, path[-1], mark) for item in found[path[0]])}
    return dict(found)


def _holders(path: tuple[str, ...], spec: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every mapping of a document's spec that may hold the last key of a path, and where it stands."""
    places: list[tuple[Path, Any]] = [(("spec",), spec)]
    for step in path[:-1]:
        if step == EACH:
            places = [((*at, n), one) for at, held in places if isinstance(held, list) for n, one in enumerate(held)]
        else:
            places = [((*at, step), held[step]) for at, held in places if isinstance(held, Mapping) and step in held]
    yield from ((at, held) for at, held in places if isinstance(held, Mapping))


def _is_id(text: str) -> bool:
    return id_text(text) is not None
