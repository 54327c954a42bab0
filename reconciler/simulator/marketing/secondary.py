"""What a status comes to: the diagnosis that nobody can set (fact sheet, 3.8)."""

from __future__ import annotations

from reconciler.simulator.clock import unstamp
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN, SMART_AD
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
    adgroup = line[0] if row.kind is ADGROUP else line[1]
    whole = _whole(call, row)
    if whole:
        line.insert(1, call.world.row(whole))
    for status in (DELETED, "DISABLE", "FROZEN"):
        for one in (row, *reversed(line[1:])):
            if one.status == status:
                own = one is row or one.kind is SMART_AD
                return f"{prefix}{status}" if own else f"{prefix}{one.kind.word.upper()}_{status}"
    return prefix + _delivery(call, row, adgroup)


def _delivery(call: Call, row: Row, adgroup: Row) -> str:
    start, end = adgroup.fields.get("schedule_start_time"), adgroup.fields.get("schedule_end_time")
    if start and unstamp(start) > call.now:
        return "NOT_START"
    if end and adgroup.fields.get("schedule_type") == "SCHEDULE_START_END" and unstamp(end) <= call.now:
        return "TIME_DONE" if row.kind is ADGROUP else "DONE"
    if row.kind is not ADGROUP:
        return _review(call, row)
    ads = call.world.visible((AD, row.owner, row.id), call.now, deleted=False)
    return "DELIVERY_OK" if ads else "CREATE"


def _review(call: Call, row: Row) -> str:
    whole = call.world.row(_whole(call, row) or row.id)
    if whole.kind is not SMART_AD:
        return "AUDIT" if call.now < row.modified + call.settings.review_seconds else "DELIVERY_OK"
    # Only what an ad is made of is reviewed, and an ad that has been delivers meanwhile (smart_plus 1.7, 4).
    sent = whole.fields.get("reviewed_from")
    if sent is None or call.now >= unstamp(sent) + call.settings.review_seconds:
        return "DELIVERY_OK"
    return "AUDIT" if unstamp(sent) <= whole.created else "DELIVERY_AND_REAUDIT"


def _whole(call: Call, row: Row) -> str | None:
    """The id of the Smart+ ad that a creative is of, where that ad is here: an operator may load the creative alone."""
    told = row.fields.get("smart_plus_ad_id")
    return told if isinstance(told, str) and call.world.knows(told) else None
