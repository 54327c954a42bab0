"""The stock library: uploads, what they see of their URL, and the operator's own uploads and videos."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Start


def test_an_upload_goes_by_its_url(start: Start) -> None:
    """The path of a URL says whether it is broken, text, or gives an id no task can be made of."""
    client = start()
    for word, code in (("broken", 40902), ("text", 40905), ("unusable", 0), ("hero", 0)):
        told = client.upload(f"http://example.com/{word}.mp4?broken-text-unusable")
        assert told["code"] == code
        if word == "unusable":
            assert client.submit(video_id=told["data"]["video_id"])["code"] == 40053
    assert [row["usable"] for row in client.operate("state")["uploads"]] == [False, True]
    assert client.submit(video_id="v1")["code"] == 40007
    assert client.operate("state")["tasks"] == []


def test_a_url_uploaded_twice_has_two_ids(start: Start) -> None:
    """Every upload gives an id of its own."""
    client = start()
    first, second = (client.upload()["data"]["video_id"] for _ in range(2))
    assert first != second


def test_the_answer_of_an_upload_is_a_switch(start: Start) -> None:
    """An upload answers with an object, or with a list of one."""
    client = start({"upload_answer": "array"})
    (told,) = client.upload()["data"]
    assert list(told) == ["video_id"]


def test_a_preview_url_may_be_uploaded_while_it_lives(start: Start) -> None:
    """A preview_url is a source like any other, unless upload_preview is off or the URL is over."""
    client = start({"strangers": "1"})
    url = client.videos()[0]["preview_url"]
    assert client.upload(url)["code"] == 0
    assert client.upload(f"{url}x")["code"] == 40902
    client.operate("switches", {"upload_preview": "off"})
    assert client.upload(url)["code"] == 40902
    client.operate("switches", {"upload_preview": "on"})
    client.wait(6 * 3600)
    assert client.upload(url)["code"] == 40902


class _Pages(BaseHTTPRequestHandler):
    """Something else on this machine that uploads may look at."""

    def do_GET(self) -> None:
        status, kind, body, more = {
            "/film": (200, "video/mp4", b"\0\0\0\x10ftypisom\0\0\0\0", {}),
            "/page": (200, "Text/HTML; charset=utf-8", b"<p>", {}),
            "/other": (200, "video/mp4", b"RIFF....AVI ", {}),
            "/cut": (200, "video/mp4", b"\0\0\0\x10ftyp", {"Content-Length": "99"}),
            "/sum": (200, "video/mp4", b"\0\0\0\x08ftyp", {"Content-MD5": "bm9uZQ=="}),
            "/away": (302, "video/mp4", b"", {"Location": "/film"}),
        }[self.path]
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def pages() -> Iterator[str]:
    """The address of such a server."""
    with HTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_upload_may_look_at_its_url(start: Start, pages: str) -> None:
    """With fetch=on a URL of this machine is read; no other is, and the simulator's own need not be."""
    client = start({"fetch": "on"})
    expected = {"film": 0, "page": 40905, "other": 0, "cut": 40902, "sum": 40902, "away": 40902}
    assert {name: client.upload(f"{pages}/{name}")["code"] for name in expected} == expected
    assert [row["usable"] for row in client.operate("state")["uploads"]] == [True, False]
    for url in ("http://127.0.0.1:1/", "https://127.0.0.1/x"):
        assert client.upload(url)["code"] == 40902
    for url in (
        "http://192.0.2.1/film.mp4",
        "http://nowhere.invalid/film.mp4",
        f"{client.simulator.url}/source/hero.mp4",
    ):
        assert client.upload(url)["code"] == 0
    client.operate("switches", {"fetch": "off"})
    assert client.upload(f"{pages}/page")["code"] == 0


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("stranger", {"videos": -1}),
        ("stranger", {"strategies": ["SWAP_MUSIC", "ADD_HOOK"]}),
        ("stranger", {"hook_type": "FUNNY"}),
        ("stranger", {"delay": "1"}),
        ("stranger", {"delay": 1e30}),
        ("stranger", {"joy": 1}),
        ("stranger", []),
        ("upload", {}),
        ("upload", {"video_url": "x", "video_id": ""}),
        ("upload", {"video_url": "x", "usable": 1}),
        ("upload", {"video_url": "x", "joy": 1}),
    ],
)
def test_a_wrong_call_of_the_operator_does_nothing(start: Start, name: str, wrong: object) -> None:
    """Neither a stranger nor an upload is made of what cannot be used."""
    client = start()
    assert "error" in client.operate(name, wrong)
    state = client.operate("state")
    assert state["tasks"] == state["uploads"] == []


def test_an_upload_of_the_operator_has_its_own_id(start: Start) -> None:
    """The operator chooses an id once, and whether a task can be made of it."""
    client = start()
    told = {"video_id": "v7", "video_url": "x:y", "usable": False}
    assert client.operate("upload", told)["video_id"] == "v7"
    assert "error" in client.operate("upload", told)
    assert client.submit(video_id="v7")["code"] == 40053
