"""Reports and audiences over HTTP, in every format and contract: complete, exact, and refused before they are sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.contracts.registry import CONTRACTS
from tests.stories.account import ADVERTISER, Account
from tests.stories.workspace import TOKEN, Workspace

REPORT = "report/integrated/get/"
DAILY = (
    "report", "--level", "AUCTION_CAMPAIGN", "--dimensions", "campaign_id,stat_time_day", "--metrics",
    "spend,clicks,ctr", "--start", "2026-01-01", "--end", "2026-01-07",
)  # fmt: skip


class Stage(NamedTuple):
    """An account with three campaigns, and a workspace that speaks its contract."""

    account: Account
    work: Workspace
    contract: str
    ids: list[str]

    def figures(self, identity: str, day: str, **metrics: object) -> None:
        """What reports show of an object's day from now on."""
        self.account.load(figures=[{"id": identity, "date": day, "metrics": metrics}])

    def asked(self) -> list[dict[str, Any]]:
        """The queries of every report that came."""
        return [one["query"] for one in self.account.calls("GET") if one["path"] == REPORT]


@pytest.fixture(params=list(CONTRACTS))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """One for each contract that a workspace can speak."""
    with Account(contract=request.param) as account:
        work = Workspace(tmp_path / "workspace", account.url)
        work.configure()
        work.replace("contract: openapi", f"contract: {request.param}", "reconciler.yaml")
        made = account.load(campaigns=[{"campaign_name": name} for name in ("Spring", "Summer", "Autumn")])
        account.forget_calls()
        yield Stage(account, work, request.param, made["campaigns"])


def test_a_report_in_every_format(stage: Stage) -> None:
    """The same exact figures as a table, as JSON and as CSV; nothing but GET is sent and nothing is written."""
    stage.figures(stage.ids[0], "2026-01-02", spend=12.1, clicks=7, impressions=1000)
    before = stage.work.files()
    told = stage.work.run(*DAILY, "--json").json
    assert (told["format_version"], told["account"]) == ("1.0", {"advertiser_id": ADVERTISER, "currency": "USD"})
    assert len(told["rows"]) == 21
    (mine,) = [
        row for row in told["rows"]
        if row["dimensions"] == {"campaign_id": stage.ids[0], "stat_time_day": "2026-01-02 00:00:00"}
    ]  # fmt: skip
    assert mine["metrics"] == {"spend": "12.10", "clicks": "7", "ctr": "0.70"}
    assert stage.work.run(*DAILY, "--format", "json").json == told
    ended = stage.work.run(*DAILY, "--format", "csv")
    read = list(csv.DictReader(io.StringIO(ended.stdout, newline="")))
    assert ended.stdout.count("\r\n") == 22
    assert read == [{**row["dimensions"], **row["metrics"]} for row in told["rows"]]
    shown = stage.work.run(*DAILY).stdout
    assert shown.splitlines()[0].split() == ["campaign_id", "stat_time_day", "spend", "clicks", "ctr"]
    assert f"{stage.ids[0]}  2026-01-02 00:00:00   12.10       7  0.70\n" in shown
    assert shown.endswith("21 rows.\n")
    assert stage.account.posts() == []
    assert stage.work.files() == before


def test_many_pages_are_one_report(stage: Stage) -> None:
    """A server that gives small pages says so, and every row comes once, in order."""
    whole = stage.work.run(*DAILY, "--json").json["rows"]
    stage.account.switch(max_page_size="4")
    stage.account.forget_calls()
    assert stage.work.run(*DAILY, "--json").json["rows"] == whole
    assert sorted(int(one["page"]) for one in stage.asked()) == [1, 2, 3, 4, 5, 6]
    assert {one["page_size"] for one in stage.asked()} == {"1000"}


