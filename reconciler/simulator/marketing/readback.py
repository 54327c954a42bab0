"""How production gives objects back: many fields nobody sent, nulls and defaults among them (fact sheet, 1 and 9)."""

from __future__ import annotations

from reconciler.simulator.answers import wire_id, wire_number
from reconciler.simulator.clock import stamp, unstamp
from reconciler.simulator.kinds import AD, ADGROUP, CAMPAIGN
from reconciler.simulator.marketing.defaults import ALWAYS_ON, DEFAULTS, PLACEMENTS, WRITTEN_ONLY
from reconciler.simulator.marketing.money import INFINITE
from reconciler.simulator.marketing.secondary import secondary_status
from reconciler.simulator.marketing.shapes import UPGRADED
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json, Number
from reconciler.simulator.world import Row

LONGEST = 30
"""Digits before or behind the point that are written out."""
TEN_YEARS = 3650 * 86400
MONEY = ("budget", "scheduled_budget", "bid_price", "conversion_bid_price", "deep_cpa_bid", "roas_bid")
KNOWN = {
    kind.word: tuple(dict.fromkeys((*DEFAULTS[kind.word], *WRITTEN_ONLY.get(kind.word, ()))))
    for kind in (CAMPAIGN, ADGROUP, AD)
}
"""What an object of each kind may hold, for whoever loads or edits one."""


def parent_of(call: Call, row: Row) -> Row:
    """What an object belongs to."""
    return call.world.row(row.parent or "")


def campaign_of(call: Call, row: Row) -> Row:
    """The campaign of an object, or the campaign itself."""
    while row.kind is not CAMPAIGN:
        row = parent_of(call, row)
    return row


def has_cbo(campaign: Row) -> bool:
    """Whether the campaign's budget is the one that counts."""
    return campaign.fields.get("budget_optimize_on") is True


def wire(call: Call, row: Row, wanted: list[str] | None = None, *, nulls: bool = True) -> dict[str, Json]:
    """An object as lists and creates show it; `wanted` limits its keys, without `nulls` it has none."""
    told = {**_identity(call, row), **_fields(call, row), **_state(call, row)}
    if not nulls or call.settings.absent_fields == "omitted":
        told = {name: value for name, value in told.items() if value is not None}
    return {name: value for name, value in told.items() if name in wanted} if wanted else told


def wire_asset_group(call: Call, row: Row) -> dict[str, Json]:
    """A Smart+ ad as the manual listing shows it to who asks for ad_ids_v2: that there is one (smart_plus 3.8)."""
    told = {**_identity(call, row), "ad_id_v2": wire_id(call, row.id), "campaign_automation_type": UPGRADED}
    return {**told, **_state(call, row)}


def _identity(call: Call, row: Row) -> dict[str, Json]:
    told: dict[str, Json] = {"advertiser_id": wire_id(call, row.owner)}
    line = [row]
    while line[-1].parent is not None:
        line.append(parent_of(call, line[-1]))
    for one in reversed(line):
        told[one.kind.id_field] = wire_id(call, one.id)
        told[one.kind.name_field] = one.name
    return told


def _fields(call: Call, row: Row) -> dict[str, Json]:
    told = dict(DEFAULTS[row.kind.word])
    for name in told:
        value = row.fields.get(name)
        if value is not None:
            told[name] = amount(call, value) if name in MONEY and isinstance(value, Number) else value
    campaign = campaign_of(call, row)
    above = campaign.fields.get("campaign_automation_type") or "MANUAL"
    told["campaign_automation_type"] = row.fields.get("campaign_automation_type") or above
    _BY_KIND[row.kind](call, row, campaign, told)
    return told


def amount(call: Call, value: Number) -> Json:
    """A sum of money as production writes it: 20 comes back as 20.0."""
    if abs(value.value.adjusted()) > LONGEST:
        return wire_number(call, value)
    exact = f"{value.value:f}"
    return wire_number(call, Number(exact if "." in exact else f"{exact}.0"))


def _campaign(call: Call, row: Row, campaign: Row, told: dict[str, Json]) -> None:
    told["objective"] = "APP" if told["objective_type"] == "APP_PROMOTION" else "LANDING_PAGE"
    if told["budget_mode"] == INFINITE:
        told["budget"] = amount(call, Number("0"))
    if not has_cbo(row):
        del told["budget_optimize_on"]


def _adgroup(call: Call, row: Row, campaign: Row, told: dict[str, Json]) -> None:
    if told["placement_type"] == "PLACEMENT_TYPE_AUTOMATIC":
        told["placements"] = list(PLACEMENTS)
    if len(set(told["dayparting"])) == 1:
        told["dayparting"] = ALWAYS_ON
    if told["schedule_type"] == "SCHEDULE_FROM_NOW" and told["schedule_start_time"]:
        told["schedule_end_time"] = stamp(unstamp(told["schedule_start_time"]) + TEN_YEARS)
    if has_cbo(campaign):
        told["budget"], told["budget_mode"] = amount(call, Number("0")), INFINITE
        told["pacing"] = "PACING_MODE_SMOOTH"
    told["campaign_system_origin"] = "TT_ADS_PLATFORM"
    # A Smart+ ad group nests its targeting; here it is as flat as every other's (smart_plus 3.8; [D]).
    targeting: dict[str, Json] = row.fields.get("targeting_spec") or {}
    told |= {name: value for name, value in targeting.items() if name in told}


def _ad(call: Call, row: Row, campaign: Row, told: dict[str, Json]) -> None:
    uri = row.fields.get("avatar_icon_web_uri")
    if uri:
        told["avatar_icon_web_url"] = f"{call.studio.origin}/picture/{uri}.jpg"
    if "smart_plus_ad_id" in row.fields:
        told["smart_plus_ad_id"] = wire_id(call, row.fields["smart_plus_ad_id"])
        told["campaign_automation_type"] = "UPGRADED_SMART_PLUS_CREATIVE"


_BY_KIND = {CAMPAIGN: _campaign, ADGROUP: _adgroup, AD: _ad}


def _state(call: Call, row: Row) -> dict[str, Json]:
    told: dict[str, Json] = {"operation_status": row.status}
    if call.settings.secondary_status:
        told["secondary_status"] = secondary_status(call, row)
    return {**told, "create_time": stamp(row.created), "modify_time": stamp(row.modified)}


def value_of(row: Row, name: str) -> Json:
    """A field of an object, or the default production gives it."""
    value = row.fields.get(name)
    return DEFAULTS[row.kind.word].get(name) if value is None else value
