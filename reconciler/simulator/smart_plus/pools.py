"""Texts, calls to action, pages and the configuration of a Smart+ ad: what goes with what, and the defaults (1.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from reconciler.simulator.failure import BAD_PARAMETER, ApiFailure
from reconciler.simulator.marketing.readback import campaign_of
from reconciler.simulator.marketing.shapes import MISSING, wrong
from reconciler.simulator.rules import Call
from reconciler.simulator.smart_plus.creatives import Item, is_spark, on_tiktok
from reconciler.simulator.smart_plus.shapes import LEAVES
from reconciler.simulator.smart_plus.words import ENHANCEMENTS
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

ONE_URL = "landing_page_url_list: maximum number of items is 1"


def defaults(call: Call) -> dict[str, Json]:
    """What stands in a configuration where nothing was sent; three of them depend on the account (0.1, 8; 1.3)."""
    allowlisted = call.settings.sp_defaults_allowlisted
    return {
        "dark_post_status": "ON" if call.settings.sp_dark_post_default else "OFF",
        "creative_auto_add_toggle": allowlisted,
        "creative_auto_enhancement_strategy_list": list(ENHANCEMENTS) if allowlisted else [],
        "product_info_enabled": "UNSET",
    }


def configured(call: Call, told: Mapping[str, Json]) -> dict[str, Json]:
    """The configuration of a new ad."""
    return {**defaults(call), **told}


def reconfigured(call: Call, row: Row, told: Mapping[str, Json]) -> dict[str, Json]:
    """The configuration after an update (4): what is missing stays, or goes back to its default: `sp_scalar_update`.

    utm_params is a list: one that is not sent stays either way, one that is sent is the new one, or is added.
    """
    before: dict[str, Json] = row.fields.get("ad_configuration") or {}
    kept = before
    if call.settings.sp_scalar_update == "replace":
        untouched = {name: value for name, value in before.items() if name == "utm_params" or name not in LEAVES}
        kept = {**defaults(call), **untouched}
    sent = dict(told)
    if "utm_params" in sent and call.settings.sp_list_update == "merge":
        old: list[Json] = before.get("utm_params") or []
        sent["utm_params"] = [*old, *(one for one in sent["utm_params"] if one not in old)]
    return {**kept, **sent}


def kept(told: Mapping[str, Any], items: Sequence[Item]) -> dict[str, Any]:
    """What of an ad's pools is kept: an ad of posts alone has no texts (1.3, 6)."""
    return {**told, "ad_text_list": []} if only_posts(items) else dict(told)


def only_posts(items: Sequence[Item]) -> bool:
    """Whether every creative is a post."""
    return all("tiktok_item_id" in one["creative_info"] for one in items)


def check(call: Call, adgroup: Row, told: Mapping[str, Any], items: Sequence[Item]) -> None:
    """ApiFailure for pools that cannot go together. What an operator has loaded may lack anything."""
    if not items:
        raise wrong("creative_list", MISSING)
    if not told.get("ad_text_list") and not only_posts(items):
        raise wrong("ad_text_list", MISSING)
    _check_pages(call, adgroup, told)
    _check_calls_to_action(call, adgroup, told, items)


def _check_pages(call: Call, adgroup: Row, told: Mapping[str, Any]) -> None:
    urls, pages = told.get("landing_page_url_list") or [], told.get("page_list") or []
    if len(urls) > 1:
        raise ApiFailure(BAD_PARAMETER, ONE_URL)
    for one in urls:
        if not _is_url(one["landing_page_url"]):
            raise wrong("landing_page_url_list.0.landing_page_url", "must be a URL with http or https")
    target, website = adgroup.fields.get("promotion_target_type"), adgroup.fields.get("promotion_type") == "WEBSITE"
    if (website or target == "EXTERNAL_WEBSITE") and not urls:
        raise wrong("landing_page_url_list", MISSING)
    if target == "INSTANT_PAGE" and not pages:
        raise wrong("page_list", MISSING)
    web = campaign_of(call, adgroup).fields.get("objective_type") == "WEB_CONVERSIONS"
    for name, value in (("page_list", pages), ("interactive_add_on_list", told.get("interactive_add_on_list"))):
        if web and value:
            raise wrong(name, "is not allowed with WEB_CONVERSIONS")


def _check_calls_to_action(call: Call, adgroup: Row, told: Mapping[str, Any], items: Sequence[Item]) -> None:
    """On TikTok the calls to action are a portfolio, by its id: always for leads, else under an identity of TikTok."""
    leads = campaign_of(call, adgroup).fields.get("objective_type") == "LEAD_GENERATION"
    spark = any(is_spark(one["creative_info"]) for one in items)
    if not on_tiktok(adgroup) or not (leads or spark):
        return
    if told.get("call_to_action_list"):
        raise wrong("call_to_action_list", "is not supported on TikTok placements here; use call_to_action_id")
    if not (told.get("ad_configuration") or {}).get("call_to_action_id"):
        raise wrong("ad_configuration.call_to_action_id", MISSING)


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        return False