@pytest.mark.parametrize(
    "lie", [{"drop_row": 0}, {"wrong_total": 99}, {"repeat_page": True, "nth": 2}, {"empty_data": True},
            {"edit": {"data.list.0.dimensions": {}}}], ids=str
)  # fmt: skip
def test_a_report_that_lies_once_is_read_again(stage: Stage, lie: dict[str, Any]) -> None:
    """And one that goes on lying is an error with its request_id, never a part of the truth."""
    stage.account.switch(max_page_size="7")
    whole = stage.work.run(*DAILY, "--json").json["rows"]
    stage.account.faults({"path": REPORT, "nth": 1, **lie})
    assert stage.work.run(*DAILY, "--json").json["rows"] == whole
    lie.pop("nth", None)
    stage.account.faults({"path": REPORT, **lie})
    ended = stage.work.run(*DAILY, "--json")
    (finding,) = ended.json["errors"]
    assert (ended.code, finding["code"]) in [(1, "R605"), (1, "R604")]
    assert finding["request_id"]


@pytest.mark.parametrize(
    "wrong", [["--end", "2026-02-30"], ["--type", "NOTHING"], ["--level", "CAMPAIGN"],
              ["--dimensions", "ad_id"], ["--metrics", "Spend!"], ["--start", "2027-01-01"], ["--filter", "what"],
              ["--chart", "reach"], ["--chart", "--dimensions", "campaign_id"], ["--chart", "--json"],
              ["--json", "--format", "csv"], ["--order", "ASC"]], ids=str
)  # fmt: skip
def test_what_is_wrong_is_refused_before_anything_is_sent(stage: Stage, wrong: list[str]) -> None:
    """Exit 3 with what to do, and no call."""
    ended = stage.work.run(*DAILY, *wrong)
    assert ended.code == 3, ended.text
    assert "help: " in ended.stderr or json.loads(ended.stdout)["errors"][0]["hint"]
    assert stage.account.calls() == []


def test_what_the_contract_takes_is_sent_as_it_wants_it(stage: Stage) -> None:
    """Lists, order, filter, life and totals: refused where the document has none, honoured where it has."""
    more = ("--order-by", "spend", "--order", "ASC", "--totals", "--filter", f"campaign_ids:IN:{stage.ids[0]}")
    ended = stage.work.run(*DAILY, *more, "--json")
    if ended.code == 3:
        assert ended.codes == ["R620"] * 3
        stage.work.run(*DAILY)
        assert stage.asked()[0]["dimensions"] == "campaign_id,stat_time_day"
        return
    rows = ended.json["rows"]
    spent = [row["metrics"]["spend"] for row in rows]
    assert len(rows) == 7
    assert spent == sorted(spent, key=float)
    assert set(ended.json["total_metrics"]) == {"spend", "clicks", "ctr"}
    assert json.loads(stage.asked()[0]["dimensions"]) == ["campaign_id", "stat_time_day"]
    assert stage.work.run(*DAILY, *more).stdout.splitlines()[-2].startswith("total")
    life = [
        "--lifetime" if one == "--start" else one for one in DAILY if one not in ("--end", "2026-01-01", "2026-01-07")
    ]
    life[life.index("campaign_id,stat_time_day")] = "campaign_id"
    assert len(stage.work.run(*life, "--json").json["rows"]) == 3


def test_a_chart_of_one_metric(stage: Stage) -> None:
    """Drawn by day, a small chart each; the other metrics are named as not drawn; no colours into a pipe."""
    stage.figures(stage.ids[0], "2026-01-01", spend=9000, clicks=0, impressions=0)
    shown = stage.work.run(*DAILY, "--chart").stdout
    assert "spend, 2026-01-01 to 2026-01-07, 7 moments" in shown
    assert shown.count("campaign_id 18") == 3
    assert "9000.00 │███\n" in shown
    assert "Not drawn: clicks, ctr." in shown
    assert "\x1b" not in shown
    assert "clicks, 2026" in stage.work.run(*DAILY, "--chart", "clicks").stdout


def test_a_terminal_that_only_has_ascii(stage: Stage) -> None:
    """The chart is drawn with what the encoding has."""
    ended = stage.work.process(*DAILY, "--chart", env=_environment("ascii"))
    assert ended.code == 0, ended.text
    assert ended.stdout.isascii()
    assert "#" in ended.stdout
    assert "█" in stage.work.run(*DAILY, "--chart").stdout


def _environment(encoding: str) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONIOENCODING": encoding, "TIKTOK_ACCESS_TOKEN": TOKEN, "COLUMNS": "60"}


