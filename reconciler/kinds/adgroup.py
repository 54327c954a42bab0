"""AdGroup: where and to whom the ads of a campaign are shown."""

from __future__ import annotations

from typing import Annotated, Literal

from reconciler.kinds.document import Manifest, Spec, unset
from reconciler.kinds.fields import ApiName, Money, Name, Reference


class AdGroupSpec(Spec):
    """Fields of an ad group, under the API's own names."""

    campaign: Annotated[Name, Reference("campaign")]
    """The name of the manifest of its campaign. Fixed after creation."""
    adgroup_name: ApiName = unset()
    """The name shown in Ads Manager. Unset: the manifest's name, used at creation and never compared."""
    placement_type: Literal["PLACEMENT_TYPE_AUTOMATIC", "PLACEMENT_TYPE_NORMAL"]
    """Whether the platform picks the placements."""
    budget_mode: Literal["BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"] = unset()
    """Whether `budget` is spent per day or over the whole life."""
    budget: Money = unset()
    """The amount in the account's currency."""


class AdGroupManifest(Manifest):
    """An ad group that should exist."""

    kind: Literal["AdGroup"]
    """AdGroup."""
    spec: AdGroupSpec
    """The ad group's fields."""
