"""Ads of production: creatives and what they need, whole updates and patches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Produce, Production


@pytest.fixture
def client(produce: Produce) -> Production:
    """A simulator whose videos are transcoded at once."""
    return produce()


def test_an_ad_answers_with_ids_and_whole_ads(client: Production) -> None:
    """ad/create answers ad_ids and creatives; the rows of lists are the same and hold names of all levels."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    told = client.ad(group, ad_text="Play", dark_post_status="OFF")["data"]
    assert told["ad_ids"] == [told["creatives"][0]["ad_id"]]
    (row,) = client.rows("ad")
    assert row == told["creatives"][0]
    assert (row["campaign_name"], row["adgroup_name"], row["ad_name"]) == ("Spring", "Adults", "Hook")
    assert (row["landing_page_url"], row["dark_post_status"]) == ("https://example.com/", "OFF")
    assert client.ad(group)["data"]["creatives"][0]["dark_post_status"] == "ON"


def test_a_flat_body_is_refused(client: Production) -> None:
    """The body of the seed document fails for want of creatives."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    told = client.post("ad/create/", adgroup_id=group, ad_name="A", ad_format="SINGLE_VIDEO")
    assert (told["code"], told["message"]) == (40002, "creatives: Missing data for required field.")


def test_a_video_ad_needs_exactly_one_cover(client: Production) -> None:
    """Without a cover production says that an image must be uploaded; ads of other accounts' videos are refused."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    video = client.clip()
    assert client.ad(group, video_id=video, image_ids=None)["message"] == "You must upload an image"
    cover = client.cover(video)
    assert client.ad(group, video_id=video, image_ids=[cover, cover])["code"] == 40002
    foreign = client.clip(advertiser_id="8")
    assert client.ad(group, video_id=foreign, image_ids=[cover])["code"] == 40053
    assert client.ad(group, video_id=None, image_ids=[cover])["message"].startswith("creatives.0.video_id: Missing")


def test_refused_creatives_make_a_shorter_list(client: Production) -> None:
    """Good creatives become ads, bad ones are silently absent; names that are absent are made up."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    good, bad = client.creative(ad_name=""), client.creative(image_ids=["x"])
    told = client.post("ad/create/", adgroup_id=group, creatives=[bad, good])
    assert (told["code"], len(told["data"]["ad_ids"]), len(client.rows("ad"))) == (0, 1, 1)
    assert client.rows("ad")[0]["ad_name"].startswith("video_")


def test_a_landing_page_goes_with_websites(client: Production) -> None:
    """Ad groups that promote a website need one in each ad, others do not."""
    campaign = client.campaign()["data"]["campaign_id"]
    group = client.adgroup(campaign)["data"]["adgroup_id"]
    message = client.ad(group, landing_page_url=None)["message"]
    assert message == "creatives.0.landing_page_url: Missing data for required field."
    app = client.adgroup(campaign, "App", promotion_type="APP_IOS")["data"]["adgroup_id"]
    assert client.ad(app, landing_page_url=None)["code"] == 0


def test_spark_and_image_ads(client: Production) -> None:
    """A post needs an identity of TikTok and no video; an image ad needs an image."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    post = {"video_id": None, "image_ids": None, "tiktok_item_id": "9"}
    assert client.ad(group, **post, identity_type="CUSTOMIZED_USER")["code"] == 40002
    assert client.ad(group, **post, identity_type="TT_USER")["code"] == 0
    image = {"video_id": None, "ad_format": "SINGLE_IMAGE"}
    assert client.ad(group, **image, image_ids=None)["message"] == "You must upload an image"


def test_identities_may_have_to_be_known(produce: Produce) -> None:
    """With identities=known an ad needs an identity of the account, of the right type."""
    client = produce({"identities": "known", "custom_identities": "take"})
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    assert client.ad(group)["code"] == 40002
    identity = client.post("identity/create/", display_name="Shop")["data"]["identity_id"]
    assert client.ad(group, identity_id=identity, identity_type="CUSTOMIZED_USER")["code"] == 0
    assert client.ad(group, identity_id=identity, identity_type="TT_USER")["code"] == 40002


