"""`*/status/update/` and `ad/material_status/update/` of Smart+: on, off, deleted (1.4)."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.simulator.answers import wire_id
from reconciler.simulator.failure import ApiFailure
from reconciler.simulator.kinds import ADGROUP, CAMPAIGN, SMART_AD, Kind
from reconciler.simulator.marketing.shapes import (
    IDS_A_STATUS,
    OWNER,
    anything,
    endpoint,
    ids,
    one_id,
    text,
    wrong,
)
from reconciler.simulator.rules import Call
from reconciler.simulator.smart_plus import bag
from reconciler.simulator.smart_plus.access import check_pace, find, note_pace
from reconciler.simulator.wire import Json
from reconciler.simulator.world import DELETED, Row

STATUS = text("operation_status", "ENABLE", "DISABLE", DELETED, required=True)
Failures = list[tuple[str, ApiFailure]]


def _settable(call: Call, kind: Kind) -> tuple[list[Row], Failures]:
    """The objects that can change, and why others cannot; with `sp_status_partial` one of those fails the call."""
    rows: list[Row] = []
    failures: Failures = []
    for row_id in dict.fromkeys(call.params[f"{kind.word}_ids"]):
        try:
            row = find(call, kind, row_id)
            if row.status == "FROZEN" and call.params["operation_status"] == "ENABLE":
                raise wrong(kind.id_field, f"{kind.word} {row_id} has ended and cannot be enabled")
            rows.append(row)
        except ApiFailure as failure:
            failures.append((row_id, failure))
    if failures and call.settings.sp_status_partial == "all_fail":
        raise failures[0][1]
    return rows, failures


def _update(kind: Kind) -> Callable[[Call], Json]:
    def handler(call: Call) -> Json:
        status = call.params["operation_status"]
        rows, failures = _settable(call, kind)
        for row in rows:
            call.world.change(row, call.now, name=None, status=status, fields={}, guarded=False)
        # Code 0 even when all have failed (1.4).
        return {
            f"{kind.word}_list": [{kind.id_field: wire_id(call, row.id), "status": status} for row in rows],
            "error_list": [
                {kind.id_field: wire_id(call, one), "error_message": failure.message} for one, failure in failures
            ],
        }

    return handler


def set_ads(call: Call) -> Json:
    """Sets the status of ads. The answer has no error_list: an id that is missing from it was not done."""
    status = call.params["operation_status"]
    rows, _ = _settable(call, SMART_AD)
    check_pace(call, *(row.id for row in rows))
    for row in rows:
        call.world.change(row, call.now, name=None, status=status, fields={}, guarded=False)
        bag.follow(call.world, row, call.now)
    note_pace(call, *(row.id for row in rows))
    return {"smart_plus_ad_ids": [wire_id(call, row.id) for row in rows], "status": status}


def set_materials(call: Call) -> Json:
    """Switches creatives of one ad on or off; the ad, what is above it and the library stay as they are.

    What an id brings that is not of this ad is not said; here it fails the call.
    """
    ad = find(call, SMART_AD, call.params["smart_plus_ad_id"])
    wanted, status = list(dict.fromkeys(call.params["ad_material_ids"])), call.params["operation_status"]
    rows = {row.fields["ad_material_id"]: row for row in bag.everything(call.world, ad)}
    for one in wanted:
        if one not in rows or rows[one].status == DELETED:
            raise wrong("ad_material_ids", f"material {one} is not of ad {ad.id}")
    formats = {rows[one].fields.get("ad_format") == "CAROUSEL_ADS" for one in wanted}
    if len(formats) > 1:
        raise wrong("ad_material_ids", "carousels and other creatives do not go together in one call")
    check_pace(call, ad.id)
    for one in wanted:
        call.world.change(rows[one], call.now, name=None, status=status, fields={}, guarded=False)
    note_pace(call, ad.id)
    told: Json = {"smart_plus_ad_id": wire_id(call, ad.id), "operation_status": status}
    return {**told, "ad_material_ids": [wire_id(call, one) for one in wanted]}


ENDPOINTS = (
    *(
        endpoint(
            "POST",
            f"smart_plus/{kind.word}/status/update/",
            (
                OWNER,
                ids(f"{kind.word}_ids", required=True, most=IDS_A_STATUS),
                STATUS,
                *(anything("postback_window_mode") if kind is CAMPAIGN else ()),
            ),
            _update(kind),
        )
        for kind in (CAMPAIGN, ADGROUP)
    ),
    endpoint(
        "POST",
        "smart_plus/ad/status/update/",
        (OWNER, ids("smart_plus_ad_ids", required=True, most=IDS_A_STATUS), STATUS),
        set_ads,
    ),
    endpoint(
        "POST",
        "smart_plus/ad/material_status/update/",
        (
            OWNER,
            one_id("smart_plus_ad_id", required=True),
            ids("ad_material_ids", required=True, most=IDS_A_STATUS),
            text("operation_status", "ENABLE", "DISABLE", required=True),
        ),
        set_materials,
    ),
)
