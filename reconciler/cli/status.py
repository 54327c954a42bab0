"""`reconciler status`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.ci import ci_option, reported
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.render.status import open_lines
from reconciler.workflow import status as workflow


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@ci_option
@global_options
def command(as_json: bool, ci: str | None, **given: Any) -> None:
    """Show writes whose outcome is still open, and how long to wait for them."""
    with reported(ci, "status", given) as job:
        session, output, _ = start(given, as_json=as_json)
        found = workflow.status(session)
        if job:
            job.looked(has_work=workflow.has_work(session))
    if as_json:
        output.document({"format_version": FORMAT, **found})
        return
    for line in open_lines(found):
        output.text(line)
    output.text(f"Serial {found['serial']}, {len(found['intents'])} open writes.")
