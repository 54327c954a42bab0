"""A simulator on a real socket, and a small client for it that knows nothing of the product."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

import pytest
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


def read(response: requests.Response) -> dict[str, Any]:
    """The JSON of an answer, with exact numbers."""
    told: dict[str, Any] = json.loads(response.content, parse_float=Decimal)
    return told


class Start(Protocol):
    """Starts a simulator with these switches; rate limits are off and the clock stands still unless told."""

    def __call__(self, switches: Mapping[str, str] = ..., *, token: str = ..., **options: Any) -> Client: ...


@pytest.fixture
def start() -> Iterator[Start]:
    """A way to start simulators that end with the test."""
    clients: list[Client] = []

    def starter(
        switches: Mapping[str, str] = {},
        *,
        token: str = "simulator",
        **options: Any,
    ) -> Client:
        how = {"start": MORNING, "speed": 0.0, **options}
        client = Client(Simulator(switches={"rate": "off", **switches}, **how).start(), token)
        clients.append(client)
        return client

    yield starter
    for client in clients:
        client.session.close()
        client.simulator.stop()


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    """One filled simulator for all the calls of a file that leave no trace that matters."""
    with Simulator(switches={"rate": "off"}) as simulator:
        client = Client(simulator)
        client.fill()
        yield client
        client.session.close()


@pytest.fixture(scope="module")
def studio() -> Iterator[Client]:
    """One simulator with a source `v1` and two videos, for refresh calls that leave no trace that matters."""
    with Simulator(switches={"rate": "off", "strangers": "2"}) as simulator:
        client = Client(simulator)
        client.operate("upload", {"video_id": "v1", "video_url": "x:y"})
        yield client
        client.session.close()
