"""Images of the asset library: upload by URL and by file, search (fact sheet, 1.4; decisions 0009 and 0011).

`square` and `wide` in the URL or the name of an image are its shape; else it is upright. `broken` is unreadable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from reconciler.simulator import refresh
from reconciler.simulator.answers import page_info, size_of
from reconciler.simulator.failure import ABSENT, NAME_TAKEN, NO_FILM, OTHER_MD5, UNREADABLE_URL, ApiFailure
from reconciler.simulator.forms import SentFile
from reconciler.simulator.library import IMAGE, Asset, Birth, shape
from reconciler.simulator.marketing.pictures import dimensions, zulu
from reconciler.simulator.marketing.shapes import MISSING, OWNER, PAGE, anything, count, endpoint, text, wrong
from reconciler.simulator.rules import Call, Endpoint, Field, Type
from reconciler.simulator.wire import Json, Number


def upload(call: Call) -> Json:
    """Puts an image into the asset library; its answer is an object."""
    told = call.params
    about, name, digest = _MAKERS[told.get("upload_type", KINDS[0])](told)
    if call.library.taken(IMAGE, call.owner, name):
        raise ApiFailure(NAME_TAKEN, f"file_name: {name} is taken")
    if "broken" in about:
        raise ApiFailure(UNREADABLE_URL, "image_url: the image cannot be downloaded")
    width, height = dimensions(f"{about}/{name}")
    fields = {"signature": digest, "width": Number(str(width)), "height": Number(str(height))}
    return _row(call, call.library.add(Birth(IMAGE, call.owner, name, fields), call.now))


def _from_file(told: Mapping[str, Any]) -> tuple[str, str, str]:
    """(what its shape goes by, its name, its MD5). A name that was not sent is the file's."""
    file = told.get("image_file")
    if not isinstance(file, SentFile):
        raise wrong("image_file", MISSING)
    if "image_signature" not in told:
        raise wrong("image_signature", MISSING)
    if told["image_signature"].lower() != file["md5"]:
        raise ApiFailure(OTHER_MD5, "image_signature: is not the MD5 of image_file")
    if not file["picture"]:
        raise ApiFailure(NO_FILM, "image_file: is no image")
    return "", told.get("file_name", file["file_name"]), file["md5"]


def _from_url(told: Mapping[str, Any]) -> tuple[str, str, str]:
    url = told.get("image_url")
    if url is None:
        raise wrong("image_url", MISSING)
    if not refresh.is_url(url):
        raise wrong("image_url", "must be a URL with http or https, as a browser takes it")
    digest = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    return unquote(urlsplit(url).path), told.get("file_name", ""), digest


def _from_file_id(told: Mapping[str, Any]) -> tuple[str, str, str]:
    if "file_id" not in told:
        raise wrong("file_id", MISSING)
    raise ApiFailure(ABSENT, f"file_id: file {told['file_id'][:60]} doesn't exist")


KINDS = ("UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID")
_MAKERS = dict(zip(KINDS, (_from_file, _from_url, _from_file_id), strict=True))


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
    Endpoint(
        "POST",
        "file/image/ad/upload/",
        (
            OWNER,
            text("upload_type", *KINDS),
            text("file_name", most=100),
            Field("image_file", Type.ANY),
            *(text(name) for name in ("image_signature", "image_url", "file_id")),
        ),
        upload,
        per_app=True,
        missing=MISSING,
        form=True,
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
