"""What the calls of Smart+ share: who may write, which objects are theirs, request ids, names (2, 3.5, 3.6, 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.simulator.failure import (
    BAD_PARAMETER,
    DUPLICATE_REQUEST,
    NO_PERMISSION,
    NOT_ALLOWLISTED,
    WRITTEN_TOO_SOON,
    ApiFailure,
)
from reconciler.simulator.kinds import Kind
from reconciler.simulator.marketing.readback import campaign_of
from reconciler.simulator.marketing.shapes import UPGRADED, wrong
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json, decode, encode
from reconciler.simulator.world import Row

CODES = {"40118": NOT_ALLOWLISTED, "40001": NO_PERMISSION, "40002": BAD_PARAMETER}
APART = ("advertiser_id", "campaign_id", "adgroup_id", "smart_plus_ad_id", "request_id", "operation_status")
"""What of a create is no field of the object."""


def check_allowlist(call: Call) -> None:
    """ApiFailure where the account may not create or update (0.1, 2); the code is unknown: switch `sp_allowlist`."""
    if call.settings.sp_allowlist != "on":
        raise ApiFailure(CODES[call.settings.sp_allowlist], "The account is not on the allowlist of Upgraded Smart+")


def is_smart(call: Call, row: Row) -> bool:
    """Whether an object is of Upgraded Smart+."""
    return bool(campaign_of(call, row).fields.get("campaign_automation_type") == UPGRADED)


def find(call: Call, kind: Kind, row_id: str) -> Row:
    """The living Smart+ object; a manual one is refused (5: unknown, surely so)."""
    row = call.world.find(kind, call.owner, row_id)
    if not is_smart(call, row):
        raise wrong(kind.id_field, f"{kind.word} {row_id} is not an Upgraded Smart+ {kind.word}")
    return row


def fields_of(told: Mapping[str, Json], kind: Kind) -> dict[str, Json]:
    """What of a create is kept."""
    return {name: value for name, value in told.items() if name not in (*APART, kind.name_field)}


def birth_status(call: Call) -> str:
    """ENABLE unless another is sent and heeded (0.1, 4; 3.7)."""
    return call.params.get("operation_status", "ENABLE") if call.settings.birth_status == "honoured" else "ENABLE"


def check_name(call: Call, kind: Kind, parent: str | None, name: str, *, guarded: bool) -> None:
    """ApiFailure for a name that is taken, where names are guarded at all (3.6: switches)."""
    if guarded and call.world.taken((kind, call.owner, parent), name):
        raise wrong(kind.name_field, "the name already exists")


# --- request ids -----------------------------------------------------------------------------------------------------


def once(call: Call, kind: Kind, make: Callable[[], Row]) -> Row:
    """The object that `make` makes, unless this request_id has been used: then what the switches say (3.5)."""
    note = f"sp_request/{call.owner}/{kind.word}/{call.params['request_id']}"
    before = call.world.notes.get(note)
    if before is not None and (first := _used(call, decode(before.encode()))) is not None:
        return first
    try:
        row = make()
    except ApiFailure:
        if call.settings.sp_request_id_burned_by_refusal:
            call.world.note({note: encode({"moment": repr(call.now), "id": ""})})
        raise
    call.world.note({note: encode({"moment": repr(call.now), "id": row.id})})
    return row


def _used(call: Call, before: Mapping[str, str]) -> Row | None:
    """The first create's object, where it answers for a second one; None where the request_id counts as new."""
    window = call.settings.sp_request_id_window
    if window != "forever" and call.now >= float(before["moment"]) + int(window):
        return None
    if call.settings.sp_request_id_loser == "first_answer" and before["id"]:
        return call.world.row(before["id"])
    raise ApiFailure(DUPLICATE_REQUEST, f"request_id: {call.params['request_id']} has been used before")


# --- the pace of one ad ----------------------------------------------------------------------------------------------


def check_pace(call: Call, *ad_ids: str) -> None:
    """ApiFailure 41021 for an ad that was written a moment ago (0.1, 9; 2; 3.9: switch `sp_ad_gap_seconds`)."""
    for ad_id in ad_ids:
        last = float(call.world.notes.get(f"sp_write/{ad_id}", "-inf"))
        if call.now < last + call.settings.sp_ad_gap_seconds:
            raise ApiFailure(WRITTEN_TOO_SOON, f"smart_plus_ad_id: ad {ad_id} is being changed, try again later")


def note_pace(call: Call, *ad_ids: str) -> None:
    """Remembers that these ads have been written."""
    call.world.note({f"sp_write/{ad_id}": repr(call.now) for ad_id in ad_ids})
