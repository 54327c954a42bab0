"""Videos, covers and images of the asset library."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import films

if TYPE_CHECKING:
    from tests.simulator.conftest import Produce, Production

ACCOUNT = "7000000000000000001"
UPLOAD = "file/video/ad/upload/"


@pytest.fixture
def client(produce: Produce) -> Production:
    """A simulator whose videos are transcoded at once."""
    return produce()


def send_file(client: Production, data: bytes, signature: str = "", **more: str) -> dict[str, Any]:
    """Uploads a file; its signature is right unless told."""
    told = {"advertiser_id": ACCOUNT, "upload_type": "UPLOAD_BY_FILE", **more}
    told["video_signature"] = signature or hashlib.md5(data, usedforsecurity=False).hexdigest()
    answer: dict[str, Any] = client.send("POST", UPLOAD, data=told, files={"video_file": ("a.mp4", data)}).json()
    return answer


def info(client: Production, *ids: str) -> list[dict[str, Any]]:
    """What the API tells of videos."""
    rows: list[dict[str, Any]] = client.get("file/video/ad/info/", video_ids=json.dumps(ids))["data"]["list"]
    return rows


# --- uploads ---------------------------------------------------------------------------------------------------------


def test_an_upload_by_url_answers_with_a_list_of_one(client: Production) -> None:
    """The answer is an array with the video; with asset_answer=object it is the video."""
    told = client.post(UPLOAD, upload_type="UPLOAD_BY_URL", video_url="https://example.com/a.mp4", file_name="a")
    assert (told["code"], len(told["data"]), told["data"][0]["file_name"]) == (0, 1, "a")
    client.operate("switches", {"asset_answer": "object"})
    told = client.post(UPLOAD, upload_type="UPLOAD_BY_URL", video_url="https://example.com/a.mp4")
    assert told["data"]["video_id"]


def test_a_file_is_checked_against_its_md5(client: Production) -> None:
    """A file with its right signature is taken, a wrong one is 40900, a missing one 40002, no film 40906."""
    data = films.film(films.SOURCE, "\r\n--x\r\n")
    told = send_file(client, data, file_name="mine")
    (row,) = info(client, told["data"][0]["video_id"])
    assert (row["signature"], row["size"]) == (hashlib.md5(data, usedforsecurity=False).hexdigest(), len(data))
    assert send_file(client, data, "0" * 32)["code"] == 40900
    assert send_file(client, b"no film at all")["code"] == 40906
    files = {"video_file": ("a.mp4", data)}
    told = client.send("POST", UPLOAD, data={"advertiser_id": ACCOUNT}, files=files).json()
    assert told["message"] == "video_signature: Missing data for required field."
    told = client.post(UPLOAD)
    assert told["message"] == "video_file: Missing data for required field."


def test_the_log_holds_a_form_without_its_bytes(client: Production) -> None:
    """The arrival of a file tells its name, size and MD5."""
    send_file(client, films.template(films.SOURCE), is_third_party="true")
    (entry,) = client.operate("log")["arrivals"]
    assert entry["body"]["video_file"]["file_name"] == "a.mp4"
    assert entry["body"]["video_file"]["size"] == len(films.template(films.SOURCE))
    assert entry["committed"]


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"--b\r\nx\r\n\r\ny\r\n--b--", b"x--b--", b"--b\r\n\r\n--b--\r\n"])
def test_a_broken_form_is_refused(production: Production, body: bytes) -> None:
    """A form that does not end, or whose parts have no name, is a parameter error."""
    for content_type in ("multipart/form-data; boundary=b", "multipart/form-data"):
        told = production.send("POST", UPLOAD, data=body, headers={"Content-Type": content_type})
        assert (told.status_code, told.json()["code"]) == (200, 40002)


def test_only_uploads_take_forms(production: Production) -> None:
    """A form to any other call is a parameter error."""
    told = production.send("POST", "campaign/create/", files={"campaign_name": ("a", b"b")}).json()
    assert (told["code"], told["message"]) == (40002, "Content-Type: must be application/json")


def test_a_file_name_is_unique_in_an_account(client: Production) -> None:
    """The same name again is 40911, in another account it is not; without a name one is made up."""
    client.clip(file_name="hero")
    told = {"upload_type": "UPLOAD_BY_URL", "video_url": "https://example.com/b.mp4", "file_name": "hero"}
    assert client.post(UPLOAD, **told)["code"] == 40911
    assert client.post(UPLOAD, **{**told, "advertiser_id": "8"})["code"] == 0
    assert client.clip() != client.clip()


@pytest.mark.parametrize(("path", "code"), [("broken.mp4", 40902), ("text.mp4", 40905)])
def test_a_bad_url_is_refused(production: Production, path: str, code: int) -> None:
    """The words of the stock library have their meaning here, too."""
    told = production.post(UPLOAD, upload_type="UPLOAD_BY_URL", video_url=f"https://example.com/{path}")
    assert told["code"] == code


def test_an_unusable_video_is_an_id_and_nothing_more(client: Production) -> None:
    """A bad URL may give an id that no list shows and no ad takes."""
    video = client.clip("https://example.com/unusable.mp4")
    assert info(client, video) == []
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    assert client.ad(group, video_id=video, image_ids=["x"])["code"] == 40053


def test_a_refreshed_video_is_not_in_the_asset_library(client: Production) -> None:
    """Its id cannot be looked up, copied or used in an ad; its file can be uploaded again."""
    client.tasks()
    client.wait(60)
    refreshed, url = client.videos()[0]["video_id"], client.preview()
    assert info(client, refreshed) == []
    assert client.post(UPLOAD, upload_type="UPLOAD_BY_VIDEO_ID", video_id=refreshed)["code"] == 40053
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    assert client.ad(group, video_id=refreshed, image_ids=["x"])["code"] == 40053
    data = client.fetch(url).content
    (row,) = info(client, client.clip(url))
    assert row["signature"] == hashlib.md5(data, usedforsecurity=False).hexdigest()
    (again,) = info(client, send_file(client, data)["data"][0]["video_id"])
    assert again["signature"] == row["signature"]
    client.operate("switches", {"upload_preview": "off"})
    assert client.post(UPLOAD, upload_type="UPLOAD_BY_URL", video_url=url)["code"] == 40902


def test_a_video_of_an_account_can_be_copied(client: Production) -> None:
    """UPLOAD_BY_VIDEO_ID makes another video of the same file."""
    video = client.clip()
    told = client.post(UPLOAD, upload_type="UPLOAD_BY_VIDEO_ID", video_id=video)
    first, second = info(client, video, told["data"][0]["video_id"])
    assert first["signature"] == second["signature"]
    assert first["video_id"] != second["video_id"]


def test_the_same_path_is_the_stock_library_without_an_advertiser(client: Production) -> None:
    """With use_scenario and no advertiser_id the upload is the refresh document's, and no asset."""
    told = client.upload()
    assert (told["code"], list(told["data"])) == (0, ["video_id"])
    assert info(client, told["data"]["video_id"]) == []
    both = {
        "advertiser_id": ACCOUNT,
        "upload_type": "UPLOAD_BY_URL",
        "use_scenario": "AIGC",
        "video_url": "https://x.com",
    }
    assert client.call("POST", UPLOAD, both)["message"] == "use_scenario: is not a field of this call"


