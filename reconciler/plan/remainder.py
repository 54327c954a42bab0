"""What is left of a plan after an apply of it was cut: does a plan of now do nothing but the rest of what was reviewed?

Pure. A runner dies in the middle, or a row fails: the plan of the next run is smaller, so its digest is another one.
It is still what people said yes to as long as every row of it is a row they have seen, or the end of one:

    reviewed              now
    any row               the same row, or none
    create                update of the object that was made, to values the create had; or its pause
    update                update of fewer fields
    refresh               the same generation with fewer submits
"""

from __future__ import annotations

from reconciler.canonical import canonical_json
from reconciler.model import Change, Plan
from reconciler.plan.digest import bound


def is_rest(reviewed: Plan, now: Plan) -> bool:
    """Whether `now` does nothing beyond `reviewed`. An empty plan does not."""
    if (reviewed.contract, reviewed.advertiser_id) != (now.contract, now.advertiser_id):
        return False
    if not set(now.allowances) <= set(reviewed.allowances):
        return False
    seen = {change.address: change for change in reviewed.changes if change.op != "blocked"}
    return all(_end_of(seen.get(change.address), change) for change in now.changes if change.op != "blocked")


def _end_of(seen: Change | None, now: Change) -> bool:
    if seen is None:
        return False
    if canonical_json(bound(seen)) == canonical_json(bound(now)):
        return True
    if now.op == "update" and seen.op == "create":
        wanted = {one.path: canonical_json(one.new) for one in seen.fields} | _paused(seen)
        return all(wanted.get(one.path) == canonical_json(one.new) for one in now.fields)
    if now.op == seen.op == "update" and now.id == seen.id:
        known = {canonical_json([one.path, one.old, one.new]) for one in seen.fields}
        return all(canonical_json([one.path, one.old, one.new]) in known for one in now.fields)
    if now.op == seen.op == "refresh" and now.work and seen.work:
        same = (now.work.generation, now.work.inputs) == (seen.work.generation, seen.work.inputs)
        return same and set(now.work.submits) <= set(seen.work.submits)
    return False


def _paused(seen: Change) -> dict[str, str]:
    """What a create without a status ends with: everything is born paused."""
    return {} if any(one.path == "status" for one in seen.fields) else {"status": canonical_json("DISABLE")}
