"""`reconciler plan`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from reconciler.allowance import parse
from reconciler.canonical import stamp
from reconciler.cli.addresses import addresses
from reconciler.cli.ci import ci_option, reported
from reconciler.cli.formats import format_of, format_options, shown
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.links import Links
from reconciler.workflow import plan as workflow
from reconciler.workflow.called import called
from reconciler.workflow.plan import Choices


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that plan and apply share."""
    for option in reversed(
        (
            click.option(
                "--target",
                "targets",
                multiple=True,
                shell_complete=addresses,
                metavar="GLOB",
                help="Only these, and what they need.",
            ),
            click.option(
                "--exclude",
                "excludes",
                multiple=True,
                shell_complete=addresses,
                metavar="GLOB",
                help="Not these, nor what needs them.",
            ),
            click.option(
                "--recreate",
                multiple=True,
                shell_complete=addresses,
                metavar="ADDRESS",
                help="Make a vanished object anew.",
            ),
            click.option(
                "--replace",
                multiple=True,
                shell_complete=addresses,
                metavar="ADDRESS",
                help="Make a new object and pause the old one.",
            ),
            click.option(
                "--allow", multiple=True, metavar="RULE=ADDRESS[=AMOUNT]", help="Allow what a guard rail refuses."
            ),
            click.option("--reason", metavar="TEXT", help="Why; required with --allow."),
        )
    ):
        command = option(command)
    return command


def choices_of(given: dict[str, Any]) -> Choices:
    """Take the shared options out of a command's own."""
    taken = {name: given.pop(name) for name in ("targets", "excludes", "recreate", "replace", "allow")}
    reason = (given.pop("reason") or "").strip() or None
    if taken["allow"] and not reason:
        raise click.UsageError("--allow needs --reason TEXT.")
    for one in taken["allow"]:
        try:
            parse(one, "")
        except ValueError as error:
            raise click.UsageError(f"--allow: {error}.") from None
    return Choices(**taken, reason=reason)


@click.command("plan")
@choice_options
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Save the plan, for `show` and `apply`.")
@format_options
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@ci_option
@global_options
def command(out: Path | None, detailed_exitcode: bool, ci: str | None, **given: Any) -> int:
    """Read the account and show what an apply would change. Sends nothing but GET; writes nothing but --out."""
    with reported(ci, "plan", given) as job:
        choices, form = choices_of(given), format_of(given)
        session, output, _ = start(given, as_json=form.json)
        if job:
            job.begin(session)
        planned = workflow.planned(session, choices)
        if job or form.for_buyers:
            planned = replace(planned, plan=called(planned))
        plan = planned.plan
        if out:
            from reconciler.workflow import saved

            saved.write(session, saved.bind(session, planned, choices), session.named(out))
            output.note(f"Saved the plan to {out}. `reconciler apply {out}` applies exactly this.")
        if form.json:
            from reconciler.plan.conversion import plan_document

            output.document(plan_document(plan))
        else:
            told = job.for_people(plan) if job else plan
            made_at, links = stamp(session.world.now()), Links(advertiser=session.in_ads_manager)
            output.text(shown(told, form, made_at, color=output.color, typed=job is None, links=links))
        if job:
            from reconciler.workflow import saved

            job.planned(session, planned, saved.bind(session, planned, choices))
        return 2 if detailed_exitcode and plan.changes else 0
