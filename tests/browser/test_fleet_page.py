"""The report of a fleet in a browser: five thousand accounts, filters, nothing beside the screen, nothing refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.render.fleet_page import account_pages, fleet_page
from tests.browser.chromium import Chromium
from tests.fleet.test_report import rows

pytestmark = pytest.mark.browser

COUNT = 5000
SHOWN = "document.querySelectorAll('tbody tr:not([hidden])').length"
OUTSIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def choose(field: str, value: str) -> str:
    """A person's hand on a filter."""
    return (
        f"form.elements['{field}'].value = '{value}';"
        f"form.elements['{field}'].dispatchEvent(new Event('input', {{bubbles: true}}));"
    )


def test_filters_leave_what_was_asked_for(tmp_path: Path, chromium: Chromium) -> None:
    """By ring, exit code, label and name, together; and all again."""
    path = tmp_path / "index.html"
    path.write_text(fleet_page(rows(COUNT)), "utf-8")
    with chromium.page(path.as_uri()) as shown:
        assert shown.evaluate(SHOWN) == COUNT
        assert shown.text("output") == f"{COUNT} of {COUNT}"
        shown.evaluate(choose("ring", "canary"))
        assert shown.evaluate(SHOWN) == len([one for one in range(COUNT) if one % 9 == 0])
        shown.evaluate(choose("exit", "9"))
        assert shown.evaluate(SHOWN) == len([one for one in range(COUNT) if one % 9 == 0 and one % 5 == 4])
        shown.evaluate(choose("label", "client=c9"))
        assert shown.evaluate(SHOWN) == len([one for one in range(COUNT) if one % 9 == 0 and one % 40 == 9])
        shown.evaluate(choose("ring", "") + choose("exit", "") + choose("label", "") + choose("name", "client-0499"))
        assert shown.evaluate(SHOWN) == 10
        shown.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=False)
        assert shown.evaluate(OUTSIDE) == 0
        assert shown.happened("Log.entryAdded") == []


def test_an_account_is_one_click_away(tmp_path: Path, chromium: Chromium) -> None:
    """Its link opens its page, which loads nothing, runs nothing, shows its plan as text, and leads back."""
    report, shown = rows(3), "# <b>bold</b> campaign/ev-main\n  ~ budget: 60.00 → 61.00 USD  " + "wide " * 60
    past = {
        "run": "r1", "ended": "2026-11-27T10:00:00Z", "who": "ann", "why": "<i>why</i>", "exit_code": 9,
        "skipped": False, "errors": [], "summary": {"done": 3}, "approved_by": ["bob"],
    }  # fmt: skip
    more = {one["name"]: {"shown": shown, "history": [past] * 20, "gallery": True} for one in report["accounts"]}
    (tmp_path / "accounts").mkdir()
    for name, text in (*account_pages(report, more), ("index.html", fleet_page(report))):
        (tmp_path / name).write_text(text, "utf-8")
    with chromium.page((tmp_path / "index.html").as_uri()) as page:
        link = page.evaluate("document.querySelector('tbody a').href")
        assert link == (tmp_path / "accounts/client-00000.html").as_uri()
    with chromium.page(link) as page:
        assert page.text("h1") == "client-00000"
        assert page.text("pre").rstrip("\n") == shown
        assert page.evaluate("document.querySelectorAll('b.bad').length") >= 20
        assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
        assert page.evaluate("document.querySelector('a').href") == (tmp_path / "index.html").as_uri()
        page.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=False)
        assert page.evaluate(OUTSIDE) == 0
        assert page.happened("Log.entryAdded") == []