# --- transcoding, search, covers -------------------------------------------------------------------------------------


def test_a_video_is_transcoded_before_it_is_of_use(produce: Produce) -> None:
    """Until transcode_seconds are over there are no metadata and no covers, and an ad is 40901."""
    client = produce({"transcode_seconds": "30"})
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    video = client.clip()
    assert info(client, video)[0]["width"] is None
    assert client.get("file/video/suggestcover/", video_id=video)["data"] == {"list": []}
    assert client.ad(group, video_id=video, image_ids=["x"])["code"] == 40901
    client.wait(30)
    (row,) = info(client, video)
    assert (row["width"], row["height"], row["displayable"]) == (540, 960, True)
    assert client.ad(group, video_id=video)["code"] == 0


def test_the_search_collapses_copies(client: Production) -> None:
    """A search finds part of a name; copies of one file are one row unless their ids are asked for."""
    first, second = client.clip(file_name="Hero one"), client.clip(file_name="Hero two")
    other = client.clip("https://example.com/other.mp4", file_name="Other")

    def found(**filtering: Any) -> list[str]:
        told = client.get("file/video/ad/search/", filtering=json.dumps(filtering))["data"]["list"]
        return [row["video_id"] for row in told]

    assert found() == [other, second]
    assert found(video_name="hero") == [second]
    assert found(video_ids=[first, second]) == [second, first]
    assert found(material_ids=["1"]) == []


