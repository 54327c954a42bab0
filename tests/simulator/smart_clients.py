"""A small client for Upgraded Smart+, which knows nothing of the product."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from tests.simulator.clients import Production

WEB = {
    "objective_type": "WEB_CONVERSIONS",
    "sales_destination": "WEBSITE",
    "budget_optimize_on": False,
    "budget_mode": "BUDGET_MODE_INFINITE",
}
GROUP = {
    "promotion_type": "WEBSITE",
    "optimization_goal": "CLICK",
    "billing_event": "CPC",
    "bid_type": "BID_TYPE_NO_BID",
    "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
    "budget": 50,
    "schedule_type": "SCHEDULE_FROM_NOW",
    "schedule_start_time": "2025-06-15 12:00:00",
    "placement_type": "PLACEMENT_TYPE_NORMAL",
    "placements": ["PLACEMENT_TIKTOK"],
    "targeting_optimization_mode": "MANUAL",
    "targeting_spec": {"location_ids": ["6252001"], "age_groups": ["AGE_25_34"]},
}
SPARK = {"identity_type": "TT_USER", "identity_id": "77"}
AD = {
    "ad_text_list": [{"ad_text": "Play now"}],
    "landing_page_url_list": [{"landing_page_url": "https://example.com/"}],
    "ad_configuration": {"call_to_action_id": "71"},
}
PANGLE: dict[str, Any] = {"placements": ["PLACEMENT_PANGLE"]}


def post(item: str = "7300000000000000001", **more: Any) -> dict[str, Any]:
    """A creative that is a post."""
    return {"creative_info": {"ad_format": "SINGLE_VIDEO", "tiktok_item_id": item, **SPARK, **more}}


class Smart(Production):
    """Calls of both families; every create has a request_id of its own unless one is told."""

    _ids = count(4_611_686_018_427_387_001)

    def new_campaign(self, name: str = "Spring", **more: Any) -> dict[str, Any]:
        """Creates a Smart+ campaign; what is None is left out."""
        told = {**WEB, "campaign_name": name, "request_id": str(next(self._ids)), **more}
        return self.post("smart_plus/campaign/create/", **_without_none(told))

    def new_adgroup(self, campaign: str, name: str = "Adults", **more: Any) -> dict[str, Any]:
        """Creates a Smart+ ad group."""
        told = {**GROUP, "campaign_id": campaign, "adgroup_name": name, "request_id": str(next(self._ids)), **more}
        return self.post("smart_plus/adgroup/create/", **_without_none(told))

    def film(self, video: str = "", **more: Any) -> dict[str, Any]:
        """A creative of a video, a new one unless it is told, with its cover."""
        video = video or self.clip()
        info = {"video_info": {"video_id": video}, "image_info": [{"web_uri": self.cover(video)}]}
        return {"creative_info": _without_none({"ad_format": "SINGLE_VIDEO", **info, **SPARK, **more})}

    def new_ad(self, adgroup: str, *creatives: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Creates a Smart+ ad, of one new video unless its creatives are told."""
        told = {**AD, "adgroup_id": adgroup, "ad_name": "Hero", "creative_list": list(creatives) or [self.film()]}
        return self.post("smart_plus/ad/create/", **_without_none({**told, **more}))

    def change_ad(self, ad: str, **more: Any) -> dict[str, Any]:
        """Updates a Smart+ ad, six seconds after whatever was before."""
        self.wait(6)
        return self.post("smart_plus/ad/update/", smart_plus_ad_id=ad, **more)

    def line(self, **more: Any) -> tuple[str, str, str]:
        """Creates a Smart+ campaign, an ad group and an ad; their ids."""
        campaign: str = self.new_campaign()["data"]["campaign_id"]
        adgroup: str = self.new_adgroup(campaign)["data"]["adgroup_id"]
        ad: str = self.new_ad(adgroup, **more)["data"]["smart_plus_ad_id"]
        return campaign, adgroup, ad

    def list_of(self, word: str, **filtering: Any) -> list[dict[str, Any]]:
        """The rows of a Smart+ list that a filter leaves."""
        asked = {"filtering": json.dumps(filtering)} if filtering else {}
        rows: list[dict[str, Any]] = self.get(f"smart_plus/{word}/get/", page_size=100, **asked)["data"]["list"]
        return rows

    def the_ad(self) -> dict[str, Any]:
        """The only Smart+ ad there is."""
        (row,) = self.list_of("ad")
        return row

    def turn(self, word: str, status: str, *ids: str) -> dict[str, Any]:
        """Sets the status of Smart+ objects."""
        name = "smart_plus_ad_ids" if word == "ad" else f"{word}_ids"
        return self.post(f"smart_plus/{word}/status/update/", **{name: list(ids)}, operation_status=status)

    def turn_material(self, ad: str, status: str, *materials: str) -> dict[str, Any]:
        """Switches creatives of an ad, six seconds after whatever was before."""
        self.wait(6)
        told = {"smart_plus_ad_id": ad, "ad_material_ids": list(materials), "operation_status": status}
        return self.post("smart_plus/ad/material_status/update/", **told)

    def switch(self, **pairs: str) -> None:
        """Changes switches."""
        self.operate("switches", pairs)


def again(row: dict[str, Any]) -> dict[str, Any]:
    """A creative of a list as it is sent again: without what a request does not know."""
    info = {name: value for name, value in row["creative_info"].items() if name != "material_name"}
    if info.get("identity_authorized_bc_id") == "0":
        del info["identity_authorized_bc_id"]
    return {"creative_info": info}


def _without_none(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}
