"""vanished_share: a listing that lost too much of a kind is no evidence that it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from reconciler.allowance import Allowance
from reconciler.kinds.registry import KINDS
from reconciler.model import Change, LiveObject, Plan
from reconciler.plan.basis import Basis
from reconciler.plan.guards import daily_spend
from reconciler.plan.guards.rails import Scene, violation

RULE = "vanished_share"


def hold(plan: Plan, basis: Basis, scene: Scene, granted: Sequence[Allowance]) -> Plan:
    """The plan with what an implausible listing forbids: removals, forgets and objects made anew of that kind.

    The worst case a day is not computed from such a listing, so nothing that raises it passes either.
    """
    used, violations, warnings = list(plan.allowances), list(plan.violations), list(plan.warnings)
    doubts = False
    for kind, (missing, bound) in sorted(basis.doubted.items()):
        grant = next((one for one in granted if one.lifts(RULE, kind, None)), None)
        if grant is not None:
            used.append(grant)
            continue
        counts = "budget" in KINDS[kind].types
        doubts = doubts or counts
        said = (
            f"{missing} of {bound} bound {kind} objects are no longer listed, which does not prove that they are gone"
        )
        if any(_lets_go(one, kind, basis) for one in plan.changes) or (counts and daily_spend.would_raise(scene)):
            violations.append(violation(RULE, kind, f"{missing} of {bound}", "half"))
        else:
            warnings.append(said)
    return replace(
        plan,
        allowances=tuple(sorted(used)),
        violations=tuple(violations),
        warnings=tuple(warnings),
        worst_case=(None, None) if doubts else plan.worst_case,
        is_counted=not doubts,
    )


def _lets_go(change: Change, kind: str, basis: Basis) -> bool:
    """Whether a row acts on it that an object of a doubted kind is gone, or that its manifest is.

    What is listed below an object that no list shows is not gone either.
    """
    if kind not in (change.address.kind, basis.doubts(change.address)):
        return False
    anew = change.op == "create" and change.address in basis.entries
    return anew or (change.address not in basis.desired and change.op in ("disable", "delete", "forget"))


def incomplete(
    seen: Basis, now: Mapping[str, Mapping[str, LiveObject]], deleted: Mapping[str, frozenset[str]]
) -> str | None:
    """Why fresh listings cannot tell the worst case a day: too much of what the plan saw is in them no more.

    `deleted`: kind → ids that they show as deleted.
    """
    known = {address: entry for address, entry in seen.entries.items() if seen.object_of(address) is not None}
    fresh = replace(seen, entries=known, live=now, deleted=deleted)
    for kind, (missing, bound) in sorted(fresh.doubted.items()):
        if "budget" in KINDS[kind].types:
            return f"{missing} of {bound} bound {kind} objects are not listed any more"
    return None
