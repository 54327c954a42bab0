"""Films over HTTP: what they are, and how long their addresses live."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from reconciler.simulator import films

if TYPE_CHECKING:
    from tests.simulator.conftest import Start

NAMES = sorted(path.stem for path in Path(films.__file__).with_name("videos").glob("*.mp4"))


# --- films -----------------------------------------------------------------------------------------------------------


def test_every_film_is_used() -> None:
    """The data files are the source, the films with new music and those with a hook, and no others."""
    assert sorted({films.SOURCE, *films.MUSIC, *films.HOOKS.values()}) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_film_is_a_small_mp4(name: str) -> None:
    """Its boxes tile the file, with and without a mark; it is H.264, small, and as long as its kind is."""
    data = films.film(name, "mark")
    kinds = [kind for kind, _ in films.boxes(data)]
    assert (kinds[0], kinds[-1], sorted(set(kinds))) == ("ftyp", "free", ["free", "ftyp", "mdat", "moov"])
    assert films.boxes(films.template(name)) == films.boxes(data)[:-1]
    assert b"avc1" in data
    assert len(data) <= 12 * 1024
    assert (films.seconds(name) == 3.0) if name == films.SOURCE or name in films.MUSIC else films.seconds(name) >= 4


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0\x09free", b"\0\0\0\0free"])
def test_boxes_that_do_not_tile_are_told(data: bytes) -> None:
    """A file that is cut, or no MP4 at all, has no boxes."""
    with pytest.raises(ValueError, match="tile"):
        films.boxes(data)


def test_every_video_has_its_own_bytes(start: Start) -> None:
    """No two videos share their bytes, each is what the ground truth says, and a hook makes it longer."""
    client = start()
    for hook in ("", "", "", "", "RECOMMENDED", "HOLIDAY"):
        client.tasks(hook)
    client.wait(40)
    truth = client.operate("state")["videos"]
    assert len(truth) == len({row["sha256"] for row in truth}) == 9
    for row in truth:
        response = client.fetch(row["preview_url"])
        assert response.headers["Content-Type"] == "video/mp4"
        assert (hashlib.sha256(response.content).hexdigest(), len(response.content)) == (row["sha256"], row["bytes"])
        assert (row["seconds"] > 3) == (row["hook_type"] is not None)


def test_the_source_is_always_there(start: Start) -> None:
    """The source film has a loopback address of its own; a HEAD of it has no body, and other methods are refused."""
    client = start()
    url = f"{client.simulator.url}/source/hero.mp4"
    assert client.fetch(url).content == films.template("hero")
    assert requests.head(url, timeout=5).headers["Content-Length"] == str(len(films.template("hero")))
    assert requests.post(url, timeout=5).status_code == 405
    assert client.fetch(f"{client.simulator.url}/source/other.mp4").status_code == 404


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 410])
def test_a_preview_lives_six_hours(start: Start, status: int) -> None:
    """A preview_url answers until six hours after the success, then no more; listing again changes nothing."""
    client = start({"task_seconds": "10", "preview_expired": str(status)})
    client.tasks()
    client.wait(10)
    url = client.preview()
    client.wait(6 * 3600 - 1)
    assert client.fetch(url).status_code == 200
    client.wait(1)
    assert client.preview() == url
    assert client.fetch(url).status_code == status


def test_listing_may_renew_a_preview(start: Start) -> None:
    """With preview_renewed=on a list gives an address that lives six hours from then on; old ones die all the same."""
    client = start({"preview_renewed": "on", "strangers": "1"})
    old = client.preview()
    client.wait(6 * 3600)
    assert client.fetch(old).status_code == 403
    assert client.fetch(client.preview()).status_code == 200


@pytest.mark.parametrize("change", ["expires=9", "signature=0", "preview/0"])
def test_only_a_signed_address_leads_anywhere(start: Start, change: str) -> None:
    """Another expiry or signature is refused, another path is nowhere."""
    client = start({"strangers": "1"})
    name = change.rstrip("09")
    assert client.fetch(client.preview().replace(name, change, 1)).status_code == (404 if "/" in change else 403)


def test_a_film_is_not_there_before_its_time(start: Start) -> None:
    """An address that is known too early leads nowhere yet."""
    client = start({"task_seconds": "10"})
    client.tasks()
    studio = client.simulator.studio
    (task,) = studio.tasks.values()
    url = studio.preview_url(task.videos[0], task, 0)
    assert client.fetch(url).status_code == 404
    client.wait(10)
    assert client.fetch(url).status_code == 200


def test_a_token_at_a_preview_is_noted(start: Start) -> None:
    """A preview needs no token; whoever sends one, or a cookie, is answered, and noted without it."""
    client = start({"strangers": "1"})
    url = client.preview()
    for headers in ({}, {"Access-Token": "secret-token"}, {"Cookie": "a=secret-token"}):
        assert client.fetch(url, headers=headers).status_code == 200
    assert [(one["token_leaked"], one["cookie_sent"]) for one in client.arrivals_of_films()] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert not any(entry["token_leaked"] for entry in client.operate("log")["arrivals"][:1])
    assert "secret-token" not in str(client.operate("log"))
