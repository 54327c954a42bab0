"""What a status comes to: the diagnosis that nobody can set (fact sheet, 3.8)."""

from __future__ import annotations

from reconciler.simulator.clock import unstamp
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN
from reconciler.simulator.rules import Call
from reconciler.simulator.world import DELETED, Row


def secondary_status(call: Call, row: Row) -> str:
    """The word for what keeps an object from delivery, the outermost deletion first, or that nothing does."""
    if row.kind is CAMPAIGN:
        return f"CAMPAIGN_STATUS_{row.status}"
    prefix = "ADGROUP_STATUS_" if row.kind is ADGROUP else "AD_STATUS_"
    line = [row]
    while line[-1].parent is not None:
        line.append(call.world.row(line[-1].parent))
    for status in (DELETED, "DISABLE", "FROZEN"):
        for one in (row, *reversed(line[1:])):
            if one.status == status:
                return f"{prefix}{status}" if one is row else f"{prefix}{one.kind.word.upper()}_{status}"
    return prefix + _delivery(call, row, line[0] if row.kind is ADGROUP else line[1])


def _delivery(call: Call, row: Row, adgroup: Row) -> str:
    start, end = adgroup.fields.get("schedule_start_time"), adgroup.fields.get("schedule_end_time")
    if start and unstamp(start) > call.now:
        return "NOT_START"
    if end and adgroup.fields.get("schedule_type") == "SCHEDULE_START_END" and unstamp(end) <= call.now:
        return "DONE" if row.kind is AD else "TIME_DONE"
    if row.kind is AD:
        return "AUDIT" if call.now < row.modified + call.settings.review_seconds else "DELIVERY_OK"
    ads = call.world.visible((AD, row.owner, row.id), call.now, deleted=False)
    return "DELIVERY_OK" if ads else "CREATE"
