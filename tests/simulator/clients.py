"""Small clients for a simulator on a real socket, which know nothing of the product."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import requests

from reconciler.simulator import Simulator

MORNING = 1_750_000_000.0
"""2025-06-15 15:06:40 UTC, where the clocks of these tests stand still."""
ACCOUNT = "7000000000000000001"


class Client:
    """Calls one simulator with one token and one advertiser id; numbers of an answer become Decimal or int."""

    def __init__(self, simulator: Simulator, token: str = "simulator") -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Access-Token"] = token

    def send(self, method: str, path: str, **how: Any) -> requests.Response:
        """One call below /open_api/v1.3/, without following redirects."""
        url = f"{self.simulator.url}/open_api/v1.3/{path}"
        return self.session.request(method, url, timeout=10, allow_redirects=False, **how)

    def call(self, method: str, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """One call as the document has it; the envelope."""
        how: dict[str, Any] = {"params": params} if method == "GET" else {"json": params}
        return read(self.send(method, path, **how))

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A GET of this account."""
        return self.call("GET", path, {"advertiser_id": ACCOUNT, **params})

    def post(self, path: str, **params: Any) -> dict[str, Any]:
        """A POST of this account."""
        return self.call("POST", path, {"advertiser_id": ACCOUNT, **params})

    def campaign(self, name: str = "Spring", **more: Any) -> dict[str, Any]:
        """Creates a campaign."""
        told = {"campaign_name": name, "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", **more}
        return self.post("campaign/create/", **told)

    def family(self) -> tuple[str, str, str]:
        """Creates a campaign, an ad group and an ad; their ids."""
        campaign = self.campaign()["data"]["campaign_id"]
        self.post(
            "adgroup/create/",
            campaign_id=campaign,
            adgroup_name="Adults",
            placement_type="PLACEMENT_TYPE_NORMAL",
        )
        adgroup = self.get("adgroup/get/", campaign_id=campaign)["data"]["list"][-1]["adgroup_id"]
        self.post("ad/create/", adgroup_id=adgroup, ad_name="Hook", ad_format="SINGLE_VIDEO", landing_page_url="x:y")
        return campaign, adgroup, self.get("ad/get/", adgroup_id=adgroup)["data"]["list"][-1]["ad_id"]

    def fill(self) -> None:
        """Loads a campaign, an ad group and an ad whose ids are known before."""
        campaign, adgroup = "1000000000000000001", "1000000000000000002"
        self.operate(
            "load",
            {
                "advertiser_id": ACCOUNT,
                "campaigns": [{"campaign_id": campaign, "campaign_name": "C"}],
                "adgroups": [{"adgroup_id": adgroup, "adgroup_name": "G", "campaign_id": campaign}],
                "ads": [{"ad_id": "1000000000000000003", "ad_name": "A", "adgroup_id": adgroup}],
            },
        )

    def names(self, path: str = "campaign/get/", **params: Any) -> list[str]:
        """The names in a list."""
        rows = self.get(path, **params)["data"]["list"]
        return [value for row in rows for name, value in row.items() if name.endswith("_name")]

    def upload(self, url: str = "https://example.com/hero.mp4") -> dict[str, Any]:
        """Puts a video into the stock library."""
        told = {"upload_type": "UPLOAD_BY_URL", "use_scenario": "AIGC", "video_url": url}
        return self.call("POST", "file/video/ad/upload/", told)

    def submit(self, hook_type: str = "", *, description: str = "", video_id: str = "") -> dict[str, Any]:
        """Creates a refresh task: new music, or this hook."""
        told: dict[str, Any] = {"video_id": video_id or self.upload()["data"]["video_id"]}
        told["video_refresh_strategy_list"] = ["ADD_HOOK"] if hook_type else ["SWAP_MUSIC"]
        if hook_type:
            told["add_hook"] = {"hook_type": hook_type, "product_category": "GAMES"}
        if hook_type == "HOLIDAY":
            told["add_hook"]["holiday_theme"] = "EASTER"
        if description:
            told["add_hook"]["product_description"] = description
        return self.call("POST", "creative/aigc/refresh_video/task/create/", told)

    def tasks(self, hook_type: str = "", **how: Any) -> list[str]:
        """Creates a refresh task, and gives its ids."""
        ids: list[str] = self.submit(hook_type, **how)["data"]["task_ids"]
        return ids

    def states(self, task_ids: list[str]) -> list[dict[str, Any]]:
        """What the API tells of these tasks."""
        told = {"aigc_video_type": "REFRESH_VIDEO", "task_ids": json.dumps(task_ids)}
        rows: list[dict[str, Any]] = self.call("GET", "creative/aigc/video/task/list/", told)["data"]["list"]
        return rows

    def videos(self, **params: Any) -> list[dict[str, Any]]:
        """A page of refreshed videos."""
        told = self.call("GET", "creative/aigc/video/list/", {"aigc_video_types": '["REFRESH_VIDEO"]', **params})
        rows: list[dict[str, Any]] = told["data"].get("list", [])
        return rows

    def preview(self) -> str:
        """The preview_url of the first video in the list."""
        url: str = self.videos()[0]["preview_url"]
        return url

    def arrivals_of_films(self) -> list[dict[str, Any]]:
        """The arrivals at films, not those at the API."""
        return [entry for entry in self.operate("log")["arrivals"] if entry["path"].startswith("/")]

    def fetch(self, url: str, **how: Any) -> requests.Response:
        """A GET of any URL without the token, without following redirects."""
        return requests.get(url, timeout=10, allow_redirects=False, **how)

    def wait(self, seconds: float) -> None:
        """Moves the clock forward."""
        self.operate("clock", {"advance": seconds})

    def operate(self, name: str, body: object = None) -> Any:
        """One call of the operator: a POST when there is a body."""
        method = "GET" if body is None else "POST"
        return read(self.session.request(method, f"{self.simulator.url}/_simulator/{name}", timeout=10, json=body))


