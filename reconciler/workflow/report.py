"""`report` and `audiences`: what the account shows beside objects. Sends nothing but GET, writes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from reconciler.account.audiences import Audience, read_audiences
from reconciler.account.days import account_zone, last_days, span_of
from reconciler.account.reports import Figures, check, read_report
from reconciler.api.client import Client
from reconciler.contracts.metrics import MISSING
from reconciler.contracts.reports import Asked
from reconciler.errors import Finding, Invalid
from reconciler.render.chart import Point, Terminal, chart
from reconciler.render.table import is_number
from reconciler.workflow.by_name import By, named_report, refuse
from reconciler.workflow.session import Session


def report(session: Session, asked: Asked, by: By | None = None) -> Figures:
    """The whole report. Everything about it is checked before anything is sent, but `--start 7d`, which may need to
    know the account's time zone first."""
    work = session.workspace
    span = span_of(asked.start)
    dates = replace(asked, start=str(date.min), end=str(date.min + timedelta(days=span - 1))) if span else asked
    check(work.contract, dates)
    if by:
        refuse(asked, by)
    client = session.client(read_only=True)
    if span:
        asked = _last_days(session, client, asked, span)
    if by:
        return named_report(session, client, asked, by)
    return read_report(client, work.contract, work.file.account.advertiser_id, asked)


def _last_days(session: Session, client: Client, asked: Asked, span: int) -> Asked:
    """The same with dates: so many whole days of the account, of which the last is over."""
    if asked.end is not None:
        hint = "leave --end out, or give --start as a date"
        raise Invalid(Finding("R622", f"--start {asked.start} ends with the last whole day", hint=hint))
    work = session.workspace
    zone = account_zone(client, work.contract, work.file.account, f"--start {asked.start} means days")
    first, last = last_days(span, session.world.now(), zone)
    return replace(asked, start=str(first), end=str(last))


def audiences(session: Session) -> list[Audience]:
    """Every custom audience of the account."""
    work = session.workspace
    return read_audiences(session.client(read_only=True), work.contract, work.file.account.advertiser_id)


def document(session: Session, found: Figures, by: By | None = None) -> dict[str, Any]:
    """`report --json`, without `format_version`."""
    asked = found.asked
    account = session.workspace.file.account
    return {
        "account": {"advertiser_id": account.advertiser_id, "currency": account.currency},
        "report": {
            "type": asked.type,
            "level": asked.level,
            "dimensions": list(asked.dimensions),
            "metrics": list(asked.metrics),
            "start": asked.start,
            "end": asked.end,
            "by": by,
        },
        "rows": [{"dimensions": dict(row.dimensions), "metrics": dict(row.metrics)} for row in found.rows],
        "total_metrics": dict(found.totals) if found.totals else None,
    }


def drawable(asked: Asked, metric: str) -> None:
    """Refuse what no chart can show, before anything is sent. Raises Invalid."""
    if metric not in asked.metrics:
        hint = f"draw one of --metrics: {', '.join(asked.metrics)}"
        raise Invalid(Finding("R903", f"--chart: {metric} is not in the report", hint=hint))
    if asked.time is None:
        raise Invalid(
            Finding("R903", "--chart needs a dimension of time", hint="add stat_time_day or stat_time_hour to it")
        )


def drawing(found: Figures, metric: str, terminal: Terminal) -> str:
    """The chart of one metric, a series for each combination of the other dimensions. Raises Invalid for texts."""
    asked = found.asked
    time = asked.time or ""
    series: dict[str, list[Point]] = {}
    for row in found.rows:
        value = row.metrics[metric] or MISSING
        if not is_number(value) and value != MISSING:
            hint = "draw a metric that is a number"
            raise Invalid(Finding("R903", f'--chart: {metric} is "{value}", which is not a number', hint=hint))
        label = ", ".join(f"{name} {text}" for name, text in row.dimensions.items() if name != time)
        series.setdefault(label, []).append(Point(row.dimensions[time], value))
    lines = [chart(metric, series, terminal)]
    others = [name for name in asked.metrics if name != metric]
    if others:
        lines.append(f"Not drawn: {', '.join(others)}. `--chart METRIC` draws another one.")
    return "\n".join(lines)
