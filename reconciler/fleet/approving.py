"""Whether the plan of an account may be carried out: rules of the fleet, and what people have decided about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from reconciler.errors import Finding
from reconciler.fleet import approvals
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services
from reconciler.fleet.file import Approvals, AutoApproval
from reconciler.fleet.run import Result, digest_of
from reconciler.model import Change, FieldChange, Plan

RULE = "rule:"
_HINT = "`reconciler fleet approve DIR|RUN --by NAME`, then apply the same plan"
_REFUSED = 5
_OTHERS = 2
"""From so many on, who wrote the commit does not count."""


@dataclass(frozen=True, slots=True)
class _Said:
    """The last word of a name about a plan."""

    verdict: str
    own: bool
    """They wrote what is to be applied."""


def judge(
    services: Services, planned: Sequence[Result], authors: Collection[str]
) -> tuple[dict[str, list[str]], dict[str, Result]]:
    """(who approved, by account; what stays of the accounts whose plan nobody approved), of those that would change.

    An account that is in neither is left to whoever runs the command; what is decided later stops what has not begun
    by then. `authors`: of the commit, in small letters.
    """
    accounts = {one.name: one for one in services.fleet.accounts}
    decisions = approvals.load(services.world, services.fleet)
    services.decided = len(decisions)
    approved: dict[str, list[str]] = {}
    missing: dict[str, Result] = {}
    for row in planned:
        if not row.rows or row.exit_code:
            continue
        account = accounts[row.name]
        wanted = services.fleet.approvals_of(account)
        rule = rule_of(services, account, services.plans[row.name].plan)
        said = _said(services, account, row, decisions, authors)
        for_it = sorted(name for name, one in said.items() if one.verdict == approvals.APPROVED)
        against = sorted(name for name, one in said.items() if one.verdict == approvals.REJECTED)
        own = [name for name in for_it if said[name].own and not may_approve_own(wanted)]
        counted = [name for name in for_it if (not wanted.by or name in wanted.by) and name not in own]
        if against:
            missing[row.name] = _missing(row, f"the plan was rejected by {', '.join(against)}")
        elif rule is not None:
            approved[row.name] = [f"{RULE}{rule.name}"]
        elif wanted.required and len(counted) >= wanted.required:
            approved[row.name] = counted
        elif wanted.required:
            message = f"its plan has {len(counted)} of {wanted.required} approvals"
            message += f" of {', '.join(wanted.by)}" if wanted.by else ""
            message += f"; {', '.join(own)} wrote the commit" if own else ""
            missing[row.name] = _missing(row, message)
    return approved, missing


def may_approve_own(wanted: Approvals) -> bool:
    """Whether who wrote a commit counts: only where one person is enough."""
    return wanted.required < _OTHERS


def _missing(row: Result, message: str) -> Result:
    found = Finding("R417", f"not begun: {message}", hint=_HINT)
    return Result(row.name, row.advertiser_id, _REFUSED, row.digest, row.summary, errors=(found,), skipped=True)


def _said(
    services: Services,
    account: FleetAccount,
    row: Result,
    decisions: Sequence[Mapping[str, Any]],
    authors: Collection[str],
) -> dict[str, _Said]:
    """By name the last word about exactly this plan, as long as it lives."""
    if not decisions:
        return {}
    hours = services.session(account, online=False).workspace.file.guardrails.plan_hours
    now = services.world.now()
    said: dict[str, _Said] = {}
    for one in decisions:
        age = now - datetime.fromisoformat(one["at"]).timestamp()
        about = [row.name, row.advertiser_id, row.digest] in one["accounts"]
        if about and age <= hours * 3600 and not one["by"].startswith(RULE):
            own = one["by"].casefold() in authors or str(one["identity"]["actor"]).casefold() in authors
            said[one["by"]] = _Said(one["verdict"], own)
    return said


def note_rules(
    services: Services, planned: Sequence[Result], approved: Mapping[str, list[str]], identity: Mapping[str, Any]
) -> None:
    """Record what rules approve before it is carried out."""
    by_rule: dict[str, list[Result]] = {}
    for row in planned:
        for name in approved.get(row.name, ()):
            if name.startswith(RULE):
                by_rule.setdefault(name, []).append(row)
    for name, rows in by_rule.items():
        about = {"digest": digest_of(planned), "identity": identity, "reason": None}
        told = {"verdict": approvals.APPROVED, "by": name, "accounts": scope(rows), **about}
        approvals.add(services.world, services.fleet, told)


def scope(rows: Sequence[Result]) -> list[list[str | None]]:
    """The accounts that a decision is about, each with the plan it binds to."""
    return [[one.name, one.advertiser_id, one.digest] for one in rows]


def rule_of(services: Services, account: FleetAccount, plan: Plan) -> AutoApproval | None:
    """The first rule that allows every row of the plan."""
    rows = [one for one in plan.changes if one.op != "blocked"]
    if plan.violations or not rows:
        return None
    labels = services.fleet.ruled_labels(account)
    return next(
        (
            rule
            for rule in services.fleet.ruling.auto_approve
            if rule.match.items() <= labels.items() and all(_allows(rule, one) for one in rows)
        ),
        None,
    )


def _allows(rule: AutoApproval, change: Change) -> bool:
    if change.op not in rule.ops:
        return False
    return change.op == "disable" or (bool(change.fields) and all(_field(rule, one) for one in change.fields))


def _field(rule: AutoApproval, field: FieldChange) -> bool:
    """Nothing is enabled by a rule; with a direction amounts fall, and nothing else but a pause changes."""
    if field.path not in rule.fields or field.new == "ENABLE":
        return False
    if "direction" not in rule.model_fields_set or field.new == "DISABLE":
        return True
    try:
        return Decimal(str(field.new)) < Decimal(str(field.old))
    except InvalidOperation:
        return False
