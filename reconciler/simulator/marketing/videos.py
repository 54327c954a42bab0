"""Videos of the asset library: upload, info, search, covers (fact sheet, 1.4).

What becomes of an upload by URL goes by its path, as in the stock library: `broken` is unreadable, `text` is text,
`unusable` gives an id that no list and no ad takes. `square` and `wide` in a name are its shape; else it is upright.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from reconciler.simulator import refresh
from reconciler.simulator.answers import page_info, size_of
from reconciler.simulator.failure import (
    ABSENT,
    NAME_TAKEN,
    NO_FILM,
    OTHER_MD5,
    TEXT_CONTENT,
    UNREADABLE_URL,
    UNUSABLE_VIDEO,
    ApiFailure,
)
from reconciler.simulator.fetch import Finding
from reconciler.simulator.forms import SentFile
from reconciler.simulator.library import VIDEO, Asset, Birth, shape
from reconciler.simulator.marketing.pictures import clip_row, dimensions
from reconciler.simulator.marketing.shapes import (
    MISSING,
    OWNER,
    PAGE,
    count,
    endpoint,
    flag,
    ids,
    text,
    texts,
    wrong,
)
from reconciler.simulator.rules import Call, Endpoint, Field, Type
from reconciler.simulator.wire import Json, Number

PATH = "file/video/ad/upload/"
KINDS = ("UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID", "UPLOAD_BY_VIDEO_ID")
COVER_HOUR = 3600


def upload(call: Call) -> Json:
    """Puts a video into the asset library; its answer is a list of one, or an object."""
    told = call.params
    name = told.get("file_name", "")
    if call.library.taken(VIDEO, call.owner, name):
        raise ApiFailure(NAME_TAKEN, f"file_name: {name} is taken")
    birth = _MAKERS[told.get("upload_type", KINDS[0])](call, told)
    made = call.library.add(birth, call.now)
    row = clip_row(call, made)
    return [row] if call.settings.asset_answer == "array" else row


def _from_file(call: Call, told: Mapping[str, Any]) -> Birth:
    file = told.get("video_file")
    if not isinstance(file, SentFile):
        raise wrong("video_file", MISSING)
    if "video_signature" not in told:
        raise wrong("video_signature", MISSING)
    if told["video_signature"].lower() != file["md5"]:
        raise ApiFailure(OTHER_MD5, "video_signature: is not the MD5 of video_file")
    if not file["film"]:
        raise ApiFailure(NO_FILM, "video_file: is no video")
    return _birth(call, told, told.get("file_name", file["file_name"]), file["md5"], file["size"])


def _from_url(call: Call, told: Mapping[str, Any]) -> Birth:
    url = told.get("video_url")
    if url is None:
        raise wrong("video_url", MISSING)
    if not refresh.is_url(url):
        raise wrong("video_url", "must be a URL with http or https, as a browser takes it")
    path = unquote(urlsplit(url).path)
    found = call.found or Finding(film=True)
    film = call.studio.bytes_of(url, call.now)
    refused = not call.settings.upload_preview and call.studio.alive(url, call.now) is not None
    if "broken" in path or found.trouble or film == b"" or refused:
        raise ApiFailure(UNREADABLE_URL, "video_url: the video cannot be downloaded")
    if "text" in path or found.text:
        raise ApiFailure(TEXT_CONTENT, "video_url: is text and no video")
    size, digest = found.size or 1_000_000, found.md5 or _md5(url.encode())
    if film is not None:
        size, digest = len(film), _md5(film)
    return _birth(call, told, path, digest, size, usable=found.film and "unusable" not in path)


def _from_video(call: Call, told: Mapping[str, Any]) -> Birth:
    if "video_id" not in told:
        raise wrong("video_id", MISSING)
    other = call.library.anybodys(VIDEO, told["video_id"])
    if other is None or not other.usable:
        raise ApiFailure(UNUSABLE_VIDEO, f"video_id: {told['video_id'][:60]} is no video of an asset library")
    return Birth(VIDEO, call.owner, told.get("file_name", ""), other.fields)


def _from_file_id(call: Call, told: Mapping[str, Any]) -> Birth:
    if "file_id" not in told:
        raise wrong("file_id", MISSING)
    raise ApiFailure(ABSENT, f"file_id: file {told['file_id'][:60]} doesn't exist")


_MAKERS = dict(zip(KINDS, (_from_file, _from_url, _from_file_id, _from_video), strict=True))


def _birth(call: Call, told: Mapping[str, Any], about: str, digest: str, size: int, *, usable: bool = True) -> Birth:
    width, height = dimensions(f"{about}/{told.get('file_name', '')}")
    fields = {
        "signature": digest,
        "size": Number(str(size)),
        "width": Number(str(width)),
        "height": Number(str(height)),
    }
    # A name that was not sent is made up, or else two uploads of one URL would be refused.
    return Birth(VIDEO, call.owner, told.get("file_name", ""), fields, usable)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def info(call: Call) -> Json:
    """Videos by id; those that cannot be used are silently left out."""
    found = (call.library.find(VIDEO, call.owner, one) for one in dict.fromkeys(call.params["video_ids"]))
    return {"list": [clip_row(call, one) for one in found if one is not None and one.usable]}


def search(call: Call) -> Json:
    """A page of the library, newest first. Without video_ids the copies of one file are one row."""
    asked: Mapping[str, Any] = call.params.get("filtering", {})
    latest = call.now - call.settings.list_lag
    found = [one for one in reversed(call.library.of(VIDEO, call.owner)) if one.usable and one.created <= latest]
    if "video_ids" in asked:
        found = [one for one in found if one.id in asked["video_ids"]]
    else:
        found = list({one.fields.get("signature", one.id): one for one in reversed(found)}.values())[::-1]
    if "material_ids" in asked:
        found = [one for one in found if one.fields["material_id"] in asked["material_ids"]]
    if "video_name" in asked:
        found = [one for one in found if asked["video_name"].casefold() in one.name.casefold()]
    page, size = call.params.get("page", 1), size_of(call, 20)
    rows = [clip_row(call, one) for one in found[(page - 1) * size : page * size]]
    return {"list": rows, "page_info": page_info(page, size, len(found))}


def covers(call: Call) -> Json:
    """Covers for a video: none until it is transcoded."""
    video = call.library.find(VIDEO, call.owner, call.params["video_id"])
    if video is None:
        raise ApiFailure(ABSENT, f"video_id: video {call.params['video_id'][:60]} doesn't exist")
    if call.now < video.ready or not video.usable:
        return {"list": []}
    most = min(call.params.get("poster_number", 10), call.settings.covers, 10)
    return {"list": [_cover(call, video, one) for one in call.library.covers(video, most)]}


def _cover(call: Call, video: Asset, cover: str) -> Json:
    width, height = shape(video)
    expires = int(call.now) + COVER_HOUR
    return {
        "id": cover,
        "url": f"{call.studio.origin}/picture/{cover}.jpg?expires={expires}",
        "width": width,
        "height": height,
    }


def _is_stock(raw: Mapping[str, Json]) -> bool:
    """Whether an upload is for the stock library of the refresh calls."""
    return "advertiser_id" not in raw and "use_scenario" in raw


(STOCK,) = (one for one in refresh.ENDPOINTS if one.path == PATH)
ENDPOINTS = (
    Endpoint(
        "POST",
        PATH,
        (
            OWNER,
            text("upload_type", *KINDS),
            text("file_name", most=100),
            Field("video_file", Type.ANY),
            text("video_signature"),
            text("video_url"),
            text("file_id"),
            text("video_id"),
            *(flag(name) for name in ("is_third_party", "flaw_detect", "auto_fix_enabled", "auto_bind_enabled")),
        ),
        upload,
        per_app=True,
        look=refresh.look,
        missing=MISSING,
        form=True,
        other=STOCK,
        is_other=_is_stock,
    ),
    endpoint("GET", "file/video/ad/info/", (OWNER, Field("video_ids", Type.ID_WORDS, required=True, most=60)), info),
    endpoint(
        "GET",
        "file/video/ad/search/",
        (
            OWNER,
            Field(
                "filtering",
                Type.OBJECT,
                fields=(
                    Field("video_ids", Type.ID_WORDS, most=100),
                    ids("material_ids", most=20),
                    text("video_name"),
                    texts("video_material_sources"),
                ),
            ),
            PAGE,
            count("page_size", most=100),
        ),
        search,
    ),
    endpoint(
        "GET",
        "file/video/suggestcover/",
        (OWNER, text("video_id", required=True), count("poster_number", most=10)),
        covers,
    ),
)
