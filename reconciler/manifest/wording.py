"""Texts that the platform may store in another form than they are written in: a warning, before anything is sent.

Which texts it changes is not documented; spaces at an edge and several spaces in a row are what servers commonly
change. (Letters written in parts are composed when a manifest is read.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.canonical import normal_text
from reconciler.kinds.fields import Sought
from reconciler.model import Address, Entry, LockEntry, Number, Resource, Source


class Remark(NamedTuple):
    """One text that may come back otherwise: of which field, and where its manifest stands."""

    address: Address
    field: str
    message: str
    hint: str
    source: Source


def remarks(desired: Mapping[Address, Resource], bound: Mapping[Address, Entry]) -> list[Remark]:
    """Every such text that a create or an update would send; what is in the account already is no news."""
    found = []
    for address, resource in desired.items():
        entry = bound.get(address)
        applied = entry.applied if isinstance(entry, LockEntry) else {}
        if applied == resource.fields:
            continue
        for name, value in resource.fields.items():
            for one in _texts(value) if name not in applied or applied[name] != value else ():
                if why := _why(one):
                    text = f'{address}: `{name}` {why}, which the platform may store otherwise: "{one}"'
                    found.append(Remark(address, name, text, f'write "{normal_text(one)}"', resource.source))
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and not isinstance(value, Number | Sought):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _why(text: str) -> str | None:
    if text != text.strip():
        return "begins or ends with a space"
    return "has several spaces or a line break in a row" if normal_text(text) != text else None
