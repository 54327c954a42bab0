"""Ad groups of Smart+: create, update, budgets (1.2, 3.4); what goes with what: `goals.py`, `couplings.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.simulator.clock import unstamp
from reconciler.simulator.failure import NOT_ALLOWLISTED, ApiFailure
from reconciler.simulator.kinds import ADGROUP, CAMPAIGN
from reconciler.simulator.marketing.births import change
from reconciler.simulator.marketing.couplings import Bond, least_budget
from reconciler.simulator.marketing.money import DYNAMIC, TOTAL, check_budget, check_change
from reconciler.simulator.marketing.readback import campaign_of, has_cbo
from reconciler.simulator.marketing.shapes import (
    OPERATION,
    OWNER,
    anything,
    endpoint,
    flag,
    moment,
    number,
    one_id,
    text,
    texts,
    title,
    wrong,
)
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.smart_plus import couplings, goals, targeting
from reconciler.simulator.smart_plus.access import birth_status, check_allowlist, check_name, fields_of, find, once
from reconciler.simulator.smart_plus.readback import wire
from reconciler.simulator.smart_plus.words import GOALS, PLACEMENTS, PROMOTIONS, TARGETS
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

MOST_BUDGETS = 20
CHANGEABLE = (
    number("bid_price"),
    number("conversion_bid_price"),
    number("roas_bid"),
    number("budget"),
    flag("comment_disabled"),
    flag("share_disabled"),
    text("dayparting"),
    text("schedule_type", "SCHEDULE_FROM_NOW", "SCHEDULE_START_END"),
    moment("schedule_start_time"),
    moment("schedule_end_time"),
    text("targeting_optimization_mode", targeting.AUTOMATIC, targeting.MANUAL),
    flag("suggestion_audience_enabled"),
    flag("is_hfss"),
    flag("is_lhf_compliance"),
    *anything("search_keywords", "automated_keywords_enabled"),
)
"""What an update takes beside name and targeting. The newer of two lists: no min_budget and no pacing (1.2)."""
REQUIRED = ("schedule_type", "schedule_start_time")
CREATE = (
    OWNER,
    Field("request_id", Type.KEY, required=True),
    one_id("campaign_id", required=True),
    title("adgroup_name", required=True),
    OPERATION,
    text("promotion_type", *PROMOTIONS, required=True),
    text("promotion_target_type", *TARGETS),
    text("optimization_goal", *GOALS, required=True),
    text("billing_event", "CPC", "OCPM", required=True),
    # The page requires it, the older gateway does not (1.2).
    text("bid_type", "BID_TYPE_NO_BID", "BID_TYPE_CUSTOM", required=True),
    text("deep_bid_type", "DEFAULT", "AEO", "VO_HIGHEST_VALUE", "VO_MIN_ROAS"),
    text("vbo_window", "SEVEN_DAYS", "ZERO_DAY"),
    one_id("pixel_id"),
    text("optimization_event"),
    one_id("custom_conversion_id"),
    one_id("app_id"),
    one_id("minis_id"),
    text("budget_mode", DYNAMIC, TOTAL),
    # Two pages contradict each other about when it may be sent (1.2): it is taken, and given back.
    number("min_budget"),
    text("placement_type", "PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL"),
    texts("placements", *PLACEMENTS, least=1),
    # The sheet has no list of the words that these four take.
    text("click_attribution_window"),
    text("view_attribution_window"),
    text("engaged_view_attribution_window"),
    text("attribution_event_count"),
    flag("video_download_disabled"),
    text("deep_funnel_optimization_status", "ON", "OFF"),
    Field(
        "targeting_spec",
        Type.OBJECT,
        required=True,
        fields=(*targeting.LEAVES, targeting.TO_APPS, *targeting.TO_WEB_AND_APP),
    ),
    *(replace(one, required=one.name in REQUIRED) for one in CHANGEABLE),
    *anything(
        "identity_type", "identity_id", "identity_authorized_bc_id", "messaging_app_type", "messaging_app_account_id",
        "phone_info", "app_config", "catalog_id", "catalog_authorized_bc_id", "deep_funnel_optimization_event",
        "deep_funnel_event_source", "deep_funnel_event_source_id", "movie_premiere_date",
    ),
)  # fmt: skip
UPDATE = (
    OWNER,
    one_id("adgroup_id", required=True),
    title("adgroup_name"),
    *CHANGEABLE,
    Field("targeting_spec", Type.OBJECT, fields=(*targeting.LEAVES, *targeting.TO_WEB_AND_APP)),
)


def create(call: Call) -> Json:
    """A new ad group; the whole of it is the answer."""
    return wire(call, once(call, ADGROUP, lambda: _born(call)))


def _born(call: Call) -> Row:
    check_allowlist(call)
    campaign = find(call, CAMPAIGN, call.params["campaign_id"])
    couplings.check_room(call, campaign)
    told = dict(call.params)
    if "placements" in told:
        told.setdefault("placement_type", "PLACEMENT_TYPE_NORMAL")
    if has_cbo(campaign):
        told = {name: value for name, value in told.items() if name not in ("budget", "budget_mode")}
    if told["optimization_goal"] == "VALUE":
        told.setdefault("vbo_window", "SEVEN_DAYS")
    goals.check(campaign.fields, told)
    told["targeting_spec"] = targeting.fitted(told)
    targeting.check(told["targeting_spec"], campaign.fields, {})
    couplings.check(call, Bond(campaign, told, new=True))
    name = told["adgroup_name"]
    check_name(call, ADGROUP, campaign.id, name, guarded=call.settings.sp_unique_names)
    couplings.agree(call, campaign, told)
    fields = fields_of(told, ADGROUP)
    status = birth_status(call)
    return call.world.create(ADGROUP, call.owner, campaign.id, name, fields, call.now, status=status, guarded=False)


def update(call: Call) -> Json:
    """Changes what is sent; a bid changes on all ad groups of the campaign."""
    check_allowlist(call)
    row = find(call, ADGROUP, call.params["adgroup_id"])
    campaign = campaign_of(call, row)
    sent: dict[str, Any] = {one.name: call.params[one.name] for one in CHANGEABLE if one.name in call.params}
    if has_cbo(campaign):
        # The campaign's is edited instead; here a create says "ignored" (1.2).
        sent.pop("budget", None)
    merged = {name: value for name, value in {**row.fields, **sent}.items() if value is not None}
    if "targeting_spec" in call.params:
        sent["targeting_spec"] = merged["targeting_spec"] = _targeting(call, row, merged)
    start = row.fields.get("schedule_start_time")
    if start and sent.get("schedule_start_time", start) != start and unstamp(start) <= call.now:
        # Said of the manual family; assumed here (9).
        raise wrong("schedule_start_time", "cannot be changed once the ad group has started")
    couplings.check(call, Bond(campaign, merged, new=False, sent=frozenset(call.params)))
    if "budget" in sent:
        check_change(call, row, merged.get("budget_mode", ""), sent["budget"])
    name = call.params.get("adgroup_name")
    if name != row.name and name is not None:
        check_name(call, ADGROUP, campaign.id, name, guarded=call.settings.sp_unique_names)
    changed = change(call, row, name, sent, guarded=False)
    couplings.spread_bids(call, campaign, row, sent)
    return wire(call, changed)


def _targeting(call: Call, row: Row, merged: dict[str, Any]) -> dict[str, Json]:
    """The new targeting_spec: whole or merged, which is unknown (1.2): switch `sp_targeting_update`."""
    before: dict[str, Json] = row.fields.get("targeting_spec") or {}
    kept = before if call.settings.sp_targeting_update == "merge" else {}
    if "app_targeting_type" in before:
        kept = {**kept, "app_targeting_type": before["app_targeting_type"]}
    spec = targeting.fitted({**merged, "targeting_spec": {**kept, **call.params["targeting_spec"]}})
    targeting.check(spec, campaign_of(call, row).fields, before)
    return spec


def set_budgets(call: Call) -> Json:
    """New budgets of several ad groups at once. What becomes of one that cannot be is unknown (1.2): none is set."""
    check_allowlist(call)
    if "scheduled_budget" in call.params:
        raise ApiFailure(NOT_ALLOWLISTED, "scheduled_budget: the account is not on its allowlist")
    plans = []
    for place, told in enumerate(call.params["budget"]):
        row = find(call, ADGROUP, told["adgroup_id"])
        if has_cbo(campaign_of(call, row)):
            raise wrong(f"budget.{place}.budget", "is the campaign's here (budget_optimize_on is on)")
        check_budget(call, told["budget"], least_budget(row.fields))
        check_change(call, row, row.fields.get("budget_mode", ""), told["budget"])
        plans.append((row, told["budget"]))
    for row, budget in plans:
        change(call, row, None, {"budget": budget}, guarded=False)
    return {}


def _budgets(name: str, value: str, *, required: bool = False) -> Field:
    fields = (one_id("adgroup_id", required=True), number(value, required=True))
    return Field(name, Type.OBJECTS, required=required, most=MOST_BUDGETS, fields=fields)


def _is_scheduled(raw: Any) -> bool:
    return "scheduled_budget" in raw


_SCHEDULED = endpoint(
    "POST",
    "smart_plus/adgroup/budget/update/",
    (OWNER, _budgets("scheduled_budget", "scheduled_budget", required=True)),
    set_budgets,
)
ENDPOINTS = (
    endpoint("POST", "smart_plus/adgroup/create/", CREATE, create),
    endpoint("POST", "smart_plus/adgroup/update/", UPDATE, update),
    replace(
        endpoint(
            "POST",
            "smart_plus/adgroup/budget/update/",
            (OWNER, _budgets("budget", "budget", required=True)),
            set_budgets,
        ),
        other=_SCHEDULED,
        is_other=_is_scheduled,
    ),
)
