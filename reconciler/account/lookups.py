"""What the account calls its things: locations, identities, pixels and the like, each listed whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from reconciler.api.client import Client
from reconciler.contracts.lookups import Lookup

_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
_ONE_WORD = re.compile(r"[\x21-\x7e]{1,200}")


class Named(NamedTuple):
    """One thing of the account. `row`: id, name and details under the API's keys, as far as it tells them."""

    id: str
    name: str
    row: Mapping[str, str]
    within: str = ""
    """The name of what it is a part of."""


def read_named(client: Client, lookup: Lookup, advertiser: str) -> list[Named]:
    """All of one sort, in the API's order. Raises ApiError when the list is not complete or cannot be read."""
    query = {"advertiser_id": advertiser, **lookup.query}
    identify = _identify(lookup)
    if lookup.page_size is None:
        rows = client.whole(lookup.path, query, identify)
    else:
        rows, _ = client.pages(lookup.path, query, lookup.page_size, identify)
    keys = (lookup.id_key, lookup.name_key, *lookup.details)
    names = {str(row[lookup.id_key]): _text(row.get(lookup.name_key)) for row in rows} if lookup.above else {}
    found = []
    for row in rows:
        told = {key: text for key in keys if (text := _text(row.get(key)))}
        above = _text(row.get(lookup.above)) if lookup.above else ""
        found.append(Named(told[lookup.id_key], told.get(lookup.name_key, ""), told, names.get(above, "")))
    return found


def _identify(lookup: Lookup) -> Callable[[Mapping[str, Any]], str | None]:
    pattern = _DIGITS if lookup.digits else _ONE_WORD

    def identify(row: Mapping[str, Any]) -> str | None:
        found = _text(row.get(lookup.id_key))
        return found if pattern.fullmatch(found) else None

    return identify


def _text(value: Any) -> str:
    """A text or a whole number as text; anything else is nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
