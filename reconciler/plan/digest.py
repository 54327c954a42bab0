"""What an approval binds to: of a row, and of a whole plan; and the counts that are shown beside it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from reconciler.canonical import digest as hash_of
from reconciler.model import OPS, Change, Plan


def bound(change: Change) -> dict[str, Any]:
    """What an approval binds to of one row; a refresh adds generation, inputs and number of submits."""
    work = change.work
    refresh = {"generation": work.generation, "inputs": work.inputs, "submits": len(work.submits)} if work else {}
    return {
        "address": str(change.address),
        "op": change.op,
        "id": change.id,
        "fields": [{"path": one.path, "old": one.old, "new": one.new} for one in change.fields],
        **({"contract": change.contract} if change.contract else {}),
        **({"from": str(change.moved_from)} if change.moved_from else {}),
        **refresh,
    }


def summary(plan: Plan) -> dict[str, int]:
    """Rows by op, and the counts of what is not a row."""
    counts: dict[str, int] = dict.fromkeys(OPS, 0)
    for change in plan.changes:
        counts[change.op] += 1
    return {**counts, "unchanged": plan.unchanged, "untargeted": plan.untargeted, "unmanaged": plan.unmanaged}


def digest(plan: Plan) -> str:
    """What an approval binds to: everything that would be sent, and nothing that only explains."""
    return hash_of(
        {
            "contract": plan.contract,
            "advertiser_id": plan.advertiser_id,
            "changes": [bound(change) for change in plan.changes if change.op != "blocked"],
            "allowances": [asdict(one) for one in plan.allowances],
        }
    )
