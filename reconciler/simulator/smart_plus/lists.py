"""Lists of Smart+ campaigns, ad groups and ads: no manual object is in them (1.1 to 1.3, 5).

Where primary_status has no stated default, that of ad groups is taken: nothing deleted. So is the order of the manual
lists, which nobody states here (10, 7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.simulator.answers import page_info, size_of
from reconciler.simulator.kinds import ADGROUP, CAMPAIGN, SMART_AD, Kind
from reconciler.simulator.marketing.lists import PRIMARY, TESTS, Test, asked_of, page_of
from reconciler.simulator.marketing.readback import campaign_of
from reconciler.simulator.marketing.shapes import (
    FIELDS,
    IDS_A_FILTER,
    OWNER,
    PAGE,
    count,
    endpoint,
    ids,
    moment,
    text,
    wrong,
)
from reconciler.simulator.rules import Call, Endpoint, Field, Type
from reconciler.simulator.smart_plus.access import is_smart
from reconciler.simulator.smart_plus.readback import AD_FIELDS, ADGROUP_FIELDS, CAMPAIGN_FIELDS, wire
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

MOST, MOST_ADS = 1000, 100
_PROMOTED = {"APP": ("APP_ANDROID", "APP_IOS"), "INSTANT_FORM": ("LEAD_GENERATION",)}
"""What a word of the promotion filter stands for, where that is not itself (1.2)."""


def _promotion(call: Call, row: Row, wanted: Json) -> bool:
    promotion = row.fields.get("promotion_type")
    if wanted == "INSTANT_FORM" and row.fields.get("promotion_target_type") != "INSTANT_PAGE":
        return False
    return promotion in _PROMOTED.get(str(wanted), (wanted,))


def _of_campaign(name: str) -> Test:
    return lambda call, row, wanted: bool(campaign_of(call, row).fields.get(name) == wanted)


def _goal(call: Call, row: Row, wanted: Json) -> bool:
    group = row if row.kind is ADGROUP else call.world.row(row.parent or "")
    return bool(group.fields.get("optimization_goal") == wanted)


HERE: Mapping[str, Test] = {
    **TESTS,
    "family": lambda call, row, wanted: is_smart(call, row),
    "sales_destination": _of_campaign("sales_destination"),
    "promotion_type": _promotion,
    "optimization_goal": _goal,
}
_STATE = ("operation_status", "secondary_status")
_HEAD = ("advertiser_id", "campaign_id", "campaign_name", "create_time", "modify_time")
NAMES: dict[str, tuple[str, ...]] = {
    CAMPAIGN.word: (*_HEAD, *CAMPAIGN_FIELDS, *_STATE),
    ADGROUP.word: (*_HEAD, "adgroup_id", "adgroup_name", *ADGROUP_FIELDS, *_STATE),
    SMART_AD.word: (
        *_HEAD, "adgroup_id", "adgroup_name", "smart_plus_ad_id", "ad_name", *AD_FIELDS, "creative_list", *_STATE,
    ),
}  # fmt: skip
"""What `fields` may name."""


def _list(kind: Kind) -> Callable[[Call], Json]:
    def handler(call: Call) -> Json:
        wanted = call.params.get("fields")
        _check_fields(call, kind, wanted or [])
        page, size = call.params.get("page", 1), size_of(call)
        asked = {**asked_of(call), "family": True}
        rows, total = page_of(call, kind, asked, (page - 1) * size, size, HERE)
        return {"list": [wire(call, row, wanted) for row in rows], "page_info": page_info(page, size, total)}

    return handler


def _check_fields(call: Call, kind: Kind, wanted: list[str]) -> None:
    """ApiFailure for the first name that `fields` does not take, with those it takes (2)."""
    known = NAMES[kind.word]
    if kind is ADGROUP and call.settings.sp_adgroup_fields_status == "refuse":
        # They are not in the page's table, and somebody says that they are not taken (1.2).
        known = tuple(name for name in known if name not in _STATE)
    for place, name in enumerate(wanted):
        if name not in known:
            raise wrong(f"fields.{place}", f"must be one of {', '.join(known)}")


def _get(kind: Kind, path: str, most: int, *own: Field) -> Endpoint:
    shared = (
        ids("campaign_ids", most=IDS_A_FILTER),
        text("primary_status", *PRIMARY),
        text("secondary_status"),
        text("objective_type"),
        text("sales_destination"),
        moment("creation_filter_start_time"),
        moment("creation_filter_end_time"),
    )
    filtering = Field("filtering", Type.OBJECT, fields=(*shared, *own))
    return endpoint("GET", path, (OWNER, FIELDS, filtering, PAGE, count("page_size", most=most)), _list(kind))


_GROUPS = ids("adgroup_ids", most=IDS_A_FILTER)
ENDPOINTS = (
    _get(CAMPAIGN, "smart_plus/campaign/get/", MOST, text("campaign_name")),
    _get(
        ADGROUP,
        "smart_plus/adgroup/get/",
        MOST,
        _GROUPS,
        text("adgroup_name"),
        text("promotion_type"),
        text("optimization_goal"),
    ),
    # No filter by name here (1.3).
    _get(
        SMART_AD,
        "smart_plus/ad/get/",
        MOST_ADS,
        _GROUPS,
        ids("smart_plus_ad_ids", most=IDS_A_FILTER),
        text("optimization_goal"),
        moment("modified_after"),
    ),
)
