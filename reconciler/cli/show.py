"""`reconciler show`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.formats import format_of, format_options, shown
from reconciler.cli.main import folder_of, global_options, in_color, options_of
from reconciler.cli.output import Output
from reconciler.manifest.upward import workspace_above
from reconciler.workflow import saved


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@format_options
@global_options
def command(file: Path, **given: Any) -> None:
    """Show a plan that `plan --out` saved. Needs no workspace, no token and no network."""
    form, options = format_of(given), options_of(given)
    color = in_color(refused=options["no_color"])
    output = Output(json=form.json, color=color, quiet=bool(options["quiet"]))
    stands = folder_of(options)
    found = saved.read(workspace_above(stands), stands / file)
    if form.json:
        output.document(found.document)
        return
    made = found.bound_to
    output.note(f"Saved {made.created_at} by reconciler {made.tool_version}. The account may have changed since.")
    output.text(shown(found.plan, form, made.created_at, color=color))