def test_new_ads_on_tiktok_come_from_a_tiktok_account(client: Production) -> None:
    """CUSTOMIZED_USER is refused there and taken elsewhere; with the switch it is taken everywhere."""
    campaign = client.campaign()["data"]["campaign_id"]
    group = client.adgroup(campaign)["data"]["adgroup_id"]
    custom = {"identity_type": "CUSTOMIZED_USER"}
    told = client.ad(group, **custom)
    assert (told["code"], "no longer supported" in told["message"]) == (40002, True)
    places: dict[str, Any] = {"placement_type": "PLACEMENT_TYPE_NORMAL", "placements": ["PLACEMENT_PANGLE"]}
    other = client.adgroup(campaign, adgroup_name="Elsewhere", **places)["data"]["adgroup_id"]
    assert client.ad(other, **custom)["code"] == 0
    assert client.ad(group)["code"] == 0


def test_an_ad_update_replaces_the_whole_creative(client: Production) -> None:
    """What is not sent again is gone, and a name must be sent; so must identity and format."""
    _, group, ad = client.family()
    told = client.creative(ad_text="New")
    told.pop("ad_name")
    answer = client.post("ad/update/", adgroup_id=group, creatives=[{"ad_id": ad, **told}])
    assert answer["message"] == "creatives.0.ad_name: Missing data for required field."
    full = client.creative(ad_name="B", call_to_action="SHOP_NOW")
    assert client.post("ad/update/", adgroup_id=group, creatives=[{"ad_id": ad, **full, "ad_text": "t"}])["code"] == 0
    told = client.post("ad/update/", adgroup_id=group, creatives=[{"ad_id": ad, **client.creative(ad_name="C")}])[
        "data"
    ]
    row = client.rows("ad")[0]
    assert told["ad_ids"] == [ad]
    assert (row["ad_name"], row["ad_text"], row["call_to_action"]) == ("C", None, None)


def test_a_patch_changes_nine_fields_only(client: Production) -> None:
    """With patch_update the rest stays, and what is no patchable field is refused."""
    campaign, group, ad = client.family()
    told = {"adgroup_id": group, "patch_update": True}
    assert client.post("ad/update/", **told, creatives=[{"ad_id": ad, "ad_text": "New"}])["code"] == 0
    (row,) = client.rows("ad")
    assert (row["ad_text"], row["landing_page_url"], row["ad_name"]) == ("New", "https://example.com/", "Hook")
    for name, value in (("landing_page_url", "https://x.com"), ("call_to_action", "SHOP_NOW"), ("ad_format", "X")):
        answer = client.post("ad/update/", **told, creatives=[{"ad_id": ad, name: value}])
        assert answer["message"] == f"creatives.0.{name}: is not a field of this call"
    video = client.clip("https://example.com/square.mp4")
    assert client.post("ad/update/", **told, creatives=[{"ad_id": ad, "video_id": video}])["code"] == 40002
    swapped = {"ad_id": ad, "video_id": video, "image_ids": [client.cover(video)]}
    assert client.post("ad/update/", **told, creatives=[swapped])["code"] == 0
    other = client.adgroup(campaign, "Other")["data"]["adgroup_id"]
    answer = client.post("ad/update/", **{**told, "adgroup_id": other}, creatives=[swapped])
    assert answer["message"].startswith("creatives.0.ad_id: ")


def test_an_icon_comes_back_under_another_name(client: Production) -> None:
    """avatar_icon_web_uri is sent, avatar_icon_web_url is read."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    (row,) = client.ad(group, avatar_icon_web_uri="icon-1")["data"]["creatives"]
    assert "avatar_icon_web_uri" not in row
    assert "icon-1" in row["avatar_icon_web_url"]


def test_a_carousel_stays_a_carousel(client: Production) -> None:
    """The format of CAROUSEL_ADS cannot be changed; a broken page is refused in updates, too."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    images = [client.cover(client.clip())]
    told = client.ad(group, ad_format="CAROUSEL_ADS", video_id=None, image_ids=images)
    (ad,) = told["data"]["ad_ids"]
    other = {"ad_id": ad, **client.creative()}
    assert client.post("ad/update/", adgroup_id=group, creatives=[other])["message"].startswith("creatives.0.ad_format")
    assert client.ad(group, landing_page_url="http://[")["message"].startswith("creatives.0.landing_page_url")
