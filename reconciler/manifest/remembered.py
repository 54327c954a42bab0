"""Resources as JSON and back: what a file that has not changed was read as. Pure.

Only what comes back exactly as it was, types and all, is remembered; whatever else a file holds is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from reconciler.kinds.registry import KINDS
from reconciler.manifest.document import Document
from reconciler.model import Address, Lifecycle, Number, Resource, Source

_PLAIN = Lifecycle()


def as_json(resource: Resource) -> bytes | None:
    """A resource as a document alone says it; None for one that would not come back the same."""
    if KINDS[resource.address.kind].files & resource.fields.keys():
        # What is in a file of the workspace belongs to it, too.
        return None
    one = resource.lifecycle
    told = [
        *resource.address,
        dict(resource.fields),
        [name for name, value in resource.fields.items() if type(value) is Number],
        resource.name,
        None if one == _PLAIN else [one.on_remove, one.protect, [*one.ignore], [*one.exclusive], dict(one.reasons)],
        dict(resource.labels),
        resource.source.line,
        resource.contract,
        {field: [*target] for field, target in resource.refs.items()},
        resource.adopt,
        [[*old] for old in resource.moved],
    ]
    text = _encode(told)
    return (
        text
        if _is_plain(resource) or _same(of_json(msgspec.json.decode(text), resource.source.file), resource)
        else None
    )


_encode = msgspec.json.Encoder(enc_hook=str).encode  # Of a text of its own type, the text.
_TEXT = frozenset((str,))
_PLAIN_TYPES = frozenset((str, Number, int, bool, type(None)))


def _is_plain(one: Resource) -> bool:
    """Whether all of it comes back the same for certain: most manifests hold texts, amounts and whole numbers alone."""
    return (
        _PLAIN_TYPES.issuperset(map(type, one.fields.values()))
        and _TEXT.issuperset(map(type, one.labels.values()))
        and one.source.use is None
        and one.parent == one.refs.get(KINDS[one.address.kind].parent_field or "")
        and (one.lifecycle is _PLAIN or one.lifecycle == _PLAIN)
    )


def of_json(told: list[Any], file: str) -> Resource:
    """The inverse. Raises TypeError, ValueError, KeyError or IndexError for what is none."""
    kind, name, fields, numbers, title, lifecycle, labels, line, contract, refs, adopt, moved = told
    for path, value in fields.items():
        if type(value) in (list, dict):
            fields = {**fields, path: _frozen(value)}
    for path in numbers:
        fields[path] = Number(fields[path])
    targets = {field: Address(*target) for field, target in refs.items()} if refs else {}
    return Resource(
        Address(kind, name),
        fields,
        targets.get(KINDS[kind].parent_field or ""),
        title,
        _PLAIN if lifecycle is None else _lifecycle(*lifecycle),
        labels,
        Source(file, line),
        contract,
        targets,
        adopt,
        tuple(Address(*old) for old in moved),
    )


def document(resource: Resource) -> Document:
    """What stands for the document that the resource was read from. It has no values: a mistake is placed by reading
    the file anew."""
    value = {"kind": KINDS[resource.address.kind].title, "name": resource.address.name, "spec": {}}
    return Document(resource.source.file, 0, resource.source.line, value, known=resource)


def _lifecycle(on_remove: Any, protect: bool, ignore: list[str], exclusive: list[str], reasons: Any) -> Lifecycle:
    return Lifecycle(on_remove, protect, frozenset(ignore), frozenset(exclusive), reasons)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value


def _same(one: Any, other: Any) -> bool:
    """Whether both are equal, and of the same types all the way down."""
    if isinstance(one, Resource) and isinstance(other, Resource):
        return one == other and _same(one.fields, other.fields) and _same(one.labels, other.labels)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return [*one] == [*other] and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, tuple) and type(one) is type(other):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)
