"""What the account calls the places, audiences and the like that a plan's ids mean: for pages that buyers read."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.account.lookups import read_named
from reconciler.contracts.lookups import LOOKUPS
from reconciler.errors import ReconcilerError
from reconciler.model import Plan
from reconciler.plan.about import About, ids_of
from reconciler.workflow.plan import Planned


def called(planned: Planned) -> Plan:
    """The plan with names for the ids among its values: one listing a sort, GET only, and only of sorts that are there.

    A list that cannot be read leaves its ids as they are: a plan is not made to fail by what only explains it.
    """
    made, reader = planned.plan, planned.reader
    found: dict[str, dict[str, str]] = {}
    for sort, ids in sorted(ids_of(made.changes).items()):
        if made.contract not in LOOKUPS[sort].written:
            continue
        try:
            rows = read_named(reader.client, LOOKUPS[sort], reader.advertiser)
        except ReconcilerError:
            continue
        names = {one.id: f"{one.name}, {one.within}" if one.within else one.name for one in rows if one.id in ids}
        found[sort] = {identity: name for identity, name in names.items() if name}
    return replace(made, about=replace(made.about or About(), called=found))
