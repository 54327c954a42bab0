"""Every endpoint of the marketing contract: what it takes, what it refuses, how it pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.production_table import CREATIVE, GOOD, GROUP, REQUIRED, TOO_MANY, WRONG, WRONG_CREATIVE

if TYPE_CHECKING:
    from tests.simulator.conftest import Production


@pytest.mark.parametrize("path", GOOD)
def test_every_call_succeeds(production: Production, path: str) -> None:
    """A call with good parameters has code 0 and the whole envelope."""
    method, params, _ = GOOD[path]
    told = production.call(method, path, params)
    assert (told["code"], told["message"]) == (0, "OK")
    assert list(told) == ["code", "message", "request_id", "data"]


@pytest.mark.parametrize(("path", "name"), REQUIRED)
def test_a_missing_field_is_named(production: Production, path: str, name: str) -> None:
    """A call without a field it needs, always or on condition, is 40002 with production's words."""
    method, params, _ = GOOD[path]
    told = production.call(method, path, {key: value for key, value in params.items() if key != name})
    assert (told["code"], told["data"]) == (40002, {})
    assert told["message"].startswith(f"{name}: ")
    assert told["message"].endswith("Missing data for required field.")


@pytest.mark.parametrize(("path", "name", "value"), WRONG)
def test_a_wrong_value_is_named(production: Production, path: str, name: str, value: object) -> None:
    """A wrong type, a word no enum has and a value past its limit are 40002 and name the field."""
    method, params, _ = GOOD[path]
    told = production.call(method, path, {**params, name: value})
    assert (told["code"], told["data"]) == (40002, {})
    assert told["message"].startswith((name, "dimensions: ", "end_date: "))


@pytest.mark.parametrize(("name", "value", "message"), WRONG_CREATIVE)
def test_a_wrong_creative_is_named_by_its_place(production: Production, name: str, value: object, message: str) -> None:
    """A creative that cannot be is 40002 with the place of the field."""
    creative = {key: one for key, one in {**CREATIVE, name: value}.items() if one is not None}
    told = production.post("ad/create/", adgroup_id=GROUP, creatives=[creative])
    assert told["code"] == 40002
    assert told["message"].startswith(f"creatives.0.{message}")


@pytest.mark.parametrize(("path", "params"), TOO_MANY)
def test_too_many_ids_have_a_code_of_their_own(production: Production, path: str, params: dict[str, Any]) -> None:
    """Past 100 ids in a filter, 20 in a status update or 60 videos the code is 40011."""
    method, good, _ = GOOD[path]
    assert production.call(method, path, {**good, **params})["code"] == 40011


@pytest.mark.parametrize("path", [path for path, (method, _, _) in GOOD.items() if method == "POST"])
def test_an_unknown_body_field_is_refused(production: Production, path: str) -> None:
    """A body field the call does not have, `status` among them, is 40002."""
    told = production.call("POST", path, {**GOOD[path][1], "status": "DISABLE"})
    assert (told["code"], told["message"]) == (40002, "status: is not a field of this call")


@pytest.mark.parametrize("path", [path for path, (method, _, _) in GOOD.items() if method == "GET"])
def test_an_unknown_query_key_is_ignored(production: Production, path: str) -> None:
    """A query key the call does not have changes nothing."""
    method, params, _ = GOOD[path]
    expected = production.call(method, path, params)["data"]
    assert production.call(method, path, {**params, "campaign_ids": "9,x", "joy": "1"})["data"] == expected


@pytest.mark.parametrize("path", [path for path, (_, params, _) in GOOD.items() if "page" in params])
def test_a_page_past_the_end_is_empty(production: Production, path: str) -> None:
    """A page past the end is an empty list, and its page_info tells the truth."""
    data = production.call("GET", path, {**GOOD[path][1], "page": "9"})["data"]
    (rows,) = [value for name, value in data.items() if name != "page_info"]
    assert rows == []
    assert (data["page_info"]["page"], data["page_info"]["page_size"], data["page_info"]["total_page"]) == (9, 10, 1)


BODIES: list[Any] = [
    {"video_file": {"md5": "x"}, "video_signature": "x"},
    {"upload_type": "UPLOAD_BY_VIDEO_ID", "video_id": "\ud800"},
    {"upload_type": "UPLOAD_BY_FILE_ID", "file_id": "1"},
]


@pytest.mark.parametrize("body", BODIES)
def test_a_hostile_upload_is_refused(production: Production, body: dict[str, Any]) -> None:
    """What only looks like a file, and ids of nothing, are errors and no crash."""
    assert production.post("file/video/ad/upload/", **body)["code"] != 0


@pytest.mark.parametrize("number", ["1e400", "1e-99999999", "9" * 5000, "1e99999999999999999999999"])
def test_a_monstrous_number_does_no_harm(production: Production, number: str) -> None:
    """A number that no float holds is refused or given back, never a crash."""
    for name in ("budget", "deep_cpa_bid", "roas_bid"):
        params = json.dumps({**GOOD["adgroup/create/"][1], "adgroup_name": name + number[:20], "x": 0, name: "X"})
        body = params.replace('"X"', number).replace('"x": 0, ', "")
        told = production.send("POST", "adgroup/create/", data=body, headers={"Content-Type": "application/json"})
        assert told.status_code == 200
