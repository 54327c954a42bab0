"""Videos and images that lie in the workspace: uploaded by their bytes, known by their content, exactly once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator.films import film
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, day, document, fields_of
from tests.stories.refresh.scene import UPLOAD, consent, refresh, video
from tests.stories.refresh.test_refresh_kill import killed
from tests.stories.workspace import Workspace, until

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "local-creatives"
IMAGE = "file/image/ad/upload/"
IMAGES = "file/image/ad/search/"
LOGO = b"\x89PNG\r\n\x1a\n" + b"a logo" * 10
OTHER = b"\xff\xd8\xff\xe0" + b"another" * 10
MD5 = hashlib.md5(LOGO, usedforsecurity=False).hexdigest()


def put(work: Workspace, name: str, data: bytes) -> str:
    """A file of the workspace; its SHA-256."""
    path = work.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def media(kind: str = "Image", name: str = "logo", **fields: object) -> str:
    """A Video or an Image."""
    return document(kind, name, fields)


def library(account: Account, which: str = "images") -> list[dict[str, Any]]:
    """What is in the asset library and was not there before us."""
    found: list[dict[str, Any]] = account.operate("state")[which]
    return [one for one in found if one[f"{'image' if which == 'images' else 'video'}_id"][1:] not in ("1", "2", "3")]


def uploads(account: Account, path: str = IMAGE) -> list[dict[str, Any]]:
    """The uploads that came, in order."""
    return [body for one, body in account.posts() if one == path]


def carousel(work: Workspace, *images: str, **fields: object) -> None:
    """An ad of these images."""
    shown = ", ".join(images)
    told: dict[str, Any] = {"ad_format": "CAROUSEL_ADS", "video": None, "image_ids": f"[{shown}]", **fields}
    declared = [media(name="logo", file="images/logo.png"), media(name="other", file="images/other.jpg")]
    work.manifest(*declared, campaign(), adgroup(), ad(**told))


@pytest.fixture
def pictures(shop: Workspace) -> Workspace:
    """Two images in the workspace, and an ad of both and one of the library."""
    put(shop, "images/logo.png", LOGO)
    put(shop, "images/other.jpg", OTHER)
    carousel(shop, "{image: logo}", "i1", "{image: other}")
    return shop


def test_images_are_uploaded_from_their_files(pictures: Workspace, market: Account) -> None:
    """Each once, with its MD5 and a name that says its content; the ad has their ids in its own order."""
    assert pictures.run("validate").code == 0
    planned = pictures.plan()
    assert planned.ops["image/logo"] == planned.ops["image/other"] == "upload"
    assert fields_of(planned, "image/logo")["file"] == (None, "images/logo.png")
    digest = hashlib.sha256(LOGO).hexdigest()
    assert fields_of(planned, "image/logo")["sha256"] == (None, digest)
    assert set(pictures.apply().ended.values()) == {"done"}
    first = next(one for one in uploads(market) if one["file_name"].startswith("logo-"))
    assert (first["upload_type"], first["image_signature"]) == ("UPLOAD_BY_FILE", MD5)
    assert first["file_name"] == f"logo-{digest[:16]}.png"
    ids = {one["file_name"].partition("-")[0]: one["image_id"] for one in library(market)}
    assert market.one("ad", "spring-us-hero")["image_ids"] == [ids["logo"], "i1", ids["other"]]
    assert pictures.lock["image/logo"] == {"url": None, "image_id": ids["logo"], "sha256": digest}
    assert pictures.in_sync()


def test_the_content_counts_and_not_the_name(pictures: Workspace, market: Account) -> None:
    """A file that is moved is the same; one that is changed is a new upload and one update of its ad."""
    pictures.apply()
    market.forget_calls()
    os.rename(pictures.root / "images/logo.png", pictures.root / "mark.png")
    pictures.replace("images/logo.png", "mark.png")
    assert pictures.in_sync()
    put(pictures, "mark.png", LOGO + b"!")
    planned = pictures.plan()
    assert planned.ops == {"image/logo": "upload", "ad/spring-us-hero": "update"}
    assert planned.rows["image/logo"]["reason"] == "edited"
    assert set(pictures.apply().ended.values()) == {"done"}
    (sent,) = uploads(market)
    (made,) = [one for one in library(market) if one["file_name"] == sent["file_name"]]
    assert market.one("ad", "spring-us-hero")["image_ids"][0] == made["image_id"]
    assert pictures.in_sync()


def test_the_digest_knows_the_bytes(pictures: Workspace) -> None:
    """What was approved is approved for these bytes: with others nothing is sent."""
    digest = pictures.plan().json["digest"]
    put(pictures, "images/logo.png", LOGO + b"!")
    assert pictures.plan().json["digest"] != digest
    assert pictures.run("apply", "--json", "--expect-digest", digest).code == 6


def test_a_video_from_a_file(shop: Workspace, market: Account) -> None:
    """For ads it is uploaded like any other; two ads share it, and no consent is asked."""
    data = film("hero", "local")
    digest = put(shop, "videos/hero.mp4", data)
    shows = {"video": "{video: hero}"}
    shop.manifest(media("Video", "hero", file="videos/hero.mp4"), campaign(), adgroup(), ad(**shows), ad("b", **shows))
    ended = shop.apply()
    assert set(ended.ended.values()) == {"done"}
    (sent,) = uploads(market, UPLOAD)
    assert (sent["upload_type"], sent["file_name"]) == ("UPLOAD_BY_FILE", f"hero-{digest[:16]}.mp4")
    (made,) = library(market, "library_videos")
    assert {one["video_id"] for one in market.objects("ad")} == {made["video_id"]}
    assert ended.rows["video/hero"]["id"] == made["video_id"]
    assert shop.in_sync()
    put(shop, "videos/hero.mp4", film("hero", "another"))
    assert shop.plan().ops == {"video/hero": "upload", "ad/spring-us-hero": "update", "ad/b": "update"}


def test_an_image_is_the_cover_of_a_video(shop: Workspace, market: Account) -> None:
    """By its URL, too; the platform is asked for no suggestion."""
    url = "https://cdn.example.com/cover.jpg"
    shop.manifest(media(url=url), campaign(), adgroup(), ad(image_ids="[{image: logo}]"))
    assert set(shop.apply().ended.values()) == {"done"}
    (sent,) = uploads(market)
    assert (sent["upload_type"], sent["image_url"]) == ("UPLOAD_BY_URL", url)
    assert shop.lock["image/logo"]["url"] == url
    assert "file/video/suggestcover/" not in [one["path"] for one in market.calls()]
    assert shop.in_sync()


def test_an_image_that_no_ad_uses_is_not_uploaded(shop: Workspace, market: Account) -> None:
    """Declared alone it costs nothing."""
    put(shop, "logo.png", LOGO)
    shop.manifest(media(file="logo.png"), campaign())
    shop.apply()
    assert library(market) == []
    assert shop.in_sync()


def test_an_image_whose_manifest_is_gone_is_forgotten(pictures: Workspace, market: Account) -> None:
    """The library keeps it; the lockfile lets go of it, and status, list and show go on."""
    pictures.apply()
    assert [
        one["id"] for one in pictures.run("state", "list", "--json").json["resources"] if "image/" in one["address"]
    ]
    assert "in the asset library" in pictures.run("explain", "image/logo").stdout
    pictures.manifest(campaign(), adgroup(), ad(ad_format="CAROUSEL_ADS", video=None, image_ids="[i1, i2]"))
    assert {address: op for address, op in pictures.plan().ops.items() if "image" in address} == {
        "image/logo": "forget", "image/other": "forget",
    }  # fmt: skip
    pictures.apply()
    assert len(library(market)) == 2
    assert not any(address.startswith("image/") for address in pictures.lock)
    assert pictures.run("status", "--json").code == 0


@pytest.mark.parametrize("fault", [{"lose_reply": True}, {"lose_reply": True, "delay": 1}, {"code": 40911}])
def test_an_upload_whose_reply_is_lost(pictures: Workspace, market: Account, fault: dict[str, Any]) -> None:
    """It is sent again, the name is taken, and the image of that name is ours: one image each, one ad."""
    market.faults({"path": IMAGE, "nth": 1, **fault})
    assert set(pictures.apply().ended.values()) == {"done"}
    assert len(market.objects("ad")) == 1
    assert pictures.in_sync()
    if "lose_reply" in fault:
        assert len(library(market)) == 2
        assert IMAGES in [one["path"] for one in market.calls("GET")]


def test_a_lost_upload_of_a_url(shop: Workspace, market: Account) -> None:
    """Its name is enough: it says which URL it stands for."""
    market.faults({"path": IMAGE, "nth": 1, "lose_reply": True})
    shop.manifest(media(url="https://cdn.example.com/c.jpg"), campaign(), adgroup(), ad(image_ids="[{image: logo}]"))
    assert set(shop.apply().ended.values()) == {"done"}
    (made,) = library(market)
    assert market.one("ad", "spring-us-hero")["image_ids"] == [made["image_id"]]


def test_a_name_that_others_bytes_have(pictures: Workspace, market: Account) -> None:
    """A stranger's image of our name is not taken for ours: another name is used."""
    name = f"logo-{hashlib.sha256(LOGO).hexdigest()[:16]}.png"
    market.load(images=[{"image_id": "stranger", "file_name": name, "signature": "0" * 32, "width": 1, "height": 1}])
    pictures.apply()
    assert "stranger" not in market.one("ad", "spring-us-hero")["image_ids"]
    assert [one["file_name"] for one in uploads(market)][:2] == [name, name.replace(".png", "-2.png")]
    assert pictures.in_sync()


