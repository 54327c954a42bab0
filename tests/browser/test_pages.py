"""Comment, plan page and gallery as people see them: on a phone, a tablet and a laptop, by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.render import markdown
from reconciler.render.facts import Audience
from reconciler.render.page import page
from reconciler.simulator import films
from tests.browser.chromium import Chromium, Page
from tests.browser.forge_page import forge_page
from tests.browser.spring import LINKS, LONG, week
from tests.browser.test_gallery import HOOKS, MUSIC, made, write

pytestmark = pytest.mark.browser

WIDTHS = (400, 800, 1280)
MADE = "2026-11-21T10:00:00Z"
# Every amount of money in the text, with the number of lines it stands on.
AMOUNTS = """
(() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const match of texts.currentNode.data.matchAll(/[0-9]+[.][0-9]{2}\\s[A-Z]{3}/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, match.index);
      range.setEnd(texts.currentNode, match.index + match[0].length);
      const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
      if (lines.size) found.push([match[0], lines.size]);
    }
  }
  return found;
})()
"""
# Texts whose colour is too near to what is behind them: WCAG 2.2, 1.4.3.
FAINT = """
(() => {
  const channels = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const found = channels(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  return [...document.body.querySelectorAll("*")]
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && one.checkVisibility())
    .map(one => [one, light(channels(getComputedStyle(one).color)), light(behind(one))])
    .filter(([, text, ground]) => (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05) < 4.5)
    .map(([one]) => one.textContent.trim().slice(0, 40));
})()
"""


def comment(audience: Audience) -> str:
    """As the forge shows it, nothing folded."""
    text = markdown.plan(week(), audience=audience, showing=markdown.Framing(next_step="", links=LINKS))
    return forge_page(text).replace("<details>", "<details open>")


PAGES: dict[str, Callable[[], str]] = {
    "comment": lambda: comment("engineer"),
    "comment in plain words": lambda: comment("marketer"),
    "plan": lambda: page(week(), audience="engineer", made_at=MADE, links=LINKS),
    "plan in plain words": lambda: page(week(), audience="marketer", made_at=MADE, links=LINKS),
}


@pytest.fixture(params=[*PAGES, "gallery"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file of each page."""
    if request.param == "gallery":
        return write(
            tmp_path, made(tmp_path, HOOKS, list(films.HOOKS.values())), made(tmp_path, MUSIC, films.MUSIC)
        ).url
    (tmp_path / "page.html").write_text(PAGES[request.param](), "utf-8")
    return (tmp_path / "page.html").as_uri()


def measured(shown: Page, expression: str) -> Any:
    """A value, once the page has the width that it was given."""
    return shown.evaluate(f"new Promise(done => requestAnimationFrame(() => done({expression})))")


def test_nothing_is_wider_than_the_screen(address: str, chromium: Chromium) -> None:
    """No page scrolls sideways, whatever names are in it; what must be wide scrolls in a box of its own."""
    with chromium.page(address) as shown:
        for width in WIDTHS:
            shown.resize(width)
            assert measured(shown, "document.documentElement.scrollWidth") <= width
            assert measured(shown, "innerWidth") == width


@pytest.mark.parametrize("name", PAGES)
def test_an_amount_stands_on_one_line(name: str, tmp_path: Path, chromium: Chromium) -> None:
    """Figures and currency are never torn apart, neither in the table that comes first nor in a value."""
    (tmp_path / "page.html").write_text(PAGES[name](), "utf-8")
    with chromium.page((tmp_path / "page.html").as_uri()) as shown:
        for width in WIDTHS:
            shown.resize(width)
            found = measured(shown, AMOUNTS)
            assert {"1200.00 EUR", "126500.50 EUR", "125000.50 EUR"} <= {" ".join(text.split()) for text, _ in found}
            assert [text for text, lines in found if lines > 1] == []


def test_texts_stand_out_from_what_is_behind_them(address: str, chromium: Chromium) -> None:
    """By day and by night: a contrast of 4.5 to 1."""
    with chromium.page(address) as shown:
        for scheme in ("light", "dark"):
            shown.prefer(scheme)
            assert measured(shown, FAINT) == []


def test_money_stands_on_the_first_screen_of_a_phone(chromium: Chromium, tmp_path: Path) -> None:
    """Before anything else is read: what it costs after the apply; a long name is whole."""
    for name in PAGES:
        (tmp_path / "page.html").write_text(PAGES[name](), "utf-8")
        with chromium.page((tmp_path / "page.html").as_uri()) as shown:
            shown.resize(400)
            bottom = measured(shown, "document.querySelector('table tbody tr').getBoundingClientRect().bottom")
            assert bottom < 600
            assert LONG in shown.text("body")
