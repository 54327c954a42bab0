"""The contract of Upgraded Smart+, which creates campaigns from 2027 on.

Source of every fact: the fact sheet smart_plus, sections 1 (calls), 3.5 (request_id), 3.9 (limits), 5 (the manual
objects of the same account), 8 (what it means here).

Creates of campaigns and ad groups must carry a request_id, which permits equal names: nothing but the journal and two
listings keeps a lost create from being made twice. Everything is born DISABLE and enabled last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Broken, Contract
from reconciler.contracts.marketing.clock import late
from reconciler.contracts.smart_plus import normal
from reconciler.contracts.smart_plus.creatives import said
from reconciler.contracts.smart_plus.rows import AD, ADGROUP, CAMPAIGN, SPEC
from reconciler.contracts.smart_plus.rules import broken
from reconciler.model import Fields

_OBJECTIVES = "WEB_CONVERSIONS, LEAD_GENERATION or APP_PROMOTION"
_SHARED = (
    "promotion_type", "promotion_target_type", "optimization_goal", "optimization_event", "custom_conversion_id",
    "billing_event", "bid_type", "bid_price", "conversion_bid_price", "deep_bid_type", "vbo_window", "roas_bid",
)  # fmt: skip
_ALONE = ("bid_type", "deep_bid_type", "vbo_window", "budget_mode")
_US = "6252001"
_NOT_HERE = "Smart+ has no such field"
_IN_SPEC = "it is a leaf of `targeting_spec` here"
_CREATIVE = "it is said of each of `creatives` here"


def _agreed(kind: str, above: Fields) -> tuple[str, ...]:
    """What the ad groups of one campaign must agree in: more under a shared budget."""
    if kind != "adgroup":
        return ()
    return _SHARED if above.get("budget_optimize_on") else _ALONE


def _overruled(kind: str, above: Fields) -> frozenset[str]:
    """Under a shared budget an ad group's own is ignored."""
    shared = kind == "adgroup" and above.get("budget_optimize_on")
    return frozenset({"budget", "budget_mode"}) if shared else frozenset()


def _late(kind: str, sent: Fields, live: Fields, now: float) -> Iterator[Broken]:
    """What the clock forbids; and what targets the United States keeps doing so."""
    yield from late(kind, sent, live, now)
    places = f"{SPEC}.location_ids"
    if places in sent and _US in (live.get(places) or ()) and _US not in (sent[places] or ()):
        text = f"`location_ids`: an ad group that targets the United States ({_US}) cannot stop doing so"
        yield Broken(places, text, "keep it, or declare another ad group")


def _filters(binding: Binding, narrow: Fields) -> Fields:
    """One JSON parameter, without `fields`: everything is shown then. What is deleted is asked for, too."""
    wanted: dict[str, Any] = {"primary_status": "STATUS_ALL"}
    if narrow.get("ids"):
        wanted[f"{binding.id_key}s"] = list(narrow["ids"])
    if narrow.get("parent") and binding.parent_key:
        wanted[f"{binding.parent_key}s"] = [narrow["parent"]]
    return {"filtering": json.dumps(wanted, separators=(",", ":"))}


_TIMES: dict[str, Any] = {"modified_key": "modify_time", "created_key": "create_time"}
SMART_PLUS = Contract(
    name="smart_plus",
    bindings={
        "campaign": Binding(
            kind="campaign",
            rows=CAMPAIGN,
            list_path="smart_plus/campaign/get/",
            create_path="smart_plus/campaign/create/",
            update_path="smart_plus/campaign/update/",
            status_path="smart_plus/campaign/status/update/",
            id_key="campaign_id",
            name_field="campaign_name",
            parent_key=None,
            create_answers_id=True,
            born_paused=True,
            create_token=True,
            answers_items=True,
            normal=normal.campaign,
            **_TIMES,
        ),
        "adgroup": Binding(
            kind="adgroup",
            rows=ADGROUP,
            list_path="smart_plus/adgroup/get/",
            create_path="smart_plus/adgroup/create/",
            update_path="smart_plus/adgroup/update/",
            status_path="smart_plus/adgroup/status/update/",
            id_key="adgroup_id",
            name_field="adgroup_name",
            parent_key="campaign_id",
            create_answers_id=True,
            born_paused=True,
            create_token=True,
            answers_items=True,
            normal=normal.adgroup,
            **_TIMES,
        ),
        "ad": Binding(
            kind="ad",
            rows=AD,
            list_path="smart_plus/ad/get/",
            create_path="smart_plus/ad/create/",
            update_path="smart_plus/ad/update/",
            status_path="smart_plus/ad/status/update/",
            items_path="smart_plus/ad/material_status/update/",
            id_key="smart_plus_ad_id",
            name_field="ad_name",
            parent_key="adgroup_id",
            create_answers_id=True,
            born_paused=True,
            answers_items=True,
            gap_seconds=5,
            page_size=100,
            rate="ad_create",
            normal=normal.ad,
            outward=normal.outward,
            said=said,
            **_TIMES,
        ),
    },
    refused={
        **{("adgroup", one): _IN_SPEC for one in (
            "location_ids", "zipcode_ids", "age_groups", "gender", "languages", "operating_systems",
            "interest_category_ids", "audiences", "excluded_audiences",
        )},
        **{("adgroup", one): _NOT_HERE for one in ("pacing", "frequency", "frequency_schedule", "brand_safety_type")},
        **{("ad", one): _CREATIVE for one in ("video", "image_ids", "tiktok_item_id", "ad_format")},
        ("ad", "ad_text"): "write `ad_texts`, a list of up to five",
        ("ad", "call_to_action"): "write `call_to_action_id`, or `call_to_actions` where they are allowed",
    },
    other_values={
        **{("objective_type", one): _OBJECTIVES for one in (
            "REACH", "TRAFFIC", "ENGAGEMENT", "VIDEO_VIEWS", "CONVERSIONS", "CATALOG_SALES", "PRODUCT_SALES",
            "RF_REACH",
        )},
        ("app_promotion_type", "APP_PREREGISTRATION"): "APP_INSTALL or APP_RETARGETING",
        ("app_promotion_type", "APP_POSTS_PROMOTION"): "APP_INSTALL or APP_RETARGETING",
    },
    filters=_filters,
    rules=broken,
    late=_late,
    agreed=_agreed,
    overruled=_overruled,
    status_field="operation_status",
    gone=normal.is_gone,
    most_children=30,
    never={"budget_auto_adjust_strategy": "it lets the platform multiply a budget, past every guard rail"},
    spread=frozenset({"bid_price", "conversion_bid_price", "roas_bid"}),
    pure=True,
    caps=True,
)  # fmt: skip
