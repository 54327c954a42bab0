"""What the platform says of the ad account itself: name, currency, time zone, and whether anything in it can serve.

Read once a run, before anything is decided: under another currency every amount would mean something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from reconciler.api.client import Client
from reconciler.contracts.contract import Contract
from reconciler.errors import ApiError, Credentials, Finding, Invalid

SERVES = "STATUS_ENABLE"
KNOWN = frozenset((
    SERVES, "STATUS_DISABLE", "STATUS_PENDING_CONFIRM", "STATUS_PENDING_VERIFIED", "STATUS_CONFIRM_FAIL",
    "STATUS_CONFIRM_FAIL_END", "STATUS_PENDING_CONFIRM_MODIFY", "STATUS_CONFIRM_MODIFY_FAIL", "STATUS_LIMIT",
    "STATUS_WAIT_FOR_BPM_AUDIT", "STATUS_WAIT_FOR_PUBLIC_AUTH", "STATUS_SELF_SERVICE_UNAUDITED",
    "STATUS_CONTRACT_PENDING",
))  # fmt: skip
"""Statuses of an advertiser that the platform's client libraries name. What is not among them is only warned of."""
REFUSED = ("R602", "R604", "R606")
"""Findings after which the account is read on: the call is not there, or not for this token."""


class Facts(Struct, frozen=True):
    """One account. A value that the API does not tell is None; times zones are IANA names."""

    name: str | None = None
    currency: str | None = None
    timezone: str | None = None
    status: str | None = None
    reason: str | None = None
    """Why the platform rejected it, in its own words."""
    warnings: tuple[str, ...] = ()

    @property
    def serves(self) -> bool:
        """Whether nothing that is known keeps the account from serving."""
        return self.status not in KNOWN - {SERVES}

    @property
    def standing(self) -> str:
        """The status in words, with the platform's reason."""
        return f"the account is {self.status}" + (f" ({self.reason})" if self.reason else "")


def read_facts(client: Client, contract: Contract, advertiser: str) -> Facts:
    """One call, where the contract has one. Raises Invalid when the account is not shown, ApiError for no answer."""
    path = contract.reports.account_path
    if path is None:
        return Facts()
    try:
        data = client.read(path, contract.reports.account_query(advertiser)).data
    except (ApiError, Credentials) as error:
        if error.findings[0].code not in REFUSED:
            raise
        text = f"the account's currency, time zone and status could not be checked: {error}"
        return Facts(warnings=(text,))
    found = facts_in(data).get(advertiser)
    if found is None:
        message = f"this token sees no account {advertiser}"
        hint = "correct `account.advertiser_id`, or use a token of that account"
        raise Invalid(Finding("R406", message, hint=hint))
    return found


def facts_in(data: Any) -> dict[str, Facts]:
    """What a reply of the call says, by advertiser id; the first row of each counts."""
    listed = data.get("list") if isinstance(data, dict) else None
    found: dict[str, Facts] = {}
    for row in listed if isinstance(listed, list) else ():
        if isinstance(row, dict):
            told = {key: value for key, value in row.items() if isinstance(value, str) and value}
            reason = told.get("rejection_reason")
            made = Facts(told.get("name"), told.get("currency"), told.get("timezone"), told.get("status"), reason)
            found.setdefault(str(row.get("advertiser_id")), made)
    return found


def differences(facts: Facts, currency: str | None, timezone: str | None, now: float) -> Iterator[Finding]:
    """Where the account is another one than the workspace says. `now`: seconds since the epoch."""
    for name, ours, theirs in (("currency", currency, facts.currency), ("timezone", timezone, facts.timezone)):
        if ours is None or theirs is None or ours == theirs:
            continue
        if name == "timezone" and _same_zone(ours, theirs, now):
            continue
        message = f"the account has {name} {theirs}, reconciler.yaml says {ours}"
        hint = f"set `account.{name}: {theirs}` and look at every amount and time, or correct `account.advertiser_id`"
        yield Finding("R406", message, hint=hint)


def _same_zone(one: str, other: str, now: float) -> bool:
    """Whether two names stand for the same clock, all through this year."""
    try:
        zones: tuple[Any, Any] = (ZoneInfo(one), ZoneInfo(other))
    except (OSError, ValueError, LookupError):
        return False
    year = datetime.fromtimestamp(now, UTC).year
    days = (datetime(year, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 15))
    return all(day.astimezone(zones[0]).utcoffset() == day.astimezone(zones[1]).utcoffset() for day in days)
