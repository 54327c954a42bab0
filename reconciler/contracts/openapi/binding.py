"""The contract of the OpenAPI document: flat bodies, comma lists, `status` as a field of a campaign.

Source of every fact: the OpenAPI document, sections campaign, ad group, ad. No call updates or deletes an ad group or
an ad and no create sets a status; a campaign's status governs its children.
"""

from __future__ import annotations

from typing import Any

from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Contract
from reconciler.contracts.openapi.rows import AD, ADGROUP, CAMPAIGN
from reconciler.model import Fields

_NO_STATUS = "this contract cannot set it: set `status` on the campaign, which governs its ad groups and ads"
_NO_VIDEO = "this contract's ads take no video: attach it in Ads Manager, or use `contract: marketing`"
_BY_HAND = "change it in Ads Manager, or declare a new {kind} under another name and pause this one in Ads Manager"


def _filters(binding: Binding, narrow: Fields) -> Fields:
    query: dict[str, Any] = {}
    if narrow.get("ids") and binding.id_key == "campaign_id":
        query["campaign_ids"] = ",".join(narrow["ids"])
    if narrow.get("parent") and binding.parent_key:
        query[binding.parent_key] = narrow["parent"]
    return query


OPENAPI = Contract(
    name="openapi",
    bindings={
        "campaign": Binding(
            kind="campaign",
            rows=CAMPAIGN,
            list_path="campaign/get/",
            create_path="campaign/create/",
            update_path="campaign/update/",
            id_key="campaign_id",
            name_field="campaign_name",
            parent_key=None,
            create_answers_id=True,
            modified_key="modify_time",
            created_key="create_time",
        ),
        "adgroup": Binding(
            kind="adgroup",
            rows=ADGROUP,
            list_path="adgroup/get/",
            create_path="adgroup/create/",
            id_key="adgroup_id",
            name_field="adgroup_name",
            parent_key="campaign_id",
            create_answers_id=False,
            created_key="create_time",
            next_step=_BY_HAND.format(kind="ad group"),
        ),
        "ad": Binding(
            kind="ad",
            rows=AD,
            list_path="ad/get/",
            create_path="ad/create/",
            id_key="ad_id",
            name_field="ad_name",
            parent_key="adgroup_id",
            create_answers_id=False,
            rate="ad_create",
            next_step=_BY_HAND.format(kind="ad"),
        ),
    },
    refused={("adgroup", "status"): _NO_STATUS, ("ad", "status"): _NO_STATUS, ("ad", "video"): _NO_VIDEO},
    other_values={
        ("objective_type", "WEB_CONVERSIONS"): "CONVERSIONS",
        ("objective_type", "PRODUCT_SALES"): "CATALOG_SALES",
        ("objective_type", "RF_REACH"): "REACH",
        ("budget_mode", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"): "BUDGET_MODE_DAY",
        ("budget_mode", "BUDGET_MODE_INFINITE"): "BUDGET_MODE_DAY or BUDGET_MODE_TOTAL",
    },
    filters=_filters,
)
