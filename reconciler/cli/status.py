"""`reconciler status`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.ci import ci_option, reported
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.state import halt
from reconciler.workflow import status as workflow


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@ci_option
@global_options
def command(as_json: bool, ci: str | None, **given: Any) -> None:
    """Show writes whose outcome is still open, and how long to wait for them."""
    with reported(ci, "status", given) as job:
        session, output, _ = start(given, as_json=as_json)
        found = workflow.status(session)
        if job:
            job.looked(has_work=workflow.has_work(session))
    if as_json:
        output.document({"format_version": FORMAT, **found})
        return
    if found["halted"]:
        output.text(f"  ! {halt.said(found['halted'])}; {halt.NEXT}")
    for one in found["intents"]:
        output.text(
            f"  ! {one['op']} {one['address']}: {one['state']}, sent {one['sent_at']}, settles {one['settles_at']}"
        )
    for one in found["refreshes"]:
        counts = f"{one['ready']} of {one['wanted']} ready, {one['pending']} pending, {one['failed']} failed"
        output.text(f"  * {one['address']}: generation {one['generation']}, {counts}")
        for variant in one["variants"]:
            if variant["state"] == "pending" and variant["preview_expires_at"]:
                output.text(f"      slot {variant['variant']}: preview expires {variant['preview_expires_at']}")
    output.text(f"Serial {found['serial']}, {len(found['intents'])} open writes.")
