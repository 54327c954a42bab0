"""`targeting_spec` of an ad group: to whom Smart+ shows its ads. Source: the fact sheet smart_plus, 1.2."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema

from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import (
    Boolean,
    ByName,
    Id,
    Ids,
    LocationIds,
    Several,
    Text,
    Texts,
    Unordered,
    Word,
    Words,
    fail,
    loose,
)


def _objects(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise fail("R215", "a list of mappings is expected here", "write them as the API has them")
    return tuple(loose(one) for one in value)


Objects = Annotated[
    tuple[Any, ...],
    PlainValidator(_objects),
    WithJsonSchema({"type": "array", "items": {"type": "object"}}),
]
"""Mappings as the API has them."""


class TargetingSpec(Strict):
    """Which of these count depends on `targeting_optimization_mode` and `suggestion_audience_enabled`; one that does
    not is an error here, for the platform drops it without a word."""

    location_ids: LocationIds = unset()
    """Regions by id; required, at most 3,000. What targets the United States keeps doing so."""
    spc_audience_age: Literal["ALL", "OVER_EIGHTEEN", "OVER_TWENTY_FIVE"] = unset()
    """The least age, with AUTOMATIC. Unset: OVER_EIGHTEEN."""
    languages: Texts = unset()
    """Codes, such as en or "no"."""
    operating_systems: Annotated[list[Literal["ANDROID", "IOS"]], Several, Unordered()] = unset()
    """One of them; for apps the platform sets it."""
    audiences: Annotated[Texts, ByName("audiences")] = unset()
    """Custom audiences to show the ads to: names, or ids in quotes."""
    excluded_audiences: Annotated[Texts, ByName("audiences")] = unset()
    """Custom audiences not to show the ads to: names, or ids in quotes."""
    age_groups: Annotated[
        list[Literal["AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100"]],
        Several,
        Unordered(),
    ] = unset()
    """Ages; AGE_13_17 only with APP_PROMOTION."""
    gender: Literal["GENDER_UNLIMITED", "GENDER_MALE", "GENDER_FEMALE"] = unset()
    """Unset: everybody."""
    interest_category_ids: Ids = unset()
    """Interests by id."""
    interest_keyword_ids: Ids = unset()
    """Interests by the id of a keyword."""
    purchase_intention_keyword_ids: Ids = unset()
    """Intentions to buy, by the id of a keyword; with AUTOMATIC and hints only."""
    actions: Objects = unset()
    """What people did, as the API has it."""
    smart_interest_behavior_enabled: Boolean = unset()
    """Whether TikTok widens interests and actions, with MANUAL."""
    smart_audience_enabled: Boolean = unset()
    """Whether TikTok widens the audiences, with MANUAL."""
    spending_power: Word = unset()
    """ALL or HIGH, with MANUAL."""
    household_income: Words = unset()
    """TOP5, TOP10, TOP10_25, TOP25_50; with MANUAL."""
    min_android_version: Text = unset()
    """With MANUAL."""
    min_ios_version: Text = unset()
    """With MANUAL."""
    device_model_ids: Ids = unset()
    """With MANUAL; these or `device_price_ranges`."""
    device_price_ranges: Objects = unset()
    """With MANUAL, as the API has them."""
    network_types: Annotated[list[Literal["WIFI", "2G", "3G", "4G", "5G"]], Several, Unordered()] = unset()
    """With MANUAL."""
    carrier_ids: Ids = unset()
    """With MANUAL."""
    isp_ids: Ids = unset()
    """With MANUAL."""
    saved_audience_id: Id = unset()
    """A saved audience, with MANUAL; it wins over what contradicts it."""
    included_pangle_audience_package_ids: Ids = unset()
    """With MANUAL."""
    excluded_pangle_audience_package_ids: Ids = unset()
    """With MANUAL."""
