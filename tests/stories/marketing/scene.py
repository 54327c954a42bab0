"""Manifests of production, and a workspace whose account is there."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.stories.account import ADVERTISER, Account
from tests.stories.refresh.scene import NO_LIMITS
from tests.stories.workspace import TOKEN, Run, Workspace

Fields = dict[str, object]
VIDEOS = [{"video_id": f"v{number}", "file_name": f"film {number}"} for number in (1, 2, 3)]
IMAGES = [{"image_id": f"i{number}", "width": 540, "height": 960} for number in (1, 2, 3)]
UPRIGHT = {"width": 540, "height": 960}
STATUS = {kind: f"{kind}/status/update/" for kind in ("campaign", "adgroup", "ad")}


def day(number: int) -> str:
    """A time so many days from now, quoted for YAML."""
    return f'"{datetime.now(UTC) + timedelta(days=number):%Y-%m-%d %H:%M:%S}"'


CAMPAIGN: Fields = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100}
ADGROUP: Fields = {
    "billing_event": "CPC",
    "optimization_goal": "CLICK",
    "promotion_type": "WEBSITE",
    "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
    "budget_mode": "BUDGET_MODE_DAY",
    "budget": 20,
    "pacing": "PACING_MODE_SMOOTH",
    "schedule_type": "SCHEDULE_FROM_NOW",
    "schedule_start_time": day(1),
    "location_ids": '["6252001"]',
}
AD: Fields = {
    "ad_format": "SINGLE_VIDEO",
    "identity_type": "TT_USER",
    "identity_id": '"77"',
    "landing_page_url": "https://example.com/spring",
    "video": '{video_id: "v1"}',
}


def campaign(name: str = "spring", *, lifecycle: str = "", **fields: object) -> str:
    """A campaign of 100 a day, unless told; a field of None is left out."""
    return document("Campaign", name, {**CAMPAIGN, **fields}, lifecycle)


def adgroup(name: str = "spring-us", parent: str = "spring", *, lifecycle: str = "", **fields: object) -> str:
    """An ad group of 20 a day that promotes a website, unless told."""
    return document("AdGroup", name, {"campaign": parent, **ADGROUP, **fields}, lifecycle)


def ad(name: str = "spring-us-hero", parent: str = "spring-us", *, lifecycle: str = "", **fields: object) -> str:
    """An ad that shows a video of the library, unless told."""
    return document("Ad", name, {"adgroup": parent, **AD, **fields}, lifecycle)


def family(**fields: object) -> tuple[str, str, str]:
    """A campaign, its ad group and its ad, each with these fields."""
    return campaign(**fields), adgroup(**fields), ad(**fields)  # type: ignore[arg-type]


def launch(of_ads: str, budget: int) -> list[str]:
    """Fifty campaigns and 250 ad groups of this budget, all of which run, and a thousand ads of this status."""
    return [
        *(campaign(f"c{one}", status="ENABLE", budget=500) for one in range(50)),
        *(adgroup(f"g{one}", f"c{one % 50}", status="ENABLE", budget=budget) for one in range(250)),
        *(ad(f"a{one}", f"g{one % 250}", status=of_ads) for one in range(1000)),
    ]


LAUNCH_RAILS = "{max_daily_spend: 1000000.00, max_changes: {enable: 5000}}"
"""What lets it through."""


def document(kind: str, name: str, fields: Fields, lifecycle: str = "") -> str:
    """One manifest; a field of None is left out."""
    lines = [f"kind: {kind}", f"name: {name}", *([f"lifecycle: {{{lifecycle}}}"] if lifecycle else []), "spec:"]
    return "\n".join([*lines, *(f"  {key}: {value}" for key, value in fields.items() if value is not None)]) + "\n"


def settle_in(root: Path, account: Account, *, advertiser: str = ADVERTISER, **how: Any) -> Workspace:
    """A workspace that speaks as that account does; in one of production there are videos and images."""
    work = Workspace(root, account.url)
    configure(work, **{"advertiser": advertiser, "contract": account.contract, **how})
    if account.contract != "openapi":
        shaped = {"library_videos": [{**one, **UPRIGHT} for one in VIDEOS], "images": IMAGES}
        account.load(advertiser=advertiser, **shaped)
    return work


def configure(work: Workspace, *, contract: str = "marketing", wait: float = 20, **how: Any) -> None:
    """Writes `reconciler.yaml`: no limits, quick polls, much may be spent."""
    more = f"refresh: {{poll_seconds: 0.02, wait_seconds: {wait}}}\n"
    told = {"rate": NO_LIMITS, "guardrails": "{max_daily_spend: 100000.00}", "more": more, **how}
    work.configure(**told)
    work.replace("contract: openapi", f"contract: {contract}", "reconciler.yaml")


def fields_of(ended: Run, address: str) -> dict[str, tuple[Any, Any]]:
    """The fields of one row of a plan: name → (old, new)."""
    return {one["path"]: (one["old"], one["new"]) for one in ended.rows[address]["fields"]}


def error(ended: Run, address: str) -> dict[str, Any]:
    """Why a row did not end well."""
    found: dict[str, Any] = ended.rows[address]["error"]
    return found


def of(account: Account, kind: str, **wanted: object) -> list[dict[str, Any]]:
    """The truth about the objects of a kind that have these values, oldest first."""
    rows = account.objects(kind)
    return [one for one in rows if all(one.get(name) == value for name, value in wanted.items())]


def statuses(account: Account) -> dict[str, str]:
    """The status of every living object, by kind and name."""
    return {
        f"{kind}/{one[f'{kind}_name']}": one["status"]
        for kind in STATUS
        for one in account.objects(kind)
        if one["status"] != "DELETE"
    }


def paths(account: Account) -> list[str]:
    """The paths of all writes, in order."""
    return [path for path, _ in account.posts()]


def listed(account: Account, kind: str, name: str) -> dict[str, Any]:
    """The row of an object as the API lists it; numbers are texts."""
    request = urllib.request.Request(
        f"{account.url}/open_api/v1.3/{kind}/get/?advertiser_id={ADVERTISER}&page_size=1000",
        headers={"Access-Token": TOKEN},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as answer:
        rows = json.loads(answer.read(), parse_float=str, parse_int=str)["data"]["list"]
    (found,) = [row for row in rows if row[f"{kind}_name"] == name]
    return dict(found)
