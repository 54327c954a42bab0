"""A row of a report that leaves a metric out: an empty cell, and the rest of the report."""

from __future__ import annotations

import csv
import io

import pytest

from tests.stories.account import Account
from tests.stories.workspace import Workspace

ROWS = [
    {"dimensions": {"campaign_id": "1"}, "metrics": {"spend": "1.0"}},
    {"dimensions": {"campaign_id": "2"}, "metrics": {"spend": "2.5", "conversion": "4"}},
]
ASKED = (
    "report", "--level", "AUCTION_CAMPAIGN", "--dimensions", "campaign_id", "--metrics", "spend,conversion",
    "--start", "2026-11-01", "--end", "2026-11-05",
)  # fmt: skip


@pytest.fixture
def gaps(market: Account) -> Account:
    """An account whose report has a row without a metric."""
    info = {"page": 1, "page_size": 1000, "total_number": 2, "total_page": 1}
    market.faults({"path": "report/integrated/get/", "edit": {"data": {"list": ROWS, "page_info": info}}})
    return market


def test_a_table_shows_a_dash(shop: Workspace, gaps: Account) -> None:
    """The column stays one of numbers."""
    ended = shop.run(*ASKED)
    assert ended.code == 0, ended.text
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert lines[1:3] == [["1", "1.0", "–"], ["2", "2.5", "4"]]


def test_csv_has_an_empty_cell_and_json_a_null(shop: Workspace, gaps: Account) -> None:
    """What programs read says that there is no value."""
    rows = list(csv.reader(io.StringIO(shop.run(*ASKED, "--format", "csv").stdout)))
    assert rows[1:] == [["1", "1.0", ""], ["2", "2.5", "4"]]
    assert [one["metrics"]["conversion"] for one in shop.run(*ASKED, "--json").json["rows"]] == [None, "4"]
