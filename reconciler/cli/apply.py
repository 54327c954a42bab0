"""`reconciler apply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.plan import choice_options, choices_of
from reconciler.cli.progress import Progress
from reconciler.cli.start import start
from reconciler.errors import ReconcilerError, Stale
from reconciler.model import Plan, Report
from reconciler.plan import digest
from reconciler.render import difference, documents, text
from reconciler.workflow import apply as workflow
from reconciler.workflow import saved
from reconciler.workflow.plan import Choices
from reconciler.workflow.signals import Signals


@click.command("apply")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@choice_options
@click.option("--auto-approve", is_flag=True, help="Do not ask: this option is the approval.")
@click.option("--expect-digest", metavar="DIGEST", help="Apply only the plan with this digest, without asking.")
@click.option("--detach", is_flag=True, help="Do not wait for refresh tasks; `advance` goes on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(
    file: Path | None, auto_approve: bool, expect_digest: str | None, detach: bool, as_json: bool, **given: Any
) -> int:
    """Plan, ask, and make the account match the manifests. What was done is recorded in the lockfile.

    FILE is a plan that `plan --out` saved. It is the approval, and it is applied only if it is still the plan of now.
    """
    choices = choices_of(given)
    session, output, options = start(given, as_json=as_json)
    approved = saved.read(session.root / file) if file else None
    if approved:
        if choices != Choices():
            raise click.UsageError("A saved plan was made with its own choices: leave --target and its kin out.")
        choices = saved.choices_of(approved)
    shown: list[Plan] = []

    def show(plan: Plan) -> None:
        shown.append(plan)
        if not as_json:
            output.text(text.plan(plan, color=output.color) + "\n")

    asking = sys.stdin.isatty() and not options["no_input"]
    signals = Signals()
    approval = workflow.Approval(auto_approve, expect_digest, (lambda _: _ask(signals)) if asking else None, approved)
    with signals, Progress(output) as progress:
        signals.world(session.world)
        session.waited = progress.note
        try:
            applied = workflow.apply(session, choices, approval, signals.stopped, progress.action, show, detach=detach)
        except ReconcilerError as error:
            found = error.difference if isinstance(error, saved.PlanChanged) else None
            if found and not as_json:
                output.notice(difference.text(found))
            if not shown or not as_json:
                raise
            document = documents.report(Report(digest(shown[0]), (), error.exit_code, tuple(error.findings)))
            if isinstance(error, Stale):
                document["plan"] = documents.plan(shown[0])
            if found is not None:
                document["difference"] = difference.document(found)
            output.document(document)
            return error.exit_code
    if applied.declined:
        output.note("Not applied: only `yes` is accepted.")
    _print(output, applied.report, declined=applied.declined)
    return applied.report.exit_code


def _ask(signals: Signals) -> bool:
    sys.stderr.write("Apply this plan? Only `yes` will be accepted: ")
    sys.stderr.flush()
    signals.asking = True
    answer = sys.stdin.readline().strip()
    signals.asking = False
    return answer == "yes"


def _print(output: Output, report: Report, *, declined: bool) -> None:
    if output.json:
        output.document(documents.report(report))
    elif not declined:
        output.text(text.report(report, color=output.color))
