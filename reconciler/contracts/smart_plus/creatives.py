"""The creatives of a Smart+ ad: one form for what manifests say, what a listing shows, and what a call takes.

A creative is known by its content: the video or the post, and the identity it runs under. Ids of creatives change
with an update and are never trusted across one.
Source: the fact sheet smart_plus, sections 1.3, 3.8 and 4.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler.model import Fields

CUSTOM = "CUSTOMIZED_USER"
SPARK = frozenset({"TT_USER", "BC_AUTH_TT", "AUTH_CODE"})
"""Identities that are TikTok accounts."""
_SAID = ("ad_format", "identity_type", "identity_id", "identity_authorized_bc_id", "tiktok_item_id")
_IDENTITY = ("identity_type", "identity_id", "identity_authorized_bc_id")
_OF_LISTINGS = ("ad_material_id", "smart_plus_creative_id", "material_name", "status", "material_operation_status")
"""What a listing shows of a creative and no call takes."""


def content(creative: Fields) -> str:
    """What it shows, and as whom: two creatives of one content are the same one."""
    return json.dumps([shows(creative), creative.get("identity_type"), creative.get("identity_id")])


def shows(creative: Fields) -> str:
    """The video or the post, in one word."""
    if post := creative.get("tiktok_item_id"):
        return f"post:{post}"
    video = creative.get("video_id")
    if not isinstance(video, Mapping):
        return f"video:{video}"
    # Not in the library yet: told by what the manifests call it.
    if "video" in video:
        return f"video/{video['video']}"
    return f"refresh/{video['refresh']}/{video['generation']}/{video['variant']}"


def listed(item: Fields, configuration: Fields) -> dict[str, Any]:
    """One of a listing's `creative_list`. `configuration`: of its ad, which holds an identity that is no account."""
    info = item.get("creative_info")
    info = info if isinstance(info, Mapping) else {}
    found: dict[str, Any] = {name: info[name] for name in _SAID if _is_set(info.get(name))}
    if "identity_type" not in found and configuration.get("identity_type"):
        found |= {one: configuration[one] for one in ("identity_type", "identity_id") if one in configuration}
    video, images = info.get("video_info"), info.get("image_info")
    if isinstance(video, Mapping) and _is_set(video.get("video_id")):
        found["video_id"] = str(video["video_id"])
    if isinstance(images, list | tuple) and images and isinstance(images[0], Mapping) and "web_uri" in images[0]:
        found["image_id"] = images[0]["web_uri"]
    found["status"] = item.get("material_operation_status")
    for name, key in (("ad_material_id", "ad_material_id"), ("creative_id", "smart_plus_creative_id")):
        if _is_set(item.get(key)):
            found[name] = str(item[key])
    kept = {name: value for name, value in info.items() if name not in _OF_LISTINGS and value is not None}
    if not _is_set(kept.get("identity_authorized_bc_id")):
        kept.pop("identity_authorized_bc_id", None)
    return {**found, "info": kept}


def sent(creative: Fields) -> dict[str, Any]:
    """An item of `creative_list` as a call takes it; one that is live already is sent as it was read."""
    if "info" in creative:
        info = dict(creative["info"])
    else:
        custom = creative.get("identity_type") == CUSTOM
        names = [one for one in _SAID if not (custom and one.startswith("identity_"))]
        info = {"ad_format": "SINGLE_VIDEO", **{one: creative[one] for one in names if one in creative}}
        if "video_id" in creative:
            info["video_info"] = {"video_id": creative["video_id"]}
    if "image_id" in creative:
        info["image_info"] = [{"web_uri": creative["image_id"]}]
    if "aigc_disclosure_type" in creative:
        info["aigc_disclosure_type"] = creative["aigc_disclosure_type"]
    return {"creative_info": info}


def said(ad: Mapping[str, Any]) -> Mapping[str, Any]:
    """An ad's live values as its manifest says them: creatives that are a video or a post, each with its identity where
    that is not the identity of most. Others, carousels and products, have no words: they stay what others added."""
    shown = [one for one in ad.get("creatives", ()) if "video_id" in one or "tiktok_item_id" in one]
    values = {name: value for name, value in ad.items() if name != "creatives"}
    if not shown:
        return values
    identities = [tuple(one.get(name) for name in _IDENTITY) for one in shown]
    most = max(sorted(set(identities), key=str), key=identities.count)
    values |= {name: value for name, value in zip(_IDENTITY, most, strict=True) if value}
    items = [_item_said(one, most) for one in sorted(shown, key=content)]
    return {**values, "creatives": tuple(items)}


def _item_said(creative: Fields, most: tuple[Any, ...]) -> dict[str, Any]:
    source = "tiktok_item_id" if "tiktok_item_id" in creative else "video_id"
    names = (source, "image_id") if source == "video_id" else (source,)
    own = tuple(creative.get(name) for name in _IDENTITY)
    paused = {"status": "DISABLE"} if creative.get("status") == "DISABLE" else {}
    return {
        **{name: creative[name] for name in names if name in creative},
        **{name: value for name, value in zip(_IDENTITY, own, strict=True) if own != most and value},
        **paused,
    }


def same(given: Any, shown: Any) -> bool:
    """Whether a listing shows the creatives that were sent. Those with a status are no whole list: they show it."""
    wanted = {content(one): one.get("status") for one in given}
    live = {content(one): one.get("status") for one in shown}
    if any(wanted.values()):
        return all(live.get(key) == status for key, status in wanted.items())
    return wanted.keys() == live.keys()


def is_custom(ad: Fields) -> bool:
    """Whether an ad, or one of its creatives, comes from an identity that is no TikTok account."""
    return CUSTOM in {ad.get("identity_type"), *(one.get("identity_type") for one in ad.get("creatives", ()))}


def words(creatives: Any) -> str:
    """Creatives in a message."""
    return ", ".join(f"{shows(one)} {one.get('status') or ''}".strip() for one in creatives) or "none"


def _is_set(value: Any) -> bool:
    return value not in (None, "", 0, "0", "N/A")
