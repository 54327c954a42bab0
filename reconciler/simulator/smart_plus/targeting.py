"""`targeting_spec` of an ad group: which leaves count, and how it comes back (1.2, 6).

A leaf that does not fit the mode is dropped without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.simulator.marketing.shapes import MISSING, anything, flag, ids, one_id, text, texts, wrong
from reconciler.simulator.marketing.words import AGES, GENDERS
from reconciler.simulator.rules import Field, Type
from reconciler.simulator.smart_plus.words import US
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

AUTOMATIC, MANUAL = "AUTOMATIC", "MANUAL"
MOST_PLACES = 3000
LEAVES = (
    ids("location_ids", most=MOST_PLACES, least=0),
    ids("zipcode_ids", most=MOST_PLACES, least=0),
    # The page prints 18+ and 25+, its examples and the gateway take these words.
    text("spc_audience_age", "ALL", "OVER_EIGHTEEN", "OVER_TWENTY_FIVE"),
    texts("languages"),
    texts("operating_systems", "ANDROID", "IOS", most=1),
    ids("excluded_audience_ids", least=0),
    texts("age_groups", *AGES),
    text("gender", *GENDERS),
    ids("audience_ids", least=0),
    ids("interest_category_ids", least=0),
    ids("interest_keyword_ids", least=0),
    ids("purchase_intention_keyword_ids", least=0),
    Field("actions", Type.OBJECTS, least=0, fields=anything(
        "action_scene", "action_period", "video_user_actions", "action_category_ids",
    )),
    flag("smart_interest_behavior_enabled"),
    flag("smart_audience_enabled"),
    text("spending_power"),
    texts("household_income", "TOP5", "TOP10", "TOP10_25", "TOP25_50"),
    texts("network_types", "WIFI", "2G", "3G", "4G", "5G"),
    ids("device_model_ids", least=0),
    ids("carrier_ids", least=0),
    ids("isp_ids", least=0),
    one_id("saved_audience_id"),
    *anything(
        "min_android_version", "min_ios_version", "device_price_ranges", "included_pangle_audience_package_ids",
        "excluded_pangle_audience_package_ids",
    ),
)  # fmt: skip
TO_APPS = text("app_targeting_type", "PROSPECT", "RETARGETING")
"""Only for sales_destination APP, and not in an update."""
TO_WEB_AND_APP = anything(
    "shopping_ads_retargeting_type", "shopping_ads_retargeting_actions_days",
    "shopping_ads_retargeting_custom_audience_relation",
)  # fmt: skip
_ALWAYS = frozenset(("location_ids", "zipcode_ids", "languages", "operating_systems", "excluded_audience_ids"))
_HINTS = frozenset((
    "age_groups", "gender", "audience_ids", "interest_category_ids", "interest_keyword_ids",
    "purchase_intention_keyword_ids", "actions",
))  # fmt: skip
_BY_HAND = frozenset(one.name for one in LEAVES) - {"spc_audience_age", "purchase_intention_keyword_ids"}
_OTHERS = frozenset(one.name for one in (TO_APPS, *TO_WEB_AND_APP))
_SHOWN_AUTOMATIC: dict[str, Json] = {
    "spc_audience_age": "OVER_EIGHTEEN",
    "age_groups": list(AGES[1:]),
    "gender": "GENDER_UNLIMITED",
    "spending_power": "ALL",
}


def fitting(told: Mapping[str, Any]) -> frozenset[str]:
    """The leaves that count in an ad group like this."""
    if told.get("targeting_optimization_mode", AUTOMATIC) == MANUAL:
        return _BY_HAND | _OTHERS
    hints = _HINTS if told.get("suggestion_audience_enabled") is True else frozenset()
    return _ALWAYS | {"spc_audience_age"} | hints | _OTHERS


def fitted(told: Mapping[str, Any]) -> dict[str, Json]:
    """The targeting of an ad group that would be, without the leaves that its mode ignores."""
    fits = fitting(told)
    spec = {name: value for name, value in told.get("targeting_spec", {}).items() if name in fits and value is not None}
    if told.get("promotion_type") in ("APP_ANDROID", "APP_IOS"):
        # The server sets it.
        spec["operating_systems"] = [str(told["promotion_type"]).removeprefix("APP_")]
    return spec


def check(spec: Mapping[str, Any], campaign: Mapping[str, Json], before: Mapping[str, Any]) -> None:
    """ApiFailure for a targeting that cannot be; `before` is the one it replaces."""
    travel = campaign.get("catalog_type") == "TRAVEL_ENTERTAINMENT"
    if spec.get("zipcode_ids") and not travel:
        raise wrong("targeting_spec.zipcode_ids", "is supported for travel catalogs only")
    places = [*spec.get("location_ids", ()), *spec.get("zipcode_ids", ())]
    if not places:
        raise wrong("targeting_spec.location_ids", MISSING)
    if len(places) > MOST_PLACES:
        raise wrong("targeting_spec.location_ids", f"and zipcode_ids together must not hold more than {MOST_PLACES}")
    if US in before.get("location_ids", ()) and US not in spec.get("location_ids", ()):
        raise wrong("targeting_spec.location_ids", "of an ad group in the US must keep the US")
    if "AGE_13_17" in spec.get("age_groups", ()) and campaign.get("objective_type") != "APP_PROMOTION":
        raise wrong("targeting_spec.age_groups", "AGE_13_17 goes with APP_PROMOTION only")
    if spec.get("device_model_ids") and spec.get("device_price_ranges"):
        raise wrong("targeting_spec.device_model_ids", "does not go with device_price_ranges")
    destination = campaign.get("sales_destination")
    if "app_targeting_type" in spec and destination != "APP":
        raise wrong("targeting_spec.app_targeting_type", "goes with sales_destination APP only")
    if any(one.name in spec for one in TO_WEB_AND_APP) and destination != "WEB_AND_APP":
        raise wrong(f"targeting_spec.{TO_WEB_AND_APP[0].name}", "goes with sales_destination WEB_AND_APP only")


def shown(row: Row) -> dict[str, Json]:
    """The targeting as it comes back; an automatic one with values nobody sent (6)."""
    spec: dict[str, Json] = row.fields.get("targeting_spec") or {}
    fits = fitting(row.fields)
    told = {name: value for name, value in spec.items() if name in fits}
    if row.fields.get("targeting_optimization_mode", AUTOMATIC) == MANUAL:
        return told
    return {**_SHOWN_AUTOMATIC, **told}
