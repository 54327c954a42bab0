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
    told = _Recalled(
        *resource.address,
        dict(resource.fields),
        tuple(name for name, value in resource.fields.items() if type(value) is Number),
        tuple(name for name, value in resource.fields.items() if not isinstance(value, _SCALARS)),
        resource.name,
        None if one == _PLAIN else one,
        dict(resource.labels),
        resource.source.line,
        resource.contract,
        dict(resource.refs),
        resource.adopt,
        resource.moved,
    )
    text = _encode(told)
    if _is_plain(resource) or _same(documents(b"[%b]" % text, resource.source.file)[0].known, resource):
        return text
    return None


_encode = msgspec.json.Encoder(enc_hook=str).encode  # Of a text of its own type, the text.
_TEXT = frozenset((str,))
_SCALARS = (str, int, float, type(None))
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


class _Recalled(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A resource as it is remembered."""

    kind: str
    name: str
    fields: dict[str, Any]
    numbers: tuple[str, ...]
    """Fields whose text is a number."""
    held: tuple[str, ...]
    """Fields with a list or a mapping."""
    title: str
    lifecycle: Lifecycle | None
    labels: dict[str, str]
    line: int
    contract: str
    refs: dict[str, Address]
    adopt: str | None
    moved: tuple[Address, ...]


def documents(line: bytes, file: str) -> list[Document]:
    """What stands for the documents of a file. They have no values: a mistake is placed by reading the file anew.

    Raises msgspec.MsgspecError or KeyError for what no file was remembered as.
    """
    found = (_resource(told, file) for told in _decode(line))
    return [Document(file, 0, one.source.line, _UNREAD, known=one) for one in found]


_decode = msgspec.json.Decoder(list[_Recalled]).decode
_UNREAD: dict[str, Any] = {"spec": {}}


def _resource(told: _Recalled, file: str) -> Resource:
    """The inverse of `as_json`. Raises KeyError for what is none."""
    fields = told.fields
    for path in told.held:
        fields[path] = _frozen(fields[path])
    for path in told.numbers:
        fields[path] = Number(fields[path])
    return Resource(
        Address(told.kind, told.name),
        fields,
        told.refs.get(KINDS[told.kind].parent_field or ""),
        told.title,
        told.lifecycle or _PLAIN,
        told.labels,
        Source(file, told.line),
        told.contract,
        told.refs,
        told.adopt,
        told.moved,
    )


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
