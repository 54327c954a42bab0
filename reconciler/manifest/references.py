"""What a manifest names of other manifests must be there, and must be what can be named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from functools import cache
from typing import Any, NamedTuple, cast

from msgspec import Struct, field

from reconciler.contracts.smart_plus.ads import MOST
from reconciler.kinds.registry import EACH, KINDS, Kind, Path
from reconciler.manifest.words import Vocabulary
from reconciler.model import Address, Resource


class Mistake(NamedTuple):
    """A reference that cannot be: where in the spec of which resource, and what to do."""

    address: Address
    code: str
    message: str
    path: tuple[str | int, ...]
    hint: str
    lacks: Address | None = None
    """What no manifest declares."""


def references(kind: Kind, values: Mapping[str, Any]) -> dict[str, Address]:
    """Field → what it names, of a spec's values; a field inside another is `video.refresh` or `creatives.0.refresh`."""
    found: dict[str, Address] = {}
    for path, mark in kind.references.items():
        value = values.get(path[0])
        if value is None:
            continue
        if len(path) == 1 and isinstance(value, str):
            found[path[0]] = Address(mark.kind, value)
            continue
        for where, inner in _values(values, path):
            if isinstance(inner, str):
                found[".".join(where)] = Address(mark.kind, inner)
    return found


def _values(value: Any, path: Path, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place that a path leads to, and what stands there."""
    if not path:
        yield above, value
    elif path[0] != EACH:
        inner = value.get(path[0]) if isinstance(value, Mapping) else None
        yield from _values(inner, path[1:], (*above, path[0]))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _values(item, path[1:], (*above, str(index)))


class Declared(Struct):
    """What any document names, sound or not: a reference to a broken manifest is not a second mistake."""

    addresses: set[Address] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    """Kinds of which a document cannot be read as far as its name."""

    def may_be(self, address: Address) -> bool:
        """Whether some document declares it, as far as one can tell."""
        return address in self.addresses or address.kind in self.kinds


def mistakes(resources: Mapping[Address, Resource], declared: Declared, bound: Set[Address]) -> Iterator[Mistake]:
    """References to what no manifest declares, and to slots above `variants`. `bound`: what the lockfile knows."""
    names = cache(lambda kind: Vocabulary(one.name for one in resources if one.kind == kind))
    for resource in resources.values():
        if "creatives" in resource.fields and (many := _creatives(resource, resources)) > MOST:
            text = f"`creatives`: {many} of them, the variants of each refresh counted"
            yield Mistake(resource.address, "R208", text, ("spec", "creatives"), f"an ad holds at most {MOST}")
        for field_path, target in resource.refs.items():
            if not declared.may_be(target):
                title = KINDS[target.kind].title
                text, way = f'no {title} is named "{target.name}"', _way_out(target, names, bound)
                yield Mistake(resource.address, "R302", text, _path(field_path), way, target)
            elif (named := resources.get(target)) is not None:
                if "variants" in named.fields:
                    yield from _slot(resource, named, _path(field_path))
                if _needing(resource.address.kind):
                    yield from _lacking(resource, named, _path(field_path))


def _path(field: str) -> tuple[str | int, ...]:
    """Where it stands in a document."""
    return ("spec", *(int(one) if one.isdigit() else one for one in field.split(".")))


@cache
def _needing(short: str) -> bool:
    """Whether some reference of the kind is to what must set a field."""
    return any(mark.needs for mark in KINDS[short].references.values())


def _lacking(resource: Resource, target: Resource, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    """What is named must have what it is named for."""
    mark = KINDS[resource.address.kind].references[tuple(EACH if isinstance(one, int) else one for one in path[1:])]
    if mark.needs and mark.needs not in target.fields:
        text = f"`{path[-1]}`: {target.address} ({target.source.file}:{target.source.line}) has no `{mark.needs}`"
        hint = (
            f"the platform fetches it itself: put the file where it can, and give {target.address} that `{mark.needs}`"
        )
        yield Mistake(resource.address, "R216", text, path, hint)


def _creatives(resource: Resource, resources: Mapping[Address, Resource]) -> int:
    """How many an ad would hold."""
    found = 0
    for index, use in enumerate(resource.fields["creatives"]):
        refresh = resources.get(resource.refs.get(f"creatives.{index}.refresh", resource.address))
        whole = refresh is not None and "variants" in refresh.fields and "variant" not in use
        found += refresh.fields["variants"] if whole and refresh else 1
    return found


def _way_out(target: Address, names: Callable[[str], Vocabulary], bound: Set[Address]) -> str:
    """What to do about a name that no manifest has."""
    title = KINDS[target.kind].title
    if target in bound:
        return f"the manifest of {target} is gone: remove this one as well, or bring that one back"
    article = "an" if title[0] in "AEIOU" else "a"
    return names(target.kind).misspelt(target.name) or f"declare {article} {title} with that name"


def _slot(resource: Resource, target: Resource, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    """A slot that is named must be among those that are asked for."""
    count, use = target.fields.get("variants"), cast(Any, resource.fields)
    for part in path[1:-1]:
        use = cast(Any, use)[part] if isinstance(use, tuple) or part in use else {}
    slot = use.get("variant") if isinstance(use, Mapping) else None
    if slot is not None and count is not None and slot > count:
        text = f"`variant`: slot {slot} of {target.address}, which asks for {count}"
        yield Mistake(resource.address, "R208", text, (*path[:-1], "variant"), f"write 1 to {count}, or raise variants")
