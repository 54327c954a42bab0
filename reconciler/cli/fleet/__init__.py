"""`reconciler fleet …`: one command over many ad accounts."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.fleet import act, again, approve, look, migrate, report, state, stop, work
from reconciler.postgres.connection import LET_IN
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.state.shared import unusable


class OnDatabase(click.Group):
    """Commands that ask rows of a database, which may be away (R511) or not let them in (R512)."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Unreachable, PushRefused) as error:
            raise unusable(error, "the database of the fleet", LET_IN) from None


@click.group("fleet", cls=OnDatabase, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Work with many ad accounts of one developer app, as fleet.yaml declares them."""


for each in (
    look.list_accounts, look.render_account, look.validate, act.plan, act.apply, approve.approve, approve.reject,
    act.advance, look.drift, look.status, stop.halt, stop.resume, look.runs, look.show, again.retry, again.cancel,
    report.report, work.worker, migrate.migrate, state.command,
):  # fmt: skip
    command.add_command(each)
