"""Who an ad may come from: which identity works for which ad, and where.

Source: the fact sheet of the Marketing API, 0.1 (8a: custom identities since January 2026) and 1.3 (identities of a
creative). An ad that exists stays as it is and can be edited; the rules marked `only_new` are about new ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.contracts.contract import Broken
from reconciler.kinds.fields import Sought
from reconciler.model import Fields

UNSET = "UNSET"
"""What a listing shows of an ad that has no identity."""
CUSTOM = "CUSTOMIZED_USER"
TIKTOK = frozenset({"TT_USER", "BC_AUTH_TT", "AUTH_CODE"})
"""Identities that are TikTok accounts: ads under them are Spark Ads."""
_SHOP = frozenset({"VIDEO_SHOPPING", "LIVE_SHOPPING", "PSA_PRODUCT", "TIKTOK_SHOP"})
_CATALOG = ("catalog_id", "product_source", "shopping_ads_type", "store_id")
_WORKS = (
    "TT_USER works there, and BC_AUTH_TT with identity_authorized_bc_id (AUTH_CODE with a tiktok_item_id); "
    "CUSTOMIZED_USER works where `placements` leave PLACEMENT_TIKTOK out"
)


def broken(fields: Fields, adgroup: Fields) -> Iterator[Broken]:
    """What is wrong with an ad's identity. `adgroup`: its ad group's fields, empty where they are not known."""
    kind = fields["identity_type"]
    if isinstance(kind, Sought):
        # Looked up by a plan, which asks again.
        return
    if kind == UNSET:
        text = "`identity_type`: UNSET is what old ads without an identity show; a new ad needs one"
        yield Broken("identity_type", text, "write TT_USER or BC_AUTH_TT", "R218", only_new=True)
        return
    if "identity_id" not in fields:
        yield Broken("identity_id", f"`identity_id` is missing: {kind} needs it", "add `identity_id:` here", "R202")
    if kind == "BC_AUTH_TT" and "identity_authorized_bc_id" not in fields:
        text = "`identity_authorized_bc_id` is missing: BC_AUTH_TT needs it"
        yield Broken("identity_authorized_bc_id", text, "add `identity_authorized_bc_id:` here", "R202")
    if kind != CUSTOM:
        return
    if "tiktok_item_id" in fields:
        text = "`tiktok_item_id`: a post belongs to a TikTok account, not to CUSTOMIZED_USER"
        yield Broken("tiktok_item_id", text, "write identity_type: TT_USER, AUTH_CODE or BC_AUTH_TT")
    elif shown_on_tiktok(adgroup) and not _exempt(adgroup):
        text = "`identity_type`: CUSTOMIZED_USER is refused for new ads on TikTok, automatic placement included"
        yield Broken("identity_type", text, _WORKS, "R218", only_new=True)


def shown_on_tiktok(adgroup: Fields) -> bool:
    """Whether TikTok is among the placements: chosen, or left to the platform."""
    if adgroup.get("placement_type") == "PLACEMENT_TYPE_AUTOMATIC":
        return True
    return "PLACEMENT_TIKTOK" in adgroup.get("placements", ())


def _exempt(adgroup: Fields) -> bool:
    """Catalogs, shops and Smart Creative may still use a custom identity."""
    return (
        adgroup.get("promotion_type") in _SHOP
        or adgroup.get("creative_material_mode", "CUSTOM") != "CUSTOM"
        or any(adgroup.get(name) not in (None, UNSET) for name in _CATALOG)
    )
