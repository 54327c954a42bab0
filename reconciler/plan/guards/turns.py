"""One row of a plan as the guard rails see it: an object before and after, and in which directions it goes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec import Struct

from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, Fields
from reconciler.plan.guards.rails import Scene

ALWAYS = frozenset(("pause", "lower"))
"""Directions that no guard rail holds."""
_ON = (None, "ENABLE")
_WHOLE = {"disable": "pause", "delete": "delete", "upload": "upload", "refresh": "refresh"}
_BORN = ("create", "replace")


class Turn(Struct, frozen=True):
    """An object that a row makes or changes."""

    change: Change
    was: Fields
    """Live values; of what is replaced, those of its predecessor."""
    after: Fields
    applied: Fields
    """What was last applied."""
    was_on: bool
    """Whether it is ENABLED now; a new object is not."""
    is_on: bool

    @property
    def address(self) -> Address:
        """Of the object."""
        return self.change.address

    @property
    def starts(self) -> bool:
        """Whether it becomes ENABLED."""
        return self.is_on and not self.was_on

    @property
    def budget(self) -> Decimal | None:
        """The budget it would have; None without one."""
        return _amount(self.after)

    @property
    def old_budget(self) -> Decimal | None:
        """The live budget; None without one."""
        return _amount(self.was)

    @property
    def only_back(self) -> bool:
        """Whether the row undoes what others changed, and nothing else."""
        return self.change.op == "update" and all(one.side == "theirs" for one in self.change.fields)

    @property
    def is_raise(self) -> bool:
        """Whether a running object would have a higher budget than a running object has now, and than was applied."""
        new, old, applied = self.budget, self.old_budget, _amount(self.applied)
        if not self.is_on or new is None or (self.was_on and old is not None and new <= old):
            return False
        ran = self.was_on or self.applied.get("status") == "ENABLE"
        return not (self.change.op == "update" and ran and applied is not None and new <= applied)

    @property
    def directions(self) -> frozenset[str]:
        """What the row does to it: create, enable, pause, raise, lower, update."""
        if self.change.op in _BORN:
            new = any(one.path == "status" and one.new == "ENABLE" for one in self.change.fields)
            return frozenset(("create", *(("enable",) if new else ())))
        return frozenset(_direction(one.path, one.old, one.new) for one in self.change.fields)


def turns(scene: Scene) -> Iterator[Turn]:
    """Every row that makes or changes an object of the account, in the plan's order."""
    for change in scene.plan.changes:
        if change.op in ("create", "update", "replace") and KINDS[change.address.kind].name_field:
            yield _turn(change, scene)


def directions(change: Change, scene: Scene) -> frozenset[str]:
    """What any row does; empty where nothing is sent for it."""
    if change.op in _WHOLE:
        return frozenset((_WHOLE[change.op],))
    sends = change.op in ("create", "update", "replace") and KINDS[change.address.kind].name_field
    return _turn(change, scene).directions if sends else frozenset()


def _turn(change: Change, scene: Scene) -> Turn:
    entry = scene.entries.get(change.address)
    known = change.id if change.op == "replace" else entry.id if entry else change.id
    live = scene.live.get(change.address.kind, {}).get(known or "")
    governs = scene.contracts.binding(change.contract, change.address.kind).governs
    was: Fields = live.fields if live else {}
    after: dict[str, Any] = {} if change.op == "replace" else dict(was)
    if change.op in _BORN and "status" not in after:
        after["status"] = "DISABLE" if governs else None
    after |= {one.path: one.new for one in change.fields}
    was_on = live is not None and was.get("status") in _ON
    return Turn(change, was, after, entry.applied if entry else {}, was_on, after.get("status") in _ON)


def _direction(path: str, old: Any, new: Any) -> str:
    if path == "status" or path.endswith(".status"):
        return {"DISABLE": "pause", "ENABLE": "enable"}.get(new, "update")
    if path == "budget":
        return "lower" if None not in (old, new) and Decimal(new) < Decimal(old) else "raise"
    return "update"


def _amount(fields: Fields) -> Decimal | None:
    budget = fields.get("budget")
    return Decimal(budget) if budget is not None and Decimal(budget) > 0 else None
