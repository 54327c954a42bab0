"""Figures on the review page: what stands under a video, what is folded, and that nothing lies beside the screen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from reconciler.render.gallery import GalleryFigures, GalleryRefresh, page
from tests.browser.chromium import Chromium, Page
from tests.browser.test_gallery import HOOKS, HOSTILE, MADE, Gallery, made

pytestmark = pytest.mark.browser

ROWS = (
    ("Hook", "24.1 %"), ("Hold", "12.0 %"), ("CTR", "1.1 %"), ("Conversions", "1,298 at 18.00 USD"),
    ("Spend", "23,364.20 USD"), ("Shown", "2,204,620 times on 22 days"),
)  # fmt: skip
FALLING = tuple(Decimal(310 - 3 * day) / 1000 if day != 9 else None for day in range(22))
OUTSIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def judged(tmp_path: Path) -> Gallery:
    """A variant that has tired, a new one, one that nobody shows, and one of an earlier generation."""
    whole = made(tmp_path, HOOKS, ["emotional", "comment", "billo", "text-to-video"], count=4)
    first, second, third, fourth = whole.items
    items = (
        replace(first, approval="approved", ads=("ad/spring-us-hero-1", "ad/spring-uk-hero-1"),
                figures=GalleryFigures(ROWS, "tired", FALLING)),
        replace(second, ads=("ad/" + "a-very-long-name-of-an-ad-" * 2 + "1",),
                figures=GalleryFigures(ROWS[3:], None, FALLING[:1])),
        replace(third, figures=GalleryFigures(why_not="no ad has shown it")),
        replace(fourth, generation=0, variant=1, state="superseded", figures=GalleryFigures(ROWS, None, FALLING)),
    )  # fmt: skip
    refresh = replace(whole, items=items, description="A puzzle game for commuters")
    return _written(tmp_path, refresh)


def _written(folder: Path, refresh: GalleryRefresh) -> Gallery:
    text = page([refresh], made_at=MADE, by="Mira Okafor", figures=("2026-10-30", "2026-11-20"))
    (folder / "index.html").write_text(text, "utf-8")
    return Gallery(folder, (refresh,))


def _shot(shown: Page, width: int) -> None:
    shown.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)


def test_what_stands_under_a_video(judged: Gallery, chromium: Chromium) -> None:
    """Figures, verdict, line and ads; what is to decide first; the days at the top; the product beside the source."""
    with chromium.page(judged.url) as shown:
        assert "figures of 2026-10-30 to 2026-11-20" in shown.text("#figures")
        assert shown.text(".description") == "Product: A puzzle game for commuters"
        assert shown.texts(".card h3") == ["Variant 2", "Variant 3", "Variant 1", "Variant 1, generation 0"]
        tired = "#refresh-1-card-3"
        assert shown.text(f"{tired} .verdict") == "tired"
        assert shown.texts(f"{tired} .figures dd") == [value for _, value in ROWS]
        assert "ad/spring-uk-hero-1" in shown.text(tired)
        assert "No figures: no ad has shown it." in shown.text("#refresh-1-card-2")
        # One day is no line; a day without figures is a gap: two strokes.
        paths = shown.evaluate("[...document.querySelectorAll('.spark path')].map(path => path.getAttribute('d'))")
        assert len(paths) == 2
        assert paths[0].count("M") == 2
        assert shown.evaluate("document.querySelector('.spark').getBoundingClientRect().height") == 28
        assert not shown.happened("Log.entryAdded")


def test_what_is_folded(judged: Gallery, chromium: Chromium) -> None:
    """Task, video and hash, and the earlier generation; a click shows them."""
    visible = "document.querySelector('{}').checkVisibility()"
    fold = "#refresh-1-card-1 .more"
    with chromium.page(judged.url) as shown:
        for summary, inside in ((f"{fold} summary", f"{fold} code"), (".older > summary", ".older .card")):
            assert not shown.evaluate(visible.format(inside))
            shown.click(summary)
            shown.until(visible.format(inside))


@pytest.mark.parametrize("width", [400, 1280])
def test_it_fits(judged: Gallery, chromium: Chromium, width: int) -> None:
    """On a phone and on a laptop nothing lies beside the screen, nor a figure beside its card."""
    beside = (
        "[...document.querySelectorAll('.card .body *')].filter(one => one.checkVisibility() && "
        "one.getBoundingClientRect().right > one.closest('.card').getBoundingClientRect().right + 1).length"
    )
    with chromium.page(judged.url) as shown:
        _shot(shown, width)
        shown.evaluate("document.querySelectorAll('details').forEach(fold => (fold.open = true))")
        assert shown.evaluate(OUTSIDE) == 0
        assert shown.evaluate(beside) == 0


def test_texts_of_others_stay_text(judged: Gallery, chromium: Chromium) -> None:
    """A verdict, a reason, an ad or a product that is markup is shown as text."""
    (refresh,) = judged.refreshes
    hostile = GalleryFigures((("Hook", HOSTILE),), HOSTILE, FALLING)
    items = tuple(replace(one, ads=(HOSTILE,), figures=hostile) for one in refresh.items[:1])
    _written(judged.folder, replace(refresh, items=items, description=HOSTILE))
    with chromium.page(judged.url) as shown:
        assert shown.evaluate("document.querySelectorAll('img').length") == 0
        assert shown.text(".description") == f"Product: {HOSTILE}"
        assert shown.text(".verdict") == HOSTILE
        assert not shown.happened("Page.javascriptDialogOpening")
