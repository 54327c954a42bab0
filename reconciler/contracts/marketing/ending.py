"""The end of manual campaigns: after 2026-12-31 `/campaign/create/` makes none any more.

Source: the fact sheet smart_plus, 0.1 (which objectives Smart+ has) and 0.2 (the date). What exists stays
as it is, and can be changed, paused and removed.
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.model import Fields

END_OF_MANUAL = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
"""Seconds since the epoch."""
_REPLACED = frozenset({"WEB_CONVERSIONS", "LEAD_GENERATION", "APP_PROMOTION"})
STEP = "declare it with `contract: smart_plus` (see docs/moving-to-smart-plus.md)"


def ends(kind: str, fields: Fields, now: float) -> tuple[str, bool] | None:
    """(what the platform has announced about a create, whether it is known to be refused); None where nothing."""
    if kind != "campaign":
        return None
    objective = fields.get("objective_type")
    if objective in _REPLACED:
        if now >= END_OF_MANUAL:
            return f"since 2027-01-01 the platform creates {objective} campaigns by Smart+ alone: {STEP}", True
        return f"after 2026-12-31 the platform creates {objective} campaigns by Smart+ alone: {STEP}", False
    when = (
        "since 2027-01-01 the platform may refuse"
        if now >= END_OF_MANUAL
        else "after 2026-12-31 the platform may refuse"
    )
    return f"{when} to create manual campaigns; for {objective} Smart+ has no place yet", False
