"""The figures of ads by day, as the test takes them: counts and spend alone, rates are computed from them.

Days are the account's own. Counts come within hours and are corrected at noon UTC of the next day, so a day counts
once it had been over for 24 hours when the last correction ran. Source: the fact sheet of production, 3.2; the API's
help pages on reporting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from reconciler.account.days import parts
from reconciler.account.reports import read_report
from reconciler.api.client import Client
from reconciler.contracts.contract import Contract
from reconciler.contracts.reports import DAY, Asked, Filter
from reconciler.errors import ApiError, Finding
from reconciler.plan.deliveries import Delivery, Unreadable

MANUAL, WHOLE = "ad_id", "ad_id_v2"
"""The dimension that tells an ad made by hand, and a Smart+ ad as a whole."""
_LEVEL = "AUCTION_AD"
_COUNTS = ("impressions", "clicks", "conversion", "video_watched_2s", "video_watched_6s")
_METRICS = ("spend", *_COUNTS)
_FILTERED = 100
"""Ids in one filter."""
_LONGEST = 365
"""Days that are read back, at most."""
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_CORRECTION = 12
"""The hour of the day, UTC, at which yesterday's figures are corrected."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the account, both ends included; `digits`: of its currency."""

    first: date
    last: date
    digits: int


def last_usable(now: float, zone: ZoneInfo) -> date:
    """The last day of the account whose figures are final. `now`: seconds since the epoch."""
    moment = datetime.fromtimestamp(now, UTC)
    noon = moment.replace(hour=_CORRECTION, minute=0, second=0, microsecond=0)
    corrected = noon if noon <= moment else noon - timedelta(days=1)
    return (corrected - timedelta(days=1)).astimezone(zone).date() - timedelta(days=1)


def read_deliveries(
    client: Client, contract: Contract, advertiser: str, groups: Iterable[str], dimension: str, span: Span
) -> dict[str, dict[date, Delivery | Unreadable]]:
    """Ad id → day → figures, of every ad of these ad groups. Raises ApiError and Credentials as reports do, and where
    the report of all of them shows nothing at all: that is no answer."""
    wanted = sorted(set(groups))
    most = contract.reports.longest.get(DAY, 30) or 30
    first = max(span.first, span.last - timedelta(days=_LONGEST - 1))
    found: dict[str, dict[date, Delivery | Unreadable]] = {}
    for start in range(0, len(wanted), _FILTERED):
        some = tuple(wanted[start : start + _FILTERED])
        for day, end in parts(first, span.last, most):
            asked = Asked("BASIC", _LEVEL, (dimension, DAY), _METRICS, day.isoformat(), end.isoformat(),
                          (Filter("adgroup_ids", "IN", some),))  # fmt: skip
            for row in read_report(client, contract, advertiser, asked).rows:
                told = date.fromisoformat(row.dimensions[DAY][:10])
                found.setdefault(row.dimensions[dimension], {})[told] = _delivery(row.metrics, span.digits)
    if wanted and not found and first <= span.last:
        message = f"the report from {first} to {span.last} is empty"
        raise ApiError(Finding("R604", message, hint="no figures are no evidence: run again later"))
    return found


def _delivery(metrics: Mapping[str, str | None], digits: int) -> Delivery | Unreadable:
    for name in _COUNTS:
        if not _WHOLE.fullmatch(metrics[name] or ""):
            return Unreadable(f'{name} is "{metrics[name]}", which is no count')
    try:
        spend = Decimal(metrics["spend"] or "").scaleb(digits)
    except InvalidOperation:
        spend = Decimal("-1")
    if not spend.is_finite() or spend < 0:
        return Unreadable(f'spend is "{metrics["spend"]}", which is no amount')
    counts: Sequence[int] = [int(metrics[name] or "0") for name in _COUNTS]
    shown, clicks, conversions, short, long = counts
    return Delivery(shown, clicks, conversions, int(spend), short, long)
