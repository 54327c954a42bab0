"""The calls of the asset library, where an ad's videos, images and covers are.

Source: the fact sheet of the Marketing API, section 1.4; of images docs/decisions/0011. File names are unique per
advertiser, which is what tells a lost upload from one that was never made: the name says which bytes it stands for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from reconciler.model import Fields

INFO = "file/video/ad/info/"
COVERS = "file/video/suggestcover/"
ROWS_A_PAGE = 100
NAME_TAKEN = 40911
TRANSCODING = 40901
UNREACHABLE = frozenset({40902, 40903, 40913})
"""The platform could not fetch a URL: worth a few tries."""


class Shelf(Struct, frozen=True):
    """One kind of asset: how it is put into the library and found there again."""

    name: str
    """What the journal calls it."""
    ending: str
    """Of the name of what is uploaded by its URL."""
    upload: str
    search: str
    id_key: str
    field: str
    """What the fields of an upload begin with: `video` in `video_url`, `video_file`, `video_signature`."""
    name_filter: str | None
    """The filter of a search that compares names, loosely; None: there is none, so all rows come."""

    @property
    def file_field(self) -> str:
        """The form field of the bytes."""
        return f"{self.field}_file"

    def from_url(self, advertiser: str, url: str, name: str) -> dict[str, Any]:
        """Upload what the platform fetches itself."""
        told = {"upload_type": "UPLOAD_BY_URL", f"{self.field}_url": url.replace(" ", "%20"), "file_name": name}
        return {"advertiser_id": advertiser, **told}

    def from_file(self, advertiser: str, md5: str, name: str) -> dict[str, Any]:
        """Upload bytes, which are sent along as `file_field`."""
        told = {"upload_type": "UPLOAD_BY_FILE", f"{self.field}_signature": md5, "file_name": name}
        return {"advertiser_id": advertiser, **told}

    def search_query(self, advertiser: str, name: str) -> Fields:
        """Rows among which that of this name is: what comes back is compared again."""
        narrow = {"filtering": _json({self.name_filter: name})} if self.name_filter else {}
        return {"advertiser_id": advertiser, **narrow}


VIDEOS = Shelf("asset", "mp4", "file/video/ad/upload/", "file/video/ad/search/", "video_id", "video", "video_name")
IMAGES = Shelf("image", "jpg", "file/image/ad/upload/", "file/image/ad/search/", "image_id", "image", None)
SHELVES: Mapping[str, Shelf] = {"video": VIDEOS, "image": IMAGES}
"""By the kind that is declared."""


def info_query(advertiser: str, video_id: str) -> Fields:
    """One video's row; a video that cannot be used is left out of the answer."""
    return {"advertiser_id": advertiser, "video_ids": _json([video_id])}


def covers_query(advertiser: str, video_id: str) -> Fields:
    """Suggested covers: none until the video is transcoded."""
    return {"advertiser_id": advertiser, "video_id": video_id, "poster_number": "1"}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
