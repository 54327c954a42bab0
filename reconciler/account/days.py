"""Days of the ad account: reports count them by its clock, not by that of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.account.facts import read_facts
from reconciler.api.client import Client
from reconciler.contracts.contract import Contract
from reconciler.errors import Finding, Invalid, Place
from reconciler.manifest.workspace import FILE, Account

_SPAN = re.compile(r"([1-9][0-9]{0,2})d", re.ASCII)


def span_of(text: str | None) -> int | None:
    """How many days `7d` says; None for anything else."""
    found = _SPAN.fullmatch(text or "")
    return int(found[1]) if found else None


def account_zone(client: Client, contract: Contract, account: Account, why: str) -> ZoneInfo:
    """The account's clock, as the workspace says, or else the API. `why`: what counts by it.

    Raises Invalid where nobody knows it.
    """
    return zone_named(account.timezone or read_facts(client, contract, account.advertiser_id).timezone, why)


def zone_named(name: str | None, why: str) -> ZoneInfo:
    """The same, where the name is known already, or known to be told by nobody. Raises Invalid."""
    try:
        if name:
            return ZoneInfo(name)
        unknown = "which is not known"
    except (OSError, ValueError, LookupError):
        unknown = f"and {name} is not known here"
    message = f"{why} of the account's time zone, {unknown}"
    hint = "set `account.timezone` to an IANA name such as America/New_York"
    raise Invalid(Finding("R408", message, Place(FILE, 1), hint=hint))


def day_of(moment: float | str, zone: ZoneInfo) -> date:
    """The account's day at a moment: seconds since the epoch, or a time stamp of the lockfile."""
    seconds = datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else moment
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()


def last_days(count: int, now: float, zone: ZoneInfo) -> tuple[date, date]:
    """The last so many whole days of the account: the first and the last of them."""
    end = day_of(now, zone) - timedelta(days=1)
    return end - timedelta(days=count - 1), end


def parts(start: date, end: date, most: int | None) -> Iterator[tuple[date, date]]:
    """A span cut into parts of at most so many days."""
    while start <= end:
        last = end if most is None else min(end, start + timedelta(days=most - 1))
        yield start, last
        start = last + timedelta(days=1)
