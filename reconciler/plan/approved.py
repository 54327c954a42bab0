"""The plan that was approved and the plan of now: what differs, and why; and whether now is but the rest of it.

A difference is empty exactly when both plans have the same digest: what is compared is what an approval binds to.

A runner dies in the middle, or a row fails: the plan of the next run is smaller, so its digest differs. It is still
what people said yes to as long as every row of it is a row they have seen, or the end of one:

    reviewed              now
    any row               the same row, or none
    create                update of the object that was made, to values the create had; or its pause
    update                update of fewer fields
    refresh               the same generation with fewer submits
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from reconciler.allowance import Allowance
from reconciler.canonical import canonical_json
from reconciler.model import Address, Change, FieldChange, Number, Plan, Resource
from reconciler.plan.basis import Basis, sort_key
from reconciler.plan.digest import bound

_ABSENT = object()


class Observation(NamedTuple):
    """What a plan read of one managed object."""

    id: str
    modified: str | None
    """The API's own time stamp of the last change (UTC), where it tells one."""
    fields: Mapping[str, Any]
    """Managed fields that the API shows."""


class FieldDifference(NamedTuple):
    """One field. `planned` and `now`: (old, new) of the two plans, None where one leaves it alone."""

    path: str
    planned: tuple[Any, Any] | None
    now: tuple[Any, Any] | None
    live: tuple[Any, Any] | None
    """The live value when it was planned, and now, where somebody has changed it."""


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One row that differs. Of kind `other` is what both plans do, but not in the same way."""

    address: Address
    kind: Literal["gone", "new", "other"]
    planned: Change | None
    now: Change | None
    """Also set for a row that is gone because it is blocked now."""
    fields: tuple[FieldDifference, ...] = ()
    vanished: bool = False
    """The live object was there when it was planned, and is no longer."""
    modified: str | None = None
    """When the live object was last changed (UTC), where it was and the API tells."""


@dataclass(frozen=True, slots=True)
class Difference:
    """From the plan that was approved to the plan of now."""

    rows: tuple[RowDifference, ...] = ()
    allowances: tuple[tuple[Allowance, ...], tuple[Allowance, ...]] | None = None
    """What was allowed then, and now; None where both are the same."""
    currency: str | None = None

    def __bool__(self) -> bool:
        return bool(self.rows or self.allowances)


@dataclass(frozen=True, slots=True)
class Observations:
    """What both plans read of the account, by address."""

    then: Mapping[Address, Observation] = field(default_factory=dict)
    now: Mapping[Address, Observation] = field(default_factory=dict)


def observed(basis: Basis) -> dict[Address, Observation]:
    """What a plan's basis shows of every object that the lockfile binds."""
    found = {}
    for address, entry in sorted(basis.entries.items()):
        live = basis.object_of(address)
        if live is not None:
            wanted: Resource | None = basis.desired.get(address)
            managed = entry.applied.keys() | (wanted.fields.keys() if wanted else set())
            shown = {path: live.fields[path] for path in sorted(managed) if path in live.fields}
            found[address] = Observation(live.id, live.modified, shown)
    return found


def difference(planned: Plan, now: Plan, seen: Observations | None = None) -> Difference:
    """How what `now` would do differs from `planned`."""
    seen = seen or Observations()
    then_rows, now_rows = _by_place(planned.changes), _by_place(now.changes)
    rows = []
    for place in sorted(then_rows.keys() | now_rows.keys(), key=lambda one: (*sort_key(one[0]), not one[1])):
        row = _row_difference(place[0], then_rows.get(place), now_rows.get(place), seen)
        if row:
            rows.append(row)
    allowed = (planned.allowances, now.allowances) if planned.allowances != now.allowances else None
    return Difference(tuple(rows), allowed, now.currency)


def _by_place(changes: Iterable[Change]) -> dict[tuple[Address, bool], Change]:
    """What has moved and changes as well has two rows."""
    return {(change.address, change.op == "move"): change for change in changes}


