"""`reconciler advance`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.ci import ci_option, reported
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render import text
from reconciler.render.json import FORMAT
from reconciler.workflow import advance as workflow
from reconciler.workflow import status
from reconciler.workflow.signals import Signals


@click.command("advance")
@click.option("--max-duration", type=click.FloatRange(min=0), default=0.0, metavar="S", help="Passes for S seconds.")
@click.option(
    "--allow-ephemeral-journal",
    "ephemeral",
    is_flag=True,
    help="In CI, with state in this folder: it is kept, and outlives the job.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout: that of status.")
@ci_option
@global_options
def command(max_duration: float, ephemeral: bool, as_json: bool, ci: str | None, **given: Any) -> int:
    """One pass over refresh tasks on their way: poll, download. Ends with 0 when nothing is left, 8 when more is."""
    with reported(ci, "advance", given) as job:
        session, output, _ = start(given, as_json=as_json)
        if job:
            job.begin(session)
        session.require_durable_journal(allowed=ephemeral)
        with Signals(output.notice) as signals:
            signals.world(session.world)
            ended = workflow.advance(session, max_duration, signals.stopped)
        code = ended.exit_code
        if job:
            code = job.advanced(session, ended.outcomes, code)
    if as_json:
        output.document({"format_version": FORMAT, **status.status(session)})
        return code
    for line in text.outcomes(ended.outcomes, color=output.color):
        output.text(line)
    output.text(
        {0: "Nothing is left to do.", 8: "More to do: run `reconciler advance` again."}.get(ended.exit_code, "")
    )
    return code
