"""Covers of creatives that are images of the workspace, and videos from its files."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.simulator.films import film
from tests.stories.account import Account
from tests.stories.marketing.test_local_files import IMAGE, LOGO, library, media, put, uploads
from tests.stories.refresh.scene import UPLOAD
from tests.stories.refresh.test_refresh_kill import killed
from tests.stories.smart_plus.scene import ad, adgroup, campaign, smart
from tests.stories.workspace import Workspace

COVERS = "file/video/suggestcover/"


def covers(account: Account) -> dict[str, str]:
    """Video → its cover, of the one ad."""
    rows = {one["ad_id"]: one["creative_info"] for one in account.objects("ad")}
    mine = [rows[one] for one in smart(account)[0]["creative_ids"]]
    return {one["video_info"]["video_id"]: one["image_info"][0]["web_uri"] for one in mine}


@pytest.fixture
def dressed(shop: Workspace) -> Workspace:
    """An ad of a video of the library and one of the workspace, both with the same cover."""
    put(shop, "logo.png", LOGO)
    put(shop, "hero.mp4", film("hero", "local"))
    shown = '[{video_id: "v1", image_id: {image: logo}}, {video: hero, image_id: {image: logo}}]'
    declared = (media(file="logo.png"), media("Video", "hero", file="hero.mp4"))
    shop.manifest(*declared, campaign(), adgroup(), ad(creatives=shown))
    return shop


def hero(account: Account) -> str:
    """The id of the video that we brought."""
    (found,) = library(account, "library_videos")
    identity: str = found["video_id"]
    return identity


def test_creatives_with_an_image_as_cover(dressed: Workspace, market: Account) -> None:
    """Both are uploaded once; no cover is asked for; the plan names what is not there yet by its manifest."""
    planned = dressed.run("plan")
    assert "cover logo" in planned.stdout
    assert dressed.plan().ops["image/logo"] == "upload"
    assert set(dressed.apply().ended.values()) == {"done"}
    (image,) = library(market)
    assert covers(market) == {"v1": image["image_id"], hero(market): image["image_id"]}
    assert (len(uploads(market)), len(uploads(market, UPLOAD))) == (1, 1)
    assert COVERS not in [one["path"] for one in market.calls()]
    assert dressed.in_sync()


def test_a_changed_cover(dressed: Workspace, market: Account) -> None:
    """Another content is one upload and one write of the list; both creatives stay."""
    dressed.apply()
    market.forget_calls()
    put(dressed, "logo.png", LOGO + b"!")
    planned = dressed.plan()
    assert planned.ops == {"image/logo": "upload", "ad/us-hero": "update"}
    paths = {one["path"] for one in planned.rows["ad/us-hero"]["fields"]}
    assert paths == {"creatives[video:v1].image_id", f"creatives[video:{hero(market)}].image_id"}
    assert set(dressed.apply().ended.values()) == {"done"}
    (sent,) = uploads(market)
    (image,) = [one for one in library(market) if one["file_name"] == sent["file_name"]]
    assert set(covers(market).values()) == {image["image_id"]}
    assert dressed.in_sync()


@pytest.mark.parametrize("fault", [{"lose_reply": True}, {"code": 40902}])
def test_a_lost_upload(dressed: Workspace, market: Account, fault: dict[str, Any]) -> None:
    """Of the image: sent again, found by its name, one ad."""
    market.faults({"path": IMAGE, "nth": 1, **fault})
    assert set(dressed.apply().ended.values()) == {"done"}
    assert (len(library(market)), len(smart(market))) == (1, 1)
    assert dressed.in_sync()


def test_killed_at_an_upload(dressed: Workspace, market: Account) -> None:
    """The platform has the image, the run never heard of it: the next one finds it."""
    killed(dressed, market, {"path": IMAGE, "nth": 1, "commit": True})
    assert set(dressed.apply().ended.values()) == {"done"}
    assert (len(library(market)), len(smart(market))) == (1, 1)
    assert dressed.in_sync()
