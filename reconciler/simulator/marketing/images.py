"""Images of the asset library: upload by URL (fact sheet, 1.4), which is the way to a cover where none is suggested;
search (decision 0009)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from reconciler.simulator import refresh
from reconciler.simulator.answers import page_info, size_of
from reconciler.simulator.failure import NAME_TAKEN, UNREADABLE_URL, ApiFailure
from reconciler.simulator.library import IMAGE, Asset, Birth, shape
from reconciler.simulator.marketing.pictures import dimensions, zulu
from reconciler.simulator.marketing.shapes import MISSING, OWNER, PAGE, anything, count, endpoint, text, wrong
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json, Number


def upload(call: Call) -> Json:
    """Puts an image into the asset library. `square` and `wide` in its URL or name are its shape."""
    url, name = call.params.get("image_url"), call.params.get("file_name", "")
    if url is None:
        raise wrong("image_url", MISSING)
    if not refresh.is_url(url):
        raise wrong("image_url", "must be a URL with http or https, as a browser takes it")
    if call.library.taken(IMAGE, call.owner, name):
        raise ApiFailure(NAME_TAKEN, f"file_name: {name} is taken")
    path = unquote(urlsplit(url).path)
    if "broken" in path:
        raise ApiFailure(UNREADABLE_URL, "image_url: the image cannot be downloaded")
    width, height = dimensions(f"{path}/{name}")
    digest = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    fields = {"signature": digest, "width": Number(str(width)), "height": Number(str(height))}
    return _row(call, call.library.add(Birth(IMAGE, call.owner, name, fields), call.now))


def search(call: Call) -> Json:
    """A page of the library, newest first."""
    asked: Mapping[str, Any] = call.params.get("filtering", {})
    latest = call.now - call.settings.list_lag
    found = [one for one in reversed(call.library.of(IMAGE, call.owner)) if one.usable and one.created <= latest]
    if "image_ids" in asked:
        found = [one for one in found if one.id in asked["image_ids"]]
    page, size = call.params.get("page", 1), size_of(call, 20)
    rows = [_row(call, one) for one in found[(page - 1) * size : page * size]]
    return {"list": rows, "page_info": page_info(page, size, len(found))}


def _row(call: Call, image: Asset) -> dict[str, Json]:
    wide, high = shape(image)
    return {
        "image_id": image.id,
        "file_name": image.name,
        "signature": image.fields.get("signature"),
        "format": "jpeg",
        "size": 100_000,
        "width": wide,
        "height": high,
        "image_url": f"{call.studio.origin}/picture/{image.id}.jpg",
        "is_carousel_usable": True,
        "displayable": True,
        "create_time": zulu(image.created),
        "modify_time": zulu(image.created),
    }


ENDPOINTS = (
    endpoint(
        "POST",
        "file/image/ad/upload/",
        (OWNER, text("upload_type", "UPLOAD_BY_URL", required=True), text("image_url"), text("file_name", most=100)),
        upload,
    ),
    endpoint(
        "GET",
        "file/image/ad/search/",
        (
            OWNER,
            Field(
                "filtering",
                Type.OBJECT,
                fields=(
                    Field("image_ids", Type.ID_WORDS, most=100),
                    *anything("material_ids", "height", "width", "ratio", "displayable"),
                ),
            ),
            PAGE,
            count("page_size", most=100),
        ),
        search,
    ),
)
