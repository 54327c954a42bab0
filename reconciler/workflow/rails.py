"""The guard rails of a workspace as the plan holds them: amounts, times of the account, and what is on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from reconciler.allowance import Allowance, parse
from reconciler.errors import Finding, Invalid, Place
from reconciler.manifest import workspace
from reconciler.manifest.guardrails import Freeze, Guardrails
from reconciler.model import Plan
from reconciler.plan.guards.rails import Rails, Window
from reconciler.state import history
from reconciler.state.runs import PastEffect
from reconciler.workflow.origin import shown
from reconciler.workflow.session import Session


def rails_of(session: Session, plan: Plan, timezone: str | None) -> Rails:
    """What the workspace file sets. `timezone`: the account's, where the API tells it.

    Raises Invalid where a limit counts by the account's clock and nobody knows it.
    """
    file = session.workspace.file
    given = file.guardrails
    zone = _zone(given, file.account.timezone or timezone)
    budgets = {kind: Decimal(most) for kind, most in _set(given.max_budget.model_dump()).items()}
    submits = _set(given.max_submits.model_dump())
    asking = any(change.work and change.work.submits for change in plan.changes)
    return Rails(
        max_daily_spend=_amount(given.max_daily_spend),
        max_budget=budgets,
        max_raise_percent=given.max_raise_percent,
        typo_factor=given.typo_factor,
        max_changes=_set(given.max_changes.model_dump()),
        max_submits=submits,
        submitted=_on_record(session, zone) if zone and asking else {},
        landing_domains=tuple(given.landing_domains),
        freeze=tuple(window_of(one, zone) for one in given.freeze if zone),
    )


def allowances(session: Session, allow: Sequence[str], reason: str | None) -> tuple[Allowance, ...]:
    """What was given to `--allow`; the reason as it may be recorded."""
    said = shown(reason or "", session.secret)
    return tuple(parse(one, said) for one in allow)


def _amount(limit: str | None) -> Decimal | None:
    return None if limit is None else Decimal(limit)


def _set(given: Mapping[str, int | str | None]) -> dict[str, int]:
    return {name: value for name, value in given.items() if value is not None}  # type: ignore[misc]


def _zone(given: Guardrails, name: str | None) -> ZoneInfo | None:
    """The account's clock, where a limit counts by it."""
    by_clock = given.freeze or given.max_submits.day is not None or given.max_submits.month is not None
    if not by_clock:
        return None
    try:
        if name:
            return ZoneInfo(name)
        why = "the account's time zone is not known"
    except (OSError, ValueError, LookupError):
        why = f"the account's time zone {name} is not known here"
    which = "freeze" if given.freeze else "max_submits"
    hint = "set `account.timezone` to an IANA name such as America/New_York"
    raise Invalid(Finding("R408", f"guardrails.{which} counts by {why}", Place(workspace.FILE, 1), hint=hint))


def window_of(given: Freeze, zone: ZoneInfo) -> Window:
    """A time that the clock shows twice, or never, is taken so that the window is the longer one."""
    start = min(_seconds(given.from_, zone))
    end = max(_seconds(given.to, zone))
    return Window(start, end, f"{given.from_} to {given.to}", frozenset(given.allow))


def _seconds(text: str, zone: ZoneInfo) -> tuple[float, float]:
    local = datetime.fromisoformat(text).replace(tzinfo=zone)
    return local.timestamp(), local.replace(fold=1).timestamp()


def _on_record(session: Session, zone: ZoneInfo) -> dict[str, int]:
    return submitted(history.read(session.journals()).effects, session.world.now(), zone)


def submitted(effects: Iterable[PastEffect], now: float, zone: ZoneInfo) -> dict[str, int]:
    """How many tasks the record has since the day and the month began. What the API refused was never one."""
    today = datetime.fromtimestamp(now, UTC).astimezone(zone)
    found: Counter[str] = Counter(day=0, month=0)
    for one in effects:
        if one.verb == "submit" and one.outcome != "rejected":
            then = datetime.fromtimestamp(one.at, UTC).astimezone(zone)
            found["day"] += then.date() == today.date()
            found["month"] += (then.year, then.month) == (today.year, today.month)
    return dict(found)
