"""`reconciler decide`: in a job that a comment started."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.ci import reported
from reconciler.cli.main import global_options
from reconciler.cli.start import start


@click.command("decide")
@click.option(
    "--ci", type=click.Choice(["github"]), required=True, help="The service whose comment started the job that runs."
)
@global_options
def command(ci: str, **given: Any) -> int:
    """Write what a comment says with /approve or /reject as a commit with approval files, and reply to it.

    Needs the state and no access token of TikTok. A comment that is refused gets a reply that says why; that is an
    answer, too, and ends with 0.
    """
    with reported(ci, "decide", given) as job:
        session, _, _ = start(given)
        return job.decided(session) if job else 0
