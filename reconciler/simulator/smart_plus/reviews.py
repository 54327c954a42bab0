"""The preview of an ad, and what its review has come to (1, 1.7)."""

from __future__ import annotations

from dataclasses import replace

from reconciler.simulator.answers import wire_id
from reconciler.simulator.kinds import SMART_AD
from reconciler.simulator.marketing.secondary import secondary_status
from reconciler.simulator.marketing.shapes import IDS_A_STATUS, OWNER, anything, endpoint, ids
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.smart_plus import ads, bag
from reconciler.simulator.smart_plus.access import find
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row


def preview(call: Call) -> Json:
    """A link to what a planned ad would look like. It checks little, and proves nothing about a create."""
    link = f"{call.studio.origin}/smart_plus_preview/{call.owner}"
    return {"preview_link": link, "iframe": f'<iframe src="{link}"></iframe>'}


def review(call: Call) -> Json:
    """What the review of ads has come to.

    The fields of the sheet (1.7) in lists whose names, like the words for each state, are assumed.
    """
    rows = [find(call, SMART_AD, one) for one in dict.fromkeys(call.params["smart_plus_ad_ids"])]
    return {"list": [_review(call, row) for row in rows]}


def _review(call: Call, row: Row) -> Json:
    pending = secondary_status(call, row).endswith("AUDIT")
    status = "PROCESSING" if pending else "ALL_AVAILABLE"
    return {
        "smart_plus_ad_id": wire_id(call, row.id),
        "review_status": status,
        "appeal_status": "NOT_APPEALED",
        "material_review_list": [
            {"ad_material_id": wire_id(call, one.fields["ad_material_id"]), "review_status": status}
            for one in bag.chosen(call.world, row)
        ],
    }


_PLANNED = tuple(replace(one, required=False) for one in ads.CREATE if one is not OWNER)
ENDPOINTS = (
    endpoint(
        "POST",
        "smart_plus/ad/preview/",
        (OWNER, *_PLANNED, *anything("smart_plus_ad_id")),
        preview,
    ),
    endpoint(
        "GET",
        "smart_plus/ad/review_info/",
        (
            OWNER,
            ids("smart_plus_ad_ids", required=True, most=IDS_A_STATUS),
            Field("extra_info_setting", Type.OBJECT, fields=anything("include_reject_info")),
        ),
        review,
    ),
)
