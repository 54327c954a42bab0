"""Custom audiences of the account: the whole list, whether or not the API promises to count it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from reconciler.api.client import LISTING_SECONDS, Client
from reconciler.contracts.contract import Contract
from reconciler.contracts.reports import AUDIENCES
from reconciler.errors import ApiError, Finding

_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
_MOST_PAGES = 10_000
"""A list that goes on after a million audiences does not end."""


class Audience(NamedTuple):
    """One custom audience. What the contract does not tell is None; times are the API's texts, UTC."""

    id: str
    name: str
    type: str | None = None
    size: int | None = None
    """People in it, as the API counts them."""
    valid: bool | None = None
    created: str | None = None
    expires: str | None = None
    trouble: str | None = None
    """Why it is not valid, in the API's words."""


def read_audiences(client: Client, contract: Contract, advertiser: str) -> list[Audience]:
    """Every audience, in the API's order. Raises ApiError when the list is not complete or cannot be read."""
    reports = contract.reports
    query = {"advertiser_id": advertiser}
    id_key = reports.audience_fields["id"]
    if reports.audiences_counted:
        rows = client.listing(AUDIENCES, query, id_key, reports.audiences_page)
    else:
        rows = _uncounted(client, query, id_key, reports.audiences_page)
    return [_audience(row, reports.audience_fields) for row in rows]


def _uncounted(client: Client, query: Mapping[str, str], id_key: str, size: int) -> list[Mapping[str, Any]]:
    """Pages without a total: read on until one brings nothing new.

    The document says that a page with fewer rows than asked for is the last; but a server may give smaller pages than
    were asked for, and without a page_info nobody would know.
    """
    found: dict[str, Mapping[str, Any]] = {}
    until = client.world.monotonic() + LISTING_SECONDS
    for number in range(1, _MOST_PAGES + 1):
        envelope = client.read(AUDIENCES, {**query, "page": str(number), "page_size": str(size)})
        rows = envelope.data.get("list") if isinstance(envelope.data, dict) else None
        if not isinstance(rows, list):
            raise _incomplete(f"page {number} came without its list", envelope.request_id)
        before = len(found)
        for row in rows:
            identity = str(row.get(id_key)) if isinstance(row, dict) else ""
            if not _DIGITS.fullmatch(identity):
                raise _incomplete(f"page {number} holds a row without an id", envelope.request_id)
            found.setdefault(identity, row)
        if len(found) == before:
            return list(found.values())
        if client.world.monotonic() > until:
            raise _incomplete(f"it did not end within {LISTING_SECONDS:.0f} s", envelope.request_id)
    raise _incomplete("it does not end", client.log_id)


def _incomplete(what: str, log_id: str | None) -> ApiError:
    message = f"the listing {AUDIENCES} is incomplete: {what}"
    return ApiError(Finding("R605", message, hint="nothing was decided on it; run again", request_id=log_id))


def _audience(row: Mapping[str, Any], keys: Mapping[str, str]) -> Audience:
    given = {ours: row.get(theirs) for ours, theirs in keys.items()}
    return Audience(
        str(given["id"]),
        _text(given["name"]) or "",
        _text(given["type"]),
        _count(given["size"]),
        given.get("valid") if isinstance(given.get("valid"), bool) else None,
        _text(given.get("created")),
        _text(given.get("expires")),
        _text(given.get("trouble")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    """A whole number, however it was written."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and value.adjusted() < 20:
        return int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return value if type(value) is int else None
