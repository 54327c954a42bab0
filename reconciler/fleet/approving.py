"""Whether the plan of an account may be carried out: rules of the fleet, and what people have decided about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from reconciler.errors import Finding
from reconciler.fleet import approvals
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services
from reconciler.fleet.file import AutoApproval
from reconciler.fleet.run import Result, digest_of
from reconciler.model import Change, FieldChange, Plan

RULE = "rule:"
_HINT = "`reconciler fleet approve DIR|RUN --by NAME`, then apply the same plan"
_REFUSED = 5


def judge(services: Services, planned: Sequence[Result]) -> tuple[dict[str, list[str]], dict[str, Result]]:
    """(who approved, by account; what stays of the accounts whose plan nobody approved), of those that would change.

    An account that is in neither is left to whoever runs the command.
    """
    accounts = {one.name: one for one in services.fleet.accounts}
    decisions = approvals.load(services.world, services.fleet.root)
    approved: dict[str, list[str]] = {}
    missing: dict[str, Result] = {}
    for row in planned:
        if not row.rows or row.exit_code:
            continue
        account = accounts[row.name]
        wanted = services.fleet.file.groups[services.fleet.group_of(account)].approvals
        rule = rule_of(services, account, services.plans[row.name].plan)
        said = _said(services, account, row, decisions)
        names = sorted(name for name, verdict in said.items() if verdict == approvals.APPROVED)
        against = sorted(name for name, verdict in said.items() if verdict == approvals.REJECTED)
        counted = [name for name in names if not wanted.by or name in wanted.by]
        if against:
            missing[row.name] = _missing(row, f"the plan was rejected by {', '.join(against)}")
        elif rule is not None:
            approved[row.name] = [f"{RULE}{rule.name}"]
        elif wanted.required and len(counted) >= wanted.required:
            approved[row.name] = counted
        elif wanted.required:
            message = f"its plan has {len(counted)} of {wanted.required} approvals"
            missing[row.name] = _missing(row, message + (f" of {', '.join(wanted.by)}" if wanted.by else ""))
    return approved, missing


def _missing(row: Result, message: str) -> Result:
    found = Finding("R417", f"not begun: {message}", hint=_HINT)
    return Result(row.name, row.advertiser_id, _REFUSED, row.digest, row.summary, errors=(found,), skipped=True)


def _said(
    services: Services, account: FleetAccount, row: Result, decisions: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """By name the last word about exactly this plan, as long as it lives."""
    if not decisions:
        return {}
    hours = services.session(account, online=False).workspace.file.guardrails.plan_hours
    now, said = services.world.now(), {}
    for one in decisions:
        age = now - datetime.fromisoformat(one["at"]).timestamp()
        about = [row.name, row.advertiser_id, row.digest] in one["accounts"]
        if about and age <= hours * 3600 and not one["by"].startswith(RULE):
            said[one["by"]] = one["verdict"]
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
        approvals.add(services.world, services.fleet.root, told)


def scope(rows: Sequence[Result]) -> list[list[str | None]]:
    """The accounts that a decision is about, each with the plan it binds to."""
    return [[one.name, one.advertiser_id, one.digest] for one in rows]


def rule_of(services: Services, account: FleetAccount, plan: Plan) -> AutoApproval | None:
    """The first rule that allows every row of the plan."""
    rows = [one for one in plan.changes if one.op != "blocked"]
    if plan.violations or not rows:
        return None
    return next(
        (
            rule
            for rule in services.fleet.file.auto_approve
            if rule.match.items() <= account.labels.items() and all(_allows(rule, one) for one in rows)
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