def test_hours_of_a_day(stage: Stage) -> None:
    """The other dimension of time, where the contract has it."""
    hourly = [*DAILY, "--dimensions", "advertiser_id,stat_time_hour", "--end", "2026-01-01"]
    ended = stage.work.run(*hourly, "--json")
    if ended.code == 0:
        assert [row["dimensions"]["stat_time_hour"] for row in ended.json["rows"]][:2] == [
            "2026-01-01 00:00:00",
            "2026-01-01 01:00:00",
        ]
        assert "2026-01-01 to 2026-01-01 23:00, 24 moments" in stage.work.run(*hourly, "--chart").stdout
    else:
        assert (ended.code, ended.codes) == (1, ["R606"])


@pytest.mark.parametrize(("switch", "value"), [("ids_as", "number"), ("numbers_as", "string")])
def test_however_the_server_writes_ids_and_numbers(stage: Stage, switch: str, value: str) -> None:
    """The document is the same."""
    whole = stage.work.run(*DAILY, "--json").json
    stage.account.switch(**{switch: value})
    assert stage.work.run(*DAILY, "--json").json == whole


def test_an_empty_report(stage: Stage) -> None:
    """No rows is an answer, in every format and as a chart."""
    empty = [*DAILY, "--level", "AUCTION_AD", "--dimensions", "ad_id,stat_time_day"]
    assert stage.work.run(*empty, "--json").json["rows"] == []
    assert stage.work.run(*empty, "--format", "csv").stdout == "ad_id,stat_time_day,spend,clicks,ctr\r\n"
    assert stage.work.run(*empty).stdout.endswith("0 rows.\n")
    assert stage.work.run(*empty, "--chart").stdout == "No rows.\n"


def test_errors_of_a_report_are_one_document(stage: Stage) -> None:
    """With --json and with --format json; a refused token is 4."""
    stage.account.switch(tokens="other")
    for how in (["--json"], ["--format", "json"]):
        ended = stage.work.run(*DAILY, *how)
        assert (ended.code, ended.codes) == (4, ["R602"])
    assert stage.work.run(*DAILY, token=None).code == 4


# ------------------------------------------------------------------------------------------------ audiences


@pytest.mark.parametrize("count", [0, 5, 250])
def test_every_audience_in_every_format(stage: Stage, count: int) -> None:
    """However many there are; as a table, as JSON and as CSV."""
    stage.account.switch(audiences=str(count))
    told = stage.work.run("audiences", "--json").json
    found = told["audiences"]
    assert (told["format_version"], len(found)) == ("1.0", count)
    assert [one["name"] for one in found] == [f"Audience {number}" for number in range(1, count + 1)]
    assert all(one["id"].isdigit() and isinstance(one["size"], int) for one in found)
    if stage.contract == "marketing":
        assert [one["valid"] for one in found[:5]] == [True, True, True, True, False][:count]
    rows = list(csv.DictReader(io.StringIO(stage.work.run("audiences", "--format", "csv").stdout, newline="")))
    assert [(row["id"], row["size"]) for row in rows] == [(one["id"], str(one["size"])) for one in found]
    assert stage.work.run("audiences").stdout.endswith(f"{count} audiences.\n")
    assert stage.account.posts() == []


def test_names_that_would_do_something(stage: Stage) -> None:
    """A formula or a control character in an audience's name does nothing in a spreadsheet or a terminal."""
    name = '=HYPERLINK("http://x","y")\x1b[2J\u202e'
    stage.account.faults({"path": "dmp/custom_audience/list/", "edit": {"data.list.0.name": name}})
    ended = stage.work.run("audiences", "--format", "csv")
    assert "\"'=HYPERLINK(" in ended.stdout
    for shown in (ended.text, stage.work.run("audiences").text, stage.work.run("audiences", "--json").text):
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@pytest.mark.parametrize("lie", [{"empty_data": True}, {"edit": {"data.list.0.audience_id": None}}, {"code": 50000}])
def test_a_list_of_audiences_that_cannot_be_read(stage: Stage, lie: dict[str, Any]) -> None:
    """An error with its request_id, in JSON too."""
    stage.account.faults({"path": "dmp/custom_audience/list/", **lie})
    ended = stage.work.run("audiences", "--format", "json")
    assert ended.code == 1
    assert ended.json["errors"][0]["request_id"]
