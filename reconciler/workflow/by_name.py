"""`report --by`: the rows of a report under the names of the manifests, counts added up, rates from the sums."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from reconciler.account.days import account_zone, parts
from reconciler.account.reports import Figures, ReportRow, check, read_report
from reconciler.account.showings import ShownCreative, ShownDays, of_creatives, showings
from reconciler.api.client import Client
from reconciler.apply.reply import settle_recorded
from reconciler.contracts import metrics
from reconciler.contracts.reports import DAY, TIMES, Asked
from reconciler.errors import ApiError, Finding, Invalid
from reconciler.model import Address
from reconciler.workflow.session import Session

By = Literal["variant", "address"]
ADS = ("ad_id", "ad_id_v2")
NAMED = ("campaign_id", "adgroup_id", *ADS, "smart_plus_ad_id")
"""Dimensions of objects that a manifest may declare."""
_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Called:
    """What the lockfile calls the ids of a report."""

    addresses: Mapping[str, Address]
    """By the id of an object."""
    creatives: Mapping[str, ShownCreative]
    """By the id of a creative."""
    shown: Mapping[str, list[ShownDays]]
    """By the id of an ad."""

    def address(self, identity: str) -> str:
        """The address of an object, or of the ad of a creative; an id that is not managed stays."""
        creative = self.creatives.get(identity)
        return str(creative.ad if creative else self.addresses.get(identity, identity))

    def variant(self, identity: str, day: date) -> str:
        """The variant that an ad, or a creative, has shown on all of a day; else as `address`."""
        for one in self.shown.get(identity, ()):
            if one.covers(day):
                return str(one.what)
        creative = self.creatives.get(identity)
        return str(creative.what) if creative and creative.what else self.address(identity)


def refuse(asked: Asked, by: By) -> None:
    """What cannot be told by name, before anything is sent. Raises Invalid with every finding."""
    findings = [*_objections(asked, by)]
    if findings:
        raise Invalid(many=findings)


def _objections(asked: Asked, by: By) -> Iterator[Finding]:
    wanted = ADS if by == "variant" else NAMED
    if not set(asked.dimensions) & set(wanted):
        hint = f"add {wanted[0]} to --dimensions" if by == "variant" else f"add one of {', '.join(wanted)}"
        yield Finding("R621", f"--by {by}: no dimension has a name", hint=hint)
    for name in metrics.unsummable(asked.metrics):
        hint = f"ask for counts and for {', '.join(metrics.RATIOS)}, or leave --by out"
        yield Finding("R621", f"--by {by}: {name} cannot be added up", hint=hint)
    for option, is_given in (("--totals", asked.totals), ("--lifetime", asked.lifetime and by == "variant")):
        if is_given:
            yield Finding("R621", f"--by {by} does not go with {option}", hint="leave one of the two out")
    if asked.order_by and asked.order_by not in asked.metrics:
        hint = f"sort by one of --metrics: {', '.join(asked.metrics)}"
        yield Finding("R621", f"--order-by: {asked.order_by} is not in the report", hint=hint)


def named_report(session: Session, client: Client, asked: Asked, by: By) -> Figures:
    """The report under names. `asked` has passed the checks of the contract and `refuse`."""
    work, ledger = session.workspace, session.ledger()
    settle_recorded(ledger, work.contracts)
    entries = ledger.lock.resources
    shown: dict[str, list[ShownDays]] = {}
    if by == "variant" and any(entry.shown for entry in entries.values()):
        zone = account_zone(client, work.contract, work.file.account, "--by variant goes by days")
        for one in showings(entries, zone):
            shown.setdefault(one.id, []).append(one)
    addresses = {entry.id: address for address, entry in entries.items()}
    called = Called(addresses, {one.id: one for one in of_creatives(entries) if one.id}, shown)
    rows: list[ReportRow] = []
    for part in _calls(asked, by, work.contract.reports.longest.get(DAY)):
        check(work.contract, part)
        rows += read_report(client, work.contract, work.file.account.advertiser_id, part).rows
    try:
        return Figures(asked, tuple(_grouped(asked, by, called, rows)), None)
    except ValueError as error:
        message = f"the report shows a row that cannot be read: {error}"
        raise ApiError(Finding("R604", message, hint="run again; if it stays, leave --by out and look")) from None


def _calls(asked: Asked, by: By, most: int | None) -> Iterator[Asked]:
    """What is asked of the API: counts, and days where names go by them, in as many parts as it takes."""
    plain = replace(asked, metrics=metrics.needed(asked.metrics), order_by=None, order=None)
    if by != "variant" or asked.time is not None:
        yield plain
        return
    daily = replace(plain, dimensions=(*asked.dimensions, DAY))
    for first, last in parts(date.fromisoformat(asked.start or ""), date.fromisoformat(asked.end or ""), most):
        yield replace(daily, start=str(first), end=str(last))


def _grouped(asked: Asked, by: By, called: Called, rows: Iterable[ReportRow]) -> list[ReportRow]:
    """One row for each combination of names, in their order or in the one that was asked for."""
    groups: dict[tuple[str, ...], list[Mapping[str, str | None]]] = {}
    for row in rows:
        groups.setdefault(tuple(_name(row, name, by, called) for name in asked.dimensions), []).append(row.metrics)
    counts = metrics.needed(asked.metrics)
    found = [
        ReportRow(
            dict(zip(asked.dimensions, key, strict=True)), metrics.told(metrics.summed(group, counts), asked.metrics)
        )
        for key, group in sorted(groups.items(), key=lambda one: [_natural(text) for text in one[0]])
    ]
    if asked.order_by:
        # What does not apply comes last, whichever way the rows go.
        sign = 1 if asked.order == "ASC" else -1
        found.sort(key=lambda row: _place(row.metrics[asked.order_by or ""] or metrics.MISSING, sign))
    return found


def _name(row: ReportRow, dimension: str, by: By, called: Called) -> str:
    told = row.dimensions[dimension]
    if by == "variant" and dimension in ADS:
        day = next((row.dimensions[one] for one in TIMES if one in row.dimensions), "")
        return called.variant(told, date.fromisoformat(day[:10]))
    return called.address(told) if dimension in NAMED else told


def _place(value: str, sign: int) -> tuple[bool, Decimal]:
    return (value == metrics.MISSING, sign * Decimal(0 if value == metrics.MISSING else value))


def _natural(text: str) -> tuple[bool, list[tuple[int, str]]]:
    """Names in the order people count in, ids of what is not managed after them."""
    return text.isdigit(), [(int(one) if one.isdigit() else 0, one) for one in _DIGITS.split(text)]
