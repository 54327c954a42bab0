"""The review page in a real browser: it plays, it decides, and hostile names stay text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from reconciler.ci.spoken import Order, Spoken, spoken
from reconciler.manifest.yaml import read
from reconciler.render.gallery import GalleryItem, GalleryRefresh, page
from reconciler.simulator import films
from reconciler.state.signed import approvals
from tests.browser.chromium import Chromium, Page
from tests.rotation import rotating

pytestmark = pytest.mark.browser

MADE = "2026-11-21T10:00:00Z"
HOOKS = "refresh/hero-hooks"
MUSIC = "refresh/hero-music"
HOSTILE = "<img src=x onerror=alert(1)>"
NAMES = (
    "hero_emotional_01.mp4",
    HOSTILE,
    "</script><script>alert(2)</script>",
    "{{ 7*7 }} \u202egpj.exe\x1b[31m",
    "",
    "\"'><svg/onload=alert(3)>",
)


@dataclass(frozen=True)
class Gallery:
    """A gallery on disk."""

    folder: Path
    refreshes: tuple[GalleryRefresh, ...]

    @property
    def url(self) -> str:
        return (self.folder / "index.html").as_uri()

    @property
    def items(self) -> list[GalleryItem]:
        return [item for refresh in self.refreshes for item in refresh.items]


def put(folder: Path, path: str, film: str, *, embed: bool) -> tuple[str, bytes]:
    """A film of the simulator below `folder`, or inside its URL; the URL and the bytes."""
    data = films.film(film, path)
    if embed:
        return "data:video/mp4;base64," + base64.b64encode(data).decode(), data
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(data)
    return path, data


def made(folder: Path, address: str, shown: Sequence[str], *, embed: bool = False, count: int = 3) -> GalleryRefresh:
    """A refresh with `count` variants made of the films named in `shown`."""
    short = address.partition("/")[2]
    items = []
    for number in range(1, count + 1):
        film = shown[(number - 1) % len(shown)]
        media, data = put(folder, f"media/{short}/g1-{number:03d}.mp4", film, embed=embed)
        items.append(
            GalleryItem(
                refresh=address,
                generation=1,
                variant=number,
                name=NAMES[(number - 1) % len(NAMES)],
                strategies=("SWAP_MUSIC",) if film in films.MUSIC else ("ADD_HOOK", "SWAP_MUSIC"),
                hook_type=None if film in films.MUSIC else film.upper().replace("-", "_"),
                task_id=f"71000000000000000{number:02d}",
                video_id=f"v10044g50000refresh{number:04d}",
                media=media,
                sha256=hashlib.sha256(data).hexdigest(),
                bytes=len(data),
                duration_seconds=films.seconds(film),
                state="ready",
                approval="none",
            )
        )
    source, _ = put(folder, f"media/{short}/source.mp4", films.SOURCE, embed=embed)
    return GalleryRefresh(address, source, tuple(items))


def write(folder: Path, *refreshes: GalleryRefresh, by: str | None = "Mira Okafor") -> Gallery:
    (folder / "index.html").write_text(page(refreshes, made_at=MADE, by=by), "utf-8")
    return Gallery(folder, refreshes)


@pytest.fixture(params=rotating(["files", "embedded"], 2))
def gallery(request: pytest.FixtureRequest, tmp_path: Path) -> Gallery:
    """Two refreshes, the videos beside the page or inside it."""
    embed = request.param == "embedded"
    hooks = made(tmp_path, HOOKS, list(films.HOOKS.values()), embed=embed, count=6)
    music = made(tmp_path, MUSIC, films.MUSIC, embed=embed)
    return write(tmp_path, hooks, music)


@pytest.fixture
def shown(gallery: Gallery, chromium: Chromium) -> Iterator[Page]:
    with chromium.page(gallery.url) as page:
        yield page


@pytest.fixture
def small(tmp_path: Path) -> Gallery:
    """One refresh with three variants beside the page."""
    return write(tmp_path, made(tmp_path, HOOKS, ["emotional", "comment", "billo"]))


def documents(page: Page) -> list[dict[str, object]]:
    """The files on the page, as PyYAML reads them."""
    return [yaml.safe_load(text) for text in page.texts("#documents pre")]


def badges(page: Page) -> Sequence[str]:
    return list(page.evaluate("[...document.querySelectorAll('.card .badge')].map(badge => badge.dataset.is)"))


# ---------------------------------------------------------------- playing


def test_every_video_plays(gallery: Gallery, shown: Page) -> None:
    """The time of every video on the page, sources included, goes on."""
    times = "[...document.querySelectorAll('video')].map(video => video.currentTime)"
    count = len(gallery.items) + len(gallery.refreshes)
    assert len(shown.evaluate(times)) == count
    shown.until(f"{times}.every(time => time > 0)")
    before = json.dumps(shown.evaluate(times))
    shown.until(f"{times}.every((time, index) => time !== {before}[index])")
    assert shown.evaluate("[...document.querySelectorAll('video')].every(video => video.muted && video.videoWidth > 0)")


def test_many_videos_play_in_view(tmp_path: Path, chromium: Chromium) -> None:
    """On a page with many videos only those in view play, and a chosen one does."""
    many = write(tmp_path, made(tmp_path, HOOKS, ["emotional"], count=30))
    playing = "[...document.querySelectorAll('.card video')].map(video => !video.paused)"
    with chromium.page(many.url) as page:
        page.until(f"{playing}[0] && !{playing}[29]")
        page.press("j", "k")
        page.evaluate("document.querySelectorAll('.card')[29].focus()")
        page.until(f"{playing}[29] && !{playing}[0]")


def test_keys_move(small: Gallery, chromium: Chromium) -> None:
    """j and k choose a card, show it, play it, and stop at both ends."""
    chosen = "[...document.querySelectorAll('.card')].indexOf(document.querySelector('.card.current'))"
    with chromium.page(small.url) as page:
        seen = []
        for key in "jjjjkkkk":
            page.press(key)
            seen.append(page.evaluate(chosen))
        assert seen == [0, 1, 2, 2, 1, 0, 0, 0]
        assert page.evaluate("document.activeElement === document.querySelector('.card.current')")
        page.press("p")
        page.until("[...document.querySelectorAll('video')].every(video => video.paused)")
        page.press("j")
        page.until(
            "[...document.querySelectorAll('video')].filter(video => !video.paused)"
            ".map(video => video.parentElement.id).join() === 'refresh-1-card-2'"
        )


def test_sound_of_the_chosen(small: Gallery, chromium: Chromium) -> None:
    """m lets the chosen video be heard and no other, and the sound follows the choice."""
    heard = "[...document.querySelectorAll('video')].map(video => !video.muted)"
    with chromium.page(small.url) as page:
        page.press("j", "m")
        assert page.evaluate(heard) == [False, True, False, False]
        page.press("j")
        assert page.evaluate(heard) == [False, False, True, False]
        page.press("m")
        assert page.evaluate(heard) == [False, False, False, False]


def test_source_unknown(small: Gallery, chromium: Chromium) -> None:
    """Without an address a browser can open the page says so and has no video for the source."""
    for source in (None, "javascript:alert(1)", "file:///etc/passwd", "//host/share.mp4"):
        write(small.folder, replace(small.refreshes[0], source=source))
        with chromium.page(small.url) as page:
            assert "known by its id" in page.text(".source")
            assert page.evaluate("document.querySelectorAll('.source video').length") == 0


def test_video_is_gone(small: Gallery, chromium: Chromium) -> None:
    """A video that cannot be loaded is named as such on its card alone."""
    (small.folder / small.items[1].media).unlink()
    with chromium.page(small.url) as page:
        page.until("!document.querySelectorAll('.problem')[2].hidden")
        hidden = page.evaluate("[...document.querySelectorAll('.problem')].map(problem => problem.hidden)")
        assert hidden == [True, True, False, True]


# ---------------------------------------------------------------- deciding


def test_approve_the_second(gallery: Gallery, shown: Page) -> None:
    """`a` on the second variant yields exactly the document and the command for its hash."""
    item = gallery.items[1]
    start = datetime.now(UTC).replace(microsecond=0)
    shown.press("j", "j", "a")
    (text,) = shown.texts("#documents pre")
    found = yaml.safe_load(text)
    at = found.pop("at")
    assert start <= at <= start + timedelta(minutes=1)
    assert re.search(r"^at: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", text, re.MULTILINE)
    assert found == {
        "kind": "Approval",
        "refresh": HOOKS,
        "sha256": item.sha256,
        "decision": "approved",
        "by": "Mira Okafor",
    }
    path = shown.text("#documents .path")
    assert path == f"approvals/hero-hooks/{item.sha256[:12]}.yaml"
    # What every plan reads approvals with.
    assert approvals({path: text.encode()})[item.sha256].decision == "approved"
    assert shown.text("#commands") == "reconciler approve refresh/hero-hooks 2 --by 'Mira Okafor'"
    assert badges(shown) == ["none", "approved", *["none"] * 7]


def test_file_to_save(small: Gallery, chromium: Chromium, tmp_path: Path) -> None:
    """The link saves the document under the name its path ends with, and the reader of manifests takes it."""
    item = small.items[0]
    with chromium.page(small.url) as page:
        page.click("#refresh-1-card-1 .reject")
        link = page.evaluate("(({download, href}) => ({download, href}))(document.querySelector('#documents a'))")
        assert link["download"] == f"{item.sha256[:12]}.yaml"
        (read_back,), findings = read(link["download"], unquote(link["href"].partition(",")[2]).encode())
        assert not findings
        assert read_back.value["decision"] == "rejected"
        saved = tmp_path / "saved"
        page.save_to(saved)
        page.click("#documents a")
        page.wait_for("Browser.downloadProgress", state="completed")
        assert (saved / link["download"]).read_text("utf-8") == page.text("#documents pre")


def test_one_command_per_decision(gallery: Gallery, shown: Page) -> None:
    """Several variants of a refresh share a command, approvals before rejections, with one file for each; the comment
    to paste says the same to whoever reads comments."""
    for key in "jrjajajrjjjaja":
        shown.press(key)
    assert shown.text("#commands").splitlines() == [
        "reconciler approve refresh/hero-hooks 2 3 --by 'Mira Okafor'",
        "reconciler reject refresh/hero-hooks 1 4 --by 'Mira Okafor'",
        "reconciler approve refresh/hero-music 1 2 --by 'Mira Okafor'",
    ]
    answer = spoken(shown.text("#comments"))
    assert answer == Spoken(
        (
            Order("approved", HOOKS, (2, 3), 1),
            Order("rejected", HOOKS, (1, 4), 1),
            Order("approved", MUSIC, (1, 2), 1),
        )
    )
    assert shown.text("#comments").startswith("/approve refresh/hero-hooks 2 3 g1\n")
    found = {document["sha256"]: document["decision"] for document in documents(shown)}
    hashes = [item.sha256 for item in gallery.items]
    decided = {0: "rejected", 1: "approved", 2: "approved", 3: "rejected", 6: "approved", 7: "approved"}
    assert found == {hashes[index]: decision for index, decision in decided.items()}
    assert shown.text("#tally") == "3 to decide · 4 approved · 2 rejected"


def test_undo(small: Gallery, chromium: Chromium) -> None:
    """u takes back one decision after another, the changed one first to what it was."""
    with chromium.page(small.url) as page:
        page.press("j", "a", "r", "j", "a")
        assert badges(page) == ["rejected", "approved", "none"]
        page.press("u")
        assert badges(page) == ["rejected", "none", "none"]
        page.press("u")
        assert badges(page) == ["approved", "none", "none"]
        page.press("u", "u")
        assert badges(page) == ["none", "none", "none"]
        assert page.text("#said") == "Nothing to undo"
        assert not page.texts("#documents pre")


def test_decided_before(small: Gallery, chromium: Chromium) -> None:
    """What was approved already comes after what is to decide, needs no file, and can be turned."""
    first, second, third = small.items
    approved = replace(first, approval="approved")
    write(small.folder, replace(small.refreshes[0], items=(approved, second, third)))
    with chromium.page(small.url) as page:
        assert badges(page) == ["none", "none", "approved"]
        page.press("j", "j", "j", "a")
        assert page.text("#said") == "Variant 1: already approved"
        assert not page.texts("#documents pre")
        page.press("r")
        assert [document["decision"] for document in documents(page)] == ["rejected"]
        page.press("a")
        assert not page.texts("#documents pre")


def test_remembered(small: Gallery, chromium: Chromium) -> None:
    """Decisions and the name outlive a reload; on a page that knows another approval they are void."""
    with chromium.page(small.url) as page:
        page.press("j", "a", "j", "r")
        page.type("#by", "Ola Nordmann")
        before = page.texts("#documents pre")
        page.open(small.url)
        assert badges(page) == ["approved", "rejected", "none"]
        assert page.texts("#documents pre") == before
        first, second, third = small.items
        turned = replace(first, approval="rejected")
        done = replace(second, approval="rejected")
        write(small.folder, replace(small.refreshes[0], items=(turned, done, third)))
        page.open(small.url)
        assert badges(page) == ["none", "rejected", "rejected"]
        assert not page.texts("#documents pre")


def test_storage_of_others(small: Gallery, chromium: Chromium) -> None:
    """Whatever another page left in the shared storage, nothing is decided by it and the keys work."""
    key = f"{HOOKS} {small.items[0].sha256}"
    late = "2026-01-01T00:00:00Z\nby: x"
    left = (
        "", "null", "7", '"text"', "[]", json.dumps({key: None}),
        json.dumps({key: {"decision": "toString", "at": MADE, "from": "none"}}),
        json.dumps({key: {"decision": "approved", "at": late, "from": "none"}}),
    )  # fmt: skip
    with chromium.page(small.url) as page:
        for text in left:
            page.evaluate(f"localStorage.setItem('reconciler-gallery:decisions', {json.dumps(text)})")
            page.open(small.url)
            assert badges(page) == ["none", "none", "none"], text
            page.press("j", "a")
            assert badges(page) == ["approved", "none", "none"], text


def test_names(small: Gallery, chromium: Chromium) -> None:
    """A name arrives whole in the document and as one word of the command, without what cannot be seen."""
    names = {
        "Zoë Ångström": "Zoë Ångström",
        "O'Brien; rm -rf ~ `id` $(id) !!": "O'Brien; rm -rf ~ `id` $(id) !!",
        "-x": "-x",
        'a: "b" # \\n': 'a: "b" # \\n',
        "null": "null",
        "  two   spaces ": "two spaces",
        "a\u202eb\u200bc\x1b[31m\ufffe": "abc[31m",
        "A\u200b\u030a": "Å",
        "$${HOME}": "{HOME}",
        "ねこ 🐈": "ねこ 🐈",
    }
    with chromium.page(small.url) as page:
        page.press("j", "a")
        for typed, name in names.items():
            page.evaluate(
                f"(field => {{ field.value = {json.dumps(typed)}; field.dispatchEvent(new Event('input')) }})"
                "(document.querySelector('#by'))"
            )
            (text,) = page.texts("#documents pre")
            assert yaml.safe_load(text)["by"] == name
            (document,), findings = read("approval.yaml", text.encode())
            assert (document.value["by"], findings) == (name, [])
            assert shlex.split(page.text("#commands")) == ["reconciler", "approve", HOOKS, "1", "--by", name]


def test_no_name(small: Gallery, chromium: Chromium) -> None:
    """Without a name there are commands, which know one themselves, but no files."""
    write(small.folder, *small.refreshes, by=None)
    with chromium.page(small.url) as page:
        page.press("j", "a")
        assert page.text("#commands") == "reconciler approve refresh/hero-hooks 1"
        assert not page.texts("#documents pre")
        assert page.evaluate("!document.querySelector('#nameless').hidden")


def test_typing_is_no_command(small: Gallery, chromium: Chromium) -> None:
    """Letters typed into the field for the name, or with a modifier, decide nothing."""
    with chromium.page(small.url) as page:
        page.press("j")
        page.evaluate("document.querySelector('#by').focus()")
        page.press("a", "r")
        assert badges(page) == ["none", "none", "none"]
        page.evaluate("document.querySelector('.card').focus()")
        page.call("Input.dispatchKeyEvent", type="keyDown", key="a", modifiers=2)
        assert badges(page) == ["none", "none", "none"]


def test_help(small: Gallery, chromium: Chromium) -> None:
    """? opens and closes the help, which holds the other keys back, and the keys can be switched off there."""
    with chromium.page(small.url) as page:
        page.press("j", "?", "a")
        assert page.evaluate("document.querySelector('#help').open")
        assert badges(page) == ["none", "none", "none"]
        page.click("#shortcuts")
        page.press("?", "a")
        assert not page.evaluate("document.querySelector('#help').open")
        assert badges(page) == ["none", "none", "none"]


def test_earlier_generation(small: Gallery, chromium: Chromium) -> None:
    """It is folded until a key comes to it, gets a file but no command, where its number would mean another."""
    first, second, third = small.items
    items = (first, replace(second, generation=2, variant=1), replace(third, generation=2, variant=2))
    write(small.folder, replace(small.refreshes[0], items=items))
    old = "document.querySelector('.older')"
    with chromium.page(small.url) as page:
        assert page.texts(".card h3") == ["Variant 1", "Variant 2", "Variant 1, generation 1"]
        assert not page.evaluate(f"{old}.open || {old}.querySelector('video').checkVisibility()")
        page.until("!document.querySelectorAll('.card video')[0].paused")
        assert page.evaluate(f"{old}.querySelector('video').paused")
        page.press("j", "j", "j", "a")
        assert page.evaluate(f"{old}.open")
        page.until(f"!{old}.querySelector('video').paused")
        assert page.text("#commands") == ""
        assert [document["sha256"] for document in documents(page)] == [first.sha256]
        page.press("k", "k", "a")
        assert page.text("#commands") == "reconciler approve refresh/hero-hooks 1 --by 'Mira Okafor'"


def test_a_generation_that_came_back(small: Gallery, chromium: Chromium) -> None:
    """Where an older generation runs again, the newer one is the one that is folded and has no numbers."""
    first, second, third = small.items
    items = (first, second, replace(third, generation=2, variant=1, state="superseded"))
    write(small.folder, replace(small.refreshes[0], items=items))
    with chromium.page(small.url) as page:
        assert page.texts(".card h3") == ["Variant 1", "Variant 2", "Variant 1, generation 2"]
        page.press("j", "a")
        assert page.text("#commands") == "reconciler approve refresh/hero-hooks 1 --by 'Mira Okafor'"


def test_digits_only(small: Gallery, chromium: Chromium) -> None:
    """A hash that looks like a number stays text."""
    first, second, third = small.items
    items = (replace(first, sha256="1" * 64), replace(second, sha256=f"{'1' * 10}e{'2' * 53}"), third)
    write(small.folder, replace(small.refreshes[0], items=items))
    with chromium.page(small.url) as page:
        page.press("j", "a", "j", "a")
        assert [document["sha256"] for document in documents(page)] == [items[0].sha256, items[1].sha256]


# ---------------------------------------------------------------- hostile texts, and no way out


def test_names_stay_text(gallery: Gallery, shown: Page) -> None:
    """Names that are markup, script or control characters are shown as text: no element, no dialog, no error."""
    expected = [*NAMES[:3], r"{{ 7*7 }} \u202egpj.exe\x1b[31m", NAMES[5]]  # the fifth has no name
    assert shown.texts(".card .name")[:5] == expected
    assert shown.evaluate("document.querySelectorAll('img, svg, iframe, object').length") == 0
    assert shown.evaluate("document.querySelectorAll('script').length") == 1
    shown.press(*"jajajajajaja")
    assert not shown.happened("Page.javascriptDialogOpening")
    assert not shown.happened("Runtime.exceptionThrown")
    assert not shown.happened("Log.entryAdded")


def test_requests(gallery: Gallery, shown: Page) -> None:
    """The page loads itself and its media, and nothing else."""
    shown.until("[...document.querySelectorAll('video')].every(video => video.currentTime > 0)")
    shown.press(*"jajr")
    urls = {event["request"]["url"] for event in shown.happened("Network.requestWillBeSent")}
    media = [item.media for item in gallery.items] + [str(refresh.source) for refresh in gallery.refreshes]
    beside = {(gallery.folder / one).as_uri() for one in media if not one.startswith("data:")}
    # What is embedded, and the icons of the browser's own video controls, is no request to anywhere.
    assert {url for url in urls if not url.startswith("data:")} == {gallery.url, *beside}


def test_policy(small: Gallery, chromium: Chromium) -> None:
    """Even script on the page could not load, send or run anything: the policy stops it."""
    style = "const style = document.createElement('style'); style.append('p{}'); document.head.append(style)"
    attempts = {
        "fetch('http://127.0.0.1:9/').catch(() => {})": "connect-src",
        "new Image().src = 'http://127.0.0.1:9/'": "img-src",
        style: "style-src-elem",
        "document.body.append(Object.assign(document.createElement('iframe'), {src: 'data:,x'}))": "frame-src",
        "document.body.setAttribute('onclick', 'alert(1)'), document.body.click()": "require-trusted-types-for",
        "document.querySelector('.name').innerHTML = '<b>'": "require-trusted-types-for",
    }
    with chromium.page(small.url) as page:
        page.evaluate(
            "document.addEventListener('securitypolicyviolation', event => window.stopped = event.effectiveDirective)"
        )
        for attempt, directive in attempts.items():
            page.evaluate(f"(() => {{ window.stopped = null; try {{ {attempt} }} catch {{}} }})()")
            assert page.until("window.stopped") == directive, attempt
        assert not page.happened("Page.javascriptDialogOpening")


def test_widths(small: Gallery, chromium: Chromium) -> None:
    """From a phone to a large screen nothing lies beside the screen, and the buttons of a card lie in it."""
    outside = (
        "[...document.querySelectorAll('.card button')].filter(button => "
        "button.getBoundingClientRect().right > button.closest('.body').getBoundingClientRect().right - 12).length"
    )
    with chromium.page(small.url) as page:
        page.press("j", "a")
        for width in (360, 800, 1024, 1440, 1920):
            page.call("Emulation.setDeviceMetricsOverride", width=width, height=740, deviceScaleFactor=1, mobile=False)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
            assert page.evaluate(outside) == 0


def test_empty(tmp_path: Path, chromium: Chromium) -> None:
    """Without variants the page says so, and the keys do no harm."""
    with chromium.page(write(tmp_path).url) as page:
        assert "No variants have been downloaded yet." in page.text("main")
        page.press(*"jkarump?")
        assert not page.happened("Runtime.exceptionThrown")
    with chromium.page(write(tmp_path, GalleryRefresh(HOOKS, None, ())).url) as page:
        assert "No variants have been downloaded yet." in page.text("main")
