"""An ad's video goes into the asset library when it is first used, and its cover is found there."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, error, listed, of, paths
from tests.stories.refresh.scene import HERO, UPLOAD, arrivals, video
from tests.stories.workspace import Workspace

IMAGE = "file/image/ad/upload/"
COVERS = "file/video/suggestcover/"
SHOWS = {"video": "{video: hero}"}


def declared(*ads: str, url: str = HERO, **fields: object) -> tuple[str, ...]:
    """The video `hero`, and these ads, or one that shows it."""
    shown: dict[str, Any] = {**SHOWS, **fields}
    return (video(url=url), campaign(), adgroup(), *(ads or [ad(**shown)]))


def library(market: Account) -> list[dict[str, Any]]:
    """The videos of the asset library that were not there before us."""
    found: list[dict[str, Any]] = market.operate("state")["library_videos"]
    return [one for one in found if one["video_id"] not in ("v1", "v2", "v3")]


def test_a_video_is_uploaded_once_by_its_url(shop: Workspace, market: Account) -> None:
    """Into the advertiser's library, under a name that says what it is; two ads share it, and no consent is asked."""
    shop.manifest(*declared(ad(**SHOWS), ad("second", **SHOWS)))
    assert shop.plan().ops["video/hero"] == "upload"
    ended = shop.apply()
    assert set(ended.ended.values()) == {"done"}
    (sent,) = [body for path, body in market.posts() if path == UPLOAD]
    assert sent.keys() == {"advertiser_id", "upload_type", "video_url", "file_name"}
    assert (sent["upload_type"], sent["video_url"]) == ("UPLOAD_BY_URL", HERO)
    (one,) = library(market)
    assert [row["video_id"] for row in market.objects("ad")] == [one["video_id"]] * 2
    assert shop.lock["video/hero"]["library_video_id"] == one["video_id"]
    assert {row["aigc_disclosure_type"] for row in (listed(market, "ad", "second"),)} == {"NOT_DECLARED"}
    assert shop.in_sync()


@pytest.mark.parametrize("shape", ["array", "object"])
def test_the_answer_is_a_list_or_an_object(shop: Workspace, market: Account, shape: str) -> None:
    """Both shapes are read."""
    market.switch(asset_answer=shape)
    shop.manifest(*declared())
    assert set(shop.apply().ended.values()) == {"done"}
    assert shop.in_sync()


def test_a_new_url_is_a_new_upload_and_one_update(shop: Workspace, market: Account) -> None:
    """The ad gets the new video with a cover of its own; the old video stays in the library."""
    shop.manifest(*declared())
    shop.apply()
    market.forget_calls()
    shop.manifest(*declared(url="https://cdn.example.com/square.mp4"))
    assert shop.plan().ops == {"video/hero": "upload", "ad/spring-us-hero": "update"}
    shop.apply()
    assert paths(market) == [UPLOAD, "ad/update/"]
    assert market.one("ad", "spring-us-hero")["video_id"] == library(market)[-1]["video_id"]
    assert len(library(market)) == 2
    assert shop.in_sync()


@pytest.mark.parametrize("fault", [{"lose_reply": True}, {"status": 502, "commit": True}, {"truncate": 20}])
def test_a_lost_upload_is_found_by_its_name(shop: Workspace, market: Account, fault: dict[str, Any]) -> None:
    """It is sent again, the name is taken, and the video of that name is ours: one video, one ad."""
    market.faults({"path": UPLOAD, "nth": 1, **fault})
    shop.manifest(*declared())
    assert set(shop.apply().ended.values()) == {"done"}
    (one,) = library(market)
    assert market.one("ad", "spring-us-hero")["video_id"] == one["video_id"]
    assert len(arrivals(market, UPLOAD)) == 2
    assert shop.in_sync()


def test_a_name_whose_video_cannot_be_found_is_not_the_end(shop: Workspace, market: Account) -> None:
    """Searches show one video of several with the same content, so ours may be hidden: another name is taken."""
    shop.manifest(*declared())
    shop.apply()
    (ours,) = library(market)
    copy = {"video_id": "copy", "file_name": "a colleague's", "signature": ours["signature"]}
    market.load(library_videos=[{**copy, "width": 540, "height": 960}])
    shop.edit_lock(f'"library_video_id": "{ours["video_id"]}"', '"library_video_id": null')
    shop.journal.unlink()
    shop.manifest(*declared(ad(**SHOWS), ad("second", **SHOWS)))
    assert set(shop.apply().ended.values()) == {"done"}
    assert market.one("ad", "second")["video_id"] in {one["video_id"] for one in library(market)}
    assert shop.in_sync()


def test_a_video_is_waited_for_while_it_is_transcoded(shop: Workspace, market: Account) -> None:
    """No cover and no ad until then; the run says that it waits, and sends the ad once."""
    market.switch(transcode_seconds="2")
    shop.manifest(*declared())
    ended = shop.apply()
    assert "waiting until video" in ended.stderr
    assert len(arrivals(market, COVERS)) > 1
    assert paths(market).count("ad/create/") == 1
    assert shop.in_sync()


def test_an_ad_that_comes_too_early_is_sent_again(shop: Workspace, market: Account) -> None:
    """40901 says that the ad was not made: with a cover of its own nobody has looked at the video before."""
    market.switch(transcode_seconds="1.5")
    shop.manifest(*declared(image_ids="[i1]"))
    assert set(shop.apply().ended.values()) == {"done"}
    assert paths(market).count("ad/create/") > 1
    assert arrivals(market, COVERS) == []
    assert len(market.objects("ad")) == 1
    assert shop.in_sync()