def _row_difference(
    address: Address, was: Change | None, now: Change | None, seen: Observations
) -> RowDifference | None:
    sent_then, sent_now = _sent(was), _sent(now)
    if sent_then == sent_now:
        return None
    fields = _field_differences(was if sent_then else None, now if sent_now else None, seen, address)
    before, after = seen.then.get(address), seen.now.get(address)
    vanished = before is not None and after is None
    touched = any(one.live for one in fields)
    kind: Literal["gone", "new", "other"] = "gone" if not sent_now else "new" if not sent_then else "other"
    planned = was if sent_then else None
    return RowDifference(address, kind, planned, now, fields, vanished, after.modified if after and touched else None)


def _sent(change: Change | None) -> str | None:
    """What an approval binds to of a row; None for what sends nothing."""
    return None if change is None or change.op == "blocked" else canonical_json(bound(change))


def _field_differences(
    was: Change | None, now: Change | None, seen: Observations, address: Address
) -> tuple[FieldDifference, ...]:
    old, new = _values_by_path(was), _values_by_path(now)
    before, after = seen.then.get(address), seen.now.get(address)
    found = []
    for path in sorted(old.keys() | new.keys()):
        planned, current = old.get(path), new.get(path)
        live = _moved(path, planned, current, before, after)
        if not _same(planned, current) or live:
            found.append(FieldDifference(path, planned, current, live))
    return tuple(found)


def _values_by_path(change: Change | None) -> dict[str, tuple[Any, Any]]:
    fields: tuple[FieldChange, ...] = change.fields if change else ()
    return {one.path: (one.old, one.new) for one in fields}


def _moved(
    path: str,
    planned: tuple[Any, Any] | None,
    now: tuple[Any, Any] | None,
    before: Observation | None,
    after: Observation | None,
) -> tuple[Any, Any] | None:
    """The live value then and now, where both are known and differ."""
    then = before.fields.get(path, _ABSENT) if before else planned[0] if planned else _ABSENT
    here = after.fields.get(path, _ABSENT) if after else now[0] if now else _ABSENT
    if then is _ABSENT or here is _ABSENT or _same(then, here):
        return None
    # A saved plan does not tell an amount from a text; what is live now does.
    return Number(then) if isinstance(here, Number) and isinstance(then, str) else then, here


def _same(one: Any, other: Any) -> bool:
    """Equal as the digest sees it."""
    return canonical_json(one) == canonical_json(other)


def is_rest(reviewed: Plan, now: Plan) -> bool:
    """Whether `now` does nothing beyond `reviewed`. An empty plan does not."""
    if (reviewed.contract, reviewed.advertiser_id) != (now.contract, now.advertiser_id):
        return False
    if not set(now.allowances) <= set(reviewed.allowances):
        return False
    seen = _by_place(change for change in reviewed.changes if change.op != "blocked")
    left = _by_place(change for change in now.changes if change.op != "blocked")
    return all(_end_of(seen.get(place), change) for place, change in left.items())


def _end_of(seen: Change | None, now: Change) -> bool:
    if seen is None:
        return False
    if canonical_json(bound(seen)) == canonical_json(bound(now)):
        return True
    if now.op == "update" and seen.op == "create":
        wanted = {one.path: canonical_json(one.new) for one in seen.fields} | _its_pause(seen)
        return all(wanted.get(one.path) == canonical_json(one.new) for one in now.fields)
    if now.op == seen.op == "update" and now.id == seen.id:
        known = {canonical_json([one.path, one.old, one.new]) for one in seen.fields}
        return all(canonical_json([one.path, one.old, one.new]) in known for one in now.fields)
    if now.op == seen.op == "refresh" and now.work and seen.work:
        same = (now.work.generation, now.work.inputs) == (seen.work.generation, seen.work.inputs)
        return same and set(now.work.submits) <= set(seen.work.submits)
    return False


def _its_pause(seen: Change) -> dict[str, str]:
    """What a create without a status ends with: everything is born paused."""
    return {} if any(one.path == "status" for one in seen.fields) else {"status": canonical_json("DISABLE")}
