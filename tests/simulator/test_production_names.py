"""What an account calls its things, as production lists it: locations, languages, interests, pixels, apps, images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulator.clients import Production
    from tests.simulator.conftest import Produce

ACCOUNT = "7000000000000000001"
ANYWHERE = {"placements": '["PLACEMENT_TIKTOK"]', "objective_type": "TRAFFIC"}


def stocked(client: Production) -> None:
    """Two pixels, two apps and an image more."""
    client.operate(
        "load",
        {
            "advertiser_id": ACCOUNT,
            "pixels": [{"pixel_id": "7201", "pixel_name": "Shop"}, {"pixel_id": "7202", "pixel_name": "Blog"}],
            "apps": [{"app_id": "11", "app_name": "Puzzle", "platform": "IOS", "app_platform_id": "id11"},
                     {"app_id": "12", "app_name": "Racing"}],
            "images": [{"image_id": "i9", "file_name": "cover"}],
        },
    )  # fmt: skip


def regions(client: Production, **more: str) -> list[dict[str, Any]]:
    """The rows of locations."""
    found: list[dict[str, Any]] = client.get("tool/region/", **ANYWHERE, **more)["data"]["region_info"]
    return found


def test_locations_are_a_tree_without_pages(produce: Produce) -> None:
    """Every row names its parent, which is there, and what is below it; a range cuts the tree off."""
    client = produce()
    rows = regions(client, level_range="ALL")
    by_id = {row["location_id"]: row for row in rows}
    assert by_id["6252001"]["name"] == "United States"
    assert all(row["parent_id"] in {"0", *by_id} for row in rows)
    assert all(by_id[one]["parent_id"] == row["location_id"] for row in rows for one in row["next_level_ids"])
    assert {row["level"] for row in regions(client, level_range="TO_COUNTRY")} == {"COUNTRY"}
    assert "page_info" not in client.get("tool/region/", **ANYWHERE)["data"]


def test_languages_and_interests(produce: Produce) -> None:
    """Codes with names, and ids with names and levels; neither knows pages."""
    client = produce()
    told = client.get("tool/language/")["data"]
    assert {"code": "de", "name": "German"} in told["languages"]
    rows = client.get("tool/interest_category/", version="2")["data"]["interest_categories"]
    assert {row["level"] for row in rows} == {1, 2}
    below = {one for row in rows for one in row["sub_category_ids"]}
    assert below <= {row["interest_category_id"] for row in rows}


def test_pixels_page_and_filter(produce: Produce) -> None:
    """The account's own first, then what was loaded; by id, by a part of the name, the newest first."""
    client = produce()
    stocked(client)
    told = client.get("pixel/list/", page_size="2")["data"]
    assert ([row["pixel_name"] for row in told["pixels"]], told["page_info"]["total_number"]) == (
        ["Web pixel", "Shop"], 3,
    )  # fmt: skip
    assert [row["pixel_id"] for row in client.get("pixel/list/", pixel_id="7202")["data"]["pixels"]] == ["7202"]
    assert [row["pixel_id"] for row in client.get("pixel/list/", name="sho")["data"]["pixels"]] == ["7201"]
    newest = client.get("pixel/list/", order_by="LATEST_CREATE")["data"]["pixels"]
    assert newest[0]["pixel_name"] == "Blog"
    assert len(client.get("pixel/list/", advertiser_id="8")["data"]["pixels"]) == 1


def test_apps_are_one_answer(produce: Produce) -> None:
    """All of them without pages, or those of some platform ids."""
    client = produce()
    stocked(client)
    told = client.get("app/list/")["data"]
    assert list(told) == ["apps"]
    assert [(row["app_id"], row["platform"]) for row in told["apps"]] == [("11", "IOS"), ("12", "ANDROID")]
    assert [row["app_id"] for row in client.get("app/list/", app_platform_ids='["id11"]')["data"]["apps"]] == ["11"]


def test_images_are_searched(produce: Produce) -> None:
    """Newest first in pages, with the id that an ad takes and the name of the file; not those of somebody else."""
    client = produce()
    stocked(client)
    made = client.post(
        "file/image/ad/upload/", upload_type="UPLOAD_BY_URL", image_url="https://example.com/a.jpg", file_name="new"
    )["data"]["image_id"]
    told = client.get("file/image/ad/search/", page_size="1")["data"]
    assert ([row["image_id"] for row in told["list"]], told["page_info"]["total_number"]) == ([made], 2)
    asked = client.get("file/image/ad/search/", filtering='{"image_ids": ["i9"]}')["data"]["list"]
    assert [(row["image_id"], row["file_name"]) for row in asked] == [("i9", "cover")]
    assert client.get("file/image/ad/search/", advertiser_id="8")["data"]["list"] == []


def test_lists_of_names_lag_and_ids_may_be_numbers(produce: Produce) -> None:
    """As every other list: what was made a moment ago is not there yet; ids are written as the switch says."""
    client = produce({"list_lag": "60", "ids_as": "number"})
    stocked(client)
    assert [row["pixel_name"] for row in client.get("pixel/list/")["data"]["pixels"]] == ["Web pixel"]
    assert client.get("app/list/")["data"]["apps"] == []
    client.operate("clock", {"advance": 61})
    assert {row["app_id"] for row in client.get("app/list/")["data"]["apps"]} == {11, 12}
    assert regions(client)[0]["location_id"] == 6252001


def test_an_identity_of_a_business_center(produce: Produce) -> None:
    """Its id is needed to ask for that type alone; without a type all are listed, each with its own."""
    client = produce()
    told = {"identity_id": "a-1", "display_name": "Agency", "identity_type": "BC_AUTH_TT"}
    client.operate("load", {"advertiser_id": ACCOUNT, "identities": [{**told, "identity_authorized_bc_id": "900"}]})
    assert client.get("identity/get/", identity_type="BC_AUTH_TT")["code"] == 40002
    (row,) = client.get("identity/get/")["data"]["identity_list"]
    assert row["identity_authorized_bc_id"] == "900"
    asked = client.get("identity/get/", identity_type="BC_AUTH_TT", identity_authorized_bc_id="900")
    assert len(asked["data"]["identity_list"]) == 1
