"""Campaign: the budget and the objective that ad groups share."""

from __future__ import annotations

from typing import Literal

from reconciler.kinds.document import Manifest, Spec, unset
from reconciler.kinds.fields import ApiName, Money


class CampaignSpec(Spec):
    """Fields of a campaign, under the API's own names."""

    campaign_name: ApiName = unset()
    """The name shown in Ads Manager. Unset: the manifest's name, used at creation and never compared."""
    objective_type: Literal[
        "REACH",
        "TRAFFIC",
        "APP_PROMOTION",
        "LEAD_GENERATION",
        "ENGAGEMENT",
        "VIDEO_VIEWS",
        "CONVERSIONS",
        "CATALOG_SALES",
    ]
    """What the campaign is for. Fixed after creation."""
    budget_mode: Literal["BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"]
    """Whether `budget` is spent per day or over the whole life. Fixed after creation."""
    budget: Money = unset()
    """The amount in the account's currency."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Unset: born DISABLED, then left alone."""


class CampaignManifest(Manifest):
    """A campaign that should exist."""

    kind: Literal["Campaign"]
    """Campaign."""
    spec: CampaignSpec
    """The campaign's fields."""
