"""Campaign: the budget and the objective that ad groups share.

The fields of every contract; which of them a contract takes, and which values, is the contract's to say.
"""

from __future__ import annotations

from typing import Annotated, Literal

from reconciler.kinds.document import ObjectManifest, Spec, unset
from reconciler.kinds.fields import ApiName, Boolean, ByName, Id, Money, Several, Text, Unordered


class CampaignSpec(Spec):
    """Fields of a campaign, under the API's own names."""

    campaign_name: ApiName = unset()
    """The name in Ads Manager, at most 512 characters. Unset: the manifest's name, used at creation and never
    compared."""
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
    """What the campaign is for. CONVERSIONS and CATALOG_SALES are of `openapi`; `marketing` calls them WEB_CONVERSIONS
    and PRODUCT_SALES, and has RF_REACH. `smart_plus` has WEB_CONVERSIONS, LEAD_GENERATION and APP_PROMOTION."""
    budget_mode: Literal[
        "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_INFINITE"
    ]
    """Whether `budget` is spent per day or over the whole life. `openapi` lacks the last two: a day on average, and no
    budget at all, because the ad groups' budgets count."""
    budget: Money = unset()
    """The amount in the account's currency. But in `openapi` required, with BUDGET_MODE_INFINITE an error."""
    budget_optimize_on: Boolean = unset()
    """Whether the ad groups share the campaign's budget. Unset in `marketing`: false. Required in `smart_plus`, where
    the platform's own default is true."""
    sales_destination: Literal["WEBSITE"] = unset()
    """Where people buy. Only in `smart_plus`; required with WEB_CONVERSIONS."""
    app_promotion_type: Literal["APP_INSTALL", "APP_RETARGETING", "APP_PREREGISTRATION", "APP_POSTS_PROMOTION"] = (
        unset()
    )
    """Required with APP_PROMOTION."""
    app_id: Id = unset()
    """The promoted app, by its id, or `app`; required with IOS14_CAMPAIGN."""
    app: Annotated[Text, ByName("apps", "app_id")] = unset()
    """The app by its name in the account, instead of `app_id`."""
    special_industries: Annotated[list[Literal["HOUSING", "EMPLOYMENT", "CREDIT"]], Several, Unordered()] = unset()
    """Industries with special rules. After creation they can only be cleared, with `[]`."""
    campaign_type: Literal["REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"] = unset()
    """Whether it is one for iOS 14 and later."""
    po_number: Text = unset()
    """The purchase order named on the invoice."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Unset: born paused, then left alone."""


class CampaignManifest(ObjectManifest):
    """A campaign that should exist."""

    kind: Literal["Campaign"]
    """Campaign."""
    spec: CampaignSpec
    """The campaign's fields."""
