"""`adgroup/budget/update/`: budgets of up to 20 ad groups at once, and nothing else of them (fact sheet, 1.2)."""

from __future__ import annotations

from reconciler.simulator.answers import wire_id
from reconciler.simulator.kinds import ADGROUP
from reconciler.simulator.marketing.births import change, changeable
from reconciler.simulator.marketing.couplings import Bond, check
from reconciler.simulator.marketing.money import check_change
from reconciler.simulator.marketing.readback import campaign_of, has_cbo
from reconciler.simulator.marketing.shapes import OWNER, endpoint, number, one_id, wrong
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json

MOST = 20


def update(call: Call) -> Json:
    """All of them or none."""
    rows = []
    for place, told in enumerate(call.params["budget"]):
        row = changeable(call, ADGROUP, told["adgroup_id"])
        campaign = campaign_of(call, row)
        if has_cbo(campaign):
            raise wrong(f"budget.{place}", "cannot be changed under a campaign with budget_optimize_on")
        fields = {name: value for name, value in row.fields.items() if value is not None}
        check(call, Bond(campaign, {**fields, "budget": told["budget"]}, new=False, sent=frozenset({"budget"})))
        check_change(call, row, fields.get("budget_mode", ""), told["budget"])
        rows.append((row, told["budget"]))
    changed = [change(call, row, None, {"budget": budget}) for row, budget in rows]
    return {"adgroup_ids": [wire_id(call, row.id) for row in changed]}


ITEMS = (one_id("adgroup_id", required=True), number("budget", required=True))
ENDPOINTS = (
    endpoint(
        "POST",
        "adgroup/budget/update/",
        (OWNER, Field("budget", Type.OBJECTS, required=True, most=MOST, fields=ITEMS)),
        update,
    ),
)
