"""Every endpoint of Upgraded Smart+: what it takes, what it refuses, how it pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import smart_plus
from tests.simulator.smart_table import AD, GOOD, INFO, REQUIRED, TOO_MANY, WRONG, WRONG_INFO

if TYPE_CHECKING:
    from tests.simulator.conftest import Smart

MISSING = "Missing data for required field."


def call(account: Smart, path: str, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A good call with some parameters changed; None leaves one out."""
    method, params, _ = GOOD[path]
    told = {name: value for name, value in {**params, **(changes or {})}.items() if value is not None}
    return account.call(method, f"smart_plus/{path}", told)


def test_the_table_has_every_call() -> None:
    """No endpoint of Smart+ is without its good parameters."""
    served = {(one.method, one.path.removeprefix("smart_plus/")) for one in smart_plus.ENDPOINTS}
    assert served == {(method, path) for path, (method, _, _) in GOOD.items()}


@pytest.mark.parametrize("path", GOOD)
def test_every_call_succeeds(smart_account: Smart, path: str) -> None:
    """A call with good parameters has code 0 and the whole envelope."""
    told = call(smart_account, path)
    assert (told["code"], told["message"]) == (0, "OK")
    assert list(told) == ["code", "message", "request_id", "data"]


@pytest.mark.parametrize(("path", "name"), REQUIRED)
def test_a_missing_field_is_named(smart_account: Smart, path: str, name: str) -> None:
    """A call without a field it needs, always or on condition, is 40002 and names it."""
    told = call(smart_account, path, {name: None})
    assert (told["code"], told["message"]) == (40002, f"{name}: {MISSING}")


@pytest.mark.parametrize(("path", "name", "value"), WRONG)
def test_a_wrong_value_is_named(smart_account: Smart, path: str, name: str, value: object) -> None:
    """A wrong type, a word no enum has, a limit passed and what does not go together are 40002 and name the field."""
    told = call(smart_account, path, {name: value})
    assert (told["code"], told["data"]) == (40002, {})
    places = {"objective_type": ("sales_destination",), "ad_configuration": ("ad_configuration.",)}
    assert told["message"].startswith((name, *places.get(name, ())))


@pytest.mark.parametrize(("name", "value", "message"), WRONG_INFO)
def test_a_wrong_creative_is_named_by_its_place(smart_account: Smart, name: str, value: object, message: str) -> None:
    """A creative that cannot be is 40002 with the place of the field."""
    info = {key: one for key, one in {**INFO, name: value}.items() if one is not None}
    told = call(smart_account, "ad/create/", {"creative_list": [{"creative_info": info}]})
    assert told["code"] == 40002
    assert told["message"].startswith(f"creative_list.0.creative_info.{message}")


def test_a_video_has_one_cover_in_the_live_words(smart_account: Smart) -> None:
    """No cover, and two of them, are refused with the text that was read live."""
    for images in ([], [{"web_uri": "i1"}] * 2):
        item = {"creative_info": {**INFO, "image_info": images}}
        told = call(smart_account, "ad/update/", {"creative_list": [item]})
        assert (told["code"], told["message"]) == (40002, "video material should have 1 image_info as the video cover")


def test_a_second_landing_page_is_refused_in_the_live_words(smart_account: Smart) -> None:
    """An ad has one landing page."""
    urls = [{"landing_page_url": "https://example.com/"}] * 2
    told = call(smart_account, "ad/update/", {"landing_page_url_list": urls})
    assert told["message"] == "landing_page_url_list: maximum number of items is 1"


def test_a_video_of_nobody_is_refused(smart_account: Smart) -> None:
    """A video that the account does not have has the code of the manual family."""
    item = {"creative_info": {**INFO, "video_info": {"video_id": "v9"}}}
    assert call(smart_account, "ad/create/", {"creative_list": [item]})["code"] == 40053


@pytest.mark.parametrize(("path", "params"), TOO_MANY)
def test_too_many_ids_have_a_code_of_their_own(smart_account: Smart, path: str, params: dict[str, Any]) -> None:
    """Past 100 ids in a filter or 20 in a status update the code is 40011."""
    assert call(smart_account, path, params)["code"] == 40011


@pytest.mark.parametrize("path", [path for path, (method, _, _) in GOOD.items() if method == "POST"])
def test_an_unknown_body_field_is_refused(smart_account: Smart, path: str) -> None:
    """A body field the call does not have is 40002."""
    told = call(smart_account, path, {"status": "DISABLE"})
    assert (told["code"], told["message"]) == (40002, "status: is not a field of this call")


def test_an_ad_tolerates_a_request_id(smart_account: Smart) -> None:
    """The request_id of the other creates is no reason to refuse an ad, and does not keep it from being made twice."""
    first = call(smart_account, "ad/create/", {"request_id": "7"})
    second = call(smart_account, "ad/create/", {"request_id": "7"})
    assert first["code"] == second["code"] == 0
    assert first["data"]["smart_plus_ad_id"] != second["data"]["smart_plus_ad_id"]


@pytest.mark.parametrize("path", [path for path, (_, params, _) in GOOD.items() if "page" in params])
def test_a_page_past_the_end_is_empty(smart_account: Smart, path: str) -> None:
    """A page past the end is an empty list, and its page_info tells the truth."""
    data = call(smart_account, path, {"page": "90"})["data"]
    assert data["list"] == []
    assert (data["page_info"]["page"], data["page_info"]["page_size"]) == (90, 10)
    assert data["page_info"]["total_number"] > 0


def test_fields_limit_a_row_and_a_wrong_one_is_named(smart_account: Smart) -> None:
    """`fields` limits the keys; the first name that is none is told by its place, with those that are."""
    rows = call(smart_account, "ad/get/", {"fields": '["smart_plus_ad_id", "ad_name"]'})["data"]["list"]
    assert all(set(row) == {"smart_plus_ad_id", "ad_name"} for row in rows)
    told = call(smart_account, "ad/get/", {"fields": '["ad_name", "joy", "joys"]'})
    assert told["message"].startswith("fields.1: must be one of advertiser_id, ")


def test_a_preview_is_a_link(smart_account: Smart) -> None:
    """The preview of a planned ad makes nothing."""
    before = len(smart_account.operate("state")["smart_plus_ads"])
    data = call(smart_account, "ad/preview/")["data"]
    assert data["preview_link"] in data["iframe"]
    assert len(smart_account.operate("state")["smart_plus_ads"]) == before


def test_a_review_tells_of_every_creative(smart_account: Smart) -> None:
    """The review of an ad has a state for the ad and for each of its creatives."""
    (row,) = call(smart_account, "ad/review_info/")["data"]["list"]
    assert (row["smart_plus_ad_id"], row["review_status"]) == (AD, "ALL_AVAILABLE")
    assert len(row["material_review_list"]) == 1