def test_covers_have_the_shape_of_their_video(client: Production) -> None:
    """suggestcover gives as many covers as wanted; the switch `covers` limits them."""
    video = client.clip("https://example.com/wide.mp4")
    rows = client.get("file/video/suggestcover/", video_id=video, poster_number=3)["data"]["list"]
    assert [(row["width"], row["height"]) for row in rows] == [(960, 540)] * 3
    client.operate("switches", {"covers": "0"})
    assert client.get("file/video/suggestcover/", video_id=video)["data"] == {"list": []}
    assert client.get("file/video/suggestcover/", video_id="v9")["code"] == 40007


def test_an_image_can_be_the_cover(produce: Produce) -> None:
    """Where no cover is suggested an image of the account with the video's shape serves."""
    client = produce({"covers": "0"})
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    video = client.clip()

    def image(name: str) -> str:
        told = {"upload_type": "UPLOAD_BY_URL", "image_url": f"https://example.com/{name}.jpg", "file_name": name}
        made: str = client.post("file/image/ad/upload/", **told)["data"]["image_id"]
        return made

    assert client.ad(group, video_id=video, image_ids=[image("tall")])["code"] == 0
    assert "aspect ratio" in client.ad(group, video_id=video, image_ids=[image("square")])["message"]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"image_url": "a.jpg"}, 40002),
        ({"image_url": "https://x.com/broken.jpg"}, 40902),
        ({"file_name": "one"}, 40911),
    ],
)
def test_a_bad_image_is_refused(client: Production, told: dict[str, str], code: int) -> None:
    """An image needs a URL that can be read and a name that is free."""
    good = {"upload_type": "UPLOAD_BY_URL", "image_url": "https://example.com/one.jpg", "file_name": "one"}
    assert client.post("file/image/ad/upload/", **good)["code"] == 0
    assert client.post("file/image/ad/upload/", **{**good, "file_name": "two", **told})["code"] == code


def test_an_image_from_a_file_is_found_again(client: Production) -> None:
    """Checked against its MD5 and for being one; a search shows it with its name, which is free once."""
    data = b"\x89PNG\r\n\x1a\n" + bytes(20)
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()

    def send(data: bytes, **more: str) -> dict[str, Any]:
        told = {"advertiser_id": ACCOUNT, "upload_type": "UPLOAD_BY_FILE", "file_name": "logo.png", **more}
        files = {"image_file": ("a.png", data)}
        answer: dict[str, Any] = client.send("POST", "file/image/ad/upload/", data=told, files=files).json()
        return answer

    assert send(data)["code"] == 40002
    assert send(data, image_signature="0" * 32)["code"] == 40900
    assert (
        send(b"no image", image_signature=hashlib.md5(b"no image", usedforsecurity=False).hexdigest())["code"] == 40906
    )
    made = send(data, image_signature=digest)["data"]
    (row,) = client.get("file/image/ad/search/")["data"]["list"]
    assert (row["image_id"], row["file_name"], row["signature"]) == (made["image_id"], "logo.png", digest)
    assert send(data, image_signature=digest)["code"] == 40911


def test_a_loaded_video_is_ready(produce: Produce) -> None:
    """What the operator loads need not be transcoded."""
    client = produce({"transcode_seconds": "60"})
    video = {"video_id": "v1", "file_name": "one", "width": 540, "height": 960}
    client.operate("load", {"advertiser_id": ACCOUNT, "library_videos": [video]})
    assert info(client, "v1")[0]["width"] == 540
