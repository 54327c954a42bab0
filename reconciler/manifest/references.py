"""What a manifest names of other manifests must be there, and must be what can be named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.kinds.registry import KINDS, Kind
from reconciler.manifest.words import nearest
from reconciler.model import Address, Resource


class Mistake(NamedTuple):
    """A reference that cannot be: where in the spec of which resource, and what to do."""

    address: Address
    code: str
    message: str
    path: tuple[str | int, ...]
    hint: str


def references(kind: Kind, values: Mapping[str, Any]) -> dict[str, Address]:
    """Field → what it names, of a spec's values; a field inside another is `video.refresh`."""
    found: dict[str, Address] = {}
    for path, mark in kind.references.items():
        value: Any = values.get(path[0])
        for part in path[1:]:
            value = value.get(part) if isinstance(value, Mapping) else None
        if isinstance(value, str):
            found[".".join(path)] = Address(mark.kind, value)
    return found


def mistakes(resources: Mapping[Address, Resource], declared: set[Address]) -> Iterator[Mistake]:
    """References to what no manifest declares, and to slots above `variants`. `declared`: sound or not."""
    names: dict[str, list[str]] = {}
    for address in resources:
        names.setdefault(address.kind, []).append(address.name)
    for resource in resources.values():
        for field, target in resource.refs.items():
            path = ("spec", *field.split("."))
            if target not in declared:
                title = KINDS[target.kind].title
                hint = nearest(target.name, names.get(target.kind, ())) or f"declare a {title} of that name"
                text = f'no {title} is named "{target.name}"'
                yield Mistake(resource.address, "R302", text, path, hint)
            elif target in resources:
                yield from _slot(resource, resources[target], path)


def _slot(resource: Resource, target: Resource, path: tuple[str, ...]) -> Iterator[Mistake]:
    """A slot that is named must be among those that are asked for."""
    use, count = resource.fields.get(path[1]), target.fields.get("variants")
    slot = use.get("variant") if isinstance(use, Mapping) else None
    if slot is not None and count is not None and slot > count:
        text = f"`variant`: slot {slot} of {target.address}, which asks for {count}"
        yield Mistake(resource.address, "R208", text, (*path[:-1], "variant"), f"write 1 to {count}, or raise variants")
