"""`reconciler consent`."""

from __future__ import annotations

import sys
from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid
from reconciler.render.json import FORMAT
from reconciler.state.notice import NOTICE, NOTICE_SHA256
from reconciler.workflow import variants as workflow


@click.command("consent")
@click.option("--by", metavar="NAME", help="Who accepts.")
@click.option("--accept", is_flag=True, help="Accept the notice; with --by, without a terminal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(by: str | None, accept: bool, as_json: bool, **given: Any) -> int:
    """Show the platform's notice; record who accepted it in consent.yaml, which is committed."""
    session, output, options = start(given, as_json=as_json)
    session.workspace  # noqa: B018 - consent is given for the workspace's account
    (output.notice if as_json else output.text)(NOTICE)
    if not accept:
        if options["no_input"] or not sys.stdin.isatty():
            hint = "without a terminal give both --by NAME and --accept"
            raise Invalid(Finding("R901", "nobody is here to accept the notice", hint=hint))
        by = by or click.prompt("Your name", default=workflow.somebody(session.root), err=True)
        if click.prompt("Accept this notice? Only `yes` will be accepted", default="", err=True) != "yes":
            output.note("Not accepted; nothing was written.")
            return 1
    if not by:
        raise Invalid(Finding("R901", "--accept needs --by NAME", hint="name who accepts"))
    path = workflow.consent(session, by)
    if as_json:
        output.document({"format_version": FORMAT, "file": path, "notice_sha256": NOTICE_SHA256, "accepted_by": by})
    else:
        output.text(f"Recorded in {path}. Commit it.")
    return 0
