"""The creatives of a Smart+ ad: rows of the manual kind that belong to it (3.8), and what becomes of them (4).

*Pure* over the world. A creative is known by what is in it: a video or a post, and whose it is. The ad's own row holds
the ids of those that were chosen (`creative_ids`) and of those that TikTok has added (`added_ids`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from reconciler.simulator.kinds import AD
from reconciler.simulator.wire import Json
from reconciler.simulator.world import DELETED, Row, World

Key = tuple[str, ...]


def chosen(world: World, ad: Row) -> list[Row]:
    """The creatives somebody has put into an ad; of an ad that is deleted, its last ones."""
    rows = [world.row(one) for one in ad.fields.get("creative_ids", ())]
    return [row for row in rows if ad.status == DELETED or row.status != DELETED]


def everything(world: World, ad: Row) -> list[Row]:
    """Those, and the creatives that TikTok has added."""
    return [*chosen(world, ad), *(world.row(one) for one in ad.fields.get("added_ids", ()))]


def content(info: Mapping[str, Json]) -> Key:
    """What makes two creatives the same: video or post, and identity. A carousel is its pictures."""
    whose = str(info.get("identity_type", "")), str(info.get("identity_id", ""))
    if "tiktok_item_id" in info:
        return ("post", str(info["tiktok_item_id"]), *whose)
    if "video_info" in info:
        return ("video", str(info["video_info"].get("video_id", "")), *whose)
    return ("images", *(str(one.get("web_uri", "")) for one in info.get("image_info", ())), *whose)


def main_material(row: Row) -> str:
    """What material reports call a creative: the post where there is one, never the video (1.6)."""
    key = content(row.fields["creative_info"])
    if key[0] == "post":
        return key[1]
    digest = hashlib.blake2b("/".join((row.owner, *key)).encode(), digest_size=7).digest()
    return str(7_500_000_000_000_000_000 + int.from_bytes(digest, "big"))


def put(world: World, ad: Row, items: Sequence[Mapping[str, Json]], now: float) -> None:
    """Makes `items` the creatives of an ad: {"creative_info"}, and what an operator may set of new ones besides:
    "material_operation_status", "ad_material_id", "smart_plus_creative_id".

    What the ad has already keeps its ids and its status, or does not: both are unknown (4) and switches.
    """
    if not all(isinstance(item, dict) and isinstance(item.get("creative_info"), dict) for item in items):
        raise ValueError("creative_list is a list of objects with a creative_info")
    before: dict[Key, list[Row]] = {}
    for row in chosen(world, ad):
        before.setdefault(content(row.fields["creative_info"]), []).append(row)
    ids = [_put_one(world, ad, item, before, now).id for item in items]
    _retire(world, [row for rows in before.values() for row in rows], now)
    world.change(ad, now, name=None, status=None, fields={"creative_ids": ids}, guarded=False)


def _put_one(world: World, ad: Row, item: Mapping[str, Json], before: dict[Key, list[Row]], now: float) -> Row:
    info, settings = item["creative_info"], world.settings
    known = before.get(content(info), [])
    old = known.pop(0) if known else None
    kept = old.status if old and settings.sp_material_status_on_update == "keep" else "ENABLE"
    status = item.get("material_operation_status") or kept
    if old and settings.sp_material_ids == "keep":
        world.change(old, now, name=None, status=status, fields=_fields(info), guarded=False)
        return old
    if old:
        _retire(world, [old], now)
    return _born(world, ad, item, status, now)


def _born(world: World, ad: Row, item: Mapping[str, Json], status: str, now: float) -> Row:
    material, creative = item.get("ad_material_id") or world.new_id(), item.get("smart_plus_creative_id")
    if creative is not None and world.knows(creative):
        raise ValueError("smart_plus_creative_id must be one that no object has")
    fields: dict[str, Json] = {"smart_plus_ad_id": ad.id, "ad_material_id": material, **_fields(item["creative_info"])}
    row = Row(AD, creative or world.new_id(), ad.owner, ad.parent, ad.name, status, now, now, now, fields)
    world.add([row], now)
    return row


def _fields(info: Mapping[str, Json]) -> dict[str, Json]:
    """A creative as it was sent, and under the names that the manual listing has for it."""
    names = ("ad_format", "identity_type", "identity_id", "identity_authorized_bc_id", "tiktok_item_id")
    flat: dict[str, Json] = {name: info.get(name) for name in (*names, "aigc_disclosure_type")}
    flat["video_id"] = info.get("video_info", {}).get("video_id")
    flat["image_ids"] = [one["web_uri"] for one in info.get("image_info", ()) if "web_uri" in one]
    return {**flat, "music_id": info.get("music_info", {}).get("music_id"), "creative_info": dict(info)}


def _retire(world: World, rows: Sequence[Row], now: float) -> None:
    for row in rows:
        if row.status != DELETED:
            world.change(row, now, name=None, status=DELETED, fields={}, guarded=False)


def add_for_tiktok(world: World, ad: Row, now: float) -> None:
    """A creative that TikTok makes by itself out of the first one, once an ad; creative_list does not show it (4)."""
    source = next(iter(chosen(world, ad)), None)
    if source is None or ad.fields.get("added_ids"):
        return
    info = {**source.fields["creative_info"], "tiktok_item_id": f"75{world.new_id()[2:]}"}
    row = _born(world, ad, {"creative_info": info}, "ENABLE", now)
    world.change(ad, now, name=None, status=None, fields={"added_ids": [row.id]}, guarded=False)


def follow(world: World, ad: Row, now: float) -> None:
    """Lets the creatives follow the name of their ad, and its end."""
    for row in everything(world, ad):
        if row.name != ad.name:
            world.change(row, now, name=ad.name, status=None, fields={}, guarded=False)
    if ad.status == DELETED:
        _retire(world, everything(world, ad), now)


def edited(world: World, ad: Row, creatives: Sequence[Mapping[str, Json]] | None, now: float) -> None:
    """What a colleague's edit of an ad brings about; `creatives` are the new ones, None leaves them."""
    if creatives is not None:
        put(world, ad, creatives, now)
    follow(world, ad, now)
