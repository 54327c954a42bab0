"""Everything that can go wrong with a film over HTTP."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from reconciler.simulator import films

if TYPE_CHECKING:
    from tests.simulator.conftest import Start

PREVIEWS = {"path": "/preview/*"}


@pytest.mark.parametrize(
    ("fault", "status", "body", "headers"),
    [
        ({"status": 503}, 503, None, {}),
        ({"code": 50000}, 200, None, {"Content-Type": "application/json"}),
        (
            {"garbage": "<html>", "headers": {"Content-Type": "text/html"}},
            200,
            b"<html>",
            {"Content-Type": "text/html"},
        ),
        ({"garbage": ""}, 200, b"", {"Content-Length": "0"}),
        ({"redirect": "/source/hero.mp4"}, 302, b"", {"Location": "/source/hero.mp4"}),
        ({"redirect": "http://127.0.0.1:1/", "http_status": 307}, 307, b"", {"Location": "http://127.0.0.1:1/"}),
        ({"redirect": "http://169.254.169.254/"}, 302, b"", {"Location": "http://169.254.169.254/"}),
        ({"cookie": "a=b; Path=/"}, 200, None, {"Set-Cookie": "a=b; Path=/"}),
        ({"wrong_length": 9}, 200, films.template("music-1")[:9], {"Content-Length": "9"}),
        ({"edit": {"data": 1}}, 200, None, {"Content-Type": "video/mp4"}),
    ],
)
def test_a_preview_answers_something_else(
    start: Start, fault: dict[str, Any], status: int, body: bytes | None, headers: dict[str, str]
) -> None:
    """The faults that change an answer change that of a film; a fault about envelopes leaves it alone."""
    client = start({"strangers": "1"}, faults=[{**PREVIEWS, "nth": 1, **fault}])
    response = client.fetch(client.preview())
    assert response.status_code == status
    assert body is None or response.content == body
    assert headers.items() <= response.headers.items()
    (entry,) = client.arrivals_of_films()
    assert (entry["fault"], entry["replied"]) == (next(iter(fault)), "cookie" in fault)
    assert client.fetch(client.preview()).headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(
    "fault", [{"truncate": 0}, {"truncate": 1}, {"truncate": 5000}, {"wrong_length": 99999}, {"lose_reply": True}]
)
def test_a_preview_breaks_off(start: Start, fault: dict[str, Any]) -> None:
    """A film that is cut at any byte, or shorter than its Content-Length says, ends with a broken connection."""
    client = start({"strangers": "1"}, faults=[{**PREVIEWS, **fault}])
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.fetch(client.preview())


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_preview_never_ends(start: Start, framing: str) -> None:
    """An endless film goes on past its own length, in chunks or under a huge Content-Length, until it is dropped."""
    client = start({"strangers": "1"}, faults=[{**PREVIEWS, "endless": 3_000_000, "framing": framing}])
    with client.fetch(client.preview(), stream=True) as response:
        assert (response.headers.get("Content-Length") == str(10**15)) == (framing == "length")
        read = 0
        for piece in response.iter_content(10_000):
            read += len(piece)
            if read > 30_000:
                break
    assert read > 30_000


def test_an_endless_preview_may_be_silent(start: Start) -> None:
    """At a pace of 0 nothing follows the headers, and a stop of the server ends it."""
    client = start({"strangers": "1"}, faults=[{**PREVIEWS, "endless": 0}])
    with client.fetch(client.preview(), stream=True) as response:
        client.simulator.stop()
        with pytest.raises(requests.RequestException):
            next(response.iter_content(1))


def test_a_preview_drips(start: Start) -> None:
    """drip sends the film itself, at its pace."""
    client = start({"strangers": "1"}, faults=[{**PREVIEWS, "drip": 50_000}])
    url = client.preview()
    began = time.monotonic()
    content = client.fetch(url).content
    assert time.monotonic() - began > 0.05
    assert hashlib.sha256(content).hexdigest() == client.operate("state")["videos"][0]["sha256"]
    assert client.arrivals_of_films()[0]["replied"]


def test_a_preview_waits_on_the_clock(start: Start) -> None:
    """delay holds a film back in simulated time."""
    client = start({"strangers": "1"}, faults=[{**PREVIEWS, "delay": 40}], speed=1000)
    url, before = client.preview(), client.simulator.clock.now()
    assert client.fetch(url).status_code == 200
    assert client.simulator.clock.now() - before >= 40


def test_faults_of_films_and_of_the_api_are_apart(start: Start) -> None:
    """A fault without a path, or with * alone, is about the API only; one with a slash in front is about films only."""
    client = start(
        {"strangers": "1"}, faults=[{"code": 1, "from": 2}, {"path": "*", "code": 2}, {"path": "/*", "status": 500}]
    )
    api = {"aigc_video_types": '["REFRESH_VIDEO"]'}
    assert client.call("GET", "creative/aigc/video/list/", api)["code"] == 2
    assert client.fetch(f"{client.simulator.url}/source/hero.mp4").status_code == 500
    assert client.call("GET", "creative/aigc/video/list/", api)["code"] == 1


def test_the_api_knows_the_faults_of_the_wire_too(start: Start) -> None:
    """drip and cookie leave an answer of the API whole, endless and wrong_length do not."""
    client = start(faults=[{"nth": 1, "drip": 5000}, {"nth": 2, "cookie": "a=b"}, {"nth": 3, "wrong_length": 5}])
    assert client.get("campaign/get/")["code"] == 0
    assert client.send("GET", "campaign/get/", params={"advertiser_id": "1"}).headers["Set-Cookie"] == "a=b"
    assert client.send("GET", "campaign/get/", params={"advertiser_id": "1"}).content == b'{"cod'
    assert [one["replied"] for one in client.operate("log")["arrivals"]] == [True, True, False]
    client.operate("faults", [{"endless": 1_000_000}])
    with client.send("GET", "campaign/get/", stream=True) as response:
        assert len(response.raw.read(1000)) == 1000