@pytest.mark.parametrize(
    ("path", "nth", "commit"), rotating([(IMAGE, nth, commit) for nth in (1, 2) for commit in (False, True)], 2)
)
def test_killed_at_an_upload(pictures: Workspace, market: Account, path: str, nth: int, commit: bool) -> None:
    """Before it is done or after: the next run brings every image in once, and makes one ad."""
    killed(pictures, market, {"path": path, "nth": nth, **({"commit": True} if commit else {})})
    assert set(pictures.apply().ended.values()) == {"done"}
    assert len(library(market)) == 2
    assert len(market.objects("ad")) == 1
    assert pictures.in_sync()


def test_killed_at_the_upload_of_a_video(shop: Workspace, market: Account) -> None:
    """The same for a video from a file, when the platform has it already."""
    put(shop, "hero.mp4", film("hero", "local"))
    shop.manifest(media("Video", "hero", file="hero.mp4"), campaign(), adgroup(), ad(video="{video: hero}"))
    killed(shop, market, {"path": UPLOAD, "nth": 1, "commit": True})
    assert set(shop.apply().ended.values()) == {"done"}
    assert len(library(market, "library_videos")) == 1
    assert shop.in_sync()


def test_a_file_that_changes_while_the_run_goes_on(pictures: Workspace, market: Account) -> None:
    """What was approved is sent or nothing: the ad fails, and the next plan knows the new content."""
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 600})
    run = pictures.start("apply", "--auto-approve", "--json")
    until(lambda: any(path == "campaign/create/" for path, _ in market.posts()))
    put(pictures, "images/logo.png", OTHER)
    market.operate("clock", {"advance": 601})
    out, _ = run.communicate(timeout=60)
    ended = {one["address"]: one for one in json.loads(out)["outcomes"]}
    assert ended["image/logo"]["error"]["code"] == "R708"
    assert ended["ad/spring-us-hero"]["outcome"] == "failed"
    assert market.objects("ad") == []
    pictures.apply()
    assert pictures.in_sync()


