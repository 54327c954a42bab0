"""`reconciler apply`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from msgspec.structs import replace

from reconciler.cli.asking import said_yes
from reconciler.cli.ci import ci_option, reported
from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.plan import choice_options, choices_of
from reconciler.cli.progress import Progress
from reconciler.cli.start import start
from reconciler.errors import ReconcilerError, Stale
from reconciler.model import Ending, Plan
from reconciler.plan.conversion import plan_document
from reconciler.plan.digest import digest
from reconciler.render import difference, json, text
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
@click.option(
    "--commit",
    type=click.Choice(["none", "commit", "pr"]),
    default="none",
    help="Bring the lockfile into the repository: by a commit, or by a pull request (pr).",
)
@click.option(
    "--allow-ephemeral-journal",
    "ephemeral",
    is_flag=True,
    help="In CI, with state in this folder: it is kept, and outlives the job.",
)
@click.option("--detach", is_flag=True, help="Do not wait for refresh tasks; `advance` goes on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@ci_option
@global_options
def command(ci: str | None, **given: Any) -> int:
    """Plan, ask, and make the account match the manifests. What was done is recorded in the lockfile.

    FILE is a plan that `plan --out` saved. It is the approval, and it is applied only if it is still the plan of now.
    With --ci the approval is, unless an option says otherwise, the plan that was reviewed in the pull request.
    """
    options = Options(**{one.name: given.pop(one.name) for one in fields(Options)})
    with reported(ci, "apply", given) as job:
        return _apply(options, job, given)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the choices and what every command takes."""

    file: Path | None
    auto_approve: bool
    expect_digest: str | None
    detach: bool
    as_json: bool
    commit: Literal["none", "commit", "pr"]
    ephemeral: bool


def _apply(options: Options, job: Job | None, given: dict[str, Any]) -> int:
    choices = choices_of(given)
    session, output, common = start(given, as_json=options.as_json)
    if job:
        job.begin(session)
    session.require_durable_journal(allowed=options.ephemeral)
    approved = saved.read(session.root, session.named(options.file)) if options.file else None
    if approved:
        if choices != Choices():
            raise click.UsageError("A saved plan was made with its own choices: leave --target and its kin out.")
        choices = saved.choices_of(approved)
    shown: list[Plan] = []

    def show(plan: Plan) -> None:
        shown.append(plan)
        if job:
            job.applying(plan)
        if not output.json:
            told = job.for_people(plan) if job else plan
            output.text(text.plan(told, color=output.color, typed=job is None) + "\n")

    signals = Signals(output.notice)
    asking = _asking(job, signals, may_ask=not common["no_input"])
    approval = workflow.PlanApproval(options.auto_approve, options.expect_digest, asking, approved)
    if job and not approval.given:
        approval = replace(approval, reviewed=job.reviewed(session.workspace.file.account.advertiser_id))
    with signals, Progress(output) as progress:
        signals.world(session.world)
        session.waited = progress.note
        try:
            applied = workflow.apply(
                session, choices, approval, signals.stopped, progress.step, show, detach=options.detach
            )
        except ReconcilerError as error:
            return _failed(error, shown, output, job)
    if applied.declined:
        output.note("Not applied: only `yes` is accepted.")
    ending = applied.ending
    if options.commit != "none" and not applied.declined:
        ending = _bring_back(session, output, ending, options.commit, job)
    _print(output, ending, declined=applied.declined)
    return job.applied(session, ending) if job else ending.exit_code


def _failed(error: ReconcilerError, shown: list[Plan], output: Output, job: Job | None) -> int:
    """As text it is raised again, for the one place that prints errors; as JSON it is an ending, with what differs."""
    found = error.difference if isinstance(error, saved.PlanChanged) else None
    if found and not output.json:
        output.notice(difference.text(found))
    if not shown or not output.json:
        raise error
    document = json.ending(Ending(digest(shown[0]), (), error.exit_code, tuple(error.findings)))
    if isinstance(error, Stale):
        document["plan"] = plan_document(shown[0])
    if found is not None:
        document["difference"] = difference.document(found)
    output.document(document)
    if job:
        job.failed(error)
    return error.exit_code


def _asking(job: Job | None, signals: Signals, *, may_ask: bool) -> Callable[[Plan], bool] | None:
    """Who says yes where no option does; None: nobody."""
    if job:
        return job.nothing_reviewed
    return (lambda _: said_yes(signals, "Apply this plan?")) if sys.stdin.isatty() and may_ask else None


def _bring_back(
    session: Session, output: Output, ending: Ending, how: Literal["commit", "pr"], job: Job | None
) -> Ending:
    """What was applied stays reported, whatever becomes of the copy."""
    from reconciler.workflow.bring_back import bring_back

    try:
        brought = bring_back(session, how)
        if job and how == "pr":
            job.brought(brought)
    except ReconcilerError as error:
        done = any(one.outcome == "done" for one in ending.outcomes)
        code = ending.exit_code if ending.exit_code not in (0, 5, 8) else 9 if done else 1
        return replace(ending, exit_code=code, errors=(*ending.errors, *error.findings))
    if brought.commit:
        output.note(f"reconciler.lock is committed to {brought.branch} ({brought.commit[:12]}).")
    else:
        output.note(f"reconciler.lock on {brought.base} is up to date.")
    return ending


def _print(output: Output, ending: Ending, *, declined: bool) -> None:
    if output.json:
        output.document(json.ending(ending))
    elif not declined:
        output.text(text.ending(ending, color=output.color))
