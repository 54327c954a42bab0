"""`*/status/update/`: the only way to switch on and off, and to delete (fact sheet, 1.1 to 1.3, 3.8)."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.simulator.answers import wire_id
from reconciler.simulator.envelope import Answer
from reconciler.simulator.failure import PARTIAL, ApiFailure
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN, Kind
from reconciler.simulator.marketing.births import changeable
from reconciler.simulator.marketing.readback import campaign_of
from reconciler.simulator.marketing.shapes import IDS_A_STATUS, OWNER, anything, endpoint, flag, ids, text, wrong
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json
from reconciler.simulator.world import DELETED, Row


def _update(kind: Kind) -> Callable[[Call], Json]:
    def handler(call: Call) -> Json:
        status = call.params["operation_status"]
        rows: list[Row] = []
        failures: list[tuple[str, ApiFailure]] = []
        for row_id in dict.fromkeys(call.params[f"{kind.word}_ids"]):
            try:
                rows.append(_settable(call, kind, row_id, status))
            except ApiFailure as failure:
                failures.append((row_id, failure))
        if failures and not (call.params.get("allow_partial_success") and rows):
            raise failures[0][1]
        for row in rows:
            call.world.change(row, call.now, name=None, status=status, fields={})
        data = _answer(call, kind, rows, status)
        if not failures:
            return data
        errors = [{kind.id_field: wire_id(call, one), "error_message": failure.message} for one, failure in failures]
        return Answer(PARTIAL, "Partial success", {**data, "error_list": errors})

    return handler


def _settable(call: Call, kind: Kind, row_id: str, status: str) -> Row:
    row = changeable(call, kind, row_id)
    if row.status == "FROZEN" and status != DELETED:
        raise wrong(kind.id_field, f"{kind.word} {row_id} is terminated")
    campaign = campaign_of(call, row).fields
    if kind is ADGROUP and status == DELETED and campaign.get("is_advanced_dedicated_campaign") is True:
        raise wrong(kind.id_field, f"adgroup {row_id} of a Dedicated Campaign cannot be deleted by itself")
    if kind is ADGROUP and status != DELETED and campaign.get("objective_type") == "RF_REACH":
        raise wrong(kind.id_field, f"adgroup {row_id} is Reach & Frequency and can only be deleted")
    return row


def _answer(call: Call, kind: Kind, rows: list[Row], status: str) -> dict[str, Json]:
    told: dict[str, Json] = {f"{kind.word}_ids": [wire_id(call, row.id) for row in rows], "status": status}
    if kind is CAMPAIGN:
        mode = call.params.get("postback_window_mode")
        told["campaign_list"] = [
            {"campaign_id": wire_id(call, row.id), "status": status, "postback_window_mode": mode} for row in rows
        ]
    return told


ENDPOINTS = tuple(
    endpoint(
        "POST",
        f"{kind.word}/status/update/",
        (
            OWNER,
            ids(f"{kind.word}_ids", required=True, most=IDS_A_STATUS),
            text("operation_status", "ENABLE", "DISABLE", DELETED, required=True),
            flag("allow_partial_success"),
            *(anything("postback_window_mode") if kind is CAMPAIGN else ()),
        ),
        _update(kind),
    )
    for kind in (CAMPAIGN, ADGROUP, AD)
)
