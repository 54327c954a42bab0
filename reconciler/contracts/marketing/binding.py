"""The contract of the Marketing API v1.3 as it runs in production.

Source of every fact: the fact sheet of that API, sections 1.1 to 1.3 (calls and fields), 3.7 (what is fixed after
creation), 4 (where it differs from the OpenAPI document), 5 (query encoding), 9 (how values come back).

Creates carry no request_id: it would switch the guard of names off, which is what keeps a lost create from being made
twice. A status is set by a call of its own; creates say DISABLE, because the platform's default is ENABLE.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.contracts.contract import Binding, Contract
from reconciler.contracts.marketing.rows import ad_row, adgroup_row, campaign_row, is_smart
from reconciler.contracts.marketing.rules import broken
from reconciler.model import Fields

_CAMPAIGN = frozenset((
    "campaign_name", "objective_type", "budget_mode", "budget", "budget_optimize_on", "app_promotion_type", "app_id",
    "special_industries", "campaign_type", "po_number", "status",
))  # fmt: skip
_GROUP_FIXED = frozenset((
    "placement_type", "placements", "promotion_type", "app_id", "pixel_id", "optimization_event", "optimization_goal",
    "billing_event", "budget_mode", "click_attribution_window", "view_attribution_window", "video_download_disabled",
    "identity_type", "identity_id",
))  # fmt: skip
_GROUP_SENT = frozenset((
    "adgroup_name", "budget", "pacing", "schedule_end_time", "bid_price", "conversion_bid_price", "dayparting",
    "location_ids", "zipcode_ids", "age_groups", "gender", "languages", "operating_systems", "interest_category_ids",
    "audiences", "excluded_audiences", "frequency", "frequency_schedule", "comment_disabled", "share_disabled",
    "brand_safety_type",
))  # fmt: skip
# What no spec of ours names, but what an update that replaces would set back.
_GROUP_CARRIED = frozenset((
    "network_types", "device_model_ids", "interest_keyword_ids", "actions", "saved_audience_id", "spending_power",
    "household_income", "contextual_tag_ids", "category_exclusion_ids", "device_price_ranges", "min_android_version",
    "min_ios_version", "search_result_enabled", "is_hfss", "inventory_filter_enabled", "deep_bid_type", "deep_cpa_bid",
    "roas_bid",
))  # fmt: skip
_GROUP_CHANGED = _GROUP_SENT | _GROUP_CARRIED | {"schedule_type", "schedule_start_time", "bid_type", "status"}
_PATCH = frozenset((
    "ad_name", "identity_id", "identity_type", "identity_authorized_bc_id", "video", "image_ids", "music_id",
    "tiktok_item_id", "ad_text",
))  # fmt: skip
_AD = frozenset((
    "ad_name", "ad_format", "identity_type", "identity_id", "identity_authorized_bc_id", "video", "image_ids",
    "tiktok_item_id", "ad_text", "call_to_action", "call_to_action_id", "landing_page_url", "display_name", "app_name",
    "utm_params", "tracking_pixel_id", "aigc_disclosure_type",
))  # fmt: skip
_AD_CARRIED = frozenset((
    "music_id", "ad_texts", "page_id", "dark_post_status", "promotional_music_disabled", "item_duet_status",
    "item_stitch_status", "creative_type", "landing_page_urls", "deeplink", "deeplink_type", "tracking_app_id",
    "tracking_offline_event_set_ids", "impression_tracking_url", "click_tracking_url", "video_view_tracking_url",
    "card_id", "disclaimer_type", "disclaimer_text", "disclaimer_clickable_texts", "playable_url", "vast_moat_enabled",
    "avatar_icon_web_uri",
))  # fmt: skip
_NUMBERED = ("tracking_pixel_id", "page_id")
_RENAMED = {"audiences": "audience_ids", "excluded_audiences": "excluded_audience_ids", "video": "video_id"}


def _wire(fields: Fields) -> Fields:
    """Our names → the platform's; the two ids that are numbers there become such."""
    body: dict[str, Any] = {_RENAMED.get(name, name): value for name, value in fields.items()}
    for name in _NUMBERED:
        if isinstance(body.get(name), str) and body[name].isdigit():
            body[name] = int(body[name])
    return body


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
            list_path="campaign/get/",
            create_path="campaign/create/",
            update_path="campaign/update/",
            status_path="campaign/status/update/",
            id_key="campaign_id",
            name_field="campaign_name",
            parent_key=None,
            create_answers_id=True,
            born_paused=True,
            fields=_CAMPAIGN,
            readable=frozenset({"status"}),
            shown=_CAMPAIGN - {"status"},
            unordered=frozenset({"special_industries"}),
            money=frozenset({"budget"}),
            updatable=frozenset({"campaign_name", "budget", "special_industries", "po_number", "status"}),
            clearable=frozenset({"special_industries"}),
            # The platform's own default differs from one source to the next.
            at_birth={"budget_optimize_on": False},
            modified_key="modify_time",
            created_key="create_time",
            decode=campaign_row,
        ),
        "adgroup": Binding(
            list_path="adgroup/get/",
            create_path="adgroup/create/",
            update_path="adgroup/update/",
            status_path="adgroup/status/update/",
            id_key="adgroup_id",
            name_field="adgroup_name",
            parent_key="campaign_id",
            create_answers_id=True,
            born_paused=True,
            fields=_GROUP_FIXED | _GROUP_CHANGED - _GROUP_CARRIED,
            required=("billing_event", "optimization_goal", "schedule_type", "schedule_start_time"),
            readable=frozenset({"status"}),
            shown=_GROUP_FIXED | _GROUP_CHANGED - {"status"},
            unordered=frozenset(
                (
                    "placements",
                    "location_ids",
                    "zipcode_ids",
                    "age_groups",
                    "languages",
                    "operating_systems",
                    "interest_category_ids",
                    "audiences",
                    "excluded_audiences",
                )
            ),
            money=frozenset({"budget", "bid_price", "conversion_bid_price"}),
            updatable=_GROUP_CHANGED,
            resent=_GROUP_SENT | _GROUP_CARRIED,
            modified_key="modify_time",
            created_key="create_time",
            encode=_wire,
            decode=adgroup_row,
        ),
        "ad": Binding(
            list_path="ad/get/",
            create_path="ad/create/",
            update_path="ad/update/",
            status_path="ad/status/update/",
            id_key="ad_id",
            name_field="ad_name",
            parent_key="adgroup_id",
            create_answers_id=True,
            born_paused=True,
            fields=_AD | {"status"},
            required=("identity_type", "identity_id"),
            readable=frozenset({"status"}),
            shown=_AD | _AD_CARRIED,
            unordered=frozenset({"utm_params"}),
            money=frozenset(),
            updatable=_AD | _AD_CARRIED | {"status"},
            resent=_AD | _AD_CARRIED,
            patchable=_PATCH,
            stuck={"ad_format": "CAROUSEL_ADS"},
            open_ended=True,
            nested="creatives",
            modified_key="modify_time",
            created_key="create_time",
            rate="ad_create",
            encode=_wire,
            decode=ad_row,
        ),
    },
    refused={},
    other_values={
        ("objective_type", "CONVERSIONS"): "WEB_CONVERSIONS",
        ("objective_type", "CATALOG_SALES"): "PRODUCT_SALES",
    },
    filters=_filters,
    rules=broken,
    agreed=_agreed,
    overruled=_overruled,
    wire_names=frozenset(_RENAMED.values()),
    status_field="operation_status",
    foreign=is_smart,
)
