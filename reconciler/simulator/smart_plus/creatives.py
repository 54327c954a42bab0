"""What a creative of a Smart+ ad needs: an identity, a video with its cover, or a post (1.3, 1.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.simulator.failure import BAD_PARAMETER, TRANSCODING, UNUSABLE_VIDEO, ApiFailure
from reconciler.simulator.library import IDENTITY, VIDEO
from reconciler.simulator.marketing.shapes import MISSING, wrong
from reconciler.simulator.rules import Call
from reconciler.simulator.smart_plus import bag
from reconciler.simulator.smart_plus.words import CUSTOM, SPARK
from reconciler.simulator.wire import Json
from reconciler.simulator.world import Row

NO_COVER = "video material should have 1 image_info as the video cover"
Item = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """What a creative is looked at in: the ad group and the configuration of its ad."""

    adgroup: Row
    configuration: Mapping[str, Json]
    custom: bool = False
    """Whether the ad has an identity that is no account of TikTok already: then it stays editable (1.5)."""


def on_tiktok(adgroup: Row) -> bool:
    """Whether ads of this ad group may be shown on TikTok; automatic placement counts."""
    places: Sequence[str] = adgroup.fields.get("placements") or ()
    automatic = adgroup.fields.get("placement_type", "PLACEMENT_TYPE_AUTOMATIC") == "PLACEMENT_TYPE_AUTOMATIC"
    return automatic or "PLACEMENT_TIKTOK" in places


def is_spark(info: Mapping[str, Json]) -> bool:
    """Whether a creative runs under an account of TikTok."""
    return info.get("identity_type") in SPARK


def checked(call: Call, frame: Frame, creatives: Sequence[Item]) -> list[Item]:
    """The creatives as they are kept; ApiFailure for one that cannot be, and for one that is there twice."""
    most = int(call.settings.sp_max_creatives)
    if len(creatives) > most:
        raise wrong("creative_list", f"maximum number of items is {most}")
    kept = [_checked(call, frame, one, place) for place, one in enumerate(creatives)]
    keys = [bag.content(one["creative_info"]) for one in kept]
    if call.settings.sp_same_video_twice == "refuse" and len(set(keys)) < len(keys):
        # Whether two items may be the same is unknown (4).
        raise wrong("creative_list", "holds the same creative twice")
    return kept


def _checked(call: Call, frame: Frame, item: Item, place: int) -> Item:
    here = f"creative_list.{place}.creative_info."
    info = dict(item["creative_info"])
    _check_identity(call, frame, info, here)
    if "tiktok_item_id" in info:
        _check_post(info, here)
    elif info["ad_format"] == "SINGLE_VIDEO":
        _check_video(call, info, here)
    elif info["ad_format"] == "CAROUSEL_ADS":
        _check_carousel(call, info, here)
    return {**item, "creative_info": _labelled(call, info, here)}


def _check_identity(call: Call, frame: Frame, info: Mapping[str, Json], here: str) -> None:
    where = info if "identity_type" in info else frame.configuration
    kind = where.get("identity_type")
    if kind is None:
        raise wrong(f"{here}identity_type", MISSING)
    if "identity_id" not in where:
        raise wrong(f"{here}identity_id", MISSING)
    if kind == "BC_AUTH_TT" and "identity_authorized_bc_id" not in where:
        raise wrong(f"{here}identity_authorized_bc_id", MISSING)
    if kind == "AUTH_CODE" and "tiktok_item_id" not in info:
        raise wrong(f"{here}identity_type", "AUTH_CODE is for posts only")
    barred = call.settings.sp_custom_identity == "refuse" and not frame.custom
    if kind == CUSTOM and barred and on_tiktok(frame.adgroup):
        raise wrong(f"{here}identity_type", f"{CUSTOM} is not supported on TikTok; use a TikTok account")
    if call.settings.identities == "known":
        found = call.library.find(IDENTITY, call.owner, str(where["identity_id"]))
        if found is None or found.fields.get("identity_type") != kind:
            raise wrong(f"{here}identity_id", f"identity {str(where['identity_id'])[:60]} doesn't exist")


def _check_post(info: Mapping[str, Json], here: str) -> None:
    if not is_spark(info):
        raise wrong(f"{here}identity_type", "of a post must be an account of TikTok")
    for name in ("video_info", "image_info"):
        if info.get(name):
            raise wrong(f"{here}{name}", "does not go with tiktok_item_id")


def _check_video(call: Call, info: Mapping[str, Any], here: str) -> None:
    if "video_info" not in info:
        raise wrong(f"{here}video_info", MISSING)
    video_id = info["video_info"]["video_id"]
    video = call.library.find(VIDEO, call.owner, video_id)
    if video is None or not video.usable:
        raise ApiFailure(UNUSABLE_VIDEO, f"{here}video_info.video_id: {video_id[:60]} is no video of this account")
    if call.now < video.ready:
        raise ApiFailure(TRANSCODING, f"{here}video_info.video_id: the video is still being transcoded")
    if len(info.get("image_info", ())) != 1:
        raise ApiFailure(BAD_PARAMETER, NO_COVER)
    _check_pictures(call, info, here)


def _check_carousel(call: Call, info: Mapping[str, Any], here: str) -> None:
    for name in ("image_info", "music_info"):
        if not info.get(name):
            raise wrong(f"{here}{name}", MISSING)
    _check_pictures(call, info, here)


def _check_pictures(call: Call, info: Mapping[str, Any], here: str) -> None:
    # An image of the library, or a cover that was suggested for a video (1.5).
    for one in info["image_info"]:
        if call.library.picture(call.owner, one["web_uri"]) is None:
            raise wrong(f"{here}image_info.web_uri", f"{one['web_uri'][:60]} is no image of this account")


def _labelled(call: Call, info: dict[str, Any], here: str) -> dict[str, Any]:
    """What becomes of the label for AI under an identity of TikTok is unknown (1.5): switch `sp_aigc_spark`."""
    if "aigc_disclosure_type" not in info or not is_spark(info) or call.settings.sp_aigc_spark == "keep":
        return info
    if call.settings.sp_aigc_spark == "refuse":
        raise wrong(f"{here}aigc_disclosure_type", "is not supported for Spark Ads")
    return {name: value for name, value in info.items() if name != "aigc_disclosure_type"}
