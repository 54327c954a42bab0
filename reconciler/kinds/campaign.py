"""Campaign: the budget and the objective that ad groups share.

The fields of both contracts; which of them a contract takes, and which values, is the contract's to say.
"""

from __future__ import annotations

from typing import Annotated, Literal

from reconciler.kinds.document import Manifest, Spec, unset
from reconciler.kinds.fields import ApiName, Boolean, Id, Money, Several, Text, Unordered


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
        "WEB_CONVERSIONS",
        "PRODUCT_SALES",
        "RF_REACH",
    ]
    """What the campaign is for. Fixed after creation. CONVERSIONS and CATALOG_SALES are of contract openapi,
    WEB_CONVERSIONS, PRODUCT_SALES and RF_REACH of contract marketing."""
    budget_mode: Literal[
        "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_INFINITE"
    ]
    """Whether `budget` is spent per day or over the whole life. Fixed after creation. The last two are of contract
    marketing; with BUDGET_MODE_INFINITE the ad groups' budgets count and the campaign has none."""
    budget: Money = unset()
    """The amount in the account's currency."""
    budget_optimize_on: Boolean = unset()
    """Marketing: the budget is shared among the ad groups. Sent as false when unset; fixed after creation."""
    app_promotion_type: Literal["APP_INSTALL", "APP_RETARGETING", "APP_PREREGISTRATION", "APP_POSTS_PROMOTION"] = (
        unset()
    )
    """Marketing, with APP_PROMOTION. Fixed after creation."""
    app_id: Id = unset()
    """Marketing: the promoted app. Fixed after creation."""
    special_industries: Annotated[list[Literal["HOUSING", "EMPLOYMENT", "CREDIT"]], Several, Unordered()] = unset()
    """Marketing: industries with special rules. After creation they can only be cleared."""
    campaign_type: Literal["REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"] = unset()
    """Marketing. Fixed after creation."""
    po_number: Text = unset()
    """Marketing: the purchase order named on the invoice."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Unset: born DISABLED, then left alone."""


class CampaignManifest(Manifest):
    """A campaign that should exist."""

    kind: Literal["Campaign"]
    """Campaign."""
    spec: CampaignSpec
    """The campaign's fields."""
