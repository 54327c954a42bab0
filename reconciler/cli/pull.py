"""`reconciler pull`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.canonical import id_text
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid
from reconciler.render.json import FORMAT
from reconciler.render.pulled import pulled_lines, twins_line
from reconciler.text import clean
from reconciler.workflow import pull as workflow
from reconciler.workflow.pull import Pulled, PullOptions


@click.command("pull")
@click.option("--out", metavar="DIR", help="Write the files there; a folder of `manifests:`. [default: …/pulled]")
@click.option("--match", metavar="GLOB", help="Only names like this, with their parents and what is below them.")
@click.option("--kind", metavar="KIND", help="Only objects of this kind, with their parents.")
@click.option("--under", metavar="ID", help="Only this campaign and what is below it.")
@click.option("--dry-run", is_flag=True, help="Write nothing, say what would be pulled.")
@click.option("--all-fields", is_flag=True, help="Write the platform's own defaults, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(as_json: bool, dry_run: bool, all_fields: bool, **given: Any) -> None:
    """Write a manifest for every live object that has none, and bind it. Sends nothing but GET."""
    session, output, _ = start(given, as_json=as_json)
    under = given["under"]
    if under is not None and id_text(under) is None:
        raise Invalid(Finding("R206", f'"{clean(under)}" is not an id', hint="an id is digits only"))
    found = workflow.pull(session, PullOptions(given["match"], given["kind"], under, given["out"], dry_run, all_fields))
    for one in found.warnings:
        output.notice(clean(one))
    if found.twins:
        output.notice(twins_line(found.twins))
    if as_json:
        output.document(_document(found))
    else:
        narrow = any(given[one] is not None for one in ("match", "kind", "under"))
        twins = bool(found.twins)
        for line in pulled_lines(found.rows, found.left, found.unwritten, dry=dry_run, narrow=narrow, twins=twins):
            output.text(line)


def _document(found: Pulled) -> dict[str, Any]:
    left = [{"kind": one.kind, "id": one.id, "name": one.name, "reason": one.reason} for one in found.left]
    pulled = [{"address": str(address), "id": identity, "file": file} for address, identity, file in found.rows]
    return {"format_version": FORMAT, "pulled": pulled, "left": left, "unwritten": dict(found.unwritten)}
