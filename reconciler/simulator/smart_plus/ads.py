"""Ads of Smart+: create and update (1.3, 4). Creatives: `creatives.py`, `bag.py`; texts, URLs, the rest: `pools.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.simulator.clock import stamp
from reconciler.simulator.failure import MOST_ADS as TOO_MANY_ADS
from reconciler.simulator.failure import ApiFailure
from reconciler.simulator.kinds import ADGROUP, SMART_AD
from reconciler.simulator.marketing.births import change
from reconciler.simulator.marketing.shapes import OPERATION, OWNER, anything, endpoint, one_id, title
from reconciler.simulator.rules import Call
from reconciler.simulator.smart_plus import bag, pools
from reconciler.simulator.smart_plus.access import (
    birth_status,
    check_allowlist,
    check_name,
    check_pace,
    fields_of,
    find,
    note_pace,
)
from reconciler.simulator.smart_plus.creatives import Frame, Item, checked
from reconciler.simulator.smart_plus.readback import wire
from reconciler.simulator.smart_plus.shapes import CONFIGURATION_CREATE, CONFIGURATION_UPDATE, CREATIVES, LISTS, REST
from reconciler.simulator.smart_plus.words import CUSTOM, MOST_ADS
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

CREATE = (
    OWNER,
    one_id("adgroup_id", required=True),
    title("ad_name", required=True, least=0),
    OPERATION,
    replace(CREATIVES, required=True),
    *LISTS,
    *REST,
    CONFIGURATION_CREATE,
    # The request_id of the other creates means nothing here, and is tolerated (1.3).
    *anything("auto_message_list", "request_id"),
)
UPDATE = (
    OWNER,
    one_id("smart_plus_ad_id", required=True),
    title("ad_name"),
    CREATIVES,
    *LISTS,
    *REST,
    CONFIGURATION_UPDATE,
    *anything("playable_list"),
)
POOLS = (*(one.name for one in (*LISTS, *REST)), "playable_list")


def create(call: Call) -> Json:
    """A new ad with its creatives, which are born ENABLE; the whole of it is the answer."""
    check_allowlist(call)
    adgroup = find(call, ADGROUP, call.params["adgroup_id"])
    place = (SMART_AD, call.owner, adgroup.id)
    if len(call.world.visible(place, float("inf"), deleted=False)) >= MOST_ADS:
        raise ApiFailure(TOO_MANY_ADS, f"adgroup_id: ad group {adgroup.id} has {MOST_ADS} ads, the most it may have")
    told = dict(call.params)
    told["ad_configuration"] = pools.configured(call, told.get("ad_configuration", {}))
    items = checked(call, Frame(adgroup, told["ad_configuration"]), told.pop("creative_list"))
    pools.check(call, adgroup, told, items)
    check_name(call, SMART_AD, adgroup.id, told["ad_name"], guarded=call.settings.sp_ad_unique_names)
    fields = {**fields_of(pools.kept(told, items), SMART_AD), "reviewed_from": stamp(call.now)}
    status = birth_status(call)
    row = call.world.create(
        SMART_AD, call.owner, adgroup.id, told["ad_name"], fields, call.now, status=status, guarded=False
    )
    if not row.name:
        call.world.change(row, call.now, name=row.id, status=None, fields={}, guarded=False)
    bag.put(call.world, row, items, call.now)
    return _written(call, row)


def update(call: Call) -> Json:
    """Changes what is sent. A list that is sent is the whole new list, or, with `sp_list_update`, added to the old."""
    check_allowlist(call)
    row = find(call, SMART_AD, call.params["smart_plus_ad_id"])
    check_pace(call, row.id)
    adgroup = call.world.row(row.parent or "")
    sent = {name: call.params[name] for name in POOLS if name in call.params}
    if call.settings.sp_list_update == "merge":
        sent = {name: _added(row.fields.get(name), value) for name, value in sent.items()}
    if "ad_configuration" in call.params:
        sent["ad_configuration"] = pools.reconfigured(call, row, call.params["ad_configuration"])
    whole = {**row.fields, **sent}
    items = _items(call, row, adgroup, whole.get("ad_configuration") or {})
    if "creative_list" in call.params or sent:
        pools.check(call, adgroup, whole, items)
        sent["reviewed_from"] = stamp(call.now)
    name = call.params.get("ad_name")
    if name != row.name and name is not None:
        check_name(call, SMART_AD, adgroup.id, name, guarded=call.settings.sp_ad_unique_names)
    change(call, row, name, pools.kept(sent, items), guarded=False)
    if "creative_list" in call.params:
        bag.put(call.world, row, items, call.now)
    bag.follow(call.world, row, call.now)
    return _written(call, row)


def _items(call: Call, row: Row, adgroup: Row, configuration: Mapping[str, Json]) -> list[Item]:
    """The creatives that the ad would have; those that stay untouched are not looked at again."""
    before: list[Item] = [{"creative_info": one.fields["creative_info"]} for one in bag.chosen(call.world, row)]
    if "creative_list" not in call.params:
        return before
    items: list[Item] = call.params["creative_list"]
    if call.settings.sp_list_update == "merge":
        new = {bag.content(one["creative_info"]) for one in items}
        items = [*(one for one in before if bag.content(one["creative_info"]) not in new), *items]
    whose = [row.fields.get("ad_configuration") or {}, *(one["creative_info"] for one in before)]
    custom = any(one.get("identity_type") == CUSTOM for one in whose)
    return checked(call, Frame(adgroup, configuration, custom), items)


def _added(before: Json, value: Json) -> Json:
    """An old list with what is new in another; anything else is replaced."""
    if not isinstance(before, list) or not isinstance(value, list):
        return value
    added: Sequence[Any] = [one for one in value if one not in before]
    return [*before, *added]


def _written(call: Call, row: Row) -> Json:
    note_pace(call, row.id)
    wanted = (row.fields.get("ad_configuration") or {}).get("creative_auto_add_toggle") is True
    if call.settings.sp_auto_add and wanted:
        bag.add_for_tiktok(call.world, row, call.now)
    return wire(call, row)


ENDPOINTS = (
    endpoint("POST", "smart_plus/ad/create/", CREATE, create),
    endpoint("POST", "smart_plus/ad/update/", UPDATE, update),
)