class Production(Client):
    """The same for the `marketing` contract."""

    def campaign(self, name: str = "Spring", **more: Any) -> dict[str, Any]:
        """Creates a campaign."""
        told = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100, **more}
        return self.post("campaign/create/", campaign_name=name, **told)

    def adgroup(self, campaign: str, name: str = "Adults", **more: Any) -> dict[str, Any]:
        """Creates an ad group; what is None is left out."""
        told = {**ADGROUP, "campaign_id": campaign, "adgroup_name": name, **more}
        return self.post("adgroup/create/", **{key: value for key, value in told.items() if value is not None})

    def clip(self, url: str = "https://example.com/hero.mp4", **more: Any) -> str:
        """Puts a video into the asset library; its id."""
        told = self.post("file/video/ad/upload/", upload_type="UPLOAD_BY_URL", video_url=url, **more)
        video: str = told["data"][0]["video_id"]
        return video

    def cover(self, video: str) -> str:
        """The first cover suggested for a video."""
        image: str = self.get("file/video/suggestcover/", video_id=video)["data"]["list"][0]["id"]
        return image

    def creative(self, **more: Any) -> dict[str, Any]:
        """A creative that can be; with a new video unless one is told. What is None is left out."""
        video = more["video_id"] if "video_id" in more else self.clip()
        told = {**CREATIVE, "video_id": video, **more}
        if "image_ids" not in told:
            told["image_ids"] = [self.cover(video)]
        return {key: value for key, value in told.items() if value is not None}

    def ad(self, adgroup: str, **more: Any) -> dict[str, Any]:
        """Creates an ad."""
        return self.post("ad/create/", adgroup_id=adgroup, creatives=[self.creative(**more)])

    def family(self) -> tuple[str, str, str]:
        """Creates a campaign, an ad group and an ad; their ids."""
        campaign: str = self.campaign()["data"]["campaign_id"]
        adgroup: str = self.adgroup(campaign)["data"]["adgroup_id"]
        return campaign, adgroup, self.ad(adgroup)["data"]["ad_ids"][0]

    def rows(self, word: str, **filtering: Any) -> list[dict[str, Any]]:
        """The rows of a list that a filter leaves."""
        asked = {"filtering": json.dumps(filtering)} if filtering else {}
        rows: list[dict[str, Any]] = self.get(f"{word}/get/", page_size=1000, **asked)["data"]["list"]
        return rows

    def status(self, word: str, status: str, *ids: str, **more: Any) -> dict[str, Any]:
        """Sets the status of objects."""
        return self.post(f"{word}/status/update/", **{f"{word}_ids": list(ids)}, operation_status=status, **more)


ADGROUP = {
    "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
    "promotion_type": "WEBSITE",
    "optimization_goal": "CLICK",
    "billing_event": "CPC",
    "budget_mode": "BUDGET_MODE_DAY",
    "budget": 20,
    "pacing": "PACING_MODE_SMOOTH",
    "schedule_type": "SCHEDULE_FROM_NOW",
    "schedule_start_time": "2025-06-15 12:00:00",
    "location_ids": ["6252001"],
}
CREATIVE = {
    "ad_name": "Hook",
    "ad_format": "SINGLE_VIDEO",
    "identity_type": "TT_USER",
    "identity_id": "77",
    "landing_page_url": "https://example.com/",
}


def read(response: requests.Response) -> dict[str, Any]:
    """The JSON of an answer, with exact numbers."""
    told: dict[str, Any] = json.loads(response.content, parse_float=Decimal)
    return told
