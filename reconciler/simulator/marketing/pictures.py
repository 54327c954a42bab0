"""How videos and images of the asset library look: their shapes, and their rows in answers."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.simulator.clock import stamp
from reconciler.simulator.library import Asset, shape
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json

SHAPES = {"square": (640, 640), "wide": (960, 540)}
UPRIGHT = (540, 960)
SIX_HOURS = 21600
LATER = (
    "material_id", "signature", "size", "duration", "width", "height", "bit_rate", "format", "preview_url",
    "preview_url_expire_time", "video_cover_url", "allowed_placements", "allow_download", "displayable",
)  # fmt: skip
"""What is known of a video only once it is transcoded."""


def dimensions(about: str) -> tuple[int, int]:
    """Width and height by a name."""
    return next((pair for word, pair in SHAPES.items() if word in about.lower()), UPRIGHT)


def zulu(moment: float) -> str:
    """A time as rows of files have it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clip_row(call: Call, video: Asset) -> dict[str, Json]:
    """A video as answers show it: little more than its id until it is transcoded."""
    told: dict[str, Json] = {"video_id": video.id, "file_name": video.name}
    if call.now < video.ready:
        told |= dict.fromkeys(LATER) if call.settings.absent_fields == "null" else {}
        return {**told, "create_time": zulu(video.created), "modify_time": zulu(video.created)}
    width, height = shape(video)
    (cover,) = call.library.covers(video, 1)
    return {
        **told,
        "material_id": video.fields["material_id"],
        "signature": video.fields.get("signature"),
        "size": video.fields.get("size"),
        "duration": 12.5,
        "width": width,
        "height": height,
        "bit_rate": 1_200_000,
        "format": "mp4",
        "preview_url": f"{call.studio.origin}/picture/{video.id}.mp4",
        "preview_url_expire_time": stamp(call.now + SIX_HOURS),
        "video_cover_url": f"{call.studio.origin}/picture/{cover}.jpg",
        "allowed_placements": ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"],
        "allow_download": True,
        "displayable": True,
        "create_time": zulu(video.created),
        "modify_time": zulu(video.ready),
    }
