"""Custom audiences of the account."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.api.client import Client
from reconciler.contracts.contract import Contract


class Audience(NamedTuple):
    """One custom audience."""

    id: str
    name: str


def read_audiences(client: Client, contract: Contract, advertiser: str) -> list[Audience]:
    """Every custom audience. Raises ApiError."""
    rows = client.listing("dmp/custom_audience/list/", {"advertiser_id": advertiser}, "audience_id", 100)
    return [Audience(str(row["audience_id"]), str(row.get("name") or "")) for row in rows]
