"""Ads: create and update, both with `creatives` (fact sheet, 1.3); what a creative needs: `creatives.py`."""

from __future__ import annotations

from typing import Any

from reconciler.simulator.answers import wire_id
from reconciler.simulator.clock import stamp
from reconciler.simulator.failure import ApiFailure
from reconciler.simulator.kinds import AD, ADGROUP
from reconciler.simulator.marketing.births import born, change, changeable, check_manual, check_open
from reconciler.simulator.marketing.creatives import BODY, IDENTITY, PATCH, UPDATED, check
from reconciler.simulator.marketing.readback import wire
from reconciler.simulator.marketing.shapes import OPERATION, OWNER, endpoint, flag, one_id, text, title, wrong
from reconciler.simulator.rules import Call, Endpoint, Field, Type
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

MOST = 20


def _creatives(*fields: Field) -> Field:
    return Field("creatives", Type.OBJECTS, required=True, most=MOST, fields=fields)


def create(call: Call) -> Json:
    """New ads. Creatives that cannot be are left out; if none can, the first one's trouble is the answer."""
    check_open(call)
    adgroup = call.world.find(ADGROUP, call.owner, call.params["adgroup_id"])
    check_manual(call, adgroup)
    made: list[Row] = []
    trouble: ApiFailure | None = None
    good: list[dict[str, Any]] = []
    for place, told in enumerate(call.params["creatives"]):
        try:
            good.append(check(call, adgroup, told, place))
        except ApiFailure as failure:
            trouble = trouble or failure
    if not good and trouble is not None:
        raise trouble
    for told in good:
        told["ad_name"] = told.get("ad_name") or _made_up(call, told)
        made.append(born(call, AD, adgroup.id, told))
    return _answer(call, made)


def _made_up(call: Call, told: dict[str, Any]) -> str:
    video = call.library.find("video", call.owner, told.get("video_id", ""))
    return f"{video.name if video else told['ad_format']}_{stamp(call.now)}"


def _answer(call: Call, rows: list[Row]) -> Json:
    return {
        "ad_ids": [wire_id(call, row.id) for row in rows],
        "creatives": [wire(call, row) for row in rows],
        "need_audit": True,
    }


def update(call: Call) -> Json:
    """Replaces whole creatives, or, with patch_update, changes some of their fields; all of them or none."""
    adgroup = call.world.find(ADGROUP, call.owner, call.params["adgroup_id"])
    plans = []
    for place, told in enumerate(call.params["creatives"]):
        row = changeable(call, AD, told["ad_id"])
        if row.parent != adgroup.id:
            raise wrong(f"creatives.{place}.ad_id", f"ad {row.id} is not of ad group {adgroup.id}")
        sent = {name: value for name, value in told.items() if name not in ("ad_id", "ad_name")}
        if call.params.get("patch_update"):
            whole = {**{name: value for name, value in row.fields.items() if value is not None}, **sent}
        else:
            sent = {**dict.fromkeys(row.fields), **sent}
            whole = {name: value for name, value in sent.items() if value is not None}
            if row.fields.get("ad_format") == "CAROUSEL_ADS" and whole["ad_format"] != "CAROUSEL_ADS":
                raise wrong(f"creatives.{place}.ad_format", "of CAROUSEL_ADS cannot be changed")
        kept = check(call, adgroup, whole, place, row)
        sent = {name: value for name, value in sent.items() if value is None or name in kept}
        plans.append((row, told.get("ad_name"), sent))
    return _answer(call, [change(call, row, name, sent) for row, name, sent in plans])


_HEAD = (OWNER, one_id("adgroup_id", required=True), flag("patch_update"))
_AD_ID = one_id("ad_id", required=True)
_WHAT = (text("ad_format", required=True), *IDENTITY, *BODY)
_WHOLE = endpoint(
    "POST",
    "ad/update/",
    (*_HEAD, _creatives(_AD_ID, title("ad_name", required=True), *_WHAT, *UPDATED)),
    update,
)
_PATCH = endpoint("POST", "ad/update/", (*_HEAD, _creatives(_AD_ID, *PATCH)), update)
ENDPOINTS = (
    endpoint(
        "POST",
        "ad/create/",
        (
            OWNER,
            one_id("adgroup_id", required=True),
            _creatives(title("ad_name", least=0), *_WHAT, OPERATION),
        ),
        create,
        rate="ad_create",
    ),
    Endpoint(
        "POST",
        "ad/update/",
        _WHOLE.fields,
        update,
        per_app=True,
        missing=_WHOLE.missing,
        other=_PATCH,
        is_other=lambda raw: raw.get("patch_update") is True,
    ),
)
