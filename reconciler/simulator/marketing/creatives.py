"""What a creative may hold and what it needs: identity, video, cover, page (fact sheet, 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from reconciler.simulator.failure import BAD_PARAMETER, TRANSCODING, UNUSABLE_VIDEO, ApiFailure
from reconciler.simulator.library import IDENTITY as IDENTITIES
from reconciler.simulator.library import VIDEO, Asset, shape
from reconciler.simulator.marketing.shapes import MISSING, anything, flag, text, texts, title, whole, wrong
from reconciler.simulator.marketing.words import ACTIONS, AD_FORMATS, CUSTOM, IDENTITY_TYPES, NO_IDENTITY, SHOPS, SPARK
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.world import Row

NO_COVER = "You must upload an image"
IDENTITY = (text("identity_type", required=True), text("identity_id", required=True))
BODY = (
    text("identity_authorized_bc_id"),
    text("video_id"),
    texts("image_ids", most=35),
    text("tiktok_item_id"),
    text("music_id"),
    text("ad_text", most=100),
    texts("ad_texts", most=5),
    text("call_to_action"),
    text("call_to_action_id"),
    text("landing_page_url"),
    text("display_name", most=40),
    text("app_name", most=40),
    text("avatar_icon_web_uri"),
    text("aigc_disclosure_type", "SELF_DISCLOSURE", "NOT_DECLARED"),
    Field(
        "utm_params",
        Type.OBJECTS,
        most=14,
        least=0,
        fields=(text("key", required=True), text("value", required=True)),
    ),
    whole("tracking_pixel_id"),
    whole("page_id"),
    text("dark_post_status", "ON", "OFF"),
    flag("promotional_music_disabled"),
    text("item_duet_status", "ENABLE", "DISABLE"),
    text("item_stitch_status", "ENABLE", "DISABLE"),
    *anything(
        "creative_type", "landing_page_urls", "deeplink", "deeplink_type", "tracking_app_id",
        "tracking_offline_event_set_ids", "impression_tracking_url", "click_tracking_url", "video_view_tracking_url",
        "card_id", "disclaimer_type", "disclaimer_text", "disclaimer_clickable_texts", "playable_url",
        "vast_moat_enabled", "creative_authorized",
    ),
)  # fmt: skip
UPDATED = anything(
    "brand_safety_postbid_partner", "brand_safety_vast_url", "carousel_image_index", "cpp_url", "deeplink_utm_params",
    "dynamic_destination", "dynamic_format", "end_card_cta", "fallback_type", "instant_product_page_used",
    "item_group_ids", "page_image_index", "product_set_id", "product_specific_type", "shopping_ads_deeplink_type",
    "shopping_ads_fallback_type", "shopping_ads_video_package_id", "sku_ids", "vertical_video_strategy",
    "viewability_postbid_partner", "viewability_vast_url",
)  # fmt: skip
"""What else an update takes (creatives of the official SDK's update body)."""
PATCHABLE = (
    "identity_id", "identity_type", "identity_authorized_bc_id", "video_id", "image_ids", "music_id", "tiktok_item_id",
    "ad_text",
)  # fmt: skip
PATCH = (
    title("ad_name"),
    *(replace(one, required=False) for one in (*IDENTITY, *BODY) if one.name in PATCHABLE),
)
"""The nine fields that a patch may hold."""


def check(call: Call, adgroup: Row, told: Mapping[str, Any], place: int, old: Row | None = None) -> dict[str, Any]:
    """The creative as it is kept; ApiFailure for one that cannot be. `place`: its place in the call, counted from 0;
    `old`: the ad as it was, where it is no new one."""
    here = f"creatives.{place}."
    if told["ad_format"] not in AD_FORMATS:
        raise wrong(f"{here}ad_format", f"must be one of {', '.join(AD_FORMATS)}")
    _check_identity(call, adgroup, told, here, old)
    if told.get("call_to_action", "LEARN_MORE") not in ACTIONS:
        raise wrong(f"{here}call_to_action", "This Call to Action is not supported")
    _check_page(adgroup, told, here)
    if "tiktok_item_id" in told:
        if told["identity_type"] == "CUSTOMIZED_USER":
            raise wrong(f"{here}tiktok_item_id", "needs another identity_type than CUSTOMIZED_USER")
    elif told["ad_format"] == "SINGLE_VIDEO":
        _check_cover(call, told, _video(call, told, here), here)
    elif told["ad_format"] in ("SINGLE_IMAGE", "CAROUSEL_ADS", "CAROUSEL"):
        _images(call, told, here)
    spark = told["identity_type"] in SPARK
    if spark and call.settings.aigc_spark == "refuse" and told.get("aigc_disclosure_type") == "SELF_DISCLOSURE":
        raise wrong(f"{here}aigc_disclosure_type", "is for ads of CUSTOMIZED_USER only")
    lost = ("aigc_disclosure_type",) if spark and call.settings.aigc_spark == "ignore" else ()
    return {name: value for name, value in told.items() if name not in lost}


def _check_identity(call: Call, adgroup: Row, told: Mapping[str, Any], here: str, old: Row | None) -> None:
    if "identity_type" not in told:
        # Only a loaded ad gets here: a create without it is refused before.
        raise wrong(f"{here}identity_type", MISSING)
    kind = told["identity_type"]
    if old is not None and old.fields.get("identity_type") == kind in (CUSTOM, NO_IDENTITY):
        return
    if kind == CUSTOM and call.settings.custom_identities == "refuse" and _needs_account(adgroup, told):
        raise wrong(f"{here}identity_type", "Custom identities are no longer supported for ads on TikTok")
    if kind not in IDENTITY_TYPES:
        raise wrong(f"{here}identity_type", "Invalid identity type")
    if kind == "BC_AUTH_TT" and "identity_authorized_bc_id" not in told:
        raise wrong(f"{here}identity_authorized_bc_id", MISSING)
    if call.settings.identities == "known":
        found = call.library.find(IDENTITIES, call.owner, told["identity_id"])
        if found is None or found.fields.get("identity_type") != kind:
            raise wrong(f"{here}identity_id", f"identity {told['identity_id'][:60]} doesn't exist")


def _needs_account(adgroup: Row, told: Mapping[str, Any]) -> bool:
    """Whether a new ad there must come from a TikTok account (fact sheet, 0.1, 8a)."""
    fields = adgroup.fields
    automatic = fields.get("placement_type") == "PLACEMENT_TYPE_AUTOMATIC"
    exempt = (
        fields.get("promotion_type") in SHOPS
        or (fields.get("creative_material_mode") or "CUSTOM") != "CUSTOM"
        or any(fields.get(name) for name in ("catalog_id", "product_source", "store_id"))
        or "tiktok_item_id" in told
    )
    return not exempt and (automatic or "PLACEMENT_TIKTOK" in (fields.get("placements") or ()))


def _check_page(adgroup: Row, told: Mapping[str, Any], here: str) -> None:
    url = told.get("landing_page_url")
    if url is None:
        if (
            adgroup.fields.get("promotion_type") == "WEBSITE"
            and not told.get("page_id")
            and not told.get("landing_page_urls")
        ):
            raise wrong(f"{here}landing_page_url", MISSING)
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        good = False
    if not good:
        raise wrong(f"{here}landing_page_url", "must be a URL with http or https")


def _video(call: Call, told: Mapping[str, Any], here: str) -> Asset:
    if "video_id" not in told:
        raise wrong(f"{here}video_id", MISSING)
    video = call.library.find(VIDEO, call.owner, told["video_id"])
    if video is None or not video.usable:
        raise ApiFailure(UNUSABLE_VIDEO, f"{here}video_id: {told['video_id'][:60]} is no video of this account")
    if call.now < video.ready:
        raise ApiFailure(TRANSCODING, f"{here}video_id: the video is still being transcoded")
    return video


def _images(call: Call, told: Mapping[str, Any], here: str) -> list[Asset]:
    wanted = told.get("image_ids") or []
    if not wanted:
        raise ApiFailure(BAD_PARAMETER, NO_COVER)
    found = [call.library.picture(call.owner, one) for one in wanted]
    for image_id, image in zip(wanted, found, strict=True):
        if image is None:
            raise wrong(f"{here}image_ids", f"{image_id[:60]} is no image of this account")
    return [image for image in found if image is not None]


def _check_cover(call: Call, told: Mapping[str, Any], video: Asset, here: str) -> None:
    images = _images(call, told, here)
    if len(images) != 1:
        raise wrong(f"{here}image_ids", "a video has exactly one cover")
    (wide, high), (width, height) = shape(video), shape(images[0])
    if wide * height != width * high:
        raise wrong(f"{here}image_ids", "the cover must have the aspect ratio of the video")
