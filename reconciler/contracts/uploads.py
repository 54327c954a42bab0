"""The calls of the asset library, where an ad's videos and covers are.

Source: the fact sheet of the Marketing API, section 1.4. File names are unique per advertiser, which is what tells a
lost upload from one that was never made: the name says which bytes it stands for.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.model import Fields

VIDEO_UPLOAD = "file/video/ad/upload/"
IMAGE_UPLOAD = "file/image/ad/upload/"
SEARCH = "file/video/ad/search/"
INFO = "file/video/ad/info/"
COVERS = "file/video/suggestcover/"
VIDEOS_A_PAGE = 100
FILE_FIELD = "video_file"
NAME_TAKEN = 40911
TRANSCODING = 40901
UNREACHABLE = frozenset({40902, 40903, 40913})
"""The platform could not fetch a URL: worth a few tries."""


def from_url(advertiser: str, url: str, name: str) -> dict[str, Any]:
    """Upload a video that the platform fetches itself."""
    address = url.replace(" ", "%20")
    return {"advertiser_id": advertiser, "upload_type": "UPLOAD_BY_URL", "video_url": address, "file_name": name}


def from_file(advertiser: str, md5: str, name: str) -> dict[str, Any]:
    """Upload a video's bytes, sent along as `FILE_FIELD`."""
    return {"advertiser_id": advertiser, "upload_type": "UPLOAD_BY_FILE", "video_signature": md5, "file_name": name}


def image_from_url(advertiser: str, url: str, name: str) -> dict[str, Any]:
    """Upload an image that the platform fetches itself."""
    return {"advertiser_id": advertiser, "upload_type": "UPLOAD_BY_URL", "image_url": url, "file_name": name}


def search_query(advertiser: str, name: str) -> Fields:
    """Videos whose name is like this one: the platform compares loosely, so what comes back is compared again."""
    return {"advertiser_id": advertiser, "filtering": _json({"video_name": name})}


def info_query(advertiser: str, video_id: str) -> Fields:
    """One video's row; a video that cannot be used is left out of the answer."""
    return {"advertiser_id": advertiser, "video_ids": _json([video_id])}


def covers_query(advertiser: str, video_id: str) -> Fields:
    """Suggested covers: none until the video is transcoded."""
    return {"advertiser_id": advertiser, "video_id": video_id, "poster_number": "1"}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
