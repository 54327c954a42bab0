"""TikTok's own word on whether ads are tired, for accounts on its allowlist: shown beside our verdict.

Source: the page of research on performance, section on what figures there are (creative_fatigue/get: one ad a call, a
closed first and an open last day, both within the last sixty days of the account).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from reconciler.api.client import Client
from reconciler.contracts.reports import compact
from reconciler.errors import ApiError, Credentials

PATH = "creative_fatigue/get/"


def read_fatigue(client: Client, advertiser: str, ads: Iterable[str], last: date) -> dict[str, bool] | None:
    """Ad id → whether TikTok sees fatigue on a day; an ad of which it says nothing is not in it. None where the account
    may not ask: it is asked once."""
    found: dict[str, bool] = {}
    span = compact({"start_date": last.isoformat(), "end_date": (last + timedelta(days=1)).isoformat()})
    for one in ads:
        query = {"advertiser_id": advertiser, "ad_id": one, "filtering": span, "page": "1", "page_size": "500"}
        try:
            rows = client.read(PATH, query).data.get("list")
        except (ApiError, Credentials):
            return None
        for row in rows if isinstance(rows, list) else ():
            told = row.get("metrics") if isinstance(row, dict) else None
            if isinstance(told, dict) and isinstance(told.get("has_fatigue"), bool):
                found[one] = told["has_fatigue"]
    return found
