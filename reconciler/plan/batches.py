"""Actions of one stage that go in one call: the same status for several objects, the budgets of several. Pure.

A create, an edit of other fields and a delete go by themselves; so does the pause of what was born running, which waits
for nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from msgspec.structs import replace

from reconciler.contracts.registry import Contracts
from reconciler.model import Address, Call
from reconciler.plan.sending import Action

MOST = 20
"""Objects a call: of a status, and of budgets (fact sheets of marketing, 1.1 to 1.3, and of Smart+, 1)."""
_ALONE = ("create", "pause", "delete")


def batched(stage: Sequence[Action], contracts: Contracts) -> list[tuple[Action, ...]]:
    """The stage in the order it is sent in, what goes in one call together.

    An action goes along with an earlier one like it, past what lies between: never past an action of its own object or
    of one that it waits for, and never past one that lowers spend where it raises it.
    """
    calls: list[list[Action]] = []
    open_at: dict[Hashable, int] = {}
    last: dict[Address, int] = {}
    lowered = -1
    for action in stage:
        likeness = _likeness(action, contracts)
        at = open_at.get(likeness, -1) if likeness is not None else -1
        past = max([last.get(one, -1) for one in (action.address, *action.after)])
        if at <= past or (action.raises and at <= lowered) or len(calls[at]) >= MOST:
            calls.append([])
            at = len(calls) - 1
            open_at[likeness] = at
        calls[at].append(action)
        last[action.address] = at
        lowered = max(lowered, at) if action.lowers else lowered
    return [tuple(one) for one in calls]


def _likeness(action: Action, contracts: Contracts) -> Hashable | None:
    """What actions have in common that one call can carry; None: each goes by itself."""
    if action.call is None or action.verb in _ALONE or action.unmodified is not None:
        return None
    binding = contracts.binding(action.contract, action.address.kind)
    if action.call.path not in (one for one in (binding.status_path, binding.budget_path) if one):
        return None
    common = tuple((key, value) for key, value in action.call.body.items() if not isinstance(value, list | tuple))
    return action.contract, action.call.path, action.verb, action.raises, action.lowers, common


def together(calls: Iterable[Call]) -> Call:
    """One call for several that differ in their lists alone."""
    first, *others = calls
    body = dict(first.body)
    for key, value in first.body.items():
        if isinstance(value, list | tuple):
            body[key] = [*value, *(item for one in others for item in one.body[key])]
    return replace(first, body=body) if others else first
