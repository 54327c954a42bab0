"""`reconciler fmt`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.start import start
from reconciler.errors import ReconcilerError
from reconciler.render.json import FORMAT
from reconciler.workflow import fmt as workflow
from reconciler.workflow.fmt import Formatting


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; list what would change, and exit with 1 if anything would.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(paths: tuple[Path, ...], check: bool, as_json: bool, **given: Any) -> int:
    """Write manifests in one style: all of the workspace, or those at and below PATHS.

    Order of keys, quotes, indentation and spacing change; comments and what a document says do not.
    """
    session, output, _ = start(given, as_json=as_json)
    done = workflow.fmt(session, paths, check=check)
    if as_json:
        _document(done, output)
    else:
        _words(done, output, check=check)
    if done.errors:
        # A manifest that cannot be read is an error of the workspace; one that cannot be written is not.
        return 1 if {one.code for one in done.errors} & {"R128", "R506"} else 3
    return 1 if check and done.changed else 0


def _document(done: Formatting, output: Output) -> None:
    output.document(
        {
            "format_version": FORMAT,
            "errors": [one.as_json() for one in done.errors],
            "changed": done.changed,
            "unchanged": done.unchanged,
            "left": [{"file": one.file, "line": one.line} for one in done.left],
        }
    )


def _words(done: Formatting, output: Output, *, check: bool) -> None:
    for name in done.changed:
        output.text(name)
    for place in done.left:
        output.notice(f"{place.file}:{place.line}: left as it is: laid out in a way that fmt does not take apart")
    if done.errors:
        output.errors(ReconcilerError(many=done.errors))
    count = len(done.changed)
    files = "1 file" if count == 1 else f"{count} files"
    output.note(f"{files} {'would be ' if check else ''}formatted, {done.unchanged} already formatted.")
