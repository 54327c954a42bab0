"""The report of a fleet as HTML: one page for all accounts, in which nothing runs but its own filter, and one for each.
Nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from reconciler.render import html

_HOUR = 3600.0
_TONES = {None: "none", 0: "good", 2: "good", 8: "note", 5: "note"}


def fleet_page(report: Mapping[str, Any]) -> str:
    """The page with a row for each account."""
    rows = report["accounts"]
    return _template("fleet.html.j2")(
        **_shared(report),
        rings=sorted({one["ring"] for one in rows if one["ring"]}),
        labels=sorted({f"{key}={value}" for one in rows for key, value in one["labels"].items()}),
        codes=sorted({one["exit_code"] for one in rows if one["exit_code"] is not None}),
    )


def account_pages(report: Mapping[str, Any], more: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(path from the first page, text) of a page for each account. `more`: by name `shown`, its last plan in words,
    `history`, its applies, the newest first, and `gallery`, whether there is one."""
    template, shared = _template("fleet_account.html.j2"), _shared(report)
    for one in report["accounts"]:
        yield f"accounts/{one['name']}.html", template(**shared, one={**one, **more[one["name"]]})


def _template(name: str) -> Callable[..., str]:
    return html.environment().from_string(html.source(name)).render


def _shared(report: Mapping[str, Any]) -> dict[str, Any]:
    """What both kinds of pages are made with."""
    from markupsafe import Markup

    helpers: dict[str, Any] = {
        "tone": lambda code: _TONES.get(code, "bad"),
        "urgent": lambda moment: _between(report["made_at"], moment) < _HOUR,
    }
    cells = _template("fleet_cells.html.j2")
    # The cells were escaped when they were made.
    told = {"cells": lambda one: Markup(cells(one=one, **helpers))}  # noqa: S704
    return {"report": report, "style": Markup(html.source("fleet.css")), **helpers, **told}  # noqa: S704 - our own file


def _between(first: str, last: str) -> float:
    """Seconds."""
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
