"""`reconciler gallery`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.workflow import gallery as workflow
from reconciler.workflow import performance as figures
from reconciler.workflow.renew import verdicts


@click.command("gallery")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder.")
@click.option("--single-file", is_flag=True, help="Everything in one file, up to 40 MB of video.")
@click.option("--performance", is_flag=True, help="With the figures of the ads that show the variants.")
@click.option("--days", type=click.IntRange(1, 365), help="Figures of so many whole days; default: 30.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(out: Path | None, single_file: bool, performance: bool, days: int | None, **given: Any) -> None:
    """Build the page for watching variants side by side; decisions come out as commands and as files to save."""
    if days and not performance:
        raise click.UsageError("--days goes with --performance.")
    as_json = given.pop("as_json")
    session, output, _ = start(given, as_json=as_json)
    session.workspace  # noqa: B018 - checks the workspace file
    told = figures.performance(session, days or figures.DAYS, verdicts(session)) if performance else None
    folder = session.named(out) if out else session.root / "gallery"
    index = workflow.gallery(session, folder, single_file=single_file, told=told)
    if as_json:
        output.document({"format_version": FORMAT, "page": str(index)})
    else:
        output.text(str(index))
