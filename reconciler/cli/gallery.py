"""`reconciler gallery`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.workflow import gallery as workflow


@click.command("gallery")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder.")
@click.option("--single-file", is_flag=True, help="Everything in one file, up to 40 MB of video.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(out: Path | None, single_file: bool, as_json: bool, **given: Any) -> None:
    """Build the page for watching variants side by side; decisions come out as commands and as files to save."""
    session, output, _ = start(given, as_json=as_json)
    session.workspace  # noqa: B018 - checks the workspace file
    index = workflow.gallery(session, session.named(out) if out else session.root / "gallery", single_file=single_file)
    if as_json:
        output.document({"format_version": FORMAT, "page": str(index)})
    else:
        output.text(str(index))
