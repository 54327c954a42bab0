"""Ads that show variants of one refresh, and what their figures do."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.marketing.scene import ad, adgroup, campaign
from tests.stories.refresh.scene import refresh, video
from tests.stories.workspace import Workspace

ZONE = ZoneInfo("America/New_York")
"""The clock of a simulated account, unless a switch says otherwise."""
HOURS = {"tomorrow in UTC": 2, "afternoon": 15}
"""When stories of days are told, whatever the time is: hours of UTC. In the first the account's day is another one."""


def declared(count: int = 2, **fields: Any) -> tuple[str, ...]:
    """A refresh of so many variants, and an ad of each."""
    ads = [ad(f"hook-{slot}", video=f"{{refresh: hooks, variant: {slot}}}") for slot in range(1, count + 1)]
    return (video(), refresh(variants=count, **fields), campaign(), adgroup(), *ads)


def today(account: Account) -> date:
    """The day it is in the account."""
    return datetime.fromtimestamp(world_of(account.url).now(), UTC).astimezone(ZONE).date()


def since(hour: int) -> float:
    """Seconds since it was last that hour of UTC."""
    return (time.time() - hour * 3_600) % 86_400


def figures(work: Workspace, account: Account, name: str, ago: int, **metrics: object) -> None:
    """What reports show of an ad's day, so many days ago."""
    day = today(account) - timedelta(days=ago)
    account.load(figures=[{"id": work.lock[f"ad/{name}"]["id"], "date": str(day), "metrics": metrics}])
