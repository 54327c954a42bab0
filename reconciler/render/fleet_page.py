"""The report of a fleet as one HTML file: nothing runs in it but its own filter, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.render import html

_TEMPLATE = "fleet.html.j2"
_HOUR = 3600.0
_TONES = {None: "none", 0: "good", 2: "good", 8: "note", 5: "note"}


def fleet_page(report: Mapping[str, Any]) -> str:
    """The whole page."""
    rows = report["accounts"]
    return html.environment().from_string(html.source(_TEMPLATE)).render(
        report=report,
        rings=sorted({one["ring"] for one in rows if one["ring"]}),
        labels=sorted({f"{key}={value}" for one in rows for key, value in one["labels"].items()}),
        codes=sorted({one["exit_code"] for one in rows if one["exit_code"] is not None}),
        tone=lambda code: _TONES.get(code, "bad"),
        urgent=lambda moment: _between(report["made_at"], moment) < _HOUR,
    )  # fmt: skip


def _between(first: str, last: str) -> float:
    """Seconds."""
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
