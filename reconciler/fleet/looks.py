"""What the last plan and the last look for drift of every account came to: one file for each of the two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reconciler.canonical import stamp
from reconciler.fleet.approvals import held
from reconciler.fleet.load import FOLDER, records
from reconciler.fleet.run import Result
from reconciler.model import Plan
from reconciler.plan.saved import SavedPlan
from reconciler.render import text
from reconciler.world import World

PLAN, DRIFT = "plan", "drift"
_LONGEST = 8_000
"""Characters of a plan in words."""
_MOST = 20
"""Blocked rows of a plan that are kept each for itself."""


def keep(
    world: World, root: Path, command: str, results: Sequence[Result], plans: Mapping[str, SavedPlan] | None = None
) -> None:
    """Put these in place of what was known of the same accounts. An account that was not begun stays as it was."""
    path, at = _path(root, command), stamp(world.now())
    fresh = {one.name: _row(one, at, (plans or {}).get(one.name)) for one in results if not one.skipped}
    records(world, root)
    world.files.make_folder(path.parent)
    with held(world, path):
        whole = {**load(world, root, command), **fresh}
        new = path.with_name(f"{path.name}.tmp")
        world.files.write(new, (json.dumps(whole) + "\n").encode())
        world.files.rename(new, path)


def load(world: World, root: Path, command: str) -> dict[str, dict[str, Any]]:
    """By account what is known. A file that cannot be read tells nothing: the next look makes it anew."""
    try:
        found = json.loads(world.files.read(_path(root, command)) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _path(root: Path, command: str) -> Path:
    return root / FOLDER / "looks" / f"{command}.json"


def _row(result: Result, at: str, saved: SavedPlan | None) -> dict[str, Any]:
    told = {key: count for key, count in result.summary.items() if count}
    row = {"at": at, "exit_code": result.exit_code, "digest": result.digest, "summary": told}
    row["errors"] = [one.as_json() for one in result.errors]
    if saved is None:
        return row
    blocked = list(_blocked(saved.plan))
    row |= {"worst_case": result.document().get("worst_case"), "blocked": blocked[:_MOST]}
    row |= {"blocked_more": max(0, len(blocked) - _MOST), "shown": _shown(saved.plan) if result.rows else ""}
    return row


def _blocked(plan: Plan) -> Iterator[dict[str, str | None]]:
    for one in plan.changes:
        if one.op == "blocked":
            yield {"address": str(one.address), "code": one.code, "reason": one.reason, "hint": one.hint}


def _shown(plan: Plan) -> str:
    """As people read it."""
    words = text.plan(plan, color=False, typed=False)
    rest = len(words) - _LONGEST
    return words if rest <= 0 else f"{words[:_LONGEST]}\n… {rest} more characters: reconciler fleet plan --out DIR"
