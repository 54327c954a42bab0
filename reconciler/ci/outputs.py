"""What later steps of a job read: one value a name, in GITHUB_OUTPUT."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from reconciler.model import Plan
from reconciler.plan.digest import digest, summary

NAMES = (
    "changes", "to_create", "to_update", "to_delete", "to_refresh", "blocked", "budget_delta_day", "currency",
    "plan_path", "text_plan_path", "html_plan_path", "plan_name", "plan_digest", "gallery_path", "artifacts_path",
    "failure_reason", "lock_info", "resumable", "decided", "run_id", "exit_code",
)  # fmt: skip
_REASONS = {
    3: "invalid-manifest", 4: "auth-failed", 5: "unsafe-plan", 6: "plan-changed", 7: "state-locked",
    9: "partially-applied",
}  # fmt: skip


def of_plan(made: Plan) -> dict[str, str]:
    """The plan in numbers. `to_delete` counts what is disabled, too: both take something out of delivery."""
    count = summary(made)
    before, after = made.worst_case
    limited = before is not None and after is not None
    delta = str(Decimal(after or 0) - Decimal(before or 0)) if limited else "unlimited"
    return {
        "changes": "true" if made.changes else "false",
        "to_create": str(count["create"]),
        "to_update": str(count["update"]),
        "to_delete": str(count["disable"] + count["delete"]),
        "to_refresh": str(sum(len(change.work.submits) for change in made.changes if change.work)),
        "blocked": str(count["blocked"]),
        "budget_delta_day": delta if made.is_counted else "unknown",
        "currency": made.currency or "",
        "plan_digest": digest(made),
    }


def failure_reason(exit_code: int, codes: Iterable[str], *, writes: bool) -> str:
    """One word for a failure; "" where none of the words is true: then the exit code says more."""
    if exit_code in (0, 2, 8):
        return ""
    if "R607" in codes:
        return "rate-limited"
    return _REASONS.get(exit_code, "apply-failed" if writes else "")


def write(path: Path, values: Mapping[str, str]) -> None:
    """Append them. The line that ends a value cannot be guessed, so no value can end itself and set another."""
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        for name, value in values.items():
            end = f"end_{secrets.token_hex(16)}"
            file.write(f"{name}<<{end}\n{value}\n{end}\n")
