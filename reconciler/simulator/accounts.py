"""What an advertiser is: its currency, its time zone, its name and status. *Pure* over the notes of the world."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from reconciler.simulator.wire import decode
from reconciler.simulator.world import World

ACCOUNT_NOTE = "account/"
ACCOUNT_FACTS = ("currency", "timezone", "name", "status")


def facts(world: World, owner: str) -> dict[str, str]:
    """Currency, timezone, name and status of an advertiser: what the operator has set, else what the switches say."""
    settings = world.settings
    told: dict[str, str] = decode(world.notes.get(ACCOUNT_NOTE + owner, "{}").encode())
    common = {"currency": settings.currency, "timezone": settings.timezone, "status": "STATUS_ENABLE"}
    return {"name": f"Advertiser {owner[-4:]}", **common, **told}


def local_time(world: World, owner: str, now: float) -> datetime:
    """The moment on the clock of an advertiser; in UTC where its zone is not known to this machine."""
    try:
        zone: tzinfo = ZoneInfo(facts(world, owner)["timezone"])
    except (OSError, ValueError, LookupError):
        zone = UTC
    return datetime.fromtimestamp(now, zone)