def test_without_suggestions_the_frame_is_uploaded(shop: Workspace, market: Account) -> None:
    """The platform's picture of the video becomes an image of the library, once for both ads."""
    market.switch(covers="0")
    shop.manifest(*declared(ad(**SHOWS), ad("second", **SHOWS)))
    assert set(shop.apply().ended.values()) == {"done"}
    (sent,) = [body for path, body in market.posts() if path == IMAGE]
    assert (sent["upload_type"], ".jpg" in sent["image_url"]) == ("UPLOAD_BY_URL", True)
    first, second = market.objects("ad")
    assert first["image_ids"] == second["image_ids"]
    assert not first["image_ids"][0].startswith("cover-")
    assert shop.in_sync()


@pytest.mark.parametrize("fault", [{"lose_reply": True}, {"code": 40911}, {"code": 40902}])
def test_a_cover_whose_reply_is_lost(shop: Workspace, market: Account, fault: dict[str, Any]) -> None:
    """It is uploaded under another name: nobody manages covers."""
    market.switch(covers="0")
    market.faults({"path": IMAGE, "nth": 1, **fault})
    shop.manifest(*declared())
    assert set(shop.apply().ended.values()) == {"done"}
    assert len({body["file_name"] for path, body in market.posts() if path == IMAGE}) == 2
    assert shop.in_sync()


def test_images_that_are_named_are_the_cover(shop: Workspace, market: Account) -> None:
    """Nothing is suggested; later they are left out, and then the cover stays."""
    shop.manifest(*declared(image_ids="[i2]"))
    shop.apply()
    assert market.one("ad", "spring-us-hero")["image_ids"] == ["i2"]
    assert arrivals(market, COVERS) == []
    shop.manifest(*declared())
    assert shop.plan().rows == {}
    shop.manifest(*declared(ad_text="Play"))
    shop.apply()
    assert market.one("ad", "spring-us-hero")["image_ids"] == ["i2"]


def test_an_image_ad_and_a_post_need_no_video(shop: Workspace, market: Account) -> None:
    """A carousel of images, and somebody's post."""
    images = ad("images", ad_format="CAROUSEL_ADS", video=None, image_ids="[i2, i1]")
    post = ad("post", identity_type="TT_USER", video=None, tiktok_item_id='"9"')
    shop.manifest(campaign(), adgroup(), images, post)
    assert set(shop.apply().ended.values()) == {"done"}
    assert market.one("ad", "images")["image_ids"] == ["i2", "i1"]
    assert arrivals(market, COVERS) == []
    assert shop.in_sync()
    shop.replace("[i2, i1]", "[i1, i2]")
    assert shop.apply().ended == {"ad/images": "done"}
    assert market.one("ad", "images")["image_ids"] == ["i1", "i2"]
    assert shop.in_sync()


def test_an_identity_of_the_account(shop: Workspace, market: Account) -> None:
    """One that is not known is the platform's refusal of that ad; the other rows are done."""
    market.switch(identities="known")
    market.load(identities=[{"identity_id": "77", "identity_type": "TT_USER"}])
    shop.manifest(*declared(ad(**SHOWS), ad("wrong", identity_id='"78"', **SHOWS)))
    ended = shop.apply(code=9)
    assert (ended.ended["ad/spring-us-hero"], ended.ended["ad/wrong"]) == ("done", "failed")
    assert "identity 78" in error(ended, "ad/wrong")["message"]
    assert error(ended, "ad/wrong")["request_id"]


def test_a_video_the_platform_does_not_take(shop: Workspace, market: Account) -> None:
    """It is sent once, its ads fail with the platform's words, another ad is made; nothing above is enabled."""
    shop.manifest(
        video(url="https://cdn.example.com/text.mp4"), campaign(status="ENABLE"), adgroup(),
        ad(**SHOWS), ad("second", **SHOWS), ad("good"),
    )  # fmt: skip
    ended = shop.apply(code=9)
    for name in ("ad/spring-us-hero", "ad/second"):
        assert error(ended, name)["code"] == "R606"
        assert "is text and no video" in error(ended, name)["message"]
        assert error(ended, name)["request_id"]
    assert ended.ended["ad/good"] == "done"
    assert market.names("ad") == ["good"]
    assert of(market, "campaign", status="ENABLE") == []
    assert len(arrivals(market, UPLOAD)) == 1


def test_a_video_that_no_ad_uses_is_not_uploaded(shop: Workspace, market: Account) -> None:
    """Declared alone it costs nothing."""
    shop.manifest(video(), campaign())
    shop.apply()
    assert library(market) == []
    assert shop.in_sync()


def test_the_name_says_which_bytes_it_stands_for(shop: Workspace, market: Account) -> None:
    """The same name with another URL is another file name; at most 100 characters for the longest name."""
    name = "v" * 63
    names = set()
    for url in (HERO, HERO + "?2"):
        shop.manifest(video(name, url), campaign(), adgroup(), ad(video=f"{{video: {name}}}"))
        shop.apply()
        names |= {body["file_name"] for path, body in market.posts() if path == UPLOAD}
    assert len(names) == 2
    assert max(map(len, names)) <= 100
    assert hashlib.sha256(f"{HERO} None".encode()).hexdigest()[:16] in "".join(names)
