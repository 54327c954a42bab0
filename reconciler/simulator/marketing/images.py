"""Images of the asset library, by URL (fact sheet, 1.4): the way to a cover where none is suggested."""

from __future__ import annotations

import hashlib
from urllib.parse import unquote, urlsplit

from reconciler.simulator import refresh
from reconciler.simulator.failure import NAME_TAKEN, UNREADABLE_URL, ApiFailure
from reconciler.simulator.library import IMAGE, Birth, shape
from reconciler.simulator.marketing.pictures import dimensions, zulu
from reconciler.simulator.marketing.shapes import MISSING, OWNER, endpoint, text, wrong
from reconciler.simulator.rules import Call
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
    image = call.library.add(Birth(IMAGE, call.owner, name, fields), call.now)
    wide, high = shape(image)
    return {
        "image_id": image.id,
        "file_name": image.name,
        "signature": digest,
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
)
