"""References as edges: field → address. What they name has an id, or will have one in this very plan. Pure.

A reference that nests is the parent and no field of its own. Every other one to an object of the account becomes a
field: the id of what it names, or, where that is still to be made, a mapping such as {pixel: main} in the id's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Asset, Fields, LockEntry, Ref, Resource
from reconciler.plan.basis import Basis


def is_object(address: Address) -> bool:
    """Whether it stands for an object of the account; videos and refreshes do not."""
    return bool(KINDS[address.kind].name_field)


def below(addresses: Iterable[Address], parents: Mapping[Address, Address | None]) -> set[Address]:
    """The addresses and everything under them. `parents`: address → what it belongs to."""
    found = set(addresses)
    children: dict[Address, list[Address]] = {}
    for address, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(address)
    left = list(found)
    while left:
        fresh = [one for one in children.get(left.pop(), ()) if one not in found]
        found.update(fresh)
        left += fresh
    return found


def with_edges(basis: Basis) -> Basis:
    """The basis with what the references of its resources name."""
    anew = set[Address]()
    if basis.recreate or basis.replace:
        parents = {address: one.parent for address, one in basis.desired.items()}
        gone = {one for one in below(basis.recreate, parents) if basis.object_of(one) is None}
        anew = below(basis.replace, parents) | gone
    desired = dict(basis.desired)
    for address, one in basis.desired.items():
        # Most name their parent alone, if that.
        if len(one.refs) != (one.parent is not None):
            desired[address] = _with_ids(one, basis.entries, anew)
    return replace(basis, desired=desired)


def named(resource: Resource) -> dict[str, Address]:
    """Field → the object of the account that it names; the parent is no field."""
    nests = KINDS[resource.address.kind].parent_field
    return {field: target for field, target in resource.refs.items() if is_object(target) and field != nests}


def _with_ids(resource: Resource, entries: Mapping[Address, LockEntry], anew: set[Address]) -> Resource:
    """`anew`: what gets another object in this plan."""
    fields = resource.fields
    for field, target in named(resource).items():
        known = entries.get(target) if target not in anew else None
        fields = _put(fields, field, known.id if known else {target.kind: target.name})
    return resource if fields is resource.fields else replace(resource, fields=fields)


def placed(fields: Fields, resource: Resource) -> Fields:
    """The fields with the place of what has no id yet: of an object, or of a video in the asset library."""
    objects = named(resource)
    for field, target in resource.refs.items():
        top = field.partition(".")[0]
        if field in objects:
            if isinstance(inside(fields, field), Mapping):
                fields = _put(fields, field, Ref(target))
        elif isinstance(value := fields.get(top), Mapping):
            fields = {**fields, top: Asset(target, value.get("variant", 0), value.get("generation", 0))}
        elif isinstance(value, tuple):
            fields = {**fields, top: tuple(_shown(one) for one in value)}
    return fields


_SHOWN = ("video_id", "image_id")


def _shown(item: Any) -> Any:
    """An image, or a creative with its video and its cover: the place of what is not in the library yet."""
    if not isinstance(item, Mapping):
        return item
    held = {name: _shown(item[name]) for name in _SHOWN if isinstance(item.get(name), Mapping)}
    # What is named by its own kind: {image: NAME}, {refresh: NAME, variant, generation}.
    kind = next((one for one in KINDS if isinstance(item.get(one), str)), None)
    if held or kind is None:
        return {**item, **held}
    return Asset(Address(kind, item[kind]), item.get("variant", 0), item.get("generation", 0))


def awaited(fields: Fields, resource: Resource) -> tuple[Address, ...]:
    """Objects that must have an id before these fields can be sent."""
    found = [target for field, target in named(resource).items() if isinstance(inside(fields, field), Mapping)]
    return tuple(dict.fromkeys(found))


def identified(value: Any, entries: Mapping[Address, LockEntry]) -> Any:
    """A value with the ids of objects that were still to be made when it was planned."""
    if isinstance(value, Ref):
        return entries[value.address].id
    if isinstance(value, Mapping):
        return {key: identified(item, entries) for key, item in value.items()}
    return tuple(identified(item, entries) for item in value) if isinstance(value, list | tuple) else value


def inside(fields: Fields, path: str) -> Any:
    """The value of a field, or of a field inside another: `tracking.pixel`."""
    value: Any = fields
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _put(fields: Fields, path: str, value: Any) -> Fields:
    """The fields with another value there."""
    top, _, rest = path.partition(".")
    return {**fields, top: _put(fields.get(top, {}), rest, value) if rest else value}
