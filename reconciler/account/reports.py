"""Performance reports: what is asked for is checked before anything is sent, what comes is complete and exact.

Metrics stay the texts they are ("-" is the API's word for not applicable): no figure passes through a binary float.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

from reconciler.api.client import Client
from reconciler.canonical import canonical_json
from reconciler.contracts import materials
from reconciler.contracts.contract import Contract
from reconciler.contracts.metrics import MISSING
from reconciler.contracts.reports import CREATIVE, IDS, LEVELS, ORDERS, TIMES, Asked, ReportCall, Reports
from reconciler.errors import ApiError, Finding, Invalid

_WORD = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_FILTER_TYPE = re.compile(r"[A-Z][A-Z_]{0,49}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class ReportRow(NamedTuple):
    """One row: the text of each dimension and of each metric, by name; None for a metric that the row leaves out."""

    dimensions: Mapping[str, str]
    metrics: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Figures:
    """A whole report. `totals`: of all rows, where they were asked for and given."""

    asked: Asked
    rows: tuple[ReportRow, ...]
    totals: Mapping[str, str] | None


def check(contract: Contract, asked: Asked) -> None:
    """Refuse what the API would refuse. Raises Invalid with every finding."""
    findings = [
        *_unknown(contract.name, contract.reports, asked),
        *_together(contract.reports, asked),
        *_span(contract.reports, asked),
        *_of_level(contract.reports, asked),
    ]
    if findings:
        raise Invalid(many=findings)


def _of_creatives(reports: Reports, asked: Asked) -> bool:
    return reports.creatives and asked.level == CREATIVE


def _of_level(reports: Reports, asked: Asked) -> Iterator[Finding]:
    for one in materials.objections(asked) if _of_creatives(reports, asked) else ():
        yield Finding(one.code, one.message, hint=one.hint)


def _unknown(name: str, reports: Reports, asked: Asked) -> Iterator[Finding]:
    """What this contract does not have, or this level of it."""
    whose, types, takes = f"contract {name}", reports.types, reports.takes
    if _of_creatives(reports, asked):
        whose, types, takes = f"--level {CREATIVE}", reports.types[:1], materials.takes(asked)
    for option, given, allowed, of in (
        ("--type", asked.type, types, whose), ("--level", asked.level, reports.levels, f"contract {name}"),
    ):  # fmt: skip
        if given not in allowed:
            near = get_close_matches(given.upper(), [one.upper() for one in allowed], n=1)
            guess = f"did you mean {next(one for one in allowed if one.upper() == near[0])}? " if near else ""
            yield Finding("R620", f"{option}: {of} has no {given}", hint=f"{guess}allowed: {', '.join(allowed)}")
    wanted = {
        "--filter": ("filtering", bool(asked.filters)),
        "--order-by": ("order_field", bool(asked.order_by)),
        "--lifetime": ("query_lifetime", asked.lifetime),
        "--totals": ("enable_total_metrics", asked.totals),
    }
    for option, (parameter, is_given) in wanted.items():
        if is_given and parameter not in takes:
            yield Finding("R620", f"{option}: {whose} has no {parameter}", hint="leave the option out")
    for option, words in (("--dimensions", asked.dimensions), ("--metrics", asked.metrics)):
        if not words:
            yield Finding("R621", f"{option} names nothing", hint="write names separated by commas")
        for word in words:
            if not _WORD.fullmatch(word):
                hint = "write the API's names, in small letters, separated by commas"
                yield Finding("R620", f'{option}: "{word}" is not a name', hint=hint)


def _together(reports: Reports, asked: Asked) -> Iterator[Finding]:
    """What does not go together."""
    for option, words in (("--dimensions", asked.dimensions), ("--metrics", asked.metrics)):
        for word in sorted({word for word in words if words.count(word) > 1}):
            yield Finding("R621", f"{option} names {word} twice", hint="name it once")
    times = [name for name in TIMES if name in asked.dimensions]
    if len(times) > 1:
        yield Finding("R621", f"{times[0]} and {times[1]} cannot be combined", hint="keep one of the two")
    if asked.level in reports.levels and asked.level != CREATIVE:
        finest = LEVELS.index(asked.level.partition("_")[2])
        for word in asked.dimensions:
            if word in IDS and IDS.index(word) > finest:
                hint = f"take a finer --level for it, or {IDS[finest]} as the dimension"
                yield Finding("R621", f"the dimension {word} is finer than the level {asked.level}", hint=hint)
    for one in asked.filters:
        if not (_WORD.fullmatch(one.field) and _FILTER_TYPE.fullmatch(one.type) and all(one.values)):
            hint = "write FIELD:TYPE:VALUE, such as campaign_ids:IN:1800000000000000001"
            yield Finding("R621", f'--filter: "{one.field}:{one.type}" is not a condition', hint=hint)
    if asked.order_by and not _WORD.fullmatch(asked.order_by):
        yield Finding("R621", f'--order-by: "{asked.order_by}" is not a name', hint="write the name of a metric")
    if asked.order and (asked.order not in ORDERS or not asked.order_by):
        yield Finding("R621", "--order goes with --order-by", hint="add --order-by METRIC, and ASC or DESC")


def _span(reports: Reports, asked: Asked) -> Iterator[Finding]:
    """The days: all or none, real ones, in order, and not too many."""
    if asked.lifetime:
        if asked.start or asked.end:
            yield Finding("R622", "--lifetime takes no dates", hint="leave out --start and --end")
        if asked.time:
            yield Finding("R622", f"--lifetime does not go with {asked.time}", hint="give --start and --end instead")
        return
    days = []
    for option, given in (("--start", asked.start), ("--end", asked.end)):
        if given is None:
            yield Finding("R622", f"{option} is missing", hint="write both dates as YYYY-MM-DD")
        elif (found := _date(given)) is None:
            yield Finding("R622", f'{option}: "{given}" is not a date', hint="write it as YYYY-MM-DD")
        else:
            days.append(found)
    if len(days) < 2:
        return
    if days[1] < days[0]:
        yield Finding("R622", f"--end {days[1]} is before --start {days[0]}", hint="swap the two")
        return
    longest = materials.LONGEST if _of_creatives(reports, asked) else reports.longest
    most, length = longest.get(asked.time, longest.get(None)), (days[1] - days[0]).days + 1
    if most is not None and length > most:
        by = asked.time if asked.time in longest else None
        what = f"a report by {by}" if by else "a report"
        spans = f"{most} day{'s' if most != 1 else ''}"
        hint = f"ask for at most {spans} at a time" + (f", or leave {by} out" if by else "")
        yield Finding("R622", f"{what} spans at most {spans}, not {length}", hint=hint)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def read_report(client: Client, contract: Contract, advertiser: str, asked: Asked) -> Figures:
    """Every row of a report that has passed `check`. Raises ApiError when it is not complete or cannot be read."""
    listing = _listing(contract.reports, advertiser, asked)

    def identify(row: Mapping[str, Any]) -> str | None:
        """Rows of a report have no id: the dimensions that were asked for tell them apart."""
        told = row.get("dimensions")
        if not isinstance(told, dict) or not isinstance(row.get("metrics"), dict):
            return None
        texts = {name: figure(told[name]) for name in asked.dimensions if name in told}
        return canonical_json(texts) if len(texts) == len(asked.dimensions) else None

    rows, first = client.pages(listing.path, listing.query, listing.page_size, identify)
    totals = first.data.get("total_metrics") if asked.totals else None
    if totals is not None and not isinstance(totals, dict):
        raise _unreadable(listing.path, "total_metrics is not a mapping", client.log_id)
    return Figures(
        asked,
        tuple(_row(row, asked) for row in rows),
        {name: figure(value) for name, value in totals.items()} if totals else None,
    )


def _listing(reports: Reports, advertiser: str, asked: Asked) -> ReportCall:
    return materials.call(advertiser, asked) if asked.level == CREATIVE else reports.call(advertiser, asked)


def _row(row: Mapping[str, Any], asked: Asked) -> ReportRow:
    told = row["metrics"]
    return ReportRow(
        {name: figure(row["dimensions"][name]) for name in asked.dimensions},
        {name: figure(told[name]) if name in told else None for name in asked.metrics},
    )


def figure(value: Any) -> str:
    """A value of a report as text, digit for digit."""
    if value is None:
        return MISSING
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 40 else str(value)
    if isinstance(value, str) or type(value) is int:
        return str(value)
    return canonical_json(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return figure(value) if isinstance(value, Decimal) else value


def _unreadable(path: str, what: str, log_id: str | None) -> ApiError:
    message = f"{path} shows a row that cannot be read: {what}"
    return ApiError(Finding("R604", message, hint="run again; if it stays, report it", request_id=log_id))
