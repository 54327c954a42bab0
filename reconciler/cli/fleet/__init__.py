"""`reconciler fleet …`: one command over many ad accounts."""

from __future__ import annotations

import click

from reconciler.cli.fleet import act, again, approve, look, migrate, report, state, stop, work


@click.group("fleet", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Work with many ad accounts of one developer app, as fleet.yaml declares them."""


for each in (
    look.list_accounts, look.render_account, look.validate, act.plan, act.apply, approve.approve, approve.reject,
    act.advance, look.drift, look.status, stop.halt, stop.resume, look.runs, look.show, again.retry, again.cancel,
    report.report, work.worker, migrate.migrate, state.command,
):  # fmt: skip
    command.add_command(each)
