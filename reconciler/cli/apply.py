"""`reconciler apply`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from reconciler.cli.ci import ci_option, reported
from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.plan import choice_options, choices_of
from reconciler.cli.progress import Progress
from reconciler.cli.start import start
from reconciler.errors import ReconcilerError, Stale
from reconciler.model import Plan, Report
from reconciler.plan import documents
from reconciler.plan.digest import digest
from reconciler.render import difference, text
from reconciler.workflow import apply as workflow
from reconciler.workflow import saved
from reconciler.workflow.plan import Choices
from reconciler.workflow.session import Session
from reconciler.workflow.signals import Signals

if TYPE_CHECKING:
    from reconciler.ci.job import Job


@click.command("apply")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@choice_options
@click.option("--auto-approve", is_flag=True, help="Do not ask: this option is the approval.")
@click.option("--expect-digest", metavar="DIGEST", help="Apply only the plan with this digest, without asking.")
@click.option("--commit", type=click.Choice(["none", "commit", "pr"]), default="none", help="Bring the lockfile back.")
@click.option("--allow-ephemeral-journal", "ephemeral", is_flag=True, help="With CI set: this folder is kept.")
@click.option("--detach", is_flag=True, help="Do not wait for refresh tasks; `advance` goes on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@ci_option
@global_options
def command(ci: str | None, **given: Any) -> int:
    """Plan, ask, and make the account match the manifests. What was done is recorded in the lockfile.

    FILE is a plan that `plan --out` saved. It is the approval, and it is applied only if it is still the plan of now.
    With --ci the approval is, unless an option says otherwise, the plan that was reviewed in the pull request.
    """
    with reported(ci, "apply", given) as job:
        return _apply(job, **given)


def _apply(
    job: Job | None,
    file: Path | None,
    auto_approve: bool,
    expect_digest: str | None,
    detach: bool,
    as_json: bool,
    commit: Literal["none", "commit", "pr"],
    ephemeral: bool,
    **given: Any,
) -> int:
    choices = choices_of(given)
    session, output, options = start(given, as_json=as_json)
    if job:
        job.begin(session)
    session.require_durable_journal(allowed=ephemeral)
    approved = saved.read(session.root / file) if file else None
    if approved:
        if choices != Choices():
            raise click.UsageError("A saved plan was made with its own choices: leave --target and its kin out.")
        choices = saved.choices_of(approved)
    shown: list[Plan] = []

    def show(plan: Plan) -> None:
        shown.append(plan)
        if job:
            job.applying(plan)
        if not as_json:
            output.text(text.plan(plan, color=output.color) + "\n")

    signals = Signals()
    approval = workflow.Approval(auto_approve, expect_digest, _asking(job, signals, options), approved)
    if job and not approval.given:
        approval = replace(approval, reviewed=job.reviewed(session.workspace.file.account.advertiser_id))
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
            if job:
                job.failed(error)
            return error.exit_code
    if applied.declined:
        output.note("Not applied: only `yes` is accepted.")
    report = applied.report
    if commit != "none" and not applied.declined:
        report = _bring_back(session, output, report, commit, job)
    _print(output, report, declined=applied.declined)
    return job.applied(session, report) if job else report.exit_code


def _asking(job: Job | None, signals: Signals, options: dict[str, Any]) -> Callable[[Plan], bool] | None:
    """Who says yes where no option does; None: nobody."""
    if job:
        return job.nothing_reviewed
    return (lambda _: _ask(signals)) if sys.stdin.isatty() and not options["no_input"] else None


def _bring_back(
    session: Session, output: Output, report: Report, how: Literal["commit", "pr"], job: Job | None
) -> Report:
    """What was applied stays reported, whatever becomes of the copy."""
    from reconciler.workflow.bring_back import bring_back

    try:
        brought = bring_back(session, how)
        if job and how == "pr":
            job.brought(brought)
    except ReconcilerError as error:
        done = any(one.outcome == "done" for one in report.outcomes)
        code = report.exit_code if report.exit_code not in (0, 5, 8) else 9 if done else 1
        return replace(report, exit_code=code, errors=(*report.errors, *error.findings))
    if brought.commit:
        output.note(f"reconciler.lock is committed to {brought.branch} ({brought.commit[:12]}).")
    else:
        output.note(f"reconciler.lock on {brought.base} is up to date.")
    return report


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
