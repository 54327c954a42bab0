"""What creates and updates of all three levels share: birth status, guarded names, request ids, foreign objects."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from reconciler.simulator.failure import BAD_PARAMETER, DUPLICATE_REQUEST, NO_UPDATE, ApiFailure
from reconciler.simulator.kinds import AD, SMART_AD, Kind
from reconciler.simulator.marketing.shapes import NO_SMART, UPGRADED, wrong
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json, Number
from reconciler.simulator.world import Row

WINDOW = 10.0
"""Seconds in which a request_id counts as sent before."""
APART = ("advertiser_id", "campaign_id", "adgroup_id", "request_id", "operation_status")
"""What of a create is no field of the object."""


def born(call: Call, kind: Kind, parent: str | None, told: Mapping[str, Json]) -> Row:
    """A new object out of the fields of a create.

    A request_id makes the second of two equal calls within WINDOW a duplicate; it also lets a name be used again.
    """
    key = told.get("request_id")
    note = f"request/{call.owner}/{kind.word}/{key}"
    if key is not None and call.now < float(call.world.notes.get(note, "-inf")) + WINDOW:
        raise ApiFailure(DUPLICATE_REQUEST, f"request_id: {key} has been used within the last 10 seconds")
    status = told.get("operation_status", "ENABLE") if call.settings.birth_status == "honoured" else "ENABLE"
    skipped = {*APART, kind.name_field}
    fields = {name: stored(call, value) for name, value in told.items() if name not in skipped}
    guarded = key is None and kind is not AD
    row = call.world.create(
        kind, call.owner, parent, stored(call, told[kind.name_field]), fields, call.now, status=status, guarded=guarded
    )
    if key is not None:
        call.world.note({note: repr(call.now)})
    return row


def changeable(call: Call, kind: Kind, row_id: str) -> Row:
    """The living object that an update is about; what Smart+ has made is not for these calls."""
    if call.world.knows(row_id) and call.world.row(row_id).kind is SMART_AD:
        raise ApiFailure(BAD_PARAMETER, NO_SMART)
    row = call.world.find(kind, call.owner, row_id)
    check_manual(call, row)
    return row


def check_open(call: Call) -> None:
    """ApiFailure for a new ad group or ad where nothing is created by hand any more (smart_plus 0.2)."""
    if call.settings.manual_creates == "all_stop":
        raise ApiFailure(BAD_PARAMETER, "Manual campaigns can no longer be extended here; use /smart_plus/ calls")


def check_manual(call: Call, row: Row) -> None:
    """ApiFailure for an object of Smart+: it, or what it belongs to, says so."""
    line = [row]
    while line[-1].parent is not None:
        line.append(call.world.row(line[-1].parent))
    for one in line:
        automation = str(one.fields.get("campaign_automation_type"))
        if automation.startswith(UPGRADED) or one.fields.get("smart_plus_ad_id"):
            raise ApiFailure(BAD_PARAMETER, NO_SMART)
        if "SMART_PLUS" in automation:
            raise wrong(row.kind.id_field, f"{row.kind.word} {row.id} belongs to a Smart+ campaign")


def stored(call: Call, value: Json) -> Json:
    """A text as the platform keeps it: as it was sent, or trimmed."""
    if isinstance(value, str) and call.settings.texts == "trimmed":
        return " ".join(unicodedata.normalize("NFC", value).split())
    return value


def change(call: Call, row: Row, name: str | None, fields: Mapping[str, Json], *, guarded: bool | None = None) -> Row:
    """Carries out an update; with the switch `no_update` one that changes nothing is refused.

    `guarded` says whether the new name must be free; not given: as the manual family has it, which guards no ads.
    """
    fields = {key: stored(call, value) for key, value in fields.items()}
    name = stored(call, name)
    same = all(_same(row.fields.get(key), value) for key, value in fields.items())
    if call.settings.no_update and same and name in (None, row.name):
        raise ApiFailure(NO_UPDATE, "Nothing has been changed")
    call.world.change(
        row, call.now, name=name, status=None, fields=fields, guarded=row.kind is not AD if guarded is None else guarded
    )
    return row


def _same(old: Json, new: Json) -> bool:
    if isinstance(old, Number) and isinstance(new, Number):
        return old.value == new.value
    return bool(old == new)
