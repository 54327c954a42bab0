"""The contract of the Marketing API v1.3 as it runs in production.

Source of every fact: the fact sheet of that API, sections 1.1 to 1.3 (calls and fields), 3.7 (what is fixed after
creation), 4 (where it differs from the OpenAPI document), 5 (query encoding), 9 (how values come back).

Creates carry no request_id: it would switch the guard of names off, which is what keeps a lost create from being made
twice. A status is set by a call of its own; creates say DISABLE, because the platform's default is ENABLE.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Contract
from reconciler.contracts.marketing import normal
from reconciler.contracts.marketing.clock import late
from reconciler.contracts.marketing.ending import ends
from reconciler.contracts.marketing.rows import AD, ADGROUP, CAMPAIGN
from reconciler.contracts.marketing.rules import broken
from reconciler.model import Fields


def _overruled(kind: str, above: Fields) -> frozenset[str]:
    """Under a campaign that shares its budget, what an ad group says of money is ignored and stored differently."""
    shared = kind == "adgroup" and above.get("budget_optimize_on")
    return frozenset({"budget", "budget_mode", "pacing"}) if shared else frozenset()


def _agreed(kind: str, above: Fields) -> tuple[str, ...]:
    """The first ad group under a shared budget fixes these for the rest."""
    shared = kind == "adgroup" and above.get("budget_optimize_on")
    return ("optimization_goal", "bid_type", "optimization_event") if shared else ()


def _filters(binding: Binding, narrow: Fields) -> Fields:
    """One JSON parameter. An unknown query key is ignored by the platform, so what comes back is filtered again."""
    wanted: dict[str, Any] = {}
    if narrow.get("ids"):
        wanted[f"{binding.id_key}s"] = list(narrow["ids"])
    if narrow.get("parent") and binding.parent_key:
        wanted[f"{binding.parent_key}s"] = [narrow["parent"]]
    return {"filtering": json.dumps(wanted, separators=(",", ":"))} if wanted else {}


MARKETING = Contract(
    name="marketing",
    bindings={
        "campaign": Binding(
            kind="campaign",
            rows=CAMPAIGN,
            list_path="campaign/get/",
            create_path="campaign/create/",
            update_path="campaign/update/",
            status_path="campaign/status/update/",
            id_key="campaign_id",
            name_field="campaign_name",
            parent_key=None,
            create_answers_id=True,
            born_paused=True,
            modified_key="modify_time",
            created_key="create_time",
            normal=normal.campaign,
        ),
        "adgroup": Binding(
            kind="adgroup",
            rows=ADGROUP,
            list_path="adgroup/get/",
            create_path="adgroup/create/",
            update_path="adgroup/update/",
            status_path="adgroup/status/update/",
            budget_path="adgroup/budget/update/",
            id_key="adgroup_id",
            name_field="adgroup_name",
            parent_key="campaign_id",
            create_answers_id=True,
            born_paused=True,
            modified_key="modify_time",
            created_key="create_time",
            normal=normal.adgroup,
        ),
        "ad": Binding(
            kind="ad",
            rows=AD,
            list_path="ad/get/",
            create_path="ad/create/",
            update_path="ad/update/",
            status_path="ad/status/update/",
            id_key="ad_id",
            name_field="ad_name",
            parent_key="adgroup_id",
            create_answers_id=True,
            born_paused=True,
            open_ended=True,
            nested="creatives",
            modified_key="modify_time",
            created_key="create_time",
            rate="ad_create",
            normal=normal.ad,
            said=normal.said,
        ),
    },
    refused={},
    other_values={
        ("objective_type", "CONVERSIONS"): "WEB_CONVERSIONS",
        ("objective_type", "CATALOG_SALES"): "PRODUCT_SALES",
    },
    filters=_filters,
    rules=broken,
    late=late,
    agreed=_agreed,
    overruled=_overruled,
    status_field="operation_status",
    foreign=normal.is_smart,
    gone=normal.is_gone,
    part_of=normal.part_of,
    ends=ends,
)
