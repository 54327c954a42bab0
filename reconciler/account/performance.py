"""What the figures say of every variant: those of the ads that have shown it, on the days they have shown it all day.

One row an ad and day is read (`report/integrated/get/`, AUCTION_AD), counts and money only; rates come from the sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reconciler.account.days import parts
from reconciler.account.reports import ReportRow, read_report
from reconciler.account.showings import ShownDays, VariantName
from reconciler.api.client import Client
from reconciler.contracts.contract import Contract
from reconciler.contracts.metrics import quotient, summed
from reconciler.contracts.reports import DAY, Asked, Filter
from reconciler.errors import ApiError, Finding
from reconciler.model import Address

COUNTS = ("impressions", "video_watched_2s", "video_watched_6s", "clicks", "conversion", "spend")
IDS_A_FILTER = 100
"""Practice of production, 2.1: most ids of one filter."""
_RATE = Decimal("0.0001")
Counts = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Performance:
    """Figures of one variant over a window. Money is in the account's currency, rates are texts of four places."""

    ads: tuple[Address, ...]
    """Those whose days are counted."""
    daily: Mapping[date, Counts]
    """Day → the counts of all these ads together, days without impressions left out."""
    digits: int
    """Minor digits of the currency."""
    verdict: str | None = None

    def total(self, name: str) -> Decimal:
        """A count over the window."""
        return sum((one[name] for one in self.daily.values()), Decimal(0))

    def rate(self, name: str) -> str | None:
        """A count by impression; None without any."""
        return quotient(self.total(name), self.total("impressions"), step=_RATE)

    def hooks(self, span: DaySpan) -> tuple[Decimal | None, ...]:
        """The hook rate of each day of a span; None for a day without impressions."""
        days = [span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)]
        found = [self.daily.get(day) for day in days]
        return tuple(one["video_watched_2s"] / one["impressions"] if one else None for one in found)

    def document(self) -> dict[str, Any]:
        """`performance` of VARIANT."""
        cent = Decimal(1).scaleb(-self.digits)
        return {
            "ads": [str(one) for one in self.ads],
            "days": len(self.daily),
            "impressions": int(self.total("impressions")),
            "hook": self.rate("video_watched_2s"),
            "hold": self.rate("video_watched_6s"),
            "ctr": self.rate("clicks"),
            "conversions": int(self.total("conversion")),
            "spend": format(self.total("spend").quantize(cent), "f"),
            "cpa": quotient(self.total("spend"), self.total("conversion"), step=cent),
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class DaySpan:
    """The days that are looked at, both included."""

    first: date
    last: date

    def of(self, showings: Sequence[ShownDays]) -> list[ShownDays]:
        """Those with at least one whole day in it."""
        return [
            one for one in showings if max(one.first, self.first) <= min(self.last, one.last if one.last else self.last)
        ]


def performances(
    client: Client, contract: Contract, account: tuple[str, int], showings: Sequence[ShownDays], window: DaySpan
) -> dict[VariantName, Performance]:
    """Every variant that an ad has shown in the window. `account`: its id, and the minor digits of its currency.

    No call where none has. Raises ApiError for a report that is not complete or cannot be read.
    """
    mine = window.of(showings)
    by_ad: dict[str, list[ShownDays]] = {}
    for one in mine:
        by_ad.setdefault(one.id, []).append(one)
    daily: dict[VariantName, dict[date, dict[str, Decimal]]] = {one.what: {} for one in mine}
    for row in _rows(client, contract, account[0], sorted(by_ad), window):
        day = date.fromisoformat(row.dimensions[DAY][:10])
        for one in by_ad.get(row.dimensions["ad_id"], ()):
            if one.covers(day):
                _add(daily[one.what].setdefault(day, dict.fromkeys(COUNTS, Decimal(0))), row)
    return {
        what: Performance(
            tuple(dict.fromkeys(one.ad for one in mine if one.what == what)),
            {day: counts for day, counts in sorted(found.items()) if counts["impressions"]},
            account[1],
        )
        for what, found in daily.items()
    }


def _rows(
    client: Client, contract: Contract, advertiser: str, ids: Sequence[str], window: DaySpan
) -> Iterator[ReportRow]:
    for start in range(0, len(ids), IDS_A_FILTER):
        # A deleted ad has its figures all the same.
        filters = (
            Filter("ad_ids", "IN", tuple(ids[start : start + IDS_A_FILTER])),
            Filter("ad_status", "IN", ("STATUS_ALL",)),
        )
        for first, last in parts(window.first, window.last, contract.reports.longest.get(DAY)):
            asked = Asked("BASIC", "AUCTION_AD", ("ad_id", DAY), COUNTS, str(first), str(last), filters)
            yield from read_report(client, contract, advertiser, asked).rows


def _add(counts: dict[str, Decimal], row: ReportRow) -> None:
    try:
        told = summed([row.metrics], COUNTS)
    except ValueError as error:
        message = f"the report of {row.dimensions['ad_id']} on {row.dimensions[DAY][:10]} cannot be read: {error}"
        raise ApiError(Finding("R604", message, hint="run again; if it stays, report it")) from None
    for name in COUNTS:
        counts[name] += told[name] or 0
