"""`reconciler report` and `reconciler audiences`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import Any

import click

from reconciler.account.reports import Figures
from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.start import start
from reconciler.contracts.reports import Asked, Filter
from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.render.chart import Terminal
from reconciler.render.json import FORMAT
from reconciler.render.table import LEFT_OUT, csv_text, numeric, table
from reconciler.workflow import report as workflow
from reconciler.workflow.by_name import By

_FORMAT = click.option("--format", "shape", type=click.Choice(["table", "json", "csv"]), help="Default: table.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout: --format json.")
_AUDIENCE_COLUMNS = ("id", "name", "type", "size", "valid", "created", "expires")


@click.command("report")
@click.option("--type", default="BASIC", show_default=True, metavar="TYPE", help="The API's report_type.")
@click.option(
    "--level",
    required=True,
    metavar="LEVEL",
    help="The API's data_level, such as AUCTION_CAMPAIGN; or creative: what is inside Smart+ ads.",
)
@click.option("--dimensions", required=True, metavar="A,B", help="What a row is about: campaign_id,stat_time_day.")
@click.option("--metrics", default="spend,impressions", show_default=True, metavar="A,B", help="Figures of a row.")
@click.option(
    "--start",
    metavar="DATE|Nd",
    help="The first day, YYYY-MM-DD, in the account's time zone; 7d: the last 7 whole days.",
)
@click.option("--end", metavar="DATE", help="The last day.")
@click.option("--lifetime", is_flag=True, help="All days there are, instead of --start and --end.")
@click.option("--filter", "filters", multiple=True, metavar="FIELD:TYPE:VALUE", help="Only rows that match, by IN etc.")
@click.option("--order-by", metavar="METRIC", help="Sort the rows.")
@click.option("--order", type=click.Choice(["ASC", "DESC"]), help="Smallest or largest first (default).")
@click.option("--totals", is_flag=True, help="Also the API's totals of all rows.")
@click.option("--by", type=click.Choice(["variant", "address"]), help="Names instead of ids, their counts added up.")
@click.option(
    "--chart", is_flag=False, flag_value="", metavar="[METRIC]", help="Draw a metric (default: the first) over time."
)
@_FORMAT
@_JSON
@global_options
def report(by: By | None, chart: str | None, shape: str | None, as_json: bool, **given: Any) -> int:
    """Show performance figures of the account. They are the API's own, exact and complete."""
    shape = _shape(shape, as_json=as_json)
    if chart is not None and shape != "table":
        raise click.UsageError("--chart goes with --format table only.")
    session, output, _ = start(given, as_json=shape == "json")
    with _OneDocument(output) as told:
        for name, read in (("dimensions", _words), ("metrics", _words), ("filters", _filters)):
            given[name] = read(given[name])
        asked = Asked(**given)
        session.workspace  # noqa: B018 - a broken workspace file is reported before anything else
        metric = chart or (asked.metrics[0] if asked.metrics else "")
        if chart is not None:
            workflow.drawable(asked, metric)
        found = workflow.report(session, asked, by)
        if shape == "json":
            output.document({"format_version": FORMAT, **workflow.document(session, found, by)})
        elif chart is not None:
            output.text(workflow.drawing(found, metric, _terminal(output)) if found.rows else "No rows.")
        else:
            _rows(found, shape, output)
    return told.exit_code


@click.command("audiences")
@_FORMAT
@_JSON
@global_options
def audiences(shape: str | None, as_json: bool, **given: Any) -> int:
    """List the account's custom audiences: ids and names for ad groups."""
    shape = _shape(shape, as_json=as_json)
    session, output, _ = start(given, as_json=shape == "json")
    with _OneDocument(output) as told:
        found = workflow.audiences(session)
        if shape == "json":
            output.document({"format_version": FORMAT, "audiences": [one._asdict() for one in found]})
            return 0
        rows = [[_cell(getattr(one, name)) for name in _AUDIENCE_COLUMNS] for one in found]
        if shape == "csv":
            output.raw(csv_text(_AUDIENCE_COLUMNS, rows))
            return 0
        right = [name == "size" for name in _AUDIENCE_COLUMNS]
        output.text(table(_AUDIENCE_COLUMNS, rows, right, bold=output.color))
        output.text(f"{len(rows)} audience{'s' if len(rows) != 1 else ''}.")
    return told.exit_code


class _OneDocument:
    """With --format json an error is the one document, as it is with --json."""

    def __init__(self, output: Output) -> None:
        self._output, self.exit_code = output, 0

    def __enter__(self) -> _OneDocument:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not self._output.json or not isinstance(error, ReconcilerError):
            return False
        self._output.errors(error)
        self.exit_code = error.exit_code
        return True


def _shape(given: str | None, *, as_json: bool) -> str:
    if as_json and given not in (None, "json"):
        raise click.UsageError(f"--json and --format {given} exclude each other.")
    return "json" if as_json else given or "table"


def _words(given: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in given.split(",") if word.strip())


def _filters(given: Sequence[str]) -> tuple[Filter, ...]:
    found = []
    for one in given:
        parts = one.split(":", 2)
        if len(parts) != 3 or not all(parts):
            hint = "write FIELD:TYPE:VALUE, such as campaign_ids:IN:1800000000000000001"
            raise Invalid(Finding("R621", f'--filter: "{one}" is not a condition', hint=hint))
        found.append(Filter(parts[0], parts[1], tuple(parts[2].split(","))))
    return tuple(found)


def _rows(found: Figures, shape: str, output: Output) -> None:
    asked = found.asked
    head = [*asked.dimensions, *asked.metrics]
    blank = "" if shape == "csv" else LEFT_OUT
    rows: list[Sequence[str]] = [
        [*row.dimensions.values(), *(blank if one is None else one for one in row.metrics.values())]
        for row in found.rows
    ]
    if shape == "csv":
        output.raw(csv_text(head, rows))
        return
    first = len(asked.dimensions)
    right = [column >= first and numeric(rows, column) for column in range(len(head))]
    count = f"{len(rows)} row{'s' if len(rows) != 1 else ''}."
    if asked.totals:
        totals = found.totals or {}
        rows.append(["total", *[""] * (first - 1), *(totals.get(name, "-") for name in asked.metrics)])
    output.text(table(head, rows, right, bold=output.color))
    output.text(count)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _terminal(output: Output) -> Terminal:
    try:
        "\u2502\u2588".encode(sys.stdout.encoding or "ascii")
        blocks = True
    except (UnicodeEncodeError, LookupError):
        blocks = False
    return Terminal(shutil.get_terminal_size().columns, blocks, output.color)
