"""`reconciler halt` and `reconciler resume`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render import text
from reconciler.render.json import FORMAT, outcome_rows
from reconciler.state.halt import parse, words
from reconciler.workflow import halt as workflow
from reconciler.workflow.apply import tally
from reconciler.workflow.signals import Signals


@click.command("halt")
@click.option("--reason", metavar="TEXT", help="Why; shown to everybody who is stopped by it.")
@click.option("--pause-all", "pausing", is_flag=True, help="Then pause every managed campaign.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def halt(reason: str | None, pausing: bool, as_json: bool, **given: Any) -> int:
    """Stop every run on this state before its next write, those under way too, until `reconciler resume`."""
    session, output, _ = start(given, as_json=as_json)
    told = workflow.halt(session, reason)
    if not as_json:
        output.text("Halted: no run sends anything until `reconciler resume`.")
    ended = workflow.AllPaused((), 0)
    if pausing:
        with Signals(output.notice) as signals:
            signals.world(session.world)
            ended = workflow.pause_all(session, signals.stopped)
    if as_json:
        rows = {"outcomes": outcome_rows(ended.outcomes), "summary": tally(ended.outcomes)}
        output.document({"format_version": FORMAT, "halted": dict(parse(told)), **rows})
    elif pausing:
        for line in text.outcomes(ended.outcomes, color=output.color):
            output.text(line)
        counts = tally(ended.outcomes)
        output.text(f"{counts['done']} paused, {counts['failed']} still running.")
    return ended.exit_code


@click.command("resume")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def resume(as_json: bool, **given: Any) -> int:
    """Lift a halt: runs send again. The next plan enables what `--pause-all` paused if its manifest says so."""
    session, output, _ = start(given, as_json=as_json)
    told = workflow.resume(session)
    if as_json:
        output.document({"format_version": FORMAT, "halted": None, "was": dict(parse(told)) if told else None})
    elif told is None:
        output.text("Nothing was halted.")
    else:
        output.text(f"Resumed: {words(told, was=True)}.")
    return 0