def test_the_example(tmp_path: Path, market: Account) -> None:
    """examples/local-creatives: valid but for its start, whenever that is; carried out at once, and then nothing is
    left to do."""
    work = Workspace(tmp_path / "local", market.url)
    shutil.copytree(EXAMPLE, work.root, dirs_exist_ok=True)
    work.replace('"2027-12-31 06:00:00"', day(1), "manifests/spring.yaml")
    assert work.run("validate").code == 0
    work.replace("http://127.0.0.1:8080", market.url, "reconciler.yaml")
    assert set(work.apply().ended.values()) == {"done"}
    assert len(library(market)) == 3
    assert len(market.one("ad", "us-carousel")["image_ids"]) == 3
    assert work.in_sync()


def test_a_step_that_waits_with_an_image_that_came_meanwhile(shop: Workspace, market: Account) -> None:
    """It was approved with the image's name; that another ad has brought it into the library changes nothing."""
    consent(shop)
    market.switch(task_seconds="30")
    put(shop, "logo.png", LOGO)
    cover = "[{image: logo}]"
    ads = (ad("now", image_ids=cover), ad("later", video="{refresh: hooks, variant: 1}", image_ids=cover))
    shop.manifest(video(), refresh(variants=1), media(file="logo.png"), campaign(), adgroup(), *ads)
    assert shop.apply("--detach", code=8).ended["ad/now"] == "done"
    assert market.names("ad") == ["now"]
    market.operate("clock", {"advance": 31})
    assert shop.run("advance", "--max-duration", "120").code == 0
    (image,) = library(market)
    assert [one["image_ids"] for one in market.objects("ad")] == [[image["image_id"]]] * 2
    assert shop.in_sync()


