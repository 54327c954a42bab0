"""The refreshed videos of the account behind the token: ours and those of everybody who shares it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.api.client import Client
from reconciler.contracts import refresh as calls


@dataclass(frozen=True, slots=True)
class Listed:
    """One refreshed video of the account, whoever made it."""

    video_id: str
    name: str
    created: float
    """Seconds since the epoch; the list's own stamp, UTC."""
    preview_url: str | None


def recent_videos(client: Client, since: float) -> list[Listed]:
    """The refreshed videos made since then, whoever made them. A stamp that cannot be read counts as now."""
    found = []
    rows = client.listing(calls.VIDEOS, calls.videos_query(), "video_id", calls.VIDEOS_A_PAGE, videos=True)
    for row in rows:
        created = _created(row.get("create_time"), client.world.now())
        if created >= since:
            url = row.get("preview_url")
            name = row.get("video_name")
            found.append(
                Listed(
                    str(row["video_id"]),
                    name if isinstance(name, str) else "",
                    created,
                    url if isinstance(url, str) else None,
                )
            )
    return found


def _created(text: Any, now: float) -> float:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except (TypeError, ValueError):
        return now
