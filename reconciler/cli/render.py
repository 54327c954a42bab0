"""`reconciler render`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render import manifests


@click.command("render")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(as_json: bool, **given: Any) -> None:
    """Show what the manifests come to: with matrix, modules, vars and defaults put in, as manifests of their own."""
    session, output, _ = start(given, as_json=as_json)
    documents = session.documents()
    if as_json:
        output.document(manifests.document(documents))
    else:
        output.text(manifests.text(documents).removesuffix("\n"))
