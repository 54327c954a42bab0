"""`reconciler adopt`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.canonical import id_text
from reconciler.cli.addresses import addresses
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid
from reconciler.render.json import FORMAT
from reconciler.workflow import adopt as workflow
from reconciler.workflow.state import parse


@click.command("adopt")
@click.argument("address", shell_complete=addresses)
@click.argument("identity", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(address: str, identity: str, as_json: bool, **given: Any) -> None:
    """Bind the live object ID to the manifest ADDRESS. Kind, parent and account are checked."""
    session, output, _ = start(given, as_json=as_json)
    if id_text(identity) is None:
        raise Invalid(Finding("R206", f'"{identity}" is not an id', hint="an id is digits only"))
    target = parse(address)
    found = workflow.adopt(session, target, identity)
    if as_json:
        told = {"address": str(target), "id": identity, "differing": list(found.differing), "blocked": found.blocked}
        output.document({"format_version": FORMAT, **told})
        return
    output.text(f"Adopted {target} as {identity}.")
    if found.blocked is not None:
        output.text(f"The next plan cannot do what the manifest says: {found.blocked}.")
    elif found.differing:
        output.text(f"The next plan will change: {', '.join(found.differing)}.")
