"""`reconciler history`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.addresses import addresses
from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid
from reconciler.render import history as render
from reconciler.workflow import history as workflow
from reconciler.workflow.state import parse


@click.command("history")
@click.argument("address", required=False, shell_complete=addresses)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="The newest N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(address: str | None, limit: int, as_json: bool, **given: Any) -> int:
    """Show the runs that wrote something, newest first; with ADDRESS, every effect on it. Checks the whole record."""
    session, output, _ = start(given, as_json=as_json)
    if address is not None:
        found = workflow.effects(session, parse(address), limit)
        if as_json:
            rows = [render.effect_document(one) for one in found.effects]
            output.document({**render.document("effects", rows, found.total, found.findings), "address": address})
        else:
            _print(output, [render.effect_text(one) for one in found.effects], found.total)
        return _broken(output, found.findings)
    told = workflow.runs(session, limit)
    if as_json:
        rows = [render.run_document(run, state) for run, state in told.runs]
        document = render.document("runs", rows, told.total, told.findings)
        output.document({**document, "elsewhere": told.elsewhere})
    else:
        if told.elsewhere:
            output.text("The lockfile was last written by a run that is not recorded here.\n")
        _print(output, [render.run_text(run, state) for run, state in told.runs], told.total)
    return _broken(output, told.findings)


def _print(output: Output, rows: list[str], total: int) -> None:
    for row in rows:
        output.text(row + "\n")
    more = f", {total - len(rows)} older: --limit {total}" if total > len(rows) else ""
    output.text(f"{len(rows)} shown{more}." if total else "Nothing is recorded.")


def _broken(output: Output, findings: tuple[Finding, ...]) -> int:
    """3 where the chain breaks, after what could be read."""
    if not findings:
        return 0
    if not output.json:
        output.errors(Invalid(many=findings))
    return Invalid.exit_code
