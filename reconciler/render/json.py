"""The JSON documents that users script against, but for a plan's own: shapes and names are promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from reconciler.errors import Finding
from reconciler.model import OUTCOMES, Ending, Outcome

FORMAT = "1.0"
"""Of every document; fields are only ever added."""


def ending(ended: Ending) -> dict[str, Any]:
    """`apply --json`."""
    tally = Counter(row.outcome for row in ended.outcomes)
    document: dict[str, Any] = {
        "format_version": FORMAT,
        "plan_digest": ended.digest,
        "outcomes": outcome_rows(ended.outcomes),
        "summary": {word: tally[word] for word in OUTCOMES},
    }
    if ended.errors:
        document["errors"] = [one.as_json() for one in ended.errors]
    return document


def outcome_rows(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """How each row ended."""
    return [_outcome_json(row) for row in outcomes]


def _outcome_json(row: Outcome) -> dict[str, Any]:
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