def test_many_manifests_may_name_one_file(shop: Workspace, market: Account) -> None:
    """Each is an upload of its own under its own name."""
    put(shop, "logo.png", LOGO)
    two = (media(name="one", file="logo.png"), media(name="two", file="logo.png"))
    shown: dict[str, Any] = {"ad_format": "CAROUSEL_ADS", "video": None, "image_ids": "[{image: one}, {image: two}]"}
    shop.manifest(*two, campaign(), adgroup(), ad(**shown))
    assert set(shop.apply().ended.values()) == {"done"}
    assert sorted(one["file_name"][:4] for one in library(market)) == ["one-", "two-"]
    assert shop.in_sync()


def test_targets_take_the_images_they_need(pictures: Workspace) -> None:
    """And a plan without an image is one without its ad."""
    assert {"image/logo", "image/other"} <= pictures.plan("--target", "ad/*").ops.keys()
    assert pictures.plan("--exclude", "image/logo").ops.keys() == {
        "campaign/spring",
        "adgroup/spring-us",
        "image/other",
    }


def test_a_colleagues_image_is_drift(pictures: Workspace, market: Account) -> None:
    """Somebody shows another picture: drift says so, and the plan puts ours back without another upload."""
    pictures.apply()
    market.forget_calls()
    market.edit("ad", "spring-us-hero", image_ids=["i1", "i2"])
    (drifted,) = pictures.run("drift", "--json").json["drift"]
    assert [one["path"] for one in drifted["fields"]] == ["image_ids"]
    assert pictures.plan().ops == {"ad/spring-us-hero": "update"}
    pictures.apply()
    assert uploads(market) == []
    assert pictures.in_sync()


def test_the_pages_people_read(pictures: Workspace) -> None:
    """Plain words, Markdown and HTML name the image, its file and what it is for; `show` reads a saved plan again."""
    pages = [pictures.run("plan", "--format", how).stdout for how in ("text", "markdown", "html")]
    assert all("images/logo.png" in one and "image/logo" in one for one in pages)
    pictures.run("plan", "--out", "saved.plan")
    assert pictures.run("show", "saved.plan").stdout.count("will be uploaded") == 2
    assert set(pictures.apply("saved.plan").ended.values()) == {"done"}
