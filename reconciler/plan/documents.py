"""The JSON documents users script against: shapes and names are promises, fields are only ever added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from reconciler.errors import Finding
from reconciler.model import FieldChange, Number, Outcome, Plan, RefreshWork, Report
from reconciler.plan.digest import digest, summary

FORMAT = "1.0"


def plan(made: Plan) -> dict[str, Any]:
    """`plan --json`."""
    before, after = made.worst_case
    works = [change.work for change in made.changes if change.work]
    return {
        "format_version": FORMAT,
        "digest": digest(made),
        "account": {"advertiser_id": made.advertiser_id, "currency": made.currency},
        "summary": summary(made),
        "changes": [
            {
                "address": str(change.address),
                "op": change.op,
                "reason": change.reason,
                "id": change.id,
                "fields": [{**one._asdict(), "money": _money(one)} for one in change.fields],
                "source": change.source._asdict() if change.source else None,
                "code": change.code,
                "hint": change.hint,
                "refresh": _work(change.work),
            }
            for change in made.changes
        ],
        "violations": [
            {"rule": one.rule, "address": str(one.address), "value": one.value, "limit": one.limit, "allow": one.allow}
            for one in made.violations
        ],
        "refresh": {
            "tasks": sum(len(work.submits) for work in works),
            "videos": sum(work.videos for work in works),
            "eta_seconds": made.eta_seconds,
        },
        "worst_case": {"before": before, "after": after},
        "live_campaigns": {"before": made.running[0], "after": made.running[1]} if made.running else None,
        "allowances": list(made.allowances),
        "warnings": list(made.warnings),
    }


def _money(one: FieldChange) -> bool:
    return isinstance(one.new, Number) or isinstance(one.old, Number)


def _work(work: RefreshWork | None) -> dict[str, Any] | None:
    if work is None:
        return None
    return {"generation": work.generation, "inputs": work.inputs, "submits": [list(slots) for slots in work.submits]}


def report(ended: Report) -> dict[str, Any]:
    """`apply --json`."""
    tally = Counter(row.outcome for row in ended.outcomes)
    document: dict[str, Any] = {
        "format_version": FORMAT,
        "plan_digest": ended.digest,
        "outcomes": [_outcome(row) for row in ended.outcomes],
        "summary": {word: tally[word] for word in ("done", "failed", "skipped", "unknown", "pending")},
    }
    if ended.errors:
        document["errors"] = [one.as_json() for one in ended.errors]
    return document


def _outcome(row: Outcome) -> dict[str, Any]:
    error = None
    if row.outcome != "done" and row.code:
        error = {"code": row.code, "message": row.message, "request_id": row.request_id, "hint": row.hint}
    document: dict[str, Any] = {
        "address": str(row.address),
        "op": row.op,
        "outcome": row.outcome,
        "id": row.id,
        "error": error,
    }
    if row.task_ids is not None:
        document["task_ids"] = list(row.task_ids)
    return document


def errors(findings: Sequence[Finding]) -> dict[str, Any]:
    """A failure before there is a plan."""
    return {"format_version": FORMAT, "errors": [one.as_json() for one in findings]}
