"""The report of a fleet in a browser: five thousand accounts, filters, nothing beside the screen, nothing refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.render.fleet_page import fleet_page
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
